//! All that is known about one artifact.

use plimsoll_advisory::AdvisorySource;
use plimsoll_advisory::vex::VexBook;
use plimsoll_attest::PredicateType;
use plimsoll_model::{Digest, DigestAlgorithm, Limits};
use plimsoll_policy::Name;
use plimsoll_policy::gate::{ConfiguredRule, Decision, GateInput, ImageFacts, LooseSbom, Observed, decide};
use plimsoll_sbom::check::{Context, check};
use plimsoll_sbom::{Document, map};
use plimsoll_verify::{Evidence, Subject as Digests};
use serde::Deserialize;

use super::grounds::Grounds;
use super::material::{Content, Material, Role};
use super::subject::Subject;
use super::{attached, observe};
use crate::args::GatherArguments;
use crate::commands::vex_evidence::{ReadVex, VexTrust};
use crate::failure::Failure;
use crate::output::Ui;

/// All that is known about one artifact.
pub(in crate::commands) struct Gathered {
    /// As it was named.
    pub(in crate::commands) name: String,
    /// What a policy may call it, with its digests.
    pub(in crate::commands) names: Vec<Name>,
    pub(in crate::commands) subject: Digests,
    pub(in crate::commands) evidence: Vec<Evidence>,
    pub(in crate::commands) observed: Option<Observed>,
    pub(in crate::commands) loose: Vec<LooseSbom>,
    pub(in crate::commands) image: Option<ImageFacts>,
    pub(in crate::commands) vex: VexBook,
    pub(in crate::commands) materials: Vec<Material>,
    /// What the user should know.
    pub(in crate::commands) notices: Vec<String>,
}

/// A mark of a scan that looked at no digests.
const SKIPPED: &str = "plimsoll:insecure-skip-digests";

impl Gathered {
    /// Reads the artifact and what is known about it. It is looked into when that is asked for, or a rule that is about it needs it.
    pub(in crate::commands) fn read(
        subject: &Subject,
        grounds: &Grounds,
        arguments: &GatherArguments,
        offline: bool,
        ui: &mut Ui,
    ) -> Result<Self, Failure> {
        let attached::Found { mut materials, notices } = attached::found(subject, arguments)?;
        materials.extend(attached::loose(&arguments.sbom, &arguments.limits.limits())?);
        let artifact = materials.iter().find(|material| material.role == Role::Artifact);
        let has_contents = artifact.is_some_and(|artifact| artifact.content_is_there() && !artifact.says("sbom"));
        let needed = || {
            let mut rules = grounds.policy.gate_rules();
            rules.any(|rule: &ConfiguredRule| rule.needs_observation() && rule.may_concern(&subject.names))
        };
        if arguments.scan || (has_contents && needed()) {
            let digest = artifact.and_then(|artifact| artifact.detail("digest"));
            let digest = digest.and_then(|text| Digest::from_prefixed(text).ok());
            materials.push(observe::observed(subject, digest.as_ref(), arguments, offline, ui)?);
        }
        let mut gathered = Self::of(&subject.name, &subject.names, materials, grounds)?;
        gathered.notices.splice(..0, notices);
        Ok(gathered)
    }

    /// The same from what was read.
    pub(in crate::commands) fn of(
        name: &str,
        names: &[Name],
        materials: Vec<Material>,
        grounds: &Grounds,
    ) -> Result<Self, Failure> {
        let mut notices = Vec::new();
        let with = |role: Role| materials.iter().filter(move |material| material.role == role);
        let mut evidence = Vec::new();
        for material in with(Role::Evidence) {
            evidence.extend(attached::evidence(material)?);
        }
        let mut loose = Vec::new();
        for material in with(Role::Sbom) {
            loose.push(LooseSbom { place: material.name.clone(), document: document(material)? });
        }
        // What was made with a weakened check proves nothing; what it lists may still be a reason to refuse.
        for piece in evidence.iter_mut().filter(|piece| is_marked(piece)) {
            notices.push(format!("{} was made with --insecure-skip-digests: it proves nothing", piece.place()));
            loose.extend(stated(piece).map(|document| LooseSbom { place: piece.place().to_owned(), document }));
            *piece = Evidence::damaged(piece.place(), "it was made with --insecure-skip-digests");
        }
        let artifact = with(Role::Artifact).next();
        let artifact = artifact.ok_or_else(|| Failure::usage("there is no artifact"))?;
        let subject = digests(artifact, &evidence)?;
        let observed = match with(Role::Observation).next() {
            Some(scan) => Some(observed(scan, &evidence)?),
            None if artifact.says("sbom") => Some(itself(artifact)?),
            None => None,
        };
        let image = artifact.detail("image").map(|_| facts(artifact, with(Role::ImageConfig).next())).transpose()?;
        let vex = statements(grounds, &evidence, &mut notices)?;
        let mut names = names.to_vec();
        names.extend(Name::digests(&subject));
        Ok(Self { name: name.to_owned(), names, subject, evidence, observed, loose, image, vex, materials, notices })
    }

    /// Whether it may ship.
    pub(in crate::commands) fn decide(&self, grounds: &Grounds) -> Decision {
        self.with_input(grounds, decide)
    }

    /// The same at another time, for who decides more than once.
    pub(in crate::commands) fn decide_at(&self, grounds: &Grounds, at: jiff::Timestamp) -> Decision {
        self.with_input(grounds, |input| decide(&GateInput { at, ..*input }))
    }

    /// What a decision is made from, for as long as it is looked at.
    pub(in crate::commands) fn with_input<T>(&self, grounds: &Grounds, look: impl FnOnce(&GateInput<'_>) -> T) -> T {
        let published = |purl: &plimsoll_model::Purl| grounds.published(purl);
        look(&GateInput {
            policy: &grounds.policy,
            exceptions: &grounds.exceptions,
            names: &self.names,
            subject: &self.subject,
            evidence: &self.evidence,
            roots: &grounds.roots,
            log: grounds.log(),
            observed: self.observed.as_ref(),
            loose: &self.loose,
            image: self.image.as_ref(),
            advisories: grounds.snapshot.as_ref().map(|snapshot| snapshot as &dyn AdvisorySource),
            vex: &self.vex,
            published: &published,
            max_age_days: grounds.settings.max_age_days,
            allow_incomplete: grounds.settings.allow_incomplete,
            at: grounds.settings.at,
        })
    }

    /// Its first digest, as text.
    pub(in crate::commands) fn digest(&self) -> String {
        self.subject.to_string()
    }
}

/// What is said about vulnerabilities: in the evidence, and in what was named for it. Whose word counts, the policy says.
fn statements(grounds: &Grounds, evidence: &[Evidence], notices: &mut Vec<String>) -> Result<VexBook, Failure> {
    let mut read = ReadVex { book: grounds.vex.clone(), ..ReadVex::default() };
    if grounds.snapshot.is_none() {
        return Ok(read.book);
    }
    let trust = VexTrust {
        signers: grounds.policy.vex_signers(),
        roots: &grounds.roots,
        log: grounds.log(),
        at: grounds.settings.at,
    };
    for piece in evidence.iter().filter(|piece| may_speak(piece)) {
        read.add_evidence(std::slice::from_ref(piece), &trust, &Limits::DEFAULT);
    }
    for file in grounds.materials.iter().filter(|file| file.role == Role::Vex && file.detail("trust").is_none()) {
        read.add_evidence(&attached::evidence(file)?, &trust, &Limits::DEFAULT);
    }
    notices.append(&mut read.notes);
    notices.append(&mut read.warnings);
    Ok(read.book)
}

/// Whether evidence may say something about vulnerabilities. An SBOM without any is not read for it.
fn may_speak(piece: &Evidence) -> bool {
    let Some(kind) = piece.unverified_predicate_type() else { return false };
    let is = |name: &str| PredicateType::parse(name).is_some_and(|known| known.accepts(&kind));
    let mentions = |payload: &[u8]| std::str::from_utf8(payload).is_ok_and(|text| text.contains("vulnerabilities"));
    is("openvex") || (is("cyclonedx") && piece.unverified_payload().is_some_and(mentions))
}

/// The digests that the evidence names it by.
fn digests(artifact: &Material, evidence: &[Evidence]) -> Result<Digests, Failure> {
    let failed =
        |error: plimsoll_verify::VerifyError| Failure::failed(anyhow::Error::new(error).context(artifact.name.clone()));
    match &artifact.content {
        Content::Bytes(bytes) => Ok(Digests::bytes(bytes.clone())),
        Content::File(path) => {
            let mut wanted: Vec<DigestAlgorithm> = evidence.iter().flat_map(Evidence::digests).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let file = Digests::file(path, &wanted).map_err(failed)?;
            let name = std::path::Path::new(&artifact.name).file_name().map(|name| name.to_string_lossy().into_owned());
            Ok(match name {
                Some(name) => file.named(name),
                None => file,
            })
        }
        Content::Nothing => {
            let all = artifact.details.get("digests").and_then(serde_json::Value::as_array);
            let mut all = all.into_iter().flatten().filter_map(serde_json::Value::as_str);
            let first = all.next().ok_or_else(|| Failure::usage(format!("{} has no digest", artifact.name)))?;
            Digests::digest(first).map_err(failed)
        }
    }
}

fn document(material: &Material) -> Result<Document, Failure> {
    let parsed = plimsoll_sbom::open(&material.bytes()?, &Limits::DEFAULT)
        .map_err(|error| Failure::failed(anyhow::Error::new(error).context(material.name.clone())))?;
    Ok(map::document(&parsed))
}

/// What a scan found, and each SBOM compared with it. Which of these count is decided by who signed them.
fn observed(scan: &Material, evidence: &[Evidence]) -> Result<Observed, Failure> {
    let document = document(scan)?;
    let source = observe::source(scan, &document);
    let context = Context { excluded: &|_: &str| false, all_layers: None };
    let checks = evidence
        .iter()
        .filter_map(|piece| Some((piece.place().to_owned(), check(&stated(piece)?, &source, &context))))
        .collect();
    Ok(Observed { document, incomplete: scan.says("incomplete"), checks, is_artifact: false })
}

/// The artifact is an SBOM: what it says is what is in it.
fn itself(artifact: &Material) -> Result<Observed, Failure> {
    let document = document(artifact)?;
    if document.properties.iter().any(|property| property.name == SKIPPED) {
        let text = format!("{} was made with --insecure-skip-digests: it may be about something else", artifact.name);
        return Err(Failure { code: crate::exit::NO, error: anyhow::anyhow!(text), hint: None });
    }
    let incomplete = document.completeness.iter().any(|held| held.aggregate.starts_with("incomplete"));
    Ok(Observed { document, incomplete, checks: Vec::new(), is_artifact: true })
}

/// The SBOM that a piece of evidence states, whoever signed it.
fn stated(piece: &Evidence) -> Option<Document> {
    let of = piece.unverified_predicate_type()?;
    let mut kinds = ["cyclonedx", "spdx"].iter().filter_map(|name| PredicateType::parse(name));
    let statement = kinds.any(|kind| kind.accepts(&of)).then(|| piece.unverified_statement())??;
    let text = statement.predicate_text();
    Some(map::document(&plimsoll_sbom::open(text.as_bytes(), &Limits::DEFAULT).ok()?))
}

/// Whether an SBOM says that digests were not looked at. The text is looked for first: to read each of them takes time.
fn is_marked(piece: &Evidence) -> bool {
    let says = |payload: &[u8]| std::str::from_utf8(payload).is_ok_and(|text| text.contains(SKIPPED));
    piece.unverified_payload().is_some_and(says)
        && stated(piece).is_none_or(|document| document.properties.iter().any(|property| property.name == SKIPPED))
}

#[derive(Deserialize)]
struct Config {
    created: Option<jiff::Timestamp>,
    #[serde(default)]
    rootfs: RootFs,
    #[serde(default)]
    config: Inner,
}

#[derive(Default, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Inner {
    #[serde(rename = "Labels")]
    labels: Option<std::collections::BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Annotated {
    annotations: Option<std::collections::BTreeMap<String, String>>,
}

/// What an image says of itself: its manifest, and the config that the manifest names by digest.
fn facts(manifest: &Material, config: Option<&Material>) -> Result<ImageFacts, Failure> {
    let mut facts = ImageFacts::default();
    let mut said = Vec::new();
    if let Ok(manifest) = serde_json::from_slice::<Annotated>(&manifest.bytes()?) {
        said.extend(manifest.annotations);
    }
    if let Some(config) = config
        && let Ok(config) = serde_json::from_slice::<Config>(&config.bytes()?)
    {
        (facts.created, facts.layers) = (config.created, config.rootfs.diff_ids);
        said.extend(config.config.labels);
    }
    let get = |name: &str| said.iter().find_map(|map| map.get(name)).filter(|text| !text.is_empty()).cloned();
    facts.base_name = get("org.opencontainers.image.base.name");
    facts.base_digest = get("org.opencontainers.image.base.digest");
    Ok(facts)
}
