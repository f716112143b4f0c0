//! Programs, and the libraries linked into them, by what they say of themselves in strings (`docs/concepts/classifiers.md`).
//!
//! What a build recorded ranks before what strings suggest: a Go program with build information and a Rust program with
//! an audit list are not named again, and what is linked into them hangs on the component that those extractors emit.
//! A few products state their version in a file beside the program; [`beside`] joins the two.

mod beside;

use std::fmt;
use std::sync::LazyLock;

use plimsoll_extract::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::classify::{self, Engine, Role, Target, Verdict};
use crate::formats::{go, rust};
use crate::object::{self, Object};

/// Reads what signatures know.
pub(crate) struct Classifier;

/// The same with rules of the user's.
pub struct CustomClassifier {
    engine: Engine,
    /// Of all that the rules say.
    digest: Option<Digest>,
}

pub(crate) const ID: ExtractorId = ExtractorId::new("binary/classifier");

const ABOUT: About = About {
    title: "Executables and what is linked into them, by signature (ELF, PE, Mach-O)",
    specification: "https://github.com/plimsoll-sbom/plimsoll/blob/main/docs/concepts/classifiers.md",
    facts: &[Fact::Edges, Fact::Position],
};

static INTEREST: LazyLock<Vec<Interest>> =
    LazyLock::new(|| [crate::formats::OBJECTS, classify::NAMES, beside::INTEREST].concat());

impl Extractor for Classifier {
    fn id(&self) -> ExtractorId {
        ID
    }

    fn about(&self) -> About {
        ABOUT
    }

    fn interest(&self) -> &'static [Interest] {
        &INTEREST
    }

    fn rank(&self) -> Rank {
        Rank::Signature
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        extract(classify::built_in, file, out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        beside::resolve(files);
    }
}

impl fmt::Debug for CustomClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomClassifier({} rules)", self.engine.rules().len())
    }
}

impl CustomClassifier {
    /// The rules that are compiled in, and these: one with the id of another takes its place. The examples of the new
    /// rules are run.
    ///
    /// # Errors
    /// A pattern does not compile, or an example gives something else than it says.
    pub fn new(rules: classify::Rules) -> Result<Self, classify::RuleError> {
        let mut all = classify::built_in_rules();
        all.extend(rules);
        let digest = Digest::from_bytes(DigestAlgorithm::Sha256, Sha256::digest(format!("{all:?}")).to_vec()).ok();
        Ok(Self { engine: Engine::checked(all)?, digest })
    }
}

impl Extractor for CustomClassifier {
    fn id(&self) -> ExtractorId {
        ID
    }

    fn about(&self) -> About {
        ABOUT
    }

    fn interest(&self) -> &'static [Interest] {
        &INTEREST
    }

    fn rank(&self) -> Rank {
        Rank::Signature
    }

    fn basis(&self) -> Option<Digest> {
        self.digest.clone()
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        extract(|| &self.engine, file, out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        beside::resolve(files);
    }
}

fn extract<'e>(engine: impl FnOnce() -> &'e Engine, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    beside::keep(file, out)?;
    // What is wrong with the tables of an executable is said by the extractors that need them.
    let objects = object::read(file).unwrap_or_default();
    let mut head = [0; 4];
    let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
    let head = head.get(..count).unwrap_or_default();
    if objects.is_empty() && object::MAGIC.iter().any(|magic| head.starts_with(magic)) && head.first() != Some(&b'M') {
        return Ok(());
    }
    let target = Target {
        file: *file,
        objects: &objects,
        ranges: classify::data_ranges(&objects, file.len()),
        script: head.starts_with(b"#!"),
    };
    let (verdicts, cut) = engine().classify(&target)?;
    if cut {
        out.diagnose(DiagnosticCode::TOO_MANY_ENTRIES, 0, "signatures were tried too often; some may be missed");
    }
    if !verdicts.is_empty() {
        emit(&verdicts, &objects, file, out);
    }
    Ok(())
}

/// Emits what the file is, and what is in it.
fn emit(verdicts: &[Verdict<'_>], objects: &[Object], file: &File<'_>, out: &mut Sink<'_>) {
    let parts: Vec<&Verdict<'_>> = verdicts.iter().filter(|verdict| !verdict.is_file).collect();
    let itself = verdicts.iter().filter(|verdict| verdict.is_file);
    let program = match objects.iter().find_map(|object| recorded(object, file)) {
        Some((component, how)) => known_program(component, how, itself, !parts.is_empty(), out),
        None => itself.fold(None, |first, verdict| {
            let at = add(verdict, out);
            first.or(at)
        }),
    };
    if parts.is_empty() {
        return;
    }
    let program = program.unwrap_or_else(|| unknown_program(file, out));
    for verdict in parts {
        if let Some(part) = add(verdict, out) {
            out.contains(program, part);
        }
    }
}

/// The component that another extractor emits for the program, the same so that both become one.
fn recorded<'a>(object: &Object, file: &File<'_>) -> Option<(Component, Observation<'a>)> {
    go::binary::recorded(file, object).or_else(|| rust::auditable::recorded(file, object))
}

/// A program that its build recorded. The record is believed; where it has no version, that of a signature is added under
/// the recorded name, or under its own when the record has none, and both become one when the files are put together.
fn known_program<'v>(
    component: Component,
    how: Observation<'_>,
    mut itself: impl Iterator<Item = &'v Verdict<'v>>,
    holds: bool,
    out: &mut Sink<'_>,
) -> Option<ComponentRef> {
    let verdict = itself.find(|verdict| verdict.rule.role == Role::Program);
    match (verdict, &component.version, &component.purl) {
        (Some(verdict), None, Some(purl)) => {
            let version = match purl.kind() {
                "golang" if !verdict.version.starts_with('v') => format!("v{}", verdict.version),
                _ => verdict.version.clone(),
            };
            let mut named = Purl::builder(purl.kind(), purl.name()).version(version);
            if let Some(namespace) = purl.namespace() {
                named = named.namespace(namespace);
            }
            Some(product(verdict, out.purl(named, 0)?, out))
        }
        (Some(verdict), None, None) => add(verdict, out),
        _ => holds.then(|| out.observed(component, how)),
    }
}

/// A program that nothing names, so that what is in it hangs on something.
fn unknown_program(file: &File<'_>, out: &mut Sink<'_>) -> ComponentRef {
    let name = String::from_utf8_lossy(file.path().name());
    let library = [".so", ".dll", ".dylib", ".node", ".pyd"].iter().any(|part| name.contains(part));
    let kind = if library { ComponentKind::Library } else { ComponentKind::Application };
    let mut component = Component::new(kind, name);
    component.location = Some(file.path().clone());
    out.observed(
        component,
        Observation { technique: Technique::Filename, confidence: Confidence::LOW, ..Observation::default() },
    )
}

fn add(verdict: &Verdict<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    Some(product(verdict, verdict.rule.purl(&verdict.version)?, out))
}

fn product(verdict: &Verdict<'_>, purl: Purl, out: &mut Sink<'_>) -> ComponentRef {
    let mut component = Component::from_purl(purl);
    if verdict.rule.role == Role::Program {
        component.kind = ComponentKind::Application;
    }
    component.description = Some(verdict.rule.title.clone());
    component.properties.push(("plimsoll:classifier:rule".into(), verdict.rule.id.clone()));
    let how = Observation {
        span: Some(verdict.span),
        technique: Technique::BinaryAnalysis,
        confidence: verdict.confidence,
        member: None,
    };
    out.observed(component, how)
}
