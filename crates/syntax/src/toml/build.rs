//! From the parser's events to nodes.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_model::Limits;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use super::{Document, EMPTY, Kind, LINEAR, NONE, Node, Slice};
use crate::text::{LineIndex, offset_of};
use crate::{Error, depth_limit};

/// Nodes for each node that YAML may have: a TOML node is a quarter of the size.
const NODES_FACTOR: u64 = 4;

/// Tokens of one expression, 24 bytes each.
const TOKENS_PER_EXPRESSION: usize = 4_000_000;

/// Brackets of `[[name]]`, which are not nesting.
const HEADER_BRACKETS: usize = 2;

/// The table has its own header, or keys of its own by a dotted key.
const DEFINED: u8 = 1;
/// Written as a value: it cannot be extended from outside.
const CLOSED: u8 = 2;

pub(super) fn build<'a>(text: &'a str, limits: &Limits) -> (Document<'a>, Option<Error>) {
    let mut builder = Builder::new(text, limits);
    if u32::try_from(text.len()).is_err() {
        return (builder.document, Some(Error::TooManyNodes));
    }
    let mut tokens: Vec<Token> = Vec::new();
    let mut depth = 0_usize;
    for token in Source::new(text).lex() {
        tokens.push(token);
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth = depth.saturating_add(1),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
            TokenKind::Newline if depth == 0 => {
                builder.expressions(&tokens);
                tokens.clear();
            }
            _ => {}
        }
        if depth > builder.max_depth.saturating_add(HEADER_BRACKETS) {
            builder.too_deep(token.span());
        }
        if tokens.len() > TOKENS_PER_EXPRESSION {
            builder.fatal = Some(Error::TooManyNodes);
        }
        if builder.fatal.is_some() {
            break;
        }
    }
    if builder.fatal.is_none() {
        builder.expressions(&tokens);
    }
    (builder.document, builder.fatal.or(builder.fault))
}

struct Key<'a> {
    text: Cow<'a, str>,
    slice: Slice,
    offset: u32,
}

/// A table or array that is open, and how deep its values are.
#[derive(Clone, Copy)]
struct Frame {
    node: u32,
    is_array: bool,
    depth: usize,
}

#[derive(Clone, Copy)]
struct Header {
    is_array: bool,
    offset: u32,
}

struct Builder<'a> {
    text: &'a str,
    document: Document<'a>,
    max_depth: usize,
    max_nodes: u64,
    /// The table that the last header opened.
    current: Frame,
    /// The header being read.
    header: Option<Header>,
    /// The parts of the key being read.
    path: Vec<Key<'a>>,
    /// The arrays and inline tables being read.
    stack: Vec<Frame>,
    fault: Option<Error>,
    fatal: Option<Error>,
}

fn offset(span: Span) -> u32 {
    u32::try_from(span.start()).unwrap_or(NONE)
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, limits: &Limits) -> Self {
        let mut document = Document {
            text,
            nodes: Vec::new(),
            decoded: Vec::new(),
            index: HashMap::new(),
            lines: LineIndex::new(text),
        };
        document.nodes.push(Node {
            key: EMPTY,
            content: Slice { start: NONE, len: NONE },
            offset: 0,
            next: NONE,
            kind: Kind::Table,
            flags: DEFINED,
        });
        Self {
            text,
            document,
            max_depth: depth_limit(limits),
            max_nodes: limits.yaml_nodes.saturating_mul(NODES_FACTOR),
            current: Frame { node: 0, is_array: false, depth: 1 },
            header: None,
            path: Vec::new(),
            stack: Vec::new(),
            fault: None,
            fatal: None,
        }
    }

    /// Reads whole expressions: a header or a key with its value, with what is around them.
    fn expressions(&mut self, tokens: &[Token]) {
        self.stack.clear();
        self.end_of_expression();
        let mut sink: Option<ParseError> = None;
        parse_document(tokens, self, &mut sink);
        if let Some(error) = sink.filter(|_| self.fault.is_none()) {
            let start = error.unexpected().or(error.context()).map_or(0, offset);
            self.fault = Some(Error::syntax(self.document.line(start), error.description()));
        }
    }

    fn end_of_expression(&mut self) {
        if self.stack.is_empty() {
            self.path.clear();
            if self.header.take().is_some() {
                // The header was broken: its keys must not end up in the table before it.
                self.current = self.detached(Kind::Table, 0);
            }
        }
    }

    fn too_deep(&mut self, span: Span) {
        let line = self.document.line(offset(span));
        self.fatal.get_or_insert(Error::TooDeep { line });
    }

    fn duplicate(&mut self, offset: u32) {
        if self.fault.is_none() {
            self.fault = Some(Error::syntax(self.document.line(offset), "duplicate key"));
        }
    }

    fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.document.nodes.get_mut(usize::try_from(node).ok()?)
    }

    fn add(&mut self, node: Node) -> u32 {
        let count = u32::try_from(self.document.nodes.len()).unwrap_or(NONE);
        if u64::from(count) >= self.max_nodes || count == NONE {
            self.fatal.get_or_insert(Error::TooManyNodes);
            return NONE;
        }
        self.document.nodes.push(node);
        count
    }

    fn add_container(&mut self, kind: Kind, flags: u8, key: Slice, offset: u32) -> u32 {
        let content = Slice { start: NONE, len: NONE };
        self.add(Node { key, content, offset, next: NONE, kind, flags })
    }

    /// A container that is in no other one: where the content of what cannot be placed goes.
    fn detached(&mut self, kind: Kind, offset: u32) -> Frame {
        let node = self.add_container(kind, DEFINED, EMPTY, offset);
        Frame { node, is_array: kind == Kind::Array, depth: 1 }
    }

    fn append(&mut self, parent: u32, child: u32) {
        let Some(node) = self.node_mut(parent) else { return };
        let last = std::mem::replace(&mut node.content.len, child);
        if node.content.start == NONE {
            node.content.start = child;
        }
        if let Some(last) = self.node_mut(last) {
            last.next = child;
        }
    }

    /// Adds an entry to a table that does not have the key yet.
    fn insert(&mut self, table: u32, key: &Key<'a>, child: u32) {
        if self.document.children(table).nth(LINEAR.saturating_sub(1)).is_some() {
            self.document.index.insert((table, key.text.clone()), child);
        }
        self.append(table, child);
    }

    /// The table that a part of a path leads to, made when there is none.
    fn descend(&mut self, table: u32, key: &Key<'a>, flags: u8) -> Option<u32> {
        let Some(child) = self.document.find(table, &key.text) else {
            let child = self.add_container(Kind::Table, flags, key.slice, key.offset);
            self.insert(table, key, child);
            return Some(child);
        };
        let node = self.document.node(child)?;
        match node.kind {
            _ if node.flags & CLOSED != 0 => None,
            Kind::Table => Some(child),
            // The last child of an array of tables.
            Kind::Array => Some(node.content.len),
            _ => None,
        }
    }

    fn descend_all(&mut self, mut table: u32, path: &[Key<'a>], flags: u8) -> Option<u32> {
        for key in path {
            table = self.descend(table, key, flags)?;
        }
        Some(table)
    }

    fn open_header(&mut self, header: Header) {
        let path = std::mem::take(&mut self.path);
        let found = path.split_last().and_then(|(last, parents)| {
            let parent = self.descend_all(0, parents, 0)?;
            if header.is_array {
                self.array_element(parent, last, header)
            } else {
                self.header_table(parent, last, header)
            }
        });
        let depth = path.len().saturating_add(1);
        self.current = match found {
            Some(node) => Frame { node, is_array: false, depth },
            None => {
                self.duplicate(header.offset);
                self.detached(Kind::Table, header.offset)
            }
        };
        self.path = path;
        self.path.clear();
    }

    fn array_element(&mut self, parent: u32, key: &Key<'a>, header: Header) -> Option<u32> {
        let array = match self.document.find(parent, &key.text) {
            None => {
                let array = self.add_container(Kind::Array, 0, key.slice, header.offset);
                self.insert(parent, key, array);
                array
            }
            Some(array) => {
                self.document.node(array).filter(|node| node.kind == Kind::Array && node.flags & CLOSED == 0)?;
                array
            }
        };
        let table = self.add_container(Kind::Table, DEFINED, EMPTY, header.offset);
        self.append(array, table);
        Some(table)
    }

    fn header_table(&mut self, parent: u32, key: &Key<'a>, header: Header) -> Option<u32> {
        let Some(table) = self.document.find(parent, &key.text) else {
            let table = self.add_container(Kind::Table, DEFINED, key.slice, header.offset);
            self.insert(parent, key, table);
            return Some(table);
        };
        let node = self.node_mut(table).filter(|node| node.kind == Kind::Table && node.flags & CLOSED == 0)?;
        let twice = node.flags & DEFINED != 0;
        node.flags |= DEFINED;
        node.offset = if twice { node.offset } else { header.offset };
        if twice {
            self.duplicate(header.offset);
        }
        Some(table)
    }

    /// Puts a value where the key before it says, or at the end of the array. Gives its node and depth.
    fn place(&mut self, span: Span, mut node: Node) -> (u32, usize) {
        let frame = self.stack.last().copied().unwrap_or(self.current);
        let mut path = std::mem::take(&mut self.path);
        let depth = frame.depth.saturating_add(path.len().max(1));
        if depth > self.max_depth.saturating_add(1) {
            self.too_deep(span);
            return (NONE, depth);
        }
        let child = if frame.is_array {
            let child = self.add(node);
            self.append(frame.node, child);
            child
        } else if let Some((last, parents)) = path.split_last() {
            node.key = last.slice;
            let child = self.add(node);
            match self.descend_all(frame.node, parents, DEFINED) {
                Some(table) if child != NONE && self.document.find(table, &last.text).is_none() => {
                    self.insert(table, last, child);
                }
                _ => self.duplicate(last.offset),
            }
            child
        } else {
            // The parser has said that the key is missing.
            self.add(node)
        };
        path.clear();
        self.path = path;
        (child, depth)
    }

    fn open(&mut self, span: Span, kind: Kind) -> bool {
        if self.fatal.is_some() {
            return false;
        }
        let content = Slice { start: NONE, len: NONE };
        let node = Node { key: EMPTY, content, offset: offset(span), next: NONE, kind, flags: CLOSED };
        let (node, depth) = self.place(span, node);
        self.stack.push(Frame { node, is_array: kind == Kind::Array, depth });
        self.fatal.is_none()
    }

    fn close(&mut self) {
        self.stack.pop();
        self.path.clear();
    }

    fn slice(&mut self, text: Cow<'a, str>) -> Slice {
        match text {
            Cow::Borrowed(part) => {
                let start = offset_of(self.text, part).and_then(|start| u32::try_from(start).ok());
                let len = u32::try_from(part.len()).ok();
                start.zip(len).map_or(EMPTY, |(start, len)| Slice { start, len })
            }
            Cow::Owned(text) => {
                let start = u32::try_from(self.document.decoded.len()).unwrap_or(NONE);
                self.document.decoded.push(text.into_boxed_str());
                Slice { start, len: NONE }
            }
        }
    }

    fn raw(&self, span: Span, encoding: Option<Encoding>) -> Raw<'a> {
        Raw::new_unchecked(self.text.get(span.start()..span.end()).unwrap_or_default(), encoding, span)
    }
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.stack.clear();
        self.path.clear();
        self.header = Some(Header { is_array: false, offset: offset(span) });
    }

    fn std_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        if let Some(header) = self.header.take().filter(|_| self.fatal.is_none()) {
            self.open_header(header);
        }
    }

    fn array_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.stack.clear();
        self.path.clear();
        self.header = Some(Header { is_array: true, offset: offset(span) });
    }

    fn array_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.std_table_close(span, error);
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.open(span, Kind::Table)
    }

    fn inline_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close();
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.open(span, Kind::Array)
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close();
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.path.len() >= self.max_depth {
            self.too_deep(span);
        }
        if self.fatal.is_some() {
            return;
        }
        let mut text = Cow::Borrowed("");
        self.raw(span, encoding).decode_key(&mut text, error);
        let slice = self.slice(text.clone());
        self.path.push(Key { text, slice, offset: offset(span) });
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.fatal.is_some() {
            return;
        }
        let raw = self.raw(span, encoding);
        let mut text = Cow::Borrowed("");
        let kind = match raw.decode_scalar(&mut text, error) {
            ScalarKind::String => Kind::String,
            ScalarKind::Boolean(_) => Kind::Boolean,
            ScalarKind::DateTime => Kind::Datetime,
            ScalarKind::Float => Kind::Float,
            ScalarKind::Integer(_) => Kind::Integer,
        };
        if kind != Kind::String {
            text = Cow::Borrowed(raw.as_str());
        }
        let content = self.slice(text);
        self.place(span, Node { key: EMPTY, content, offset: offset(span), next: NONE, kind, flags: CLOSED });
    }

    fn value_sep(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.path.clear();
    }

    fn newline(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.end_of_expression();
    }
}
