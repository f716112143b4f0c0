//! Paragraphs of fields as Debian writes them: `status`, `control` and `copyright` files.
//! <https://www.debian.org/doc/debian-policy/ch-controlfields.html>, `deb822(5)`
//!
//! Read in place and never copied: one field of a hostile file may be as long as the file. Field names are compared
//! without regard to case; a line that is neither a field nor a continuation is passed over.

use memchr::memchr;

use crate::provision::Need;

/// The paragraphs of a file. Empty lines, and lines of only spaces, part them.
#[derive(Debug, Clone)]
pub(crate) struct Paragraphs<'a> {
    rest: &'a [u8],
    line: u32,
}

/// One paragraph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paragraph<'a> {
    /// The line that it starts at, from 1.
    pub(crate) line: u32,
    body: &'a [u8],
}

impl<'a> Paragraphs<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), line: 1 }
    }
}

impl<'a> Iterator for Paragraphs<'a> {
    type Item = Paragraph<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut body: Option<(&'a [u8], u32)> = None;
        let mut length = 0_usize;
        while let Some((line, after)) = split_line(self.rest) {
            if line.trim_ascii().is_empty() {
                if let Some((start, number)) = body {
                    return Some(Paragraph { line: number, body: start.get(..length).unwrap_or_default() });
                }
            } else {
                let (start, _) = *body.get_or_insert((self.rest, self.line));
                length = start.len().saturating_sub(after.len());
            }
            self.line = self.line.saturating_add(1);
            self.rest = after;
        }
        body.map(|(start, line)| Paragraph { line, body: start.get(..length).unwrap_or_default() })
    }
}

impl<'a> Paragraph<'a> {
    /// The fields: name, and value from after the colon to the end of the last continuation line, trimmed.
    pub(crate) fn fields(&self) -> Fields<'a> {
        Fields { rest: self.body }
    }
}

/// See [`Paragraph::fields`].
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((line, after)) = split_line(self.rest) {
            let start = self.rest;
            self.rest = after;
            let Some(colon) = memchr(b':', line) else { continue };
            if matches!(line.first(), Some(b' ' | b'\t' | b'#')) {
                continue;
            }
            while let Some((_, after)) =
                split_line(self.rest).filter(|(line, _)| line.starts_with(b" ") || line.starts_with(b"\t"))
            {
                self.rest = after;
            }
            let name = line.get(..colon).unwrap_or_default().trim_ascii();
            let field = start.get(..start.len().saturating_sub(self.rest.len())).unwrap_or_default();
            return Some((name, field.get(colon.saturating_add(1)..).unwrap_or_default().trim_ascii()));
        }
        None
    }
}

/// The first line without its end, and what follows it.
pub(crate) fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    match memchr(b'\n', text).and_then(|end| text.split_at_checked(end)) {
        Some((line, after)) => Some((line.strip_suffix(b"\r").unwrap_or(line), after.get(1..).unwrap_or_default())),
        None => Some((text, &[])),
    }
}

/// The names in a relation field, alternatives alike: `libc6 (>= 2.34), python3:any | python2 [amd64]`.
pub(crate) fn relation_names(field: &[u8]) -> impl Iterator<Item = Need<'_>> {
    field.split(|byte| matches!(byte, b',' | b'|')).filter_map(|relation| {
        let relation = relation.trim_ascii();
        let end = relation.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'(' | b'[' | b'<' | b'='));
        let name = relation.get(..end.unwrap_or(relation.len())).unwrap_or_default();
        let mut parts = name.splitn(2, |&byte| byte == b':');
        let name = parts.next().filter(|name| !name.is_empty())?;
        // `:any` asks for a package that serves every architecture (`Multi-Arch: allowed`), the own one included.
        let architecture = parts.next().filter(|architecture| !matches!(*architecture, b"any" | b"native"));
        Some(Need { name, architecture })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_know_their_lines_and_fields() {
        let text = b"\n\nPackage: a\nConffiles:\n /etc/x 12\n /etc/y: 13\nVersion:1\n \t\r\npackage: b\r\nnonsense\nVersion: 2";
        let read: Vec<_> = Paragraphs::new(text)
            .map(|paragraph| {
                let fields = paragraph.fields().map(|(name, value)| {
                    format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
                });
                (paragraph.line, fields.collect::<Vec<_>>().join("|"))
            })
            .collect();
        assert_eq!(
            read,
            [
                (3, "Package=a|Conffiles=/etc/x 12\n /etc/y: 13|Version=1".to_owned()),
                (9, "package=b|Version=2".to_owned())
            ]
        );
        assert_eq!(Paragraphs::new(b"").count(), 0);
        assert_eq!(Paragraphs::new(b"\n \n").count(), 0);
    }

    #[test]
    fn relations_give_names_and_architectures() {
        let field = b"libc6 (>= 2.34), default-mta | mail-transport-agent,python3:any (<< 3.13), gcc:arm64,\n perl\t| , x[amd64]";
        let found: Vec<_> = relation_names(field)
            .map(|need| (String::from_utf8_lossy(need.name), need.architecture.map(String::from_utf8_lossy)))
            .collect();
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["libc6", "default-mta", "mail-transport-agent", "python3", "gcc", "perl", "x"]);
        assert_eq!(found.iter().filter_map(|(_, architecture)| architecture.as_deref()).collect::<Vec<_>>(), ["arm64"]);
    }
}
