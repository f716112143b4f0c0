//! Markup and escaped text.

use std::io::{self, Write};

use plimsoll_model::Limits;

use super::super::nodes::{Node, Nodes, Space, is_character, is_name};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 16;

/// Writes elements, two spaces deep.
pub(super) struct Out<'o> {
    to: &'o mut dyn Write,
    buffer: String,
    /// The namespace of the document.
    namespace: String,
    depth: usize,
    /// The start tag of the innermost element is not closed.
    in_tag: bool,
    /// The innermost element has text, so its end follows at once.
    in_text: bool,
}

impl<'o> Out<'o> {
    pub(super) fn new(to: &'o mut dyn Write, namespace: String) -> Self {
        let buffer = String::with_capacity(BUFFER.saturating_add(BUFFER / 4));
        Self { to, buffer, namespace, depth: 0, in_tag: false, in_text: false }
    }

    pub(super) fn raw(&mut self, text: &str) {
        self.buffer.push_str(text);
    }

    fn line(&mut self) {
        const SPACES: &str = "\n                                                                ";
        let width = self.depth.saturating_mul(2).saturating_add(1);
        self.buffer.push_str(SPACES.get(..width).unwrap_or(SPACES));
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.buffer.push('>');
        }
    }

    /// Starts an element.
    pub(super) fn open(&mut self, name: &str) {
        self.end_tag();
        self.line();
        self.buffer.push('<');
        self.buffer.push_str(name);
        self.depth = self.depth.saturating_add(1);
        self.in_tag = true;
        self.in_text = false;
    }

    /// Ends the innermost element.
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if std::mem::take(&mut self.in_tag) {
            self.buffer.push_str("/>");
        } else {
            if !std::mem::take(&mut self.in_text) {
                self.line();
            }
            self.buffer.push_str("</");
            self.buffer.push_str(name);
            self.buffer.push('>');
        }
        self.in_text = false;
        if self.buffer.len() >= BUFFER {
            self.to.write_all(self.buffer.as_bytes())?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// An attribute of the element that was just started; whether all of its value could be written.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> bool {
        self.buffer.push(' ');
        self.buffer.push_str(name);
        self.buffer.push_str("=\"");
        let whole = escape(&mut self.buffer, value, true);
        self.buffer.push('"');
        whole
    }

    /// The text of the element that was just started; whether all of it could be written.
    pub(super) fn text(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        self.end_tag();
        self.in_text = true;
        escape(&mut self.buffer, text, false)
    }

    /// An attribute of another namespace, `{namespace}name`, or of none; whether it is one.
    pub(super) fn other_attribute(&mut self, number: usize, name: &str, value: &str) -> bool {
        match name.strip_prefix('{').and_then(|name| name.split_once('}')) {
            Some(("http://www.w3.org/XML/1998/namespace", local)) if is_name(local) => {
                self.attribute(&format!("xml:{local}"), value)
            }
            Some((space, local)) if is_name(local) && !space.is_empty() => {
                self.attribute(&format!("xmlns:a{number}"), space);
                self.attribute(&format!("a{number}:{local}"), value)
            }
            None if is_name(name) && name != "xmlns" => self.attribute(name, value),
            _ => false,
        }
    }

    /// An element of another namespace; whether it is one. It came from a document, but a tree can be made up.
    pub(super) fn other_element(&mut self, raw: &str) -> io::Result<bool> {
        if !self.is_other(raw) {
            return Ok(false);
        }
        self.end_tag();
        self.line();
        self.to.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        self.to.write_all(raw.as_bytes())?;
        Ok(true)
    }

    fn is_other(&self, raw: &str) -> bool {
        let Ok(mut nodes) = Nodes::new(raw, &Limits::DEFAULT) else { return false };
        let Ok(Node::Start(tag, 0)) = nodes.next() else { return false };
        let other = matches!(nodes.space(tag.name()), Space::Of(space) if space != self.namespace);
        other && nodes.attributes(&tag, 0).is_ok() && nodes.skip().is_ok() && matches!(nodes.next(), Ok(Node::Eof))
    }

    /// Ends the document.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.buffer.push('\n');
        self.to.write_all(self.buffer.as_bytes())
    }
}

/// Appends text; whether XML has all of its characters. Those that it lacks become U+FFFD.
fn escape(out: &mut String, text: &str, attribute: bool) -> bool {
    let special = |character: char| match character {
        '&' | '<' | '>' | '\r' => true,
        '"' | '\t' | '\n' => attribute,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        // What reorders or hides text; the line separators, which XML 1.1 takes for line ends.
        '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    };
    let mut whole = true;
    let mut rest = text;
    while let Some((at, character)) = rest.char_indices().find(|(_, character)| special(*character)) {
        let Some((before, after)) = rest.split_at_checked(at) else { break };
        out.push_str(before);
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other if is_character(other) => out.push_str(&format!("&#x{:X};", u32::from(other))),
            _ => {
                out.push('\u{fffd}');
                whole = false;
            }
        }
        rest = after.get(character.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    whole
}
