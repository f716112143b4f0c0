use plimsoll_model::Limits;

use super::{read, write};
use crate::document::{
    Agent, Document, EdgeEnd, EdgeKind, Element, ElementIndex, ElementKind, LicenseClaim, LicenseForm,
    LicenseStatement, Slot, Unknown,
};
use crate::encoding::{self, Encoding};
use crate::standard::{Standard, VersionIndex};
use crate::tree::Value;

const DOCUMENT: &str = r#"{
  "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "shop",
  "documentNamespace": "https://example.org/shop",
  "creationInfo": { "created": "2026-01-02T03:04:05Z", "creators": ["Tool: maker-1.2", "Person: Jane (jane@example.org)"] },
  "packages": [
    { "SPDXID": "SPDXRef-shop", "name": "shop", "downloadLocation": "git+https://example.org/shop@main",
      "supplier": "NOASSERTION", "licenseConcluded": "NONE", "licenseDeclared": "(MIT) AND (LicenseRef-own)",
      "hasFiles": ["SPDXRef-file"] },
    { "SPDXID": "SPDXRef-lib", "name": "@acme/lib", "versionInfo": "1.0.0", "downloadLocation": "https://example.org/lib.tgz",
      "checksums": [{ "algorithm": "SHA256", "checksumValue": "00" }], "originator": "Organization: Acme",
      "externalRefs": [
        { "referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/%40acme/lib@1.0.0" },
        { "referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:acme:lib:1.0.0" },
        { "referenceCategory": "PERSISTENT-ID", "referenceType": "swh", "referenceLocator": "swh:1:cnt:00" },
        { "referenceCategory": "OTHER", "referenceType": "acme", "referenceLocator": "x" } ] }
  ],
  "files": [{ "SPDXID": "SPDXRef-file", "fileName": "./src/a.c", "checksums": [] }],
  "snippets": [{ "SPDXID": "SPDXRef-part", "name": "part", "snippetFromFile": "SPDXRef-file", "ranges": [
    { "startPointer": { "offset": 1, "reference": "SPDXRef-file" }, "endPointer": { "offset": 9, "reference": "SPDXRef-file" } }] }],
  "hasExtractedLicensingInfos": [{ "licenseId": "LicenseRef-own", "extractedText": "Be nice.", "name": "Own" }],
  "relationships": [
    { "spdxElementId": "SPDXRef-shop", "relationshipType": "DESCRIBED_BY", "relatedSpdxElement": "SPDXRef-DOCUMENT" },
    { "spdxElementId": "SPDXRef-lib", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-shop" },
    { "spdxElementId": "SPDXRef-lib", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NONE" },
    { "spdxElementId": "SPDXRef-shop", "relationshipType": "GENERATED_FROM", "relatedSpdxElement": "SPDXRef-gone" }
  ]
}"#;

fn tree(text: &str) -> Value {
    encoding::read(text.as_bytes(), Encoding::SpdxJson, &Limits::DEFAULT).unwrap().tree
}

fn latest() -> VersionIndex {
    Standard::spdx2().latest()
}

fn component(id: &str) -> Element {
    Element::new(ElementKind::Component("library".into()), id, id)
}

fn license(text: &str, form: LicenseForm, claim: LicenseClaim) -> LicenseStatement {
    LicenseStatement { text: text.into(), form, claim, ..LicenseStatement::default() }
}

#[test]
fn reads_what_there_is_a_field_for() {
    let document = read(&tree(DOCUMENT));
    let [shop, lib, file, part] = document.elements.as_slice() else { panic!("{document:?}") };
    assert_eq!(document.roots, [ElementIndex(0)]);
    assert_eq!(document.leaves, [ElementIndex(1)]);
    assert_eq!(document.authors, [Agent { email: Some("jane@example.org".into()), ..Agent::person("Jane") }]);
    assert_eq!((document.tools[0].name.as_str(), document.tools[0].version.as_deref()), ("maker", Some("1.2")));
    assert_eq!(shop.references[0].kind, "vcs");
    assert_eq!(shop.unknown, [(Slot::Supplier, Unknown::NoAssertion), (Slot::LicenseConcluded, Unknown::None)]);
    let licenses: Vec<_> = shop.licenses.iter().map(|held| (held.text.as_str(), held.form)).collect();
    assert_eq!(licenses, [("MIT", LicenseForm::Id), ("LicenseRef-own", LicenseForm::Expression)]);
    assert_eq!(
        (lib.group.as_deref(), lib.name.as_str(), lib.version.as_deref()),
        (Some("@acme"), "lib", Some("1.0.0"))
    );
    assert_eq!((lib.purls.len(), lib.cpes.len()), (1, 1));
    let identifiers: Vec<_> = lib.identifiers.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(identifiers, ["swhid", "acme"]);
    assert_eq!(lib.hashes[0].to_string(), "SHA-256:00");
    assert_eq!(lib.manufacturer, Some(Agent::organization("Acme")));
    assert_eq!((file.name.as_str(), &file.kind), ("src/a.c", &ElementKind::File));
    assert_eq!(part.properties[0].value, "offset 1 9");
    let ends: Vec<_> = document.edges.iter().map(|edge| (&edge.kind, &edge.to)).collect();
    let to = |at: u32| EdgeEnd::Element(ElementIndex(at));
    assert_eq!(ends[0], (&EdgeKind::DependsOn, &to(1)));
    assert_eq!(ends[1], (&EdgeKind::Other("GENERATED_FROM".into()), &EdgeEnd::External("SPDXRef-gone".into())));
    assert_eq!(ends[2..], [(&EdgeKind::Contains, &to(2)), (&EdgeKind::Contains, &to(3))]);
    assert_eq!(document.custom_licenses.len(), 1);
}

#[test]
fn what_is_named_and_not_there_has_a_stand_in() {
    let written = write(&read(&tree(DOCUMENT)), latest());
    let ids: Vec<_> = written.items_of("packages").iter().filter_map(|held| held.text_of("SPDXID")).collect();
    assert_eq!(ids.last(), Some(&"SPDXRef-gone"));
    assert!(read(&written).elements.iter().all(|held| held.id != "SPDXRef-gone"));
}

#[test]
fn a_broken_tree_gives_what_it_has() {
    assert_eq!(read(&Value::Null).elements, []);
    let text = r#"{"spdxVersion": "SPDX-2.3", "packages": [{}, {"SPDXID": 1, "name": "x"}], "files": {}, "snippets": [1, null],
        "relationships": [{"spdxElementId": "a", "relationshipType": "", "relatedSpdxElement": ""}, [], {}],
        "creationInfo": [], "annotations": [{"comment": 1}]}"#;
    let document = read(&tree(text));
    assert_eq!((document.elements.len(), document.edges.len()), (4, 1));
    assert_eq!(read(&write(&document, latest())).edges, document.edges);
}

#[test]
fn free_text_stays_free_text() {
    let mut document = Document::default();
    let mut held = component("SPDXRef-a");
    let named = license("The Acme licence", LicenseForm::Name, LicenseClaim::Declared);
    held.licenses = vec![
        named.clone(),
        LicenseStatement { full_text: Some("Long text".into()), url: Some("https://a/b".into()), ..named.clone() },
        license("MIT OR ISC", LicenseForm::Expression, LicenseClaim::Declared),
        license("MIT/ISC", LicenseForm::Expression, LicenseClaim::Concluded),
    ];
    document.push(held);
    let written = write(&document, latest());
    let package = &written.items_of("packages")[0];
    let declared = package.text_of("licenseDeclared").unwrap();
    assert!(
        declared.starts_with("(LicenseRef-The-Acme-licence-") && declared.ends_with(" AND (MIT OR ISC)"),
        "{declared}"
    );
    assert!(package.text_of("licenseConcluded").unwrap().starts_with("LicenseRef-MIT-ISC-"));
    assert_eq!(written.items_of("hasExtractedLicensingInfos").len(), 3);
    let back = read(&written);
    let mut want = document.elements[0].licenses.clone();
    // What is no expression was free text all along.
    want[3].form = LicenseForm::Name;
    assert_eq!(back.elements[0].licenses, want);
    assert!(back.custom_licenses.is_empty());
}

#[test]
fn what_spdx_2_cannot_say_is_free_text() {
    for text in
        ["MIT WITH AdditionRef-x", "DocumentRef-a:LicenseRef-b", "MIT OR NONE", "LicenseRef-a_b", "(MIT", "MIT ISC"]
    {
        let mut document = Document::default();
        let mut held = component("SPDXRef-a");
        held.licenses = vec![license(text, LicenseForm::Expression, LicenseClaim::Declared)];
        document.push(held);
        let written = write(&document, latest());
        let id = written.items_of("hasExtractedLicensingInfos")[0].text_of("licenseId");
        assert_eq!(written.items_of("packages")[0].text_of("licenseDeclared"), id, "{text}");
        assert_eq!(read(&written).elements[0].licenses[0].text, text);
    }
}

#[test]
fn a_listed_name_is_its_id_and_nothing_said_stays_so() {
    let mut document = Document::default();
    let mut held = component("SPDXRef-a");
    held.licenses = vec![license("MIT", LicenseForm::Name, LicenseClaim::Unsaid)];
    document.push(held);
    let mut held = component("SPDXRef-b");
    held.licenses = vec![license("NOASSERTION", LicenseForm::Name, LicenseClaim::Declared)];
    held.unknown = vec![(Slot::LicenseConcluded, Unknown::None)];
    document.push(held);
    let written = write(&document, latest());
    let text = |at: usize, name: &str| written.items_of("packages")[at].text_of(name).map(str::to_owned);
    assert_eq!(text(0, "licenseDeclared").as_deref(), Some("MIT"));
    assert_eq!(text(0, "licenseConcluded"), None);
    assert_eq!(text(1, "licenseDeclared").as_deref(), Some("NOASSERTION"));
    assert_eq!(text(1, "licenseConcluded").as_deref(), Some("NONE"));
    let old = write(&document, Standard::spdx2().version("2.2").unwrap());
    assert_eq!(old.items_of("packages")[0].text_of("licenseConcluded"), Some("NOASSERTION"));
}

#[test]
fn a_document_without_time_tools_or_namespace_is_whole() {
    let mut document = Document::default();
    document.push(component("pkg:npm/a@1"));
    let written = write(&document, latest());
    let creation = written.get("creationInfo").unwrap();
    assert_eq!(creation.text_of("created"), Some("1970-01-01T00:00:00Z"));
    assert_eq!(creation.items_of("creators")[0].as_str(), Some("Person: anonymous"));
    let namespace = written.text_of("documentNamespace").unwrap();
    assert!(namespace.starts_with("https://spdx.org/spdxdocs/NOASSERTION-"), "{namespace}");
    let back = read(&written);
    assert_eq!((back.created, back.authors.len(), back.tools.len()), (None, 0, 0));
    assert_eq!(back.elements[0].id, "pkg:npm/a@1");
}

#[test]
fn a_bom_link_is_a_namespace() {
    let uri = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1";
    let document = Document { uri: Some(uri.to_owned()), ..Document::default() };
    assert_eq!(write(&document, latest()).text_of("documentNamespace"), Some(uri));
    for uri in ["https://a/b#c", "a/b", "https://a/%zz", "https://ü/"] {
        let document = Document { uri: Some(uri.to_owned()), ..Document::default() };
        let written = write(&document, latest());
        assert!(written.text_of("documentNamespace").is_some_and(|held| held.starts_with("https://spdx.org/")));
        assert_eq!(read(&written).uri.as_deref(), Some(uri));
    }
}
