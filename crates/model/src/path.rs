//! Paths inside a source.

use std::fmt;
use std::sync::Arc;

/// A path inside a source: relative, `/`-separated, without `.`, `..`, empty parts or NUL. Bytes are preserved, so a
/// name that is not UTF-8 still names its file.
///
/// A member of an archive inside the source is written `outer.jar!/inner/name`, as in a `jar:` URL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePath(Arc<[u8]>);

/// Why bytes are not a path inside a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The path holds a NUL byte.
    #[error("path holds a NUL byte")]
    Nul,
    /// The path has a `..` part.
    #[error("path has a '..' part")]
    Parent,
    /// Nothing is left after `.` and empty parts are removed.
    #[error("path is empty")]
    Empty,
}

impl SourcePath {
    /// Normalises a path as archives write it: leading `/` and `./`, doubled slashes and a trailing slash go.
    ///
    /// # Errors
    /// A NUL byte, a `..` part, or an empty path.
    pub fn new(raw: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let raw = raw.as_ref();
        if raw.contains(&0) {
            return Err(PathError::Nul);
        }
        if is_normal(raw) {
            return Ok(Self(Arc::from(raw)));
        }
        let mut out: Vec<u8> = Vec::with_capacity(raw.len());
        for part in raw.split(|&byte| byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => return Err(PathError::Parent),
                part => {
                    if !out.is_empty() {
                        out.push(b'/');
                    }
                    out.extend_from_slice(part);
                }
            }
        }
        if out.is_empty() { Err(PathError::Empty) } else { Ok(Self(out.into())) }
    }

    /// The path of `inner` within the archive at this path.
    #[must_use]
    pub fn member(&self, inner: &[u8]) -> Self {
        let mut out = self.0.to_vec();
        out.extend_from_slice(b"!/");
        out.extend_from_slice(inner);
        Self(out.into())
    }

    /// The bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as UTF-8, when it is.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The last part: what comes after the last `/`.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
    }

    /// Everything before the last `/`; empty at the top.
    #[must_use]
    pub fn parent(&self) -> &[u8] {
        match self.0.iter().rposition(|&byte| byte == b'/') {
            Some(at) => self.0.get(..at).unwrap_or_default(),
            None => &[],
        }
    }

    /// Joins `relative` (which may hold `.` and `..`) onto the directory of this file; `None` when it leaves the source.
    #[must_use]
    pub fn sibling(&self, relative: impl AsRef<[u8]>) -> Option<Self> {
        resolve(self.parent(), relative.as_ref())
    }
}

/// Joins `relative` onto `directory`, working `..` off; `None` when it leaves the source or nothing is left.
fn resolve(directory: &[u8], relative: &[u8]) -> Option<SourcePath> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in directory.split(|&byte| byte == b'/').chain(relative.split(|&byte| byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    SourcePath::new(parts.join(&b'/')).ok()
}

fn is_normal(raw: &[u8]) -> bool {
    !raw.is_empty() && raw.split(|&byte| byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

impl fmt::Display for SourcePath {
    /// UTF-8 as it is, other bytes as `\xNN`, control characters escaped: safe for a terminal and for a text format.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    c if changes_terminal(c) => write!(f, "{}", c.escape_unicode())?,
                    c => write!(f, "{c}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Characters that reorder text on a terminal (Unicode UAX #9), used to disguise names.
fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character does something to a terminal or a line of text other than to stand there.
#[must_use]
pub fn changes_terminal(character: char) -> bool {
    character.is_control() || is_bidi_control(character)
}

/// Text from an input made safe for a terminal or a line of a text format: control characters and those that change
/// direction are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if changes_terminal(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_what_archives_write() {
        for (raw, want) in [("./a//b/", "a/b"), ("/etc/os-release", "etc/os-release"), ("a/./b", "a/b")] {
            assert_eq!(SourcePath::new(raw).unwrap().to_string(), want);
        }
        assert_eq!(SourcePath::new("a/../b"), Err(PathError::Parent));
        assert_eq!(SourcePath::new("a\0b"), Err(PathError::Nul));
        assert_eq!(SourcePath::new("./"), Err(PathError::Empty));
    }

    #[test]
    fn siblings_stay_inside() {
        let file = SourcePath::new("app/sub/pom.xml").unwrap();
        assert_eq!(file.sibling("../pom.xml").unwrap().to_string(), "app/pom.xml");
        assert_eq!(file.sibling("../../../etc/passwd"), None);
    }

    #[test]
    fn display_is_safe_and_keeps_bytes() {
        let path = SourcePath::new(b"new\nline/\xff\x1b[31m\xe2\x80\xae".as_slice()).unwrap();
        assert_eq!(path.to_string(), "new\\u{a}line/\\xff\\u{1b}[31m\\u{202e}");
        assert_eq!(path.name(), b"\xff\x1b[31m\xe2\x80\xae");
    }
}
