//! A JSON writer that streams: members leave in the order that they are written in, two spaces deep.

use std::io::{self, Write};

/// Writes one JSON value, member by member.
pub(crate) struct JsonWriter<'a> {
    out: &'a mut dyn Write,
    /// For each open object or array: whether it has a member yet.
    open: Vec<bool>,
    /// A name was written, its value follows.
    named: bool,
}

impl<'a> JsonWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, open: Vec::new(), named: false }
    }

    /// A writer of items that stand `depth` deep in an array, the first of which follows others or not.
    pub(crate) fn within(out: &'a mut dyn Write, depth: usize, follows: bool) -> Self {
        let mut open = vec![true; depth];
        if let Some(array) = open.last_mut() {
            *array = follows;
        }
        Self { out, open, named: false }
    }

    /// How many objects and arrays are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    fn before_value(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.named) {
            return Ok(());
        }
        let Some(has_members) = self.open.last_mut() else { return Ok(()) };
        if std::mem::replace(has_members, true) {
            self.out.write_all(b",")?;
        }
        self.line()
    }

    fn line(&mut self) -> io::Result<()> {
        const SPACES: &[u8] = b"\n                                ";
        let width = self.open.len().saturating_mul(2).saturating_add(1);
        self.out.write_all(SPACES.get(..width).unwrap_or(SPACES))
    }

    fn close(&mut self, bracket: &[u8]) -> io::Result<()> {
        if self.open.pop() == Some(true) {
            self.line()?;
        }
        self.out.write_all(bracket)
    }

    pub(crate) fn name(&mut self, name: &str) -> io::Result<()> {
        self.before_value()?;
        text(self.out, name)?;
        self.out.write_all(b": ")?;
        self.named = true;
        Ok(())
    }

    pub(crate) fn string(&mut self, value: &str) -> io::Result<()> {
        self.before_value()?;
        text(self.out, value)
    }

    /// A number, written as it is given.
    pub(crate) fn number(&mut self, value: impl std::fmt::Display) -> io::Result<()> {
        self.before_value()?;
        write!(self.out, "{value}")
    }

    pub(crate) fn boolean(&mut self, value: bool) -> io::Result<()> {
        self.number(value)
    }

    /// An object, its members written by `members`.
    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.before_value()?;
        self.out.write_all(b"{")?;
        self.open.push(false);
        members(self)?;
        self.close(b"}")
    }

    /// An array with an element for each item.
    pub(crate) fn array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut element: impl FnMut(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.before_value()?;
        self.out.write_all(b"[")?;
        self.open.push(false);
        for item in items {
            element(self, item)?;
        }
        self.close(b"]")
    }

    /// An array whose items were written by [`JsonWriter::within`].
    pub(crate) fn array_of(&mut self, parts: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> io::Result<()> {
        self.before_value()?;
        self.out.write_all(b"[")?;
        self.open.push(false);
        for part in parts {
            let part = part?;
            self.out.write_all(&part)?;
            if let Some(array) = self.open.last_mut() {
                *array |= !part.is_empty();
            }
        }
        self.close(b"]")
    }

    /// A string member.
    pub(crate) fn member(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.name(name)?;
        self.string(value)
    }

    /// A string member that is there when the value is.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) -> io::Result<()> {
        value.map_or(Ok(()), |value| self.member(name, value))
    }

    /// An object member.
    pub(crate) fn object_member(
        &mut self,
        name: &str,
        members: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.name(name)?;
        self.object(members)
    }

    /// An array member that is there when it has elements.
    pub(crate) fn array_member<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        element: impl FnMut(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return Ok(());
        }
        self.name(name)?;
        self.array(items, element)
    }

    /// Ends the document with a line end.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }
}

/// A JSON string. Control characters are escaped; those that reorder text are too, so that a listing cannot be forged.
fn text(out: &mut dyn Write, value: &str) -> io::Result<()> {
    let reorders = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if value.is_ascii() && !value.contains('\u{7f}') || !value.contains(reorders) {
        return serde_json::to_writer(out, value).map_err(io::Error::from);
    }
    let quoted = serde_json::to_string(value).map_err(io::Error::from)?;
    for character in quoted.chars() {
        if reorders(character) {
            write!(out, "\\u{:04x}", u32::from(character))?;
        } else {
            write!(out, "{character}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_serde_json_reads() {
        let mut out = Vec::new();
        let mut json = JsonWriter::new(&mut out);
        json.object(|json| {
            json.member("a", "x\n\u{202e}\u{1b}")?;
            json.array_member("none", std::iter::empty::<u8>(), |_, _| Ok(()))?;
            json.array_member("b", [1, 2], |json, n| json.number(n))
        })
        .unwrap();
        json.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\\u202e") && !text.contains('\u{202e}'));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::json!({ "a": "x\n\u{202e}\u{1b}", "b": [1, 2] }));
    }
}
