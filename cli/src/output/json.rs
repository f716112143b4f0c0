//! JSON reports that hold text from an input.

use std::io::{self, Write};

use plimsoll_model::changes_terminal;
use serde_json::Value;

/// Writes a value, indented, with what would change a terminal written as `\u` escapes: JSON allows such characters only
/// within strings, and a reader takes either for the same.
pub(crate) fn write_json(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    write_escaped(out, &format!("{value:#}\n"))
}

/// Writes a value in one line.
pub(crate) fn write_json_line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    write_escaped(out, &format!("{value}\n"))
}

fn write_escaped(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let changes = |character: char| character != '\n' && changes_terminal(character);
    let mut units = [0; 2];
    for part in text.split_inclusive(changes) {
        let last = part.chars().next_back().filter(|character| changes(*character));
        let Some(last) = last else {
            out.write_all(part.as_bytes())?;
            continue;
        };
        out.write_all(part.strip_suffix(last).unwrap_or_default().as_bytes())?;
        for unit in last.encode_utf16(&mut units) {
            write!(out, "\\u{unit:04x}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn escapes_what_changes_a_terminal() {
        let value = json!({ "a": "x\u{202e}y\u{9b}\u{7f}z", "b": ["é", "\n"] });
        let mut out = Vec::new();
        write_json(&mut out, &value).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("x\\u202ey\\u009b\\u007fz") && text.contains('é'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
