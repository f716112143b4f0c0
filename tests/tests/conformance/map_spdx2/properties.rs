//! Whatever a document holds, it is written as valid SPDX 2, and [`restored`] is what comes back.

use plimsoll_sbom::Document;
use plimsoll_sbom::document::{
    Agent, AgentKind, Annotation, Completeness, CustomLicense, Edge, EdgeEnd, EdgeKind, EdgeScope, Element,
    ElementIndex, ElementKind, ExternalDocument, Hash, Identifier, LicenseClaim, LicenseForm, LicenseStatement,
    Property, Reference, Slot, Tool, Unknown,
};
use plimsoll_sbom::map;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{differences, faults, parse, write};

const HOSTILE: &[&str] = &[
    "a\nb",
    "\r\nSPDXID: SPDXRef-DOCUMENT",
    "\u{1b}[2J",
    "\u{202e}abc",
    "\"},{\"name\":\"forged",
    "\u{0}",
    "SPDXRef-DOCUMENT",
    "SPDXRef-a",
    "DocumentRef-x:SPDXRef-a",
    "pkg:npm/x@1",
    "ünï",
    "a b",
    "plimsoll:id=x",
    "plimsoll:kind=service",
    "a=b/c%2F",
    "NOASSERTION",
    "NONE",
    "Foo (a@b)",
    "Foo ()",
    "",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-c]{1,2}", 1 => "\\PC{1,8}", 1 => select(HOSTILE).prop_map(str::to_owned)]
}

/// Names that SPDX writes on a line and between marks: what the ends lose to trimming is not of interest here.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-c]{1,3}", 1 => "[a-z()@.-][a-z ()@.0-9-]{0,8}[a-z)@.]"]
}

fn agent() -> impl Strategy<Value = Agent> {
    (name(), of("[a-z]{1,3}@[a-z.]{1,4}"), any::<bool>()).prop_map(|(name, email, person)| {
        let kind = if person { AgentKind::Person } else { AgentKind::Organization };
        Agent { kind, name, email, ..Agent::default() }
    })
}

fn organization() -> impl Strategy<Value = Agent> {
    agent().prop_map(|agent| Agent { kind: AgentKind::Organization, ..agent })
}

fn hash() -> impl Strategy<Value = Hash> {
    let algorithms = &[
        ("MD5", 32),
        ("SHA-1", 40),
        ("SHA-256", 64),
        ("SHA3-256", 64),
        ("BLAKE3", 64),
        ("Streebog-256", 64),
        ("SHA-512", 7),
        ("BLAKE2b-512", 128),
    ];
    (select(&algorithms[..]), "[0-9a-f]").prop_map(|((algorithm, length), digit): ((&str, usize), String)| Hash {
        algorithm: algorithm.to_owned(),
        value: digit.repeat(length),
    })
}

fn license() -> impl Strategy<Value = LicenseStatement> {
    use LicenseForm::{Expression, Id, Name};
    let claims = select(&[LicenseClaim::Declared, LicenseClaim::Concluded, LicenseClaim::Observed][..]);
    let known = select(
        &[
            ("MIT", Id),
            ("GPL-2.0", Id),
            ("Apache-2.0", Id),
            ("MIT OR Apache-2.0", Expression),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Expression),
            ("(MIT AND (ISC OR Zlib))", Expression),
            ("Foo-1.0", Expression),
            ("LicenseRef-x", Expression),
            ("LicenseRef-a OR MIT", Expression),
            ("DocumentRef-d:LicenseRef-b", Expression),
            ("BSD", Name),
            ("MIT OR", Name),
            ("See the file", Name),
        ][..],
    )
    .prop_map(|(text, form)| (text.to_owned(), form));
    let free = text().prop_map(|text| (format!("{text} licence"), Name));
    (prop_oneof![4 => known, 1 => free], claims, of(text()), of(Just("https://example.org/l".to_owned()))).prop_map(
        |((text, form), claim, full_text, url)| {
            let free = form == Name;
            let (full_text, url) = (full_text.filter(|full| free && *full != text), url.filter(|_| free));
            LicenseStatement { text, form, claim, url, full_text }
        },
    )
}

fn reference() -> impl Strategy<Value = Reference> {
    let kinds = select(&["distribution", "vcs", "website", "advisories", "issue-tracker", "fix", "unheard-of"][..]);
    let known =
        select(&["https://example.org/a", "git+https://h/x@c", "git@github.com:a/b", "http://[::1]/", "a b", "//"][..]);
    let urls = prop_oneof![known.prop_map(str::to_owned), text()];
    let comment = "[a-z][a-z\n]{0,5}";
    (kinds, urls, of(comment), vec(hash(), 0..2)).prop_map(|(kind, url, comment, hashes)| Reference {
        kind: kind.to_owned(),
        url,
        comment,
        hashes,
    })
}

fn identifier() -> impl Strategy<Value = Identifier> {
    (select(&["swid", "swhid", "gitoid", "own"][..]), text())
        .prop_map(|(kind, value)| Identifier { kind: kind.to_owned(), value })
}

fn property() -> impl Strategy<Value = Property> {
    (prop_oneof![text(), text().prop_map(|text| format!("plimsoll:{text}"))], text())
        .prop_map(|(name, value)| Property { name, value })
}

fn unknown() -> impl Strategy<Value = (Slot, Unknown)> {
    let with = [Slot::LicenseDeclared, Slot::LicenseConcluded, Slot::Copyright, Slot::Version, Slot::Contents];
    let what = |none: bool| if none { Unknown::None } else { Unknown::NoAssertion };
    prop_oneof![
        (select(with.to_vec()), any::<bool>()).prop_map(move |(slot, none)| (slot, what(none))),
        select(vec![Slot::Supplier, Slot::Originator, Slot::Dependencies])
            .prop_map(|slot| (slot, Unknown::NoAssertion)),
    ]
}

fn component() -> impl Strategy<Value = Element> {
    let kinds = select(&["", "library", "operating-system", "machine-learning-model", "source", "Odd"][..]);
    let purls = prop_oneof![
        select(&["pkg:npm/%40a/b@1", "pkg:maven/a/b@1", "pkg:maven/a/c", "pkg:npm/x@1", "pkg:golang/a/b"][..])
            .prop_map(str::to_owned),
        text(),
    ];
    let cpes = prop_oneof![select(&["cpe:2.3:a:b:c", "cpe:/a:b"][..]).prop_map(str::to_owned), text()];
    let names =
        (kinds, text(), of(text()), text(), of(text()), of(text()), of(any::<bool>()), any::<bool>(), any::<bool>());
    let lists = (vec(purls, 0..3), vec(cpes, 0..3), vec(identifier(), 0..3), vec(hash(), 0..3), vec(license(), 0..4));
    let agents = (of(agent()), of(organization()), vec(agent(), 0..3), of(text()));
    let texts = (of(text()), of(text()), of(text()), of(text()), of(text()), of("[a-z.]{1,4}"));
    let rest = (
        vec(reference(), 0..4),
        of(select(&["required", "optional", "excluded"][..])),
        of(text()),
        vec(property(), 0..3),
        vec(unknown(), 0..3),
    );
    (names, lists, agents, texts, rest).prop_map(|(names, lists, agents, texts, rest)| {
        let kind = if names.8 { ElementKind::Service } else { ElementKind::Component(names.0.to_owned()) };
        let mut held = Element::new(kind, names.1, names.3);
        (held.group, held.version, held.version_range, held.is_external) = (names.2, names.4, names.5, names.6);
        held.unnamed = names.7;
        (held.purls, held.cpes, held.identifiers, held.hashes, held.licenses) = lists;
        (held.supplier, held.manufacturer, held.authors, held.publisher) = agents;
        (held.copyright, held.description, held.summary, held.comment) = (texts.0, texts.1, texts.2, texts.3);
        (held.source_info, held.file_name) = (texts.4, texts.5);
        (held.references, held.scope, held.media_type) = (rest.0, rest.1.map(str::to_owned), rest.2);
        (held.properties, held.unknown) = (rest.3, rest.4);
        let mut seen = Vec::new();
        held.references.retain(|held| {
            let key = (held.kind.clone(), held.url.clone());
            !seen.contains(&key) && {
                seen.push(key);
                true
            }
        });
        held
    })
}

fn file() -> impl Strategy<Value = Element> {
    (text(), "[a-c]{1,2}(/[a-c])?", vec(license(), 0..3), vec(property(), 0..2), of(text()), of(text())).prop_map(
        |(id, name, licenses, properties, comment, copyright)| {
            let mut held = Element::new(ElementKind::File, id, name);
            held.hashes = vec![Hash { algorithm: "SHA-1".into(), value: "a".repeat(40) }];
            (held.licenses, held.properties, held.comment, held.copyright) = (licenses, properties, comment, copyright);
            held
        },
    )
}

type EdgeSeed = ((u32, Option<String>), (u32, Option<String>), EdgeKind, EdgeScope, Option<String>);

fn edge() -> impl Strategy<Value = EdgeSeed> {
    use EdgeScope::{Build, Development, Optional, Provided, Runtime, Test, Unsaid};
    let end = || (0..10_u32, of(prop_oneof![4 => Just(String::new()), 1 => text()]));
    let other = select(&["GENERATED_FROM", "AMENDS", "UNHEARD_OF"][..]).prop_map(|word| EdgeKind::Other(word.into()));
    let kinds = prop_oneof![
        4 => Just(EdgeKind::DependsOn),
        2 => Just(EdgeKind::Contains),
        1 => Just(EdgeKind::Provides),
        2 => other,
    ];
    let scopes = select(&[Unsaid, Runtime, Build, Development, Test, Optional, Provided][..]);
    (end(), end(), kinds, scopes, of("[a-z][a-z\n]{0,5}"))
}

prop_compose! {
    fn document()(
        head in (of(text()), of(select(&["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1", "https://a/b", "#", "a b"][..]))),
        created in of(select(&["2026-11-22T02:19:00Z", "2022-12-27T23:08:17.3Z", "2024-02-29T23:30:00-01:00", "then"][..])),
        authors in vec(agent(), 0..3),
        frame in (of(organization()), of(organization()), of(text()), of(text()), of("[0-9]\\.[0-9]")),
        tools in vec((of(name()), name(), of("[0-9a-z.-]{1,4}")), 0..3),
        lists in (vec(text(), 0..2), vec(property(), 0..3)),
        components in vec(component(), 0..6),
        files in vec(file(), 0..3),
        roots in vec(0..9_u32, 0..3),
        leaves in vec(0..9_u32, 0..3),
        seeds in vec(edge(), 0..8),
        texts in vec((0..9_u32, text(), any::<bool>()), 0..3),
        complete in vec((0..9_u32, select(&["complete", "incomplete", "unknown"][..])), 0..3),
    ) -> Document {
        let mut document = Document {
            name: head.0,
            uri: head.1.map(str::to_owned),
            created: created.map(str::to_owned),
            authors,
            manufacturer: frame.0,
            supplier: frame.1,
            comment: frame.2,
            data_license: frame.3,
            license_list_version: frame.4,
            tools: tools.into_iter().map(|(vendor, name, version)| Tool { vendor, name, version }).collect(),
            lifecycles: lists.0,
            properties: lists.1,
            elements: components.into_iter().chain(files).collect(),
            ..Document::default()
        };
        let count = u32::try_from(document.elements.len()).unwrap();
        let place = |at: u32| (at < count).then_some(ElementIndex(at));
        let end = |at: u32| place(at).map_or(EdgeEnd::Document, EdgeEnd::Element);
        let any_end = |(at, name): (u32, Option<String>)| match name {
            Some(name) if !matches!(name.as_str(), "" | "NONE" | "NOASSERTION") => EdgeEnd::External(name),
            _ => end(at),
        };
        document.roots = roots.into_iter().filter_map(place).collect();
        document.leaves = leaves.into_iter().filter_map(place).collect();
        for (from, to, kind, scope, comment) in seeds {
            document.edges.push(Edge { from: any_end(from), kind, to: any_end(to), scope, comment });
        }
        for (at, text, review) in texts {
            let (kind, annotator) = (if review { "REVIEW" } else { "OTHER" }, "Person: Jane".to_owned());
            let date = "2020-01-01T00:00:00Z".to_owned();
            document.annotations.push(Annotation { subject: end(at), kind: kind.to_owned(), annotator, date, text });
        }
        for (at, aggregate) in complete {
            let held = Completeness {
                aggregate: aggregate.to_owned(),
                assemblies: vec![end(at)],
                dependencies: vec![EdgeEnd::Document],
            };
            document.completeness.push(held);
        }
        document.custom_licenses = vec![CustomLicense { id: "LicenseRef-x".into(), text: "X".into(), ..CustomLicense::default() }];
        let hash = Hash { algorithm: "SHA-1".into(), value: "a".repeat(40) };
        document.external_documents = vec![
            ExternalDocument { id: "DocumentRef-d".into(), uri: "https://a/d".into(), hash: Some(hash) },
            ExternalDocument { id: "DocumentRef-e".into(), uri: "https://a/e".into(), hash: None },
        ];
        document
    }
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// What comes back of a document: all of it but for what is changed here.
fn restored(mut held: Document, written: &Document) -> Document {
    // A document must have a name, a licence that allows all, and an identity.
    let root = held.roots.first().and_then(|root| held.element(*root)).map(|root| root.name.clone());
    held.name = Some(one_line(&held.name.or(root).unwrap_or_else(|| "NOASSERTION".to_owned())));
    held.data_license.get_or_insert_with(|| "CC0-1.0".to_owned());
    held.uri = held.uri.or_else(|| written.uri.clone());
    // Who made the document is one of its authors; who supplies what it is about supplies its root.
    if let Some(manufacturer) = held.manufacturer.take()
        && !held.authors.contains(&manufacturer)
    {
        held.authors.push(manufacturer);
    }
    let supplier = held.supplier.take();
    if let ([root], Some(supplier)) = (held.roots.clone().as_slice(), supplier)
        && let Some(root) = held.elements.get_mut(root.get()).filter(|root| root.kind != ElementKind::File)
    {
        root.supplier.get_or_insert(supplier);
    }
    // What is said twice is said once.
    (held.roots, held.leaves, held.edges) = (once(&held.roots), once(&held.leaves), once(&held.edges));
    held.elements.iter_mut().for_each(restore);
    held
}

fn once<T: Clone + PartialEq>(items: &[T]) -> Vec<T> {
    let mut out: Vec<T> = Vec::new();
    for item in items {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}

fn restore(held: &mut Element) {
    held.unnamed |= held.id.is_empty();
    held.group = held.group.take().filter(|group| !group.is_empty());
    // It is assumed when nothing is said.
    held.scope = held.scope.take().filter(|scope| scope != "required");
    held.copyright = held.copyright.take().filter(|text| text != "NONE" && text != "NOASSERTION");
    // What is known is not unknown, and the first to say so counts.
    let mut slots = Vec::new();
    let stated = |slot: Slot| match slot {
        Slot::Supplier => held.supplier.is_some(),
        Slot::Originator => {
            held.manufacturer.is_some() || held.authors.first().is_some_and(|first| first.kind == AgentKind::Person)
        }
        Slot::Version => held.version.is_some(),
        _ => false,
    };
    for (slot, what) in &held.unknown {
        if !stated(*slot) && !slots.iter().any(|(had, _)| had == slot) {
            slots.push((*slot, *what));
        }
    }
    held.unknown = slots;
    // Several expressions of one claim are one, unless one of them is a single licence.
    for claim in [LicenseClaim::Declared, LicenseClaim::Concluded] {
        let (mut of_claim, rest): (Vec<_>, Vec<_>) = held.licenses.drain(..).partition(|held| held.claim == claim);
        let compound = |held: &LicenseStatement| held.form == LicenseForm::Expression && held.text.contains(' ');
        if of_claim.len() > 1 && of_claim.iter().all(compound) {
            let parts: Vec<String> = of_claim.iter().map(|held| format!("({})", held.text)).collect();
            of_claim.truncate(1);
            of_claim.iter_mut().for_each(|held| held.text = parts.join(" AND "));
        }
        held.licenses = of_claim.into_iter().chain(rest).collect();
    }
}

/// Without what has no order.
fn sorted(mut held: Document) -> Document {
    for element in &mut held.elements {
        if element.unnamed {
            element.id.clear();
        }
        element.purls.sort();
        element.cpes.sort();
        element.identifiers.sort();
        element.licenses.sort();
        // The first author may stand for the originator.
        element.authors.sort();
    }
    held.external_documents.sort();
    let ends = |held: Completeness| {
        let Completeness { aggregate, assemblies, dependencies } = held;
        let of = |end: EdgeEnd, whole: bool| Completeness {
            aggregate: aggregate.clone(),
            assemblies: if whole { vec![end.clone()] } else { Vec::new() },
            dependencies: if whole { Vec::new() } else { vec![end] },
        };
        let whole: Vec<_> = assemblies.into_iter().map(|end| of(end, true)).collect();
        whole.into_iter().chain(dependencies.into_iter().map(|end| of(end, false))).collect::<Vec<_>>()
    };
    held.completeness = held.completeness.into_iter().flat_map(ends).collect();
    held.completeness.sort();
    held
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_comes_back(document in document()) {
        for version in ["2.2", "2.3"] {
            let json = write(&document, version);
            let faults = faults(&json, version);
            prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
            let back = map::document(&parse(&json));
            let differences = differences(&sorted(restored(document.clone(), &back)), &sorted(back.clone()));
            prop_assert!(differences.is_empty(), "{version}\n{}\n{}", differences.join("\n"), String::from_utf8_lossy(&json));
            let again = map::document(&parse(&write(&back, version)));
            prop_assert_eq!(super::differences(&sorted(back), &sorted(again)), Vec::<String>::new());
        }
    }
}
