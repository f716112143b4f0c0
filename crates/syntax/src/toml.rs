//! TOML 1.0 and 1.1 (<https://toml.io/en/v1.1.0>) into one flat vector of small nodes.
//!
//! A lockfile of 300,000 packages has two million nodes, so a node is 28 bytes and strings stay in the text.
//! [`Document`] owns the nodes; [`Table`], [`Array`] and [`Value`] are copyable views of it. Nothing here
//! recurses, and expressions are handed to the parser one by one, so that its tokens never add up.
//!
//! A key that is there twice is a fault; its first value is kept. Whether a table may be extended after it was
//! defined is not checked as strictly as the specification asks.

mod build;

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_model::Limits;

use super::Error;
use super::text::LineIndex;

/// Reads a document that must be valid from end to end.
///
/// # Errors
/// It is not TOML, has a key twice, or is over a limit.
pub fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, Error> {
    match parse_partial(text, limits) {
        (document, None) => Ok(document),
        (_, Some(error)) => Err(error),
    }
}

/// Reads what can be read: everything but the lines at fault, up to a limit. Also gives the first fault.
#[must_use]
pub fn parse_partial<'a>(text: &'a str, limits: &Limits) -> (Document<'a>, Option<Error>) {
    build::build(text, limits)
}

/// No node.
const NONE: u32 = u32::MAX;

/// Children of a table that are searched one by one; the rest is in [`Document::index`].
const LINEAR: usize = 16;

/// A piece of the text, or with a length of [`NONE`] an element of [`Document::decoded`].
#[derive(Debug, Clone, Copy)]
struct Slice {
    start: u32,
    len: u32,
}

const EMPTY: Slice = Slice { start: 0, len: 0 };

#[derive(Debug, Clone, Copy)]
struct Node {
    key: Slice,
    /// Of a scalar, its text. Of a table or array, the first and the last child.
    content: Slice,
    offset: u32,
    next: u32,
    kind: Kind,
    flags: u8,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A string of any of the four kinds.
    String,
    /// An integer.
    Integer,
    /// A float.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A date, a time, or both.
    Datetime,
    /// An array, also of tables.
    Array,
    /// A table, also an inline one.
    Table,
}

/// A document.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    /// Strings that had escapes.
    decoded: Vec<Box<str>>,
    /// Children of tables after their first [`LINEAR`]. Only looked up, never walked.
    index: HashMap<(u32, Cow<'a, str>), u32>,
    lines: LineIndex<'a>,
}

impl<'a> Document<'a> {
    /// The table of the document itself.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table { document: self, node: 0 }
    }

    /// The line of an offset, from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.lines.line_at(usize::try_from(offset).unwrap_or(usize::MAX))
    }

    fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(node).ok()?)
    }

    fn str(&self, slice: Slice) -> &str {
        let Ok(start) = usize::try_from(slice.start) else { return "" };
        if slice.len == NONE {
            return self.decoded.get(start).map_or("", |text| text);
        }
        let len = usize::try_from(slice.len).unwrap_or_default();
        self.text.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    fn children(&self, node: u32) -> Children<'_> {
        let next = self
            .node(node)
            .filter(|node| matches!(node.kind, Kind::Table | Kind::Array))
            .map_or(NONE, |node| node.content.start);
        Children { document: self, next }
    }

    fn find(&self, table: u32, key: &str) -> Option<u32> {
        let mut seen = 0_usize;
        for child in self.children(table) {
            if seen == LINEAR {
                return self.find_indexed(table, key);
            }
            seen = seen.saturating_add(1);
            if self.node(child).is_some_and(|node| self.str(node.key) == key) {
                return Some(child);
            }
        }
        None
    }

    fn find_indexed<'k>(&'k self, table: u32, key: &'k str) -> Option<u32> {
        let index: &HashMap<(u32, Cow<'k, str>), u32> = &self.index;
        index.get(&(table, Cow::Borrowed(key))).copied()
    }
}

#[derive(Debug, Clone)]
struct Children<'d> {
    document: &'d Document<'d>,
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let current = self.next;
        // A link always points to a later node, so this ends.
        self.next = self.document.node(current)?.next;
        Some(current)
    }
}

/// Any value of a document.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    node: u32,
}

impl<'d> Value<'d> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.document.node(self.node).map_or(Kind::Table, |node| node.kind)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        (self.kind() == Kind::String).then(|| self.content())
    }

    /// The text of a scalar: of a string its content, of anything else as it is written.
    #[must_use]
    pub fn scalar_text(self) -> Option<&'d str> {
        (!matches!(self.kind(), Kind::Table | Kind::Array)).then(|| self.content())
    }

    /// A decimal integer.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        (self.kind() == Kind::Integer).then(|| self.content().replace('_', "").parse().ok())?
    }

    /// A boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Boolean).then(|| self.content() == "true")
    }

    /// The text of a date or time.
    #[must_use]
    pub fn as_datetime(self) -> Option<&'d str> {
        (self.kind() == Kind::Datetime).then(|| self.content())
    }

    /// A table, also an inline one.
    #[must_use]
    pub fn as_table(self) -> Option<Table<'d>> {
        (self.kind() == Kind::Table).then_some(Table { document: self.document, node: self.node })
    }

    /// An array, also of tables.
    #[must_use]
    pub fn as_array(self) -> Option<Array<'d>> {
        (self.kind() == Kind::Array).then_some(Array { document: self.document, node: self.node })
    }

    /// Where it starts, in bytes; of a table with a header, where the header does.
    #[must_use]
    pub fn offset(self) -> u32 {
        self.document.node(self.node).map_or(0, |node| node.offset)
    }

    /// The line where it starts, from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.document.line(self.offset())
    }

    fn content(self) -> &'d str {
        self.document.node(self.node).map_or("", |node| self.document.str(node.content))
    }
}

/// A table, also an inline one. Its entries are in the order of the file.
#[derive(Debug, Clone, Copy)]
pub struct Table<'d> {
    document: &'d Document<'d>,
    node: u32,
}

impl<'d> Table<'d> {
    /// The value of a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        let document = self.document;
        document.find(self.node, key).map(|node| Value { document, node })
    }

    /// The text of a string value.
    #[must_use]
    pub fn get_str(self, key: &str) -> Option<&'d str> {
        self.get(key)?.as_str()
    }

    /// A table value.
    #[must_use]
    pub fn table(self, key: &str) -> Option<Table<'d>> {
        self.get(key)?.as_table()
    }

    /// An array value.
    #[must_use]
    pub fn array(self, key: &str) -> Option<Array<'d>> {
        self.get(key)?.as_array()
    }

    /// The tables of an array of tables, `[[key]]`; none when it is something else.
    pub fn tables(self, key: &str) -> impl Iterator<Item = Table<'d>> + use<'d> {
        self.array(key).into_iter().flat_map(Array::iter).filter_map(Value::as_table)
    }

    /// Its keys and values.
    pub fn iter(self) -> impl Iterator<Item = (&'d str, Value<'d>)> + use<'d> {
        let document = self.document;
        document.children(self.node).map(move |node| {
            let key = document.node(node).map_or("", |node| document.str(node.key));
            (key, Value { document, node })
        })
    }

    /// Where it starts, in bytes: its header or its brace.
    #[must_use]
    pub fn offset(self) -> u32 {
        self.value().offset()
    }

    /// The line where it starts, from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.value().line()
    }

    fn value(self) -> Value<'d> {
        Value { document: self.document, node: self.node }
    }
}

/// An array, also of tables.
#[derive(Debug, Clone, Copy)]
pub struct Array<'d> {
    document: &'d Document<'d>,
    node: u32,
}

impl<'d> Array<'d> {
    /// Its values.
    pub fn iter(self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let document = self.document;
        document.children(self.node).map(move |node| Value { document, node })
    }

    /// The texts of its strings; what is not a string is passed over.
    pub fn strs(self) -> impl Iterator<Item = &'d str> + use<'d> {
        self.iter().filter_map(Value::as_str)
    }

    /// Whether it has no values.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

#[cfg(test)]
mod tests;
