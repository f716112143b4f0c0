use super::*;

fn parse(text: &str) -> Query {
    Query::parse(text, None).unwrap()
}

fn component(text: &str) -> Query {
    Query::Component(ComponentQuery::parse(text).unwrap())
}

fn label(name: &str, value: &str) -> Query {
    Query::Label { name: name.to_owned(), value: value.to_owned() }
}

#[test]
fn terms() {
    assert_eq!(parse(" "), Query::Everything);
    assert_eq!(parse("pkg:npm/lodash@<4.17.21"), component("pkg:npm/lodash@<4.17.21"));
    assert_eq!(parse("pkg:npm/lodash >=4 <4.17.21"), component("pkg:npm/lodash >=4 <4.17.21"));
    assert_eq!(parse("log4j*"), component("log4j*"));
    assert_eq!(parse("license:GPL-3.0*"), Query::License("GPL-3.0*".to_owned()));
    assert_eq!(parse("path:**/JndiLookup.class"), Query::Path("**/JndiLookup.class".to_owned()));
    assert_eq!(parse("class:JndiLookup"), Query::Path("JndiLookup.class".to_owned()));
    assert_eq!(parse("class:org.x.JndiLookup"), Query::Path("**/org/x/JndiLookup.class".to_owned()));
    assert_eq!(parse("env:prod"), label("environment", "prod"));
    assert_eq!(parse("label:tier=\"front end\""), label("tier", "front end"));
    assert_eq!(parse("deployed"), Query::Deployed(None));
    assert_eq!(parse("deployed:prod"), Query::Deployed(Some("prod".to_owned())));
    let digest = "ab".repeat(32);
    assert_eq!(parse(&digest), parse(&format!("sha256:{digest}")));
    assert!(matches!(parse(&format!("layer:sha256:{digest}")), Query::Layer(_)));
    let Query::When { from, until, .. } = parse("first-seen:>2026-01-01") else { panic!() };
    assert_eq!((from.unwrap().to_string().as_str(), until), ("2026-01-02T00:00:00Z", None));
    let Query::When { from, until, .. } = parse("built:<=2026-01-01T10:00:00Z") else { panic!() };
    assert_eq!((from, until.unwrap().to_string().as_str()), (None, "2026-01-01T10:00:01Z"));
}

#[test]
fn logic() {
    let (a, b, c) = (|| component("a"), || component("b"), || component("c"));
    assert_eq!(parse("a b OR c"), Query::Any(vec![Query::All(vec![a(), b()]), c()]));
    assert_eq!(parse("a AND (b OR c)"), Query::All(vec![a(), Query::Any(vec![b(), c()])]));
    assert_eq!(parse("a NOT b"), Query::All(vec![a(), Query::Not(Box::new(b()))]));
    assert_eq!(parse("NOT NOT a"), Query::Not(Box::new(Query::Not(Box::new(a())))));
    assert_eq!(parse("\"OR\""), component("OR"));
}

#[test]
fn errors_say_where() {
    let said = |text: &str| Query::parse(text, None).unwrap_err().to_string();
    for (text, expected) in [
        ("a AND", "a term is missing at the end (at character 6)"),
        ("(a OR b", "this ( is not closed (at character 1)"),
        ("a)", "there is no ( for this ) (at character 2)"),
        ("OR a", "a term is missing before OR (at character 1)"),
        ("a and b", "\"and\" may be a word or a name (at character 3); write AND, or \"and\" for a package"),
        (
            "licnse:MIT",
            "licnse: is not known (at character 1); license:MIT, or label:licnse=MIT for a label of that name",
        ),
        ("first-seen:soon", "\"first-seen:soon\" is no time (at character 1); write first-seen:>2026-01-31"),
        ("a CVE-2021-44228", "CVE-2021-44228: no advisories are at hand (at character 3)"),
        ("a \"b", "a quotation mark is not closed (at character 3)"),
        ("path:", "nothing is said after path: (at character 1)"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
    for text in [
        "sha256:12",
        "pkg:npm",
        "pkg:npm/a@<<",
        "a [",
        "path:[",
        "label:x",
        "layer:7",
        &"(".repeat(500),
        &"a ".repeat(2000),
    ] {
        assert!(Query::parse(text, None).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_stop(text in "[a-zA-Z0-9:()<>=@\\[\\]\" /*.-]{0,60}") {
        let _ = Query::parse(&text, None);
    }
}
