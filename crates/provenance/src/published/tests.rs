//! Against a private Sigstore, whose identities sign what registries would serve.

mod acceptance;
mod evidence;
mod hostile;
mod images;
mod loopback;
mod pinning;
mod real;
mod statuses;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::Timestamp;
use plimsoll_model::Limits;
use plimsoll_verify::TrustedRoot;

use super::*;

/// Answers from a table; what is not in it is absent.
#[derive(Default)]
struct Table {
    answers: BTreeMap<String, Result<Vec<u8>, u16>>,
    asked: Mutex<Vec<String>>,
}

impl Table {
    fn with(mut self, request: &str, answer: impl Into<Vec<u8>>) -> Self {
        self.answers.insert(request.to_owned(), Ok(answer.into()));
        self
    }

    fn failing(mut self, request: &str, status: u16) -> Self {
        self.answers.insert(request.to_owned(), Err(status));
        self
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

impl Fetch for Table {
    fn fetch(&self, request: &Request) -> Result<Answer, FetchError> {
        let key = request.key();
        self.asked.lock().unwrap().push(key.clone());
        match self.answers.get(&key) {
            Some(Ok(bytes)) => Ok(Answer::Found(bytes.clone())),
            Some(Err(status)) => Err(FetchError::Status { host: "registry.test".into(), status: *status }),
            None => Ok(Answer::Absent),
        }
    }
}

/// A CycloneDX document with these components.
fn sbom(components: &[serde_json::Value]) -> DependencyList {
    let text = serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components,
    });
    let parsed = plimsoll_sbom::open(text.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    dependencies(&plimsoll_sbom::map::document(&parsed))
}

/// A component with a package URL and, perhaps, digests.
fn component(purl: &str, hashes: &[(&str, &str)]) -> serde_json::Value {
    let hashes: Vec<_> = hashes.iter().map(|(alg, hex)| serde_json::json!({ "alg": alg, "content": hex })).collect();
    serde_json::json!({ "type": "library", "name": "x", "version": "1", "purl": purl, "hashes": hashes })
}

/// What is asked, in the usual way.
struct Setting {
    roots: Vec<TrustedRoot>,
    expectations: Vec<DependencyExpectation>,
    lock: Option<Lock>,
    only: BTreeSet<Service>,
    required: Required,
    registries: Registries,
}

impl Setting {
    fn new(root: &str) -> Self {
        Self {
            roots: vec![TrustedRoot::parse("dev", root, None).unwrap()],
            expectations: Vec::new(),
            lock: None,
            only: BTreeSet::new(),
            required: Required::default(),
            registries: Registries::default(),
        }
    }

    fn options(&self) -> CheckOptions<'_> {
        CheckOptions {
            at: Timestamp::now(),
            roots: &self.roots,
            expectations: &self.expectations,
            lock: self.lock.as_ref(),
            only: &self.only,
            required: &self.required,
            registries: &self.registries,
            workers: 4,
        }
    }

    fn check(&self, list: &DependencyList, fetch: &dyn Fetch) -> Report {
        check(list, fetch, &self.options())
    }

    /// The only row about one component.
    fn row(&self, component: serde_json::Value, fetch: &dyn Fetch) -> Row {
        let mut report = self.check(&sbom(&[component]), fetch);
        assert_eq!(report.rows.len(), 1, "{report:?}");
        report.rows.remove(0)
    }
}
