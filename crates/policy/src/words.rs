//! The words of messages.

/// Characters of the file's text that a message shows.
const SHOWN: usize = 80;

/// Text of the file, quoted, cut short, and without what would move the cursor.
pub(crate) fn quote(text: &str) -> String {
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

/// `; did you mean "…"?` when one of the words is close, or else which words there are.
pub(crate) fn nearest(text: &str, words: &[&str]) -> String {
    let lower = text.to_lowercase();
    let most = lower.len().div_euclid(3).max(1);
    let near =
        words.iter().filter(|_| text.len() <= 64).filter_map(|word| Some((distance(&lower, word, most)?, *word)));
    match near.min() {
        Some((_, word)) => format!("; did you mean \"{word}\"?"),
        None => format!("; it may be {}", words.join(", ")),
    }
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
        let words = ["signer", "level", "build_types"];
        assert_eq!(nearest("singer", &words), "; did you mean \"signer\"?");
        assert_eq!(nearest("build-types", &words), "; did you mean \"build_types\"?");
        assert_eq!(nearest("colour", &words), "; it may be signer, level, build_types");
        assert_eq!(quote("a\n\u{1b}\""), "\"a\\n\\u{1b}\"\"");
    }
}
