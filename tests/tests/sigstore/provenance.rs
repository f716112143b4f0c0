//! Provenance: that of other suites, changed at random; and our own, changed and signed again.

mod mutations;
mod signed;
mod suites;

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_attest::{Provenance, Statement};
use plimsoll_tests::shared;
use plimsoll_verify::{
    BuildExpectation, BuildView, BuilderRule, BuilderSigner, BuiltIn, Claim, Claims, Evidence, LogRule, ParameterRule,
    Pattern, ProvenanceExpectation, ProvenanceOutcome, RefExpectation, RunnerRule, Subject, TrustedRoot, VerifiedTime,
    read_evidence, verify_provenance,
};
use serde_json::{Value, json};

use crate::cases::NOW;

/// Provenance as it was found, and what is expected of it: exactly what it says.
struct Case {
    name: String,
    document: Value,
    /// Whether the document is a layer of cosign's with its annotations.
    layer: bool,
    subject: Subject,
    expectation: ProvenanceExpectation,
}

/// What provenance proves.
#[derive(Debug, Clone, PartialEq)]
struct Meaning {
    view: BuildView,
    claims: Claims,
    level: u8,
    times: Vec<VerifiedTime>,
}

impl Case {
    fn evidence(&self, bytes: &[u8]) -> Result<Vec<Evidence>, String> {
        if !self.layer {
            return read_evidence(bytes, &self.name).map_err(|error| error.to_string());
        }
        let document: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let annotations = document["annotations"].as_object().ok_or("no annotations")?.iter();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let annotations = annotations.map(|(name, value)| (name.clone(), text(value))).collect();
        let (media_type, layer) = (text(&document["mediaType"]), document["layer"].to_string());
        let read = Evidence::from_cosign_layer(&media_type, layer.as_bytes(), &annotations, &self.name);
        read.map(|piece| vec![piece]).map_err(|error| error.to_string())
    }

    fn judge(&self, bytes: &[u8], roots: &[TrustedRoot]) -> Result<ProvenanceOutcome, String> {
        Ok(verify_provenance(&self.evidence(bytes)?, &self.subject, &self.expectation, roots))
    }

    /// What it proves; nothing when it is refused.
    fn meanings(&self, bytes: &[u8], roots: &[TrustedRoot]) -> Vec<Meaning> {
        let Ok(outcome) = self.judge(bytes, roots) else { return Vec::new() };
        let meaning = |build: &plimsoll_verify::ProvenBuild| Meaning {
            view: build.view().clone(),
            claims: build.verified().claims().clone(),
            level: build.level(),
            times: build.verified().times().to_vec(),
        };
        outcome.proven().iter().map(meaning).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.document).unwrap()
    }
}

fn roots() -> Option<Vec<TrustedRoot>> {
    let folder = shared("conformance/slsa")?;
    let mut roots: Vec<TrustedRoot> = BuiltIn::ALL.iter().map(|(root, _)| root.trusted_root().unwrap()).collect();
    let json = fs::read_to_string(folder.join("gh/trusted_root.json")).ok()?;
    roots.extend(TrustedRoot::parse("gh", &json, None).ok());
    Some(roots)
}

fn view(statement: &Statement) -> Option<BuildView> {
    BuildView::of(&Provenance::of(statement).ok()?, statement.predicate_type()).ok()
}

/// Whoever signed it may have, and it has to be what it says.
fn expectation(piece: &Evidence, log: LogRule) -> Option<(Subject, ProvenanceExpectation)> {
    let statement = piece.unverified_statement()?;
    let view = view(&statement)?;
    let claims = piece.inspect().certificate?.claims;
    let rule = BuilderRule {
        name: "as found".into(),
        id: Pattern::exact(view.builder_id.as_str()),
        signer: BuilderSigner::Other {
            identity: Pattern::exact(claims.identity()?),
            issuer: Pattern::exact(claims.get(Claim::Issuer)?),
        },
        build_types: vec![Pattern::exact(view.build_type.as_str())],
        level: 2,
        runner: RunnerRule::Any,
    };
    let mut build = BuildExpectation { level: 2, ..BuildExpectation::default() };
    if let Some(source) = &view.source {
        build.source.clone_from(&source.repository);
        build.commit.clone_from(&source.commit);
        build.references.extend(source.reference.clone().map(RefExpectation::Exact));
    }
    build.workflow = view.workflow.as_deref().map(Pattern::exact);
    let unknown = view.parameters.iter().filter(|parameter| !parameter.known);
    let unknown = unknown.map(|one| (one.path.clone(), ParameterRule::Equal(one.value.clone())));
    build.parameters = unknown.collect();
    let digests = statement.subjects().iter().flat_map(|subject| &subject.digest);
    let subject = digests
        .filter(|(algorithm, _)| ["sha256", "sha384", "sha512"].contains(&algorithm.as_str()))
        .find_map(|(algorithm, hex)| Subject::digest(&format!("{algorithm}:{hex}")).ok())?;
    let times = usize::from(log != LogRule::IgnoredInsecurely);
    let at = NOW.parse().unwrap();
    Some((subject, ProvenanceExpectation { builders: vec![rule], build, log, logs: 1, times, at }))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = open.pop() {
        if next.is_dir() {
            open.extend(fs::read_dir(&next).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            found.push(next);
        }
    }
    found.sort();
    found
}

/// All provenance of the suites that holds as it is, each once: bundles, layers of cosign, answers of npm and PyPI, and bare
/// envelopes, which have no log entry, so that none is asked for.
fn valid(roots: &[TrustedRoot]) -> Option<Vec<Case>> {
    let folder = shared("conformance/slsa")?;
    let mut cases = Vec::new();
    let mut offer = |name: String, document: Value, layer: bool| {
        let mut case = Case {
            name,
            document,
            layer,
            subject: Subject::bytes(Vec::new()),
            expectation: ProvenanceExpectation {
                builders: Vec::new(),
                build: BuildExpectation::default(),
                log: LogRule::Required,
                logs: 1,
                times: 1,
                at: NOW.parse().unwrap(),
            },
        };
        let Ok(pieces) = case.evidence(&case.bytes()) else { return };
        let bare = case.document.get("payload").is_some();
        let log = if bare { LogRule::IgnoredInsecurely } else { LogRule::Required };
        let Some((subject, expectation)) = pieces.iter().find_map(|piece| expectation(piece, log)) else { return };
        (case.subject, case.expectation) = (subject, expectation);
        if !case.meanings(&case.bytes(), roots).is_empty() {
            cases.push(case);
        }
    };
    for part in ["gh", "pypi", "slsa-verifier"] {
        for path in files(&folder.join(part)) {
            let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            let Ok(bytes) = fs::read(&path) else { continue };
            if bytes.len() > 1 << 20 {
                continue;
            }
            let whole = serde_json::from_slice::<Value>(&bytes).ok();
            let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
            let documents: Vec<Value> = whole.map_or_else(|| lines.collect(), |whole| vec![whole]);
            for document in documents.into_iter().filter(Value::is_object) {
                for (number, layer) in (1..).zip(layers(&document, &path)) {
                    offer(format!("{name}#{number}"), layer, true);
                }
                offer(name.clone(), document, false);
            }
        }
    }
    cases.sort_by_key(|case| case.bytes());
    cases.dedup_by(|one, other| one.document == other.document);
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Some(cases)
}

/// The layers of a manifest of cosign's in a layout, each with its annotations.
fn layers(manifest: &Value, path: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for layer in manifest["layers"].as_array().into_iter().flatten() {
        let (Some(digest), Some(annotations)) = (layer["digest"].as_str(), layer["annotations"].as_object()) else {
            continue;
        };
        let blob = path.with_file_name(digest.trim_start_matches("sha256:"));
        let Some(envelope) = fs::read(blob).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
            continue;
        };
        // What is JSON within JSON is opened, to be changed too.
        let opened = annotations.iter().map(|(name, value)| {
            let inner = value.as_str().filter(|text| text.starts_with('{'));
            let inner = inner.and_then(|text| serde_json::from_str(text).ok());
            (name.clone(), inner.unwrap_or_else(|| value.clone()))
        });
        let annotations: serde_json::Map<String, Value> = opened.collect();
        found.push(json!({ "mediaType": layer["mediaType"], "layer": envelope, "annotations": annotations }));
    }
    found
}
