//! Each expectation: it holds, it does not, and there is nothing to compare with.

use serde_json::json;

use super::decide;
use super::evidence::{COMMIT, Case, Key};

const BRANCH: &str = "git+https://github.com/acme/app@refs/heads/main";
const NO_REF: &str = "git+https://github.com/acme/app";

#[test]
fn sources() {
    let app = "source = \"github.com/acme/app\"\n";
    let id = "source_id = 123\n";
    let uri = |repository: &str| format!("git+https://{repository}@refs/tags/v1.2.3");
    decide(vec![
        Case::new("source: the same", app, "passed"),
        Case::new("source: another", app, "PLM-V0805").from(&uri("github.com/evil/app")),
        Case::new("source: none", app, "PLM-V0816").from("gs://bucket/app.tar.gz"),
        Case::new("source: any", "source = \"any\"\n", "passed").from(&uri("github.com/evil/app")),
        // Spellings that are one, and some that are not.
        Case::new("source: .git", app, "passed").from(&uri("github.com/acme/app.git")),
        Case::new("source: host in capitals", app, "passed").from(&uri("GitHub.com/acme/app")),
        Case::new("source: owner in capitals", app, "PLM-V0805").from(&uri("github.com/Acme/app")),
        Case::new("source: longer", app, "PLM-V0805").from(&uri("github.com/acme/app-evil")),
        Case::new("source: below", app, "PLM-V0805").from(&uri("github.com/acme/app/evil")),
        Case::new("source: an escape", app, "PLM-V0816").from(&uri("github.com/acme%2Fapp")),
        Case::new("source: another host", app, "PLM-V0805").from(&uri("github.com.evil.example/acme/app")),
        Case::new("source: a user", app, "PLM-V0816").from("git+https://github.com@evil.example/acme/app"),
        Case::new("source: the definition is elsewhere", app, "PLM-V0805").with(|predicate| {
            predicate["invocation"]["configSource"]["uri"] = json!(uri("github.com/evil/app"));
        }),
        Case::new("source id: the same", id, "passed"),
        Case::new("source id: another", id, "PLM-V0805")
            .with(|predicate| predicate["invocation"]["environment"]["github_repository_id"] = json!("124")),
        Case::new("source id: none", id, "PLM-V0805").with(|predicate| {
            predicate["invocation"]["environment"].as_object_mut().unwrap().remove("github_repository_id");
        }),
    ]);
}

#[test]
fn refs() {
    let tag = "ref = { tag = \"v1.2.3\" }\n";
    let branch = "ref = { branch = \"main\" }\n";
    let versioned = "ref = { versioned_tag = \"v1\" }\n";
    let exact = "ref = { exact = \"refs/tags/v1.2.3\" }\n";
    let commit = format!("ref = {{ commit = \"{COMMIT}\" }}\n");
    let other = format!("ref = {{ commit = \"{}\" }}\n", "b".repeat(40));
    let pushed_from = |branch: &str| json!({ "base_ref": format!("refs/heads/{branch}") });
    decide(vec![
        Case::new("tag: the same", tag, "passed"),
        Case::new("tag: another", "ref = { tag = \"v1.2.4\" }\n", "PLM-V0808"),
        Case::new("tag: a branch of that name", tag, "PLM-V0808")
            .from("git+https://github.com/acme/app@refs/heads/v1.2.3"),
        Case::new("tag: none", tag, "PLM-V0816").from(NO_REF),
        Case::new("tag: longer", tag, "PLM-V0808").from("git+https://github.com/acme/app@refs/tags/v1.2.3-evil"),
        Case::new("tag: with an at sign", "ref = { tag = \"@acme/app@1.0\" }\n", "passed")
            .from("git+https://github.com/acme/app@refs/tags/@acme/app@1.0"),
        Case::new("branch: the same", branch, "passed").from(BRANCH),
        Case::new("branch: another", branch, "PLM-V0807").from("git+https://github.com/acme/app@refs/heads/evil"),
        Case::new("branch: nobody says", branch, "PLM-V0807"),
        Case::new("branch: of the tag", branch, "passed").with(|predicate| {
            predicate["invocation"]["environment"]["github_event_name"] = json!("push");
            predicate["invocation"]["environment"]["github_event_payload"] = pushed_from("main");
        }),
        Case::new("branch: of the tag, another", branch, "PLM-V0807").with(|predicate| {
            predicate["invocation"]["environment"]["github_event_name"] = json!("push");
            predicate["invocation"]["environment"]["github_event_payload"] = pushed_from("evil");
        }),
        Case::new("version: of it", versioned, "passed"),
        Case::new("version: another", "ref = { versioned_tag = \"v2\" }\n", "PLM-V0809"),
        Case::new("version: a branch", versioned, "PLM-V0809").from(BRANCH),
        Case::new("ref: the same", exact, "passed"),
        Case::new("ref: another", exact, "PLM-V0806").from(BRANCH),
        Case::new("ref: none", exact, "PLM-V0816").from(NO_REF),
        Case::new("commit: the same", &commit, "passed"),
        Case::new("commit: another", &other, "PLM-V0810"),
        Case::new("commit: none", &commit, "PLM-V0810")
            .with(|predicate| predicate["materials"][0]["digest"] = json!({})),
        Case::new("tag and branch: one does not hold", "ref = { tag = \"v1.2.3\", branch = \"main\" }\n", "PLM-V0807"),
    ]);
}

#[test]
fn refs_that_follow_the_version() {
    let tag = "ref = { tag = \"v{version}\" }\n";
    let named = |name: &str, what: &str, expected: &str| Case::new(name, tag, expected).named(what);
    decide(vec![
        Case::new("version of the file: the same", tag, "passed"),
        named("version of the file: newer than the tag", "file:app-1.2.4.tar.gz", "PLM-V0808"),
        named("version of the file: part of it", "file:app-1.2.tar.gz", "PLM-V0808"),
        named("version of the file: not said", "file:app", "PLM-V0809"),
        named("version of the package: the same", "pkg:generic/app@1.2.3", "passed"),
        named("version of the package: another", "pkg:generic/app@2.0.0", "PLM-V0808"),
        named("version of the package: not said", "pkg:generic/app", "PLM-V0809"),
        named("two names of one version", "pkg:generic/app@1.2.3", "passed").named("file:app-1.2.3.tar.gz"),
        named("two names of two versions", "pkg:generic/app@1.2.3", "PLM-V0809").named("file:app-1.2.4.tar.gz"),
        Case::new("a version that is no tag", "ref = { versioned_tag = \"v{version}\" }\n", "passed")
            .named("file:app-1.2.tar.gz"),
    ]);
}

#[test]
fn builders_types_and_levels() {
    let builder = "builder = \"https://build.acme.example/*\"\n";
    let kind = "build_types = \"https://github.com/slsa-framework/**\"\n";
    let level = |level: u8| format!("min_build_level = {level}\n");
    decide(vec![
        Case::new("builder: the same", builder, "passed"),
        Case::new("builder: another", "builder = \"https://other.example/*\"\n", "PLM-V0803"),
        Case::new("builder: not recognised", builder, "PLM-V0801")
            .with(|predicate| predicate["builder"]["id"] = json!("https://evil.example/desk@v1")),
        Case::new("builder: that of another key", builder, "PLM-V0801")
            .with(|predicate| predicate["builder"]["id"] = json!("https://other.example/builder@v1")),
        Case::new("builder: none", builder, "PLM-V0816").with(|predicate| predicate["builder"] = json!({})),
        Case::new("build type: the same", kind, "passed"),
        Case::new("build type: another", "build_types = \"https://tekton.dev/**\"\n", "PLM-V0804"),
        Case::new("build type: none", kind, "PLM-V0816").with(|predicate| predicate["buildType"] = json!("")),
        Case::new("level: reached", level(1), "passed"),
        Case::new("level: none asked for", level(0), "passed"),
        Case::new("level: too low", level(2), "PLM-V0815"),
        Case::new("level: what the document says is nothing", level(3), "PLM-V0815")
            .with(|predicate| predicate["level"] = json!(3)),
        Case::new("level: of another builder", level(3), "passed")
            .by(Key::Other)
            .with(|predicate| predicate["builder"]["id"] = json!("https://other.example/builder@v1")),
    ]);
}

#[test]
fn workflows_inputs_and_parameters() {
    let workflow = "workflow = \".github/workflows/*.yml\"\n";
    let inputs = "inputs = { channel = \"stable\" }\n";
    let parameter = |rule: &str| format!("external_parameters = {{ \"parameters.level\" = {rule} }}\n");
    let unknown = |predicate: &mut serde_json::Value| {
        predicate["buildType"] = json!("https://acme.example/build/v1");
        predicate["materials"] = json!([]);
    };
    let any = "source = \"any\"\n";
    decide(vec![
        Case::new("workflow: one of them", workflow, "passed"),
        Case::new("workflow: another", "workflow = \".github/workflows/ci.yml\"\n", "PLM-V0811"),
        Case::new("workflow: longer", workflow, "PLM-V0811").with(|predicate| {
            predicate["invocation"]["configSource"]["entryPoint"] = json!(".github/workflows/release.yml.evil");
        }),
        Case::new("workflow: none", workflow, "PLM-V0811")
            .with(|predicate| predicate["invocation"]["configSource"]["entryPoint"] = json!("")),
        Case::new("input: the same", inputs, "passed"),
        Case::new("input: another", "inputs = { channel = \"beta\" }\n", "PLM-V0812"),
        Case::new("input: none", "inputs = { debug = \"false\" }\n", "PLM-V0812"),
        Case::new("input: of no run by hand", inputs, "PLM-V0812")
            .with(|predicate| predicate["invocation"]["environment"]["github_event_name"] = json!("push")),
        Case::new("parameter: the same", parameter("\"high\""), "passed"),
        Case::new("parameter: matches", parameter("{ glob = \"h*\" }"), "passed"),
        Case::new("parameter: does not match", parameter("{ regex = \"low|none\" }"), "PLM-V0813"),
        Case::new("parameter: another", parameter("{ equal = \"low\" }"), "PLM-V0813"),
        Case::new("parameter: a number is no text", parameter("1"), "PLM-V0813"),
        Case::new("parameter: none", "external_parameters = { \"parameters.depth\" = 1 }\n", "PLM-V0813"),
        Case::new("parameter: unknown", any, "PLM-V0813").with(unknown),
        Case::new(
            "parameter: unknown and named",
            format!("{any}external_parameters = {{ \"parameters.*\" = \"any\" }}\n"),
            "passed",
        )
        .with(unknown),
    ]);
}
