//! SPDX 2 YAML: the members of its JSON, as YAML 1.2.
//!
//! Scalars are text, also a version `1.10` and a date, but where the table expects a boolean or a number: a reader that
//! resolves them would change documents. Where other readers see a boolean or a number in the place of text, a fault says
//! so. The writer quotes all text, as JSON does, so that nothing can be taken for anything else.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;
    use crate::encoding::ReadError;
    use crate::fault::FaultKind;
    use crate::tree::{Members, Pointer, Value};

    const HEAD: &str = "spdxVersion: SPDX-2.3\n";

    fn read_text(text: &str) -> crate::encoding::Parsed {
        read(format!("{HEAD}{text}").as_bytes(), &Limits::DEFAULT).unwrap()
    }

    fn at<'t>(tree: &'t Value, pointer: &str) -> &'t Value {
        tree.at(&Pointer::parse(pointer).unwrap()).unwrap()
    }

    #[test]
    fn scalars_are_text_unless_the_table_says_otherwise() {
        let parsed = read_text(
            "packages:\n- versionInfo: 1.10\n  filesAnalyzed: false\n  releaseDate: 2024-01-02T03:04:05Z\n  name: yes\n  \
            summary: null\n  comment: 'null'\nsnippets: [{ranges: [{startPointer: {offset: 010, lineNumber: 7}}]}]\n",
        );
        let found: Vec<_> = parsed.faults.iter().map(|fault| (fault.kind, fault.pointer.as_str())).collect();
        assert_eq!(found, [(FaultKind::Type, "/packages/0/versionInfo")]);
        let tree = &parsed.tree;
        assert_eq!(at(tree, "/packages/0/versionInfo").as_str(), Some("1.10"));
        assert_eq!(at(tree, "/packages/0/filesAnalyzed").as_bool(), Some(false));
        assert_eq!(at(tree, "/packages/0/releaseDate").as_str(), Some("2024-01-02T03:04:05Z"));
        assert_eq!(at(tree, "/packages/0/name").as_str(), Some("yes"));
        assert_eq!(at(tree, "/packages/0/summary"), &Value::Null);
        assert_eq!(at(tree, "/packages/0/comment").as_str(), Some("null"));
        assert_eq!(at(tree, "/snippets/0/ranges/0/startPointer/offset").as_str(), Some("010"));
        assert_eq!(at(tree, "/snippets/0/ranges/0/startPointer/lineNumber"), &Value::Number("7".into()));
    }

    #[test]
    fn what_other_readers_take_for_no_text_is_a_fault() {
        for text in ["true", "False", "1", "-1.5", "+.5", "1.", "1e5", "0x1F", "0o17", ".inf", "-.Inf", ".nan"] {
            let parsed = read_text(&format!("name: {text}\n"));
            assert!(matches!(parsed.faults.as_slice(), [fault] if fault.kind == FaultKind::Type), "{text}");
            assert_eq!(at(&parsed.tree, "/name").as_str(), Some(text));
            assert!(!crate::validate_tree(&parsed).is_valid());
        }
        for text in
            ["yes", "1.2.3", "1-2", "e5", ".", "+", "0xg", "2024-01-02", "'1'", "\"true\"", "!!str 1.0", "+.nan"]
        {
            assert!(read_text(&format!("name: {text}\n")).faults.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_json_has_wrong_stays_wrong() {
        for wrong in [Value::Boolean(true), Value::Number("1.10".into())] {
            let mut document = Members::new();
            document.set_text("spdxVersion", "SPDX-2.3");
            document.push("name", wrong);
            let mut out = Vec::new();
            write(&Value::Object(document), &mut out).unwrap();
            let again = read(&out, &Limits::DEFAULT).unwrap();
            assert!(again.faults.iter().any(|fault| fault.kind == FaultKind::Type && !fault.advice));
        }
        let parsed = read_text("packages: [{filesAnalyzed: True}]\nextra: [True, 1, a]\n");
        assert!(parsed.faults.is_empty());
        assert_eq!(at(&parsed.tree, "/packages/0/filesAnalyzed").as_bool(), Some(true));
    }

    #[test]
    fn duplicates_and_odd_names_are_faults() {
        let parsed = read_text("name: a\nname: b\n[x]: c\n");
        let found: Vec<_> = parsed.faults.iter().map(|fault| (fault.kind, fault.line)).collect();
        assert_eq!(found, [(FaultKind::Duplicate, Some(3)), (FaultKind::Type, Some(4))]);
        assert_eq!(at(&parsed.tree, "/name").as_str(), Some("a"));
    }

    #[test]
    fn what_is_not_one_document_is_refused() {
        for text in ["", "a: [", "--- a\n--- b\n", "\t- x", "just text"] {
            assert!(read(text.as_bytes(), &Limits::DEFAULT).is_err(), "{text:?}");
        }
        let deep = format!("{HEAD}name: {}", "[".repeat(100_000));
        assert!(read(deep.as_bytes(), &Limits::DEFAULT).is_err());
        let mut bomb = format!("{HEAD}a0: &a0 [x, x, x, x, x, x, x, x]\n");
        for n in 1..20 {
            bomb += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 8].join(", "));
        }
        assert!(matches!(read(bomb.as_bytes(), &Limits::DEFAULT), Err(ReadError::Limit(_))));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let texts = [
            "",
            " ",
            "true",
            "null",
            "~",
            "1.0",
            "- a",
            "a: b",
            "# c",
            "x\ny: z\n",
            "\"\\",
            "a\r\n\tb",
            "\u{0}\u{1b}\u{7f}\u{85}",
            "\u{2028}\u{feff}\u{202e}\u{fffe}",
            "😀",
            "---",
            "*a",
            "&b",
            "!c",
            "|",
            ">",
            "%d",
            "@e",
            "`f`",
            "2024-01-02",
        ];
        let mut package = Members::new();
        package.push("attributionTexts", Value::Array(texts.map(Value::text).to_vec()));
        package.push("hasFiles", Value::Array(Vec::new()));
        package.push("a: b\n- \"c", Value::Object(Members::new()));
        package.push("summary", Value::Null);
        package.push("filesAnalyzed", Value::Boolean(true));
        let mut document = Members::new();
        document.set_text("spdxVersion", "SPDX-2.3");
        document.push("packages", Value::Array(vec![Value::Object(package.clone()), Value::Object(package)]));
        document.push("files", Value::Array(vec![Value::Array(vec![Value::text("a")]), Value::Object(Members::new())]));
        let tree = Value::Object(document);
        let mut out = Vec::new();
        write(&tree, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let again = read(text.as_bytes(), &Limits::DEFAULT).unwrap();
        assert!(again.faults.is_empty(), "{:?}\n{text}", again.faults);
        assert_eq!(again.tree, tree, "{text}");
        assert!(!text.contains(['\u{202e}', '\u{2028}', '\u{85}', '\0']));
    }
}
