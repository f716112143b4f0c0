//! Whatever a document holds, what is written is valid, says no more and no less, and refers only to what is there.

use std::collections::{BTreeSet, HashSet};

use plimsoll_model::{
    Acknowledgement, Component, ComponentKind, Confidence, Diagnostic, DiagnosticCode, Digest, DigestAlgorithm,
    Evidence, ExternalReference, ExtractorId, FileRecord, GraphBuilder, LayerHistory, LayerIndex, License, Purl,
    ReferenceKind, RelationshipKind, Scope, SourcePath, Span, Technique,
};
use plimsoll_sbom::{Agent, LayerSummary, Lifecycle, Observation, Subject, Timestamp, Tool};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::documents::{encode, faults};

/// A document about these components, with nothing else in it.
pub(crate) fn document_of(components: Vec<Component>) -> Observation {
    let mut builder = GraphBuilder::default();
    for component in components {
        builder.add(component);
    }
    let graph = builder.finish();
    Observation {
        subject: Subject { component: Component::new(ComponentKind::Application, "subject"), direct: graph.roots() },
        graph,
        files: Vec::new(),
        layers: Vec::new(),
        timestamp: None,
        authors: Vec::new(),
        supplier: None,
        tools: vec![Tool { name: "plimsoll".into(), version: Some("0".into()), vendor: None }],
        lifecycle: Lifecycle::PreBuild,
        properties: Vec::new(),
        diagnostics: Vec::new(),
    }
}

fn text() -> impl Strategy<Value = String> {
    const HOSTILE: &[&str] = &[
        "a\nb",
        "\r\nSPDXID: SPDXRef-DOCUMENT",
        "\u{1b}[2J",
        "\u{202e}abc",
        "\"},{\"name\":\"forged",
        "\u{0}",
        "\u{7f}",
        "\u{9b}31m",
        "\u{feff}",
        "SPDXRef-DOCUMENT",
        "pkg:npm/x@1",
        "\u{fffe}",
        "ünï",
        "a b",
        "<x@y>",
        "N <a b@c>",
        "N <jane@example.org>",
    ];
    prop_oneof![4 => "[a-c]{1,2}", 1 => "\\PC{0,8}", 1 => any::<String>().prop_map(|text| text.chars().take(8).collect()), 1 => select(HOSTILE).prop_map(str::to_owned)]
}

fn boxed() -> impl Strategy<Value = Option<Box<str>>> {
    of(text().prop_map(Box::from))
}

fn digest() -> impl Strategy<Value = Digest> {
    use DigestAlgorithm::{Blake2b256, Blake3, Md5, Sha1, Sha3_256, Sha224, Sha256, Sha384, Sha512};
    let algorithms = select(&[Md5, Sha1, Sha224, Sha256, Sha384, Sha512, Sha3_256, Blake2b256, Blake3][..]);
    (algorithms, any::<u8>())
        .prop_map(|(algorithm, byte)| Digest::from_bytes(algorithm, vec![byte; algorithm.len()]).unwrap())
}

fn license() -> impl Strategy<Value = License> {
    const KNOWN: &[&str] = &[
        "MIT",
        "mit",
        "GPL-2.0+",
        "Apache-2.0+",
        "MIT OR Apache-2.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "LicenseRef-x",
        "DocumentRef-a:LicenseRef-b",
        "(MIT AND (ISC OR Zlib))",
        "BSD",
        "MIT OR NOASSERTION",
        "LicenseRef-a OR MIT",
        "MIT WITH AdditionRef-x",
        "GPL-2.0",
        "Apache 2",
        "NONE OR MIT",
        "a\nb",
    ];
    let words = prop_oneof![3 => select(KNOWN).prop_map(str::to_owned), 1 => text()];
    (words, any::<bool>()).prop_filter_map("states nothing", |(text, declared)| {
        License::new(&text, if declared { Acknowledgement::Declared } else { Acknowledgement::Concluded })
    })
}

fn url() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "https://example.org/a",
        "git@github.com:a/b",
        "git+https://h/x@c",
        "https://h:x/",
        "http://[::1]/",
        "http://[x]/",
        "a b",
        "//",
    ];
    prop_oneof![select(KNOWN).prop_map(str::to_owned), text(), "[a-z:/@#?%\\[\\]]{0,12}", "https?://[^\\x00]{0,10}"]
}

fn reference() -> impl Strategy<Value = ExternalReference> {
    use ReferenceKind::{Distribution, Documentation, IssueTracker, SourceDistribution, Vcs, Website};
    let kinds = select(&[Distribution, SourceDistribution, Vcs, Website, IssueTracker, Documentation][..]);
    (kinds, url(), vec(digest(), 0..2)).prop_map(|(kind, url, hashes)| ExternalReference {
        kind,
        url: url.into(),
        hashes,
    })
}

fn path() -> impl Strategy<Value = SourcePath> {
    vec(any::<u8>(), 1..6).prop_filter_map("no path", |bytes| SourcePath::new(bytes).ok())
}

fn span() -> impl Strategy<Value = Option<Span>> {
    of(prop_oneof![
        any::<u32>().prop_map(Span::Line),
        (any::<u32>(), any::<u32>())
            .prop_map(|(offset, length)| Span::Bytes { offset: offset.into(), length: length.into() })
    ])
}

fn evidence() -> impl Strategy<Value = Evidence> {
    use Technique::{BinaryAnalysis, Filename, HashComparison, ManifestAnalysis, Other};
    let techniques = select(&[ManifestAnalysis, BinaryAnalysis, HashComparison, Filename, Other][..]);
    let sure = select(&[Confidence::STATED, Confidence::HIGH, Confidence::MEDIUM, Confidence::LOW][..]);
    (path(), of(0..3_u32), span(), techniques, sure).prop_map(|(file, layer, span, technique, confidence)| Evidence {
        file,
        layer: layer.map(LayerIndex),
        span,
        technique,
        confidence,
        extractor: ExtractorId::new("test/test"),
    })
}

fn purl() -> impl Strategy<Value = Option<Purl>> {
    let kinds = select(&["npm", "pypi", "maven", "deb", "golang", "generic"][..]);
    (kinds, text(), text(), text()).prop_map(|(kind, namespace, name, version)| {
        Purl::builder(kind, name).namespace(namespace).version(version).build().ok()
    })
}

fn kind() -> impl Strategy<Value = ComponentKind> {
    use ComponentKind::{
        Application, Container, File, Firmware, Framework, Library, MachineLearningModel, OperatingSystem,
    };
    select(&[Library, Application, OperatingSystem, Container, File, Framework, Firmware, MachineLearningModel][..])
}

fn scope() -> impl Strategy<Value = Scope> {
    select(&[Scope::Dev, Scope::Build, Scope::Optional, Scope::Unspecified, Scope::Runtime][..])
}

fn component() -> impl Strategy<Value = Component> {
    let names = (kind(), boxed(), text(), boxed(), boxed(), of(purl()), of(path()), scope());
    let lists = (
        vec(digest(), 0..3),
        vec(license(), 0..3),
        vec(reference(), 0..3),
        vec((text(), text()), 0..3),
        vec(evidence(), 0..3),
    );
    let rest = (boxed(), boxed(), boxed(), boxed(), of((0..3_u32, 0..3_u32, of(0..3_u32))));
    (names, lists, rest).prop_map(|(names, lists, rest)| {
        let mut component = Component::new(names.0, names.2);
        (component.group, component.version, component.version_range) = (names.1, names.3, names.4);
        (component.purl, component.location, component.scope) = (names.5.flatten(), names.6, names.7);
        (component.hashes, component.licenses, component.references) = (lists.0, lists.1, lists.2);
        component.properties = lists.3.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        component.evidence = lists.4;
        (component.supplier, component.author, component.description, component.copyright) =
            (rest.0, rest.1, rest.2, rest.3);
        component.layers = rest.4.map(|(introduced, changed, removed)| LayerHistory {
            introduced: LayerIndex(introduced),
            changed: LayerIndex(changed),
            removed: removed.map(LayerIndex),
        });
        component
    })
}

fn file() -> impl Strategy<Value = FileRecord> {
    (path(), of(0..3_u32), any::<u32>(), vec(digest(), 0..2)).prop_map(|(path, layer, size, hashes)| FileRecord {
        path,
        layer: layer.map(LayerIndex),
        size: size.into(),
        hashes,
    })
}

fn document() -> impl Strategy<Value = Observation> {
    let graph =
        (vec(component(), 0..8), vec((0..8_usize, 0..8_usize, any::<bool>(), scope()), 0..12), vec(0..8_usize, 0..4));
    let frame = (
        component(),
        vec(file(), 0..4),
        vec((digest(), of(text())), 0..3),
        of(0..4_000_000_000_i64),
        vec(text(), 0..3),
        of(text()),
    );
    (graph, frame, vec((text(), text()), 0..3), vec((text(), of(path()), span()), 0..3)).prop_map(
        |(
            (components, edges, direct),
            (subject, mut files, layers, time, authors, supplier),
            properties,
            diagnostics,
        )| {
            let mut builder = GraphBuilder::default();
            let places: Vec<_> = components.into_iter().map(|component| builder.add(component)).collect();
            for (from, to, contains, scope) in edges {
                let kind = if contains { RelationshipKind::Contains } else { RelationshipKind::DependsOn };
                if let (Some(&from), Some(&to)) = (places.get(from), places.get(to)) {
                    builder.relate(from, to, kind, scope);
                }
            }
            direct.iter().filter_map(|at| places.get(*at)).for_each(|&at| builder.direct(at));
            let graph = builder.finish();
            files.sort();
            files.dedup_by(|one, other| one.path == other.path && one.layer == other.layer);
            let diagnostic = |(message, file, span): (String, Option<SourcePath>, Option<Span>)| {
                let mut diagnostic = Diagnostic::new(DiagnosticCode::MALFORMED, message);
                (diagnostic.file, diagnostic.span) = (file, span);
                diagnostic
            };
            let day =
                |seconds: i64| format!("20{:02}-01-{:02}T00:00:{:02}Z", seconds % 100, seconds % 31 + 1, seconds % 60);
            Observation {
                subject: Subject { component: subject, direct: graph.roots() },
                files,
                layers: layers.into_iter().map(|(diff_id, created_by)| LayerSummary { diff_id, created_by }).collect(),
                timestamp: time.map(|seconds| Timestamp::new(&day(seconds)).unwrap()),
                authors: authors.iter().map(|author| Agent::parse(author)).collect(),
                supplier: supplier.map(|supplier| Agent::parse(&supplier)),
                properties,
                diagnostics: diagnostics.into_iter().map(diagnostic).collect(),
                graph,
                ..document_of(Vec::new())
            }
        },
    )
}

/// The `name` member of every object in an array.
fn members<'a>(array: &'a Value, name: &'a str) -> impl Iterator<Item = &'a str> {
    array.as_array().into_iter().flatten().filter_map(move |item| item[name].as_str())
}

fn check_cyclonedx(document: &Observation, format: &str) {
    let value: Value = serde_json::from_str(&encode(document, format)).unwrap();
    let components = &value["components"];
    let refs: Vec<&str> =
        members(components, "bom-ref").chain(value["metadata"]["component"]["bom-ref"].as_str()).collect();
    let unique: HashSet<&str> = refs.iter().copied().collect();
    assert_eq!(refs.len(), unique.len(), "bom-refs are not unique: {refs:?}");
    let wanted = document.graph.components().map(|(at, held)| (document.graph.key(at).unwrap().as_str(), &*held.name));
    let found = components.as_array().unwrap().iter().take(document.graph.len());
    let found = found.map(|item| (item["bom-ref"].as_str().unwrap(), item["name"].as_str().unwrap()));
    assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    for dependency in value["dependencies"].as_array().unwrap() {
        let targets = dependency["dependsOn"].as_array().into_iter().flatten().map(|target| target.as_str().unwrap());
        for end in targets.chain(dependency["ref"].as_str()) {
            assert!(unique.contains(end), "{end:?} refers to nothing");
        }
    }
}

fn check_spdx(document: &Observation) {
    let value: Value = serde_json::from_str(&encode(document, "spdx-json")).unwrap();
    let ids: Vec<&str> = members(&value["packages"], "SPDXID")
        .chain(members(&value["files"], "SPDXID"))
        .chain(value["SPDXID"].as_str())
        .collect();
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "SPDXIDs are not unique: {ids:?}");
    let valid =
        |id: &str| id.starts_with("SPDXRef-") && id.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    assert!(ids.iter().all(|id| valid(id)), "{ids:?}");
    // A file without a digest is a package.
    let files = document.files.iter().filter(|file| file.hashes.is_empty()).count();
    assert_eq!(value["packages"].as_array().unwrap().len(), document.graph.len() + 1 + files);
    let mut edges = HashSet::new();
    for edge in value["relationships"].as_array().unwrap() {
        for end in ["spdxElementId", "relatedSpdxElement"] {
            let end = edge[end].as_str().unwrap();
            assert!(unique.contains(end) || end == "NONE", "{edge} refers to nothing");
        }
        assert!(edges.insert(edge.to_string()), "{edge} is there twice");
    }
    let defined: BTreeSet<&str> = members(&value["hasExtractedLicensingInfos"], "licenseId").collect();
    for declared in members(&value["packages"], "licenseDeclared") {
        for word in declared.split([' ', '(', ')']).filter(|word| word.contains("Ref-")) {
            assert!(defined.contains(word), "{word} of {declared:?} is not defined");
        }
        assert!(
            declared == "NOASSERTION" || spdx::Expression::parse_mode(declared, spdx::ParseMode::LAX).is_ok(),
            "{declared}"
        );
    }
    for package in value["packages"].as_array().unwrap() {
        let line = |name: &str| package[name].as_str().is_none_or(|text| !text.contains(char::is_control));
        assert!(["name", "versionInfo", "supplier", "originator"].iter().all(|name| line(name)), "{package}");
    }
}

/// Text for people and for line-by-line tools: as many lines as things, no control characters.
fn check_text(document: &Observation) {
    let purls: BTreeSet<String> =
        document.graph.components().filter_map(|(_, held)| held.purl.as_ref()).map(ToString::to_string).collect();
    assert_eq!(encode(document, "purls").lines().map(str::to_owned).collect::<BTreeSet<_>>(), purls);
    assert_eq!(encode(document, "table").lines().count(), document.graph.len() + 1);
    for format in ["purls", "table", "plimsoll-json", "cyclonedx-json", "spdx-json"] {
        let raw =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!encode(document, format).contains(raw), "a raw control character in {format}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_valid_and_true(document in document()) {
        let faults = faults(&document);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
        check_cyclonedx(&document, "cyclonedx-json@1.6");
        check_cyclonedx(&document, "cyclonedx-json@1.7");
        check_spdx(&document);
        check_text(&document);
    }
}
