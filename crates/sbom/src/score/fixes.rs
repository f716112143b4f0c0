//! What to add where a check finds nothing: `schemas/profiles/checks.table`.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::encoding::Parsed;

const TABLE: &str = include_str!("../../../../schemas/profiles/checks.table");

/// One line: the standard, its versions, what to add.
type Fix = (&'static str, &'static str, &'static str);

/// The lines of the table by check.
fn table() -> &'static HashMap<&'static str, Vec<Fix>> {
    static FIXES: OnceLock<HashMap<&'static str, Vec<Fix>>> = OnceLock::new();
    FIXES.get_or_init(|| {
        let mut out: HashMap<_, Vec<Fix>> = HashMap::new();
        let mut check = "";
        for line in TABLE.lines() {
            if let Some(rest) = line.strip_prefix("check ") {
                check = rest.split(' ').next().unwrap_or_default();
                out.entry(check).or_default();
            } else if let Some((standard, text)) = line.trim_start().split_once(' ').filter(|_| line.starts_with(' ')) {
                let (standard, versions) = standard.split_once('[').unwrap_or((standard, ".."));
                out.entry(check).or_default().push((standard, versions.trim_end_matches(']'), text));
            }
        }
        out
    })
}

/// What to add to a document of this standard and version.
pub(super) fn fix(check: &str, parsed: &Parsed) -> &'static str {
    let standard = parsed.encoding.standard();
    let fits = |(name, versions, _): &&Fix| *name == standard.name() && standard.is_within(versions, parsed.version);
    table().get(check).and_then(|fixes| fixes.iter().find(fits)).map(|(_, _, text)| *text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::check::CHECKS;
    use super::*;

    #[test]
    fn every_check_has_its_lines() {
        let mut lines: Vec<_> = TABLE.lines().filter_map(|line| line.strip_prefix("check ")?.split_once(' ')).collect();
        let mut checks: Vec<_> = CHECKS
            .iter()
            .map(|check| (check.name, if check.is_of_components() { "component" } else { "document" }))
            .collect();
        lines.sort_unstable();
        checks.sort_unstable();
        assert_eq!(lines, checks);
        for (standard, ..) in table().values().flatten() {
            assert!(["cyclonedx", "spdx-2", "spdx-3"].contains(standard), "{standard}");
        }
    }
}
