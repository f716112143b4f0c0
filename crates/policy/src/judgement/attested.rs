//! Statements that have to be there beside the provenance.

use std::collections::BTreeSet;

use plimsoll_verify::{
    BuildCheck, BuildCheckState, BuilderSigner, Claim, Code, Expectation, LogRule, Pattern, PublicKey,
    SignerExpectation, verify,
};

use super::{Build, BuildState, Evidences};
use crate::sources::keyless;
use crate::{AttestationExpectation, PolicyBuilder};

/// Whether something else is attested, by whom the policy says or by whoever signed the provenance.
pub(super) fn attested(
    wanted: &AttestationExpectation,
    builds: &[Build],
    builders: &[PolicyBuilder],
    known: &Evidences<'_>,
) -> BuildCheck {
    let mut check = BuildCheck {
        name: "attestation",
        state: BuildCheckState::Failed(Code::Attestation),
        expected: Some(wanted.name.clone()),
        actual: None,
        place: "evidence".into(),
    };
    for signer in signers(wanted, builds, builders) {
        for kind in &wanted.types {
            let mut expectation = Expectation::new(signer.clone(), known.at);
            (expectation.logs, expectation.times) = (known.logs, known.times);
            expectation.log = log_for(&signer, builders, known.log);
            expectation.predicate_type = Some(kind.clone());
            let outcome = verify(known.evidence, known.subject, &expectation, known.roots);
            for verified in outcome.verified() {
                let latest = verified.times().iter().map(|time| time.time).max();
                let said = latest.map_or_else(|| "at no time that is vouched for".to_owned(), |time| time.to_string());
                let fresh =
                    wanted.max_age.is_none_or(|most| latest.is_some_and(|time| known.at.duration_since(time) <= most));
                check.actual = Some(format!("{} signed {said}", kind));
                check.place = verified.place().to_owned();
                if fresh {
                    check.state = BuildCheckState::Passed;
                    return check;
                }
                check.state = BuildCheckState::Failed(Code::AttestationAge);
            }
        }
    }
    check
}

/// Who may sign what else is attested.
fn signers(wanted: &AttestationExpectation, builds: &[Build], builders: &[PolicyBuilder]) -> Vec<SignerExpectation> {
    let good = || builds.iter().filter(|build| build.state != BuildState::Refused);
    match &wanted.signer {
        Some(BuilderSigner::Keys(keys)) => return vec![SignerExpectation::Keys(keys.clone())],
        Some(BuilderSigner::Other { identity, issuer }) => return vec![keyless(identity.clone(), issuer.clone())],
        // A workflow of the source: one of those that built it.
        _ => {}
    }
    let mut signers: Vec<SignerExpectation> = Vec::new();
    let mut seen = BTreeSet::new();
    for build in good() {
        let claims = build.claims();
        if let (Some(identity), Some(issuer)) = (claims.identity(), claims.get(Claim::Issuer))
            && seen.insert((identity.to_owned(), issuer.to_owned()))
        {
            signers.push(keyless(Pattern::exact(identity), Pattern::exact(issuer)));
        }
    }
    let used: BTreeSet<&str> = good().filter_map(|build| build.verified()?.key()).collect();
    let keys: Vec<PublicKey> = builders
        .iter()
        .filter_map(|builder| match &builder.rule.signer {
            BuilderSigner::Keys(keys) => Some(keys),
            _ => None,
        })
        .flatten()
        .filter(|key| used.contains(key.fingerprint().as_str()))
        .cloned()
        .collect();
    if !keys.is_empty() {
        signers.push(SignerExpectation::Keys(keys));
    }
    signers
}

/// Whether there has to be a log entry: a key that a builder of the policy may use without one may be used so for all.
pub(crate) fn log_for(signer: &SignerExpectation, builders: &[PolicyBuilder], usual: LogRule) -> LogRule {
    let SignerExpectation::Keys(keys) = signer else { return usual };
    let free = |key: &PublicKey| {
        builders.iter().filter(|builder| builder.log == Some(false)).any(|builder| match &builder.rule.signer {
            BuilderSigner::Keys(keys) => keys.contains(key),
            _ => false,
        })
    };
    if usual == LogRule::Required && keys.iter().all(free) { LogRule::NotUsedWithKey } else { usual }
}
