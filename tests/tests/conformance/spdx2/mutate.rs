//! Seeded changes of a document, each of one place.

use serde_json::{Value, json};

/// Changes for each file.
const PER_FILE: usize = 100;

/// A generator that is the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }
}

/// Changed documents and what was changed.
pub(super) fn mutants(document: &Value, seed: u64) -> Vec<(String, Value)> {
    let mut random = Random(seed);
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
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

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate().take(12) {
                collect(value, format!("{place}/{at}"), places);
            }
        }
        _ => {}
    }
    places.push(place);
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
