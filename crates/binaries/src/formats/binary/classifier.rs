//! Programs, and the libraries linked into them, by what they say of themselves in strings (`docs/concepts/classifiers.md`).
//!
//! What a build recorded ranks before what strings suggest: a Go program with build information and a Rust program with
//! an audit list are not named again, and what is linked into them hangs on the component that those extractors emit.
//! A few products state their version in a file beside the program; [`beside`] joins the two.

mod beside;

use std::sync::LazyLock;

use plimsoll_extract::prelude::*;

use crate::classify::{self, Engine, Role, Target, Verdict};
use crate::formats::{go, rust};
use crate::object::{self, Object};

/// Reads what signatures know.
pub(crate) struct Classifier;

/// The same with rules of the user's.
pub struct CustomClassifier(Engine);

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

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        extract(classify::built_in, file, out)
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        beside::resolve(files);
    }
}

impl CustomClassifier {
    /// The rules that are compiled in, and these: one with the id of another takes its place.
    #[must_use]
    pub fn new(rules: classify::Rules) -> Self {
        let mut all = classify::built_in_rules();
        all.extend(rules);
        Self(Engine::new(all))
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

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        extract(|| &self.0, file, out)
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
    let recorded = objects.iter().find_map(|object| recorded(object, file));
    let program = match recorded {
        Some((component, how)) => Some(known_program(component, how, verdicts, out)),
        None => {
            let mut programs = verdicts.iter().filter(|verdict| verdict.is_file).map(|verdict| add(verdict, out));
            let first = programs.next().flatten();
            programs.for_each(drop);
            first
        }
    };
    let parts: Vec<&Verdict<'_>> =
        verdicts.iter().filter(|verdict| verdict.rule.role == Role::Library && !verdict.is_file).collect();
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

/// A program that its build recorded. Its version is the recorded one; where none is, what a signature says.
fn known_program(
    mut component: Component,
    how: Observation<'_>,
    verdicts: &[Verdict<'_>],
    out: &mut Sink<'_>,
) -> ComponentRef {
    let stated = verdicts.iter().find(|verdict| verdict.is_file && verdict.rule.role == Role::Program);
    if let (None, Some(verdict)) = (&component.version, stated) {
        component.properties.push(("plimsoll:classifier:version".into(), verdict.version.as_str().into()));
    }
    out.observed(component, how)
}

/// A program that nothing names, so that what is in it hangs on something.
fn unknown_program(file: &File<'_>, out: &mut Sink<'_>) -> ComponentRef {
    let mut component = Component::new(ComponentKind::Application, String::from_utf8_lossy(file.path().name()));
    component.location = Some(file.path().clone());
    out.observed(
        component,
        Observation { technique: Technique::Filename, confidence: Confidence::LOW, ..Observation::default() },
    )
}

fn add(verdict: &Verdict<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let purl = verdict.rule.purl(&verdict.version)?;
    let mut component = Component::from_purl(purl);
    if verdict.rule.role == Role::Program {
        component.kind = ComponentKind::Application;
    }
    component.properties.push(("plimsoll:classifier:rule".into(), verdict.rule.id.clone()));
    let how = Observation {
        span: Some(verdict.span),
        technique: Technique::BinaryAnalysis,
        confidence: verdict.confidence,
        member: None,
    };
    Some(out.observed(component, how))
}
