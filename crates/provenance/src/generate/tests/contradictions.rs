//! What is missing, wrong, or said twice.

use plimsoll_verify::Claims;

use super::*;

#[test]
fn a_claim_and_a_variable_that_differ_are_an_error_on_every_platform() {
    for (name, variable, value) in [
        ("github", "GITHUB_REPOSITORY", "acme/other"),
        ("github", "GITHUB_SHA", "0000000000000000000000000000000000000000"),
        ("github", "GITHUB_SERVER_URL", "https://github.com.evil.example"),
        ("github", "RUNNER_ENVIRONMENT", "self-hosted"),
        ("gitlab", "CI_PROJECT_URL", "https://gitlab.com/acme/other"),
        ("gitlab", "CI_COMMIT_REF_NAME", "main"),
        ("gitlab", "CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/1/head"),
        ("gitlab", "CI_RUNNER_ID", "1"),
        ("jenkins", "JOB_URL", "https://jenkins.example.org/job/other/"),
        ("circleci", "CIRCLE_REPOSITORY_URL", "git@github.com:acme/other.git"),
        ("circleci", "CIRCLE_TAG", "v9"),
        ("circleci", "CIRCLE_PROJECT_ID", "00000000-0000-4000-8000-000000000000"),
        ("buildkite", "BUILDKITE_COMMIT", "0000000000000000000000000000000000000000"),
        ("buildkite", "BUILDKITE_PIPELINE_SLUG", "other"),
        ("tekton", "TEKTON_NAMESPACE", "kube-system"),
        ("tekton", "TEKTON_CLUSTER_URL", "https://other.example"),
    ] {
        let mut case = Case::read(name);
        case.set(variable, value);
        let error = case.generate().unwrap_err();
        assert!(error.is_contradiction(), "{name} {variable}: {error}");
        let text = error.to_string();
        assert!(text.contains("the claim") && !text.contains(value), "{name} {variable}: {text}");
    }
}

#[test]
fn one_repository_in_two_spellings_is_no_contradiction() {
    let mut case = Case::read("circleci");
    for spelling in ["https://github.com/acme/app", "ssh://git@github.com/acme/app.git"] {
        case.set("CIRCLE_REPOSITORY_URL", spelling);
        let generated = case.generate().unwrap();
        let stated = generated.text("/buildDefinition/externalParameters/source/repository");
        assert_eq!(stated, Some("https://github.com/acme/app"));
    }
}

#[test]
fn what_is_missing_is_named_with_its_variable_and_claim() {
    for (name, variable, claim) in [
        ("github", "GITHUB_REPOSITORY", "repository"),
        ("github", "GITHUB_SHA", "sha"),
        ("github", "GITHUB_RUN_ID", "run_id"),
        ("gitlab", "CI_COMMIT_SHA", "sha"),
        ("gitlab", "CI_JOB_NAME", ""),
        ("jenkins", "BUILD_URL", ""),
        ("jenkins", "GIT_COMMIT", ""),
        ("circleci", "CIRCLE_SHA1", ""),
        ("circleci", "CIRCLE_REPOSITORY_URL", "oidc.circleci.com/vcs-origin"),
        ("buildkite", "BUILDKITE_JOB_ID", "job_id"),
        ("tekton", "TEKTON_CLUSTER_URL", "iss"),
        ("azure-devops", "BUILD_SOURCEVERSION", ""),
        ("google-cloud-build", "COMMIT_SHA", ""),
    ] {
        let mut case = Case::read(name);
        case.variables.remove(variable);
        if !claim.is_empty() {
            case.claims.as_mut().unwrap().as_object_mut().unwrap().remove(claim);
        }
        let error = case.generate().unwrap_err();
        assert!(matches!(error, GenerateError::Missing { .. }), "{name} {variable}: {error}");
        let text = error.to_string();
        assert!(text.contains(variable) && text.contains(claim), "{text}");
    }
}

#[test]
fn a_symbolic_commit_is_not_taken_for_one() {
    let mut case = Case::read("buildkite");
    case.set("BUILDKITE_COMMIT", "HEAD").claim("build_commit", "HEAD");
    assert!(case.fails().contains("--source-digest"), "{}", case.fails());
    case.stated.source_digest = Some("4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112".into());
    let marks: Vec<_> = case.generate().unwrap().marks().map(|(place, how)| (place.to_owned(), how)).collect();
    assert!(
        marks.contains(&("/buildDefinition/resolvedDependencies/0/digest/gitCommit".into(), Authentication::Stated))
    );
}

#[test]
fn what_is_stated_never_overrules_a_token() {
    let mut case = Case::read("github");
    case.stated.source_uri = Some("https://github.com/acme/other".into());
    assert!(case.fails().contains("--source-uri"), "{}", case.fails());
    let mut case = Case::read("github");
    case.stated.builder_id = Some("https://github.com/plimsoll/plimsoll/.github/workflows/provenance.yml@v1".into());
    assert!(case.generate().unwrap_err().is_contradiction());
    // What only the environment says may be put right.
    let mut case = Case::read("jenkins");
    case.stated.source_uri = Some("https://github.com/acme/app".into());
    case.stated.builder_id = Some("https://builds.acme.example/jenkins".into());
    let generated = case.generate().unwrap();
    assert_eq!(generated.text("/runDetails/builder/id"), Some("https://builds.acme.example/jenkins"));
    assert!(generated.marks().any(|(place, how)| place == "/runDetails/builder/id" && how == Authentication::Stated));
}

#[test]
fn a_token_of_another_platform_is_refused() {
    let mut case = Case::read("github");
    case.claim("iss", "https://gitlab.com");
    assert!(matches!(case.generate(), Err(GenerateError::Issuer { .. })), "{}", case.fails());
}

#[test]
fn two_platforms_at_once_have_to_be_told_apart() {
    let mut case = Case::read("gitlab");
    case.set("JENKINS_URL", "https://jenkins.example.org/");
    assert!(case.fails().contains("GitLab CI/CD and Jenkins"), "{}", case.fails());
}

#[test]
fn values_that_are_no_names_are_refused_without_being_shown() {
    for (variable, value) in [
        ("GIT_URL", "not an address"),
        ("GIT_COMMIT", "main"),
        ("JOB_NAME", "a\nb"),
        ("NODE_NAME", "\u{1b}[31mred"),
        ("BUILD_URL", "x"),
    ] {
        let mut case = Case::read("jenkins");
        case.claims = None;
        case.set(variable, value);
        let text = case.fails();
        assert!(text.contains(variable) && !text.contains(value), "{text}");
    }
    let mut case = Case::read("github");
    case.claim("sha", serde_json::json!(["a"]));
    assert!(case.fails().contains("\"sha\""), "{}", case.fails());
    let mut case = Case::read("jenkins");
    case.set("JOB_NAME", &"x".repeat(5000));
    assert!(case.fails().contains("too long"));
}

#[test]
fn claims_with_a_key_twice_are_no_claims() {
    assert!(TokenClaims::parse(br#"{"sha":"a","sha":"b"}"#).is_err());
    assert!(TokenClaims::parse(b"[]").is_err());
    let shown = format!("{:?}", TokenClaims::parse(br#"{"email":"ada@example.org"}"#).unwrap());
    assert!(!shown.contains("ada"));
}

#[test]
fn without_a_claim_the_certificate_leaves_a_field_unchecked() {
    let checks = Case::read("github").generate().unwrap().check_certificate(&Claims::default()).unwrap();
    assert!(checks.len() >= 10 && checks.iter().all(|check| check.certified.is_none()));
}
