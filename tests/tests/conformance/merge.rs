//! The laws of merging, over the official documents and generated ones: equal documents merge to themselves, the order of
//! inputs and how they are grouped do not matter, nothing of the first order is lost, and the result is valid.

mod generated;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::{Limits, Purl};
use plimsoll_sbom::document::{EdgeEnd, EdgeKind, Element, LicenseStatement};
use plimsoll_sbom::encoding::Parsed;
use plimsoll_sbom::merge::{Input, Merged, Options, merge};
use plimsoll_sbom::{Document, map, open, validate_tree};
use plimsoll_tests::{note, shared};

/// An official document, if it can be read and is valid by our own verdict.
fn input(path: &Path) -> Option<Input> {
    let bytes = fs::read(path).unwrap();
    let parsed = open(&bytes, &Limits::DEFAULT).ok()?;
    let label = path.file_name().unwrap().to_string_lossy().into_owned();
    validate_tree(&parsed).is_valid().then_some(Input { parsed, label, sha256: None })
}

pub(crate) fn options(input: &Input) -> Options {
    Options::new(input.parsed.encoding, input.parsed.version)
}

/// The merged document, as if it were read.
pub(crate) fn parsed(merged: &Merged, options: &Options) -> Parsed {
    let mut parsed = open(b"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"}", &Limits::DEFAULT).unwrap();
    (parsed.encoding, parsed.version, parsed.tree) = (options.encoding, options.version, merged.tree.clone());
    parsed.faults.clear();
    parsed
}

fn canonical(purl: &str) -> String {
    Purl::parse(purl).map_or_else(|_| purl.to_owned(), |purl| purl.to_string())
}

fn words(license: &LicenseStatement) -> Vec<String> {
    let words = license.text.split([' ', '(', ')']).filter(|word| !matches!(*word, "" | "OR" | "AND" | "WITH"));
    words.map(str::to_owned).collect()
}

/// What is stated of each element: by its id, kind of fact, fact.
pub(crate) type Facts = BTreeSet<(String, &'static str, String)>;

/// Facts of the first order; `rename` gives an id of the input its name in the result.
fn facts(parsed: &Parsed, by_id: bool, rename: &dyn Fn(&str) -> String) -> Facts {
    let mut out = Facts::new();
    let document: Document = map::document(parsed);
    let known_as = |element: &Element| match by_id {
        true if element.unnamed => None,
        true => Some(rename(&element.id)),
        false => Some(format!("{}@{}", element.full_name(), element.version.as_deref().unwrap_or_default())),
    };
    for element in &document.elements {
        let id = known_as(element).unwrap_or_default();
        let mut add = |kind, text: String| {
            out.insert((id.clone(), kind, text.clone()));
            out.insert((String::new(), kind, text));
        };
        add("name", element.name.clone());
        element.version.iter().for_each(|version| add("version", version.clone()));
        element.hashes.iter().for_each(|hash| add("hash", hash.to_string().to_lowercase()));
        let urls = element.references.iter().flat_map(|reference| &reference.hashes);
        urls.for_each(|hash| add("hash", hash.to_string().to_lowercase()));
        element.purls.iter().for_each(|purl| add("purl", canonical(purl)));
        element.licenses.iter().flat_map(words).for_each(|word| add("license", word));
        for property in &element.properties {
            if let Some(field) = property.name.strip_prefix("plimsoll:merge:other:") {
                let kind = match field {
                    "name" => "name",
                    "version" | "versionInfo" | "software_packageVersion" => "version",
                    field if field.to_lowercase().contains("licen") => "license",
                    "purl" | "software_packageUrl" => "purl",
                    _ => continue,
                };
                for word in property.value.split([' ', '(', ')', '"', ':', '{', '}', ',', '[', ']']) {
                    add(kind, word.to_owned());
                }
                add(kind, property.value.clone());
            }
        }
    }
    let end = |end: &EdgeEnd| match end {
        EdgeEnd::Element(at) => document.element(*at).and_then(known_as),
        EdgeEnd::External(id) if by_id => Some(rename(id)),
        _ => None,
    };
    for edge in &document.edges {
        if let (Some(from), Some(to)) = (end(&edge.from), end(&edge.to))
            && from != to
        {
            // Within or beside: an image contains what it depends on.
            let kind = match edge.kind {
                EdgeKind::Contains | EdgeKind::DependsOn => "has".to_owned(),
                ref other => format!("{other:?}"),
            };
            out.insert((from, "edge", format!("{kind} {to}")));
        }
    }
    out
}

/// What a result states, of things by what they are called.
pub(crate) fn statements(merged: &Merged, options: &Options) -> Facts {
    facts(&parsed(merged, options), false, &str::to_owned)
}

/// The facts of the inputs that the result does not state.
pub(crate) fn missing(inputs: &[Input], merged: &Merged, options: &Options) -> Facts {
    // Names of SPDX elements are made anew by the readers of other documents, so what they are called stands for them.
    let by_id = options.encoding.standard_kind() == map::StandardKind::CycloneDx;
    let result = facts(&parsed(merged, options), by_id, &str::to_owned);
    let mut out = Facts::new();
    for (at, input) in inputs.iter().enumerate() {
        let names: HashMap<&str, &str> = merged
            .renamed
            .iter()
            .filter(|(of, ..)| *of == merged.same_as[at])
            .map(|(_, then, now)| (then.as_str(), now.as_str()))
            .collect();
        let rename = |id: &str| names.get(id).copied().unwrap_or(id).to_owned();
        out.extend(facts(&input.parsed, by_id, &rename).difference(&result).cloned());
    }
    out
}

pub(crate) fn faults(merged: &Merged, options: &Options) -> Vec<String> {
    let verdict = validate_tree(&parsed(merged, options));
    verdict.faults.iter().filter(|fault| !fault.advice).map(ToString::to_string).collect()
}

/// What a document says, without the order of lists and members.
pub(crate) fn unordered(tree: &plimsoll_sbom::tree::Value) -> String {
    use plimsoll_sbom::tree::Value;
    match tree {
        Value::Object(members) => {
            let mut all: Vec<String> =
                members.iter().map(|(name, held)| format!("{name}={}", unordered(held))).collect();
            all.sort();
            format!("{{{}}}", all.join(","))
        }
        Value::Array(items) => {
            let mut all: Vec<String> = items.iter().map(unordered).collect();
            all.sort();
            format!("[{}]", all.join(","))
        }
        Value::String(text) => format!("{text:?}"),
        Value::Number(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

/// The items of lists that only one of two documents has.
pub(crate) fn difference(one: &plimsoll_sbom::tree::Value, other: &plimsoll_sbom::tree::Value) -> String {
    let parts = |tree: &plimsoll_sbom::tree::Value| -> BTreeSet<String> {
        let members = tree.as_object().unwrap().iter();
        members
            .flat_map(|(name, held)| match held.as_array() {
                Some(items) => items.iter().map(|item| format!("{name}: {}", unordered(item))).collect(),
                None => vec![format!("{name}: {}", unordered(held))],
            })
            .collect()
    };
    let (one, other) = (parts(one), parts(other));
    let short = |text: &String| text.chars().take(900).collect::<String>();
    let mine = one.difference(&other).take(3).map(|text| format!("\n   - {}", short(text)));
    let theirs = other.difference(&one).take(3).map(|text| format!("\n   + {}", short(text)));
    mine.chain(theirs).collect()
}

fn check(inputs: &[Input], wrong: &mut Vec<String>) {
    let labels: Vec<&str> = inputs.iter().map(|input| input.label.as_str()).collect();
    let options = options(&inputs[0]);
    let merged = merge(inputs, &options).unwrap();
    let mut tell = |what: String| wrong.push(format!("{labels:?}: {what}"));
    let faults = faults(&merged, &options);
    if !faults.is_empty() {
        tell(format!("not valid: {}", faults.join("; ")));
    }
    let missing = missing(inputs, &merged, &options);
    if !missing.is_empty() {
        tell(format!("lost: {missing:?}"));
    }
    let reversed: Vec<Input> = inputs.iter().rev().cloned().collect();
    let other = merge(&reversed, &options).unwrap();
    let (one, other) = (unordered(&merged.tree), unordered(&other.tree));
    if one != other {
        tell(format!("not commutative:{}", difference(&merged.tree, &merge(&reversed, &options).unwrap().tree)));
    }
    for input in inputs {
        let again = merge(&[input.clone(), input.clone()], &options).unwrap();
        if again.tree != input.parsed.tree {
            tell(format!("{} with itself is not itself", input.label));
        }
    }
}

fn documents(paths: Vec<PathBuf>) -> Vec<Input> {
    paths.iter().filter_map(|path| input(path)).collect()
}

/// Each with its neighbours, and all of them together.
fn check_all(what: &str, inputs: &[Input]) {
    let mut wrong = Vec::new();
    for pair in inputs.windows(2) {
        check(pair, &mut wrong);
    }
    check(inputs, &mut wrong);
    note(&format!("{what}: {} documents merged", inputs.len()));
    assert!(
        wrong.is_empty(),
        "{what}: {}\n{}",
        wrong.len(),
        wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn cyclonedx() {
    let Some(root) = shared("conformance/cyclonedx") else { return };
    for version in ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"] {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(root.join(version)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("valid-") && name.ends_with(".json")
        });
        paths.sort();
        check_all(version, &documents(paths));
    }
}

fn spdx(kind: &str, version: &str) -> Vec<Input> {
    let Some(root) = shared("conformance/spdx") else { return Vec::new() };
    let cases = fs::read_to_string(root.join("cases.tsv")).unwrap();
    let rows = cases.lines().filter_map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [path, of, held, "valid"] if of == kind && held.starts_with(version) => Some(root.join(path)),
        _ => None,
    });
    documents(rows.collect())
}

#[test]
fn spdx2() {
    let inputs = spdx("spdx-json", "2.3");
    if !inputs.is_empty() {
        check_all("SPDX 2.3", &inputs);
    }
}

#[test]
fn spdx3() {
    let inputs = spdx("spdx3-jsonld", "3.0.1");
    if !inputs.is_empty() {
        check_all("SPDX 3.0.1", &inputs);
    }
}
