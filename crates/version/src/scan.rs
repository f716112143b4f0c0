//! Cutting versions into pieces.

/// Splits off the longest beginning whose bytes all satisfy `wanted`, which holds for ASCII bytes only.
pub(crate) fn leading(text: &str, wanted: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !(byte.is_ascii() && wanted(byte))).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Splits off the leading ASCII digits.
pub(crate) fn digits(text: &str) -> (&str, &str) {
    leading(text, |byte| byte.is_ascii_digit())
}

/// Whether a text is made of ASCII digits, one at least.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether all bytes are ASCII letters, digits or one of `more`, and there is one.
pub(crate) fn is_word(text: &str, more: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte);
    !text.is_empty() && text.bytes().all(good)
}

/// A maximal run of characters of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run<'a> {
    /// ASCII digits.
    Digits(&'a str),
    /// ASCII letters.
    Letters(&'a str),
    /// Anything else.
    Other(&'a str),
}

/// The runs of a text.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.bytes().next()?;
        let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic());
        // Bytes that are not ASCII are all of the kind "other", so a cut falls between characters.
        let end = rest.bytes().position(|byte| kind(byte) != kind(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(match kind(first) {
            (true, _) => Run::Digits(run),
            (_, true) => Run::Letters(run),
            _ => Run::Other(run),
        })
    })
}

/// Takes one leading `v` or `V` off, where a digit follows.
pub(crate) fn without_v(text: &str) -> &str {
    match text.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|next: char| next.is_ascii_digit()) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_the_text() {
        use Run::{Digits, Letters, Other};
        let expected = [Digits("1"), Other("."), Digits("20"), Letters("rc"), Other("é-"), Digits("3")];
        assert_eq!(runs("1.20rcé-3").collect::<Vec<_>>(), expected);
    }
}
