//! What is judged by, whatever the artifact: a policy, exceptions, whom to believe, advisories, VEX, the time.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use plimsoll_advisory::Snapshot;
use plimsoll_advisory::vex::{Trust, VexBook, read as read_vex};
use plimsoll_model::{Limits, Purl};
use plimsoll_policy::gate::ConfiguredRule;
use plimsoll_policy::{ExceptionProof, Exceptions, Policy, PolicyRoot};
use plimsoll_verify::{BuiltIn, LogRule, TrustedRoot, read_evidence};

use super::material::{Content, Material, Role};
use super::rego;
use super::subject::Subject;
use crate::args::GatherArguments;
use crate::commands::policy::open;
use crate::commands::{advisories, audit, evidence, expected, trust, vex};
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// What flags say beside files.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Settings {
    pub(in crate::commands) at: Timestamp,
    pub(in crate::commands) max_age_days: u32,
    pub(in crate::commands) allow_incomplete: bool,
    /// Whether what a key signed need not be in a log.
    pub(in crate::commands) no_tlog: bool,
}

/// What is judged by.
pub(in crate::commands) struct Grounds {
    pub(in crate::commands) policy: Policy,
    pub(in crate::commands) exceptions: Exceptions,
    pub(in crate::commands) roots: Vec<TrustedRoot>,
    pub(in crate::commands) snapshot: Option<Snapshot>,
    /// What is said by whoever runs this, and the claims of others.
    pub(in crate::commands) vex: VexBook,
    pub(in crate::commands) settings: Settings,
    pub(in crate::commands) materials: Vec<Material>,
    published: BTreeMap<String, Timestamp>,
}

impl Grounds {
    /// Reads what the flags name. Advisories are opened only where a rule needs them that is about one of the subjects; without
    /// subjects, any rule.
    pub(in crate::commands) fn read(
        arguments: &GatherArguments,
        subjects: Option<&[Subject]>,
        ui: &mut Ui,
    ) -> Result<Self, Failure> {
        let path = arguments.policy.as_deref().ok_or_else(|| Failure::usage("name a policy, with --policy"))?;
        let mut materials = Vec::new();
        let mut policy = policy(path, &mut materials)?;
        rego::read(&arguments.rego, &mut materials)?;
        rego::add(&mut policy, &materials)?;
        if policy.gate_rules().next().is_none() {
            ui.warning(&format!("{} has no rules of a gate: everything is denied", path.display()));
        }
        if let Some(path) = open::exceptions_path(arguments.exceptions.as_deref(), &policy, path) {
            let text = input::text(&path)?;
            materials.push(Material::bytes_of(Role::Exceptions, path.display().to_string(), text.into_bytes()));
            let signature = open::signature_path(&path);
            if !policy.exceptions().signers.is_empty() && signature.exists() {
                let bytes = input::bytes(&signature, &Limits::DEFAULT)?;
                let material = Material::bytes_of(Role::Exceptions, signature.display().to_string(), bytes);
                materials.push(material.with("part", SIGNATURE));
            }
        }
        roots(arguments, &policy, path, &mut materials)?;
        statements(arguments, ui, &mut materials)?;
        for path in &arguments.published {
            let bytes = input::bytes(path, &Limits::DEFAULT)?;
            materials.push(Material::bytes_of(Role::Published, path.display().to_string(), bytes));
        }
        let concerns = |rule: &ConfiguredRule| {
            rule.needs_advisories()
                && subjects.is_none_or(|all| all.iter().any(|subject| rule.may_concern(&subject.names)))
        };
        if policy.gate_rules().any(concerns) {
            let path = advisories::store::path(&arguments.advisories)?;
            materials.push(Material::new(Role::Advisories, path.display().to_string(), Content::File(path)));
        }
        let usual = policy.vulnerabilities().and_then(|rules| rules.max_age_days);
        let settings = Settings {
            at: arguments.at.unwrap_or_else(Timestamp::now),
            max_age_days: arguments.max_age.or(usual).unwrap_or(audit::MAX_AGE_DAYS),
            allow_incomplete: arguments.allow_incomplete,
            no_tlog: arguments.no_tlog,
        };
        Self::of(materials, settings)
    }

    /// The same from what was read.
    pub(in crate::commands) fn of(materials: Vec<Material>, settings: Settings) -> Result<Self, Failure> {
        let with = |role: Role| materials.iter().filter(move |material| material.role == role);
        let file = with(Role::Policy).next().ok_or_else(|| Failure::usage("there is no policy"))?;
        let mut open = |name: &str| {
            let key = with(Role::PolicyKey).find(|key| key.detail("named") == Some(name));
            key.ok_or("it is missing")?.text().map_err(|failure| format!("{:#}", failure.error))
        };
        let mut policy = open::parse(&file.name, &file.text()?, &mut open)?;
        rego::add(&mut policy, &materials)?;
        let mut roots = Vec::new();
        for root in with(Role::TrustedRoot) {
            let as_of = root.detail("asOf").and_then(|text| text.parse().ok());
            let read = TrustedRoot::parse(&root.name, &root.text()?, as_of);
            roots.push(read.map_err(|error| Failure::usage(format!("{}: {error}", root.name)))?);
        }
        let mut all = with(Role::Exceptions);
        let exceptions = match all.find(|file| file.detail("part").is_none()) {
            Some(file) => {
                let text = file.text()?;
                let read = open::read_exceptions(&file.name, &text, Some(&policy))?;
                let mut evidence = Vec::new();
                for file in with(Role::Exceptions).filter(|file| file.detail("part") == Some(SIGNATURE)) {
                    evidence.extend(open::evidence_of(&file.name, &file.bytes()?)?);
                }
                let log = expected::log(settings.no_tlog);
                let (text, builders, at) = (text.as_bytes(), policy.builders(), settings.at);
                read.proven_by(&ExceptionProof { text, evidence: &evidence, roots: &roots, builders, log, at })
            }
            None => Exceptions::none(),
        };
        let snapshot = match with(Role::Advisories).next().map(|file| &file.content) {
            Some(Content::File(path)) => {
                let snapshot = Snapshot::open(path)?;
                audit::refuse_old(snapshot.as_of(), settings.max_age_days, settings.at)?;
                Some(snapshot)
            }
            _ => None,
        };
        let mut vex = VexBook::default();
        for file in with(Role::Vex).filter(|file| file.detail("trust").is_some()) {
            let document = read_vex(&file.bytes()?, &Limits::DEFAULT)
                .map_err(|error| Failure::failed(anyhow::Error::new(error).context(file.name.clone())))?;
            let local = file.detail("trust") == Some(LOCAL);
            vex.add(document, if local { &Trust::AddedLocally } else { &Trust::Unverified });
        }
        let mut published = BTreeMap::new();
        for file in with(Role::Published) {
            let read: Result<BTreeMap<String, Timestamp>, _> = serde_json::from_slice(&file.bytes()?);
            let read = read.map_err(|error| Failure::usage(format!("{}: {error}", file.name)))?;
            for (purl, time) in read {
                let known = Purl::parse(&purl).map_err(|error| Failure::usage(format!("{}: {error}", file.name)))?;
                // The later of two is the more careful.
                let held = published.entry(plain(&known)).or_insert(time);
                *held = (*held).max(time);
            }
        }
        Ok(Self { policy, exceptions, roots, snapshot, vex, settings, published, materials })
    }

    /// The policy as it was read.
    pub(in crate::commands) fn policy_sha256(&self) -> Result<String, Failure> {
        let file = self.materials.iter().find(|material| material.role == Role::Policy);
        Ok(file.map(Material::sha256).transpose()?.flatten().unwrap_or_default().to_owned())
    }

    /// Since when a version is out.
    pub(super) fn published(&self, purl: &Purl) -> Option<Timestamp> {
        self.published.get(&plain(purl)).copied()
    }

    pub(super) fn log(&self) -> LogRule {
        expected::log(self.settings.no_tlog)
    }
}

/// What whoever runs this says.
const LOCAL: &str = "local";
/// The part of exceptions that is the signature over them.
const SIGNATURE: &str = "signature";
const CLAIMED: &str = "none";

/// A version of a package, without what does not tell versions apart.
fn plain(purl: &Purl) -> String {
    format!("{}@{}", plimsoll_policy::Name::package(purl), purl.version().unwrap_or_default())
}

fn policy(path: &Path, materials: &mut Vec<Material>) -> Result<Policy, Failure> {
    let text = input::text(path)?;
    let name = path.display().to_string();
    let mut keys = Vec::new();
    let mut open = |named: &str| {
        let path = open::beside(path, named);
        let text = input::text(&path).map_err(|failure| format!("{:#}", failure.error))?;
        let key = Material::bytes_of(Role::PolicyKey, path.display().to_string(), text.clone().into_bytes());
        keys.push(key.with("named", named));
        Ok(text)
    };
    let policy = open::parse(&name, &text, &mut open)?;
    materials.push(Material::bytes_of(Role::Policy, name, text.into_bytes()));
    materials.append(&mut keys);
    Ok(policy)
}

/// Whom to believe: whom the flags name, else whom the policy names, else the public instance.
fn roots(
    arguments: &GatherArguments,
    policy: &Policy,
    path: &Path,
    materials: &mut Vec<Material>,
) -> Result<(), Failure> {
    let (mut names, mut files) = (arguments.trust.clone(), arguments.trusted_root.clone());
    if files.is_empty() {
        for root in policy.roots() {
            match root {
                PolicyRoot::Instance(name) => names.push(name.clone()),
                PolicyRoot::File(name) => files.push(open::beside(path, name)),
                _ => {}
            }
        }
    }
    if names.is_empty() && files.is_empty() {
        names.push(BuiltIn::PublicGood.name().to_owned());
    }
    names.dedup();
    for path in files {
        let text = input::text(&path)?;
        materials.push(Material::bytes_of(Role::TrustedRoot, path.display().to_string(), text.into_bytes()));
    }
    for name in names {
        let instance = trust::instances().get(&name)?;
        let mut root = Material::bytes_of(Role::TrustedRoot, name, instance.trusted_root.into_bytes());
        if let Some(as_of) = instance.as_of {
            root = root.with("asOf", as_of.to_string());
        }
        materials.push(root);
    }
    Ok(())
}

/// Statements about vulnerabilities: those of whoever runs this, and those of others.
fn statements(arguments: &GatherArguments, ui: &mut Ui, materials: &mut Vec<Material>) -> Result<(), Failure> {
    let limits = arguments.limits.limits();
    // Without a home there are none of one's own.
    if let Ok(directory) = vex::local::directory(arguments.vex_dir.as_deref()) {
        for (path, _) in vex::local::documents(&directory, &limits)? {
            let bytes = input::bytes(&path, &limits)?;
            let file = Material::bytes_of(Role::Vex, path.display().to_string(), bytes);
            materials.push(file.with("trust", LOCAL));
        }
    }
    for path in &arguments.vex {
        let bytes = evidence::bytes(path)?;
        let name = path.display().to_string();
        match read_vex(&bytes, &limits) {
            Ok(document) => {
                vex::warn(path, &document, ui);
                materials.push(Material::bytes_of(Role::Vex, name, bytes).with("trust", CLAIMED));
            }
            // Something signed, which is looked at with the evidence about each artifact.
            Err(_) if read_evidence(&bytes, &name).is_ok() => {
                materials.push(Material::bytes_of(Role::Vex, name, bytes));
            }
            Err(error) => {
                return Err(Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}"))));
            }
        }
    }
    Ok(())
}
