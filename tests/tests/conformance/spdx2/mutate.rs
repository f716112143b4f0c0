//! Seeded changes of a document, each of one place.

use plimsoll_tests::{Random, places};
use serde_json::{Value, json};

/// Changes for each file.
const PER_FILE: usize = 100;

/// Changed documents and what was changed.
pub(super) fn mutants(document: &Value, seed: u64) -> Vec<(String, Value)> {
    let mut random = Random::new(seed);
    let places = places(document, 12);
    let mut changed = Vec::new();
    while changed.len() < PER_FILE {
        let place = &places[random.below(places.len())];
        // Changing the version would ask another schema.
        if place.ends_with("/spdxVersion") {
            continue;
        }
        let mut document = document.clone();
        let what = change(document.pointer_mut(place).unwrap(), &mut random);
        if document.get("spdxVersion").is_some() {
            changed.push((format!("{place}: {what}"), document));
        }
    }
    changed
}

fn change(value: &mut Value, random: &mut Random) -> String {
    let other = [
        json!(null),
        json!(true),
        json!(0),
        json!(2.0),
        json!(1.5),
        json!("x"),
        json!(""),
        json!([]),
        json!({}),
        json!(["x"]),
        json!([{}]),
        json!({"name": "x"}),
    ];
    let words = [
        "SHA256",
        "SHA3-256",
        "BLAKE3",
        "sha1",
        "OTHER",
        "PACKAGE_MANAGER",
        "PACKAGE-MANAGER",
        "PERSISTENT-ID",
        "AMENDS",
        "SPECIFICATION_FOR",
        "DEPENDS_ON",
        "SOURCE",
        "INSTALL",
        "NOASSERTION",
        "REVIEW",
        "x y",
        "",
    ];
    match value {
        Value::Object(members) if random.below(3) > 0 && !members.is_empty() => {
            if random.below(2) == 0 {
                let name = members.keys().nth(random.below(members.len())).unwrap().clone();
                members.remove(&name);
                return format!("without {name}");
            }
            let names = [
                "comment",
                "name",
                "annotations",
                "$schema",
                "unknown",
                "hasFiles",
                "licenseConcluded",
                "checksums",
                "primaryPackagePurpose",
                "releaseDate",
                "creators",
                "offset",
                "artifactOfs",
                "SPDXID",
            ];
            let name = names[random.below(names.len())];
            let value = other[random.below(other.len())].clone();
            let what = format!("with {name} {value}");
            members.insert(name.to_owned(), value);
            what
        }
        Value::String(text) if random.below(4) > 0 => {
            words[random.below(words.len())].clone_into(text);
            format!("becomes {text:?}")
        }
        _ => {
            *value = other[random.below(other.len())].clone();
            format!("becomes {value}")
        }
    }
}
