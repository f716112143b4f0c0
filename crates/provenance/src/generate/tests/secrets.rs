//! No variable is read that the tables do not list, so none can end up in a document, an error or a trace.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

/// Names that an environment of CI may have, and that hold secrets.
const NAMES: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT",
    "CI_REPOSITORY_URL",
    "SIGSTORE_ID_TOKEN",
    "CIRCLE_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "CIRCLE_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "NPM_TOKEN",
    "DATABASE_URL",
];

#[test]
fn only_variables_of_the_tables_are_read_and_no_other_value_is_ever_written() {
    for platform in PLATFORMS {
        let mut case = Case::read(platform.id());
        let listed: BTreeSet<&str> = PLATFORMS.iter().flat_map(|platform| platform.variables()).collect();
        let mut secrets = Vec::new();
        let more = (0..100).map(|number| format!("SECRET_{number}"));
        for name in NAMES.iter().map(|name| (*name).to_owned()).chain(more) {
            assert!(!listed.contains(name.as_str()), "{name}");
            let secret = format!("s3cr3t-{name}");
            case.set(&name, &secret);
            secrets.push(secret);
        }
        let asked = RefCell::new(BTreeSet::new());
        let claims = case.claims.as_ref().map(|claims| TokenClaims::parse(claims.to_string().as_bytes()).unwrap());
        let generated = generate(Request {
            platform: None,
            variables: &|name| {
                asked.borrow_mut().insert(name.to_owned());
                case.variables.get(name).cloned()
            },
            claims: claims.as_ref(),
            stated: case.stated.clone(),
            subjects: Subjects::read(&[Artifact::digest(&format!("a@sha256:{SHA256}")).unwrap()]).unwrap(),
            dependencies: Vec::new(),
        })
        .unwrap();
        let shown = format!("{}{generated:?}", String::from_utf8_lossy(generated.bytes()));
        for secret in &secrets {
            assert!(!shown.contains(secret.as_str()), "{}: {secret}", platform.id());
        }
        let beyond: Vec<_> = asked.borrow().iter().filter(|name| !listed.contains(name.as_str())).cloned().collect();
        assert!(beyond.is_empty(), "{}: {beyond:?}", platform.id());
    }
}

#[test]
fn credentials_within_addresses_are_left_out() {
    for (name, variable, value) in [
        ("jenkins", "GIT_URL", "https://ci:s3cr3t@git.example.org/acme/app.git"),
        ("buildkite", "BUILDKITE_REPO", "https://x-token:s3cr3t@github.com/acme/app?token=s3cr3t"),
        ("azure-devops", "BUILD_REPOSITORY_URI", "https://s3cr3t@dev.azure.com/acme/_git/app"),
        ("circleci", "CIRCLE_BUILD_URL", "https://ada:s3cr3t@circleci.com/gh/acme/app/88#s3cr3t"),
        ("tekton", "TEKTON_SOURCE_URL", "ssh://git:s3cr3t@github.com/acme/app.git"),
        ("jenkins", "JENKINS_URL", "https://admin:s3cr3t@jenkins.example.org/"),
    ] {
        let mut case = Case::read(name);
        case.set(variable, value);
        let text = String::from_utf8(case.generate().unwrap().bytes().to_vec()).unwrap();
        assert!(!text.contains("s3cr3t"), "{name}: {text}");
    }
}
