//! Policies as people write them for conftest and policy-controller, with values of our own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conventions::Program;
use crate::gate::{GateCheck, GateCheckState, GateCode};

fn program(texts: &[&str]) -> Result<Program, String> {
    let files: Vec<_> = texts.iter().enumerate().map(|(at, text)| (format!("{at}.rego"), (*text).to_owned())).collect();
    let data = [("allowed.json".to_owned(), r#"{"allowed": ["MIT", "Apache-2.0"]}"#.to_owned())];
    Program::new(&files, &data, Some("2026-06-01T00:00:00Z".parse::<Timestamp>().unwrap()))
}

fn judged(texts: &[&str], input: &Value) -> Result<Vec<(String, String)>, String> {
    let told = |check: GateCheck| match check.state {
        GateCheckState::Failed(code) => Some(("deny".to_owned(), code, check.message)),
        GateCheckState::Warned(code) => Some(("warn".to_owned(), code, check.message)),
        _ => None,
    };
    let checks = program(texts)?.judge(input)?;
    Ok(checks
        .into_iter()
        .filter_map(told)
        .map(|(word, code, message)| {
            assert_eq!(code, GateCode::Rego);
            (word, message)
        })
        .collect())
}

fn input() -> Value {
    json!({
        "at": "2026-06-01T00:00:00Z",
        "artifact": { "names": ["oci:ghcr.io/acme/app:v1"], "digests": { "sha256": "00" } },
        "components": [
            { "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0", "licenses": ["WTFPL"], "claim": "observed" },
            { "name": "serde", "version": "1.0.0", "purl": "pkg:cargo/serde@1.0.0", "licenses": ["MIT"], "claim": "signed claim" },
        ],
        "findings": [{ "advisory": "CVE-2026-1", "severity": "high", "state": "open", "published": "2026-05-01T00:00:00Z" }],
    })
}

#[test]
fn policies_of_conftest() {
    let of = |texts: &[&str]| {
        let found = judged(texts, &input()).unwrap();
        found.into_iter().map(|(word, message)| format!("{word} {message}")).collect::<Vec<_>>()
    };
    // Rego v1, with data.
    assert_eq!(
        of(&[
            "package main\n\ndeny contains msg if {\n  some component in input.components\n  not component.licenses[0] in data.allowed\n  msg := sprintf(\"%s is under %s\", [component.name, component.licenses[0]])\n}\n"
        ]),
        ["deny left-pad is under WTFPL"]
    );
    // The older syntax, objects, several rules, a package of its own.
    assert_eq!(
        of(&[
            "package acme.gate\n\nbanned = {\"left-pad\"}\n\ndeny_packages[msg] {\n  name := input.components[_].name\n  banned[name]\n  msg := {\"msg\": concat(\" \", [name, \"is banned\"]), \"severity\": \"high\"}\n}\n\nwarn[msg] {\n  count(input.findings) > 0\n  msg := \"there are findings\"\n}\n"
        ]),
        ["deny left-pad is banned", "warn there are findings"]
    );
    // `violation`, and a time.
    assert_eq!(
        of(&[
            "package main\nimport rego.v1\n\nviolation contains {\"msg\": msg} if {\n  some finding in input.findings\n  age := time.now_ns() - time.parse_rfc3339_ns(finding.published)\n  age > time.parse_duration_ns(\"168h\")\n  msg := sprintf(\"%s is open for more than a week\", [finding.advisory])\n}\n"
        ]),
        ["deny CVE-2026-1 is open for more than a week"]
    );
    // What the policy itself excepts.
    assert_eq!(
        of(&[
            "package main\n\ndeny_root[msg] { msg := \"as root\" }\n\nviolation_size[msg] { msg := \"too large\" }\n\nexception[rules] { rules := [\"root\"] }\n"
        ]),
        ["deny too large"]
    );
    // Two files of one package, regular expressions, versions; a rule in a comment is none.
    assert_eq!(
        of(&[
            "package main\n# deny_nothing contains \"x\"\ndeny contains \"old\" if {\n  some c in input.components\n  semver.compare(c.version, \"1.2.0\") < 0\n}\n",
            "package main\ndeny contains \"npm\" if {\n  some c in input.components\n  regex.match(`^pkg:npm/`, c.purl)\n  glob.match(\"pkg:npm/*\", [\"/\"], c.purl)\n}\n",
        ]),
        ["deny npm", "deny old"]
    );
    // Nothing to refuse; true and false.
    assert!(of(&["package main\ndeny contains \"x\" if input.never\n"]).is_empty());
    assert_eq!(
        of(&["package main\ndeny if count(input.components) == 2\ndefault warn := false\n"]),
        ["deny it is refused"]
    );
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    for broken in [
        "package main\ndeny contains msg if {",
        "deny = true",
        "",
        "package main\ndeny contains msg if { msg := nowhere.f(1) }",
    ] {
        assert!(judged(&[broken], &input()).is_err(), "{broken}");
    }
    for fails in [
        // Nothing is fetched, nothing is read from around, and there is no chance.
        "deny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1:1/\"}).status_code == 200",
        "deny contains \"x\" if opa.runtime().env.HOME == \"/\"",
        // A function that fails is not a rule that does not hold.
        "deny contains \"x\" if to_number(input.at) > 1",
        // Messages that are none.
        "deny contains 7 if true",
        "deny contains {\"message\": \"x\"} if true",
        "deny := 7",
        // Without end: by itself, through another rule, through whatever a path may be.
        "f(x) := f(x + 1)\ndeny contains \"x\" if f(1) > 2",
        "deny contains \"x\" if deny",
        "f(x) := a[x]\na[y] := 1 if { some y in [1]; y == f(y) }\ndeny contains \"x\" if f(1)",
        "f(x) := count([y | y := data[\"main\"].f(x)])\ndeny contains \"x\" if f(1)",
        "f(x) := data[x].g\ng := f(1)\ndeny contains \"x\" if g",
        "f(x) := y if { every z in [x] { f(z) }; y := 1 } else := 2\ndeny contains \"x\" if f(1)",
    ] {
        let found = judged(&[&format!("package main\n{fails}\n")], &input());
        assert!(found.is_err(), "{fails}: {found:?}");
    }
    let mut without = program(&["package main\nallow if true\n"]).unwrap();
    assert!(!without.has_rules() && without.judge(&input()).unwrap().is_empty());
}

/// What only looks like recursion: local names, fields, rules of other packages.
#[test]
fn names_that_are_no_recursion() {
    let texts = [
        "package main\nimport data.lib.names as n\nname(c) := c.name\nlabel(name) := x if { x := concat(\" \", [name, n.suffix]) }\n\
         deny contains msg if { some c in input.components; msg := label(name(c)); c.version == \"1.3.0\" }\n",
        "package lib.names\nsuffix := \"is old\"\ndeny contains msg if { some label in [\"a\"]; label == \"b\"; msg := label }\n",
        "package all\ndeny contains msg if some msg in data.lib.names.deny\n",
    ];
    assert_eq!(judged(&texts, &input()).unwrap(), [("deny".to_owned(), "left-pad is old".to_owned())]);
}

/// The deepest that a file may nest neither ends the program nor goes on for ever.
#[test]
fn what_nests_deeply_is_read_or_refused() {
    let size = super::conventions::FILE - 100;
    for (open, middle, close) in
        [("1+\n", "1", ""), ("[\n", "1", "]\n"), ("-\n", "1", ""), ("x.\n", "y", ""), ("{x|\n", "x", "}\n")]
    {
        let count = (size / (open.len() + close.len())).min(19_000);
        let text =
            format!("package main\nx := 1\ndeny contains 1 if {}{middle}{}\n", open.repeat(count), close.repeat(count));
        let _ = super::apart(|| judged(&[&text], &input()));
        let lines = open.trim_end().repeat(300) + middle + &close.trim_end().repeat(300) + "\n";
        let text = format!("package main\nx := 1\ndeny contains 1 if {lines}");
        let _ = super::apart(|| judged(&[&text], &input()));
    }
    let nested = |count| {
        format!("package main\n# [[[[[[[[[[[[[[\ndeny contains 1 if {}1{}\n", "[".repeat(count), "]".repeat(count))
    };
    assert!(judged(&[&nested(11)], &input()).is_err_and(|reason| !reason.contains("nest")));
    assert!(judged(&[&nested(13)], &input()).is_err_and(|reason| reason.contains("nest")));
    assert!(
        judged(&["package main\ndeny contains \"\\\"[[[[[[[[[[[[[\" if `[[[[[[[[[[[[[` == \"\"\n"], &input())
            .unwrap()
            .is_empty()
    );
    let operands = (0..60_000).map(|at| if at % 300 == 299 { "1+\n" } else { "1+" }).collect::<String>();
    let _ = super::apart(|| judged(&[&format!("package main\ndeny contains 1 if {operands}1 > 0\n")], &input()));
}

#[test]
fn who_takes_the_whole_input() {
    for all in ["walk(input, [p, v])", "x := input", "input[name]", "input [ k ]", "f(input)", "is_x with input as y"] {
        assert!(super::takes_all(all), "{all}");
    }
    for named in [
        "input.names",
        "inputs[x]",
        "my_input(x)",
        "input[\"signatures\"][_]",
        "data.input.x",
        "x.input",
        "input[`at`]",
    ] {
        assert!(!super::takes_all(named), "{named}");
    }
}

#[test]
fn policies_of_policy_controller() {
    let v0 = "package sigstore\n\ndefault isCompliant = false\n\nisCompliant {\n  input.predicateType == \"https://cosign.sigstore.dev/attestation/vuln/v1\"\n  input.predicate.scanner.uri == \"pkg:github/acme/scanner\"\n}\n";
    let statement = |uri: &str| {
        json!({
            "predicateType": "https://cosign.sigstore.dev/attestation/vuln/v1",
            "predicate": { "scanner": { "uri": uri } },
        })
    };
    let of = |statements: &[Value], types: &[String]| {
        let checks = program(&[v0]).unwrap().compliant(statements, types).unwrap();
        checks.iter().map(|check| check.code().is_none()).collect::<Vec<_>>()
    };
    let good = statement("pkg:github/acme/scanner");
    assert_eq!(of(std::slice::from_ref(&good), &[]), [true]);
    assert_eq!(of(&[statement("other"), good.clone()], &[]), [true]);
    assert_eq!(of(&[statement("other")], &[]), [false]);
    assert_eq!(of(&[], &[]), [false]);
    assert_eq!(of(std::slice::from_ref(&good), &["vuln".to_owned()]), [true]);
    assert_eq!(of(&[good], &["spdx".to_owned()]), [false]);
    // A set of answers, of which the first that holds counts.
    let set = "package sigstore\nisCompliant[answer] {\n  ok := input.predicate.scanner.uri == \"a\"\n  answer := {\"result\": ok, \"error\": \"not a\", \"warning\": \"\"}\n}\nisCompliant[answer] {\n  input.predicate.old\n  answer := {\"result\": true, \"warning\": \"old\"}\n}\n";
    let of = |statement: Value| program(&[set]).unwrap().compliant(&[statement], &[]).unwrap().remove(0);
    assert_eq!(of(statement("a")).code(), None);
    assert_eq!(of(statement("b")).message, "no signed statement complies: not a");
    let old = of(json!({ "predicate": { "old": true } }));
    assert!(matches!(old.state, GateCheckState::Warned(_)), "{old:?}");
    let v1 = "package sigstore\nisCompliant := {\"result\": false, \"error\": \"no scanner\"} if not input.predicate.scanner\n";
    let checks = program(&[v1]).unwrap().compliant(&[json!({ "predicate": {} })], &[]).unwrap();
    assert_eq!(checks[0].message, "no signed statement complies: no scanner");
}
