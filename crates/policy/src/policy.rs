//! A policy file, version 1: whom to believe, who builds, and what each artifact has to be.
//!
//! ```toml
//! version = 1
//!
//! [roots.sigstore]
//! instance = "public-good"
//!
//! [[builder]]
//! known = "github-workflow"
//!
//! [[expect]]
//! match = "file:app-{version}.tar.gz"
//! source = "github.com/acme/app"
//! ref = { tag = "v{version}" }
//! min_build_level = 2
//! ```
//!
//! What it does not name is not allowed. Names of files in it are taken from where it is itself, by whoever reads them: this crate
//! reads no file.

use std::collections::BTreeMap;

use plimsoll_verify::{PublicKey, SignerExpectation, VerifierRule};

use crate::audit::{self, VulnerabilityRules};
use crate::exceptions::{self, ExceptionRules};
use crate::file::{self, Fields};
use crate::gate::{self, ConfiguredRule, GateRules};
use crate::roots::{self, PolicyRoot};
use crate::{
    ArtifactExpectation, Dependencies, Name, PolicyBuilder, PolicyError, builders, dependencies, expect, sources,
};
use crate::{VexSigner, vex};

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    file: String,
    roots: Vec<PolicyRoot>,
    keys: BTreeMap<String, PublicKey>,
    builders: Vec<PolicyBuilder>,
    sources: Vec<VerifierRule>,
    vex: Vec<VexSigner>,
    expectations: Vec<ArtifactExpectation>,
    dependencies: Option<Dependencies>,
    exceptions: ExceptionRules,
    vulnerabilities: Option<VulnerabilityRules>,
    gate: GateRules,
}

const KEYS: &[&str] =
    &["version", "roots", "builder", "source_verifier", "expect", "dependencies", "exceptions", "vex"];

/// The keys of tables that are no rules of a gate. A table whose keys are names is listed as `NAME`.
const TABLES: &[(&str, &[&str])] = &[
    ("roots.NAME", roots::ROOT),
    ("roots.keys.NAME", roots::KEY),
    ("builder", builders::BUILDER),
    ("builder.signer", builders::SIGNER),
    ("builder.require", builders::REQUIRE),
    ("source_verifier", sources::VERIFIER),
    ("vex", vex::VEX),
    ("vex.signer", vex::SIGNER),
    ("expect", expect::EXPECT),
    ("expect.ref", expect::REFERENCE),
    ("expect.attestations", expect::ATTESTATION),
    ("expect.external_parameters.NAME", expect::PARAMETER),
    ("dependencies", dependencies::DEPENDENCIES),
    ("dependencies.identity", dependencies::IDENTITY),
    ("exceptions", exceptions::EXCEPTIONS),
    ("exceptions.signer", builders::SIGNER),
];

/// The keys of each table of the schema, for whoever documents it; those of the file itself come first, as `""`.
#[must_use]
pub fn policy_keys() -> Vec<(String, Vec<&'static str>)> {
    let tables = TABLES.iter().map(|(table, keys)| ((*table).to_owned(), keys.to_vec()));
    std::iter::once((String::new(), root_keys())).chain(tables).chain(gate::rule_keys()).collect()
}

fn root_keys() -> Vec<&'static str> {
    KEYS.iter().copied().chain(gate::rule_names()).collect()
}

impl Policy {
    /// Reads a policy. `open` gives the text of a file that it names (a key); an error is a fragment.
    ///
    /// # Errors
    /// It is not TOML, has a key that is not known, lacks one, or says something that cannot be meant.
    pub fn parse(
        file: &str,
        text: &str,
        open: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, PolicyError> {
        let document = file::parse(file, text)?;
        let root = Fields::root(file, &document, &root_keys())?;
        let (roots, keys) = roots::read(&root, open)?;
        let builders = builders::read(&root, &keys)?;
        let sources = sources::read(&root, &keys)?;
        let vex = vex::read(&root, &keys)?;
        let expectations = expect::read(&root, &keys)?;
        if !expectations.is_empty() && builders.is_empty() {
            return Err(root.fault("expect", "nobody may build: there is no [[builder]]"));
        }
        let certified = |signer: &VexSigner| matches!(signer.signer, SignerExpectation::Keyless { .. });
        if vex.iter().any(certified) && roots.is_empty() {
            return Err(root.fault("vex", "nobody is believed: there is no [roots.NAME]"));
        }
        if !builders.is_empty() && roots.is_empty() {
            return Err(root.fault("builder", "nobody is believed: there is no [roots.NAME]"));
        }
        let exceptions = exceptions::read_rules(&root, &keys)?;
        let dependencies = dependencies::read(&root, &keys)?;
        let vulnerabilities = audit::read_rules(&root)?;
        let gate = GateRules::read(&root, &keys, &expectations, open)?;
        if root.value("provenance").is_some() && builders.is_empty() {
            return Err(root.fault("provenance", "nobody may build: there is no [[builder]]"));
        }
        Ok(Self {
            file: file.to_owned(),
            roots,
            keys,
            builders,
            sources,
            vex,
            expectations,
            dependencies,
            exceptions,
            vulnerabilities,
            gate,
        })
    }

    /// The file, as it was named.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whom to believe.
    #[must_use]
    pub fn roots(&self) -> &[PolicyRoot] {
        &self.roots
    }

    /// Keys, by their names.
    #[must_use]
    pub fn keys(&self) -> &BTreeMap<String, PublicKey> {
        &self.keys
    }

    /// Who may build, and how much that is worth.
    #[must_use]
    pub fn builders(&self) -> &[PolicyBuilder] {
        &self.builders
    }

    /// Who is believed about the level of source.
    #[must_use]
    pub fn source_verifiers(&self) -> &[VerifierRule] {
        &self.sources
    }

    /// Whose VEX may take findings away.
    #[must_use]
    pub fn vex_signers(&self) -> &[VexSigner] {
        &self.vex
    }

    /// What artifacts have to be.
    #[must_use]
    pub fn expectations(&self) -> &[ArtifactExpectation] {
        &self.expectations
    }

    /// What is asked of dependencies.
    #[must_use]
    pub fn dependencies(&self) -> Option<&Dependencies> {
        self.dependencies.as_ref()
    }

    /// What an audit refuses.
    #[must_use]
    pub fn vulnerabilities(&self) -> Option<&VulnerabilityRules> {
        self.vulnerabilities.as_ref()
    }

    /// The rules of a gate, in the order of the schema.
    pub fn gate_rules(&self) -> impl Iterator<Item = &ConfiguredRule> {
        self.gate.iter()
    }

    /// With rules in Rego beside those of the file, as a table `[rego]` has them: names and texts of files, and of JSON documents below
    /// `data`.
    ///
    /// # Errors
    /// A file is no Rego, a document no JSON, or the program was built without the feature `rego`. The reason is a fragment.
    pub fn add_rego(&mut self, files: Vec<(String, String)>, data: Vec<(String, String)>) -> Result<(), String> {
        self.gate.add_rego(files, data)
    }

    /// Who may sign the SBOM of an artifact of these names: those of its `[sbom]`, else those of its `[signed_by]`.
    #[must_use]
    pub fn sbom_signers(&self, names: &[Name]) -> Vec<SignerExpectation> {
        self.gate.sbom_signers(names)
    }

    /// What is said of exceptions.
    #[must_use]
    pub fn exceptions(&self) -> &ExceptionRules {
        &self.exceptions
    }
}

#[cfg(test)]
mod tests;
