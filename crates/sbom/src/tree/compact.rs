//! A value on one line.

use super::Value;

/// A text as it is; anything else as JSON on one line, members sorted.
pub(crate) fn compact(value: &Value) -> String {
    compact_with(value, &str::to_owned)
}

/// The same, each text as `word` gives it.
pub(crate) fn compact_with(value: &Value, word: &dyn Fn(&str) -> String) -> String {
    match value {
        Value::String(text) => word(text),
        other => {
            let mut out = String::new();
            write_compact(other, word, &mut out);
            out
        }
    }
}

fn write_compact(value: &Value, word: &dyn Fn(&str) -> String, out: &mut String) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => out.push_str(text),
        Value::String(text) => out.push_str(&quoted(&word(text))),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_compact(item, word, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&str, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, held)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&quoted(name));
                out.push(':');
                write_compact(held, word, out);
            }
            out.push('}');
        }
    }
}
