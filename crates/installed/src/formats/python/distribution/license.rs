//! Licences of a distribution: an expression (PEP 639), free text, or classifiers.

use plimsoll_model::License;

use super::header::Header;

/// Text longer than this is the licence itself, not its name.
const MAX_NAME: usize = 200;

/// Classifiers that mean one SPDX licence. The others say too little (`BSD License`, `Apache Software License`) and
/// stay as they are.
const CLASSIFIERS: &[(&str, &str)] = &[
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("Eclipse Public License 1.0 (EPL-1.0)", "EPL-1.0"),
    ("Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"),
    ("European Union Public Licence 1.1 (EUPL 1.1)", "EUPL-1.1"),
    ("European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
    ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
    ("Historical Permission Notice and Disclaimer (HPND)", "HPND"),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("University of Illinois/NCSA Open Source License", "NCSA"),
    ("zlib/libpng License", "Zlib"),
];

/// The licence statements, the most exact kind only: an expression replaces the rest, classifiers a text that is no
/// expression.
pub(super) fn licenses(header: &Header) -> Vec<License> {
    if let Some(expression) = header.license_expression.as_deref().and_then(License::declared) {
        return vec![expression];
    }
    let text = header.license.as_deref().map(|text| {
        // A whole licence: its first line is its title.
        if text.len() > MAX_NAME || text.contains('\n') { text.lines().next().unwrap_or_default() } else { text }
    });
    let stated = text.and_then(License::declared);
    if let Some(stated) = stated.clone().filter(|license| license.expression().is_some()) {
        return vec![stated];
    }
    let classified: Vec<License> = header.license_classifiers.iter().filter_map(|text| classified(text)).collect();
    if classified.is_empty() { stated.into_iter().collect() } else { classified }
}

/// `OSI Approved :: MIT License`
fn classified(classifier: &str) -> Option<License> {
    let name = classifier.rsplit("::").next().unwrap_or_default().trim();
    if name == "OSI Approved" {
        return None;
    }
    let id = CLASSIFIERS.iter().find(|(known, _)| *known == name).map_or(name, |(_, id)| id);
    License::declared(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        licenses(&Header::parse(text)).iter().map(|license| license.text().to_owned()).collect()
    }

    #[test]
    fn the_most_exact_statement_counts() {
        assert_eq!(texts("License-Expression: MIT OR Apache-2.0\nLicense: MIT\n"), ["MIT OR Apache-2.0"]);
        assert_eq!(texts("License: MIT\nClassifier: License :: OSI Approved :: MIT License\n"), ["MIT"]);
        assert_eq!(texts("License: BSD\nClassifier: License :: OSI Approved :: BSD License\n"), ["BSD License"]);
        assert_eq!(texts("License: UNKNOWN\nClassifier: License :: OSI Approved :: ISC License (ISCL)\n"), ["ISC"]);
        assert_eq!(texts("License: BSD-like\n"), ["BSD-like"]);
        assert_eq!(
            texts("License: Title\n        of a licence in full\nClassifier: License :: OSI Approved\n"),
            ["Title"]
        );
    }
}
