//! The words of messages.

use plimsoll_syntax::words;

/// Characters of the file's text that a message shows.
const SHOWN: usize = 80;

/// Text of the file, as a message shows it.
pub(crate) fn quote(text: &str) -> String {
    words::quote(text, SHOWN)
}

/// `; did you mean "…"?` when one of the words is close, or else which words there are.
pub(crate) fn nearest(text: &str, among: &[&str]) -> String {
    match words::nearest(text, among.iter().copied()) {
        Some(word) => format!("; did you mean \"{word}\"?"),
        None => format!("; it may be {}", among.join(", ")),
    }
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
    }
}
