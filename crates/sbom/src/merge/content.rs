//! What a value says, whatever its parts are called: the text by which equal things of several documents are found.

use super::names::{self, Names, marked};
use super::schema::Schema;
use crate::standard::Type;
use crate::tree::Value;

/// Writes what a value says: members in the order of their names, without the names of things, and with the class of
/// what is referred to.
fn write_content(names: &Names, schema: Schema, value: &Value, kind: &'static Type, called: Called, out: &mut String) {
    match value {
        Value::Null => out.push('~'),
        Value::Boolean(value) => out.push_str(if *value { "t" } else { "f" }),
        Value::Number(text) => {
            let number = text.parse().map_or_else(|_| text.to_string(), |number: f64| number.to_string());
            out.push_str(&number);
            out.push(';');
        }
        Value::String(text) => {
            let text = match called {
                Called::Class => names.resolve(text, &|number| format!("\u{1}{number}\u{1}")),
                Called::Original => names.resolve_original(text),
            };
            out.push_str(&text.len().to_string());
            out.push('"');
            out.push_str(&text);
        }
        Value::Array(items) => {
            let item = schema.item(kind, value).unwrap_or(&Type::Any);
            out.push('[');
            items.iter().for_each(|held| write_content(names, schema, held, item, called, out));
            out.push(']');
        }
        Value::Object(members) => {
            let object = schema.object(kind, value);
            let named = object.and_then(|object| schema.name_member(object));
            let digest = object.is_some_and(|object| matches!(object.name, "hash" | "checksum"));
            let mut sorted: Vec<(&str, &Value)> = members.iter().filter(|(name, _)| Some(*name) != named).collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, held) in sorted {
                out.push_str(name);
                out.push(':');
                let kind = object.and_then(|object| schema.field(object, name)).map_or(&Type::Any, |field| &field.kind);
                match held {
                    Value::String(text) if digest => out.push_str(&text.to_ascii_lowercase()),
                    held => write_content(names, schema, held, kind, called, out),
                }
                out.push(',');
            }
            out.push('}');
        }
    }
}

/// A text that equal values share, whatever things are named in them.
pub(super) fn content(names: &Names, schema: Schema, value: &Value, kind: &'static Type) -> String {
    let mut out = String::new();
    write_content(names, schema, value, kind, Called::Class, &mut out);
    if out.len() > 96 { names::sha256_hex(out.as_bytes()) } else { out }
}

/// The content of a value, for the clusters of SPDX 3.
pub(super) fn content_of(names: &Names, schema: Schema, value: &Value, kind: &'static Type) -> String {
    let mut out = String::new();
    write_content(names, schema, value, kind, Called::Class, &mut out);
    names::sha256_hex(out.as_bytes())
}

/// How what is referred to is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    /// As the thing that it is by now.
    Class,
    /// As its document calls it.
    Original,
}

/// Says of everything that has a name what it is, in words that do not depend on the order of the inputs.
pub(super) fn ties(names: &mut Names, schema: Schema, value: &Value, kind: &'static Type, path: &str) {
    match value {
        Value::Array(items) => {
            let Some(item) = schema.item(kind, value) else { return };
            items.iter().for_each(|held| ties(names, schema, held, item, path));
        }
        Value::Object(members) => {
            let Some(object) = schema.object(kind, value) else { return };
            let token = schema.name_member(object).and_then(|name| marked(value.text_of(name)?));
            if let Some(token) = token {
                // Two things of one content may stand in different places.
                let mut out = format!("{path} ");
                write_content(names, schema, value, kind, Called::Original, &mut out);
                names.tie(token, format!("5{}", names::sha256_hex(out.as_bytes())));
            }
            for (name, held) in members.iter() {
                if let Some(field) = schema.field(object, name) {
                    ties(names, schema, held, &field.kind, &format!("{path}/{name}"));
                }
            }
        }
        _ => {}
    }
}
