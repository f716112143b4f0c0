//! XML 1.0 (<https://www.w3.org/TR/xml/>) as a tree of elements, borrowed from the text.
//!
//! A DOCTYPE is refused: it could define entities that expand without end or read files, and no package file
//! needs one. Only the predefined entities and character references are resolved, others stay as written.
//! Namespace prefixes are dropped: package files are told apart by their names, and use prefixes at will.

use std::borrow::Cow;

use plimsoll_model::Limits;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::text::{LineIndex, offset_of};
use super::{Error, depth_limit};

/// The longest entity or character reference that is looked at, `;` included.
const REFERENCE_BYTES: usize = 32;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    children: Vec<Element<'a>>,
    text: Cow<'a, str>,
    line: u32,
}

impl<'a> Element<'a> {
    /// Its name, without a namespace prefix.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The line of its start tag, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The text directly in it, without what surrounds it of white space, unless [`parse_with_space`] kept that.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The elements directly in it.
    #[must_use]
    pub fn elements(&self) -> &[Element<'a>] {
        &self.children
    }

    /// The names, without prefixes, and values of its attributes, in the order of the file.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &str)> {
        self.attributes.iter().map(|(name, value)| (*name, value.as_ref()))
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The first element of a name directly in it.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements of a name directly in it.
    pub fn children<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Element<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element of a name directly in it; `None` when it is empty.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Element::text).filter(|text| !text.is_empty())
    }
}

/// Reads a document that must be well-formed from end to end, and gives its root.
///
/// # Errors
/// It is not XML, has a DOCTYPE, or is over a limit.
pub fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Element<'a>, Error> {
    match parse_partial(text, limits) {
        (Some(root), None) => Ok(root),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Error::syntax(1, "no element")),
    }
}

/// Reads as [`parse`] does, but the text of elements without elements in them keeps its white space.
///
/// # Errors
/// It is not XML, has a DOCTYPE, or is over a limit.
pub fn parse_with_space<'a>(text: &'a str, limits: &Limits) -> Result<Element<'a>, Error> {
    match read(text, limits, true) {
        (Some(root), None) => Ok(root),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Error::syntax(1, "no element")),
    }
}

/// Reads what comes before the first fault, and gives the fault. What was open at the fault is closed.
#[must_use]
pub fn parse_partial<'a>(text: &'a str, limits: &Limits) -> (Option<Element<'a>>, Option<Error>) {
    read(text, limits, false)
}

fn read<'a>(text: &'a str, limits: &Limits, keep_space: bool) -> (Option<Element<'a>>, Option<Error>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        text,
        lines: LineIndex::new(text),
        max_depth: depth_limit(limits),
        nodes_left: limits.yaml_nodes,
        keep_space,
        stack: Vec::new(),
        root: None,
    };
    let fault = builder.read().err();
    while !builder.stack.is_empty() {
        builder.close();
    }
    (builder.root, fault)
}

struct Builder<'a> {
    text: &'a str,
    lines: LineIndex<'a>,
    max_depth: usize,
    nodes_left: u64,
    keep_space: bool,
    stack: Vec<Element<'a>>,
    root: Option<Element<'a>>,
}

impl<'a> Builder<'a> {
    fn read(&mut self) -> Result<(), Error> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event().map_err(|error| {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                Error::syntax(self.lines.line_at(at), error.to_string())
            })?;
            match event {
                Event::Start(tag) => self.open(&tag, start)?,
                Event::Empty(tag) => {
                    self.open(&tag, start)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.append(text.xml10_content()),
                Event::CData(text) => self.append(text.xml10_content()),
                Event::GeneralRef(reference) => self.append(resolve(&reference)),
                Event::DocType(_) => return Err(Error::Doctype { line: self.lines.line_at(start) }),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof if self.stack.is_empty() => return Ok(()),
                Event::Eof => return Err(Error::syntax(self.lines.line_at(start), "element is not closed")),
            }
        }
    }

    fn spend(&mut self) -> Result<(), Error> {
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or(Error::TooManyNodes)?;
        Ok(())
    }

    /// The part of the document that the reader lent for shorter.
    fn part(&self, part: &str) -> &'a str {
        offset_of(self.text, part)
            .and_then(|start| self.text.get(start..start.saturating_add(part.len())))
            .unwrap_or_default()
    }

    fn open(&mut self, tag: &BytesStart<'_>, start: usize) -> Result<(), Error> {
        self.spend()?;
        let line = self.lines.line_at(start);
        if self.stack.len() >= self.max_depth {
            return Err(Error::TooDeep { line });
        }
        if self.root.is_some() {
            return Err(Error::syntax(line, "element after the root"));
        }
        let mut attributes = Vec::new();
        // Without the check for duplicates, which compares each with all before it.
        for attribute in tag.attributes().with_checks(false) {
            self.spend()?;
            let attribute = attribute.map_err(|error| Error::syntax(line, error.to_string()))?;
            let name = self.part(attribute.key.local_name().into_inner());
            attributes.push((name, unescape(self.part(&attribute.value))));
        }
        let name = self.part(tag.local_name().into_inner());
        self.stack.push(Element { name, attributes, children: Vec::new(), text: Cow::Borrowed(""), line });
        Ok(())
    }

    fn close(&mut self) {
        let Some(mut element) = self.stack.pop() else { return };
        if !self.keep_space || !element.children.is_empty() {
            trim(&mut element.text);
        }
        element.children.shrink_to_fit();
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn append(&mut self, text: Cow<'a, str>) {
        let Some(element) = self.stack.last_mut() else { return };
        if !element.text.is_empty() {
            element.text.to_mut().push_str(&text);
        } else if self.keep_space || !text.trim().is_empty() {
            element.text = text;
        }
    }
}

fn trim(text: &mut Cow<'_, str>) {
    match text {
        Cow::Borrowed(text) => *text = text.trim(),
        Cow::Owned(text) => {
            let trimmed = text.trim();
            if trimmed.len() != text.len() {
                *text = trimmed.to_owned();
            }
        }
    }
}

fn resolve<'a>(reference: &BytesRef<'a>) -> Cow<'a, str> {
    match resolve_name(reference) {
        Some(text) => text,
        None => Cow::Owned(format!("&{};", &**reference)),
    }
}

fn resolve_name(name: &str) -> Option<Cow<'static, str>> {
    if let Some(character) = BytesRef::new(name).resolve_char_ref().ok()? {
        return Some(Cow::Owned(character.to_string()));
    }
    resolve_predefined_entity(name).map(Cow::Borrowed)
}

/// The value of an attribute: its references resolved, where they are known.
fn unescape(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut pieces = raw.split('&');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = memchr::memchr(b';', piece.as_bytes()).filter(|end| *end < REFERENCE_BYTES);
        let resolved = end.and_then(|end| {
            let (name, rest) = piece.split_at_checked(end)?;
            Some((resolve_name(name)?, rest.strip_prefix(';')?))
        });
        match resolved {
            Some((text, rest)) => {
                out.push_str(&text);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::DEFAULT;

    const POM: &str = "\u{feff}<?xml version=\"1.0\"?>\n<!-- a pom -->\n<m:project xmlns:m=\"urn:m\">\n  <dependency>\n    \
        <version> 1.10 </version>\n    <name>a &amp; <![CDATA[<b>]]>&#x41;&unknown;</name>\n  </dependency>\n  \
        <dependency m:scope='a&lt;b&#65;&no;&'/>\n</m:project>\n";

    #[test]
    fn reads_elements_text_and_attributes() {
        let root = parse(POM, &LIMITS).unwrap();
        assert_eq!((root.name(), root.line(), root.text()), ("project", 3, ""));
        let all: Vec<_> = root.children("dependency").collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].text_of("version"), Some("1.10"));
        assert_eq!(all[0].child("version").unwrap().line(), 5);
        assert_eq!(all[0].text_of("name"), Some("a & <b>A&unknown;"));
        assert_eq!(all[1].attribute("scope"), Some("a<bA&no;&"));
        assert_eq!(root.elements().len(), 2);
        assert!(matches!(all[0].child("version").unwrap().text, Cow::Borrowed("1.10")));
    }

    #[test]
    fn space_is_kept_when_asked() {
        let root = parse_with_space("<a>\n <b> x\r\n&#13;</b> <c> </c>\n</a>", &LIMITS).unwrap();
        assert_eq!(root.text(), "");
        assert_eq!(root.elements().iter().map(Element::text).collect::<Vec<_>>(), [" x\n\r", " "]);
    }

    #[test]
    fn a_doctype_is_refused() {
        let text = "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>";
        assert_eq!(parse(text, &LIMITS), Err(Error::Doctype { line: 2 }));
    }

    #[test]
    fn what_came_before_a_fault_is_kept() {
        let (root, error) = parse_partial("<a>\n<b>1</b>\n<c>2</d>\n</a>", &LIMITS);
        assert_eq!(error.unwrap().line(), Some(3));
        assert_eq!(root.unwrap().text_of("b"), Some("1"));
        assert!(parse("<a><b>", &LIMITS).is_err());
        assert!(parse("<a/><b/>", &LIMITS).is_err());
        assert!(parse("", &LIMITS).is_err());
        assert!(parse("not xml", &LIMITS).is_err());
    }

    #[test]
    fn hostile_input_is_refused() {
        assert_eq!(parse(&"<a>".repeat(500_000), &LIMITS), Err(Error::TooDeep { line: 1 }));
        let wide = format!("<a {}/>", "b='' ".repeat(1_100_000));
        assert_eq!(parse(&wide, &LIMITS), Err(Error::TooManyNodes));
        let many = format!("<a>{}</a>", "<b/>".repeat(1_100_000));
        assert_eq!(parse(&many, &LIMITS), Err(Error::TooManyNodes));
        let references = format!("<a>{}</a>", "&lt;".repeat(200_000));
        assert_eq!(parse(&references, &LIMITS).unwrap().text().len(), 200_000);
    }
}
