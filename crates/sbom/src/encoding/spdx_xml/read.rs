//! XML to a tree.

use plimsoll_model::Limits;
use plimsoll_syntax::xml::{self, Element};

use super::ROOT;
use crate::encoding::spdx2::{Faults, field, member_name, object_of, parsed, quote, scalar, syntax_error};
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::FaultKind;
use crate::json;
use crate::standard::{Object, Standard, Type};
use crate::tree::{Members, Pointer, Value};

/// Reads a document.
pub(in crate::encoding) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let text = json::lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let root = xml::parse_with_space(&text, limits).map_err(|error| syntax_error(&error))?;
    if root.name() != ROOT {
        return Err(ReadError::Unknown { looked_for: vec!["<Document>"] });
    }
    let mut reader = Reader { faults: Faults::default(), at: Pointer::root() };
    let tree = reader.object(&root, Standard::spdx2().object(Standard::spdx2().root()));
    parsed(Encoding::SpdxXml, tree, reader.faults)
}

struct Reader {
    faults: Faults,
    at: Pointer,
}

impl Reader {
    /// The reader of XML bounds how deep this goes.
    fn value(&mut self, element: &Element<'_>, kind: Option<&'static Type>) -> Value {
        let object = object_of(kind);
        if object.is_some() || !element.elements().is_empty() {
            return self.object(element, object);
        }
        self.attributes(element);
        match kind {
            // White space around a word is only how the file is laid out.
            Some(Type::Boolean | Type::Integer | Type::Number | Type::Enum(_)) => scalar(kind, element.text().trim()),
            _ => scalar(kind, element.text()),
        }
    }

    fn attributes(&mut self, element: &Element<'_>) {
        // The prefixes of declarations are gone, so a declaration cannot be told from another attribute by its name.
        let other = element.attributes().find(|(_, value)| !value.contains("://"));
        if let Some((name, _)) = other {
            let message = format!("SPDX XML has no attributes; {} is not read", quote(name));
            self.faults.advise(FaultKind::Unknown, self.at.clone(), element.line(), message);
        }
    }

    fn object(&mut self, element: &Element<'_>, object: Option<&'static Object>) -> Value {
        self.attributes(element);
        if !element.text().trim().is_empty() {
            let message = format!("text between elements: {}", quote(element.text().trim()));
            self.faults.add(FaultKind::Syntax, self.at.clone(), element.line(), message);
        }
        let mut members = Members::new();
        for child in element.elements() {
            let name = child.name();
            let kind = field(object, name).map(|field| &field.kind);
            let item = if let Some(Type::Array(item)) = kind { Some(&**item) } else { None };
            let held = members.get(name).map(|value| value.as_array().map_or(0, <[Value]>::len));
            self.at.push_member(name);
            if item.is_some() {
                self.at.push_item(held.unwrap_or(0));
            }
            let value = self.value(child, item.or(kind));
            match (item, held) {
                (Some(_), None) => members.push(member_name(name), Value::Array(vec![value])),
                (None, None) => members.push(member_name(name), value),
                (Some(_), Some(_)) => {
                    if let Some(items) = members.get_mut(name).and_then(Value::as_array_mut) {
                        items.push(value);
                    }
                }
                (None, Some(_)) => {
                    let message = "the element was there before; the first one counts";
                    self.faults.add(FaultKind::Duplicate, self.at.clone(), child.line(), message);
                }
            }
            if item.is_some() {
                self.at.pop();
            }
            self.at.pop();
        }
        Value::Object(members)
    }
}
