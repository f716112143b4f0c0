//! What a policy means, in sentences, and what in it is weaker than it may look.

use plimsoll_advisory::vex::Party;
use plimsoll_verify::{
    BuilderSigner, ParameterRule, Pattern, RefExpectation, RunnerRule, SignerExpectation, VerifierRule,
};

use crate::gate::ConfiguredRule;
use crate::{
    ArtifactExpectation, Dependencies, DependencyAction, DependencyRequirement, NamePattern, Policy, PolicyBuilder,
    PolicyRoot, VexSigner,
};

/// A part of a policy, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The line in the policy; 0 when it is about all of it.
    pub line: u32,
    /// What it is about: a table of the policy.
    pub about: &'static str,
    /// What it means.
    pub sentences: Vec<String>,
    /// What is weaker than it may look.
    pub warnings: Vec<String>,
}

impl Policy {
    /// What it means, in the order of the tables.
    #[must_use]
    pub fn explain(&self) -> Vec<Explanation> {
        let mut all = vec![roots(self)];
        all.extend(self.builders().iter().map(builder));
        all.extend(self.source_verifiers().iter().map(verifier));
        all.extend(self.vex_signers().iter().map(vex));
        all.extend(self.expectations().iter().map(expectation));
        all.extend(self.dependencies().map(dependencies));
        all.extend(self.gate_rules().filter(|rule| !rule.is_implied()).map(ConfiguredRule::explain));
        let rules = self.exceptions();
        let says_more = !rules.approvers.is_empty() || !rules.signers.is_empty();
        if rules.file.is_some() || rules.max_days.is_some() || says_more {
            let file = rules.file.as_ref().map(|file| format!("Exceptions are those of {file}."));
            let days = match rules.max_days {
                Some(days) => format!("None lives longer than {days} days, whatever its own date says."),
                None => "Each lives until its own date.".to_owned(),
            };
            let hours = rules.max_break_glass_hours;
            let glass = format!(
                "One that breaks the glass lives {hours} hours, and is approved by somebody else than its owner."
            );
            let approvers = (!rules.approvers.is_empty())
                .then(|| format!("They count when approved by {}.", rules.approvers.join(" or ")));
            let signers: Vec<String> = rules.signers.iter().map(who).collect();
            let signed = (!signers.is_empty())
                .then(|| format!("They count when their file is signed: {}.", signers.join(", or ")));
            let sentences = file.into_iter().chain([days, glass]).chain(approvers).chain(signed);
            all.push(Explanation {
                line: 0,
                about: "exceptions",
                sentences: sentences.collect(),
                warnings: Vec::new(),
            });
        }
        all
    }
}

fn roots(policy: &Policy) -> Explanation {
    let names = policy.roots().iter().map(|root| match root {
        PolicyRoot::Instance(name) => format!("the instance {name}"),
        PolicyRoot::File(file) => format!("the authorities of {file}"),
    });
    let names: Vec<String> = names.collect();
    let mut sentences = vec![if names.is_empty() {
        "Nobody is believed.".to_owned()
    } else {
        format!("Believed are {}.", names.join(" and "))
    }];
    if policy.expectations().is_empty() {
        sentences.push("No artifact is named: nothing is allowed.".to_owned());
    } else {
        sentences.push(
            "What no [[expect]] names is not allowed; of several that name one artifact, all have to hold.".to_owned(),
        );
    }
    Explanation { line: 0, about: "roots", sentences, warnings: Vec::new() }
}

fn builder(builder: &PolicyBuilder) -> Explanation {
    let rule = &builder.rule;
    let (signer, mut warnings) = signer(&rule.signer);
    let mut sentences =
        vec![format!("{}: a build by {} is worth level {}, when {signer}.", rule.name, rule.id, rule.level)];
    if !rule.build_types.is_empty() {
        sentences.push(format!("Only for the type of build {}.", any_of(&rule.build_types)));
    }
    if rule.runner == RunnerRule::Hosted {
        sentences.push("Only on machines of the platform, where the certificate says which.".to_owned());
    }
    match builder.log {
        Some(true) => sentences.push("Only with a log entry, even where the trusted root names no log.".to_owned()),
        Some(false) => {
            warnings.push("without a log entry nobody sees that the key was used by somebody else".to_owned())
        }
        None => {}
    }
    if builder.certificate_log {
        sentences.push("Only with a certificate that is in a certificate log.".to_owned());
    }
    if is_anything(&rule.id) {
        warnings.push("the id takes any builder".to_owned());
    }
    if rule.level == 3 && matches!(rule.signer, BuilderSigner::Keys(_)) {
        warnings
            .push("level 3 for a key: whoever has the key, or a build that can read it, can state anything".to_owned());
    }
    if rule.level == 3 && matches!(rule.signer, BuilderSigner::OfSource { .. }) {
        warnings.push("level 3 for workflows of the source itself: they run beside what they build".to_owned());
    }
    if rule.level >= 2 && rule.runner == RunnerRule::Any && !matches!(rule.signer, BuilderSigner::Keys(_)) {
        warnings.push(format!(
            "level {} also on machines of others: require = {{ runner = \"github-hosted\" }}",
            rule.level
        ));
    }
    Explanation { line: builder.line, about: "builder", sentences, warnings }
}

/// Who signs, as the end of a sentence, and what is weak in it.
fn signer(signer: &BuilderSigner) -> (String, Vec<String>) {
    match signer {
        BuilderSigner::Itself { issuer } => (format!("it signed itself by a certificate of {issuer}"), Vec::new()),
        BuilderSigner::OfSource { issuer } => {
            (format!("a workflow of the expected source signed, by a certificate of {issuer}"), Vec::new())
        }
        BuilderSigner::Other { identity, issuer } => {
            let weak = is_anything(identity).then(|| "the signer may be anybody of that issuer".to_owned());
            (format!("{identity} signed, by a certificate of {issuer}"), weak.into_iter().collect())
        }
        BuilderSigner::Keys(keys) => {
            let names: Vec<String> = keys.iter().map(|key| format!("sha256:{}", key.fingerprint())).collect();
            (format!("the key {} signed", names.join(" or ")), Vec::new())
        }
        _ => ("somebody signed".to_owned(), Vec::new()),
    }
}

/// Who has to have signed.
pub(crate) fn who(signer: &SignerExpectation) -> String {
    match signer {
        SignerExpectation::Keys(keys) => {
            keys.iter().map(|key| format!("the key sha256:{}", key.fingerprint())).collect::<Vec<_>>().join(" or ")
        }
        SignerExpectation::Keyless { identity, issuer, .. } => {
            format!("{} by a certificate of {}", any_of(identity), any_of(issuer))
        }
        _ => "somebody".to_owned(),
    }
}

fn vex(rule: &VexSigner) -> Explanation {
    let party = match rule.party {
        Party::First => "as the maker of what it is about, before any vendor's feed",
        Party::Third => "as a third party, after makers and vendors' feeds, and never about malicious packages",
    };
    let who = who(&rule.signer);
    let sentence = format!("{}: VEX may take findings away, {party}, when {who} signed.", rule.name);
    let anybody = |identity: &[Pattern]| identity.iter().any(is_anything);
    let weak = matches!(&rule.signer, SignerExpectation::Keyless { identity, .. } if anybody(identity));
    let warnings = weak.then(|| "the signer may be anybody of that issuer".to_owned()).into_iter().collect();
    Explanation { line: rule.line, about: "vex.signer", sentences: vec![sentence], warnings }
}

fn verifier(rule: &VerifierRule) -> Explanation {
    let who = who(&rule.signer);
    let most = rule.at_most.first().map(|level| format!(", up to {level}")).unwrap_or_default();
    let sentence = format!("{} is believed about the level of source{most}, when {who} signed.", rule.id);
    Explanation { line: 0, about: "source_verifier", sentences: vec![sentence], warnings: Vec::new() }
}

fn expectation(expect: &ArtifactExpectation) -> Explanation {
    let build = &expect.build;
    let mut sentences = Vec::new();
    let names: Vec<&str> = expect.artifacts.iter().map(NamePattern::as_str).collect();
    let source = build.source.as_ref().map_or_else(|| "any source".to_owned(), ToString::to_string);
    let level = format!("by a build of level {} or more", build.level);
    sentences.push(format!("{} has to be built from {source}, {level}.", names.join(" or ")));
    let mut add = |text: String| sentences.push(text);
    if let Some(id) = &build.source_id {
        add(format!("The repository has to have the number {id}, whatever it is called."));
    }
    for reference in build.references.iter().chain(&expect.versioned) {
        add(match reference {
            RefExpectation::Branch(name) => {
                format!("It has to be built from the branch {name}, or a tag that the builder says was made from it.")
            }
            other => format!("It has to be built from {other}."),
        });
    }
    if let Some(commit) = &build.commit {
        add(format!("It has to be built from the commit {commit}."));
    }
    if !build.builder.is_empty() {
        add(format!("It has to be built by {}.", any_of(&build.builder)));
    }
    if !build.build_types.is_empty() {
        add(format!("The type of build has to be {}.", any_of(&build.build_types)));
    }
    if let Some(workflow) = &build.workflow {
        add(format!("The workflow has to be {workflow}."));
    }
    for (name, value) in &build.inputs {
        add(format!("It has to be started by hand with {name}={value}."));
    }
    for (path, rule) in &build.parameters {
        add(match rule {
            ParameterRule::Any => format!("The parameter {path} may be anything."),
            ParameterRule::Equal(value) => format!("The parameter {path} has to be {value}."),
            ParameterRule::Matches(pattern) => format!("The parameter {path} has to match {pattern}."),
            _ => format!("The parameter {path} is looked at."),
        });
    }
    if expect.source_level > 0 {
        add(format!("A summary has to say that its commit is of source level {} or more.", expect.source_level));
    }
    for attestation in &expect.attestations {
        let age = attestation.max_age.map(|age| format!(", not older than {} hours", age.as_hours()));
        let by = match &attestation.signer {
            Some(named) => signer(named).0,
            None => "whoever built it signed".to_owned(),
        };
        add(format!("There has to be a statement of type {}{}; {by}.", attestation.name, age.unwrap_or_default()));
    }
    if expect.threshold > 1 {
        add(format!("{} distinct builders have to have built the same bytes.", expect.threshold));
    }
    Explanation { line: expect.line, about: "expect", sentences, warnings: weak(expect) }
}

/// What an expectation leaves open that a reader may think is closed.
fn weak(expect: &ArtifactExpectation) -> Vec<String> {
    let build = &expect.build;
    let mut warnings = Vec::new();
    let mut add = |holds: bool, text: &str| {
        if holds {
            warnings.push(text.to_owned());
        }
    };
    add(expect.artifacts.iter().any(NamePattern::is_broad), "match names all artifacts of a kind or place");
    add(build.source.is_none(), "any source will do: who may sign is all that is checked");
    let free = build.references.is_empty() && expect.versioned.is_empty() && build.commit.is_none();
    add(free, "any branch, tag or pull request of the source will do: say ref");
    add(build.level == 0, "level 0 asks for nothing of the builder");
    add(build.level == 1, "level 1: the build may have been on any machine, by anybody who may sign");
    let anything = |(path, rule): (&String, &ParameterRule)| path == "*" && matches!(rule, ParameterRule::Any);
    add(build.parameters.iter().any(anything), "any parameter may be anything, known or not");
    warnings
}

fn dependencies(rules: &Dependencies) -> Explanation {
    let word = |action: DependencyAction| match action {
        DependencyAction::Allow => "is let pass",
        DependencyAction::Warn => "is told",
        DependencyAction::Deny => "is refused",
    };
    let mut sentences = vec![format!("A dependency that lacks what is asked for {}.", word(rules.default))];
    for (kind, requirement) in &rules.require {
        let what = match requirement {
            DependencyRequirement::Nothing => "need nothing",
            DependencyRequirement::Publish => "have to prove who published them",
            DependencyRequirement::Provenance => "have to have provenance",
        };
        sentences.push(format!("Packages of {kind} {what}."));
    }
    if let Some(lock) = &rules.lock {
        sentences.push(format!("Who published is trusted on first use and kept in {lock}."));
    }
    for identity in &rules.identities {
        let names: Vec<&str> = identity.packages.iter().map(NamePattern::as_str).collect();
        let source = identity.source.as_ref().map(|source| format!("be built from {source}"));
        let by = identity.signer.as_ref().map(|named| format!("be such that {}", signer(named).0));
        let what: Vec<String> = source.into_iter().chain(by).collect();
        let action = word(identity.action.unwrap_or(rules.default));
        sentences.push(format!("{} has to {}; else it {action}.", names.join(" or "), what.join(" and ")));
    }
    let open = rules.default == DependencyAction::Allow;
    let warnings = open.then(|| "what lacks what is asked for is let pass in silence".to_owned());
    Explanation { line: rules.line, about: "dependencies", sentences, warnings: warnings.into_iter().collect() }
}

fn any_of(patterns: &[Pattern]) -> String {
    patterns.iter().map(Pattern::to_string).collect::<Vec<_>>().join(" or ")
}

/// Whether a pattern takes two things that have nothing in common.
pub(crate) fn is_anything(pattern: &Pattern) -> bool {
    ["https://a.example/b/c/d@refs/heads/e", "https://z.example/y/x/w@refs/tags/v"]
        .iter()
        .all(|text| pattern.matches(text))
}
