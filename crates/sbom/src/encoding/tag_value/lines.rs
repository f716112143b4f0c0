//! Lines to tags and values.

use std::borrow::Cow;

use plimsoll_syntax::text::{Lines, lines};

/// What starts text of several lines.
pub(super) const OPEN: &str = "<text>";
/// What ends it.
pub(super) const CLOSE: &str = "</text>";

/// A tag with its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) line: u32,
    pub(super) tag: &'a str,
    pub(super) value: Cow<'a, str>,
    /// What is wrong with the way it is written.
    pub(super) fault: Option<&'static str>,
}

/// The entries of a text. A line that is none has an empty tag.
pub(super) struct Entries<'a>(Lines<'a>);

/// Reads a text.
pub(super) fn entries(text: &str) -> Entries<'_> {
    Entries(lines(text))
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, content) = self.0.next()?;
            let content = content.trim_start();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let parts = content.split_once(':').filter(|(tag, _)| is_tag(tag.trim_end()));
            let Some((tag, value)) = parts else {
                let fault = Some("neither a tag with a value nor a comment");
                return Some(Entry { line, tag: "", value: content.trim_end().into(), fault });
            };
            let (tag, value) = (tag.trim_end(), value.trim_start());
            let (value, fault) = match value.strip_prefix(OPEN) {
                None => (value.trim_end().into(), None),
                Some(first) => self.text(first),
            };
            return Some(Entry { line, tag, value, fault });
        }
    }
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

impl<'a> Entries<'a> {
    /// Text up to `</text>`. Line ends become `\n`, whatever the file has.
    fn text(&mut self, first: &'a str) -> (Cow<'a, str>, Option<&'static str>) {
        if let Some((value, after)) = first.split_once(CLOSE) {
            return (value.into(), trailing(after));
        }
        let mut value = first.to_owned();
        for (_, content) in self.0.by_ref() {
            value.push('\n');
            if let Some((end, after)) = content.split_once(CLOSE) {
                value.push_str(end);
                return (value.into(), trailing(after));
            }
            value.push_str(content);
        }
        (value.into(), Some("<text> is not closed: it takes the rest of the file"))
    }
}

fn trailing(after: &str) -> Option<&'static str> {
    (!after.trim().is_empty()).then_some("something follows </text> on its line")
}
