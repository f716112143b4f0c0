use plimsoll_model::Limits;

use super::*;
use crate::encoding::Encoding;

fn both(text: &str, encoding: Encoding) -> (Outline, Outline) {
    let parsed = crate::open(text.as_bytes(), &Limits::DEFAULT).unwrap();
    let lean = crate::lean::lean(text, encoding, &Limits::DEFAULT).unwrap();
    (Outline::from(&crate::map::document(&parsed)), Outline::from(&lean))
}

fn drawn(outline: &Outline, filter: Option<&str>, depth: Option<usize>) -> Vec<String> {
    let filter = filter.map(|text| Filter::parse(text).unwrap());
    let lines = outline.tree(filter.as_ref(), depth);
    lines
        .iter()
        .map(|line| {
            let mark = if line.repeated {
                " (*)"
            } else if line.cut {
                " ..."
            } else {
                ""
            };
            format!("{}{}{mark}", " ".repeat(line.more.len()), line.node.label())
        })
        .collect()
}

const BOM: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6",
    "metadata": {"timestamp": "2024-01-01T00:00:00Z", "tools": {"components": [{"type": "application", "name": "t", "version": "1"}]},
        "component": {"type": "application", "name": "root", "bom-ref": "r"}},
    "components": [
        {"type": "library", "name": "a", "version": "1", "bom-ref": "a", "purl": "pkg:npm/a@1"},
        {"type": "library", "name": "b", "version": "2", "bom-ref": "b", "purl": "pkg:npm/b@2",
         "components": [{"type": "library", "name": "inner", "bom-ref": "i"}]},
        {"type": "library", "name": "c", "bom-ref": "c"},
        {"type": "library", "name": "d", "bom-ref": "d"},
        {"type": "library", "name": "e", "bom-ref": "e"}],
    "dependencies": [{"ref": "r", "dependsOn": ["a", "b"]}, {"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a"]},
        {"ref": "d", "dependsOn": ["e"]}, {"ref": "e", "dependsOn": ["d", "d", "nowhere"]}],
    "compositions": [{"aggregate": "incomplete"}]}"#;

#[test]
fn a_tree_with_circles() {
    let (full, lean) = both(BOM, Encoding::CycloneDxJson);
    let tree = ["root", " a 1", "  b 2", "   inner", "   a 1 (*)", " b 2 (*)", "c", "d", " e", "  d (*)"];
    let mut sorted: Vec<String> = drawn(&full, None, None);
    sorted.sort();
    let mut wanted: Vec<String> = tree.iter().map(|line| (*line).to_owned()).collect();
    wanted.sort();
    assert_eq!(sorted, wanted);
    assert_eq!(drawn(&lean, None, None), tree);
    assert_eq!(drawn(&lean, None, Some(1)), ["root", " a 1 ...", " b 2 ...", "c", "d", " e ..."]);
    assert_eq!(drawn(&lean, Some("name=inner"), None), ["root", " a 1", "  b 2", "   inner", "   a 1 (*)", " b 2 (*)"]);
}

#[test]
fn a_header_from_either_reader() {
    let (full, lean) = both(BOM, Encoding::CycloneDxJson);
    for outline in [&full, &lean] {
        assert_eq!(
            (outline.created.as_str(), outline.tools.as_slice()),
            ("2024-01-01T00:00:00Z", &["t 1".to_owned()][..])
        );
        assert_eq!((outline.completeness.as_slice(), outline.roots.len()), (&["incomplete".to_owned()][..], 1));
        assert_eq!(outline.counts(), BTreeMap::from([("library", 4), ("npm", 2)]));
        assert_eq!(outline.edges(), full.edges());
    }
    let spdx = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "dataLicense": "CC0-1.0",
        "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: t-1", "Person: J"]},
        "packages": [{"SPDXID": "SPDXRef-r", "name": "r"}, {"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1"}],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-r"},
            {"spdxElementId": "SPDXRef-a", "relationshipType": "DEV_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-r"}]}"#;
    let (full, lean) = both(spdx, Encoding::SpdxJson);
    for outline in [&full, &lean] {
        assert_eq!(drawn(outline, None, None), ["r", " a 1"]);
        assert_eq!(outline.created, "2024-01-01T00:00:00Z");
    }
}

#[test]
fn a_long_chain_is_cut() {
    let mut outline = Outline { nodes: vec![Node::default(); 1000], ..Outline::default() };
    outline.connect((0..999).map(|at| (at, at + 1)));
    let lines = outline.tree(None, None);
    assert_eq!((lines.len(), lines.last().map(|line| line.cut)), (MAX_DEPTH + 1, Some(true)));
}
