//! Notices that licences ask for in every file, by their fixed words.

use plimsoll_model::License;

/// Words of a notice, and the licence.
const NOTICES: &[(&str, &str)] = &[
    (" licensed under the apache license version 2 0 ", "Apache-2.0"),
    (" subject to the terms of the mozilla public license v 2 0 ", "MPL-2.0"),
    (" made available under the terms of the eclipse public license v 1 0 ", "EPL-1.0"),
    (" made available under the terms of the eclipse public license v 2 0 ", "EPL-2.0"),
    (" made available under the terms of the eclipse public license 2 0 ", "EPL-2.0"),
    (" distributed under the boost software license version 1 0 ", "BSL-1.0"),
];

/// Words of a notice of a GNU licence, whose version comes within a few words.
const GNU: &[(&str, &str)] = &[
    (" under the terms of the gnu general public license ", "GPL"),
    (" under the terms of the gnu lesser general public license ", "LGPL"),
    (" under the terms of the gnu library general public license ", "LGPL"),
    (" under the terms of the gnu affero general public license ", "AGPL"),
];

/// Words after a notice in which its version is looked for.
const AFTER: usize = 30;

/// The licences whose notices a text has, in the order of the alphabet.
pub(super) fn find(text: &str) -> Vec<String> {
    let flat = flat(text);
    let mut out: Vec<String> = NOTICES
        .iter()
        .filter(|(words, _)| flat.contains(words))
        .map(|(_, expression)| (*expression).to_owned())
        .collect();
    for (words, family) in GNU {
        // The space at the end of one may begin the next.
        out.extend(flat.split(words).skip(1).filter_map(|rest| versioned(family, rest)));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The words of a text between single spaces: letters and digits, in lower case.
fn flat(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push(' ');
    for word in text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        out.extend(word.chars().flat_map(char::to_lowercase));
        out.push(' ');
    }
    out.replace(" licence ", " license ")
}

fn versioned(family: &str, rest: &str) -> Option<String> {
    let words: Vec<&str> = rest.split(' ').take(AFTER).collect();
    let at = words.iter().position(|word| *word == "version")?;
    let number = |offset: usize| {
        words.get(at.checked_add(offset)?).copied().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (major, minor) = (number(1).filter(|word| !word.is_empty())?, number(2).unwrap_or("0"));
    let later = words.windows(3).any(|three| three == ["any", "later", "version"]);
    let minor = if minor.is_empty() { "0" } else { minor };
    License::spdx_expression(&format!("{family}-{major}.{minor}-{}", if later { "or-later" } else { "only" }))
}
