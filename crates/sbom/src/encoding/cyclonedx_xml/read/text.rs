//! The text of elements and attributes, as values.

use std::borrow::Cow;

use super::super::nodes::{Node, is_blank};
use super::super::table::{FieldPlan, Space, Wrapper};
use super::Reader;
use crate::encoding::ReadError;
use crate::fault::FaultKind;
use crate::standard::{EnumId, Type};
use crate::tree::Value;

impl Reader<'_> {
    /// The text of the element that is open, to its end. Elements in it are a fault.
    pub(super) fn content(&mut self, at: usize) -> Result<Cow<'static, str>, ReadError> {
        let mut text = String::new();
        loop {
            match self.nodes.next()? {
                Node::Text(part) if text.is_empty() => text = part.into_owned(),
                Node::Text(part) => text.push_str(&part),
                Node::Start(tag, inner) => {
                    let name = quoted(tag.local_name().into_inner());
                    self.fault(FaultKind::Unknown, inner, format!("{name} where only text may be"));
                    self.nodes.skip()?;
                }
                Node::End => return Ok(Cow::Owned(text)),
                Node::Eof => return Err(self.nodes.syntax(at, "an element is not closed")),
            }
        }
    }

    /// Passes to the end of an element that must be empty.
    pub(super) fn nothing(&mut self, at: usize) -> Result<(), ReadError> {
        let text = self.content(at)?;
        if !is_blank(&text) {
            self.fault(FaultKind::Type, at, "text in an element that has none");
        }
        Ok(())
    }

    /// Whether the element that is open has elements.
    pub(super) fn holds_elements(&mut self) -> Result<bool, ReadError> {
        match self.nodes.next()? {
            Node::Text(text) if is_blank(&text) => {
                let node = self.nodes.next()?;
                let holds = matches!(node, Node::Start(..));
                self.nodes.put_back(node);
                if !holds {
                    self.nodes.put_back(Node::Text(text));
                }
                Ok(holds)
            }
            node => {
                let holds = matches!(node, Node::Start(..));
                self.nodes.put_back(node);
                Ok(holds)
            }
        }
    }

    /// Whether the element that is open starts with one that is no item of the wrapper.
    pub(super) fn starts_otherwise(&mut self, wrapper: &Wrapper) -> Result<bool, ReadError> {
        loop {
            match self.nodes.next()? {
                Node::Text(text) if is_blank(&text) => {}
                node => {
                    let otherwise = match &node {
                        Node::Start(tag, _) => {
                            let name = tag.local_name().into_inner();
                            !wrapper.items.iter().any(|(item, _)| *item == name)
                        }
                        _ => false,
                    };
                    self.nodes.put_back(node);
                    return Ok(otherwise);
                }
            }
        }
    }

    /// A value from its text.
    pub(super) fn scalar(&mut self, field: &FieldPlan, kind: &Type, text: Cow<'_, str>, at: usize) -> Value {
        let text = match field.empty {
            Some(meaning) if text.is_empty() => Cow::Borrowed(meaning),
            _ => text,
        };
        match kind {
            Type::Boolean => match text.trim_matches(BLANKS) {
                "true" | "1" => Value::Boolean(true),
                "false" | "0" => Value::Boolean(false),
                other => self.wrong(other, at, "true or false"),
            },
            Type::Integer => match number(text.trim_matches(BLANKS), false) {
                Some(number) => Value::Number(number.into()),
                None => self.wrong(&text, at, "a whole number"),
            },
            Type::Number => match number(text.trim_matches(BLANKS), true) {
                Some(number) => Value::Number(number.into()),
                None => self.wrong(&text, at, "a decimal number"),
            },
            Type::Enum(id) => self.word(*id, &spaced(text, field.space)),
            Type::Either(kinds) => match kinds.iter().find(|kind| super::is_text(kind)) {
                Some(kind) => self.scalar(field, kind, text, at),
                None => Value::text(spaced(text, field.space)),
            },
            _ => Value::text(spaced(text, field.space)),
        }
    }

    fn wrong(&mut self, text: &str, at: usize, expected: &str) -> Value {
        self.fault(FaultKind::Format, at, format!("{} is not {expected}", quoted(text)));
        Value::text(text)
    }

    /// A value of a list that XML may spell in its own way.
    fn word(&self, id: EnumId, text: &str) -> Value {
        let list = self.plans.standard.enumeration(id).filter(|list| list.spellings.of("xml").is_some());
        let spelled = list.into_iter().flat_map(|list| &list.values).find(|value| {
            let word = value.spellings.of("xml").and_then(|words| words.iter().next());
            word.is_some_and(|(word, _)| word == text)
        });
        Value::text(spelled.map_or(text, |value| value.name))
    }
}

/// White space as XML has it.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Applies the white space rules of a type.
fn spaced(text: Cow<'_, str>, space: Space) -> Cow<'_, str> {
    match space {
        Space::Replace if text.contains(['\t', '\n', '\r']) => Cow::Owned(text.replace(['\t', '\n', '\r'], " ")),
        Space::Collapse
            if text.contains(['\t', '\n', '\r'])
                || text.starts_with(' ')
                || text.ends_with(' ')
                || text.contains("  ") =>
        {
            Cow::Owned(text.split(BLANKS).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        }
        _ => text,
    }
}

/// A number of XML Schema as JSON writes it: no sign but minus, no zeros before, digits on both sides of the point.
fn number(text: &str, decimal: bool) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if decimal => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Text of the document for a message: escaped and cut short.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::from("\"");
    for (count, character) in text.chars().enumerate() {
        if count >= MOST {
            out.push('…');
            break;
        }
        out.extend(character.escape_debug());
    }
    out.push('"');
    out
}
