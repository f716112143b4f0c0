//! Decides cases.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_advisory::exploitation::{Exploitation, KnownExploited, Probability};
use plimsoll_advisory::vex::{Party, Trust, VexBook, read as read_vex};
use plimsoll_advisory::{Advisories, Advisory, AdvisorySource, Coverage, Matched, SnapshotError, Target, osv};
use plimsoll_model::{Limits, Purl};
use plimsoll_sbom::check::{Context as Compared, Source, check};
use plimsoll_sbom::{Document, map};
use plimsoll_verify::{BuiltIn, LogRule, Subject, TrustedRoot};
use serde_json::{Value, json};

use super::case::{Case, Outcome};
use super::evidence::{Keys, sbom};
use super::mutants::toml;
use crate::gate::{Decision, GateInput, ImageFacts, LooseSbom, Observed, RuleState, decide};
use crate::{ExceptionProof, Exceptions, Name, Policy};

const NOW: &str = "2026-11-22T12:00:00Z";

pub(super) struct World {
    keys: Keys,
    roots: Vec<TrustedRoot>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { keys: Keys::new(), roots: vec![BuiltIn::PublicGood.trusted_root().unwrap()] }
    }

    /// What comes of a case by a policy; an error when it is none.
    pub(super) fn decide(&self, case: &Case, policy: &Value) -> Result<Outcome, String> {
        self.decision(case, policy, case.list("exceptions")).map(|decision| Outcome {
            verdict: decision.verdict.word().to_owned(),
            codes: decision
                .reasons()
                .filter_map(|(_, check)| check.code())
                .map(|code| code.name().to_owned())
                .collect(),
            excused: decision.excused_by(),
        })
    }

    /// What would come of it, if its exceptions had not expired.
    pub(super) fn with_live_exceptions(&self, case: &Case) -> Result<Outcome, String> {
        let mut live = case.clone();
        for exception in live.all["exceptions"].as_array_mut().unwrap() {
            exception["expires"] = json!("2026-11-30");
        }
        self.decide(&live, &live.policy)
    }

    /// The verdict of a case, had a rule said nothing.
    pub(super) fn verdict_without(&self, case: &Case, rule: &str) -> &'static str {
        let mut decision = self.decision(case, &case.policy, case.list("exceptions")).unwrap();
        let is_it = |name: &str| name == rule || name.starts_with(&format!("{rule}."));
        for decided in decision.rules.iter_mut().filter(|decided| is_it(&decided.rule)) {
            (decided.state, decided.checks) = (RuleState::Passed, Vec::new());
        }
        Decision::of(decision.rules).verdict.word()
    }

    fn decision(&self, case: &Case, policy: &Value, exceptions: &[Value]) -> Result<Decision, String> {
        let policy = self.policy(&toml(policy))?;
        let at: Timestamp = case.text("at").unwrap_or(NOW).parse().unwrap();
        let subject = Subject::bytes(b"app".to_vec());
        let names = match case.texts("names") {
            none if none.is_empty() => vec!["file:app-1.2.3.tar.gz"],
            names => names,
        };
        let names: Vec<Name> = names.into_iter().map(|name| Name::parse(name).unwrap()).collect();
        let components = case.list("components");
        let evidence: Vec<_> = case.list("evidence").iter().enumerate().collect();
        let evidence = evidence.into_iter().flat_map(|(at, one)| self.keys.evidence(one, components, &subject, at));
        let evidence: Vec<_> = evidence.collect();
        let observed =
            case.text("observed").filter(|how| *how != "none").map(|how| observed(case, how == "incomplete"));
        let loose: Vec<LooseSbom> = match case.list("loose") {
            [] => Vec::new(),
            own => vec![LooseSbom { place: "loose.json".to_owned(), document: document(&sbom(own, true)) }],
        };
        let (advisories, vex, image) = (known(case), vex(case), image(case));
        let published = |purl: &Purl| {
            let held = case.all.get("published")?.get(purl.to_string())?.as_str()?;
            Some(time(held))
        };
        let digest = subject.digests().next().map(|(name, hex)| format!("{}:{hex}", name.token())).unwrap();
        let text = written(exceptions, &digest);
        let exceptions = Exceptions::parse("exceptions.toml", &text).map_err(|error| error.to_string())?;
        let exceptions = self.proven(exceptions, case, &text, &policy, at);
        Ok(decide(&GateInput {
            policy: &policy,
            exceptions: &exceptions,
            names: &names,
            subject: &subject,
            evidence: &evidence,
            roots: &self.roots,
            log: LogRule::NotUsedWithKey,
            observed: observed.as_ref(),
            loose: &loose,
            image: image.as_ref(),
            advisories: advisories.as_ref().map(|known| known as &dyn AdvisorySource),
            vex: &vex,
            published: &published,
            max_age_days: 7,
            allow_incomplete: case.all.get("allow_incomplete") == Some(&Value::Bool(true)),
            at,
        }))
    }

    /// Exceptions under a policy, signed by the key that the case names.
    fn proven(&self, read: Exceptions, case: &Case, text: &str, policy: &Policy, at: Timestamp) -> Exceptions {
        let entry = case.text("exceptions_by").map(|by| json!({ "by": by, "type": "signature" }));
        let file = Subject::bytes(text.as_bytes().to_vec());
        let evidence: Vec<_> = entry.iter().flat_map(|entry| self.keys.evidence(entry, &[], &file, 0)).collect();
        let (text, evidence, log) = (text.as_bytes(), evidence.as_slice(), LogRule::NotUsedWithKey);
        let builders = policy.builders();
        let proof = ExceptionProof { text, evidence, roots: &self.roots, builders, log, at };
        read.under(policy.exceptions()).proven_by(&proof)
    }

    fn policy(&self, text: &str) -> Result<Policy, String> {
        let mut open = |name: &str| match name.strip_suffix(".pub") {
            Some(key) => Ok(self.keys.pem(key)),
            // The files of rules in Rego.
            None => {
                let path = format!("{}/../../testdata/gate/rego/{name}", env!("CARGO_MANIFEST_DIR"));
                std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))
            }
        };
        Policy::parse("policy.toml", text, &mut open).map_err(|error| format!("{error}\n{text}"))
    }
}

/// What a scan found; where the case says what that is, with each SBOM compared with it.
fn observed(case: &Case, incomplete: bool) -> Observed {
    let components = case.list("components");
    let Some(found) = case.all.get("found").and_then(Value::as_array) else {
        let document = document(&sbom(components, true));
        return Observed { document, incomplete, checks: Vec::new(), is_artifact: false };
    };
    let document_of = |components: &[Value]| document(&sbom(components, true));
    let document = document_of(found);
    let source = Source::from(document.clone());
    let stated = case.list("evidence").iter().enumerate().filter(|(_, entry)| entry["type"] == "cyclonedx");
    let checks = stated.map(|(number, entry)| {
        let own = entry.get("components").and_then(Value::as_array).map_or(components, Vec::as_slice);
        (format!("evidence-{number}.json"), check(&document_of(own), &source, &Compared::default()))
    });
    let checks = checks.collect();
    Observed { document, incomplete, checks, is_artifact: false }
}

/// A day or a time.
fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| format!("{text}T00:00:00Z").parse().unwrap())
}

fn document(sbom: &Value) -> Document {
    map::document(&plimsoll_sbom::open(sbom.to_string().as_bytes(), &Limits::DEFAULT).unwrap())
}

/// Exceptions as a file has them, with what the case does not say.
fn written(exceptions: &[Value], digest: &str) -> String {
    let mut all = Vec::new();
    for (number, given) in exceptions.iter().enumerate() {
        let mut one = json!({
            "id": format!("EX-{}", number + 1),
            "scope": "file:app-*",
            "reason": "the new one is ready in December",
            "owner": "quay@acme.example",
            "approver": "security@acme.example",
            "created": "2026-11-01",
            "expires": "2026-11-30",
        });
        for (key, value) in given.as_object().unwrap() {
            one[key] = value.clone();
        }
        if one["scope"] == "digest" {
            one["scope"] = json!(digest);
        }
        all.push(one);
    }
    toml(&json!({ "version": 1, "exception": all }))
}

fn image(case: &Case) -> Option<ImageFacts> {
    let given = case.all.get("image")?;
    let text = |key: &str| given.get(key).map(|value| value.as_str().unwrap().to_owned());
    let layers = given.get("layers").and_then(Value::as_array).into_iter().flatten();
    Some(ImageFacts {
        base_name: text("base_name"),
        base_digest: text("base_digest"),
        base_created: text("base_created").map(|text| time(&text)),
        created: text("created").map(|text| time(&text)),
        layers: layers.map(|layer| layer.as_str().unwrap().to_owned()).collect(),
    })
}

fn vex(case: &Case) -> VexBook {
    let mut book = VexBook::default();
    for one in case.list("vex") {
        let trust = match one["by"].as_str().unwrap() {
            "added" => Trust::AddedLocally,
            "nobody" => Trust::Unverified,
            signer => Trust::SignedBy { signer: signer.into(), party: Party::First },
        };
        book.add(read_vex(one["document"].as_str().unwrap().as_bytes(), &Limits::DEFAULT).unwrap(), &trust);
    }
    book
}

/// The advisories of a case.
struct Known {
    advisories: Advisories,
    of: Timestamp,
    exploited: BTreeSet<String>,
    /// In hundred-thousandths.
    likely: Vec<(String, u32)>,
}

fn known(case: &Case) -> Option<Known> {
    let of = case.text("advisories_of").unwrap_or("2026-11-22");
    let texts = case.all.get("advisories").filter(|_| of != "none").map(|_| case.texts("advisories"))?;
    let records = texts.iter().map(|text| {
        let read = osv::read("advisories.json", text.as_bytes(), &Limits::DEFAULT);
        read.advisory.unwrap_or_else(|| panic!("{:?}: {text}", read.diagnostics))
    });
    let epss = case.all.get("epss").and_then(Value::as_object).into_iter().flatten();
    Some(Known {
        advisories: Advisories::from_records(records),
        of: time(of),
        exploited: case.texts("kev").into_iter().map(str::to_owned).collect(),
        likely: epss.map(|(cve, score)| (cve.clone(), u32::try_from(score.as_u64().unwrap()).unwrap())).collect(),
    })
}

impl AdvisorySource for Known {
    fn fingerprint(&self) -> String {
        self.advisories.fingerprint()
    }

    fn as_of(&self) -> Option<Timestamp> {
        Some(self.of)
    }

    fn as_of_feeds(&self, _: &[&str]) -> Option<Timestamp> {
        Some(self.of)
    }

    fn coverage(&self, target: &Target) -> Coverage {
        self.advisories.coverage(target)
    }

    fn record(&self, id: &str) -> Result<Option<Advisory>, SnapshotError> {
        self.advisories.record(id)
    }

    fn each_advisory(&self, each: &mut dyn FnMut(&Advisory)) -> Result<(), SnapshotError> {
        self.advisories.each_advisory(each)
    }

    fn matches(&self, targets: &[Target]) -> Result<Vec<Matched>, SnapshotError> {
        AdvisorySource::matches(&self.advisories, targets)
    }

    fn exploitation(&self, cve: &str) -> Result<Option<Exploitation>, SnapshotError> {
        let mut found = Exploitation::default();
        if self.exploited.contains(cve) {
            let mut known = KnownExploited::default();
            known.added = "2026-11-20".to_owned();
            found.known_exploited = Some(known);
        }
        found.probability = self.likely.iter().find(|(id, _)| id == cve).map(|(_, score)| {
            let mut probability = Probability::default();
            probability.score = *score;
            probability
        });
        Ok(Some(found).filter(|found| *found != Exploitation::default()))
    }
}
