//! What witness writes under `https://slsa.dev/provenance/v1.0`: the fields of v1 in the spelling of the protocol buffer
//! (`build_definition`), times as seconds and nanoseconds.
//! <https://github.com/in-toto/go-witness/blob/main/attestation/slsa/slsa.go>
//!
//! The type is in no specification, so that nothing is lost when both spellings are read under it. Where a document has both,
//! that of the specification counts.

use serde_json::{Map, Value};

/// Fields of an object: as they are spelled, and as they should be.
type Fields = &'static [(&'static str, &'static str)];

/// What is spelled otherwise: where it is (`*` for any item), and the fields there.
const SPELLED: &[(&[&str], Fields)] = &[
    (&[], &[("build_definition", "buildDefinition"), ("run_details", "runDetails")]),
    (
        &["buildDefinition"],
        &[
            ("build_type", "buildType"),
            ("external_parameters", "externalParameters"),
            ("internal_parameters", "internalParameters"),
            ("resolved_dependencies", "resolvedDependencies"),
        ],
    ),
    (
        &["buildDefinition", "resolvedDependencies", "*"],
        &[("download_location", "downloadLocation"), ("media_type", "mediaType")],
    ),
    (&["runDetails", "builder"], &[("builder_dependencies", "builderDependencies")]),
    (
        &["runDetails", "metadata"],
        &[("invocation_id", "invocationId"), ("started_on", "startedOn"), ("finished_on", "finishedOn")],
    ),
];

/// The predicate in the spelling of the specification.
pub(super) fn renamed(predicate: &Value) -> Value {
    let mut predicate = predicate.clone();
    for (path, fields) in SPELLED {
        at(&mut predicate, path, &mut |object| rename(object, fields));
    }
    at(&mut predicate, &["runDetails", "metadata"], &mut |metadata| {
        for field in ["startedOn", "finishedOn"] {
            if let Some(time) = metadata.get(field).and_then(time) {
                metadata.insert(field.to_owned(), time);
            }
        }
    });
    predicate
}

fn at(value: &mut Value, path: &[&str], change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match (path.split_first(), value) {
        (None, Value::Object(object)) => change(object),
        (Some((&"*", rest)), Value::Array(items)) => items.iter_mut().for_each(|item| at(item, rest, change)),
        (Some((key, rest)), Value::Object(object)) => {
            if let Some(value) = object.get_mut(*key) {
                at(value, rest, change);
            }
        }
        _ => {}
    }
}

fn rename(object: &mut Map<String, Value>, fields: Fields) {
    for (from, to) in fields {
        if let Some(value) = object.remove(*from).filter(|_| !object.contains_key(*to)) {
            object.insert((*to).to_owned(), value);
        }
    }
}

/// `{"seconds": 1711199861, "nanos": 5}` as RFC 3339.
fn time(value: &Value) -> Option<Value> {
    let time = jiff::Timestamp::from_second(value.get("seconds")?.as_i64()?).ok()?;
    Some(Value::String(time.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_become_texts() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_711_199_861, "2024-03-23T13:17:41Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(time(&json!({ "seconds": seconds, "nanos": 1 })), Some(json!(text)));
        }
        assert_eq!(time(&json!({ "seconds": i64::MAX })), None);
        assert_eq!(time(&json!("2024-03-23T13:17:41Z")), None);
    }

    #[test]
    fn the_spelling_of_the_specification_counts() {
        let both = json!({ "build_definition": 1, "buildDefinition": { "buildType": "b", "build_type": "c" } });
        assert_eq!(renamed(&both), json!({ "buildDefinition": { "buildType": "b" } }));
    }
}
