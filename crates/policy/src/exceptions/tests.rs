use super::*;

const GOOD: &str = r#"version = 1

[[exception]]
id = "EX-1"
scope = ["pkg:npm/left-pad@1.3.0", "file:app-*.tar.gz"]
rule = "provenance.level"
reason = "the builder moves in October"
owner = "quay@acme.example"
approver = "security@acme.example"
created = 2026-09-01
expires = 2026-10-31

[[exception]]
id = "EX-2"
scope = "pkg:npm/*"
rule = ["PLM-V0815", "dependencies.none"]
reason = "old"
owner = "quay@acme.example"
approver = "quay@acme.example"
created = "2026-01-01T12:00:00Z"
expires = "2026-02-01"
"#;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn excuses(exceptions: &Exceptions, name: &str, rule: &str, time: &str) -> Option<String> {
    let names = [Name::parse(name).unwrap()];
    exceptions.excusing(&names, &[rule, "other-name"], at(time)).map(|exception| exception.id.clone())
}

#[test]
fn one_excuses_its_rule_in_its_scope_while_it_lives() {
    let all = Exceptions::parse("exceptions.toml", GOOD).unwrap();
    assert_eq!((all.all().len(), all.all()[0].line, all.file()), (2, 3, "exceptions.toml"));
    let name = "pkg:npm/left-pad@1.3.0";
    for (name, rule, time, expected) in [
        (name, "provenance.level", "2026-09-01T00:00:00Z", Some("EX-1")),
        (name, "provenance.level", "2026-10-31T23:59:59Z", Some("EX-1")),
        (name, "provenance.level", "2026-11-01T00:00:00Z", None),
        (name, "provenance.level", "2026-08-31T23:59:59Z", None),
        (name, "provenance.source", "2026-09-02T00:00:00Z", None),
        ("pkg:npm/left-pad@1.3.1", "provenance.level", "2026-09-02T00:00:00Z", None),
        ("file:dist/app-2.tar.gz", "provenance.level", "2026-09-02T00:00:00Z", Some("EX-1")),
        ("pkg:npm/x@1", "dependencies.none", "2026-02-01T23:00:00Z", Some("EX-2")),
        ("pkg:npm/x@1", "dependencies.none", "2026-01-01T11:59:59Z", None),
    ] {
        assert_eq!(excuses(&all, name, rule, time).as_deref(), expected, "{name} {rule} {time}");
    }
    assert!(excuses(&Exceptions::none(), name, "provenance.level", "2026-09-02T00:00:00Z").is_none());
}

#[test]
fn what_is_wrong_with_exceptions_is_told() {
    let all = Exceptions::parse("exceptions.toml", GOOD).unwrap().at_most_days(30);
    let codes = |used: &[&str], time: &str| -> Vec<String> {
        let used = used.iter().map(|id| (*id).to_owned()).collect();
        let found = all.findings(&used, at(time));
        found.iter().map(|(line, finding)| format!("{line} {}", finding.code.info().id)).collect()
    };
    let broad = ["13 PLM-W0203", "13 PLM-W0204", "13 PLM-W0205"].map(str::to_owned);
    let with =
        |first: &[&str]| -> Vec<String> { first.iter().map(|one| (*one).to_owned()).chain(broad.clone()).collect() };
    assert_eq!(codes(&["EX-1"], "2026-09-10T00:00:00Z"), with(&["3 PLM-W0204", "13 PLM-W0201"]));
    assert_eq!(codes(&[], "2026-09-10T00:00:00Z"), with(&["3 PLM-W0202", "3 PLM-W0204", "13 PLM-W0201"]));
    assert_eq!(codes(&[], "2025-09-10T00:00:00Z")[0], "3 PLM-W0201");
    // The policy's thirty days end before the exception's own date.
    assert!(excuses(&all, "pkg:npm/left-pad@1.3.0", "provenance.level", "2026-10-01T00:00:00Z").is_none());
    assert!(excuses(&all, "pkg:npm/left-pad@1.3.0", "provenance.level", "2026-09-30T23:00:00Z").is_some());
}

#[test]
fn faults_have_a_line_and_what_may_be_meant() {
    for (from, to, expected) in [
        ("version = 1", "version = 2", "e:1: version 2 is not known: this release reads 1"),
        ("version = 1\n", "", "e:1: the file does not say `version = 1`"),
        (
            "owner = \"quay@acme.example\"\napprover = \"s",
            "ovner = \"x\"\napprover = \"s",
            "e:8: \"ovner\" is not a key in [exception]; did you mean \"owner\"?",
        ),
        ("reason = \"old\"\n", "", "e:13: [exception] has no reason"),
        ("reason = \"old\"", "reason = \" \"", "e:17: exception.reason has to be a text that is not empty"),
        (
            "scope = \"pkg:npm/*\"",
            "scope = \"*\"",
            "e:15: \"*\" has none of the prefixes pkg:, file:, oci:, sha256:, sha384:, sha512:",
        ),
        ("scope = \"pkg:npm/*\"", "scope = []", "e:15: exception.scope has to be a text or a list of texts"),
        (
            "rule = \"provenance.level\"",
            "rule = \"*\"",
            "e:6: \"*\" is not one rule: an exception names what it excuses",
        ),
        ("id = \"EX-2\"", "id = \"EX-1\"", "e:14: two exceptions have the id EX-1"),
        ("expires = 2026-10-31", "expires = 2026-08-31", "e:11: it expires before it was created"),
        (
            "expires = 2026-10-31",
            "expires = \"soon\"",
            "e:11: expires has to be a day such as 2026-12-31, or an RFC 3339 time",
        ),
        ("expires = 2026-10-31\n", "", "e:3: [exception] has no expires"),
        ("version = 1", "version = ", "e:1: not valid TOML"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        assert_eq!(Exceptions::parse("e", &text).unwrap_err().to_string(), expected);
    }
}
