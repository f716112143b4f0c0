//! Text of unknown encoding, its lines, and the way from a piece of it back to its line.
//!
//! Files written by Windows tools (`packages.config`, `requirements.txt` from PowerShell) come with a byte
//! order mark or as UTF-16. Text without a mark is UTF-8; what is not is kept with replacement characters.

use std::borrow::Cow;
use std::sync::OnceLock;

/// Text, and whether it lost something when it was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Some bytes were not valid and became U+FFFD.
    pub lossy: bool,
}

/// Decodes UTF-8 with or without a byte order mark, and UTF-16 with one.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ => {
            let text = String::from_utf8_lossy(strip_bom(bytes));
            // Valid input is always borrowed, invalid input never is.
            let lossy = matches!(text, Cow::Owned(_));
            Decoded { text, lossy }
        }
    }
}

/// The bytes without a UTF-8 byte order mark.
#[must_use]
pub fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let pairs = bytes.chunks_exact(2);
    let mut lossy = !pairs.remainder().is_empty();
    let units = pairs.filter_map(|pair| pair.first_chunk().copied().map(unit));
    let text = char::decode_utf16(units)
        .map(|result| {
            result.unwrap_or_else(|_| {
                lossy = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect::<String>();
    Decoded { text: Cow::Owned(text), lossy }
}

/// Takes bytes from the start of what is left of a text, or all of it where they would part a character, and counts the
/// lines that go by.
pub fn take<'a>(rest: &mut &'a str, line: &mut u32, bytes: usize) -> &'a str {
    let (taken, left) = rest.split_at_checked(bytes).unwrap_or((*rest, ""));
    let lines = memchr::memchr_iter(b'\n', taken.as_bytes()).count();
    *line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    *rest = left;
    taken
}

/// The lines of a text with their numbers, from 1. `\n`, `\r\n` and a lone `\r` end a line.
#[must_use]
pub fn lines(text: &str) -> Lines<'_> {
    Lines { rest: Some(text), number: 0 }
}

/// See [`lines`].
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: Option<&'a str>,
    number: u32,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u32, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.filter(|rest| !rest.is_empty())?;
        self.number = self.number.saturating_add(1);
        let Some((line, after)) =
            memchr::memchr2(b'\n', b'\r', rest.as_bytes()).and_then(|end| rest.split_at_checked(end))
        else {
            self.rest = None;
            return Some((self.number, rest));
        };
        self.rest = after.strip_prefix("\r\n").or_else(|| after.get(1..));
        Some((self.number, line))
    }
}

/// Finds the line of an offset. The index is built when it is first asked.
#[derive(Debug)]
pub struct LineIndex<'a> {
    text: &'a [u8],
    /// The offsets after each line end.
    starts: OnceLock<Vec<usize>>,
}

impl<'a> LineIndex<'a> {
    /// An index of this text, as `&str` or `&[u8]`; costs nothing yet.
    #[must_use]
    pub fn new<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Self {
        Self { text: text.as_ref(), starts: OnceLock::new() }
    }

    /// The line of a byte offset, from 1. An offset past the end is on the last line.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> u32 {
        let starts = self.starts.get_or_init(|| line_starts(self.text));
        super::line_number(starts.partition_point(|start| *start <= offset).saturating_add(1))
    }

    /// The line of a part that was borrowed from this text.
    #[must_use]
    pub fn line_of(&self, part: &str) -> Option<u32> {
        offset_in(self.text, part.as_bytes()).map(|offset| self.line_at(offset))
    }
}

fn line_starts(bytes: &[u8]) -> Vec<usize> {
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        // The "\r" of "\r\n" ends no line: the "\n" will.
        .filter(|at| bytes.get(*at) != Some(&b'\r') || bytes.get(at.saturating_add(1)) != Some(&b'\n'))
        .map(|at| at.saturating_add(1))
        .collect()
}

/// The byte offset of a part that was borrowed from `text`; `None` when it was not.
#[must_use]
pub fn offset_of(text: &str, part: &str) -> Option<usize> {
    offset_in(text.as_bytes(), part.as_bytes())
}

fn offset_in(text: &[u8], part: &[u8]) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = offset.checked_add(part.len())?;
    (end <= text.len()).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_marks_and_utf16() {
        assert_eq!(decode(b"\xef\xbb\xbfabc"), Decoded { text: "abc".into(), lossy: false });
        assert_eq!(decode(b"\xff\xfea\0\xe4\0"), Decoded { text: "aä".into(), lossy: false });
        assert_eq!(decode(b"\xfe\xff\0a\0\xe4"), Decoded { text: "aä".into(), lossy: false });
        assert_eq!(decode(b"\xff\xfea\0b"), Decoded { text: "a".into(), lossy: true });
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Decoded { text: "\u{fffd}".into(), lossy: true });
        assert_eq!(decode(b"a\xffb"), Decoded { text: "a\u{fffd}b".into(), lossy: true });
        assert!(matches!(decode(b"plain").text, Cow::Borrowed("plain")));
    }

    #[test]
    fn lines_end_in_three_ways() {
        let all: Vec<_> = lines("a\r\nb\rc\n\nd").collect();
        assert_eq!(all, [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d")]);
        assert_eq!(lines("a\n").count(), 1);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("\r").collect::<Vec<_>>(), [(1, "")]);
    }

    #[test]
    fn the_index_agrees_with_the_lines() {
        let text = "a\r\nbä\rc\n\nd";
        let index = LineIndex::new(text);
        for (number, line) in lines(text) {
            assert_eq!(index.line_of(line), Some(number), "{line}");
        }
        assert_eq!(index.line_at(usize::MAX), 5);
    }

    #[test]
    fn only_a_borrowed_part_has_an_offset() {
        let text = String::from("hello world");
        assert_eq!(offset_of(&text, &text[6..]), Some(6));
        assert_eq!(offset_of(&text, &text[11..]), Some(11));
        assert_eq!(offset_of(&text[..5], &text[6..]), None);
        assert_eq!(offset_of(&text, "elsewhere"), None);
    }
}
