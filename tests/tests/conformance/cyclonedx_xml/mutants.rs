//! Seeded changes to official documents: our verdict on each must be that of `xmllint`.

use std::collections::BTreeMap;
use std::fs;

use plimsoll_tests::note;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::xmllint::Xmllint;
use super::{documents, verdict};

/// Changes to each document, tried in turn.
const OF_EACH: usize = 8;

/// Documents above this size take `xmllint` too long for what they add.
const MOST_BYTES: usize = 40_000;

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    Text(String),
}

#[derive(Clone, Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

/// Texts that some types take and others do not.
const VALUES: &[&str] = &[
    "",
    " ",
    " x ",
    "x",
    "a&#10;b",
    "1",
    " 5 ",
    "+5",
    "-1",
    "007",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "true",
    " false ",
    "TRUE",
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00",
    "2020-01-01",
    " 2020-01-01T00:00:00+01:00 ",
    "2020-01-01T24:00:00Z",
    "2020-13-01T00:00:00Z",
    "http://example.com/a b",
    "http://example.com/%zz",
    "::",
    "required ",
    "library",
    "MIT",
    "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "pkg:npm/a@1",
    "a@b.c",
    "text/plain",
];

/// A generator of numbers that is the same everywhere (Knuth's MMIX constants).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn of<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }
}

fn parse(text: &str) -> Element {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element { name: String::new(), attributes: Vec::new(), children: Vec::new() }];
    loop {
        match reader.read_event().unwrap() {
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let (Event::Start(tag) | Event::Empty(tag)) = &event else { unreachable!() };
                let attributes = tag.attributes().map(Result::unwrap);
                let attributes = attributes.map(|held| (held.key.0.to_owned(), held.value.into_owned())).collect();
                let element = Element { name: tag.name().0.to_owned(), attributes, children: Vec::new() };
                if matches!(event, Event::Empty(_)) {
                    open.last_mut().unwrap().children.push(Node::Element(element));
                } else {
                    open.push(element);
                }
            }
            Event::End(_) => {
                let element = open.pop().unwrap();
                open.last_mut().unwrap().children.push(Node::Element(element));
            }
            Event::Text(text) => open.last_mut().unwrap().children.push(Node::Text(text.to_string())),
            Event::CData(text) => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                open.last_mut().unwrap().children.push(Node::Text(text));
            }
            Event::GeneralRef(name) => open.last_mut().unwrap().children.push(Node::Text(format!("&{};", &*name))),
            Event::Eof => break,
            _ => {}
        }
    }
    let Some(Node::Element(root)) = open.remove(0).children.into_iter().find(|node| matches!(node, Node::Element(_)))
    else {
        panic!("no root")
    };
    root
}

fn write(element: &Element, out: &mut String) {
    out.push_str(&format!("<{}", element.name));
    for (name, value) in &element.attributes {
        out.push_str(&format!(" {name}=\"{}\"", value.replace('"', "&quot;")));
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Element(child) => write(child, out),
            Node::Text(text) => out.push_str(text),
        }
    }
    out.push_str(&format!("</{}>", element.name));
}

/// Every element, by the places that lead to it.
fn paths(element: &Element, at: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    found.push(at.clone());
    for (number, child) in element.children.iter().enumerate() {
        if let Node::Element(child) = child {
            at.push(number);
            paths(child, at, found);
            at.pop();
        }
    }
}

fn at<'t>(root: &'t mut Element, path: &[usize]) -> &'t mut Element {
    path.iter().fold(root, |element, number| match &mut element.children[*number] {
        Node::Element(child) => child,
        Node::Text(_) => unreachable!(),
    })
}

fn named(name: &str, text: &str) -> Node {
    let children = if text.is_empty() { Vec::new() } else { vec![Node::Text(text.to_owned())] };
    Node::Element(Element { name: name.to_owned(), attributes: Vec::new(), children })
}

/// Changes a document in one place; says how, or `None` when that change does not apply there.
fn change(root: &mut Element, random: &mut Random) -> Option<String> {
    let mut all = Vec::new();
    paths(root, &mut Vec::new(), &mut all);
    let path = random.of(&all)?.clone();
    let other = at(root, random.of(&all)?).clone();
    let (last, above) = path.split_last()?;
    let kind = random.below(17);
    let parent = at(root, above);
    let of = format!(
        "{}/{}",
        parent.name,
        if let Node::Element(child) = &parent.children[*last] { &child.name } else { "" }
    );
    let says = match kind {
        0 => {
            parent.children.remove(*last);
            "removed"
        }
        1 => {
            let copy = parent.children[*last].clone();
            parent.children.insert(*last, copy);
            "doubled"
        }
        2 => {
            let next = (last + 1..parent.children.len()).find(|at| matches!(parent.children[*at], Node::Element(_)))?;
            parent.children.swap(*last, next);
            "swapped with the next"
        }
        3 => {
            parent.children.insert(*last, Node::Element(other.clone()));
            return Some(format!("{} put before {of}", other.name));
        }
        4 => {
            parent.children.insert(*last, named("stranger", "text"));
            "stranger before"
        }
        5 => {
            let Node::Element(mut foreign) = named("stranger", "text") else { return None };
            foreign.attributes.push(("xmlns".to_owned(), "urn:example".to_owned()));
            parent.children.insert(*last + random.below(2), Node::Element(foreign));
            "element of another namespace beside"
        }
        6 => {
            parent.children.insert(*last, Node::Text("text".to_owned()));
            "text before"
        }
        _ => {
            let Node::Element(element) = &mut parent.children[*last] else { return None };
            match kind {
                7 => {
                    let number = random.below(element.attributes.len());
                    if element.attributes.is_empty() {
                        return None;
                    }
                    let (name, _) = element.attributes.remove(number);
                    return Some(format!("{of} without {name}"));
                }
                8 => {
                    element.attributes.push(("stranger".to_owned(), "x".to_owned()));
                    "with an unknown attribute"
                }
                9 => {
                    element.attributes.push(("xmlns:x".to_owned(), "urn:example".to_owned()));
                    element.attributes.push(("x:stranger".to_owned(), "x".to_owned()));
                    "with an attribute of another namespace"
                }
                10 => {
                    element.children.clear();
                    "emptied"
                }
                11 => {
                    element.name = other.name.clone();
                    return Some(format!("{of} renamed to {}", other.name));
                }
                12 => {
                    element.attributes.push(("xmlns".to_owned(), "urn:example".to_owned()));
                    "moved to another namespace"
                }
                13 | 14 => {
                    let value = *random.of(VALUES)?;
                    let text = element.children.iter().position(|child| matches!(child, Node::Text(_)))?;
                    if element.children.len() > 1 {
                        return None;
                    }
                    element.children[text] = Node::Text(value.to_owned());
                    return Some(format!("{of} is {value:?}"));
                }
                15 => {
                    let value = *random.of(VALUES)?;
                    let number = random.below(element.attributes.len());
                    let (name, held) = element.attributes.get_mut(number)?;
                    if name.starts_with("xmlns") {
                        return None;
                    }
                    value.clone_into(held);
                    return Some(format!("{of} {name} is {value:?}"));
                }
                _ => {
                    let content = element.children.clone();
                    element.children = vec![named("inner", "text")];
                    element.children.extend(content);
                    "with an element in it"
                }
            }
        }
    };
    Some(format!("{of} {says}"))
}

/// Why verdicts differ: what our faults and those of `xmllint` say, and the reason.
const REASONS: &[(&str, &str, &str)] = &[
    ("is not an IRI reference", "", "xs:anyURI takes nearly any text; we hold to RFC 3987, as the JSON schema does"),
    ("", "xs:anyURI", "the purl is an xs:anyURI, of which libxml2 refuses some texts; JSON takes any"),
    ("is there twice", "", "the XML schema allows several where there is one in JSON, and so in a tree"),
    ("is no attribute here", "", "the schema lets others add attributes to a reference, which is a text in a tree"),
    ("contact comes too late", "", "libxml2 allows elements of other namespaces between those of the sequence"),
    ("phone comes too late", "", "libxml2, the same"),
    ("an item after an element of another namespace", "", "libxml2, the same"),
    ("where only text may be", "", "sensitiveData has no type in the XML schema, so it may be anything"),
    ("it must be told which", "", "an empty organization has no members that tell it from a contact"),
    ("", "lastRenewal", "libxml2 does not collapse white space around this date"),
];

/// The reason for a difference, when it is a known one.
fn reason(ours: &[String], theirs: &Result<(), String>) -> Option<&'static str> {
    let known = |(mine, other, _): &&(&str, &str, &str)| match theirs {
        Ok(()) => !mine.is_empty() && ours.iter().all(|fault| fault.contains(mine)),
        Err(said) => !other.is_empty() && ours.is_empty() && said.contains(other),
    };
    REASONS.iter().find(known).map(|(.., reason)| *reason)
}

#[test]
fn mutants_have_the_verdict_of_xmllint() {
    let (Some(xmllint), Some(documents)) = (Xmllint::find(), documents()) else { return };
    let mut random = Random(20_261_122);
    let mut mutants: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    let mut changes: BTreeMap<(String, String), String> = BTreeMap::new();
    for (version, name, path) in documents.iter().filter(|(_, name, _)| name.starts_with("valid-")) {
        let text = fs::read_to_string(path).unwrap();
        if text.len() > MOST_BYTES {
            continue;
        }
        let original = parse(&text);
        for number in 0..OF_EACH {
            let mut root = original.clone();
            let Some(says) = (0..20).find_map(|_| change(&mut root, &mut random)) else { continue };
            let mut out = String::new();
            write(&root, &mut out);
            let mutant = format!("{name}-{number}.xml");
            changes.insert(((*version).to_owned(), mutant.clone()), says);
            mutants.entry(version).or_default().insert(mutant, out.into_bytes());
        }
    }
    let (mut count, mut explained, mut different) = (0, BTreeMap::<&str, usize>::new(), BTreeMap::new());
    for (version, documents) in &mutants {
        for (name, theirs) in xmllint.verdicts(version, documents) {
            count += 1;
            let ours = verdict(&documents[&name]);
            if ours.is_empty() == theirs.is_ok() {
                continue;
            }
            if let Some(reason) = reason(&ours, &theirs) {
                *explained.entry(reason).or_default() += 1;
            } else {
                let says = &changes[&((*version).to_owned(), name.clone())];
                let key = format!("{version} {says}");
                different.insert(key, format!("[{name}] ours {ours:?}, xmllint {theirs:?}"));
            }
        }
    }
    let same = count - explained.values().sum::<usize>() - different.len();
    note(&format!("CycloneDX XML: {same} of {count} mutants have the verdict of xmllint; the others: {explained:#?}"));
    assert!(different.is_empty(), "{different:#?}");
}
