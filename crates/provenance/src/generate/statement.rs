//! The statement: SLSA provenance v1 about what was built.

use std::collections::BTreeMap;

use plimsoll_attest::{PROVENANCE_V1, Provenance, ResourceDescriptor, Statement, StatementBuilder};
use plimsoll_verify::Claim;
use serde_json::{Map, Value, json};

use super::field::Kind;
use super::known::{Authentication, Known};
use super::platform::{Lookup, Marks, detect};
use super::resolve::{put_stated, resolve};
use super::template::fill;
use super::{GenerateError, Platform, Subjects, TokenClaims};

/// What provenance is made of.
pub struct Request<'a> {
    /// The platform; `None` to recognise it by its variables.
    pub platform: Option<&'static Platform>,
    /// Looks a variable up. Only those that the platform lists are asked for.
    pub variables: &'a Lookup<'a>,
    /// The claims of the job's token, if there is one.
    pub claims: Option<&'a TokenClaims>,
    /// What the user states.
    pub stated: Stated,
    /// What was built.
    pub subjects: Subjects,
    /// What it was built from, besides the source.
    pub dependencies: Vec<ResourceDescriptor>,
}

/// What the user states, where nothing authenticates it. It is marked as stated, and never contradicts a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stated {
    /// The repository of the source.
    pub source_uri: Option<String>,
    /// The ref that was built: `refs/tags/v1`.
    pub source_ref: Option<String>,
    /// The commit that was built, in hex.
    pub source_digest: Option<String>,
    /// The type of the build.
    pub build_type: Option<String>,
    /// Who built it.
    pub builder_id: Option<String>,
    /// When it began: RFC 3339.
    pub started_on: Option<String>,
    /// When it ended: RFC 3339.
    pub finished_on: Option<String>,
}

/// Provenance, ready to sign.
#[derive(Debug, Clone)]
pub struct Generated {
    pub(super) platform: &'static Platform,
    pub(super) statement: Statement,
    pub(super) bytes: Vec<u8>,
    pub(super) marks: BTreeMap<String, Authentication>,
    pub(super) certificate: Vec<(Claim, String)>,
}

impl Generated {
    /// The platform that it was made for.
    #[must_use]
    pub fn platform(&self) -> &'static Platform {
        self.platform
    }

    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The bytes of the statement: what is signed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How each field of the predicate was authenticated, by its place there (RFC 6901).
    pub fn marks(&self) -> impl Iterator<Item = (&str, Authentication)> {
        self.marks.iter().map(|(place, how)| (place.as_str(), *how))
    }

    /// One line: which platform, and how well founded it is.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |wanted: Authentication| self.marks.values().filter(|how| **how == wanted).count();
        format!(
            "provenance of {}: {} fields from the token, {} from the environment, {} stated",
            self.platform.name,
            count(Authentication::Oidc),
            count(Authentication::Environment),
            count(Authentication::Stated),
        )
    }

    /// A text of the predicate, by its place there.
    #[must_use]
    pub fn text(&self, place: &str) -> Option<&str> {
        self.statement.predicate().pointer(place).and_then(Value::as_str)
    }
}

/// Makes provenance. Nothing is read but the variables that the platform lists, and nothing depends on the time.
///
/// # Errors
/// The platform cannot be told, something that has to be said is not there, is not what it should be, or is contradicted.
pub fn generate(request: Request<'_>) -> Result<Generated, GenerateError> {
    let platform = match request.platform {
        Some(platform) => platform,
        None => detect(request.variables)?,
    };
    let mut known = resolve(platform, request.variables, request.claims, &request.stated)?;
    let mut draft = Draft { predicate: json!({}), marks: BTreeMap::new() };
    let named = [
        ("build_type", "type of the build", platform.build_type, "--build-type", request.stated.build_type),
        ("builder_id", "builder", platform.builder_id, "--builder-id", request.stated.builder_id),
    ];
    for (key, what, template, flag, stated) in named {
        name(platform, &mut known, (key, what, template, flag), stated)?;
    }
    draft.put("/buildDefinition/buildType", "{build_type}", &known);
    // It is there even where nothing is known: the specification wants it.
    if let Some(definition) = draft.predicate.get_mut("buildDefinition").and_then(Value::as_object_mut) {
        definition.insert("externalParameters".into(), json!({}));
    }
    for (place, template) in platform.slots {
        draft.put(place, template, &known);
    }
    draft.put("/runDetails/builder/id", "{builder_id}", &known);
    draft.put("/runDetails/metadata/startedOn", "{started_on}", &known);
    draft.put("/runDetails/metadata/finishedOn", "{finished_on}", &known);
    draft.depend(platform, &known, &request.dependencies)?;
    draft.mark(platform);
    let filled = platform.certificate.iter().filter_map(|(claim, template)| Some((*claim, fill(template, &known)?.0)));
    let certificate = filled.collect();
    let builder = StatementBuilder::new(PROVENANCE_V1, draft.predicate);
    let builder =
        request.subjects.into_iter().fold(builder, |builder, subject| builder.subject(subject.name, subject.digest));
    let (statement, bytes) = builder.build()?;
    Provenance::of(&statement)?;
    Ok(Generated { platform, statement, bytes, marks: draft.marks, certificate })
}

/// The type of the build and the builder: what the platform says, unless the user states another.
fn name(
    platform: &Platform,
    known: &mut Known,
    (key, what, template, flag): (&'static str, &'static str, &str, &'static str),
    stated: Option<String>,
) -> Result<(), GenerateError> {
    // What has no facts in it is the same for everybody, and needs nobody to vouch for it.
    let parts: Vec<&str> = template.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
    if let Some((text, _)) = fill(template, known) {
        match known.made_of(text.clone(), &parts) {
            Some(value) => known.set(key, value),
            None if stated.is_none() => {
                known.set_plain(key, text);
                return Ok(());
            }
            None => {}
        }
    }
    if let Some(text) = stated {
        put_stated(known, key, what, Kind::Uri, flag, &text)?;
    }
    if known.value(key).is_some() {
        return Ok(());
    }
    // What follows from several facts has the name of what they tell.
    let fields = platform.fields.iter().filter(|field| parts.contains(&field.key) || parts.contains(&field.what));
    let wanted: Vec<String> = fields.map(super::field::Field::wanted).chain([format!("{flag} states it")]).collect();
    Err(GenerateError::Missing { platform: platform.name, what, wanted: wanted.join("; ") })
}

/// A predicate in the making, and how its fields were authenticated.
struct Draft {
    predicate: Value,
    marks: BTreeMap<String, Authentication>,
}

impl Draft {
    /// Puts text in a place, if all of it is known.
    fn put(&mut self, place: &str, template: &str, known: &Known) {
        let Some((text, how)) = fill(template, known) else { return };
        if let Some(how) = how {
            self.marks.insert(place.to_owned(), how);
        }
        put(&mut self.predicate, place, text.into());
    }

    /// The source, first, and what else it was built from.
    fn depend(
        &mut self,
        platform: &Platform,
        known: &Known,
        others: &[ResourceDescriptor],
    ) -> Result<(), GenerateError> {
        const FIRST: &str = "/buildDefinition/resolvedDependencies/0";
        let mut all = Vec::new();
        let filled = platform.source.iter().find_map(|template| Some((template, fill(template, known)?)));
        if let Some((template, (uri, how))) = filled {
            let mut source = ResourceDescriptor { uri, ..ResourceDescriptor::default() };
            self.marks.extend(how.map(|how| (format!("{FIRST}/uri"), how)));
            if let Some(commit) = known.value("commit") {
                source.digest.insert("gitCommit".to_owned(), commit.text.clone());
                self.marks.insert(format!("{FIRST}/digest/gitCommit"), commit.from);
            }
            if let Some(git_ref) = known.value("source_ref").filter(|_| !template.contains("{source_ref}")) {
                source.annotations.insert("ref".to_owned(), git_ref.text.clone().into());
                self.marks.insert(format!("{FIRST}/annotations/ref"), git_ref.from);
            }
            all.push(source);
        }
        all.extend_from_slice(others);
        if all.is_empty() {
            return Ok(());
        }
        let all = serde_json::to_value(all).map_err(|source| {
            GenerateError::Statement(plimsoll_attest::AttestError::Malformed { what: "SLSA provenance", source })
        })?;
        put(&mut self.predicate, "/buildDefinition/resolvedDependencies", all);
        Ok(())
    }

    fn mark(&mut self, platform: &Platform) {
        if platform.marks == Marks::InReport || self.marks.is_empty() {
            return;
        }
        let marks = self.marks.iter().map(|(place, how)| (place.clone(), how.word().into()));
        let marks: Map<String, Value> = marks.collect();
        put(&mut self.predicate, "/buildDefinition/internalParameters/plimsoll/authenticated", marks.into());
    }
}

/// Puts a value in a place, and objects on the way there.
fn put(root: &mut Value, place: &str, value: Value) {
    let mut at = root;
    for part in place.split('/').skip(1) {
        if !at.is_object() {
            *at = json!({});
        }
        let Some(object) = at.as_object_mut() else { return };
        at = object.entry(part).or_insert(Value::Null);
    }
    *at = value;
}
