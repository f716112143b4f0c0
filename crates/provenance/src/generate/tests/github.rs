//! The predicate of GitHub's own action, written down by itself: what `buildSLSAProvenancePredicate` in
//! `packages/attest/src/provenance.ts` of <https://github.com/actions/toolkit> (339447c) makes of the claims and
//! `GITHUB_SERVER_URL`. It shares nothing with the tables that it checks.

use serde_json::json;

use super::*;

/// The mapping of the action.
fn published(server: &str, claims: &Value) -> Value {
    let claim = |name: &str| claims[name].as_str().unwrap().to_owned();
    let repository = claim("repository");
    let inner = claim("workflow_ref").replacen(&format!("{repository}/"), "", 1);
    let mut chunks = inner.split('@');
    let path = chunks.next().unwrap().to_owned();
    let git_ref = chunks.collect::<Vec<_>>().join("@");
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": { "ref": git_ref, "repository": format!("{server}/{repository}"), "path": path }
            },
            "internalParameters": {
                "github": {
                    "event_name": claim("event_name"),
                    "repository_id": claim("repository_id"),
                    "repository_owner_id": claim("repository_owner_id"),
                    "runner_environment": claim("runner_environment"),
                }
            },
            "resolvedDependencies": [
                {
                    "uri": format!("git+{server}/{repository}@{}", claim("ref")),
                    "digest": { "gitCommit": claim("sha") }
                }
            ]
        },
        "runDetails": {
            "builder": { "id": format!("{server}/{}", claim("job_workflow_ref")) },
            "metadata": {
                "invocationId": format!(
                    "{server}/{repository}/actions/runs/{}/attempts/{}", claim("run_id"), claim("run_attempt")
                )
            }
        }
    })
}

#[test]
fn equals_the_mapping_of_actions_attest_build_provenance_field_by_field() {
    for name in ["github", "github-tag-with-at", "github-pull-request", "github-tenant"] {
        let case = Case::read(name);
        let generated = case.generate().unwrap();
        let statement: Value = serde_json::from_slice(generated.bytes()).unwrap();
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
        let wanted = published(&case.variables["GITHUB_SERVER_URL"], case.claims.as_ref().unwrap());
        assert_eq!(statement["predicate"], wanted, "{name}");
    }
    // Without a token the same document comes of the variables, as long as the workflow is not a reusable one.
    let (with, without) = (Case::read("github"), Case::read("github-without-token"));
    assert_eq!(with.generate().unwrap().bytes(), without.generate().unwrap().bytes());
}

#[test]
fn a_workflow_of_another_repository_keeps_its_whole_path_as_in_the_action() {
    let mut case = Case::read("github");
    let required = "acme/rules/.github/workflows/required.yml@refs/heads/main";
    case.set("GITHUB_WORKFLOW_REF", required).claim("workflow_ref", required).claim("job_workflow_ref", required);
    let generated = case.generate().unwrap();
    let wanted = published("https://github.com", case.claims.as_ref().unwrap());
    assert_eq!(generated.statement().predicate(), &wanted);
    let path = generated.text("/buildDefinition/externalParameters/workflow/path");
    assert_eq!(path, Some("acme/rules/.github/workflows/required.yml"));
}

#[test]
fn other_forges_that_speak_like_github_are_not_github() {
    let mut case = Case::read("github-without-token");
    case.set("GITEA_ACTIONS", "true");
    assert_eq!(case.generate().unwrap().platform().id(), "local");
}
