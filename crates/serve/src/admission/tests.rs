//! The webhook as an API server meets it: over TLS, with images that are made up.

mod client;
mod decisions;
mod hostile;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_model::{Digest, Limits};
use plimsoll_policy::gate::{GateInput, Observed, decide};
use plimsoll_policy::{Exceptions, Policy};
use plimsoll_verify::{LogRule, Subject};
use serde_json::{Value, json};

use super::{
    AdmissionCode, AdmissionOptions, AdmissionServer, Asked, Decided, ImageFault, ImageName, ImageSource, Rules,
};
use client::Client;

const POLICY: &str = "version = 1\n[packages]\ndeny = [{ match = \"pkg:npm/evil\", reason = \"an attack\" }]\n";

/// Images by what their names say: `bad` has a package that is denied.
#[derive(Default)]
struct Images {
    slow: Duration,
    resolved: AtomicUsize,
    gathered: AtomicUsize,
    recorded: Mutex<Vec<String>>,
    /// The policy, when it is not the usual one.
    policy: Mutex<Option<String>>,
}

fn digest(of: &str) -> String {
    let hex = if of.contains("bad") { "b" } else { "a" };
    format!("sha256:{}", hex.repeat(64))
}

impl ImageSource for Images {
    fn name(&self, text: &str) -> Result<ImageName, ImageFault> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(ImageFault::new(AdmissionCode::ImageName, "it is none"));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(Digest::from_prefixed(digest).unwrap())),
            None => (text, None),
        };
        let (repository, tag) = match name.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (name, None),
        };
        Ok(ImageName { repository: repository.to_owned(), tag, digest })
    }

    fn resolve(&self, image: &ImageName) -> Result<Digest, ImageFault> {
        self.resolved.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.slow);
        match image.repository.as_str() {
            "gone" => Err(ImageFault::new(AdmissionCode::NoImage, "there is no such image")),
            "down" => Err(ImageFault::new(AdmissionCode::Unresolved, "the registry does not answer")),
            "faulty" => panic!("a fault of a source"),
            name => Ok(Digest::from_prefixed(&digest(name)).unwrap()),
        }
    }

    fn rules(&self) -> Rules {
        Rules { policy: self.policy().len().to_string(), grounds: String::new() }
    }

    fn decide(&self, asked: &Asked<'_>) -> Result<Decided, ImageFault> {
        self.gathered.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.slow);
        let package = if asked.image.repository.contains("bad") { "evil" } else { "good" };
        let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
            { "type": "library", "name": package, "version": "1.0.0", "purl": format!("pkg:npm/{package}@1.0.0") },
        ]});
        let parsed = plimsoll_sbom::open(bom.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
        let document = plimsoll_sbom::map::document(&parsed);
        let read = Policy::parse("policy.toml", &self.policy(), &mut |_: &str| Err("there are no files".to_owned()));
        let decision = decide(&GateInput {
            policy: &read.unwrap(),
            exceptions: &Exceptions::none(),
            names: &[],
            subject: &Subject::digest(&asked.digest.to_string()).unwrap(),
            evidence: &[],
            roots: &[],
            log: LogRule::Required,
            observed: Some(&Observed { document, incomplete: false, checks: Vec::new(), is_artifact: false }),
            loose: &[],
            image: None,
            advisories: None,
            vex: &plimsoll_advisory::vex::VexBook::default(),
            published: &|_| None,
            max_age_days: 7,
            allow_incomplete: false,
            at: asked.at,
        });
        if asked.record {
            self.recorded.lock().unwrap().push(format!("{} {}", asked.image.repository, decision.verdict.word()));
        }
        Ok(Decided { decision, id: None, unrecorded: None })
    }
}

impl Images {
    fn judging_by(policy: impl Into<String>) -> Self {
        Self { policy: Mutex::new(Some(policy.into())), ..Self::default() }
    }

    fn policy(&self) -> String {
        self.policy.lock().unwrap().clone().unwrap_or_else(|| POLICY.to_owned())
    }
}

fn certificate(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/registry/tls").join(name)
}

/// A webhook that runs, and what it asks.
struct Running {
    server: AdmissionServer,
    images: Arc<Images>,
    log: Arc<Mutex<Vec<Value>>>,
}

fn start(images: Images, change: impl FnOnce(&mut AdmissionOptions)) -> Running {
    let images = Arc::new(images);
    let source: Arc<dyn ImageSource> = Arc::clone(&images) as _;
    let (own, key) = (certificate("good.pem"), certificate("good.key.pem"));
    let mut options = AdmissionOptions::new(own, key, source, Arc::new(Timestamp::now));
    options.read_timeout = Duration::from_millis(700);
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    options.log = Arc::new(move |line: &Value| lines.lock().unwrap().push(line.clone()));
    change(&mut options);
    Running { server: AdmissionServer::start(options).unwrap(), images, log }
}

impl Running {
    fn client(&self) -> Client {
        Client::connect(self.server.url())
    }

    fn review(&self, review: &Value) -> Value {
        self.client().review(review)
    }

    /// The counters by name and labels.
    fn metrics(&self) -> BTreeMap<String, u64> {
        let (status, body) = self.client().get("/metrics");
        assert_eq!(status, 200);
        let pair = |line: &str| Some((line.rsplit_once(' ')?.0.to_owned(), line.rsplit_once(' ')?.1.parse().ok()?));
        body.lines().filter_map(pair).collect()
    }
}

/// A pod with these images, about to be made.
fn pod(images: &[&str]) -> Value {
    let containers: Vec<_> = images.iter().map(|image| json!({ "name": "c", "image": image })).collect();
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": { "group": "", "version": "v1", "kind": "Pod" }, "operation": "CREATE", "namespace": "shop", "name": "web",
            "object": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web" }, "spec": { "containers": containers } },
        },
    })
}
