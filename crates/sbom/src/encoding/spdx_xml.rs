//! SPDX 2 XML: the members of its JSON as elements of their names under `Document`.
//!
//! The items of an array repeat the element, so only the table tells an array of one item from a value. An empty array
//! cannot be said, nor can `null`. There are no attributes. A DOCTYPE is refused.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

/// The element that a document is.
const ROOT: &str = "Document";

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;
    use crate::encoding::ReadError;
    use crate::fault::FaultKind;
    use crate::tree::{Members, Pointer, Value};

    fn read_in_root(text: &str) -> crate::encoding::Parsed {
        let text = format!("<Document>\n<spdxVersion>SPDX-2.3</spdxVersion>\n{text}\n</Document>");
        read(text.as_bytes(), &Limits::DEFAULT).unwrap()
    }

    fn at<'t>(tree: &'t Value, pointer: &str) -> &'t Value {
        tree.at(&Pointer::parse(pointer).unwrap()).unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    #[test]
    fn the_table_tells_arrays_and_kinds() {
        let parsed = read_in_root(
            "<packages><name>a</name><filesAnalyzed> false </filesAnalyzed><comment> b\n</comment></packages>\n\
            <creationInfo><creators>Tool: x</creators><creators>Tool: y</creators></creationInfo>\n\
            <snippets><ranges><startPointer><offset>5</offset></startPointer></ranges></snippets><comment/>",
        );
        assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
        assert_eq!(at(&parsed.tree, "/packages/0/filesAnalyzed").as_bool(), Some(false));
        assert_eq!(at(&parsed.tree, "/packages/0/comment").as_str(), Some(" b\n"));
        assert_eq!(at(&parsed.tree, "/creationInfo/creators/1").as_str(), Some("Tool: y"));
        assert_eq!(at(&parsed.tree, "/snippets/0/ranges/0/startPointer/offset"), &Value::Number("5".into()));
        assert_eq!(at(&parsed.tree, "/comment").as_str(), Some(""));
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        let parsed = read_in_root("<name a='b'>x</name>\n<name>y</name>\n<creationInfo>text</creationInfo>");
        let found: Vec<_> = parsed.faults.iter().map(|fault| (fault.kind, fault.line, fault.advice)).collect();
        let want = [
            (FaultKind::Unknown, Some(3), true),
            (FaultKind::Duplicate, Some(4), false),
            (FaultKind::Syntax, Some(5), false),
        ];
        assert_eq!(found, want);
        assert_eq!(at(&parsed.tree, "/name").as_str(), Some("x"));
    }

    #[test]
    fn what_is_not_a_document_is_refused() {
        let read = |text: &str| read(text.as_bytes(), &Limits::DEFAULT);
        assert!(matches!(read("<bom/>"), Err(ReadError::Unknown { .. })));
        assert!(matches!(read("<Document/>"), Err(ReadError::Unknown { .. })));
        assert!(matches!(
            read("<Document><spdxVersion>SPDX-1.2</spdxVersion></Document>"),
            Err(ReadError::UnknownVersion { .. })
        ));
        assert!(matches!(read("<Document><spdxVersion>"), Err(ReadError::Syntax(_))));
        assert!(matches!(read("<!DOCTYPE a [<!ENTITY b 'c'>]><Document>&b;</Document>"), Err(ReadError::Syntax(_))));
        assert!(matches!(read(&"<Document>".repeat(100_000)), Err(ReadError::Limit(_))));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let texts = ["", " a ", "<b>&amp;]]>", "a\r\nb\rc\n\td", "\u{85}\u{2028}\u{202e}\u{9f}", "😀</comment>"];
        let mut document = Members::new();
        document.set_text("spdxVersion", "SPDX-2.3");
        document.push("fileless", Value::text("unknown"));
        let mut package = Members::new();
        package.push("attributionTexts", Value::Array(texts.map(Value::text).to_vec()));
        package.push("filesAnalyzed", Value::Boolean(true));
        document.push("packages", Value::Array(vec![Value::Object(package)]));
        let mut tree = Value::Object(document);
        let mut out = Vec::new();
        assert_eq!(write(&tree, &mut out).unwrap(), []);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(read(text.as_bytes(), &Limits::DEFAULT).unwrap().tree, tree, "{text}");

        let document = tree.as_object_mut().unwrap();
        document.set_text("$schema", "x");
        document.set("name", Value::Null);
        document.set("files", Value::Array(Vec::new()));
        document.set_text("comment", "a\u{0}b\u{ffff}");
        let mut out = Vec::new();
        let omissions = write(&tree, &mut out).unwrap();
        let said: Vec<_> = omissions.iter().map(|omission| omission.pointer.as_str()).collect();
        assert_eq!(said, ["/$schema", "/name", "/files", "/comment"]);
        let again = read(&out, &Limits::DEFAULT).unwrap();
        assert_eq!(at(&again.tree, "/comment").as_str(), Some("a\u{fffd}b\u{fffd}"));
    }
}
