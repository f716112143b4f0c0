//! `[[scan]]`.

use serde_json::{Value, json};

use super::world::{Key, Piece, World, agree, excused, scan, told};

const RULE: &str = "[[scan]]\nname = \"source\"\nsigner = { key = \"release\" }\ntool = \"CodeQL\"\n";

fn with(results: Value, change: impl FnOnce(&mut Value)) -> Piece {
    let mut piece = scan(results);
    change(&mut piece.predicate);
    piece
}

fn clean() -> Piece {
    scan(json!([]))
}

/// A run of a category.
fn run_of(category: &str, results: Value) -> Piece {
    with(results, |log| log["runs"][0]["automationDetails"] = json!({ "id": format!("{category}/1") }))
}

#[test]
fn what_a_report_has_to_be() {
    let world = World::new();
    let rule = |more: &str| format!("{RULE}{more}\n");
    let error = || json!([{ "ruleId": "js/injection", "ruleIndex": 0, "message": { "text": "m" } }]);
    let failed = || json!([{ "executionSuccessful": false }]);
    let cases = [
        (rule(""), vec![clean()], "pass"),
        (rule(""), vec![], "deny scan.missing"),
        (rule(""), vec![clean().by(Key::Stranger)], "deny scan.unproven PLM-V0201"),
        (rule(""), vec![clean().of_another()], "deny scan.unproven PLM-V0202"),
        (rule(""), vec![clean().unlogged()], "deny scan.unproven PLM-V0501"),
        (rule(""), vec![Piece { kind: "https://example.com/other".into(), ..clean() }], "deny scan.missing"),
        (rule(""), vec![with(json!([]), |log| *log = json!({ "version": "2.0.0" }))], "deny gate.unreadable"),
        (rule(""), vec![with(json!([]), |log| *log = json!("x")), clean()], "deny gate.unreadable"),
        (
            rule(""),
            vec![with(json!([]), |log| log["runs"][0]["tool"]["driver"]["name"] = json!("Other"))],
            "deny scan.tool",
        ),
        (rule(""), vec![with(json!([]), |log| log["runs"] = json!([]))], "deny scan.tool"),
        (rule("").replace("CodeQL", "Code*"), vec![clean()], "pass"),
        (rule("").replace("tool = \"CodeQL\"\n", ""), vec![clean()], "pass"),
        (rule(""), vec![with(json!([]), |log| log["runs"][0]["invocations"] = failed())], "deny scan.failed"),
        (rule(""), vec![with(json!([]), |log| log["runs"][0]["results"] = Value::Null)], "deny scan.failed"),
        (rule(""), vec![with(json!([]), |log| log["runs"][0]["invocations"] = failed()), clean()], "pass"),
        (rule("max_age_days = 3"), vec![clean()], "pass"),
        (rule("max_age_days = 1"), vec![clean()], "deny scan.age"),
        (rule("max_age_days = 3"), vec![clean().at("2026-10-01T00:00:00Z"), clean()], "pass"),
        (rule(""), vec![clean().at("2026-11-22T18:00:00Z")], "deny scan.unproven PLM-V0603"),
        (rule(""), vec![scan(error())], "deny scan.found"),
        (rule("fail_on = \"none\""), vec![scan(error())], "pass"),
        (rule("fail_on = \"none\"\nmin_security_severity = 9.8"), vec![scan(error())], "deny scan.found"),
        (rule("fail_on = \"none\"\nmin_security_severity = \"9.9\""), vec![scan(error())], "pass"),
        (rule("action = \"warn\""), vec![scan(error())], "warn scan.found"),
        (rule("effective_on = 2027-01-01"), vec![], "warn scan.missing"),
        // Another report takes nothing away, but for a later run of the same category.
        (rule(""), vec![scan(error()).at("2026-11-19T00:00:00Z"), clean()], "deny scan.found"),
        (rule(""), vec![run_of("js", error()).at("2026-11-19T00:00:00Z"), run_of("js", json!([]))], "pass"),
        (rule(""), vec![run_of("js", json!([])).at("2026-11-19T00:00:00Z"), run_of("js", error())], "deny scan.found"),
        (rule(""), vec![run_of("js", error()).at("2026-11-19T00:00:00Z"), run_of("py", json!([]))], "deny scan.found"),
        (
            rule(""),
            vec![run_of("js", error()), run_of("js", json!([])).at("2026-11-21T00:00:00Z").by(Key::Stranger)],
            "deny scan.found PLM",
        ),
    ];
    agree(cases.map(|(rules, pieces, expected)| {
        let found = told(&world.decide(&rules, &pieces));
        (rules, found, expected.trim_end_matches(" PLM").to_owned())
    }));
}

#[test]
fn which_results_are_refused() {
    let world = World::new();
    let result = |value: Value| {
        let mut result = json!({ "message": { "text": "m" }, "ruleId": "js/style", "ruleIndex": 1 });
        result.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        result
    };
    let suppressed =
        |status: Value| result(json!({ "level": "error", "suppressions": [{ "kind": "external", "status": status }] }));
    let cases = [
        ("", result(json!({ "level": "error" })), "deny"),
        ("", result(json!({ "level": "warning" })), "pass"),
        ("", result(json!({})), "pass"),
        ("fail_on = \"warning\"", result(json!({})), "deny"),
        ("fail_on = \"warning\"", result(json!({ "kind": "pass" })), "pass"),
        ("fail_on = \"warning\"", result(json!({ "kind": "fail" })), "deny"),
        ("fail_on = \"note\"", result(json!({ "level": "note" })), "deny"),
        ("fail_on = \"note\"", result(json!({ "level": "none" })), "pass"),
        ("", result(json!({ "level": "catastrophe" })), "deny"),
        ("", result(json!({ "ruleId": "js/injection", "ruleIndex": 0 })), "deny"),
        ("", result(json!({ "ruleId": "js/injection/sub", "ruleIndex": null })), "deny"),
        ("", result(json!({ "ruleId": "js/injection", "ruleIndex": 1 })), "deny"),
        ("min_security_severity = 7", result(json!({ "properties": { "security-severity": "7.0" } })), "deny"),
        ("min_security_severity = 7", result(json!({ "properties": { "security-severity": 6.9 } })), "pass"),
        ("", suppressed(json!("accepted")), "deny"),
        ("allow_suppressed = true", suppressed(json!("accepted")), "pass"),
        ("allow_suppressed = true", suppressed(Value::Null), "pass"),
        ("allow_suppressed = true", suppressed(json!("underReview")), "deny"),
        ("allow_suppressed = true", suppressed(json!("rejected")), "deny"),
        ("allow_suppressed = true", result(json!({ "level": "error", "suppressions": [] })), "deny"),
        ("", result(json!({ "level": "error", "baselineState": "absent" })), "pass"),
        ("", result(json!({ "level": "error", "baselineState": "unchanged" })), "deny"),
    ];
    agree(cases.map(|(more, result, expected)| {
        let decision = world.decide(&format!("{RULE}{more}\n"), &[scan(json!([result]))]);
        (format!("{more} {result}"), decision.verdict.word().to_owned(), expected.to_owned())
    }));
}

#[test]
fn findings_are_told_by_rule_and_excused_by_rule() {
    let world = World::new();
    let at = |rule: &str, line: u32| {
        json!({ "ruleId": rule, "level": "error", "message": { "text": "bad" }, "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": "src/a.js" }, "region": { "startLine": line } } }] })
    };
    let many = scan(json!([at("js/injection", 3), at("js/injection", 9), at("js/style", 1)]));
    let decision = world.decide(RULE, std::slice::from_ref(&many));
    let told: Vec<String> = decision.reasons().map(|(_, check)| check.message.clone()).collect();
    assert_eq!(
        told,
        [
            "CodeQL found 2 results of js/injection at src/a.js:3: bad",
            "CodeQL found 1 result of js/style at src/a.js:1: bad"
        ]
    );
    assert_eq!(decision.rules.first().unwrap().rule, "scan.source");
    let cases = [
        ("sarif:js/injection", "2026-12-31", "deny"),
        ("scan.found", "2026-12-31", "pass"),
        ("scan.found", "2026-11-21", "deny"),
        ("js/injection", "2026-12-31", "deny"),
    ];
    agree(cases.map(|(rule, until, expected)| {
        let decision = world.decide_with(RULE, std::slice::from_ref(&many), &excused(rule, until), None);
        (rule.to_owned(), decision.verdict.word().to_owned(), expected.to_owned())
    }));
    let one = scan(json!([at("js/injection", 3)]));
    let decision = world.decide_with(RULE, &[one], &excused("sarif:js/injection", "2026-12-31"), None);
    assert_eq!((decision.verdict.word(), decision.excused_by().len()), ("pass", 1));
}

#[test]
fn faults_of_the_table_are_told() {
    let parse = |text: &str| {
        let policy = format!("version = 1\n[[scan]]\n{text}\n");
        crate::Policy::parse("p", &policy, &mut |_| Err("none".into())).err().map(|error| error.to_string())
    };
    let by = "signer = { issuer = \"i\", san = \"s\" }";
    for (text, expected) in [
        ("name = \"x\"".to_owned(), "has no signer"),
        (by.to_owned(), "has no name"),
        (format!("name = \"x\"\n{by}\nfail_on = \"high\""), "is no level"),
        (format!("name = \"x\"\n{by}\nmin_security_severity = 11"), "from 0 to 10"),
        (format!("name = \"x\"\n{by}\n[[scan]]\nname = \"x\"\n{by}"), "two rules called scan.x"),
    ] {
        let fault = parse(&text).unwrap_or_default();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
}
