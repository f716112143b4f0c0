//! `[[expect]]`: what an artifact has to be.
//!
//! When several tables name one artifact, all of them have to hold. What a table does not say of the build is not checked, but a
//! source has to be named (`"any"` says so aloud), and so has the level.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use plimsoll_attest::PredicateType;
use plimsoll_syntax::toml::{Kind, Value as Toml};
use plimsoll_verify::{
    BuildExpectation, BuilderSigner, ParameterRule, Pattern, PublicKey, RefExpectation, Repository, SignerExpectation,
};
use serde_json::Value;

use crate::builders::{patterns, signer};
use crate::file::Fields;
use crate::words::quote;
use crate::{Name, NamePattern, PolicyError};

/// What an artifact has to be.
#[derive(Debug, Clone)]
pub struct ArtifactExpectation {
    /// The artifacts; one of these. Empty is any, for who names the artifact elsewhere.
    pub artifacts: Vec<NamePattern>,
    /// What its build has to be, but for refs that depend on its version.
    pub build: BuildExpectation,
    /// Refs that depend on its version: `{version}` stands for it.
    pub versioned: Vec<RefExpectation>,
    /// The least level of the source, which a verified summary has to say. 0 asks for nothing.
    pub source_level: u8,
    /// What else has to be attested.
    pub attestations: Vec<AttestationExpectation>,
    /// How many distinct builders have to have built the same.
    pub threshold: usize,
    /// Who has to have signed by certificate, beside being recognised for the builder. Whoever is recognised, when it is left out.
    pub signer: Option<SignerExpectation>,
    /// The line in the policy; 0 when it is of none.
    pub line: u32,
}

/// A statement that has to be there beside the provenance.
#[derive(Debug, Clone)]
pub struct AttestationExpectation {
    /// As the policy calls it.
    pub name: String,
    /// The types; one of these.
    pub types: Vec<PredicateType>,
    /// How long before the time of verification it may have been signed.
    pub max_age: Option<SignedDuration>,
    /// Who has to have signed it. Whoever signed the provenance, when it is left out.
    pub signer: Option<BuilderSigner>,
}

pub(crate) const EXPECT: &[&str] = &[
    "match",
    "source",
    "source_id",
    "ref",
    "builder",
    "build_types",
    "workflow",
    "inputs",
    "external_parameters",
    "min_build_level",
    "min_source_level",
    "attestations",
    "threshold",
];
pub(crate) const REFERENCE: &[&str] = &["tag", "branch", "versioned_tag", "commit", "exact"];
pub(crate) const ATTESTATION: &[&str] = &["type", "max_age", "signer"];
pub(crate) const PARAMETER: &[&str] = &["equal", "glob", "regex"];

/// Stands for the version of the artifact.
const VERSION: &str = "{version}";

impl ArtifactExpectation {
    /// Any artifact has to be this build, by one builder.
    #[must_use]
    pub fn of_build(build: BuildExpectation) -> Self {
        Self {
            artifacts: Vec::new(),
            build,
            versioned: Vec::new(),
            source_level: 0,
            attestations: Vec::new(),
            threshold: 1,
            signer: None,
            line: 0,
        }
    }

    /// Whether one of the names is meant; with the versions that they say it has.
    #[must_use]
    pub fn concerns(&self, names: &[Name]) -> Option<BTreeSet<String>> {
        let mut matched =
            names.iter().flat_map(|name| self.artifacts.iter().filter_map(|one| one.matches(name))).peekable();
        if matched.peek().is_none() && !self.artifacts.is_empty() {
            return None;
        }
        Some(matched.filter_map(|matched| matched.version).collect())
    }
}

pub(crate) fn read(
    policy: &Fields<'_>,
    keys: &BTreeMap<String, PublicKey>,
) -> Result<Vec<ArtifactExpectation>, PolicyError> {
    policy.tables("expect", EXPECT)?.iter().map(|fields| one(fields, keys)).collect()
}

fn one(fields: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<ArtifactExpectation, PolicyError> {
    let mut artifacts = Vec::new();
    for text in fields.texts("match")? {
        artifacts.push(NamePattern::parse(text).map_err(|problem| fields.fault("match", problem))?);
    }
    if artifacts.is_empty() {
        return Err(fields.missing("match"));
    }
    let source = match fields.need_text("source")? {
        "any" => None,
        _ => repository(fields, "source")?,
    };
    let source_id = match fields.value("source_id").map(|value| (value.as_integer(), value)) {
        Some((Some(number), _)) => Some(number.to_string()),
        _ => fields.text("source_id")?.map(str::to_owned),
    };
    if source_id.is_some() && source.is_none() {
        return Err(fields.fault("source_id", "source_id is the number of a source, and source is any"));
    }
    let level = fields.within("min_build_level", 0, 3)?.ok_or_else(|| fields.missing("min_build_level"))?;
    let (references, versioned, commit) = references(fields)?;
    if !versioned.is_empty() && !artifacts.iter().any(NamePattern::captures_version) {
        let problem = "{version} of the artifact is not known: write it into match, as in file:app-{version}.tar.gz";
        return Err(fields.fault("ref", problem));
    }
    let build = BuildExpectation {
        source,
        source_id,
        references,
        commit,
        builder: patterns(fields, "builder")?,
        workflow: fields
            .text("workflow")?
            .map(Pattern::glob)
            .transpose()
            .map_err(|error| fields.fault("workflow", error.to_string()))?,
        build_types: patterns(fields, "build_types")?,
        inputs: inputs(fields)?,
        parameters: parameters(fields)?,
        level,
    };
    Ok(ArtifactExpectation {
        artifacts,
        build,
        versioned,
        source_level: fields.within("min_source_level", 0, 4)?.unwrap_or(0),
        attestations: attestations(fields, keys)?,
        threshold: fields.within("threshold", 1, 16)?.unwrap_or(1).into(),
        signer: None,
        line: fields.line(""),
    })
}

/// A repository.
pub(crate) fn repository(fields: &Fields<'_>, key: &str) -> Result<Option<Repository>, PolicyError> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    let read = Repository::parse(text);
    let problem = || format!("{} is no repository: it is written as github.com/acme/app", quote(text));
    read.map(Some).ok_or_else(|| fields.fault(key, problem()))
}

pub(crate) type References = (Vec<RefExpectation>, Vec<RefExpectation>, Option<String>);

type Make = fn(String) -> RefExpectation;

pub(crate) fn references(fields: &Fields<'_>) -> Result<References, PolicyError> {
    let (mut fixed, mut versioned) = (Vec::new(), Vec::new());
    let Some(table) = fields.table("ref", REFERENCE)? else { return Ok((fixed, versioned, None)) };
    let kinds: [(&str, Make); 4] = [
        ("exact", RefExpectation::Exact),
        ("branch", RefExpectation::Branch),
        ("tag", RefExpectation::Tag),
        ("versioned_tag", RefExpectation::VersionedTag),
    ];
    for (key, make) in kinds {
        let Some(text) = table.text(key)? else { continue };
        if key != "exact" && text.starts_with("refs/") {
            return Err(table.fault(key, format!("{key} is a name without refs/; a ref in full is `exact`")));
        }
        if text.replace(VERSION, "").contains(['{', '}']) {
            return Err(table.fault(key, "only {version} stands for something"));
        }
        let list = if text.contains(VERSION) { &mut versioned } else { &mut fixed };
        list.push(make(text.to_owned()));
    }
    let commit = table.text("commit")?;
    if commit.is_some_and(|commit| {
        !matches!(commit.len(), 40 | 64) || !commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }) {
        return Err(table.fault("commit", "a commit is written in full, in lower-case hex"));
    }
    if fixed.is_empty() && versioned.is_empty() && commit.is_none() {
        return Err(fields.fault("ref", format!("ref says nothing; it may say {}", REFERENCE.join(", "))));
    }
    Ok((fixed, versioned, commit.map(str::to_owned)))
}

/// The refs of an artifact of this version.
pub(crate) fn of_version(references: &[RefExpectation], version: &str) -> Vec<RefExpectation> {
    let fill = |text: &String| text.replace(VERSION, version);
    references
        .iter()
        .map(|reference| match reference {
            RefExpectation::Exact(text) => RefExpectation::Exact(fill(text)),
            RefExpectation::Branch(text) => RefExpectation::Branch(fill(text)),
            RefExpectation::Tag(text) => RefExpectation::Tag(fill(text)),
            RefExpectation::VersionedTag(text) => RefExpectation::VersionedTag(fill(text)),
            other => other.clone(),
        })
        .collect()
}

fn inputs(fields: &Fields<'_>) -> Result<BTreeMap<String, String>, PolicyError> {
    let Some(table) = fields.map("inputs")? else { return Ok(BTreeMap::new()) };
    let read = |(name, value): (&str, Toml<'_>)| {
        let text = value.scalar_text().map(|text| (name.to_owned(), text.to_owned()));
        text.ok_or_else(|| table.fault(name, "an input is a text, a number, true or false"))
    };
    table.iter().map(read).collect()
}

fn parameters(fields: &Fields<'_>) -> Result<BTreeMap<String, ParameterRule>, PolicyError> {
    let mut parameters = BTreeMap::new();
    let Some(table) = fields.map("external_parameters")? else { return Ok(parameters) };
    for (path, value) in table.iter() {
        let rule = if value.as_str() == Some("any") {
            ParameterRule::Any
        } else if let Some(rule) = table.table(path, PARAMETER).ok().flatten() {
            let pattern = match (rule.value("equal"), rule.text("glob")?, rule.text("regex")?) {
                (Some(value), None, None) => {
                    let value = leaf(value).ok_or_else(|| rule.fault("equal", LEAF))?;
                    parameters.insert(path.to_owned(), ParameterRule::Equal(value));
                    continue;
                }
                (None, Some(glob), None) => Pattern::glob(glob),
                (None, None, Some(regex)) => Pattern::regex(regex),
                _ => return Err(table.fault(path, "it has to be one of equal, glob and regex")),
            };
            ParameterRule::Matches(pattern.map_err(|error| table.fault(path, error.to_string()))?)
        } else if value.as_table().is_some() {
            table.table(path, PARAMETER)?;
            continue;
        } else {
            ParameterRule::Equal(leaf(value).ok_or_else(|| table.fault(path, LEAF))?)
        };
        parameters.insert(path.to_owned(), rule);
    }
    Ok(parameters)
}

const LEAF: &str = "a parameter is a text, a whole number, true or false; name the leaves of a list as list.0";

/// A value that has nothing below it.
fn leaf(value: Toml<'_>) -> Option<Value> {
    Some(match value.kind() {
        Kind::String => Value::from(value.as_str()?),
        Kind::Integer => Value::from(value.as_integer()?),
        Kind::Boolean => Value::from(value.as_bool()?),
        _ => return None,
    })
}

fn attestations(
    fields: &Fields<'_>,
    keys: &BTreeMap<String, PublicKey>,
) -> Result<Vec<AttestationExpectation>, PolicyError> {
    let Some(value) = fields.value("attestations") else { return Ok(Vec::new()) };
    let bad = || fields.fault("attestations", "attestations has to be a list of texts and tables with a type");
    let mut wanted = Vec::new();
    for item in value.as_array().ok_or_else(bad)?.iter() {
        let (name, max_age, signed) = match (item.as_str(), item.as_table()) {
            (Some(name), _) => (name, None, None),
            (None, Some(table)) => {
                let table = Fields::new(fields.file(), table, "expect.attestations", ATTESTATION)?;
                let age = table.text("max_age")?.map(|text| duration(text).ok_or(text)).transpose();
                let age = age.map_err(|text| {
                    table.fault("max_age", format!("{} is no time: it is written as 7d, 12h or 2w", quote(text)))
                })?;
                let signed = signer(&table, "signer", keys)?;
                if matches!(signed, Some(BuilderSigner::Itself { .. })) {
                    return Err(table.fault("signer", "={builder.id} is for builders"));
                }
                (table.need_text("type")?, age, signed)
            }
            _ => return Err(bad()),
        };
        let types = types(name).ok_or_else(|| {
            fields.fault_at(
                item.line(),
                format!("{} is no type of statement: neither a known name nor a URI", quote(name)),
            )
        })?;
        // That there is provenance is what all of the table is about.
        if !types.is_empty() {
            wanted.push(AttestationExpectation { name: name.to_owned(), types, max_age, signer: signed });
        }
    }
    Ok(wanted)
}

fn types(name: &str) -> Option<Vec<PredicateType>> {
    Some(match name {
        "provenance" => Vec::new(),
        "sbom" => ["cyclonedx", "spdx"].iter().filter_map(|name| PredicateType::parse(name)).collect(),
        "vulns" => vec![PredicateType::parse("vuln")?],
        name => vec![PredicateType::parse(name)?],
    })
}

fn duration(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds).map(SignedDuration::from_secs)
}
