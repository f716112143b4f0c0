//! How long a gate takes for an image with an SBOM of 5,000 components, three attestations and 200 findings, from the bytes of policy,
//! trusted root and evidence to the decision: `cargo run --release -p plimsoll-policy --example gate_time`.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use jiff::Timestamp;
use plimsoll_advisory::vex::VexBook;
use plimsoll_advisory::{Advisories, osv};
use plimsoll_attest::{IN_TOTO_PAYLOAD_TYPE, StatementBuilder, Subject as StatementSubject, pae};
use plimsoll_model::{Limits, Purl};
use plimsoll_policy::gate::{Decision, GateInput, decide};
use plimsoll_policy::{Exceptions, Name, Policy};
use plimsoll_verify::{BuiltIn, LogRule, Subject, read_evidence};
use serde_json::{Value, json};
use sigstore_crypto::KeyPair;

type Failed = Box<dyn std::error::Error>;

const COMPONENTS: usize = 5_000;
const FINDINGS: usize = 200;
const RUNS: usize = 20;

const POLICY: &str = r#"version = 1
[roots.sigstore]
instance = "public-good"
[roots.keys.release]
file = "release.pub"
[[builder]]
id = "https://build.acme.example/**"
signer = { key = "release" }
level = 2
require = { tlog = false }
[[expect]]
match = "file:app-*"
source = "github.com/acme/app"
min_build_level = 2
[provenance]
min_level = 2
[sbom]
signer = { key = "release" }
formats = ["cyclonedx"]
complete = true
[packages]
deny = [{ match = "pkg:npm/evil" }, { match = "pkg:maven/org.example/package-2", range = "vers:maven/<1.0.0" }]
[[scan]]
name = "source"
signer = { key = "release" }
tool = "CodeQL"
"#;

/// Parts of the time of one run.
struct Times {
    read: Duration,
    decide: Duration,
}

fn main() -> Result<(), Failed> {
    let key = KeyPair::generate_ecdsa_p256()?;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64.encode(key.public_key_der()?.as_bytes())
    );
    let documents = [
        signed(&key, "https://cyclonedx.org/bom", sbom())?,
        signed(&key, "https://slsa.dev/provenance/v0.2", provenance())?,
        signed(&key, "https://plimsoll.dev/attestation/sarif/v1", scan())?,
    ];
    let size: usize = documents.iter().map(Vec::len).sum();
    let advisories = made_up();
    let mut all = Vec::with_capacity(RUNS);
    let mut told = String::new();
    for _ in 0..RUNS {
        let (times, decision) = run(&pem, &documents, &advisories)?;
        let reasons = decision.reasons().count();
        told = format!("{} rules, {reasons} reasons, {}", decision.rules.len(), decision.verdict.word());
        all.push(times);
    }
    let first = all.first().map(|times| (times.read, times.decide)).unwrap_or_default();
    all.sort_by_key(|times| times.read.saturating_add(times.decide));
    let median = all.get(RUNS / 2).map(|times| (times.read, times.decide)).unwrap_or_default();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let line = |(read, decide): (Duration, Duration)| {
        let whole = milliseconds(read.saturating_add(decide));
        format!("{whole:.1} ms (read {:.1}, decide {:.1})", milliseconds(read), milliseconds(decide))
    };
    writeln!(io::stdout(), "{COMPONENTS} components, {size} bytes of evidence: {told}")?;
    writeln!(io::stdout(), "first {}; median of {RUNS} {}", line(first), line(median))?;
    Ok(())
}

/// From bytes to a decision.
fn run(pem: &str, documents: &[Vec<u8>], advisories: &Advisories) -> Result<(Times, Decision), Failed> {
    let start = Instant::now();
    let policy = Policy::parse("policy.toml", POLICY, &mut |_| Ok(pem.to_owned()))?;
    let roots = [BuiltIn::PublicGood.trusted_root()?];
    let mut evidence = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        evidence.extend(read_evidence(document, &format!("evidence-{at}.json"))?);
    }
    let read = start.elapsed();
    let (names, subject, vex) =
        ([Name::parse("file:app-1.tar.gz").map_err(|problem| problem.to_string())?], artifact(), VexBook::default());
    let exceptions = Exceptions::none();
    let decision = decide(&GateInput {
        policy: &policy,
        exceptions: &exceptions,
        names: &names,
        subject: &subject,
        evidence: &evidence,
        roots: &roots,
        log: LogRule::Required,
        observed: None,
        loose: &[],
        image: None,
        advisories: Some(advisories),
        vex: &vex,
        published: &|_: &Purl| None,
        max_age_days: 3,
        allow_incomplete: false,
        at: "2026-11-22T12:00:00Z".parse::<Timestamp>()?,
    });
    Ok((Times { read, decide: start.elapsed().saturating_sub(read) }, decision))
}

fn artifact() -> Subject {
    Subject::bytes(b"app".to_vec())
}

fn signed(key: &KeyPair, kind: &str, predicate: Value) -> Result<Vec<u8>, Failed> {
    let digest = artifact().digests().map(|(name, hex)| (name.token().to_owned(), hex.to_owned())).collect();
    let subject = StatementSubject { name: "app".into(), digest, ..StatementSubject::default() };
    let (_, payload) = StatementBuilder::new(kind, predicate).about(subject).build()?;
    let signature = key.sign(&pae(IN_TOTO_PAYLOAD_TYPE, &payload))?;
    let envelope = json!({
        "payloadType": IN_TOTO_PAYLOAD_TYPE,
        "payload": BASE64.encode(&payload),
        "signatures": [{ "sig": BASE64.encode(signature.as_bytes()) }],
    });
    Ok(envelope.to_string().into_bytes())
}

/// Packages of npm, PyPI, Maven and Debian, with what real SBOMs say of each.
fn sbom() -> Value {
    let component = |at: usize| {
        let purl = match at % 4 {
            0 => format!("pkg:npm/package-{at}@1.{}.0", at % 7),
            1 => format!("pkg:pypi/package-{at}@1.{}", at % 7),
            2 => format!("pkg:maven/org.example/package-{at}@1.{}.0", at % 7),
            _ => format!("pkg:deb/debian/package-{at}@1.{}-1?distro=debian-12", at % 7),
        };
        json!({
            "type": "library", "bom-ref": at.to_string(), "name": format!("package-{at}"), "version": "1.0.0", "purl": purl,
            "licenses": [{ "license": { "id": "MIT" } }],
            "hashes": [{ "alg": "SHA-256", "content": format!("{at:064x}") }],
        })
    };
    let edges: Vec<Value> =
        (1..COMPONENTS).map(|at| json!({ "ref": (at / 10).to_string(), "dependsOn": [at.to_string()] })).collect();
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": { "component": { "type": "container", "bom-ref": "r", "name": "app" } },
        "components": (0..COMPONENTS).map(component).collect::<Vec<_>>(),
        "dependencies": edges,
    })
}

fn provenance() -> Value {
    let uri = "git+https://github.com/acme/app@refs/tags/v1";
    let commit = json!({ "sha1": "9a04d1ee393b5be2773b1ce204f61fe0fd02366a" });
    json!({
        "builder": { "id": "https://build.acme.example/desk@v1" },
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": { "configSource": { "uri": uri, "digest": commit, "entryPoint": "release.yml" } },
        "materials": [{ "uri": uri, "digest": commit }],
    })
}

fn scan() -> Value {
    let result = |at: usize| {
        json!({
            "ruleId": format!("rule-{}", at % 40), "level": "warning", "message": { "text": "something that was found" },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": format!("src/{at}.js") }, "region": { "startLine": at } } }],
        })
    };
    let results: Vec<Value> = (1..=FINDINGS).map(result).collect();
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "CodeQL" } }, "results": results }] })
}

/// Advisories of which `FINDINGS` are about a package that is there.
fn made_up() -> Advisories {
    Advisories::from_records((0..FINDINGS).filter_map(|at| {
        let text = format!(
            r#"{{"id": "X-{at}", "aliases": ["CVE-2026-{at}"], "modified": "2026-11-21T00:00:00Z", "affected": [{{"package": {{"ecosystem": "npm",
            "name": "package-{}"}}, "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "2.0.0"}}]}}]}}]}}"#,
            at.saturating_mul(4)
        );
        osv::read("made up", text.as_bytes(), &Limits::DEFAULT).advisory
    }))
}
