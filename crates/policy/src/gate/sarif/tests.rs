use serde_json::json;

use super::*;

fn log(run: Value) -> Value {
    json!({ "version": "2.1.0", "runs": [run] })
}

fn one(run: Value) -> SarifRun {
    read(&log(run)).unwrap().runs.remove(0)
}

/// A run as CodeQL writes it: rules are those of an extension.
const CODEQL: &str = r#"{
    "tool": {
        "driver": { "name": "CodeQL", "semanticVersion": "2.20.0", "rules": [{ "id": "unrelated", "defaultConfiguration": { "level": "none" } }] },
        "extensions": [
            { "name": "codeql/empty" },
            { "name": "codeql/javascript-queries", "rules": [
                { "id": "js/xss", "defaultConfiguration": { "enabled": true, "level": "error" }, "properties": { "security-severity": "7.8" } },
                { "id": "js/unused", "defaultConfiguration": { "level": "note" } }
            ] }
        ]
    },
    "automationDetails": { "id": "/language:javascript/2026-11-20" },
    "invocations": [{ "executionSuccessful": true, "ruleConfigurationOverrides": [
        { "descriptor": { "id": "js/unused" }, "configuration": { "level": "warning" } }
    ] }],
    "results": [
        { "ruleId": "js/xss", "rule": { "id": "js/xss", "index": 0, "toolComponent": { "index": 1 } }, "message": { "text": "Cross-site scripting." },
          "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "src/a.js" }, "region": { "startLine": 12 } } }] },
        { "ruleId": "js/unused", "rule": { "id": "js/unused", "toolComponent": { "name": "codeql/javascript-queries" }, "index": 0 }, "message": { "text": "Unused." } },
        { "ruleId": "js/unused", "provenance": { "invocationIndex": 0 }, "message": { "text": "Unused." } },
        { "rule": { "index": 1, "toolComponent": { "index": 1 } }, "message": { "text": "Unused." }, "level": null }
    ]
}"#;

#[test]
fn rules_of_extensions_and_overrides_are_found() {
    let run = one(serde_json::from_str(CODEQL).unwrap());
    assert_eq!((run.tool.as_str(), run.category.as_str(), &run.broken), ("CodeQL", "/language:javascript", &None));
    let found: Vec<_> = run.results.iter().map(|one| (one.rule.as_str(), one.level.word(), one.severity)).collect();
    assert_eq!(
        found,
        [
            ("js/xss", "error", Some(7.8)),
            ("js/unused", "note", None),
            ("js/unused", "warning", None),
            ("js/unused", "note", None),
        ]
    );
    assert_eq!(
        (run.results[0].place.as_str(), run.results[0].message.as_str()),
        ("src/a.js:12", "Cross-site scripting.")
    );
}

#[test]
fn what_is_no_report_is_refused_with_its_reason() {
    let tool = json!({ "driver": { "name": "T" } });
    let with = |key: &str, value: Value| {
        let mut run = json!({ "tool": tool, "results": [] });
        run[key] = value;
        log(run)
    };
    for (document, expected) in [
        (json!(null), "no SARIF log"),
        (json!([]), "no SARIF log"),
        (json!({ "version": "2.0.0", "runs": [] }), "SARIF 2.0.0"),
        (json!({ "version": "2.1.0" }), "no runs"),
        (json!({ "version": "2.1.0", "runs": {} }), "no list"),
        (log(json!({ "results": [] })), "names no tool"),
        (log(json!({ "tool": { "driver": {} } })), "names no tool"),
        (with("results", json!({})), "results is no list"),
        (with("results", json!([1])), "no object"),
        (with("invocations", json!("x")), "invocations is no list"),
        (with("externalPropertyFileReferences", json!({ "results": [{ "guid": "x" }] })), "in other files"),
        (with("results", json!([{ "suppressions": {} }])), "suppressions is no list"),
        (with("results", json!([{ "properties": { "security-severity": "high" } }])), "security-severity"),
        (with("results", json!([{ "properties": { "security-severity": 11 } }])), "security-severity"),
        (json!({ "version": "2.1.0", "runs": [], "inlineExternalProperties": [{ "results": [] }] }), "kept apart"),
    ] {
        let reason = read(&document).unwrap_err();
        assert!(reason.contains(expected), "{document}: {reason}");
    }
    let many = json!({ "version": "2.1.0", "runs": vec![json!({ "tool": tool, "results": [] }); MAX_RUNS + 1] });
    assert!(read(&many).unwrap_err().contains("runs"));
}

#[test]
fn a_run_that_did_not_finish_says_so() {
    let run = |more: Value| {
        let mut run = json!({ "tool": { "driver": { "name": "T" } }, "results": [] });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one(run)
    };
    assert_eq!(run(json!({ "invocations": [{ "executionSuccessful": true }] })).broken, None);
    let failed = json!({ "executionSuccessful": false, "exitCodeDescription": "out of memory" });
    let why = run(json!({ "invocations": [{ "executionSuccessful": true }, failed] })).broken;
    assert_eq!(why.as_deref(), Some("the scanner did not finish: out of memory"));
    assert!(run(json!({ "invocations": [{ "executionSuccessful": "yes" }] })).broken.is_some());
    assert!(run(json!({ "results": null })).broken.is_some());
}

#[test]
fn long_ids_and_texts_take_no_time_and_no_room() {
    let slashes = "/".repeat(1 << 20);
    let run = one(
        json!({ "tool": { "driver": { "name": "T" } }, "results": [{ "ruleId": slashes, "message": { "text": slashes } }] }),
    );
    assert_eq!((run.results[0].rule.len(), run.results[0].message.len()), (SHOWN, SHOWN));
    assert_eq!(run.results[0].level, SarifLevel::Warning);
}
