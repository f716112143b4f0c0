use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::identity::tests::{good, jwt};
use crate::loopback::{CANARIES, Loopback, all_of, shows_no_canary};

/// An environment of these variables.
fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables: std::collections::BTreeMap<String, std::ffi::OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    Environment::new(move |name| variables.get(name).cloned())
}

/// Options that find nothing of the machine the test runs on.
fn options(variables: &[(&str, &str)]) -> AmbientOptions {
    let mut options = AmbientOptions::new(environment(variables));
    options.timeout = Duration::from_secs(5);
    options.places = Places {
        token_file: "/nonexistent/token".into(),
        product_name: "/nonexistent/product".into(),
        spire_socket: "/nonexistent/socket".into(),
        iam_credentials: "http://127.0.0.1:9".to_owned(),
        backoff: Duration::from_millis(1),
    };
    options
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

/// The subject of the token that is found.
fn subject(options: &AmbientOptions) -> Result<String, IdentityError> {
    let mut identity = ambient(options)?.expect("a platform");
    Ok(identity.token(now())?.claims().subject().to_owned())
}

fn token_of(subject: &str) -> String {
    let mut claims = good();
    claims["sub"] = json!(subject);
    jwt(&claims)
}

fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("plimsoll-sign-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).unwrap();
    path
}

fn program(directory: &Path, name: &str, script: &str) {
    let path = directory.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert!(ambient(&options(&[])).unwrap().is_none());
    assert!(ambient(&options(&[("CI", "false"), ("GITHUB_ACTIONS", "false")])).unwrap().is_none());
}

#[test]
fn what_the_user_gives_comes_first() {
    let directory = directory("given");
    let (named, mounted) = (directory.join("named"), directory.join("mounted"));
    fs::write(&named, format!("{}\n", token_of("named"))).unwrap();
    fs::write(&mounted, token_of("mounted")).unwrap();
    let variable = token_of("variable");
    let mut all = options(&[("SIGSTORE_ID_TOKEN", &variable), ("GITHUB_ACTIONS", "true")]);
    all.token_file = Some(named.clone());
    all.places.token_file = mounted;
    assert_eq!(subject(&all).unwrap(), "named");
    all.token_file = None;
    assert_eq!(subject(&all).unwrap(), "variable");
    all.environment = environment(&[("GITHUB_ACTIONS", "true")]);
    assert_eq!(subject(&all).unwrap(), "mounted");

    // A file is read anew when its token has run out; one that is no token says so, without its content.
    let mut claims = good();
    claims["exp"] = json!(1_700_000_100);
    fs::write(&named, jwt(&claims)).unwrap();
    all.token_file = Some(named.clone());
    let mut identity = ambient(&all).unwrap().unwrap();
    identity.token(now()).unwrap();
    fs::write(&named, token_of("renewed")).unwrap();
    let later = Timestamp::from_second(1_700_000_090).unwrap();
    assert_eq!(identity.token(later).unwrap().claims().subject(), "renewed");
    fs::write(&named, CANARIES[0]).unwrap();
    let error = subject(&all).unwrap_err();
    assert!(error.to_string().contains("named"), "{error}");
    shows_no_canary(&all_of(&error));
    all.token_file = Some(directory.join("absent"));
    assert!(matches!(subject(&all), Err(IdentityError::File { .. })));
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_token_that_is_none_is_an_error_not_a_reason_to_look_on() {
    for text in [CANARIES[0], "a.b.c", &"x.".repeat(100_000)] {
        let error = ambient(&options(&[("SIGSTORE_ID_TOKEN", text)])).unwrap_err();
        assert!(matches!(error, IdentityError::Token { .. }));
        shows_no_canary(&all_of(&error));
    }
    let mut claims = good();
    claims["aud"] = json!("somebody-else");
    let error = subject(&options(&[("SIGSTORE_ID_TOKEN", &jwt(&claims))])).unwrap_err();
    assert!(matches!(error, IdentityError::Audience { .. }), "{error}");
}

#[test]
fn github_gives_a_token() {
    let token = token_of("repo:o/r:ref:refs/heads/main");
    let times = std::sync::atomic::AtomicU32::new(0);
    let server = Loopback::start(move |_| match times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => (503, String::new()),
        _ => (200, json!({ "count": 1, "value": token }).to_string()),
    });
    let url = server.url("/token?api-version=2.0");
    let mut options = options(&[
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", CANARIES[0]),
    ]);
    assert_eq!(subject(&options).unwrap(), "repo:o/r:ref:refs/heads/main");
    options.audience = "a b&c".to_owned();
    assert!(matches!(subject(&options), Err(IdentityError::Audience { .. })));
    let log = server.log();
    assert_eq!(log.len(), 3);
    assert_eq!(log[1].method, "GET");
    assert_eq!(log[1].path, "/token?api-version=2.0&audience=sigstore");
    assert_eq!(log[2].path, "/token?api-version=2.0&audience=a%20b%26c");
    assert_eq!(log[0].header("authorization"), Some(format!("Bearer {}", CANARIES[0]).as_str()));
}

#[test]
fn github_without_the_permission_says_which() {
    let error = ambient(&options(&[("GITHUB_ACTIONS", "true"), ("CI", "true")])).unwrap_err();
    assert!(error.to_string().contains("ACTIONS_ID_TOKEN_REQUEST_URL"), "{error}");
    assert!(error.hint().unwrap().contains("permissions: id-token: write"));
}

#[test]
fn no_answer_shows_what_was_asked() {
    let evil = Loopback::start(|_| (200, json!({ "value": token_of("evil") }).to_string()));
    let target = evil.url("/");
    let server = Loopback::start(move |request| match request.path.as_str() {
        path if path.contains("redirect") => (307, target.clone()),
        path if path.contains("huge") => (200, "x".repeat(1 << 20)),
        path if path.contains("echo") => (403, json!({ "message": format!("{request:?}") }).to_string()),
        path if path.contains("empty") => (200, "{}".to_owned()),
        path if path.contains("wrong") => (200, json!({ "value": CANARIES[1] }).to_string()),
        _ => (500, CANARIES[2].to_owned()),
    });
    for case in ["redirect", "huge", "echo", "empty", "wrong", "fails"] {
        let url = server.url(&format!("/{case}?{}", CANARIES[3]));
        let error = subject(&options(&[
            ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", CANARIES[0]),
        ]));
        shows_no_canary(&all_of(&error.unwrap_err()));
    }
    assert!(evil.log().is_empty(), "a redirect was followed");
    // To a host that is no host, over a wire that is none, and with a header that is two.
    for (url, bearer) in [
        ("http://example.com/canary-four-c77f", CANARIES[0]),
        ("https://canary-five-59d0:canary-six-a4e2@example.com/", CANARIES[0]),
        ("canary-four-c77f", CANARIES[0]),
        ("http://127.0.0.1:1/canary-four-c77f", CANARIES[0]),
        ("http://127.0.0.1:1/", "canary-one-2f6c\r\nX: y"),
    ] {
        let mut options = options(&[("ACTIONS_ID_TOKEN_REQUEST_URL", url), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", bearer)]);
        options.timeout = Duration::from_secs(1);
        let error = subject(&options).unwrap_err();
        assert!(matches!(error, IdentityError::Call { .. }), "{error}");
        shows_no_canary(&all_of(&error));
    }
}

#[test]
fn gitlab_gives_its_token_in_a_variable() {
    let error = ambient(&options(&[("GITLAB_CI", "true"), ("CI", "true")])).unwrap_err();
    assert!(error.to_string().contains("SIGSTORE_ID_TOKEN is not set"), "{error}");
    let token = token_of("project_path:g/p");
    assert_eq!(subject(&options(&[("GITLAB_CI", "true"), ("SIGSTORE_ID_TOKEN", &token)])).unwrap(), "project_path:g/p");
    let mut claims = good();
    claims["aud"] = json!("my-fulcio.example");
    let token = jwt(&claims);
    let mut options = options(&[("GITLAB_CI", "true"), ("MY_FULCIO_EXAMPLE_ID_TOKEN", &token)]);
    options.audience = "my-fulcio.example".to_owned();
    assert_eq!(subject(&options).unwrap(), "somebody");
}

#[test]
fn google_gives_the_machine_or_another_account() {
    let server = Loopback::start(|request| match request.path.as_str() {
        path if path.starts_with("/computeMetadata") && request.header("metadata-flavor") != Some("Google") => {
            (403, String::new())
        }
        path if path.contains("/identity?audience=sigstore&format=full") => (200, token_of("machine")),
        path if path.ends_with("/default/token") => {
            (200, json!({ "access_token": CANARIES[0], "token_type": "Bearer" }).to_string())
        }
        path if path.ends_with(":generateIdToken") => {
            assert_eq!(request.header("authorization"), Some(format!("Bearer {}", CANARIES[0]).as_str()));
            assert_eq!(request.json(), json!({ "audience": "sigstore", "includeEmail": true }));
            (200, json!({ "token": token_of("service") }).to_string())
        }
        _ => (404, String::new()),
    });
    let host = server.host.as_str();
    assert_eq!(subject(&options(&[("GCE_METADATA_HOST", host)])).unwrap(), "machine");
    let mut both =
        options(&[("GCE_METADATA_HOST", host), ("GOOGLE_SERVICE_ACCOUNT_NAME", "s@p.iam.gserviceaccount.com")]);
    both.places.iam_credentials = server.url("");
    assert_eq!(subject(&both).unwrap(), "service");
    let path = server.log().last().unwrap().path.clone();
    assert_eq!(path, "/v1/projects/-/serviceAccounts/s%40p.iam.gserviceaccount.com:generateIdToken");
    // The firmware of a machine that is none of Google's, and of one that is.
    let directory = directory("google");
    let mut quiet = options(&[]);
    quiet.places.product_name = directory.join("product_name");
    fs::write(&quiet.places.product_name, "Standard PC\n").unwrap();
    assert!(ambient(&quiet).unwrap().is_none());
    fs::write(&quiet.places.product_name, "Google Compute Engine\n").unwrap();
    assert_eq!(ambient(&quiet).unwrap().unwrap().provider(), Provider::Google);
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn buildkite_is_asked_by_its_interface_or_its_agent() {
    let server = Loopback::start(|request| {
        assert_eq!(request.header("authorization"), Some(format!("Token {}", CANARIES[0]).as_str()));
        assert_eq!(request.json(), json!({ "audience": "sigstore" }));
        match request.path.as_str() {
            "/v3/jobs/0190-ab/oidc/tokens" => {
                (200, json!({ "token": token_of("organization:o:pipeline:p") }).to_string())
            }
            _ => (404, json!({ "message": "no such job" }).to_string()),
        }
    });
    let variables = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_AGENT_ACCESS_TOKEN", CANARIES[0]),
        ("BUILDKITE_AGENT_ENDPOINT", &server.url("/v3")),
        ("BUILDKITE_JOB_ID", "0190-ab"),
    ];
    assert_eq!(subject(&options(&variables)).unwrap(), "organization:o:pipeline:p");
    let mut other = variables;
    other[3].1 = "../../0190";
    let error = subject(&options(&other)).unwrap_err();
    assert!(error.to_string().contains("status 404: no such job"), "{error}");
    assert_eq!(server.log()[1].path, "/v3/jobs/..%2F..%2F0190/oidc/tokens");
    shows_no_canary(&all_of(&error));

    let error = ambient(&options(&[("BUILDKITE", "true")])).unwrap_err();
    assert!(matches!(error, IdentityError::Missing { provider: Provider::Buildkite, .. }), "{error}");
    let directory = directory("buildkite");
    let token = token_of("agent");
    program(
        &directory,
        "buildkite-agent",
        &format!("[ \"$*\" = 'oidc request-token --audience sigstore' ] && echo {token}"),
    );
    let path = directory.to_str().unwrap();
    assert_eq!(subject(&options(&[("BUILDKITE", "true"), ("PATH", path)])).unwrap(), "agent");
    // Not without the variable, although the program is there.
    assert!(ambient(&options(&[("PATH", path)])).unwrap().is_none());
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn circleci_is_asked_by_its_program() {
    let error = ambient(&options(&[("CIRCLECI", "true"), ("PATH", ".:/nonexistent")])).unwrap_err();
    assert!(error.to_string().contains("`circleci` is not in the PATH"), "{error}");
    let directory = directory("circleci");
    let path = directory.to_str().unwrap();
    let variables = [("CIRCLECI", "true"), ("PATH", path)];
    let token = token_of("org/1/project/2");
    program(
        &directory,
        "circleci",
        &format!("[ \"$*\" = 'run oidc get --root-issuer --claims {{\"aud\":\"sigstore\"}}' ] && echo {token}"),
    );
    assert_eq!(subject(&options(&variables)).unwrap(), "org/1/project/2");
    for (script, reason) in [
        ("echo canary-one-2f6c >&2; exit 3", "exit status: 3"),
        ("echo canary-one-2f6c", "cannot be used"),
        ("exec head -c 200000 /dev/zero", "more than a token"),
    ] {
        program(&directory, "circleci", script);
        let error = subject(&options(&variables)).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        shows_no_canary(&all_of(&error));
    }
    program(&directory, "circleci", "exec sleep 60");
    let mut hurried = options(&variables);
    hurried.timeout = Duration::from_millis(200);
    assert!(subject(&hurried).unwrap_err().to_string().contains("takes too long"));
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn platforms_without_tokens_say_what_to_do_and_open_no_browser() {
    for (variable, provider, word) in [
        ("JENKINS_URL", Provider::Jenkins, "OpenID Connect Provider plug-in"),
        ("TF_BUILD", Provider::AzureDevOps, "azurekms://"),
        ("BITBUCKET_BUILD_NUMBER", Provider::Bitbucket, "oidc: true"),
        ("CODEBUILD_BUILD_ID", Provider::Aws, "awskms:///"),
        ("CI", Provider::OtherCi, "SIGSTORE_ID_TOKEN"),
    ] {
        let error = ambient(&options(&[(variable, "true")])).unwrap_err();
        assert!(matches!(error, IdentityError::Unsupported(found) if found == provider), "{error}");
        assert!(error.hint().unwrap().contains(word));
    }
}
