//! No text of a document can become structure: what is read back, by our readers and by others, has as many components,
//! edges and properties as were written, whatever their texts are.

use plimsoll_model::{Limits, Purl};
use plimsoll_sbom::document::{
    Agent, Annotation, Document, Edge, EdgeEnd, EdgeKind, EdgeScope, Element, ElementIndex, ElementKind, Hash,
    LicenseForm, LicenseStatement, Property, Reference, Tool,
};
use plimsoll_sbom::encoding::{self, Encoding};
use plimsoll_sbom::{Format, map};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

/// What would be structure in one format or another, if it were not escaped.
const HOSTILE: &[&str] = &[
    "\n",
    "\r\nPackageName: evil\r\nSPDXID: SPDXRef-evil\r\n",
    "\nPackageName: evil\nSPDXID: SPDXRef-evil\nPackageDownloadLocation: NONE\n",
    "</text>\nPackageName: evil\nSPDXID: SPDXRef-evil",
    "<text>",
    "<text>open",
    "</text>",
    "]]>",
    "]]><component type=\"library\"><name>evil</name></component><![CDATA[",
    "</name></component><component type=\"library\"><name>evil</name>",
    "<!-- ",
    "-->",
    "--><component/>",
    "&evil;&#10;&amp;",
    "\"},{\"type\":\"library\",\"name\":\"evil\"},{\"name\":\"",
    "\\\"",
    "\\u0022",
    "\\",
    "'",
    "''",
    "\"",
    "SPDXID: SPDXRef-evil",
    "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-evil",
    "## File\n",
    "# comment",
    "- evil",
    ": evil",
    "a: b",
    "a #b",
    "? evil",
    "*evil",
    "&evil x",
    "!!binary eA==",
    "|\n evil",
    ">-",
    "---\nevil: true\n...",
    "{evil: true}",
    "[evil]",
    "%YAML 1.1",
    "~",
    "null",
    "true",
    "no",
    "1e3",
    "0x10",
    "2024-01-01",
    "<<",
    "@",
    "`",
    "components { name: \"evil\" }",
    "} components { type: CLASSIFICATION_LIBRARY name: \"evil\"",
    "\"\ncomponents {\n}",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "| evil | evil |",
    "\u{0}",
    "\u{1b}[2J\u{1b}]0;evil\u{7}",
    "\u{2028}evil",
    "\u{2029}",
    "\u{85}evil",
    "\u{b}\u{c}",
    "\u{202e}live",
    "\u{2066}",
    "\u{feff}evil",
    "\u{fffe}\u{ffff}",
    "\u{7f}\u{9b}",
    "\t",
    " ",
    "",
    "NOASSERTION",
    "NONE",
    "SPDXRef-DOCUMENT",
    "DocumentRef-evil:SPDXRef-evil",
    "LicenseRef-evil",
    "plimsoll:contained-in",
    "Person: evil",
    "evil (evil@example.org)",
];

fn text() -> impl Strategy<Value = String> {
    let piece = || prop_oneof![4 => select(HOSTILE).prop_map(str::to_owned), 1 => "[a-c]{1,2}", 1 => "\\PC{0,6}"];
    prop_oneof![3 => piece(), 1 => (piece(), piece()).prop_map(|(one, other)| one + &other)]
}

fn agent() -> impl Strategy<Value = Agent> {
    (any::<bool>(), text(), of(text())).prop_map(|(person, name, email)| Agent {
        email,
        ..if person { Agent::person(name) } else { Agent::organization(name) }
    })
}

fn property() -> impl Strategy<Value = Property> {
    (text(), text()).prop_map(|(name, value)| Property { name, value })
}

fn element() -> impl Strategy<Value = Element> {
    let kinds = select(&["library", "application", "file", "container", "evil\n"][..]);
    let texts = (text(), text(), vec(of(text()), 9), of(agent()), vec(agent(), 0..2));
    let license =
        (text(), select(&[LicenseForm::Id, LicenseForm::Expression, LicenseForm::Name][..]), of(text()), of(text()));
    let license = license.prop_map(|(text, form, url, full_text)| LicenseStatement {
        text,
        form,
        url,
        full_text,
        ..LicenseStatement::default()
    });
    let reference = (text(), text(), of(text()));
    let reference = reference.prop_map(|(kind, url, comment)| Reference { kind, url, comment, hashes: Vec::new() });
    let hash = (select(&["SHA-1", "SHA-256", "evil\n"][..]), text());
    let hash = hash.prop_map(|(algorithm, value)| Hash { algorithm: algorithm.to_owned(), value });
    let lists = (vec(hash, 0..2), vec(license, 0..3), vec(reference, 0..2), vec(property(), 0..3), vec(text(), 0..2));
    (kinds, texts, lists).prop_map(
        |(kind, (id, name, mut some, supplier, authors), (hashes, licenses, references, properties, cpes))| {
            let mut element = Element::new(ElementKind::Component(kind.to_owned()), id, name);
            let mut next = || some.pop().flatten();
            (element.group, element.version, element.version_range) = (next(), next(), next());
            (element.publisher, element.copyright, element.description) = (next(), next(), next());
            (element.comment, element.scope, element.media_type) = (next(), next(), next());
            (element.supplier, element.authors) = (supplier, authors);
            (element.hashes, element.licenses, element.references) = (hashes, licenses, references);
            (element.properties, element.cpes) = (properties, cpes);
            element
        },
    )
}

fn document() -> impl Strategy<Value = Document> {
    let lists = (vec(element(), 1..5), vec((0..5_u32, 0..5_u32), 0..4), vec(property(), 0..2), vec(agent(), 0..2));
    let annotation = (text(), text(), text());
    (lists, vec(of(text()), 4), vec((text(), of(text())), 0..2), vec(annotation, 0..2)).prop_map(
        |((elements, edges, properties, authors), mut some, tools, annotations)| {
            let mut next = || some.pop().flatten();
            let mut document =
                Document { name: next(), comment: next(), uri: next(), created: next(), ..Document::default() };
            let count = u32::try_from(elements.len()).unwrap();
            for (at, element) in elements.into_iter().enumerate() {
                // Unique, as readers make them.
                let id = format!("{}{at}", element.id);
                let purl = Purl::builder("npm", element.name.clone()).build().ok().map(|purl| purl.to_string());
                document.push(Element { id, purls: purl.into_iter().collect(), ..element });
            }
            document.roots = vec![ElementIndex(0)];
            let end = |at| EdgeEnd::Element(ElementIndex(at));
            let edges = edges.into_iter().filter(|(from, to)| *from < count && *to < count && from != to);
            let edge = |(from, to)| Edge {
                from: end(from),
                kind: EdgeKind::DependsOn,
                to: end(to),
                scope: EdgeScope::Unsaid,
                comment: None,
            };
            document.edges = edges.map(edge).collect();
            document.edges.sort();
            document.edges.dedup();
            document.tools = tools.into_iter().map(|(name, version)| Tool { vendor: None, name, version }).collect();
            document.annotations = annotations
                .into_iter()
                .map(|(kind, annotator, text)| Annotation {
                    subject: end(0),
                    kind,
                    annotator,
                    date: "2024-01-01T00:00:00Z".into(),
                    text,
                })
                .collect();
            (document.properties, document.authors) = (properties, authors);
            document
        },
    )
}

fn write(document: &Document, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    format.write_document(document, &mut out).unwrap();
    out
}

/// How many components, edges and roots there are.
fn counts(document: &Document) -> (usize, usize, usize) {
    // What a container image depends on, it contains.
    let edges =
        document.edges.iter().filter(|edge| matches!(edge.kind, EdgeKind::DependsOn | EdgeKind::Contains)).count();
    (document.elements.len(), edges, document.roots.len())
}

fn check(document: &Document, format: Format) -> Result<(), TestCaseError> {
    let bytes = write(document, format);
    let Format::Standard(encoding, version) = format else {
        let text = String::from_utf8(bytes).unwrap();
        // A heading, and all but the root.
        let lines = if format == Format::Table { document.elements.len() } else { text.lines().count() };
        prop_assert_eq!(text.lines().count(), lines, "{}: {:?}", format, text);
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}: {:?}", format, text);
        return Ok(());
    };
    let parsed = encoding::read(&bytes, encoding, &Limits::DEFAULT);
    let parsed = parsed.map_err(|error| TestCaseError::fail(format!("{format}: {error}")))?;
    prop_assert_eq!(parsed.version, version);
    let back = map::document(&parsed);
    let mut wanted = counts(document);
    // The XML of 1.0 has no metadata and no dependencies, that of 1.1 neither.
    if encoding == Encoding::CycloneDxXml && encoding.standard().version_name(version) < "1.2" {
        wanted = (wanted.0 - 1, 0, 0);
    }
    prop_assert_eq!(counts(&back), wanted, "{}\n{}", format, String::from_utf8_lossy(&bytes));
    others(&bytes, encoding, document)
}

/// What readers of other people make of it.
fn others(bytes: &[u8], encoding: Encoding, document: &Document) -> Result<(), TestCaseError> {
    let count = document.elements.len();
    match encoding {
        Encoding::CycloneDxJson => {
            let value: Value = serde_json::from_slice(bytes).unwrap();
            prop_assert_eq!(value["components"].as_array().unwrap().len(), count - 1);
        }
        Encoding::SpdxJson => {
            let value: Value = serde_json::from_slice(bytes).unwrap();
            let listed = |name: &str| value[name].as_array().map_or(0, Vec::len);
            prop_assert_eq!(listed("packages") + listed("files"), count);
        }
        Encoding::CycloneDxXml => {
            let mut reader = quick_xml::Reader::from_reader(bytes);
            let (mut depth, mut found) = (0_i32, 0);
            loop {
                use quick_xml::events::Event;
                let (inside, name) =
                    match reader.read_event().map_err(|error| TestCaseError::fail(error.to_string()))? {
                        Event::Start(start) => (1, start.name().as_ref().to_owned()),
                        Event::Empty(start) => (0, start.name().as_ref().to_owned()),
                        Event::End(_) => {
                            depth -= 1;
                            continue;
                        }
                        Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) => {
                            return Err(TestCaseError::fail("markup that we do not write"));
                        }
                        Event::Eof => break,
                        _ => continue,
                    };
                found += usize::from(depth == 2 && name == "component");
                depth += inside;
            }
            // In metadata is one of them; before there was metadata it is left out.
            prop_assert!(found == count || found == count - 1, "{} components of {}", found, count);
            prop_assert_eq!(depth, 0);
        }
        Encoding::SpdxTagValue => {
            let text = std::str::from_utf8(bytes).unwrap();
            let mut found = 0;
            let mut inside = false;
            // As the specification has it: a tag a line, but in texts.
            for line in text.split(['\n', '\r']) {
                if !inside {
                    found += usize::from(line.starts_with("PackageName:") || line.starts_with("FileName:"));
                    inside = line.contains("<text>");
                }
                if inside && line.contains("</text>") {
                    inside = false;
                }
            }
            prop_assert_eq!(found, count);
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_becomes_structure(document in document()) {
        for format in Format::all().into_iter().filter(|format| *format != Format::PlimsollJson) {
            check(&document, format)?;
        }
    }
}
