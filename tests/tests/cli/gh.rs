//! `plimsoll compat gh attestation`, where it asks GitHub: a server on this machine that answers as GitHub does.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use plimsoll_tests::{Outcome, PrivateSigstore, plimsoll, sha256};
use serde_json::{Value, json};

const REPOSITORY: &str = "acme/app";

/// Answers by path; whatever else is asked is not there. Ends with the program that runs the test.
struct Api {
    url: String,
    answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (of, to) = (Arc::clone(&answers), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                let mut request = vec![first.clone()];
                request.extend(lines.map_while(Result::ok).take_while(|line| !line.is_empty()));
                to.lock().unwrap().push(request.join("\n"));
                let target = first.split(' ').nth(1).unwrap();
                let path = target.split('?').next().unwrap();
                let body = of.lock().unwrap().get(path).cloned();
                let (status, body) = body.map_or(("404 Not Found", b"{}".to_vec()), |body| ("200 OK", body));
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
            }
        });
        Self { url, answers, asked }
    }

    fn answer(&self, path: String, body: impl Into<Vec<u8>>) {
        self.answers.lock().unwrap().insert(path, body.into());
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// An artifact with provenance, signed in the name of a workflow.
struct Place {
    sigstore: PrivateSigstore,
    bundle: String,
    api: Api,
}

impl Place {
    fn new() -> Self {
        let sigstore = PrivateSigstore::start(|options| options.job.repository = REPOSITORY.to_owned()).unwrap();
        let artifact = sigstore.write("app.tar", "ship");
        let predicate = sigstore.write("provenance.json", "{}");
        let bundle = sigstore.file("bundle.json");
        let mut attest = plimsoll(["attest", "--type", "slsaprovenance1", "--retries", "0"]);
        attest.arg(artifact).arg("--predicate").arg(predicate).arg("--bundle").arg(&bundle);
        attest.arg("--trusted-root").arg(sigstore.file("trusted_root.json"));
        attest.arg("--signing-config").arg(sigstore.file("signing_config.2.json"));
        let signed = run({
            attest.arg("--identity-token-file").arg(sigstore.file("token"));
            attest
        });
        assert_eq!(signed.status, Some(0), "{}", signed.stderr);
        Self { bundle: fs::read_to_string(bundle).unwrap(), sigstore, api: Api::start() }
    }

    fn bundle(&self) -> Value {
        serde_json::from_str(&self.bundle).unwrap()
    }

    fn path(&self, scope: &str) -> String {
        format!("/{scope}/attestations/sha256:{}", sha256(b"ship"))
    }

    fn gh(&self, name: &str, scope: &[&str]) -> Command {
        let mut command = plimsoll(["compat", "gh", "attestation", name, "app.tar", "--api-url", &self.api.url]);
        command.args(scope).current_dir(self.sigstore.file("app.tar").parent().unwrap());
        command.env("GH_TOKEN", "gho_notforhere").env_remove("GH_HOST");
        command
    }

    fn verify(&self, more: &[&str]) -> Outcome {
        let mut command = self.gh("verify", more);
        command.args(["--custom-trusted-root", "trusted_root.json", "--cert-oidc-issuer"]);
        run({
            command.arg(self.sigstore.stack.issuer(&self.sigstore.identity));
            command
        })
    }
}

fn run(mut command: Command) -> Outcome {
    Outcome::from(command.output().unwrap())
}

/// Snappy without compression: the length, and one piece of bytes as they are.
fn packed(text: &str) -> Vec<u8> {
    let (mut out, mut length) = (Vec::new(), text.len());
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.push(63 << 2);
    out.extend_from_slice(&(text.len() as u32).saturating_sub(1).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
    out
}

#[test]
fn what_github_has_is_fetched_and_verified() {
    let place = Place::new();
    let none = place.verify(&["--repo", REPOSITORY]);
    assert!(none.status == Some(1) && none.stderr.contains("No attestations found"), "{}", none.stderr);
    let inline = json!({ "attestations": [{ "bundle": place.bundle(), "repository_id": 1 }] }).to_string();
    place.api.answer(place.path(&format!("repos/{REPOSITORY}")), inline.clone());
    place.api.asked();
    let verified = place.verify(&["--repo", REPOSITORY, "--format", "json"]);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
    let report: Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(report[0]["attestation"]["bundle"], place.bundle());
    assert_eq!(report[0]["verificationResult"]["statement"]["predicateType"], "https://slsa.dev/provenance/v1");
    let asked = place.api.asked().join("\n");
    assert!(asked.contains("?per_page=30&predicate_type=https%3a%2f%2fslsa.dev%2fprovenance%2fv1"), "{asked}");
    // A token is for GitHub alone.
    assert!(!asked.contains("gho_notforhere") && !asked.to_lowercase().contains("authorization"), "{asked}");
    // An owner may be an organisation or a person.
    place.api.answer(place.path("users/acme"), inline);
    let verified = place.verify(&["--owner", "acme"]);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
    assert_eq!(place.api.asked().len(), 2);
    // What is there says nothing of whether it is what was expected.
    place
        .api
        .answer(place.path("repos/acme/other"), json!({ "attestations": [{ "bundle": place.bundle() }] }).to_string());
    let refused = place.verify(&["--repo", "acme/other"]);
    assert_eq!(refused.status, Some(1), "{}", refused.stderr);
}

#[test]
fn a_bundle_elsewhere_is_fetched_and_unpacked() {
    let place = Place::new();
    let repository = place.path(&format!("repos/{REPOSITORY}"));
    let elsewhere =
        |path: &str| json!({ "attestations": [{ "bundle": null, "bundle_url": format!("{}{path}", place.api.url) }] });
    place.api.answer("/packed.json.sn".to_owned(), packed(&place.bundle));
    place.api.answer("/plain.json".to_owned(), place.bundle.clone());
    place.api.answer("/junk".to_owned(), "junk");
    for (path, status) in [("/packed.json.sn", 0), ("/plain.json", 0), ("/junk", 1), ("/nowhere", 1)] {
        place.api.answer(repository.clone(), elsewhere(path).to_string());
        let outcome = place.verify(&["--repo", REPOSITORY]);
        assert_eq!(outcome.status, Some(status), "{path}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.contains("cannot be read"), status == 1, "{path}: {}", outcome.stderr);
    }
    // One that cannot be had hides no other.
    let mut both = elsewhere("/junk");
    both["attestations"].as_array_mut().unwrap().push(json!({ "bundle": place.bundle() }));
    place.api.answer(repository.clone(), both.to_string());
    assert_eq!(place.verify(&["--repo", REPOSITORY]).status, Some(0));
    for answer in ["[]", "{", r#"{"attestations":{}}"#, r#"{"attestations":[],"attestations":[]}"#] {
        place.api.answer(repository.clone(), answer);
        let outcome = place.verify(&["--repo", REPOSITORY]);
        assert_eq!(outcome.status, Some(1), "{answer}: {}", outcome.stderr);
    }
}

#[test]
fn what_is_downloaded_is_verified_without_a_network() {
    let place = Place::new();
    let none = run(place.gh("download", &["--repo", REPOSITORY]));
    assert!(none.status == Some(0) && none.stderr.contains("No attestations found"), "{}", none.stderr);
    let twice = json!({ "attestations": [{ "bundle": place.bundle() }, { "bundle": place.bundle() }] }).to_string();
    place.api.answer(place.path(&format!("repos/{REPOSITORY}")), twice);
    let type_of_others = ["--repo", REPOSITORY, "--predicate-type", "https://spdx.dev/Document/v2.3"];
    assert_eq!(run(place.gh("download", &type_of_others)).status, Some(1));
    let file = place.sigstore.file(&format!("sha256:{}.jsonl", sha256(b"ship")));
    assert!(!file.exists());
    let done = run(place.gh("download", &["--repo", REPOSITORY, "--limit", "5"]));
    assert_eq!(done.status, Some(0), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    place.api.asked();
    let verified = place.verify(&["--repo", REPOSITORY, "--bundle", file.to_str().unwrap()]);
    assert_eq!(verified.status, Some(0), "{}", verified.stderr);
    assert!(place.api.asked().is_empty());
}

#[test]
fn hosts_and_flags_that_are_not_taken_are_refused() {
    let place = Place::new();
    for (flags, says) in [
        (&["--repo", REPOSITORY, "--hostname", "github.acme.example"][..], "--hostname"),
        (&["--repo", REPOSITORY, "--hostname", "a.b.ghe.com"], "--hostname"),
        (&["--repo", REPOSITORY, "--hostname", "acme.ghe.com"], "--custom-trusted-root"),
        (&["--repo", REPOSITORY, "--jq", "."], "jq"),
        (&["--repo", REPOSITORY, "--template", "{{.}}"], "--template"),
        (&["--repo", REPOSITORY, "--limit", "1001"], "1001"),
        (&["--repo", REPOSITORY, "--limit", "0"], "0"),
        (&["--repo", "acme/app/more"], "OWNER/REPOSITORY"),
        (&["--repo", "acme/.."], "OWNER/REPOSITORY"),
        (&["--owner", "acme/app"], "--owner"),
        (&["--repo", REPOSITORY, "--bundle-from-oci"], "oci://"),
        (&[], "--owner"),
    ] {
        let outcome = run(place.gh("verify", flags));
        assert_eq!(outcome.status, Some(1), "{flags:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{flags:?}: {}", outcome.stderr);
    }
    let mut offline = plimsoll(["--offline", "compat", "gh", "attestation", "verify", "--repo", REPOSITORY]);
    let offline = run({
        offline.arg(place.sigstore.file("app.tar"));
        offline
    });
    assert!(offline.status == Some(1) && offline.stderr.contains("--offline"), "{}", offline.stderr);
    assert!(place.api.asked().is_empty());
}
