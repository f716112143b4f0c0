//! A tree to XML.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use super::ROOT;
use crate::encoding::spdx2::{field, object_of, scalar, without};
use crate::encoding::{Omission, Omissions};
use crate::standard::{Standard, Type};
use crate::tree::{Members, Value};

/// What the table has at a place.
type Kind = Option<&'static Type>;

/// Writes a document, and says what XML cannot hold.
pub(in crate::encoding) fn write(tree: &Value, out: &mut dyn Write) -> io::Result<Vec<Omission>> {
    let mut writer = Writer { out: BufWriter::new(out), omissions: Omissions::default() };
    writer.out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    writer.element(ROOT, tree, Some(Standard::spdx2().root_type()), 0)?;
    writer.out.flush()?;
    Ok(writer.omissions.found)
}

struct Writer<'a> {
    out: BufWriter<&'a mut dyn Write>,
    omissions: Omissions,
}

impl Writer<'_> {
    fn indent(&mut self, depth: usize) -> io::Result<()> {
        (0..depth).try_for_each(|_| self.out.write_all(b"  "))
    }

    /// Readers bound how deep a tree is, so this recursion is bounded too.
    fn element(&mut self, name: &str, value: &Value, kind: Kind, depth: usize) -> io::Result<()> {
        if !is_read_back(value, kind) {
            self.omissions.note("is not what the standard has here, and is read otherwise");
        }
        let text: Cow<'_, str> = match value {
            Value::Null => {
                self.omissions.note("null is left out");
                return Ok(());
            }
            Value::Array(items) => return self.items(name, items, kind, depth),
            Value::Object(members) => return self.object(name, members, kind, depth),
            Value::Boolean(value) => value.to_string().into(),
            Value::Number(text) => (&**text).into(),
            Value::String(text) => without(text, is_forbidden, &mut self.omissions),
        };
        self.indent(depth)?;
        write!(self.out, "<{name}>")?;
        self.text(&text)?;
        writeln!(self.out, "</{name}>")
    }

    fn items(&mut self, name: &str, items: &[Value], kind: Kind, depth: usize) -> io::Result<()> {
        let item_kind = if let Some(Type::Array(item)) = kind { Some(&**item) } else { None };
        if items.is_empty() {
            self.omissions.note("an empty list is left out");
        }
        for (at, item) in items.iter().enumerate() {
            self.omissions.at.push_item(at);
            if item.as_array().is_some() {
                self.omissions.note("a list in a list is left out");
            } else {
                self.element(name, item, item_kind, depth)?;
            }
            self.omissions.at.pop();
        }
        Ok(())
    }

    fn object(&mut self, name: &str, members: &Members, kind: Kind, depth: usize) -> io::Result<()> {
        let object = object_of(kind);
        self.indent(depth)?;
        writeln!(self.out, "<{name}>")?;
        for (name, value) in members.iter() {
            self.omissions.at.push_member(name);
            if is_name(name) {
                let kind = field(object, name).map(|field| &field.kind);
                self.element(name, value, kind, depth.saturating_add(1))?;
            } else {
                self.omissions.note("its name is not that of an element; it is left out");
            }
            self.omissions.at.pop();
        }
        self.indent(depth)?;
        writeln!(self.out, "</{name}>")
    }

    /// What would be read otherwise is a character reference: `\r`, and what reorders text.
    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_referred) {
            let (plain, after) = rest.split_at(at);
            self.out.write_all(plain.as_bytes())?;
            let mut characters = after.chars();
            match characters.next() {
                Some('&') => self.out.write_all(b"&amp;")?,
                Some('<') => self.out.write_all(b"&lt;")?,
                Some('>') => self.out.write_all(b"&gt;")?,
                Some(other) => write!(self.out, "&#x{:X};", u32::from(other))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.out.write_all(rest.as_bytes())
    }
}

/// Not a character of XML 1.0 (§2.2), not even as a reference.
fn is_forbidden(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether the reader makes the same of it, who knows only the table.
fn is_read_back(value: &Value, kind: Kind) -> bool {
    match (value, kind) {
        (Value::Null, _) => true,
        (Value::Array(_), kind) => matches!(kind, Some(Type::Array(_))),
        (_, Some(Type::Array(_))) => false,
        (Value::Object(_), Some(Type::Object(_))) => true,
        (Value::Object(members), _) => !members.is_empty(),
        (Value::String(_), Some(Type::Object(_))) => false,
        (Value::String(text), Some(Type::Boolean | Type::Integer | Type::Number | Type::Enum(_))) => {
            scalar(kind, text.trim()) == *value
        }
        (Value::String(_), _) => true,
        (Value::Boolean(held), _) => scalar(kind, &held.to_string()) == *value,
        (Value::Number(text), _) => scalar(kind, text) == *value,
    }
}

fn is_referred(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '\r' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name of ASCII letters, digits, `_`, `-` and `.`, which all that SPDX has are but `$schema`.
fn is_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}
