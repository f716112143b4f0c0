//! The elements and texts of an XML document, well-formed (<https://www.w3.org/TR/xml/>) as far as they were read.
//!
//! A DOCTYPE is refused: it could define entities that expand without end or read files. Comments and processing
//! instructions are passed over.

use std::borrow::Cow;

use plimsoll_model::Limits;
use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, PrefixDeclaration, QName, ResolveResult};

use crate::encoding::ReadError;
use crate::fault::{Fault, FaultKind};
use crate::json::lexer::Lines;
use crate::tree::Pointer;

/// Attributes of one element. The schema names at most a handful; others may be anything.
const MOST_ATTRIBUTES: usize = 256;

/// What comes next.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// The start of an element, and where it is. Its end follows, also for an empty one.
    Start(BytesStart<'a>, usize),
    /// The end of the element that is open.
    End,
    /// A part of its text.
    Text(Cow<'a, str>),
    /// The end of the document.
    Eof,
}

/// The namespace of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space<'n> {
    /// None.
    None,
    /// This one.
    Of(&'n str),
    /// Its prefix is not declared.
    Undeclared,
}

/// An attribute that is no declaration of a namespace.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    /// As it is written.
    pub(super) name: QName<'t>,
    /// With its references resolved and white space as spaces.
    pub(super) value: Cow<'t, str>,
}

/// Reads nodes.
pub(super) struct Nodes<'a> {
    text: &'a str,
    xml: NsReader<&'a [u8]>,
    lines: Lines<'a>,
    /// Nodes that were looked at and put back, the next one last.
    pending: Vec<Node<'a>>,
    depth: usize,
    most: usize,
    root_seen: bool,
}

impl<'a> Nodes<'a> {
    /// # Errors
    /// A character that XML does not have.
    pub(super) fn new(text: &'a str, limits: &Limits) -> Result<Self, ReadError> {
        let mut xml = NsReader::from_str(text);
        let config = xml.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        let most = usize::try_from(limits.depth).unwrap_or(usize::MAX);
        let mut nodes =
            Self { text, xml, lines: Lines::new(text), pending: Vec::new(), depth: 0, most, root_seen: false };
        match text.bytes().position(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) {
            Some(at) => Err(nodes.syntax(at, "a control character, which XML 1.0 does not have")),
            None => Ok(nodes),
        }
    }

    /// Where the next node starts.
    pub(super) fn offset(&self) -> usize {
        usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Bytes of the document.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The line of a place.
    pub(super) fn line(&mut self, offset: usize) -> u32 {
        self.lines.line_of(offset)
    }

    /// The text between two places.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// An error that ends reading.
    pub(super) fn syntax(&mut self, at: usize, message: impl Into<String>) -> ReadError {
        ReadError::Syntax(Box::new(self.fault(FaultKind::Syntax, at, message)))
    }

    /// A limit that was reached.
    pub(super) fn limit(&mut self, at: usize, message: impl Into<String>) -> ReadError {
        ReadError::Limit(Box::new(self.fault(FaultKind::Limit, at, message)))
    }

    fn fault(&mut self, kind: FaultKind, at: usize, message: impl Into<String>) -> Fault {
        Fault::new(kind, Pointer::root(), message).on_line(self.lines.line_of(at))
    }

    /// Puts a node back.
    pub(super) fn put_back(&mut self, node: Node<'a>) {
        self.pending.push(node);
    }

    /// The next node.
    ///
    /// # Errors
    /// The document is not well-formed, has a DOCTYPE, or is nested too deeply.
    pub(super) fn next(&mut self) -> Result<Node<'a>, ReadError> {
        if let Some(node) = self.pending.pop() {
            return Ok(node);
        }
        loop {
            let at = self.offset();
            let event = match self.xml.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.xml.error_position()).unwrap_or(at);
                    return Err(self.syntax(at, error.to_string()));
                }
            };
            match event {
                Event::Start(tag) => return self.start(tag, at),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Node::End);
                }
                Event::Text(text) => {
                    if memchr::memmem::find(text.as_bytes(), b"]]>").is_some() {
                        return Err(self.syntax(at, "]]> in text"));
                    }
                    if let Some(node) = self.text(text.xml10_content(), at)? {
                        return Ok(node);
                    }
                }
                Event::CData(_) if self.depth == 0 => return Err(self.syntax(at, "text outside of the document")),
                Event::CData(text) => return Ok(Node::Text(text.xml10_content())),
                Event::GeneralRef(_) if self.depth == 0 => return Err(self.syntax(at, "text outside of the document")),
                Event::GeneralRef(reference) => match resolve(&reference) {
                    Some(text) => return Ok(Node::Text(text)),
                    None => return Err(self.syntax(at, "a reference to an entity that is not defined")),
                },
                Event::DocType(_) => return Err(self.syntax(at, "a DOCTYPE, which is refused")),
                Event::Decl(_) if at > 0 => return Err(self.syntax(at, "an XML declaration after the start")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof if self.depth > 0 => return Err(self.syntax(at, "an element is not closed")),
                Event::Eof => return Ok(Node::Eof),
                Event::Empty(_) => {}
            }
        }
    }

    fn start(&mut self, tag: BytesStart<'a>, at: usize) -> Result<Node<'a>, ReadError> {
        if self.depth == 0 && std::mem::replace(&mut self.root_seen, true) {
            return Err(self.syntax(at, "a second root element"));
        }
        self.depth = self.depth.saturating_add(1);
        if self.depth > self.most {
            let most = self.most;
            return Err(self.limit(at, format!("nested more than {most} deep")));
        }
        Ok(Node::Start(tag, at))
    }

    fn text(&mut self, text: Cow<'a, str>, at: usize) -> Result<Option<Node<'a>>, ReadError> {
        if self.depth > 0 {
            return Ok(Some(Node::Text(text)));
        }
        if is_blank(&text) { Ok(None) } else { Err(self.syntax(at, "text outside of the document")) }
    }

    /// Passes over the rest of the element that is open.
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Node::Start(tag, at) => {
                    self.attributes(&tag, at)?;
                    open = open.saturating_add(1);
                }
                Node::End => open = open.saturating_sub(1),
                Node::Text(_) => {}
                Node::Eof => return Ok(()),
            }
        }
        Ok(())
    }

    /// The namespace of an element.
    pub(super) fn space(&self, name: QName<'_>) -> Space<'_> {
        space_of(self.xml.resolver().resolve_element(name).0)
    }

    /// The namespace of an attribute; one without a prefix has none.
    pub(super) fn attribute_space(&self, name: QName<'_>) -> Space<'_> {
        space_of(self.xml.resolver().resolve_attribute(name).0)
    }

    /// What prefixes mean here, outermost first: empty is the namespace of names without one.
    pub(super) fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.xml.resolver().bindings().map(|(prefix, Namespace(uri))| match prefix {
            PrefixDeclaration::Default => ("", uri),
            PrefixDeclaration::Named(name) => (name, uri),
        })
    }

    /// The attributes of an element, without declarations of namespaces.
    ///
    /// # Errors
    /// They are not well-formed, or too many.
    pub(super) fn attributes<'t>(
        &mut self,
        tag: &'t BytesStart<'a>,
        at: usize,
    ) -> Result<Vec<Attribute<'t>>, ReadError> {
        let mut found: Vec<Attribute<'t>> = Vec::new();
        // Few, so comparing each with all before it is fine; the limit comes first.
        for (count, attribute) in tag.attributes().with_checks(false).enumerate() {
            if count >= MOST_ATTRIBUTES {
                return Err(self.limit(at, format!("more than {MOST_ATTRIBUTES} attributes")));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Err(self.syntax(at, error.to_string())),
            };
            let name = attribute.key;
            if found.iter().any(|other| other.name == name) {
                return Err(self.syntax(at, "an attribute is there twice"));
            }
            if name.as_namespace_binding().is_some() {
                continue;
            }
            match attribute_value(attribute.value) {
                Some(value) => found.push(Attribute { name, value }),
                None => return Err(self.syntax(at, "the value of an attribute is not well-formed")),
            }
        }
        Ok(found)
    }
}

fn space_of(found: ResolveResult<'_>) -> Space<'_> {
    match found {
        ResolveResult::Unbound => Space::None,
        ResolveResult::Bound(Namespace(uri)) => Space::Of(uri),
        ResolveResult::Unknown(_) => Space::Undeclared,
    }
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// White space becomes spaces (XML 3.3.3), references what they stand for.
fn attribute_value(raw: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| !matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
    if raw.bytes().all(plain) {
        return Some(raw);
    }
    let raw = raw.replace("\r\n", " ");
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while let Some(at) = rest.bytes().position(|byte| !plain(byte)) {
        let (before, after) = rest.split_at_checked(at)?;
        out.push_str(before);
        if let Some(after) = after.strip_prefix('&') {
            let (name, after) = after.split_once(';')?;
            out.push_str(&resolve(name)?);
            rest = after;
        } else if after.starts_with('<') {
            return None;
        } else {
            out.push(' ');
            rest = after.get(1..)?;
        }
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// What a reference stands for.
fn resolve(name: &str) -> Option<Cow<'static, str>> {
    if name.starts_with('#') {
        let character = BytesRef::new(name).resolve_char_ref().ok().flatten()?;
        return is_character(character).then(|| Cow::Owned(character.to_string()));
    }
    resolve_predefined_entity(name).map(Cow::Borrowed)
}

/// Whether XML 1.0 has a character (its production 2).
pub(super) fn is_character(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// A name without a colon, of the characters that names commonly have.
pub(super) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.'))
}
