//! `[dependencies]`: what is asked of the components of an SBOM.

use std::collections::BTreeMap;

use plimsoll_verify::{BuilderSigner, PublicKey, Repository};

use crate::expect::repository;
use crate::file::Fields;
use crate::words::{nearest, quote};
use crate::{NamePattern, PolicyError, builders};

/// What is asked of the components of an SBOM.
#[derive(Debug, Clone)]
pub struct Dependencies {
    /// What comes of a component that does not have what is asked for.
    pub default: DependencyAction,
    /// What a component has to have, by the type of its purl (`npm`, `pypi` …). A type that is not named has to have nothing.
    pub require: BTreeMap<String, DependencyRequirement>,
    /// The file of identities that were trusted on first use, as the policy names it.
    pub lock: Option<String>,
    /// Who has to have published what.
    pub identities: Vec<DependencyIdentity>,
    /// The line in the policy.
    pub line: u32,
}

/// What comes of a component that does not have what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DependencyAction {
    /// Nothing.
    Allow,
    /// It is told.
    Warn,
    /// The answer is no.
    Deny,
}

/// What a component has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DependencyRequirement {
    /// Nothing.
    Nothing,
    /// That whoever published it is proven: a publish attestation, or provenance.
    Publish,
    /// Provenance.
    Provenance,
}

/// Who has to have published what.
#[derive(Debug, Clone)]
pub struct DependencyIdentity {
    /// The packages; one of these.
    pub packages: Vec<NamePattern>,
    /// The repository they have to be built from.
    pub source: Option<Repository>,
    /// Who has to have signed for them.
    pub signer: Option<BuilderSigner>,
    /// What comes of one that somebody else signed. The default of the table, when it is left out.
    pub action: Option<DependencyAction>,
    /// The line in the policy.
    pub line: u32,
}

pub(crate) const DEPENDENCIES: &[&str] = &["default", "require", "tofu", "identity"];
pub(crate) const IDENTITY: &[&str] = &["match", "source", "signer", "action"];

pub(crate) fn read(
    policy: &Fields<'_>,
    keys: &BTreeMap<String, PublicKey>,
) -> Result<Option<Dependencies>, PolicyError> {
    let Some(table) = policy.table("dependencies", DEPENDENCIES)? else { return Ok(None) };
    let default = action(&table, "default")?.ok_or_else(|| table.missing("default"))?;
    let mut require = BTreeMap::new();
    if let Some(kinds) = table.map("require")? {
        for (kind, _) in kinds.iter() {
            let text = kinds.need_text(kind)?;
            let words = ["none", "publish", "provenance"];
            let requirement = match text {
                "none" => DependencyRequirement::Nothing,
                "publish" => DependencyRequirement::Publish,
                "provenance" => DependencyRequirement::Provenance,
                other => {
                    let problem = format!("{} cannot be required{}", quote(other), nearest(other, &words));
                    return Err(kinds.fault(kind, problem));
                }
            };
            if kind.is_empty()
                || !kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c))
            {
                return Err(kinds.fault(kind, format!("{} is no type of a purl", quote(kind))));
            }
            require.insert(kind.to_owned(), requirement);
        }
    }
    let mut identities = Vec::new();
    for fields in table.tables("identity", IDENTITY)? {
        identities.push(identity(&fields, keys)?);
    }
    let lock = table.text("tofu")?.map(str::to_owned);
    Ok(Some(Dependencies { default, require, lock, identities, line: table.line("") }))
}

fn identity(fields: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<DependencyIdentity, PolicyError> {
    let mut packages = Vec::new();
    for text in fields.texts("match")? {
        if !text.starts_with("pkg:") {
            return Err(fields.fault("match", format!("{} is no package: it does not begin with pkg:", quote(text))));
        }
        packages.push(NamePattern::parse(text).map_err(|problem| fields.fault("match", problem))?);
    }
    if packages.is_empty() {
        return Err(fields.missing("match"));
    }
    let source = repository(fields, "source")?;
    let signer = builders::signer(fields, "signer", keys)?;
    if source.is_none() && signer.is_none() {
        return Err(fields.fault("match", "it has to say source, signer or both"));
    }
    Ok(DependencyIdentity { packages, source, signer, action: action(fields, "action")?, line: fields.line("") })
}

fn action(fields: &Fields<'_>, key: &str) -> Result<Option<DependencyAction>, PolicyError> {
    Ok(Some(match fields.text(key)? {
        None => return Ok(None),
        Some("allow") => DependencyAction::Allow,
        Some("warn") => DependencyAction::Warn,
        Some("deny") => DependencyAction::Deny,
        Some(other) => {
            let problem = format!("{} is not known{}", quote(other), nearest(other, &["allow", "warn", "deny"]));
            return Err(fields.fault(key, problem));
        }
    }))
}
