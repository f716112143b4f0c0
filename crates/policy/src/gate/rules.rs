//! The rules: one file each.

mod age;
mod attestation;
mod base_image;
mod choice;
mod licenses;
mod malicious;
mod packages;
mod provenance;
#[cfg(feature = "rego")]
mod rego;
#[cfg(not(feature = "rego"))]
#[path = "rules/without_rego.rs"]
mod rego;
mod sbom;
mod scan;
mod signed_by;
mod vsa;
mod vulnerabilities;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use plimsoll_verify::{PublicKey, SignerExpectation};

use super::GateCheck;
use super::context::Context;
use super::head::{HEAD, Head};
use crate::file::Fields;
use crate::{ArtifactExpectation, Explanation, Name, PolicyError};
pub(crate) use rego::compliance_problem;
pub(crate) use signed_by::SIGNED;

use choice::{Choice, listed, package_patterns};

/// A rule of a gate.
pub(super) trait Rule: Debug + Send + Sync {
    /// All that it checks. What does not hold denies, warns or is excused as the gate decides.
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck>;

    /// What it means, in sentences, and what in it is weaker than it may look.
    fn explain(&self) -> (Vec<String>, Vec<String>);

    /// The name that the author gave it, where a rule has one.
    fn label(&self) -> Option<&str> {
        None
    }

    /// Reads the files that it names.
    fn open(&mut self, _fields: &Fields<'_>, _open: &mut Open<'_>) -> Result<(), PolicyError> {
        Ok(())
    }

    /// Who may sign SBOMs, where it says so.
    fn sbom_signers(&self) -> &[SignerExpectation] {
        &[]
    }

    /// Who may sign the artifact, where it says so: they may sign its SBOM where no rule names who else.
    fn signers(&self) -> &[SignerExpectation] {
        &[]
    }

    /// Whether it looks things up in advisories.
    fn needs_advisories(&self) -> bool {
        false
    }

    /// Whether it has to know what is in the artifact.
    fn needs_contents(&self) -> bool {
        false
    }

    /// Whether somebody has to look into the artifact itself.
    fn needs_observation(&self) -> bool {
        false
    }
}

type Keys = BTreeMap<String, PublicKey>;

/// Gives the text of a file that a policy names; an error is a fragment.
type Open<'o> = dyn FnMut(&str) -> Result<String, String> + 'o;
type Read = fn(&Fields<'_>, &Keys) -> Result<Box<dyn Rule>, PolicyError>;

/// What sort of rule there is: its table, its keys beside those of the head, and its reader. A table `[NAME]` is one rule, tables
/// `[[NAME]]` are several.
pub(super) struct RuleKind {
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    /// The tables within it, by their names after a dot: keys of each.
    pub(super) within: &'static [(&'static str, &'static [&'static str])],
    pub(super) read: Read,
}

/// Every rule, in the order in which they are told.
const RULES: &[RuleKind] = &[
    signed_by::KIND,
    provenance::KIND,
    sbom::KIND,
    vulnerabilities::KIND,
    malicious::KIND,
    licenses::KIND,
    base_image::KIND,
    packages::KIND,
    age::KIND,
    scan::KIND,
    vsa::KIND,
    attestation::KIND,
    rego::KIND,
];

/// The names of all tables of rules, in the order in which they are told.
pub fn tables() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|kind| kind.name)
}

/// The keys of each table of rules, for whoever documents them.
pub(crate) fn keys() -> impl Iterator<Item = (String, Vec<&'static str>)> {
    RULES.iter().flat_map(|kind| {
        let own = (kind.name.to_owned(), [HEAD, kind.keys].concat());
        let within = kind.within.iter().map(|(name, keys)| (format!("{}.{name}", kind.name), keys.to_vec()));
        std::iter::once(own).chain(within)
    })
}

/// A rule as a policy has it.
#[derive(Debug, Clone)]
pub struct ConfiguredRule {
    kind: &'static str,
    head: Head,
    rule: Arc<dyn Rule>,
    is_implied: bool,
}

impl ConfiguredRule {
    fn implied(kind: &'static str, rule: Box<dyn Rule>, line: u32) -> Self {
        Self { kind, head: Head::of_line(line), rule: Arc::from(rule), is_implied: true }
    }

    /// Whether it comes of another table, and has none of its own.
    #[must_use]
    pub fn is_implied(&self) -> bool {
        self.is_implied
    }

    /// The name of its table, with the name that the author gave it after a dot.
    #[must_use]
    pub fn name(&self) -> String {
        match self.rule.label() {
            Some(label) => format!("{}.{label}", self.kind),
            None => self.kind.to_owned(),
        }
    }

    /// What every rule has.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether it looks things up in advisories.
    #[must_use]
    pub fn needs_advisories(&self) -> bool {
        self.rule.needs_advisories()
    }

    /// Whether it has to know what is in the artifact.
    #[must_use]
    pub fn needs_contents(&self) -> bool {
        self.rule.needs_contents()
    }

    /// Whether somebody has to look into the artifact itself.
    #[must_use]
    pub fn needs_observation(&self) -> bool {
        self.rule.needs_observation()
    }

    /// Whether it is about an artifact of one of these names.
    #[must_use]
    pub fn concerns(&self, names: &[Name]) -> bool {
        self.head.concerns(names)
    }

    /// Whether it may be about an artifact of these names whose digests are not known yet.
    #[must_use]
    pub fn may_concern(&self, names: &[Name]) -> bool {
        self.concerns(names) || self.head.artifacts.iter().any(crate::NamePattern::is_digest)
    }

    pub(super) fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        self.rule.judge(context)
    }

    pub(crate) fn explain(&self) -> Explanation {
        let (mut sentences, warnings) = self.rule.explain();
        if !self.head.artifacts.is_empty() {
            let names: Vec<&str> = self.head.artifacts.iter().map(crate::NamePattern::as_str).collect();
            sentences.push(format!("It is only about {}.", names.join(" or ")));
        }
        if let Some(since) = self.head.effective_on {
            sentences.push(format!("It denies from {since} on, and warns before."));
        }
        if self.head.action == super::Action::Warn {
            sentences.push("It only warns.".to_owned());
        }
        Explanation { line: self.head.line, about: self.kind, sentences, warnings }
    }
}

/// All rules of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct GateRules {
    all: Vec<ConfiguredRule>,
}

impl GateRules {
    /// The rules of a file, and that of provenance where it has expectations and no table of that name.
    pub(crate) fn read(
        root: &Fields<'_>,
        keys: &Keys,
        expectations: &[ArtifactExpectation],
        open: &mut Open<'_>,
    ) -> Result<Self, PolicyError> {
        let mut all = Vec::new();
        for kind in RULES {
            if let Some(first) = expectations.first()
                && kind.name == provenance::KIND.name
                && root.value(kind.name).is_none()
            {
                all.push(ConfiguredRule::implied(kind.name, provenance::implied(), first.line));
            }
            for fields in root.one_or_more(kind.name, &[HEAD, kind.keys].concat())? {
                let mut rule = (kind.read)(&fields, keys)?;
                rule.open(&fields, open)?;
                let rule = Arc::from(rule);
                let rule = ConfiguredRule { kind: kind.name, head: Head::read(&fields)?, rule, is_implied: false };
                if all.iter().any(|other: &ConfiguredRule| rule.rule.label().is_some() && other.name() == rule.name()) {
                    return Err(fields.fault("name", format!("there are two rules called {}", rule.name())));
                }
                all.push(rule);
            }
        }
        Ok(Self { all })
    }

    /// With a rule of files in Rego, as a table `[rego]` has them.
    pub(crate) fn add_rego(&mut self, files: Vec<(String, String)>, data: Vec<(String, String)>) -> Result<(), String> {
        let head = Head { artifacts: Vec::new(), effective_on: None, action: super::Action::Deny, line: 0 };
        let rule = Arc::from(rego::of(files, data)?);
        self.all.push(ConfiguredRule { kind: rego::KIND.name, head, rule, is_implied: false });
        Ok(())
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, ConfiguredRule> {
        self.all.iter()
    }

    /// Who may sign the SBOM of an artifact of these names.
    pub(crate) fn sbom_signers(&self, names: &[Name]) -> Vec<SignerExpectation> {
        let rules = || self.all.iter().filter(|rule| rule.concerns(names)).map(|rule| &rule.rule);
        let named: Vec<_> = rules().flat_map(|rule| rule.sbom_signers()).cloned().collect();
        if named.is_empty() { rules().flat_map(|rule| rule.signers()).cloned().collect() } else { named }
    }
}

/// Who signs, each of a list under one key.
fn signers(fields: &Fields<'_>, key: &str, keys: &Keys) -> Result<Vec<SignerExpectation>, PolicyError> {
    let mut all = Vec::new();
    for table in fields.one_or_more(key, crate::builders::SIGNER)? {
        all.push(crate::builders::fixed_signer(&table, keys)?);
    }
    Ok(all)
}

/// A number of days, of at least one.
fn days(fields: &Fields<'_>, key: &str) -> Result<Option<u32>, PolicyError> {
    let Some(number) = fields.integer(key)? else { return Ok(None) };
    let days = u32::try_from(number).ok().filter(|days| *days > 0);
    days.map(Some).ok_or_else(|| fields.fault(key, format!("{key} has to be a number of days")))
}

/// Who signs, in words.
fn told(signers: &[SignerExpectation]) -> String {
    signers.iter().map(crate::explain::who).collect::<Vec<_>>().join(", or ")
}

/// What of a list of signers is weaker than it may look.
fn weak(signers: &[SignerExpectation]) -> Vec<String> {
    let anybody = |signer: &SignerExpectation| match signer {
        SignerExpectation::Keyless { identity, .. } => identity.iter().any(crate::explain::is_anything),
        _ => false,
    };
    let weak = signers.iter().any(anybody).then(|| "the signer may be anybody of that issuer".to_owned());
    weak.into_iter().collect()
}
