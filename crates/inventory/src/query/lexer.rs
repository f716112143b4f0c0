//! Words of a question.

/// A word and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) at: usize,
    pub(super) text: String,
    pub(super) kind: WordKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    Open,
    Close,
    /// Anything else.
    Term,
    /// It began with a quotation mark: never `AND`, `OR` or `NOT`.
    Quoted,
}

/// Splits a question at spaces and parentheses. Quotation marks keep text together, also within a word; so do brackets, as ranges have
/// them. The place of an unclosed quotation mark is the error.
pub(super) fn words(text: &str) -> Result<Vec<Word>, usize> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut depth = 0_u32;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        if let Some(opened) = quote {
            match (character, &mut word) {
                ('"', _) => quote = None,
                (_, Some(word)) => word.text.push(character),
                _ => return Err(opened),
            }
            continue;
        }
        // Parentheses and brackets that a word has opened itself belong to it.
        match character {
            '"' => {
                quote = Some(at);
                word.get_or_insert(Word { at, text: String::new(), kind: WordKind::Quoted });
            }
            _ if character.is_whitespace() && depth == 0 => words.extend(word.take()),
            '(' | ')' if word.is_none() || (character == ')' && depth == 0) => {
                words.extend(word.take());
                let kind = if character == '(' { WordKind::Open } else { WordKind::Close };
                words.push(Word { at, text: character.to_string(), kind });
            }
            _ => {
                match character {
                    '(' | '[' => depth = depth.saturating_add(1),
                    // A range may close with the other of the two: `[1,2)`.
                    ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let word = word.get_or_insert(Word { at, text: String::new(), kind: WordKind::Term });
                word.text.push(character);
            }
        }
        if word.is_none() {
            depth = 0;
        }
    }
    match quote {
        Some(opened) => Err(opened),
        None => {
            words.extend(word);
            Ok(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text).unwrap().into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_and_parentheses() {
        assert_eq!(split("(a OR b)c"), ["(", "a", "OR", "b", ")", "c"]);
        assert_eq!(split("team:\"a b\" \"NOT\""), ["team:a b", "NOT"]);
        assert_eq!(split("(pkg:maven/a/b@[1.0,2.0) AND x)"), ["(", "pkg:maven/a/b@[1.0,2.0)", "AND", "x", ")"]);
        assert_eq!(split("pkg:nuget/a@(1, 2]"), ["pkg:nuget/a@(1, 2]"]);
        assert_eq!(words("a \"b"), Err(2));
        assert!(split(" \t").is_empty());
    }
}
