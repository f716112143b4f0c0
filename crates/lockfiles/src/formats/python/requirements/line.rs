//! The logical lines of a requirements file: continued lines joined, comments apart.
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>

use std::borrow::Cow;

use plimsoll_extract::syntax::text;

/// A logical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Where it starts, from 1.
    pub(super) number: u32,
    /// Without comment and outer white space; empty when there is nothing but a comment.
    pub(super) text: Cow<'a, str>,
    /// What follows the `#`, without outer white space.
    pub(super) comment: Option<&'a str>,
    /// It has white space before it: a comment belongs to the requirement above.
    pub(super) indented: bool,
}

/// The logical lines of a file, in linear time.
pub(super) fn logical(source: &str) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut open: Option<Line<'_>> = None;
    for (number, physical) in text::lines(source) {
        let trimmed = physical.trim();
        // As pip does: a comment is no continuation, and ends one.
        let is_comment = trimmed.starts_with('#');
        let (body, comment) = split_comment(trimmed);
        let (body, continues) = match body.strip_suffix('\\') {
            Some(body) if comment.is_none() && !is_comment => (body, true),
            _ => (body, false),
        };
        let mut line = match open.take() {
            Some(mut line) => {
                line.comment = line.comment.or(comment);
                append(&mut line.text, body);
                line
            }
            None => {
                let indented = physical.starts_with([' ', '\t']);
                Line { number, text: Cow::Borrowed(body.trim_end()), comment, indented }
            }
        };
        if continues {
            open = Some(line);
        } else {
            trim_end(&mut line.text);
            out.push(line);
        }
    }
    out.extend(open);
    out
}

fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    let more = more.trim();
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        let text = text.to_mut();
        text.push(' ');
        text.push_str(more);
    }
}

fn trim_end(text: &mut Cow<'_, str>) {
    let length = text.trim_end().len();
    match text {
        Cow::Borrowed(text) => *text = text.get(..length).unwrap_or(text),
        Cow::Owned(text) => text.truncate(length),
    }
}

/// Splits at a `#` that starts the line or follows white space; one within a word belongs to a URL.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    let mut from = 0_usize;
    while let Some(found) = line.get(from..).and_then(|rest| memchr::memchr(b'#', rest.as_bytes())) {
        let at = from.saturating_add(found);
        let before = line.get(..at).unwrap_or_default();
        if before.is_empty() || before.ends_with([' ', '\t']) {
            let comment = line.get(at.saturating_add(1)..).unwrap_or_default();
            return (before.trim_end(), Some(comment.trim()));
        }
        from = at.saturating_add(1);
    }
    (line, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(u32, String, Option<&str>)> {
        logical(source).into_iter().map(|line| (line.number, line.text.into_owned(), line.comment)).collect()
    }

    #[test]
    fn lines_are_joined_and_comments_apart() {
        let source = "a==1 \\\n    --hash=x \\\n    --hash=y  # via b\n# all\\\nc@ u#egg=c\n";
        assert_eq!(
            texts(source),
            [
                (1, "a==1 --hash=x --hash=y".to_owned(), Some("via b")),
                (4, String::new(), Some("all\\")),
                (5, "c@ u#egg=c".to_owned(), None),
            ]
        );
    }

    #[test]
    fn a_file_may_end_in_a_continuation() {
        assert_eq!(texts("a==1 \\\n"), [(1, "a==1".to_owned(), None)]);
        assert_eq!(texts("\\\n\\\nb"), [(1, "b".to_owned(), None)]);
    }
}
