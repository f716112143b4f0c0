//! The words of messages about a text that somebody wrote.

/// Text of a file, quoted, cut after so many characters, and without what would move the cursor.
#[must_use]
pub fn quote(text: &str, shown: usize) -> String {
    let mut out = String::from("\"");
    for (at, character) in text.chars().enumerate() {
        if at == shown {
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

/// The word that was probably meant: the nearest, when it is close. The case of letters does not count.
#[must_use]
pub fn nearest<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Far longer text is no slip of a finger.
    if text.len() > 64 {
        return None;
    }
    let lower = text.to_lowercase();
    let most = lower.len().div_euclid(3).max(1);
    let near = words.into_iter().filter_map(|word| Some((distance(&lower, &word.to_lowercase(), most)?, word)));
    near.min().map(|(_, word)| word)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let words = ["licenses", "hashes", "externalReferences"];
        let near = |text| nearest(text, words);
        assert_eq!(near("licences"), Some("licenses"));
        assert_eq!(near("Hashes"), Some("hashes"));
        assert_eq!(near("externalreference"), Some("externalReferences"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
        assert_eq!(distance("kitten", "sitting", 5), Some(3));
    }

    #[test]
    fn quotes_are_safe_and_short() {
        assert_eq!(quote("a\n\u{1b}\u{202e}\"", 60), r#""a\n\u{1b}\u{202e}"""#);
        assert!(quote(&"x".repeat(1000), 60).len() < 70);
    }
}
