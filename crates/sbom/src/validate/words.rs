//! The words of messages.

use crate::standard::{Standard, Type};

/// Characters of the document's text that a message shows.
const SHOWN: usize = 60;

/// Text of the document, quoted, cut short, and without what would move the cursor.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for (at, character) in text.chars().enumerate() {
        if at == SHOWN {
            out.push('…');
            break;
        }
        match character {
            '\\' | '"' => out.push(character),
            _ if character.is_ascii() || character.is_alphanumeric() => out.extend(character.escape_debug()),
            _ => out.extend(character.escape_default()),
        }
    }
    out.push('"');
    out
}

/// `; did you mean "…"?`, when one of the words is close.
pub(super) fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> String {
    // Far longer text is no slip of a finger.
    if text.len() > 64 {
        return String::new();
    }
    let lower = text.to_lowercase();
    let most = lower.len().div_euclid(3).max(1);
    let near = words.filter_map(|word| {
        let distance = distance(&lower, &word.to_lowercase(), most)?;
        Some((distance, word))
    });
    near.min().map(|(_, word)| format!("; did you mean \"{word}\"?")).unwrap_or_default()
}

/// How many characters to insert, remove or change (Levenshtein); `None` when it is more than `most`.
fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at.saturating_add(1);
        for (cell, held) in row.iter_mut().skip(1).zip(&other) {
            let change = diagonal.saturating_add(usize::from(*held != character));
            diagonal = *cell;
            left = change.min(left.saturating_add(1)).min(cell.saturating_add(1));
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at.saturating_add(1);
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
}

/// What a type takes, as messages say it.
pub(super) fn expected(standard: &Standard, kind: &Type) -> String {
    match kind {
        Type::Boolean => "a boolean".to_owned(),
        Type::Integer => "a whole number".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Any => "any value".to_owned(),
        Type::Array(_) => "an array".to_owned(),
        Type::Object(id) => {
            standard.object(*id).map_or_else(String::new, |object| format!("an object ({})", object.name))
        }
        Type::Variants(_) => "an object".to_owned(),
        Type::Either(kinds) => {
            let mut words: Vec<String> = kinds.iter().map(|kind| expected(standard, kind)).collect();
            words.dedup();
            words.join(" or ")
        }
        _ => "a string".to_owned(),
    }
}

/// Names in a message: `a`, `b` or `c`.
pub(super) fn list(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let words = ["licenses", "hashes", "externalReferences"];
        let near = |text| nearest(text, words.iter().copied());
        assert_eq!(near("licences"), "; did you mean \"licenses\"?");
        assert_eq!(near("Hashes"), "; did you mean \"hashes\"?");
        assert_eq!(near("externalreference"), "; did you mean \"externalReferences\"?");
        assert_eq!(near("colour"), "");
        assert_eq!(near(""), "");
        assert_eq!(distance("kitten", "sitting", 5), Some(3));
    }

    #[test]
    fn quotes_are_safe_and_short() {
        assert_eq!(quote("a\n\u{1b}\u{202e}é"), "\"a\\n\\u{1b}\\u{202e}é\"");
        assert!(quote(&"x".repeat(1000)).len() < 70);
    }
}
