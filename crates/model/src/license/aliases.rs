//! Names of licences that mean one SPDX expression: `schemas/license-aliases.tsv`.
//!
//! A name is folded before it is looked up, so that a row stands for all its spellings: `Apache License, Version 2.0`,
//! `The Apache License 2.0`, `apache-license v2.0`.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../../../schemas/license-aliases.tsv");

/// No name is longer.
const MAX_NAME: usize = 200;

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// The expression that a name stands for.
pub(super) fn find(name: &str) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| rows().collect());
    if name.len() > MAX_NAME {
        return None;
    }
    // `License :: OSI Approved :: MIT License`, the classifiers of Python packages.
    let name = match name.split_once("::") {
        Some((first, rest)) if first.trim() == "License" => rest.rsplit("::").next().unwrap_or_default(),
        _ => name,
    };
    let folded = fold(name);
    if let Some(found) = NAMES.get(&*folded) {
        return Some(found);
    }
    // `Mozilla Public License 2.0 (MPL 2.0)`: a name and the same in short.
    let (long, short) = folded.strip_suffix(')')?.rsplit_once('(')?;
    let (long, short) = (NAMES.get(long.trim_end())?, NAMES.get(short)?);
    (long == short).then_some(*long)
}

/// One spelling for many: see the head of the table.
fn fold(name: &str) -> String {
    let lower = name.to_lowercase().replace("licence", "license");
    let mut out = String::with_capacity(lower.len());
    for word in lower.split([' ', '\t', ',', '-', '_']).filter(|word| !word.is_empty()) {
        if matches!(word, "version" | "ver" | "ver." | "v" | "v.") || word == "the" && out.is_empty() {
            continue;
        }
        let number = word.strip_prefix("v.").or_else(|| word.strip_prefix('v'));
        let word = number.filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit())).unwrap_or(word);
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.truncate(out.trim_end_matches('.').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::expression::{Names, canonical};

    #[test]
    fn the_table_is_folded_sorted_and_canonical() {
        assert!(rows().map(|(name, _)| name).is_sorted_by(|one, next| one < next));
        for (name, expression) in rows() {
            assert_eq!(fold(name), name);
            assert_eq!(canonical(expression, Names::Ids).as_deref(), Some(expression), "{name}");
            assert_eq!(canonical(name, Names::Ids).filter(|spdx| spdx != expression), None, "{name} is an id");
        }
        assert!(rows().count() > 600);
    }

    #[test]
    fn one_row_stands_for_many_spellings() {
        for name in [
            "Apache License, Version 2.0",
            "The Apache License, Version 2.0",
            "apache license v2.0",
            "Apache Licence 2.0.",
            "License :: OSI Approved :: Apache License, Version 2.0",
        ] {
            assert_eq!(find(name), Some("Apache-2.0"), "{name}");
        }
        assert_eq!(find("GNU General Public License v2 or later (GPLv2+)"), Some("GPL-2.0-or-later"));
        assert_eq!(find("GNU General Public License v2 (GPLv2+)"), None);
        assert_eq!(find("Mozilla Public License 2.0 (MPL 2.0)"), Some("MPL-2.0"));
    }
}
