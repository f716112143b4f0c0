//! The words of messages.

use plimsoll_syntax::words;

use crate::standard::{Standard, Type};

/// Characters of the document's text that a message shows.
const SHOWN: usize = 60;

/// Text of the document, as a message shows it.
pub(super) fn quote(text: &str) -> String {
    words::quote(text, SHOWN)
}

/// `; did you mean "…"?`, when one of the words is close.
pub(super) fn nearest<'w>(text: &str, among: impl Iterator<Item = &'w str>) -> String {
    words::nearest(text, among).map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default()
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
