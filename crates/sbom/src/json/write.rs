//! A tree to JSON.

use std::io::{self, BufWriter, Write};

use super::JsonWriter;
use crate::tree::Value;
use crate::uuid::ContentUuid;

/// Writes a tree, two spaces deep, ending with a line end.
pub(crate) fn write(tree: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let mut json = JsonWriter::new(&mut out);
    value(&mut json, tree)?;
    json.finish()?;
    out.flush()
}

/// The UUID of a tree's bytes.
pub(crate) fn uuid_of(tree: &Value) -> String {
    let mut uuid = ContentUuid::new();
    // Writing to a hash does not fail.
    let _ = write(tree, &mut uuid);
    uuid.finish()
}

/// Readers bound how deep a tree is, so this recursion is bounded too.
pub(crate) fn value(json: &mut JsonWriter<'_>, tree: &Value) -> io::Result<()> {
    match tree {
        Value::Null => json.number("null"),
        Value::Boolean(held) => json.boolean(*held),
        Value::Number(text) => json.number(text),
        Value::String(text) => json.string(text),
        Value::Array(items) => json.array(items, value),
        Value::Object(members) => json.object(|json| {
            for (name, held) in members.iter() {
                json.name(name)?;
                value(json, held)?;
            }
            Ok(())
        }),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;
    use crate::standard::Standard;

    #[test]
    fn what_is_written_is_what_was_read() {
        let text = "{\n  \"b\": 1.50,\n  \"a\": [\n    [],\n    {},\n    \"x\\n\\u202e\",\n    null\n  ]\n}\n";
        let tree = super::super::read::tree(text, Standard::cyclonedx(), &Limits::DEFAULT, &mut Vec::new()).unwrap();
        let mut out = Vec::new();
        write(&tree, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}
