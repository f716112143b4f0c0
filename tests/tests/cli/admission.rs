//! `serve --admission`: reviews of `testdata/admission` over TLS, about images in a layout, one of them signed.

mod client;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use plimsoll_tests::{Layout, Outcome, TemporaryDirectory, plimsoll, workspace};
use serde_json::{Value, json};

use client::Client;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const TAGGED: &str = "registry.example/shop/web:1.0";

/// Two images in a layout: the first is signed, and has a tag.
struct Images {
    directory: TemporaryDirectory,
    good: String,
    bad: String,
}

fn data(path: &str) -> PathBuf {
    workspace().join("testdata").join(path)
}

fn images() -> Images {
    let mut layout = Layout::default();
    let good = layout.image("amd64", &[&[("etc/os-release", b"ID=debian\n")]]);
    let bad = layout.image("amd64", &[&[("etc/os-release", b"ID=alpine\n")]]);
    let directory = TemporaryDirectory::new();
    let manifest = layout.manifests.iter().find(|(name, ..)| *name == good).unwrap().2.clone();
    directory.write("manifest.json", manifest);
    let (file, to) = (directory.path().join("manifest.json"), directory.path().join("bundle.json"));
    let key = data("keys/pkcs8-p256.pem");
    let line =
        ["sign", file.to_str().unwrap(), "--key", key.to_str().unwrap(), "--no-tlog", "--bundle", to.to_str().unwrap()];
    let outcome = Outcome::from(plimsoll(line).output().unwrap());
    assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    let signature = layout.referrer(&good, BUNDLE, &fs::read(&to).unwrap());
    layout.write_listing(&directory.path().join("images"), &[&good, &bad, &signature]);
    // The whole name of an image is one that the index may give it.
    let index = directory.path().join("images/index.json");
    let mut listed: Value = serde_json::from_slice(&fs::read(&index).unwrap()).unwrap();
    listed["manifests"][0]["annotations"] = json!({ "org.opencontainers.image.ref.name": TAGGED });
    fs::write(&index, listed.to_string()).unwrap();
    fs::copy(data("keys/p256.pub"), directory.path().join("p256.pub")).unwrap();
    directory.write("policy.toml", policy("deny"));
    let name = |digest: &str| format!("registry.example/shop/web@{digest}");
    Images { good: name(&good), bad: name(&bad), directory }
}

fn policy(action: &str) -> String {
    format!(
        "version = 1\n[roots.keys.release]\nfile = \"p256.pub\"\n[signed_by]\nsigner = [{{ key = \"release\" }}]\naction = \"{action}\"\n"
    )
}

/// A webhook, ended when this is dropped.
struct Webhook {
    child: Child,
    url: String,
}

impl Drop for Webhook {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn start(images: &Images, more: &[&str]) -> Webhook {
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();
    let layout = format!("oci-layout:{}", images.directory.path().join("images").display());
    let (policy, certificate) =
        (path(images.directory.path().join("policy.toml")), path(data("registry/tls/good.pem")));
    let key = path(data("registry/tls/good.key.pem"));
    let line = [
        "serve",
        "--admission",
        "--offline",
        "--listen",
        "127.0.0.1:0",
        "--policy",
        &policy,
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--images",
        &layout,
        "--no-tlog",
    ];
    let log = fs::File::create(images.directory.path().join("log")).unwrap();
    let mut command = plimsoll(line.iter().chain(more));
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let log = fs::read_to_string(images.directory.path().join("log")).unwrap();
    assert!(url.starts_with("https://"), "{log}");
    Webhook { child, url: url.trim().to_owned() }
}

impl Webhook {
    fn client(&self) -> Client {
        Client::connect(&self.url)
    }

    /// Status and response of a review of `testdata/admission`, about an image.
    fn replay(&self, name: &str, images: &Images, image: &str) -> (u16, Value) {
        let text = fs::read_to_string(data("admission").join(name)).unwrap();
        let (status, body) = self.client().post(text.replace("IMAGE", image).replace("GOOD", &images.good).as_bytes());
        let answer: Value = serde_json::from_str(&body).unwrap();
        (status, answer.get("response").cloned().unwrap_or(answer))
    }

    fn metric(&self, name: &str) -> u64 {
        let (_, body) = self.client().get("/metrics");
        let line = body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{body}")).parse().unwrap()
    }
}

/// The reviews whose names begin so.
fn reviews(prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(data("admission")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

#[test]
fn every_kind_runs_what_is_signed_and_nothing_else() {
    let images = images();
    let webhook = start(&images, &[]);
    for name in reviews("image-") {
        let (status, good) = webhook.replay(&name, &images, &images.good);
        assert!(status == 200 && good["allowed"] == true, "{name}: {good}");
        let (status, bad) = webhook.replay(&name, &images, &images.bad);
        assert!(status == 200 && bad["allowed"] == false && bad["status"]["code"] == 403, "{name}: {bad}");
        assert!(bad["status"]["message"].as_str().unwrap().contains("PLM-G0101 signed_by"), "{name}: {bad}");
        assert!(bad["auditAnnotations"]["policy"].as_str().unwrap().starts_with("sha256:"), "{bad}");
    }
    for name in reviews("allowed-") {
        assert_eq!(webhook.replay(&name, &images, &images.bad).1["allowed"], true, "{name}");
    }
    let (_, warned) = webhook.replay("warned-unknown-kind.json", &images, &images.bad);
    assert!(warned["allowed"] == true && warned["warnings"][0].as_str().unwrap().starts_with("PLM-K0102"), "{warned}");
    for name in reviews("broken-") {
        let (status, problem) = webhook.replay(&name, &images, &images.bad);
        assert!(status == 400 && problem["detail"].is_string(), "{name}: {problem}");
    }
    // Two images, and as many reviews as there are: each was verified once.
    assert_eq!(webhook.metric("plimsoll_admission_verifications_total"), 2);
    let log = fs::read_to_string(images.directory.path().join("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "review" && line["answer"]["allowed"] == false), "{log}");
}

#[test]
fn a_tag_is_what_it_stands_for_and_a_hundred_reviews_are_one_verification() {
    let images = images();
    let webhook = start(&images, &[]);
    thread::scope(|scope| {
        let ask = || webhook.replay("image-deployment.json", &images, TAGGED).1;
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(ask)).collect();
        for thread in threads {
            let answer = thread.join().unwrap();
            let digest = images.good.split_once('@').unwrap().1;
            assert_eq!(answer["allowed"], true, "{answer}");
            assert_eq!(answer["auditAnnotations"]["images"], format!("{TAGGED}={digest}"));
        }
    });
    assert_eq!(webhook.metric("plimsoll_admission_verifications_total"), 1);
    let (_, gone) = webhook.replay("image-pod.json", &images, "registry.example/shop/web:2.0");
    assert!(gone["allowed"] == false && gone["status"]["message"].as_str().unwrap().contains("PLM-K0106"), "{gone}");
}

#[test]
fn warnings_dry_runs_and_a_policy_that_changes() {
    let images = images();
    let webhook = start(&images, &["--dry-run", "--exempt-namespace", "kube-system"]);
    let (_, would) = webhook.replay("image-pod.json", &images, &images.bad);
    assert_eq!((&would["allowed"], &would["auditAnnotations"]["verdict"]), (&json!(true), &json!("deny")), "{would}");
    assert!(would["warnings"][0].as_str().unwrap().starts_with("would be denied: "), "{would}");
    drop(webhook);
    let webhook = start(&images, &[]);
    assert_eq!(webhook.replay("image-pod.json", &images, &images.bad).1["allowed"], false);
    images.directory.write("policy.toml", policy("warn"));
    let end = Instant::now() + Duration::from_secs(30);
    let answer = loop {
        let (_, answer) = webhook.replay("image-pod.json", &images, &images.bad);
        if answer["allowed"] == true || Instant::now() > end {
            break answer;
        }
        thread::sleep(Duration::from_millis(200));
    };
    assert!(answer["warnings"][0].as_str().unwrap().starts_with("PLM-G0101"), "{answer}");
    // A policy that cannot be read changes nothing.
    images.directory.write("policy.toml", "version = 9");
    thread::sleep(Duration::from_secs(6));
    assert_eq!(webhook.replay("image-pod.json", &images, &images.bad).1["allowed"], true);
    assert!(fs::read_to_string(images.directory.path().join("log")).unwrap().contains("stays as it was"));
}

#[test]
fn long_bodies_and_slow_clients_do_no_harm() {
    let images = images();
    let webhook = start(&images, &[]);
    let (status, body) = webhook.client().post(&vec![b' '; 10 << 20]);
    assert_eq!(status, 413, "{body}");
    let address = webhook.url.trim_start_matches("https://");
    let mut silent = TcpStream::connect(address).unwrap();
    silent.write_all(b"\x16\x03").unwrap();
    let mut slow = webhook.client();
    slow.write(b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    assert_eq!(webhook.replay("image-pod.json", &images, &images.good).1["allowed"], true);
    assert_eq!(slow.answer().0, 408);
    assert_eq!(webhook.client().get("/healthz").0, 200);
    assert_eq!(webhook.client().get("/readyz").0, 200);
}

#[test]
fn what_is_needed_is_asked_for() {
    let run = |line: &[&str]| Outcome::from(plimsoll([&["serve"], line].concat()).output().unwrap());
    assert_eq!(run(&["--admission"]).status, Some(2));
    assert_eq!(run(&["--dry-run"]).status, Some(2));
    let images = images();
    let policy = images.directory.path().join("policy.toml").display().to_string();
    let key = data("keys/p256.pub").display().to_string();
    let outcome = run(&["--admission", "--policy", &policy, "--tls-cert", &key, "--tls-key", &key]);
    assert!(outcome.status == Some(2) && outcome.stderr.contains("certificate"), "{}", outcome.stderr);
}
