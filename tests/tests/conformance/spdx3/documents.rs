//! Documents written as SPDX 3: valid, and the same when they are read again.

use std::collections::BTreeSet;

use plimsoll_model::Limits;
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{
    Agent, AgentKind, Annotation, Completeness, CustomLicense, Edge, EdgeEnd, EdgeKind, EdgeScope, Element,
    ElementIndex, ElementKind, ExternalDocument, Hash, Identifier, LicenseClaim, LicenseForm, LicenseStatement,
    Property, Reference, Sighting, Slot, Tool, Unknown,
};
use plimsoll_sbom::encoding::{Encoding, Parsed, read, write};
use plimsoll_sbom::map::{StandardKind, document, tree};
use plimsoll_sbom::validate::validate;
use plimsoll_tests::{fixtures, note};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::same::{differences, sorted};
use super::{examples, faults, parse};
use crate::documents::scan_directory;
use crate::schemas::{errors, spdx3};

pub(super) fn spdx3_of(document: &Document) -> (Parsed, Vec<u8>) {
    let version = StandardKind::Spdx3.table().latest();
    let tree = tree(document, StandardKind::Spdx3, version);
    let mut out = Vec::new();
    write(&tree, Encoding::Spdx3Json, version, &mut out).unwrap();
    (read(&out, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap(), out)
}

/// What is wrong with a written document; references to elsewhere are advice.
fn wrong(bytes: &[u8]) -> Vec<String> {
    let mut out = faults(&validate(bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap().faults);
    if let Some(validator) = spdx3() {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        out.extend(errors(validator, &value));
    }
    out
}

#[test]
fn documents_of_scans_are_valid_and_come_back() {
    let mut all = String::new();
    let fixtures = fixtures();
    for fixture in &fixtures {
        let was = Document::from(&scan_directory(fixture));
        let (parsed, bytes) = spdx3_of(&was);
        let found = wrong(&bytes);
        if !found.is_empty() {
            all += &format!("{}\n  {}\n", fixture.display(), found.join("\n  "));
        }
        let is = document(&parsed);
        // A document that was made is named by its content; one that was read has that name.
        let was = Document { uri: is.uri.clone(), content_id: None, ..was };
        assert!(is.uri.is_some(), "{}", fixture.display());
        let (was, is) = (sorted(&was), sorted(&is));
        assert!(was == is, "{}\n{}", fixture.display(), differences(&was, &is));
    }
    assert!(all.is_empty(), "{all}");
    note(&format!("SPDX 3.0.1: documents of {} scans are valid and come back", fixtures.len()));
}

#[test]
fn official_examples_come_back_as_the_same_documents() {
    for (path, bytes) in examples() {
        let was = document(&parse(&bytes));
        assert!(!was.elements.is_empty(), "{}", path.display());
        let (parsed, bytes) = spdx3_of(&was);
        assert_eq!(wrong(&bytes), Vec::<String>::new(), "{}", path.display());
        let (was, is) = (sorted(&was), sorted(&document(&parsed)));
        assert!(was == is, "{}\n{}", path.display(), differences(&was, &is));
    }
}

fn text() -> impl Strategy<Value = String> {
    const HOSTILE: &[&str] = &[
        "",
        "-",
        "=",
        "a b",
        "a\nb",
        "\u{0}",
        "ünï",
        "~x",
        "%7E",
        "#",
        "plimsoll:spdx3:scope",
        "plimsoll:spdx3:property:x",
        "urn:uuid:1",
        "https://example.org/a#b",
        "_:x",
        "\u{202e}abc",
        "1.0",
        "other",
        "library",
        "MIT",
    ];
    prop_oneof![select(HOSTILE).prop_map(str::to_owned), "[a-zA-Z0-9 .:/~%#-]{1,12}"]
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    of(text())
}

fn hash() -> impl Strategy<Value = Hash> {
    let algorithm = prop_oneof![
        select(&["SHA-1", "SHA-256", "SHA3-512", "BLAKE3", "Streebog-256", "sha1", "other"][..])
            .prop_map(str::to_owned),
        text()
    ];
    (algorithm, text()).prop_map(|(algorithm, value)| Hash { algorithm, value })
}

fn agent() -> impl Strategy<Value = Agent> {
    let kind = select(&[AgentKind::Person, AgentKind::Organization][..]);
    let one = move || (kind.clone(), text(), some_text(), vec(text(), 0..2), some_text());
    (one(), vec(one(), 0..2)).prop_map(|((kind, name, email, urls, phone), contacts)| {
        let contacts = contacts.into_iter().map(|(kind, name, email, urls, phone)| Agent {
            kind,
            name,
            email,
            urls,
            phone,
            contacts: Vec::new(),
        });
        Agent { kind, name, email, urls, phone, contacts: contacts.collect() }
    })
}

fn property() -> impl Strategy<Value = Property> {
    (text(), text()).prop_map(|(name, value)| Property { name, value })
}

fn license() -> impl Strategy<Value = LicenseStatement> {
    let words = prop_oneof![
        select(&["MIT", "MIT OR Apache-2.0", "LicenseRef-a AND MIT", "GPL-2.0+"][..]).prop_map(str::to_owned),
        text()
    ];
    let form = select(&[LicenseForm::Id, LicenseForm::Expression, LicenseForm::Name][..]);
    let claim =
        select(&[LicenseClaim::Unsaid, LicenseClaim::Declared, LicenseClaim::Concluded, LicenseClaim::Observed][..]);
    (words, form, claim, some_text(), some_text()).prop_map(|(text, form, claim, url, full_text)| LicenseStatement {
        text,
        form,
        claim,
        url,
        full_text,
    })
}

fn reference() -> impl Strategy<Value = Reference> {
    const KINDS: &[&str] = &["distribution", "website", "vcs", "other", "evidence", "eolNotice", "binaryArtifact", ""];
    (select(KINDS), text(), some_text(), vec(hash(), 0..2)).prop_map(|(kind, url, comment, hashes)| Reference {
        kind: kind.to_owned(),
        url,
        comment,
        hashes,
    })
}

fn sighting() -> impl Strategy<Value = Sighting> {
    (text(), of(any::<u32>()), of(any::<u64>()), some_text(), text(), 0..=100_u8, text()).prop_map(
        |(location, line, offset, layer, technique, confidence, by)| Sighting {
            location,
            line,
            offset,
            layer,
            technique,
            confidence,
            by,
        },
    )
}

fn unknown() -> impl Strategy<Value = Vec<(Slot, Unknown)>> {
    const SLOTS: &[Slot] = &[
        Slot::Supplier,
        Slot::Originator,
        Slot::LicenseDeclared,
        Slot::LicenseConcluded,
        Slot::Copyright,
        Slot::DownloadLocation,
        Slot::Dependencies,
        Slot::Contents,
        Slot::Version,
    ];
    let one = (select(SLOTS), select(&[Unknown::None, Unknown::NoAssertion][..]));
    vec(one, 0..3).prop_map(|mut all| {
        all.sort();
        all.dedup_by_key(|(slot, _)| *slot);
        all
    })
}

fn element() -> impl Strategy<Value = Element> {
    const TYPES: &[&str] =
        &["library", "application", "machine-learning-model", "data", "cryptographic-asset", "", "odd"];
    let kind = prop_oneof![
        6 => select(TYPES).prop_map(|word| ElementKind::Component(word.to_owned())),
        1 => Just(ElementKind::Service),
        2 => Just(ElementKind::File),
        1 => Just(ElementKind::Snippet),
    ];
    let identifier = (select(&["swid", "gitoid", "swhid", "cpe23", "email", "other", "odd", ""][..]), text());
    let identifier = identifier.prop_map(|(kind, value)| Identifier { kind: kind.to_owned(), value });
    let first =
        (kind, any::<bool>(), some_text(), text(), some_text(), some_text(), of(any::<bool>()), vec(text(), 0..3));
    let cpe = select(&["cpe:/a:x:y:1", "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*", "x"][..]).prop_map(str::to_owned);
    let second =
        (vec(cpe, 0..2), vec(identifier, 0..3), vec(hash(), 0..3), of(agent()), of(agent()), vec(agent(), 0..3));
    let copyright = of(prop_oneof![text(), Just("NONE".to_owned())]);
    let third = (
        some_text(),
        vec(license(), 0..3),
        copyright,
        (some_text(), some_text()),
        some_text(),
        some_text(),
        some_text(),
    );
    let media = of(prop_oneof![Just("text/plain".to_owned()), text()]);
    let fourth = (vec(reference(), 0..4), some_text(), media, vec(property(), 0..3), vec(sighting(), 0..2), unknown());
    (first, second, third, fourth).prop_map(|(first, second, third, fourth)| {
        let (kind, unnamed, group, name, version, version_range, is_external, purls) = first;
        let (cpes, identifiers, hashes, supplier, manufacturer, authors) = second;
        let (publisher, licenses, copyright, (summary, description), comment, source_info, file_name) = third;
        let (references, scope, media_type, properties, sightings, unknown) = fourth;
        Element {
            unnamed,
            group,
            version,
            version_range,
            is_external,
            purls,
            cpes,
            identifiers,
            hashes,
            supplier,
            manufacturer,
            authors,
            publisher,
            licenses,
            copyright,
            summary,
            description,
            comment,
            source_info,
            file_name,
            references,
            scope,
            media_type,
            properties,
            sightings,
            unknown,
            ..Element::new(kind, "", name)
        }
    })
}

#[derive(Debug, Clone)]
enum End {
    Element(Index),
    Document,
    External(&'static str),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        8 => any::<Index>().prop_map(End::Element),
        1 => Just(End::Document),
        1 => select(&["DocumentRef-x:SPDXRef-1", "https://other.example/x#y", "urn:cdx:1/1#a b"][..]).prop_map(End::External),
    ]
}

fn edges() -> impl Strategy<Value = Vec<(End, EdgeKind, End, EdgeScope, Option<String>)>> {
    const WORDS: &[&str] = &[
        "DESCRIBES",
        "DESCRIBED_BY",
        "GENERATED_FROM",
        "GENERATES",
        "BUILD_TOOL_OF",
        "OTHER",
        "DEPENDS_ON",
        "SPECIFICATION_FOR",
        "trainedOn",
        "usesTool",
        "nonsense",
        "PATCH_FOR",
    ];
    let kind = prop_oneof![
        3 => Just(EdgeKind::DependsOn),
        3 => Just(EdgeKind::Contains),
        1 => Just(EdgeKind::Provides),
        2 => select(WORDS).prop_map(|word| EdgeKind::Other(word.to_owned())),
    ];
    const SCOPES: &[EdgeScope] = &[
        EdgeScope::Unsaid,
        EdgeScope::Runtime,
        EdgeScope::Build,
        EdgeScope::Development,
        EdgeScope::Test,
        EdgeScope::Optional,
        EdgeScope::Provided,
    ];
    vec((end(), kind, end(), select(SCOPES), of(prop_oneof![Just("x".to_owned()), text()])), 0..12)
}

fn documents() -> impl Strategy<Value = Document> {
    let uri = of(prop_oneof![
        select(
            &["https://example.org/doc", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1", "https://example.org/a#doc"]
                [..]
        )
        .prop_map(str::to_owned),
        text(),
    ]);
    let created =
        of(select(&["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.6+02:00", "1970-01-01T00:00:00Z", "yesterday"][..]));
    let tool = (some_text(), text(), some_text()).prop_map(|(vendor, name, version)| Tool { vendor, name, version });
    let lifecycle = select(&["design", "build", "decommission", "discovery", "odd"][..]).prop_map(str::to_owned);
    let first = (some_text(), uri, created, vec(agent(), 0..2), of(agent()), of(agent()), vec(tool, 0..3));
    let list = of(select(&["3.25", "3.25.0", "odd"][..]).prop_map(str::to_owned));
    let second = (vec(lifecycle, 0..3), some_text(), some_text(), list, vec(property(), 0..3));
    let names = prop_oneof![
        select(
            &[
                "a",
                "~a",
                "pkg:npm/x@1?a=b#c",
                "https://example.org/doc#x",
                "urn:uuid:2",
                "https://example.org/doc",
                "ü ",
                ""
            ][..]
        )
        .prop_map(str::to_owned),
        text(),
    ];
    let elements = vec((names, element()), 0..6);
    let places = (vec(any::<Index>(), 0..3), vec(any::<Index>(), 0..3));
    let aggregate = select(&["complete", "incomplete", "incomplete_first_party_only", "unknown", "not_specified"][..]);
    let completeness = vec((aggregate, vec(end(), 0..3), vec(end(), 0..3)), 0..3);
    let custom = (
        select(&["LicenseRef-a", "LicenseRef-b c", "LicenseRef-~"][..]),
        some_text(),
        text(),
        vec(text(), 0..2),
        some_text(),
    );
    let external = (text(), text(), of(hash())).prop_map(|(id, uri, hash)| ExternalDocument { id, uri, hash });
    let annotation = (end(), select(&["OTHER", "REVIEW", "odd"][..]), text(), text(), text());
    let last = (vec(custom, 0..3), vec(external, 0..3), vec(annotation, 0..3));
    (first, second, elements, places, edges(), completeness, last).prop_map(assemble)
}

type First =
    (Option<String>, Option<String>, Option<&'static str>, Vec<Agent>, Option<Agent>, Option<Agent>, Vec<Tool>);
type Second = (Vec<String>, Option<String>, Option<String>, Option<String>, Vec<Property>);
type Custom = (&'static str, Option<String>, String, Vec<String>, Option<String>);
type Last = (Vec<Custom>, Vec<ExternalDocument>, Vec<(End, &'static str, String, String, String)>);
type Parts = (
    First,
    Second,
    Vec<(String, Element)>,
    (Vec<Index>, Vec<Index>),
    Vec<(End, EdgeKind, End, EdgeScope, Option<String>)>,
    Vec<(&'static str, Vec<End>, Vec<End>)>,
    Last,
);

fn assemble((first, second, elements, (roots, leaves), edges, completeness, last): Parts) -> Document {
    let (name, uri, created, authors, manufacturer, supplier, tools) = first;
    let (lifecycles, comment, data_license, license_list_version, properties) = second;
    let mut document = Document {
        name,
        uri,
        created: created.map(str::to_owned),
        authors,
        manufacturer,
        supplier,
        tools,
        lifecycles,
        comment,
        data_license,
        license_list_version,
        properties,
        ..Document::default()
    };
    let mut taken = BTreeSet::new();
    for (mut id, element) in elements {
        while !taken.insert(id.clone()) {
            id.push('x');
        }
        document.push(Element { id, ..element });
    }
    let count = document.elements.len();
    let place = |index: &Index| ElementIndex(u32::try_from(index.index(count)).unwrap());
    let end = |end: &End| match end {
        End::Element(index) if count > 0 => EdgeEnd::Element(place(index)),
        End::External(name) => EdgeEnd::External((*name).to_owned()),
        _ => EdgeEnd::Document,
    };
    if count > 0 {
        document.roots = roots.iter().map(place).collect::<BTreeSet<_>>().into_iter().rev().collect();
        document.leaves = leaves.iter().map(place).collect();
    }
    document.edges = edges
        .into_iter()
        .map(|(from, kind, to, scope, comment)| Edge { from: end(&from), kind, to: end(&to), scope, comment })
        .collect();
    document.completeness = completeness
        .into_iter()
        .map(|(aggregate, assemblies, dependencies)| Completeness {
            aggregate: aggregate.to_owned(),
            assemblies: assemblies.iter().map(end).collect(),
            dependencies: dependencies.iter().map(end).collect(),
        })
        .collect();
    let (custom, external_documents, annotations) = last;
    for (id, name, text, urls, comment) in custom {
        if document.custom_licenses.iter().all(|held| held.id != id) {
            document.custom_licenses.push(CustomLicense { id: id.to_owned(), name, text, urls, comment });
        }
    }
    document.external_documents = external_documents;
    let annotations = annotations.into_iter().map(|(subject, kind, annotator, date, text)| Annotation {
        subject: end(&subject),
        kind: kind.to_owned(),
        annotator,
        date,
        text,
    });
    document.annotations = annotations.collect();
    document
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_is_valid_and_comes_back(was in documents()) {
        let (parsed, bytes) = spdx3_of(&was);
        let found = wrong(&bytes);
        prop_assert!(found.is_empty(), "{found:?}");
        let (was, is) = (sorted(&was), sorted(&document(&parsed)));
        prop_assert!(was == is, "{}", differences(&was, &is));
    }
}
