//! The header of core metadata, an e-mail header (RFC 822) of which only some fields matter.
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>
//!
//! The description that follows the header is most of the file and is not read. Files in the wild break the rules: a
//! second line of a summary that is not indented, bytes that are not UTF-8, fields of `UNKNOWN`.

use std::borrow::Cow;

use plimsoll_extract::prelude::*;

/// Read at first; a header is seldom larger.
const FIRST_READ: u64 = 8 << 10;

/// The bytes of a file up to the end of its header.
pub(super) fn read<'a>(file: &File<'a>) -> Result<Cow<'a, [u8]>, ExtractError> {
    if let Some(bytes) = file.body().in_memory() {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut length = FIRST_READ.min(file.len());
    loop {
        let bytes = file.range(0, length)?;
        if length == file.len() || end(&bytes).is_some() {
            return Ok(Cow::Owned(bytes));
        }
        length = length.saturating_mul(4).min(file.len());
    }
}

/// The offset of the blank line that ends the header.
fn end(bytes: &[u8]) -> Option<usize> {
    let unix = memchr::memmem::find(bytes, b"\n\n");
    let windows = memchr::memmem::find(bytes, b"\n\r\n");
    unix.into_iter().chain(windows).min()
}

/// The fields that are kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version_of_format: bool,
    pub(super) name: Option<String>,
    /// The line of the name, from 1.
    pub(super) line: u32,
    pub(super) version: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) license: Option<String>,
    pub(super) license_expression: Option<String>,
    /// What follows `License ::` in classifiers.
    pub(super) license_classifiers: Vec<String>,
    pub(super) author: Option<String>,
    pub(super) author_email: Option<String>,
    pub(super) maintainer: Option<String>,
    pub(super) maintainer_email: Option<String>,
    /// Label and URL; the label of `Home-page` and `Download-URL` is the field.
    pub(super) urls: Vec<(String, String)>,
    /// With their lines.
    pub(super) requires: Vec<(u32, String)>,
}

impl Header {
    /// Reads the fields before the first blank line.
    pub(super) fn parse(text: &str) -> Self {
        let mut header = Self::default();
        let mut field: Option<(&str, u32, Cow<'_, str>)> = None;
        for (number, line) in syntax::text::lines(text) {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((name, _, value)) = field.as_mut().filter(|(name, ..)| is_folded(name)) {
                    let _ = name;
                    value.to_mut().push('\n');
                    value.to_mut().push_str(line.trim());
                }
                continue;
            }
            let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_field_name(name)) else { continue };
            if let Some((name, line, value)) = field.replace((name, number, Cow::Borrowed(value.trim()))) {
                header.set(name, line, &value);
            }
        }
        if let Some((name, line, value)) = field {
            header.set(name, line, &value);
        }
        header
    }

    fn set(&mut self, name: &str, line: u32, value: &str) {
        let first = |slot: &mut Option<String>| {
            if slot.is_none() && !matches!(value, "" | "UNKNOWN" | "None") {
                *slot = Some(value.to_owned());
            }
        };
        match name.to_ascii_lowercase().as_str() {
            "metadata-version" => self.version_of_format = true,
            "name" => {
                if self.name.is_none() {
                    self.line = line;
                }
                first(&mut self.name);
            }
            "version" => first(&mut self.version),
            "summary" => first(&mut self.summary),
            "license" => first(&mut self.license),
            "license-expression" => first(&mut self.license_expression),
            "author" => first(&mut self.author),
            "author-email" => first(&mut self.author_email),
            "maintainer" => first(&mut self.maintainer),
            "maintainer-email" => first(&mut self.maintainer_email),
            "home-page" if value != "UNKNOWN" => self.urls.push(("homepage".to_owned(), value.to_owned())),
            "project-url" => {
                if let Some((label, url)) = value.split_once(',') {
                    self.urls.push((label.trim().to_lowercase(), url.trim().to_owned()));
                }
            }
            "classifier" => {
                if let Some(rest) = value.strip_prefix("License ::") {
                    self.license_classifiers.push(rest.trim().to_owned());
                }
            }
            "requires-dist" => self.requires.push((line, value.replace('\n', " "))),
            _ => {}
        }
    }
}

/// Whether the further lines of a field matter; a description in a header can be long.
fn is_folded(name: &str) -> bool {
    ["license", "requires-dist", "author", "maintainer"].iter().any(|field| field.eq_ignore_ascii_case(name))
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_not_read() {
        let header = Header::parse(
            "Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: one\nsecond line\nAuthor: UNKNOWN\n\nName: b\n",
        );
        assert_eq!((header.name.as_deref(), header.version.as_deref(), header.line), (Some("a"), Some("1"), 2));
        assert_eq!(header.summary.as_deref(), Some("one"));
        assert_eq!(header.author, None);
    }

    #[test]
    fn folded_lines_belong_to_their_field() {
        let header = Header::parse("Name: a\r\nRequires-Dist: b >=1 ;\r\n  os_name == 'nt'\r\nVersion: 2\r\n");
        assert_eq!(header.requires, [(2, "b >=1 ; os_name == 'nt'".to_owned())]);
        assert_eq!(header.version.as_deref(), Some("2"));
    }

    #[test]
    fn the_header_ends_at_a_blank_line() {
        assert_eq!(end(b"a: b\n\nc"), Some(4));
        assert_eq!(end(b"a: b\r\n\r\nc"), Some(5));
        assert_eq!(end(b"a: b\n"), None);
    }
}
