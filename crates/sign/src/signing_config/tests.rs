use super::*;

const NEEDS: Needs = Needs { certificate: true, log: true, timestamps: true };

fn now() -> Timestamp {
    "2026-06-20T00:00:00Z".parse().unwrap()
}

/// Logs as `url version operator start end`, and how many are wanted.
fn config(logs: &[&str], choice: &str) -> SigningConfig {
    let service = |text: &&str| {
        let mut parts = text.split(' ');
        let mut next = || parts.next().filter(|part| *part != "-");
        let (url, version, operator) = (next().unwrap(), next().unwrap(), next().unwrap_or_default());
        let (start, end) = (next().unwrap_or("2020-01-01T00:00:00Z"), next());
        let end = end.map_or(String::new(), |end| format!(r#","end":"{end}""#));
        format!(
            r#"{{"url":"https://{url}","majorApiVersion":{version},"operator":"{operator}","validFor":{{"start":"{start}"{end}}}}}"#
        )
    };
    let logs: Vec<String> = logs.iter().map(service).collect();
    let one = service(&"one.test 1 o");
    let json = format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[{one}],"oidcUrls":[],"rekorTlogUrls":[{}],"tsaUrls":[{one}],"rekorTlogConfig":{choice},"tsaConfig":{{"selector":"ANY"}}}}"#,
        logs.join(",")
    );
    SigningConfig::parse(&json).unwrap()
}

fn logs(config: &SigningConfig) -> Result<Vec<String>, SignError> {
    let services = config.services(now(), NEEDS, &Overrides::default())?;
    Ok(services.logs.into_iter().map(|log| format!("{} {}", log.url, log.version.number())).collect())
}

#[test]
fn the_newest_known_version_that_is_valid_now() {
    let ends = "old.test 2 o 2020-01-01T00:00:00Z 2025-01-01T00:00:00Z";
    let begins = "next.test 2 o 2027-01-01T00:00:00Z";
    let some = config(&["v1.test 1 o", "v2.test 2 o", "v3.test 3 o", ends, begins], r#"{"selector":"ANY"}"#);
    assert_eq!(logs(&some).unwrap(), ["https://v2.test 2"]);
    let old = config(&["v1.test 1 o", ends, begins], "{}");
    assert_eq!(logs(&old).unwrap(), ["https://v1.test 1"]);
    let error = logs(&config(&["v3.test 3 o"], "{}")).unwrap_err().to_string();
    assert!(error.contains("v3.test") && error.contains("transparency log"), "{error}");
    // Both ends are included.
    let edge = config(&["v1.test 1 o 2026-06-20T00:00:00Z 2026-06-20T00:00:00Z"], "{}");
    assert_eq!(logs(&edge).unwrap().len(), 1);
}

#[test]
fn as_many_operators_as_are_asked_for() {
    let two = ["a1.test 1 a", "b2.test 2 b", "a2.test 2 a"];
    assert_eq!(logs(&config(&two, r#"{"selector":"ALL"}"#)).unwrap(), ["https://a2.test 2", "https://b2.test 2"]);
    assert_eq!(logs(&config(&two, r#"{"selector":"EXACT","count":2}"#)).unwrap().len(), 2);
    assert_eq!(logs(&config(&two, r#"{"selector":"EXACT","count":1}"#)).unwrap().len(), 1);
    let error = logs(&config(&two, r#"{"selector":"EXACT","count":3}"#)).unwrap_err().to_string();
    assert!(error.contains("3 of different operators are wanted, and there are 2"), "{error}");
}

#[test]
fn what_is_no_configuration_is_refused() {
    let base = r#""mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json""#;
    for rest in [
        r#""rekorTlogConfig":{"selector":"EXACT"}"#,
        r#""rekorTlogConfig":{"selector":"SERVICE_SELECTOR_UNDEFINED"}"#,
        r#""rekorTlogConfig":{"selector":"SOME"}"#,
        r#""tsaConfig":{"selector":"ANY"},"tsaConfig":{"selector":"ALL"}"#,
        r#""caUrls":[{}]"#,
    ] {
        assert!(SigningConfig::parse(&format!("{{{base},{rest}}}")).is_err(), "{rest}");
    }
    assert!(SigningConfig::parse(r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.1+json"}"#).is_err());
    assert!(SigningConfig::parse(&format!("{{{base}}}")).is_ok());
}

#[test]
fn the_built_in_ones_can_be_used() {
    let config = |name| crate::instance::Instances::new("").get(name).unwrap().signing_config;
    let choose = |name| {
        SigningConfig::parse(&config(name).unwrap()).unwrap().services(now(), NEEDS, &Overrides::default()).unwrap()
    };
    let public = choose("public-good");
    assert_eq!(public.authority.as_deref(), Some("https://fulcio.sigstore.dev"));
    assert!(!public.logs.is_empty() && !public.timestamps.is_empty());
    assert_eq!(choose("staging").logs[0].version, LogVersion::V2);
    assert!(config("github").is_none());
}

#[test]
fn services_that_a_user_names_come_first() {
    let some = config(&["v1.test 1 o", "v2.test 2 o"], "{}");
    let mut overrides = Overrides { log: Some("https://v2.test/".into()), ..Overrides::default() };
    let services = some.services(now(), NEEDS, &overrides).unwrap();
    assert_eq!(services.logs, [Log { url: "https://v2.test/".into(), version: LogVersion::V2 }]);
    overrides.log = Some("https://mine.test".into());
    assert_eq!(some.services(now(), NEEDS, &overrides).unwrap().logs[0].version, LogVersion::V1);
    overrides.log = None;
    overrides.log_version = Some(LogVersion::V1);
    assert_eq!(some.services(now(), NEEDS, &overrides).unwrap().logs[0].url, "https://v1.test");
}

#[test]
fn a_log_of_version_two_needs_somebody_who_knows_the_time() {
    let stampless = |version| {
        let json = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[{{"url":"https://ca.test","majorApiVersion":1,"validFor":{{"start":"2020-01-01T00:00:00Z"}}}}],"rekorTlogUrls":[{{"url":"https://log.test","majorApiVersion":{version},"validFor":{{"start":"2020-01-01T00:00:00Z"}}}}]}}"#
        );
        SigningConfig::parse(&json).unwrap().services(now(), NEEDS, &Overrides::default())
    };
    assert!(stampless(1).unwrap().timestamps.is_empty());
    assert!(stampless(2).unwrap_err().to_string().contains("timestamp authority"));
}
