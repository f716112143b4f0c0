use serde_json::json;

use super::*;
use crate::{DigestSet, StatementBuilder};

fn statement(predicate_type: &str, predicate: Value) -> Statement {
    let digest = DigestSet::from([("sha256".to_owned(), "0".repeat(64))]);
    StatementBuilder::new(predicate_type, predicate).subject("a", digest).build().unwrap().0
}

#[test]
fn null_is_nothing_and_unknown_fields_are_ignored() {
    let predicate = json!({
        "buildDefinition": { "buildType": "https://x/t", "externalParameters": null, "resolvedDependencies": [
            { "uri": null, "digest": { "gitCommit": "0".repeat(40) }, "annotations": null, "later": 1 }
        ], "later": {} },
        "runDetails": { "builder": { "id": "https://x/b", "version": null }, "metadata": null },
        "later": true,
    });
    let Provenance::V1(read) = Provenance::of(&statement(PROVENANCE_V1, predicate)).unwrap() else { panic!() };
    assert!(read.build_definition.external_parameters.is_empty() && read.run_details.metadata.is_empty());
    assert!(read.build_definition.resolved_dependencies[0].says_something());
}

#[test]
fn both_spellings_of_the_invocation_are_read() {
    for spelling in ["buildInvocationId", "buildInvocationID"] {
        let predicate =
            json!({ "builder": { "id": "https://x/b" }, "buildType": "https://x/t", "metadata": { spelling: "7" } });
        let Provenance::V02(read) = Provenance::of(&statement(PROVENANCE_V0_2, predicate)).unwrap() else { panic!() };
        assert_eq!(read.metadata.build_invocation_id, "7");
    }
}

#[test]
fn what_names_no_builder_or_type_is_refused() {
    for (predicate_type, predicate) in [
        (PROVENANCE_V1, json!({ "buildDefinition": { "buildType": "https://x/t" } })),
        (PROVENANCE_V1, json!({ "runDetails": { "builder": { "id": "https://x/b" } } })),
        (PROVENANCE_V1, json!({ "buildDefinition": [], "runDetails": {} })),
        (PROVENANCE_V0_2, json!({ "builder": { "id": "https://x/b" } })),
        (PROVENANCE_V0_1, json!({ "builder": { "id": 1 }, "recipe": { "type": "https://x/t" } })),
        ("https://x/other", json!({})),
    ] {
        assert!(Provenance::of(&statement(predicate_type, predicate.clone())).is_err(), "{predicate}");
    }
}

#[test]
fn v1_is_written_as_it_is_read() {
    let mut provenance = ProvenanceV1::default();
    provenance.build_definition.build_type = "https://x/t".into();
    provenance.run_details.builder.id = "https://x/b".into();
    let written = serde_json::to_value(&provenance).unwrap();
    assert_eq!(
        written,
        json!({
            "buildDefinition": { "buildType": "https://x/t", "externalParameters": {} },
            "runDetails": { "builder": { "id": "https://x/b" } },
        })
    );
    assert_eq!(Provenance::of(&statement(PROVENANCE_V1, written)).unwrap(), Provenance::V1(Box::new(provenance)));
}
