//! Messages as text.

use std::fmt::Write;

use super::{Fields, fields_of};
use crate::encoding::protobuf::table::{Form, Kind, Schema};
use crate::encoding::protobuf::wire::{Entry, Payload, Slice};

/// The text of a message that our writer made, so that all its bytes are fields.
pub(in crate::encoding::protobuf) fn print(bytes: &[u8], schema: &'static Schema, out: &mut String) {
    message(Slice::new(bytes), schema, &vec![schema.message(schema.document())], 0, out);
}

fn message(part: Slice<'_>, schema: &'static Schema, fields: &Fields, depth: usize, out: &mut String) {
    for entry in part.entries().flatten() {
        let slot = fields.iter().find_map(|message| message.slot(entry.number)).map(|(_, slot)| slot);
        let Some(slot) = slot else {
            unknown(&entry, depth, out);
            continue;
        };
        match (&slot.kind, fields_of(schema, slot), entry.payload) {
            (_, Some(inner), Payload::Bytes(part)) if part.entries().all(|entry| entry.is_ok()) => {
                indent(depth, out);
                out.push_str(&slot.name);
                if part.bytes.is_empty() {
                    out.push_str(" {}\n");
                    continue;
                }
                out.push_str(" {\n");
                message(part, schema, &inner, depth.saturating_add(1), out);
                indent(depth, out);
                out.push_str("}\n");
            }
            (Kind::Leaf(leaf), None, Payload::Bytes(mut rest)) if leaf.form.is_packed() && leaf.list => {
                while !rest.bytes.is_empty() {
                    let payload = match leaf.form {
                        Form::Float => rest.fixed32().map(Payload::Fixed32),
                        Form::Double => rest.fixed64().map(Payload::Fixed64),
                        _ => rest.varint().map(Payload::Varint),
                    };
                    let Some(text) = payload.ok().and_then(|payload| scalar(schema, &leaf.form, payload)) else {
                        break;
                    };
                    line(&slot.name, depth, &text, out);
                }
            }
            (Kind::Leaf(leaf), None, payload) => match scalar(schema, &leaf.form, payload) {
                Some(text) => line(&slot.name, depth, &text, out),
                None => unknown(&entry, depth, out),
            },
            _ => unknown(&entry, depth, out),
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn line(name: &str, depth: usize, value: &str, out: &mut String) {
    indent(depth, out);
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push('\n');
}

/// A field that has no name, or not the kind of its name, with its number.
fn unknown(entry: &Entry<'_>, depth: usize, out: &mut String) {
    let value = match entry.payload {
        Payload::Varint(value) => value.to_string(),
        Payload::Fixed32(value) => format!("0x{value:08x}"),
        Payload::Fixed64(value) => format!("0x{value:016x}"),
        Payload::Bytes(part) => quoted(part.bytes),
    };
    line(&entry.number.to_string(), depth, &value, out);
}

/// The literal of a value; `None` when it is of another kind.
fn scalar(schema: &'static Schema, form: &Form, payload: Payload<'_>) -> Option<String> {
    Some(match (form, payload) {
        (Form::Text | Form::Member(_), Payload::Bytes(part)) => quoted(part.bytes),
        (Form::Boolean, Payload::Varint(value)) => (value != 0).to_string(),
        (Form::Word(id), Payload::Varint(value)) => match schema.names(*id).name(value.cast_signed()) {
            Some(name) => name.to_owned(),
            None => value.cast_signed().to_string(),
        },
        (Form::Int32 | Form::Int64, Payload::Varint(value)) => value.cast_signed().to_string(),
        (Form::Float, Payload::Fixed32(bits)) => f32::from_bits(bits).to_string(),
        (Form::Double, Payload::Fixed64(bits)) => f64::from_bits(bits).to_string(),
        _ => return None,
    })
}

/// Text in quotes; what is no text, and what would not be seen, as octal escapes.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0'..='\x1f' | '\x7f' => {
                    let _ = write!(out, "\\{:03o}", u32::from(c));
                }
                _ => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\{byte:03o}");
        }
    }
    out.push('"');
    out
}
