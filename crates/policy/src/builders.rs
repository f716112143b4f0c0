//! `[[builder]]`: who may sign for which builder, and the level that this is worth.

use std::collections::BTreeMap;

use plimsoll_verify::{BuilderRule, BuilderSigner, Pattern, PublicKey, RunnerRule, SignerExpectation, builders_known};

use crate::PolicyError;
use crate::file::Fields;
use crate::sources::keyless;
use crate::words::{nearest, quote};

/// Who may sign for a builder, how much it is worth, and what evidence of it has to bring.
#[derive(Debug, Clone)]
pub struct PolicyBuilder {
    /// Who, and how much it is worth.
    pub rule: BuilderRule,
    /// Whether there has to be a log entry. What the trusted root prescribes, when it is left out.
    pub log: Option<bool>,
    /// Whether a certificate log has to vouch for the certificate even where the trusted root names none.
    pub certificate_log: bool,
    /// The line in the policy; 0 when it is of none.
    pub line: u32,
}

pub(crate) const BUILDER: &[&str] = &["name", "known", "id", "signer", "build_types", "level", "require"];
pub(crate) const SIGNER: &[&str] = &["issuer", "san", "san_regex", "key"];
pub(crate) const REQUIRE: &[&str] = &["runner", "tlog", "sct"];

/// The identity of the certificate is the id of the builder.
const ITSELF: &str = "={builder.id}";
/// The identity of the certificate is a workflow of the source.
const OF_SOURCE: &str = "source";

impl PolicyBuilder {
    /// A rule that asks for no more evidence than the trusted root prescribes.
    #[must_use]
    pub fn new(rule: BuilderRule) -> Self {
        Self { rule, log: None, certificate_log: false, line: 0 }
    }

    /// The builders whose isolation their makers have published.
    #[must_use]
    pub fn all_known() -> Vec<Self> {
        builders_known().into_iter().map(Self::new).collect()
    }
}

pub(crate) fn read(policy: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<Vec<PolicyBuilder>, PolicyError> {
    let mut builders = Vec::new();
    for fields in policy.tables("builder", BUILDER)? {
        if fields.value("known").is_some() {
            builders.extend(known(&fields)?);
        } else {
            builders.push(named(&fields, keys)?);
        }
    }
    Ok(builders)
}

/// Those that are built in, with a level that may be lower than theirs.
fn known(fields: &Fields<'_>) -> Result<Vec<PolicyBuilder>, PolicyError> {
    if let Some(key) = ["name", "id", "signer", "build_types"].iter().find(|key| fields.value(key).is_some()) {
        return Err(fields.fault(key, format!("a known builder brings its own {key}")));
    }
    let names = fields.texts("known")?;
    let all = builders_known();
    let most = fields.within("level", 0, 3)?.unwrap_or(3);
    let mut builders = Vec::new();
    for name in names {
        let pattern = Pattern::glob(name).map_err(|error| fields.fault("known", error.to_string()))?;
        let before = builders.len();
        for rule in all.iter().filter(|rule| pattern.matches(&rule.name)) {
            let mut rule = rule.clone();
            rule.level = rule.level.min(most);
            builders.push(required(fields, rule)?);
        }
        if builders.len() == before {
            let names: Vec<&str> = all.iter().map(|rule| rule.name.as_str()).collect();
            let problem = format!("{} is no known builder{}", quote(name), nearest(name, &names));
            return Err(fields.fault("known", problem));
        }
    }
    Ok(builders)
}

fn named(fields: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<PolicyBuilder, PolicyError> {
    let id = fields.need_text("id")?;
    let signer = signer(fields, "signer", keys)?.ok_or_else(|| fields.missing("signer"))?;
    let build_types = patterns(fields, "build_types")?;
    let level = fields.within("level", 0, 3)?.ok_or_else(|| fields.missing("level"))?;
    let name = fields.text("name")?.unwrap_or(id).to_owned();
    let id = Pattern::glob(id).map_err(|error| fields.fault("id", error.to_string()))?;
    required(fields, BuilderRule { name, id, signer, build_types, level, runner: RunnerRule::Any })
}

/// With what evidence has to bring.
fn required(fields: &Fields<'_>, mut rule: BuilderRule) -> Result<PolicyBuilder, PolicyError> {
    let line = fields.line("");
    let Some(require) = fields.table("require", REQUIRE)? else {
        return Ok(PolicyBuilder { rule, log: None, certificate_log: false, line });
    };
    let keyed = matches!(rule.signer, BuilderSigner::Keys(_));
    match require.text("runner")? {
        Some("github-hosted") if !keyed => rule.runner = RunnerRule::Hosted,
        Some("any") if fields.value("known").is_none() => rule.runner = RunnerRule::Any,
        None => {}
        Some("any") => return Err(require.fault("runner", "a known builder is not worth its level on other machines")),
        Some("github-hosted") => return Err(require.fault("runner", "a key says nothing about machines")),
        Some(other) => {
            let problem =
                format!("{} is no kind of machine{}", quote(other), nearest(other, &["github-hosted", "any"]));
            return Err(require.fault("runner", problem));
        }
    }
    let log = require.boolean("tlog")?;
    if log == Some(false) && !keyed {
        return Err(require.fault("tlog", "only what a key signed may be without a log entry"));
    }
    let sct = require.boolean("sct")?;
    if sct == Some(false) || (sct.is_some() && keyed) {
        return Err(require.fault("sct", "sct can only be asked for, and only of certificates"));
    }
    Ok(PolicyBuilder { rule, log, certificate_log: sct == Some(true), line })
}

/// Who signs: `{ issuer, san }`, `{ issuer, san_regex }` or `{ key }`.
pub(crate) fn signer(
    fields: &Fields<'_>,
    key: &str,
    keys: &BTreeMap<String, PublicKey>,
) -> Result<Option<BuilderSigner>, PolicyError> {
    let Some(table) = fields.table(key, SIGNER)? else { return Ok(None) };
    read_signer(&table, keys).map(Some)
}

fn read_signer(table: &Fields<'_>, keys: &BTreeMap<String, PublicKey>) -> Result<BuilderSigner, PolicyError> {
    let names = table.texts("key")?;
    if !names.is_empty() {
        if let Some(other) = ["issuer", "san", "san_regex"].iter().find(|other| table.value(other).is_some()) {
            return Err(table.fault(other, "a key has no identity: name either key, or issuer and san"));
        }
        let known: Vec<&str> = keys.keys().map(String::as_str).collect();
        let find = |name: &str| {
            let found = keys.get(name).cloned();
            let problem = || format!("there is no [roots.keys.{name}]{}", nearest(name, &known));
            found.ok_or_else(|| table.fault("key", problem()))
        };
        return Ok(BuilderSigner::Keys(names.into_iter().map(find).collect::<Result<_, _>>()?));
    }
    let issuer = Pattern::exact(table.need_text("issuer")?);
    let identity = match (table.text("san")?, table.text("san_regex")?) {
        (Some(ITSELF), None) => return Ok(BuilderSigner::Itself { issuer }),
        (Some(OF_SOURCE), None) => return Ok(BuilderSigner::OfSource { issuer }),
        (Some(text), None) if !text.contains(['*', '?', '[', '{', '\\']) => Ok(Pattern::exact(text)),
        (Some(glob), None) => Pattern::glob(glob),
        (None, Some(regex)) => Pattern::regex(regex),
        _ => return Err(table.fault("san", "who signs has either san or san_regex, or a key")),
    };
    let identity = identity.map_err(|error| table.fault("san", error.to_string()))?;
    Ok(BuilderSigner::Other { identity, issuer })
}

/// Who signs, by their own identity or key, from a table with the keys of [`SIGNER`].
pub(crate) fn fixed_signer(
    table: &Fields<'_>,
    keys: &BTreeMap<String, PublicKey>,
) -> Result<SignerExpectation, PolicyError> {
    match read_signer(table, keys)? {
        BuilderSigner::Keys(keys) => Ok(SignerExpectation::Keys(keys)),
        BuilderSigner::Other { identity, issuer } => Ok(keyless(identity, issuer)),
        _ => Err(table.fault("san", "who signs is named by their own identity or key here")),
    }
}

/// Globs of one key.
pub(crate) fn patterns(fields: &Fields<'_>, key: &str) -> Result<Vec<Pattern>, PolicyError> {
    let read = |text| Pattern::glob(text).map_err(|error| fields.fault(key, error.to_string()));
    fields.texts(key)?.into_iter().map(read).collect()
}
