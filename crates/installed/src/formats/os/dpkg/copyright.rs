//! `copyright` files in the machine-readable format, version 1.0.
//! <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>
//!
//! Files in free form name no licence in a way that could be read without guessing; they give none. The short names of
//! the format are older than those of SPDX and differ from them in a few; what stands for exactly one SPDX licence is
//! written as that, and all else as in the file.

use std::collections::BTreeSet;

use plimsoll_extract::prelude::*;

use crate::control::Paragraphs;

/// More different licences in one file are not kept.
const MAX_LICENSES: usize = 100;

/// Longer statements are not short names.
const MAX_NAME: usize = 300;

/// Short names of the format with the SPDX id for each. `Artistic` and `BSD` name several licences and are left alone.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("AGPL-3", "AGPL-3.0-only"),
    ("AGPL-3+", "AGPL-3.0-or-later"),
    ("Apache-1", "Apache-1.0"),
    ("Apache-2", "Apache-2.0"),
    ("BSD-2-clause", "BSD-2-Clause"),
    ("BSD-3-clause", "BSD-3-Clause"),
    ("BSD-4-clause", "BSD-4-Clause"),
    ("CC0", "CC0-1.0"),
    ("CDDL", "CDDL-1.0"),
    ("EFL-2", "EFL-2.0"),
    ("Expat", "MIT"),
    ("GFDL-1.1", "GFDL-1.1-only"),
    ("GFDL-1.1+", "GFDL-1.1-or-later"),
    ("GFDL-1.2", "GFDL-1.2-only"),
    ("GFDL-1.2+", "GFDL-1.2-or-later"),
    ("GFDL-1.3", "GFDL-1.3-only"),
    ("GFDL-1.3+", "GFDL-1.3-or-later"),
    ("GFDL-NIV-1.2", "GFDL-1.2-no-invariants-only"),
    ("GFDL-NIV-1.2+", "GFDL-1.2-no-invariants-or-later"),
    ("GFDL-NIV-1.3", "GFDL-1.3-no-invariants-only"),
    ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
    ("GPL-1", "GPL-1.0-only"),
    ("GPL-1+", "GPL-1.0-or-later"),
    ("GPL-2", "GPL-2.0-only"),
    ("GPL-2+", "GPL-2.0-or-later"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("GPL-3", "GPL-3.0-only"),
    ("GPL-3+", "GPL-3.0-or-later"),
    ("GPL-3.0+", "GPL-3.0-or-later"),
    ("LGPL-2", "LGPL-2.0-only"),
    ("LGPL-2+", "LGPL-2.0-or-later"),
    ("LGPL-2.0", "LGPL-2.0-only"),
    ("LGPL-2.0+", "LGPL-2.0-or-later"),
    ("LGPL-2.1", "LGPL-2.1-only"),
    ("LGPL-2.1+", "LGPL-2.1-or-later"),
    ("LGPL-3", "LGPL-3.0-only"),
    ("LGPL-3+", "LGPL-3.0-or-later"),
    ("LGPL-3.0+", "LGPL-3.0-or-later"),
    ("MPL-1", "MPL-1.0"),
    ("MPL-2", "MPL-2.0"),
    ("PSF-2", "PSF-2.0"),
    ("W3C-Software", "W3C"),
];

/// The licences that the file names, sorted.
pub(super) fn licenses(text: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut paragraphs = Paragraphs::new(text).peekable();
    let machine_readable = paragraphs.peek().is_some_and(|head| {
        head.fields().any(|(name, value)| {
            name.eq_ignore_ascii_case(b"Format") && memchr::memmem::find(value, b"copyright-format").is_some()
        })
    });
    if !machine_readable {
        return Vec::new();
    }
    for paragraph in paragraphs {
        for (_, value) in paragraph.fields().filter(|(name, _)| name.eq_ignore_ascii_case(b"License")) {
            let name = value.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let name =
                Some(name).filter(|&name| name.len() <= MAX_NAME).and_then(|name| std::str::from_utf8(name).ok());
            if let Some(name) = name.map(expression).filter(|name| !name.is_empty() && found.len() < MAX_LICENSES) {
                found.insert(name);
            }
        }
    }
    found.into_iter().collect()
}

/// Writes a statement (`GPL-2+ or Artistic`) with SPDX ids and operators, when that makes an SPDX expression; otherwise
/// as it is.
fn expression(statement: &str) -> String {
    let statement = statement.trim();
    let words: Option<Vec<&str>> = statement.split_ascii_whitespace().map(word).collect();
    words
        .map(|words| words.join(" "))
        .filter(|spdx| License::declared(spdx).is_some_and(|license| license.expression().is_some()))
        .unwrap_or_else(|| statement.to_owned())
}

fn word(word: &str) -> Option<&str> {
    // A comma raises the rank of the operator after it, which SPDX says with parentheses.
    if word.ends_with(',') {
        return None;
    }
    match word {
        "or" => Some("OR"),
        "and" => Some("AND"),
        _ => Some(SHORT_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map_or(word, |(_, id)| id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_become_spdx() {
        let text =
            b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nLicense: GPL-2+ or Expat\n\n\
            Files: *\nCopyright: x\nLicense: Artistic, and Expat\n body\n\nFiles: a\nLicense: GPL-2+ or Expat\n\n\
            License: GPL-2+\n This is free software.\n .\n More.\n\nLicense: public-domain\n\n\
            License: GPL-3+ with Bison exception\n";
        let found = [
            "Artistic, and Expat",
            "GPL-2.0-or-later",
            "GPL-2.0-or-later OR MIT",
            "GPL-3+ with Bison exception",
            "public-domain",
        ];
        assert_eq!(licenses(text), found);
    }

    #[test]
    fn free_form_gives_none() {
        assert_eq!(licenses(b"This package was debianized by\n\nLicense: GPL-2\n"), Vec::<String>::new());
        assert_eq!(licenses(b""), Vec::<String>::new());
    }
}
