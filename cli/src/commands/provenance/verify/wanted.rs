//! What the flags and the policy ask of a build.

use plimsoll_policy::{ArtifactExpectation, Evidences, Exceptions, Name, PolicyBuilder};
use plimsoll_verify::{
    BuildExpectation, BuilderRule, BuilderSigner, LogRule, ParameterRule, Pattern, RefExpectation, Repository,
    RunnerRule, SignerExpectation, VerifyError,
};

use crate::args::ProvenanceVerifyArguments;
use crate::commands::expected::{self, Expected, regex_quoted};
use crate::commands::policy::open;
use crate::commands::targets;
use crate::failure::Failure;
use crate::output::Ui;

/// What is asked of a build, and of whom.
pub(in crate::commands) struct Wanted {
    pub(in crate::commands) policy: Option<open::Opened>,
    pub(in crate::commands) exceptions: Exceptions,
    /// What the command line says, where it says anything.
    pub(in crate::commands) own: Option<ArtifactExpectation>,
    /// By whom.
    pub(in crate::commands) builders: Vec<PolicyBuilder>,
    pub(in crate::commands) expected: Expected,
    pub(in crate::commands) times: usize,
    /// What the policy calls the subject.
    pub(in crate::commands) names: Vec<Name>,
    /// Neither a policy, nor a source, nor somebody was named: a mistake, which is told once it is known who signed.
    pub(in crate::commands) names_nobody: bool,
}

/// The name of the rule that recognises whom the command line names.
pub(in crate::commands) const COMMAND_LINE: &str = "command line";

impl Wanted {
    /// An artifact with these names, and all that is known about it.
    pub(in crate::commands) fn known<'a>(&'a self, names: &'a [Name], opened: &'a targets::Opened) -> Evidences<'a> {
        let expected = &self.expected.expectation;
        Evidences {
            names,
            subject: &opened.subject,
            evidence: &opened.evidence,
            roots: &self.expected.roots,
            exceptions: &self.exceptions,
            log: expected.log,
            logs: expected.logs,
            times: self.times,
            at: expected.at,
        }
    }
}

pub(in crate::commands) fn read(arguments: &ProvenanceVerifyArguments, ui: &mut Ui) -> Result<Wanted, Failure> {
    if arguments.expected.predicate_type.is_some() {
        return Err(Failure::usage("--type is for `plimsoll verify`: this command is about provenance"));
    }
    let policy = arguments.policy.as_deref().map(open::policy).transpose()?;
    // What is asked of the source and the builder is asked of the provenance, and not only of the certificate.
    let mut flags = arguments.expected.clone();
    (flags.source_repo, flags.source_ref, flags.source_digest, flags.builder) = (None, None, None, None);
    if let Some(opened) = &policy
        && flags.trust.is_empty()
        && flags.trusted_root.is_empty()
    {
        (flags.trust, flags.trusted_root) = opened.trust();
    }
    let expected = expected::read(&flags, ui)?;
    let at = expected.expectation.at;
    let exceptions =
        open::exceptions(arguments.exceptions.as_deref(), policy.as_ref(), expected::log(flags.no_tlog), at, ui)?;
    let build = build(arguments)?;
    let (signer, own_builders) = signers(&expected.expectation.signer)?;
    let says_build = says_something(arguments);
    let keyed = matches!(expected.expectation.signer, SignerExpectation::Keys(_));
    if keyed && policy.is_some() {
        return Err(Failure::usage("a policy names its own keys, under [roots.keys]: leave out --key or --policy"));
    }
    let names_nobody = policy.is_none() && expected.names_nobody && arguments.expected.source_repo.is_none();
    let builders = match &policy {
        Some(opened) => opened.policy.builders().to_vec(),
        None if keyed => own_builders,
        None => PolicyBuilder::all_known().into_iter().chain(own_builders).collect(),
    };
    let mut own = ArtifactExpectation::of_build(build);
    own.signer = signer;
    let says = policy.is_none() || says_build || own.signer.is_some();
    let names: Result<Vec<Name>, String> = arguments.names.iter().map(|name| Name::parse(name)).collect();
    // Whoever leaves the log away leaves away what it says about the time.
    let wanted = &expected.expectation;
    let times = if wanted.log == LogRule::IgnoredInsecurely && wanted.times == 1 { 0 } else { wanted.times };
    Ok(Wanted {
        policy,
        exceptions,
        own: says.then_some(own),
        builders,
        expected,
        times,
        names: names.map_err(|reason| Failure::usage(format!("--as {reason}")))?,
        names_nobody,
    })
}

fn says_something(arguments: &ProvenanceVerifyArguments) -> bool {
    let (build, expected) = (&arguments.build, &arguments.expected);
    let one = [
        &expected.source_repo,
        &expected.source_ref,
        &expected.source_digest,
        &expected.builder,
        &build.source_branch,
        &build.source_tag,
        &build.source_versioned_tag,
        &build.workflow,
    ];
    one.iter().any(|flag| flag.is_some())
        || [&build.build_type, &build.input, &build.parameter].iter().any(|flags| !flags.is_empty())
        || build.level != 1
}

/// Who has to have signed by certificate, and the rules that recognise whom the command line names: level 1, since nobody says
/// how they build.
fn signers(signer: &SignerExpectation) -> Result<(Option<SignerExpectation>, Vec<PolicyBuilder>), Failure> {
    let usage = |error: VerifyError| Failure::usage(error.to_string());
    let anything = Pattern::regex("(?s).*").map_err(usage)?;
    let rule = |signer| {
        PolicyBuilder::new(BuilderRule {
            name: COMMAND_LINE.to_owned(),
            id: anything.clone(),
            signer,
            build_types: Vec::new(),
            level: 1,
            runner: RunnerRule::Any,
        })
    };
    match signer {
        SignerExpectation::Keys(keys) => Ok((None, vec![rule(BuilderSigner::Keys(keys.clone()))])),
        SignerExpectation::Keyless { identity, issuer, claims } => {
            if identity.is_empty() && issuer.is_empty() && claims.is_empty() {
                return Ok((None, Vec::new()));
            }
            let mut rules = Vec::new();
            let anybody = [anything.clone()];
            // An issuer by itself names nobody.
            let identities = match (identity.is_empty(), claims.is_empty()) {
                (true, true) => &[][..],
                (true, false) => &anybody[..],
                (false, _) => identity,
            };
            for identity in identities {
                for issuer in issuer {
                    let (identity, issuer) = (identity.clone(), issuer.clone());
                    rules.push(rule(BuilderSigner::Other { identity, issuer }));
                }
            }
            Ok((Some(signer.clone()), rules))
        }
        _ => Err(Failure::usage("this kind of signer does not sign provenance")),
    }
}

fn build(arguments: &ProvenanceVerifyArguments) -> Result<BuildExpectation, Failure> {
    let (flags, expected) = (&arguments.build, &arguments.expected);
    let usage = |error: VerifyError| Failure::usage(error.to_string());
    let mut build = BuildExpectation { level: flags.level, ..BuildExpectation::default() };
    if let Some(text) = &expected.source_repo {
        let source = Repository::parse(text);
        build.source = Some(source.ok_or_else(|| {
            Failure::usage(format!("--source-repo {text}: not a repository")).hint("such as github.com/acme/app")
        })?);
    }
    let references = &mut build.references;
    references.extend(expected.source_ref.clone().map(RefExpectation::Exact));
    references.extend(flags.source_branch.clone().map(RefExpectation::Branch));
    references.extend(flags.source_tag.clone().map(RefExpectation::Tag));
    references.extend(flags.source_versioned_tag.clone().map(RefExpectation::VersionedTag));
    build.commit.clone_from(&expected.source_digest);
    build.builder.extend(expected.builder.as_deref().map(builder).transpose()?);
    build.workflow = flags.workflow.as_deref().map(Pattern::glob).transpose().map_err(usage)?;
    for glob in &flags.build_type {
        build.build_types.push(Pattern::glob(glob).map_err(usage)?);
    }
    let pair = |flag: &str, text: &str| {
        let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Failure::usage(format!("{flag} {text}: not NAME=VALUE")))
    };
    for text in &flags.input {
        let (name, value) = pair("--input", text)?;
        build.inputs.insert(name, value);
    }
    for text in &flags.parameter {
        let (path, value) = pair("--parameter", text)?;
        let rule = if value == "any" {
            ParameterRule::Any
        } else {
            // `2` is a number and `true` a truth: a text of the same letters is another parameter.

            match serde_json::from_str::<serde_json::Value>(&value) {
                Ok(number) if number.is_number() || number.is_boolean() => ParameterRule::Equal(number),
                _ => ParameterRule::Equal(value.into()),
            }
        };
        build.parameters.insert(path, rule);
    }
    Ok(build)
}

/// A builder by its name: a glob, or `NAME`, `NAME@v1.2.3` and `NAME@refs/…`, with or without the scheme.
fn builder(text: &str) -> Result<Pattern, Failure> {
    let uri = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let pattern = if uri.contains(['*', '?', '[', '{']) {
        Pattern::glob(&uri)
    } else {
        match uri.split_once('@') {
            None => Pattern::regex(&format!("{}(@.+)?", regex_quoted(&uri))),
            Some((_, version)) if version.starts_with("refs/") => Ok(Pattern::exact(uri)),
            Some((name, version)) => Ok(Pattern::exact(format!("{name}@refs/tags/{version}"))),
        }
    };
    pattern.map_err(|error| Failure::usage(error.to_string()))
}
