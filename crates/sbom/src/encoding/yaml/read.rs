//! YAML to a tree.

use std::collections::HashSet;

use plimsoll_model::Limits;
use plimsoll_syntax::yaml::{self, Node};

use crate::encoding::spdx2::{Faults, field, member_name, object_of, parsed, quote, scalar, syntax_error};
use crate::encoding::{Encoding, Parsed, ReadError};
use crate::fault::{Fault, FaultKind};
use crate::json;
use crate::standard::{Standard, Type};
use crate::tree::{Members, Pointer, Value};

/// Reads a document.
pub(in crate::encoding) fn read(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let text = json::lexer::text(bytes).map_err(|fault| ReadError::Syntax(Box::new(fault)))?;
    let documents = yaml::parse(&text, limits).map_err(|error| syntax_error(&error))?;
    let [root] = documents.as_slice() else {
        let fault = Fault::new(FaultKind::Syntax, Pointer::root(), "not one YAML document");
        return Err(ReadError::Syntax(Box::new(fault)));
    };
    let kind = Type::Object(Standard::spdx2().root());
    let mut reader = Reader { faults: Faults::default(), at: Pointer::root() };
    let tree = reader.document(root, &kind);
    parsed(Encoding::SpdxYaml, tree, reader.faults)
}

struct Reader {
    faults: Faults,
    at: Pointer,
}

impl Reader {
    fn document(&mut self, root: &Node, kind: &Type) -> Value {
        // The type of the root is not in the table, which lives as long as the program.
        let object = if let Type::Object(id) = kind { Standard::spdx2().object(*id) } else { None };
        match root.as_map() {
            Some(entries) => self.mapping(entries, object),
            None => self.value(root, None),
        }
    }

    /// The reader of YAML bounds how deep this goes.
    fn value(&mut self, node: &Node, kind: Option<&'static Type>) -> Value {
        match node.value() {
            yaml::Value::Scalar { text, plain: true } => self.plain(node, text, kind),
            yaml::Value::Scalar { text, .. } => Value::text(&**text),
            yaml::Value::Sequence(nodes) => {
                let item = if let Some(Type::Array(item)) = kind { Some(&**item) } else { None };
                let mut items = Vec::with_capacity(nodes.len());
                for (at, node) in nodes.iter().enumerate() {
                    self.at.push_item(at);
                    items.push(self.value(node, item));
                    self.at.pop();
                }
                Value::Array(items)
            }
            yaml::Value::Mapping(entries) => self.mapping(entries, object_of(kind)),
            _ => Value::Null,
        }
    }

    /// A scalar without quotes. Where text belongs it stays the text that it is, but a fault says what YAML takes it for:
    /// written back it has quotes, so nothing else would tell that the document was not valid.
    fn plain(&mut self, node: &Node, text: &str, kind: Option<&'static Type>) -> Value {
        match kind {
            // Of what the table does not have, the value itself is all there is to go by.
            None => match (node.as_bool(), serde_json::from_str::<serde_json::Number>(text)) {
                (Some(value), _) => Value::Boolean(value),
                (None, Ok(_)) => Value::Number(text.into()),
                (None, Err(_)) => Value::text(text),
            },
            Some(Type::Boolean) => node.as_bool().map_or_else(|| Value::text(text), Value::Boolean),
            Some(kind) => {
                if let Some(found) = resolved(node, text).filter(|_| is_text(kind)) {
                    let message = format!("{} without quotes is {found}, not text", quote(text));
                    self.faults.add(FaultKind::Type, self.at.clone(), node.line(), message);
                }
                scalar(Some(kind), text)
            }
        }
    }

    fn mapping(&mut self, entries: &[(Node, Node)], object: Option<&'static crate::standard::Object>) -> Value {
        let mut members = Members::new();
        let mut names = HashSet::new();
        for (key, node) in entries {
            let Some(name) = key.as_str() else {
                self.faults.add(FaultKind::Type, self.at.clone(), key.line(), "the name of a member is not text");
                continue;
            };
            if !names.insert(name) {
                let message = format!("a member {} was there before; the first one counts", quote(name));
                self.faults.add(FaultKind::Duplicate, self.at.member(name), key.line(), message);
                continue;
            }
            self.at.push_member(name);
            let value = self.value(node, field(object, name).map(|field| &field.kind));
            self.at.pop();
            members.push(member_name(name), value);
        }
        Value::Object(members)
    }
}

/// Whether a value of this type is a string in JSON.
fn is_text(kind: &Type) -> bool {
    !matches!(
        kind,
        Type::Boolean
            | Type::Integer
            | Type::Number
            | Type::Any
            | Type::Object(_)
            | Type::Variants(_)
            | Type::Array(_)
            | Type::Either(_)
    )
}

/// What a plain scalar is by the core schema (YAML 1.2.2 §10.3.2), when it is no text.
fn resolved(node: &Node, text: &str) -> Option<&'static str> {
    let digits = |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if node.as_bool().is_some() {
        return Some("a boolean");
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    let based = text.strip_prefix("0o").is_some_and(|text| digits(text, 8))
        || text.strip_prefix("0x").is_some_and(|text| digits(text, 16));
    (special || based || is_decimal(unsigned)).then_some("a number")
}

/// `( "." [0-9]+ | [0-9]+ ( "." [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(before, after)| (before, Some(after)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    !(whole.is_empty() && fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|text| !text.is_empty() && digits(text))
}
