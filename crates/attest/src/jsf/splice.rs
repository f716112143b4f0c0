//! A member put into the text of a JSON object, so that all else stays as somebody wrote it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::AttestError;

const WHAT: &str = "JSON document";

/// Puts a member at the end, or in the place of the one that is there. Indented as the text is.
pub(super) fn put(text: &[u8], name: &str, value: &Value) -> Result<Vec<u8>, AttestError> {
    let malformed = |source| AttestError::Malformed { what: WHAT, source };
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(text).map_err(malformed)?;
    let indent = indentation(text);
    let written = match indent {
        Some(indent) => indented(value, indent)?,
        None => value.to_string(),
    };
    if let Some(held) = members.get(name) {
        // The raw text is a part of what it was read from.
        let start = (held.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(start.saturating_add(held.get().len())..).unwrap_or_default();
        return Ok([before, written.as_bytes(), after].concat());
    }
    let broken = || AttestError::invalid(WHAT, "it does not end with a brace");
    let end = text.iter().rposition(|byte| *byte == b'}').ok_or_else(broken)?;
    let (body, rest) = text.split_at_checked(end).ok_or_else(broken)?;
    let comma = if members.is_empty() { "" } else { "," };
    let (lead, trail) = match indent {
        Some(indent) => (format!("{comma}\n{indent}"), "\n"),
        None => (comma.to_owned(), ""),
    };
    let name = Value::from(name);
    let colon = if indent.is_some() { ": " } else { ":" };
    let member = format!("{lead}{name}{colon}{written}{trail}");
    Ok([body.trim_ascii_end(), member.as_bytes(), rest].concat())
}

/// What stands before the first member, when each has its line.
fn indentation(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let inner = text.trim_start().strip_prefix('{')?;
    let blank = inner.get(..inner.find(|character: char| !character.is_ascii_whitespace())?)?;
    blank.rsplit_once('\n').map(|(_, indent)| indent)
}

fn indented(value: &Value, indent: &str) -> Result<String, AttestError> {
    let malformed = |source| AttestError::Malformed { what: WHAT, source };
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, formatter))
        .map_err(malformed)?;
    // Strings hold no raw newline, so each one begins a line.
    Ok(String::from_utf8_lossy(&out).replace('\n', &format!("\n{indent}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn put_text(text: &str, value: &Value) -> String {
        String::from_utf8(put(text.as_bytes(), "signature", value).unwrap()).unwrap()
    }

    #[test]
    fn all_else_stays() {
        let value = json!({ "a": 1 });
        assert_eq!(put_text("{}", &value), r#"{"signature":{"a":1}}"#);
        assert_eq!(
            put_text("{ \"z\":1.50 , \"b\" : 2 }\n", &value),
            "{ \"z\":1.50 , \"b\" : 2,\"signature\":{\"a\":1}}\n"
        );
        assert_eq!(
            put_text("{\n  \"b\": \"}\"\n}\n", &value),
            "{\n  \"b\": \"}\",\n  \"signature\": {\n    \"a\": 1\n  }\n}\n"
        );
        assert_eq!(put_text(r#"{"signature": [1], "b":2}"#, &value), r#"{"signature": {"a":1}, "b":2}"#);
        assert!(put(b"[]", "signature", &value).is_err());
    }
}
