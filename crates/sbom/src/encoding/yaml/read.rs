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
            // Of what the table does not have, the value itself is all there is to go by.
            yaml::Value::Scalar { text, plain: true } if kind.is_none() => {
                serde_json::from_str::<serde_json::Number>(text)
                    .map_or_else(|_| scalar(Some(&Type::Boolean), text), |_| Value::Number((&**text).into()))
            }
            yaml::Value::Scalar { text, plain: true } => scalar(kind, text),
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
