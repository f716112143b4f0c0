//! Seeded changes of a document, each of one place: what a careless or hostile author would write.

use plimsoll_tests::{Random, places};
use serde_json::{Value, json};

/// Changes for each file.
const PER_FILE: usize = 12;

/// Changed documents and what was changed. The path is the seed; only its end counts, so that it is the same anywhere.
pub(super) fn changes(document: &Value, path: &str) -> Vec<(String, Value)> {
    let tail: Vec<&str> = path.rsplit('/').take(2).collect();
    let mut random = Random::of_text(&tail.join("/"));
    let places = places(document, usize::MAX);
    let mut changed = Vec::new();
    for _ in 0..PER_FILE {
        let place = &places[random.below(places.len())];
        let mut document = document.clone();
        let target = document.pointer_mut(place).unwrap();
        // Changing the version would ask another schema.
        if place.ends_with("/specVersion") || place.ends_with("/$schema") {
            continue;
        }
        if let Some(what) = change(target, &mut random) {
            changed.push((format!("{place}: {what}"), document));
        }
    }
    changed
}

fn change(value: &mut Value, random: &mut Random) -> Option<String> {
    // Any value may become one of another kind.
    if random.below(5) == 0 {
        let other = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(2.0),
            json!("x"),
            json!(""),
            json!([]),
            json!({}),
            json!(["x"]),
            json!([{}]),
            json!({"name": "x"}),
            json!({"ref": "x"}),
        ];
        *value = other[random.below(other.len())].clone();
        return Some(format!("becomes {value}"));
    }
    match value {
        Value::Object(members) => change_object(members, random),
        Value::Array(items) => change_array(items, random),
        Value::String(text) => {
            let other = [
                "",
                "x",
                "line\nbreak",
                "2024-02-30T00:00:00Z",
                "2024-02-29T12:00:00+01:00",
                "not an iri <>",
                "https://example.org/a",
                "jane@example.org",
                "jane@",
                "MIT",
                "Apache-2",
                "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#x",
                "SHA-256",
                "other",
                "unknown",
                "é",
                "1.0",
                "data",
                "critical",
                "required",
                "application",
                "vcs",
            ];
            *text = match random.below(6) {
                0 => text.to_uppercase(),
                1 => format!("{text} "),
                2 => "x".repeat(1100),
                _ => other[random.below(other.len())].to_owned(),
            };
            Some(format!("becomes {:.60}", text))
        }
        Value::Number(_) => {
            let other = [json!(-1), json!(0), json!(1), json!(7), json!(0.5), json!(1.0), json!(100_000_000_000_u64)];
            *value = other[random.below(other.len())].clone();
            Some(format!("becomes {value}"))
        }
        Value::Bool(held) => {
            *held = !*held;
            Some("turns round".to_owned())
        }
        Value::Null => None,
    }
}

fn change_object(members: &mut serde_json::Map<String, Value>, random: &mut Random) -> Option<String> {
    /// Members that some object has, and values that may fit.
    const SOME: &[(&str, &str)] = &[
        ("name", "\"x\""),
        ("version", "\"1\""),
        ("bom-ref", "\"some-ref\""),
        ("description", "\"x\""),
        ("type", "\"library\""),
        ("licenses", "[{\"expression\":\"MIT\"},{\"license\":{\"id\":\"MIT\"}}]"),
        ("licenses", "[{\"expression\":\"MIT\"},{\"expression\":\"MIT\"}]"),
        ("properties", "[{\"name\":\"a\",\"value\":\"b\"}]"),
        ("properties", "[{\"value\":\"b\"}]"),
        ("properties", "[{\"x\":1}]"),
        ("externalReferences", "[{\"type\":\"vcs\",\"url\":\"https://example.org\"}]"),
        ("versionRange", "\"vers:npm/1\""),
        ("isExternal", "true"),
        ("signature", "{\"algorithm\":\"ES256\",\"value\":\"x\"}"),
        ("signature", "{}"),
        ("signature", "{\"signers\":[]}"),
        (
            "signature",
            "{\"algorithm\":\"ES256\",\"value\":\"x\",\"publicKey\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"x\",\"y\":\"y\"}}",
        ),
        (
            "signature",
            "{\"algorithm\":\"ES256\",\"value\":\"x\",\"publicKey\":{\"kty\":\"RSA\",\"n\":\"x\",\"y\":\"y\"}}",
        ),
        ("organization", "{\"name\":\"x\"}"),
        ("individual", "{\"name\":\"x\"}"),
        ("ref", "\"x\""),
        ("url", "\"https://example.org\""),
        ("id", "\"MIT\""),
        ("license", "{\"id\":\"MIT\"}"),
        ("expression", "\"MIT\""),
        ("text", "{\"content\":\"x\"}"),
        ("text", "\"x\""),
        ("tools", "[{\"name\":\"x\"}]"),
        ("tools", "{\"components\":[]}"),
        ("components", "[]"),
        ("tags", "[\"x\"]"),
        ("phase", "\"build\""),
        ("author", "\"x\""),
        ("authors", "[{\"name\":\"x\"}]"),
        ("supplier", "{\"name\":\"x\",\"url\":[\"https://example.org\"]}"),
        ("asserter", "{\"name\":\"x\"}"),
        ("asserter", "\"x\""),
        ("identity", "[{\"field\":\"purl\"}]"),
        ("identity", "{\"field\":\"purl\"}"),
        ("timestamp", "\"2024-01-01T00:00:00Z\""),
        ("x-unknown", "1"),
        ("acknowledgement", "\"declared\""),
        ("confidence", "1.5"),
        ("hashes", "[{\"alg\":\"SHA-256\",\"content\":\"00\"}]"),
        ("hashes", "[{\"alg\":\"MD5\",\"content\":\"d41d8cd98f00b204e9800998ecf8427e\"}]"),
        ("dependsOn", "[\"a\",\"a\"]"),
        ("dependsOn", "[\"a\",\"\"]"),
        ("citations", "[{\"timestamp\":\"2024-01-01T00:00:00Z\"}]"),
        ("declarations", "{}"),
        ("definitions", "{\"standards\":[]}"),
        ("definitions", "{\"patents\":[{\"familyId\":\"x\"}]}"),
        ("data", "[{\"flow\":\"inbound\",\"classification\":\"x\"}]"),
        ("data", "[{\"type\":\"dataset\"}]"),
        ("source", "{\"name\":\"x\"}"),
        ("versions", "[{\"version\":\"1\"},{\"range\":\"x\"},{}]"),
        ("cwes", "[0]"),
        ("cwes", "[79]"),
    ];
    if members.is_empty() || random.below(2) == 0 {
        let (name, value) = SOME[random.below(SOME.len())];
        members.insert(name.to_owned(), serde_json::from_str(value).unwrap());
        return Some(format!("{name} is {value}"));
    }
    let name = members.keys().nth(random.below(members.len())).unwrap().clone();
    if matches!(name.as_str(), "specVersion" | "$schema") {
        return None;
    }
    let value = members.remove(&name).unwrap();
    if random.below(4) == 0 {
        members.insert(format!("{name}s"), value);
        return Some(format!("{name} is called {name}s"));
    }
    Some(format!("loses {name}"))
}

fn change_array(items: &mut Vec<Value>, random: &mut Random) -> Option<String> {
    if items.is_empty() || random.below(4) == 0 {
        let other = [
            json!("x"),
            json!(""),
            json!({}),
            json!(1),
            json!(null),
            json!({"name": "x"}),
            json!("https://example.org"),
        ];
        items.push(other[random.below(other.len())].clone());
        return Some(format!("gets {}", items.last().unwrap()));
    }
    let at = random.below(items.len());
    match random.below(3) {
        0 => items.clear(),
        1 => drop(items.remove(at)),
        _ => items.push(items[at].clone()),
    }
    Some(format!("has {} items, around {at}", items.len()))
}
