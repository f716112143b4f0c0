//! `plimsoll provenance generate` and `plimsoll attest --provenance`: made, signed at a private Sigstore, verified, stored.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread::JoinHandle;

use jiff::Timestamp;
use plimsoll_provenance::generate::{self, Artifact, GenerateError, Request, Stated, Subjects};
use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll, workspace};
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuilderSigner, Claims, LogRule, Pattern, ProvenanceExpectation, RefExpectation,
    Repository, RunnerRule, Subject, TrustedRoot, read_evidence, verify_provenance,
};
use serde_json::{Value, json};

const SHA: &str = "4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112";
const WORKFLOW: &str = "plimsoll-sbom/example/.github/workflows/release.yml@refs/heads/main";

/// What the job of the private Sigstore has in its environment.
const JOB: &[(&str, &str)] = &[
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "plimsoll-sbom/example"),
    ("GITHUB_REPOSITORY_ID", "1001"),
    ("GITHUB_REPOSITORY_OWNER_ID", "101"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_SHA", SHA),
    ("GITHUB_WORKFLOW_REF", WORKFLOW),
    ("GITHUB_EVENT_NAME", "push"),
    ("GITHUB_RUN_ID", "9001"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("RUNNER_ENVIRONMENT", "github-hosted"),
    ("GITHUB_TOKEN", "ghs_s3cr3tS3cr3tS3cr3t"),
];

struct Place {
    sigstore: PrivateSigstore,
    artifact: PathBuf,
}

impl Place {
    fn new() -> Self {
        let sigstore = PrivateSigstore::start(|_| {}).unwrap();
        let artifact = sigstore.write("app.tar.gz", "ship");
        Self { sigstore, artifact }
    }

    /// A command in the job.
    fn job(&self, arguments: &[&str]) -> Command {
        let mut command = plimsoll(arguments);
        command.envs(JOB.iter().copied()).current_dir(self.artifact.parent().unwrap());
        command
    }

    fn signing(&self, arguments: &[&str]) -> Command {
        let mut command = self.job(arguments);
        command.arg("--trusted-root").arg(self.sigstore.file("trusted_root.json"));
        command.arg("--signing-config").arg(self.sigstore.file("signing_config.2.json"));
        command.args(["--retries", "0"]).arg("--identity-token-file").arg(self.sigstore.file("token"));
        command
    }

    fn bundle(&self) -> PathBuf {
        self.sigstore.file("app.tar.gz.sigstore.json")
    }

    /// Verifies the bundle with a policy that recognises the workflow of this job and nothing else.
    fn is_proven(&self, commit: &str) -> Result<u8, String> {
        let issuer = self.sigstore.stack.issuer(&self.sigstore.identity);
        let rule = BuilderRule {
            name: "the release workflow".into(),
            id: Pattern::exact(format!("https://github.com/{WORKFLOW}")),
            signer: BuilderSigner::Itself { issuer: Pattern::exact(&issuer) },
            build_types: vec![Pattern::exact("https://actions.github.io/buildtypes/workflow/v1")],
            level: 2,
            runner: RunnerRule::Hosted,
        };
        let mut build = BuildExpectation { level: 2, ..BuildExpectation::default() };
        build.source = Repository::parse("https://github.com/plimsoll-sbom/example");
        build.references = vec![RefExpectation::Exact("refs/heads/main".into())];
        build.commit = Some(commit.to_owned());
        let expectation = ProvenanceExpectation {
            builders: vec![rule],
            build,
            log: LogRule::Required,
            logs: 1,
            times: 1,
            at: Timestamp::now(),
        };
        let evidence = read_evidence(&fs::read(self.bundle()).unwrap(), "").unwrap();
        let subject = Subject::file(&self.artifact, &[]).unwrap();
        let text = fs::read_to_string(self.sigstore.file("trusted_root.json")).unwrap();
        let root = TrustedRoot::parse("private", &text, None).unwrap();
        let outcome = verify_provenance(&evidence, &subject, &expectation, &[root]);
        match outcome.proven().first() {
            Some(build) => Ok(build.level()),
            None => Err(outcome
                .refused()
                .iter()
                .map(|refusal| format!("{} {}", refusal.code(), refusal.reason()))
                .collect()),
        }
    }
}

fn run(mut command: Command) -> Outcome {
    Outcome::from(command.output().unwrap())
}

fn validated(text: &str) -> Value {
    let path = workspace().join("schemas/plimsoll.provenance.generate.1.schema.json");
    let schema = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let report: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    report
}

#[test]
fn what_is_made_and_signed_in_one_step_is_proven_by_a_policy_that_knows_the_builder() {
    let place = Place::new();
    let outputs = place.sigstore.write("outputs", "before=1\n");
    let summary = place.sigstore.file("summary.md");
    let mut command = place.signing(&["provenance", "generate", "--subject", "*.tar.gz", "--sign", "--format", "json"]);
    command.args(["-o", "statement.json"]).env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", &summary);
    let made = run(command);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(made.stderr.contains("7 fields from the token, 4 from the environment"), "{}", made.stderr);
    let report = validated(&made.stdout);
    assert_eq!(report["platform"], "github");
    let certified = report["certificate"].as_array().unwrap();
    assert!(certified.len() >= 10 && certified.iter().all(|check| check["certified"] == check["stated"]), "{report:#}");
    assert_eq!(place.is_proven(SHA), Ok(2));
    assert!(place.is_proven(&"0".repeat(40)).unwrap_err().contains("PLM-V"));
    // The statement that was written is the one that was signed.
    let statement = fs::read(place.sigstore.file("statement.json")).unwrap();
    let bundle: Value = serde_json::from_slice(&fs::read(place.bundle()).unwrap()).unwrap();
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    assert_eq!(data_encoding::BASE64.decode(payload.as_bytes()).unwrap(), statement.strip_suffix(b"\n").unwrap());
    let outputs = fs::read_to_string(outputs).unwrap();
    assert!(outputs.starts_with("before=1\nstatement-path=statement.json\nbundle-path=app.tar.gz.sigstore.json\n"));
    assert!(outputs.contains("\nsubject-digest=sha256:"), "{outputs}");
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.contains("| commit | 4f1d8c2b9a3e5d7061728394a5b6c7d8e9f00112 | oidc |"), "{summary}");
    let everything = format!("{}{}{outputs}{summary}{bundle}", made.stdout, made.stderr);
    assert!(!everything.contains("s3cr3t"), "{everything}");
    // The usual commands agree.
    let mut verify = plimsoll(["verify", "--type", "slsaprovenance1", "--source-ref", "refs/heads/main"]);
    verify.arg(&place.artifact).arg("--trusted-root").arg(place.sigstore.file("trusted_root.json"));
    verify.args(["--identity", &place.sigstore.identity.certified()]);
    verify.args(["--issuer", &place.sigstore.stack.issuer(&place.sigstore.identity)]);
    let verified = run(verify);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
}

#[test]
fn attest_states_provenance_as_well() {
    let place = Place::new();
    let mut command = place.signing(&["attest", "app.tar.gz", "--provenance"]);
    let made = run({
        command.arg("--bundle").arg(place.bundle());
        command
    });
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert_eq!(place.is_proven(SHA), Ok(2));
    let mut command = place.signing(&["attest", "app.tar.gz", "--type", "vsa", "--predicate", "token"]);
    let refused = run({
        command.args(["--source-ref", "refs/heads/main"]);
        command
    });
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("add --provenance"), "{}", refused.stderr);
}

#[test]
fn a_contradiction_signs_and_writes_nothing() {
    let place = Place::new();
    let command = |name: &str, value: &str| {
        let mut command = place.signing(&["provenance", "generate", "--subject", "app.tar.gz", "--sign"]);
        command.args(["-o", "statement.json"]).env(name, value);
        command
    };
    let other = "0000000000000000000000000000000000000000";
    for (name, value) in [("GITHUB_SHA", other), ("GITHUB_REPOSITORY", "evil/example"), ("GITHUB_REF", "refs/heads/x")]
    {
        let refused = run(command(name, value));
        assert_eq!(refused.status, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains(name) && !refused.stderr.contains(value), "{}", refused.stderr);
    }
    let mut stated = command("GITHUB_JOB", "build");
    stated.args(["--builder-id", "https://github.com/plimsoll/other"]);
    assert_eq!(run(stated).status, Some(1));
    assert!(!place.bundle().exists() && !place.sigstore.file("statement.json").exists());
    // Recorded claims are not those of the token that signs.
    let claims = workspace().join("testdata/provenance/generate/github/claims.json");
    let mut recorded = command("GITHUB_JOB", "build");
    recorded.arg("--claims").arg(claims);
    assert_eq!(run(recorded).status, Some(2));
    assert!(!place.bundle().exists());
}

#[test]
fn a_document_that_contradicts_its_certificate_is_refused_before_it_is_signed() {
    let place = Place::new();
    let made = run(place.signing(&["provenance", "generate", "--subject", "app.tar.gz", "--sign"]));
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let bundle: Value = serde_json::from_slice(&fs::read(place.bundle()).unwrap()).unwrap();
    let text = bundle["verificationMaterial"]["certificate"]["rawBytes"].as_str().unwrap();
    let certificate = Claims::unverified(&data_encoding::BASE64.decode(text.as_bytes()).unwrap()).unwrap();
    let check = |name: &str, value: &str| {
        let mut variables: BTreeMap<&str, &str> = JOB.iter().copied().collect();
        variables.insert(name, value);
        let generated = generate::generate(Request {
            platform: None,
            variables: &|name| variables.get(name).map(|value| (*value).to_owned()),
            claims: None,
            stated: Stated::default(),
            subjects: Subjects::read(&[Artifact::File(place.artifact.clone())]).unwrap(),
            dependencies: Vec::new(),
        });
        generated.unwrap().check_certificate(&certificate)
    };
    assert!(check("GITHUB_JOB", "build").is_ok());
    for (name, value) in [
        ("GITHUB_REPOSITORY", "plimsoll-sbom/other"),
        ("GITHUB_REF", "refs/heads/other"),
        ("GITHUB_SHA", "0000000000000000000000000000000000000000"),
        ("GITHUB_WORKFLOW_REF", "plimsoll-sbom/example/.github/workflows/other.yml@refs/heads/main"),
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_RUN_ID", "9002"),
        ("GITHUB_REPOSITORY_ID", "1002"),
        ("RUNNER_ENVIRONMENT", "self-hosted"),
        ("GITHUB_SERVER_URL", "https://github.example"),
    ] {
        assert!(matches!(check(name, value), Err(GenerateError::Certificate { .. })), "{name}");
    }
}

#[test]
fn without_signing_nothing_is_asked_and_recorded_facts_make_the_same_bytes() {
    let place = Place::new();
    let record = workspace().join("testdata/provenance/generate");
    for name in ["github", "gitlab", "jenkins", "circleci", "buildkite", "tekton", "azure-devops", "local"] {
        let make = || {
            let mut command = plimsoll(["provenance", "generate", "--offline"]);
            command.args(["--subject-digest", &format!("app.tar.gz@sha256:{}", plimsoll_tests::sha256(b""))]);
            command.arg("--env-file").arg(record.join(name).join("env.json"));
            let claims = record.join(name).join("claims.json");
            if claims.exists() {
                command.arg("--claims").arg(claims);
            }
            run(command)
        };
        let made = make();
        assert_eq!(made.status, Some(0), "{name}: {}", made.stderr);
        assert_eq!(made.stdout, make().stdout, "{name}");
        let statement: Value = serde_json::from_str(&made.stdout).unwrap();
        if name != "local" {
            let wanted: Value =
                serde_json::from_slice(&fs::read(record.join(name).join("expected.json")).unwrap()).unwrap();
            assert_eq!(statement, wanted, "{name}");
        }
    }
    // A list of digests needs no files, and an SBOM comes after the source.
    let sums = place.sigstore.write("SHA256SUMS", format!("{}  far/away.bin\n", "ab".repeat(32)));
    let sbom = place.sigstore.write(
        "sbom.json",
        json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": { "component": { "type": "application", "name": "app", "bom-ref": "app", "purl": "pkg:generic/app" } },
            "components": [
                { "type": "library", "name": "serde", "version": "1.0.200", "purl": "pkg:cargo/serde@1.0.200",
                  "hashes": [{ "alg": "SHA-256", "content": "cd".repeat(32) }, { "alg": "MD5", "content": "0".repeat(32) }] },
                { "type": "library", "name": "anyhow", "version": "1.0.1", "purl": "pkg:cargo/anyhow@1.0.1" },
                { "type": "library", "name": "nobody" },
            ],
        })
        .to_string(),
    );
    let mut command = place.job(&["provenance", "generate", "--subjects-from"]);
    command.arg(sums).arg("--sbom").arg(sbom);
    let made = run(command);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(made.stderr.contains("1 components have neither"), "{}", made.stderr);
    let statement: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(statement["subject"], json!([{ "name": "far/away.bin", "digest": { "sha256": "ab".repeat(32) } }]));
    let dependencies = &statement["predicate"]["buildDefinition"]["resolvedDependencies"];
    assert_eq!(dependencies[0]["digest"]["gitCommit"], SHA);
    assert_eq!(dependencies[1], json!({ "uri": "pkg:cargo/anyhow@1.0.1" }));
    assert_eq!(dependencies[2], json!({ "uri": "pkg:cargo/serde@1.0.200", "digest": { "sha256": "cd".repeat(32) } }));
    assert_eq!(dependencies.as_array().unwrap().len(), 3);
}

/// A store that takes one bundle, and says what it was sent.
fn store(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    stream.write_all(answer.as_bytes()).unwrap();
                    return text;
                }
            }
        }
    });
    (url, served)
}

#[test]
fn a_bundle_is_stored_at_github_with_a_token_that_nobody_sees() {
    let place = Place::new();
    let upload = |url: &str| {
        let mut command = place.signing(&["provenance", "generate", "--subject", "app.tar.gz", "--sign", "--upload"]);
        command.args(["--format", "json"]).env("GITHUB_API_URL", url);
        command
    };
    let (url, served) = store("HTTP/1.1 201 Created\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"id\":4711}");
    let stored = run(upload(&url));
    assert_eq!(stored.status, Some(0), "{}", stored.stderr);
    let report = validated(&stored.stdout);
    assert_eq!(report["stored"]["url"], "https://github.com/plimsoll-sbom/example/attestations/4711");
    let request = served.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /repos/plimsoll-sbom/example/attestations HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains("authorization: bearer ghs_s3cr3ts3cr3ts3cr3t"), "{head}");
    let sent: Value = serde_json::from_str(body).unwrap();
    assert_eq!(sent["bundle"], serde_json::from_slice::<Value>(&fs::read(place.bundle()).unwrap()).unwrap());

    // A refusal that repeats the token does not make it known, and the bundle stays.
    fs::remove_file(place.bundle()).unwrap();
    let (url, served) = store(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 44\r\nConnection: close\r\n\r\n{\"message\":\"not with ghs_s3cr3tS3cr3tS3cr3t\"}",
    );
    let refused = run(upload(&url));
    served.join().unwrap();
    assert_eq!(refused.status, Some(3), "{}", refused.stderr);
    assert!(place.bundle().exists() && refused.stderr.contains("attestations: write"), "{}", refused.stderr);
    assert!(!format!("{}{}{}", stored.stdout, stored.stderr, refused.stderr).contains("s3cr3t"), "{}", refused.stderr);

    fs::remove_file(place.bundle()).unwrap();
    let mut offline = upload("http://127.0.0.1:1");
    offline.arg("--offline");
    let mut plain = upload("http://api.github.example");
    plain.args(["--timeout", "1"]);
    let mut without = upload("http://127.0.0.1:1");
    without.env_remove("GITHUB_TOKEN");
    for (command, status) in [(offline, 2), (without, 2)] {
        let refused = run(command);
        assert_eq!(refused.status, Some(status), "{}", refused.stderr);
        assert!(!place.bundle().exists());
    }
    // Never without TLS but to this machine.
    assert!(run(plain).stderr.contains("not encrypted"));
}
