//! Verdicts on official documents that were changed at random, held against the official schema.

use plimsoll_model::Limits;
use plimsoll_sbom::encoding::{Encoding, read};
use plimsoll_sbom::map::document;
use plimsoll_sbom::validate::{validate, validate_tree};
use plimsoll_sbom::{Fault, FaultKind};
use plimsoll_tests::note;
use serde_json::{Map, Value};

use super::documents::spdx3_of;
use super::same::{differences, sorted};
use super::{examples, faults};
use crate::schemas::{errors, spdx3};

/// Faults of what the schema says; the other rules are ours. Bytes and tree have one verdict.
fn schema_faults(document: &Value) -> Vec<String> {
    let bytes = serde_json::to_vec(document).unwrap();
    let verdict = match validate(&bytes, Encoding::Spdx3Json, &Limits::DEFAULT) {
        Ok(verdict) => verdict,
        Err(error) => return vec![error.to_string()],
    };
    let plain = |faults: &[Fault]| faults.iter().map(|fault| Fault { line: None, ..fault.clone() }).collect::<Vec<_>>();
    let of_tree = validate_tree(&read(&bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap());
    assert_eq!(plain(&verdict.faults), plain(&of_tree.faults));
    let ours = |fault: &Fault| matches!(fault.kind, FaultKind::Reference | FaultKind::Semantic);
    faults(&verdict.faults.into_iter().filter(|fault| !ours(fault)).collect::<Vec<_>>())
}

#[test]
fn verdicts_are_those_of_the_official_schema() {
    const MUTANTS: usize = 48;
    let Some(validator) = spdx3() else { return };
    let mut random = Random(0x5eed_0301);
    let (mut checked, mut rejected, mut different) = (0, 0, String::new());
    for (path, bytes) in examples() {
        let original: Value = serde_json::from_slice(&bytes).unwrap();
        for number in 0..=MUTANTS {
            let mut mutant = original.clone();
            let mut changes = Vec::new();
            for _ in 0..(if number == 0 { 0 } else { 1 + random.below(2) }) {
                changes.push(mutate(&mut mutant, &mut random));
            }
            let (theirs, ours) = (validator.is_valid(&mutant), schema_faults(&mutant));
            mapped(&mutant, &format!("{} {changes:?}", path.display()));
            checked += 1;
            rejected += usize::from(!theirs);
            // The one thing that we take and the schema does not.
            let old = mutant.get("@context").and_then(Value::as_str).is_some_and(|context| context.contains("/3.0.0/"));
            let explained = old && !theirs;
            if theirs != ours.is_empty() && !explained {
                let name = path.file_name().unwrap().display();
                let found = if theirs { ours } else { errors(validator, &mutant) };
                different += &format!("{name} {changes:?}: {found:?}\n");
            }
        }
    }
    note(&format!("SPDX 3.0.1: {checked} verdicts compared with the official schema, {rejected} of them rejections"));
    assert!(different.is_empty(), "{different}");
}

/// Whatever a tree says, the document that is read from it is written as a valid one, and comes back.
fn mapped(mutant: &Value, name: &str) {
    let Ok(parsed) = read(&serde_json::to_vec(mutant).unwrap(), Encoding::Spdx3Json, &Limits::DEFAULT) else { return };
    let was = document(&parsed);
    let (parsed, bytes) = spdx3_of(&was);
    let faults = faults(&validate(&bytes, Encoding::Spdx3Json, &Limits::DEFAULT).unwrap().faults);
    assert!(faults.is_empty(), "{name}: {faults:?}");
    let (was, is) = (sorted(&was), sorted(&document(&parsed)));
    assert!(was == is, "{name}\n{}", differences(&was, &is));
}

/// Numbers that are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The pointers of all values.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| pointers(item, &format!("{at}/{number}"), out));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| pointers(member, &format!("{at}/{name}"), out))
        }
        _ => {}
    }
}

/// Texts that some pattern or list takes and another does not.
const TEXTS: &[&str] = &[
    "",
    "x",
    "_:x",
    "_:",
    "a:b",
    "_a:b",
    ":a",
    "a:",
    "\na:b",
    "a\n:b",
    "a:b\n",
    "NoAssertionElement",
    "NoneElement",
    "SpdxOrganization",
    "expandedlicensing_NoneLicense",
    "2024-02-30T24:61:61Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.5Z",
    "2024-01-01T00:00:00+01:00",
    "2024-01-01T00:00:00Z\n",
    "text/plain",
    "text/",
    "a/b/c",
    "text/plain\n",
    "3.0.1",
    "3.0",
    "3.00.1",
    "3.0.1-rc.1+b",
    "3.0.1\n",
    "1.5",
    "-1.",
    ".5",
    "1.5\n",
    "contains",
    "dependsOn",
    "sha256",
    "core",
    "application",
    "complete",
    "build",
    "Person",
    "Tool",
    "CreationInfo",
    "Hash",
    "Element",
    "Artifact",
    "software_Package",
    "software_File",
    "extension_Extension",
    "RelationshipType",
    "extension_CdxPropertiesExtension",
    "https://example.org/Own",
    "https://spdx.org/rdf/3.0.0/spdx-context.jsonld",
];

const NAMES: &[&str] = &[
    "type",
    "@id",
    "spdxId",
    "@type",
    "@graph",
    "@context",
    "name",
    "comment",
    "creationInfo",
    "extension",
    "to",
    "from",
    "suppliedBy",
    "originatedBy",
    "verifiedUsing",
    "software_packageVersion",
    "scope",
    "contentType",
    "dataLicense",
    "rootElement",
    "element",
    "externalIdentifier",
    "createdBy",
    "import",
    "software_primaryPurpose",
    "unknown_member",
];

fn any_value(random: &mut Random) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => serde_json::json!(*random.of(&[0.0, -1.0, 1.0, 1.5, 1e300])),
        3 => serde_json::json!(*random.of(&[0, -1, 1, 7])),
        4 => Value::Array(Vec::new()),
        5 => Value::Object(Map::new()),
        6 => inline(random),
        7 => serde_json::json!([inline(random), *random.of(TEXTS)]),
        8 => serde_json::json!([*random.of(TEXTS)]),
        _ => Value::from(*random.of(TEXTS)),
    }
}

/// A node, rarely of the class that belongs there.
fn inline(random: &mut Random) -> Value {
    let all = serde_json::json!([
        {"type": "Person", "spdxId": "a:b", "creationInfo": "_:c"},
        {"type": "Tool", "spdxId": "a:b", "creationInfo": "_:c", "name": "x"},
        {"type": "Agent", "spdxId": "_:b", "creationInfo": "_:c"},
        {"type": "Hash", "algorithm": "sha256", "hashValue": "00"},
        {"type": "Hash", "algorithm": "SHA256", "hashValue": "00"},
        {"type": "DictionaryEntry", "key": "k", "@id": "_:x"},
        {"type": "PositiveIntegerRange", "beginIntegerRange": 1, "endIntegerRange": 2.0},
        {"type": "PositiveIntegerRange", "beginIntegerRange": 0, "endIntegerRange": 2.5},
        {"type": "CreationInfo", "created": "2024-01-01T00:00:00Z", "createdBy": ["a:b"], "specVersion": "3.0.1"},
        {"type": "https://example.org/Own", "anything": [1, {}]},
        {"type": "extension_CdxPropertiesExtension", "extension_cdxProperty": []},
        {"type": "security_CvssV3VulnAssessmentRelationship", "spdxId": "a:b", "creationInfo": "_:c", "from": "a:v",
         "relationshipType": "hasAssessmentFor", "to": ["NoneElement"], "security_score": "7.5",
         "security_severity": "high", "security_vectorString": "x"},
        {"type": "dataset_DatasetPackage", "spdxId": "a:b", "creationInfo": "_:c", "dataset_datasetType": ["text"],
         "dataset_datasetSize": 0},
        {"type": "ai_EnergyConsumptionDescription", "ai_energyQuantity": 1.5, "ai_energyUnit": "megajoule"},
        {"type": "expandedlicensing_DisjunctiveLicenseSet", "spdxId": "a:b", "creationInfo": "_:c",
         "expandedlicensing_member": ["a:b", "expandedlicensing_NoneLicense"]},
        {"type": "RelationshipType"},
        {"@id": "_:x"},
    ]);
    random.of(all.as_array().unwrap()).clone()
}

/// Changes one thing; what, in words.
fn mutate(document: &mut Value, random: &mut Random) -> String {
    let mut all = Vec::new();
    pointers(document, "", &mut all);
    let pointer = random.of(&all).clone();
    // What another place of that name has is often right here too.
    let last = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
    let alike: Vec<String> = all.iter().filter(|other| last(other) == last(&pointer)).cloned().collect();
    let other = document.pointer(random.of::<String>(&alike)).unwrap().clone();
    let fresh = any_value(random);
    let value = document.pointer_mut(&pointer).unwrap();
    match (random.below(8), value) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(random.below(members.len())).unwrap().clone();
            members.remove(&name);
            format!("{pointer}: without {name}")
        }
        (1, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(random.below(members.len())).unwrap().clone();
            let value = members.remove(&name).unwrap();
            let new = *random.of(NAMES);
            members.insert(new.to_owned(), value);
            format!("{pointer}: {name} is {new}")
        }
        (0..=3, Value::Object(members)) => {
            let name = *random.of(NAMES);
            let said = format!("{pointer}: {name} = {fresh}");
            members.insert(name.to_owned(), fresh);
            said
        }
        (0..=1, Value::Array(items)) => {
            items.clear();
            format!("{pointer}: empty")
        }
        (2..=4, Value::Array(items)) => {
            let said = format!("{pointer}: and {fresh}");
            items.push(fresh);
            said
        }
        (5.., value) => {
            *value = other;
            format!("{pointer}: something else of the document")
        }
        (_, value) => {
            let said = format!("{pointer} = {fresh}");
            *value = fresh;
            said
        }
    }
}
