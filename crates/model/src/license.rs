//! Licences of components.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Who says that a licence applies; the names are CycloneDX's `acknowledgement` (1.6 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acknowledgement {
    /// The authors of the component say so.
    Declared,
    /// An analysis of the component came to this result.
    Concluded,
}

/// A licence statement: the text as it was written, and the SPDX expression it stands for, when it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct License {
    text: Box<str>,
    expression: Option<Box<str>>,
    acknowledgement: Acknowledgement,
}

impl License {
    /// A declared licence; the text is kept as it is, and read as an SPDX licence expression (SPDX 2.3 Annex D) with
    /// the usual misspellings (`Apache 2`, `BSD`) left as free text when they are ambiguous.
    #[must_use]
    pub fn declared(text: &str) -> Option<Self> {
        Self::new(text, Acknowledgement::Declared)
    }

    /// A licence statement; `None` for empty text and for `UNKNOWN`-like placeholders, which state nothing.
    #[must_use]
    pub fn new(text: &str, acknowledgement: Acknowledgement) -> Option<Self> {
        let text = text.trim();
        let placeholder = ["", "unknown", "none", "noassertion", "n/a", "null"];
        if placeholder.contains(&text.to_ascii_lowercase().as_str()) {
            return None;
        }
        Some(Self { text: text.into(), expression: canonical_expression(text).map(Into::into), acknowledgement })
    }

    /// The statement as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The canonical SPDX expression, when the text is one or is a known alias of one.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }

    /// The single SPDX licence id, when the expression is just that.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let exact = |expression: &&str| spdx::license_id(expression).is_some_and(|id| id.name == *expression);
        self.expression.as_deref().filter(exact)
    }

    /// Who says so.
    #[must_use]
    pub fn acknowledgement(&self) -> Acknowledgement {
        self.acknowledgement
    }
}

/// Names in use that mean exactly one SPDX licence. Ambiguous ones (`BSD`, `GPL`) are left out on purpose.
const ALIASES: &[(&str, &str)] = &[
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("apache software license, version 2.0", "Apache-2.0"),
    ("the apache license, version 2.0", "Apache-2.0"),
    ("the apache software license, version 2.0", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("the mit license (mit)", "MIT"),
    ("isc license", "ISC"),
    ("bsd-2", "BSD-2-Clause"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd-3", "BSD-3-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("eclipse public license 1.0", "EPL-1.0"),
    ("eclipse public license - v 1.0", "EPL-1.0"),
    ("eclipse public license 2.0", "EPL-2.0"),
    ("eclipse public license - v 2.0", "EPL-2.0"),
    ("eclipse public license v2.0", "EPL-2.0"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("mozilla public license, version 2.0", "MPL-2.0"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("lgplv2+", "LGPL-2.0-or-later"),
    ("lgplv2.1", "LGPL-2.1-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("python software foundation license", "PSF-2.0"),
    ("the unlicense", "Unlicense"),
    ("public domain (cc0)", "CC0-1.0"),
];

/// Longer text is a licence body, not an expression.
const MAX_EXPRESSION: usize = 512;

fn canonical_expression(text: &str) -> Option<String> {
    if text.len() > MAX_EXPRESSION || text.contains('\n') {
        return None;
    }
    if let Some((_, id)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text)) {
        return Some((*id).to_owned());
    }
    let mode = spdx::ParseMode {
        allow_deprecated: true,
        allow_slash_as_or_operator: false,
        allow_postfix_plus_on_gpl: true,
        ..spdx::ParseMode::STRICT
    };
    let expression = spdx::Expression::parse_mode(text, mode).ok().or_else(|| {
        // Annex D: ids match without regard to case.
        let respelled = respell(text)?;
        spdx::Expression::parse_mode(&respelled, mode).ok()
    })?;
    let text = expression.to_string();
    // An empty LicenseRef parses, but says nothing.
    (!text.split([' ', '(', ')']).any(|word| word.ends_with("LicenseRef-"))).then_some(text)
}

/// Gives each word of an expression the spelling of the licence list; `None` when nothing changes.
fn respell(text: &str) -> Option<String> {
    static SPELLINGS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        spdx::identifiers::LICENSES.iter().map(|license| (license.name.to_ascii_lowercase(), license.name)).collect()
    });
    let mut changed = false;
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| match SPELLINGS.get(&word.to_ascii_lowercase()) {
            Some(canonical) if *canonical != word => {
                changed = true;
                canonical
            }
            _ => word,
        })
        .collect();
    changed.then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> Option<String> {
        License::declared(text).and_then(|license| license.expression().map(str::to_owned))
    }

    #[test]
    fn keeps_the_text_and_finds_the_expression() {
        assert_eq!(expression("MIT OR Apache-2.0").as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(expression("mit").as_deref(), Some("MIT"));
        assert_eq!(expression("Apache License, Version 2.0").as_deref(), Some("Apache-2.0"));
        assert_eq!(expression("BSD"), None);
        assert_eq!(License::declared("BSD").unwrap().text(), "BSD");
        assert_eq!(License::declared("UNKNOWN"), None);
        assert_eq!(License::declared("GPL-2.0").unwrap().id(), Some("GPL-2.0"));
        assert_eq!(expression("LicenseRef-"), None);
    }
}
