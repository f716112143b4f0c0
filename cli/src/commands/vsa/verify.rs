//! `plimsoll vsa verify`.

use jiff::SignedDuration;
use plimsoll_attest::{PredicateType, SVR_V0_2, VSA_V1};
use plimsoll_verify::{
    Claim, PolicyExpectation, ResourceRule, SummaryExpectation, SummaryKind, SummaryOutcome, SummaryRefusal,
    VerifierRule, verify_summary,
};

use super::subjects::{self, Target};
use super::{digest_of, level, levels, report};
use crate::args::{DataFormat, VsaVerifyArguments};
use crate::commands::expected::{self, Expected, quoted};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target as Output, Ui, write_json};

/// One subject and what came of it.
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) outcome: SummaryOutcome,
}

pub(super) fn run(arguments: &VsaVerifyArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let mut flags = arguments.expected.clone();
    // Of the commit, and not of whoever signed.
    let source_ref = flags.source_ref.take();
    let kind = kind(arguments, flags.predicate_type.take())?;
    let read = expected::read(&flags, ui)?;
    let expectation = expectation(arguments, kind, source_ref, &read)?;
    let targets = subjects::open(arguments, offline)?;
    let mut judged = Vec::new();
    for Target { name, subject, evidence, notices } in targets {
        notices.iter().for_each(|notice| ui.status(notice));
        judged.push(Judged { name, outcome: verify_summary(&evidence, &subject, &expectation, &read.roots) });
    }
    if read.names_nobody {
        return Err(nobody_named(&judged));
    }
    match arguments.format {
        DataFormat::Text => Output::Stdout.write(|out| report::text(out, &judged, &read))?,
        DataFormat::Json => Output::Stdout.write(|out| write_json(out, &report::json(&judged, &expectation, &read)))?,
    }
    let refused: Vec<&Judged> = judged.iter().filter(|one| !one.outcome.is_proven()).collect();
    refused.iter().for_each(|one| report::refused(ui, one));
    Ok(if refused.is_empty() { exit::DONE } else { exit::NO })
}

/// The kind of summary that `--type` asks for, and what it has to have.
fn kind(arguments: &VsaVerifyArguments, named: Option<String>) -> Result<SummaryKind, Failure> {
    let accepts = |uri: &str| match &named {
        Some(name) => PredicateType::parse(name).is_some_and(|known| known.accepts(uri)),
        None => uri == VSA_V1,
    };
    match &arguments.resource_uri {
        Some(uri) if accepts(VSA_V1) => Ok(SummaryKind::Slsa { resource: ResourceRule::Exact(uri.clone()) }),
        None if accepts(VSA_V1) => Err(Failure::usage("say what it has to have been verified as, with --resource-uri")
            .hint("mostly where it is fetched from; ask whoever verified")),
        Some(_) if accepts(SVR_V0_2) => Err(Failure::usage("a simple verification result has no --resource-uri")),
        None if accepts(SVR_V0_2) => Ok(SummaryKind::Simple),
        _ => Err(Failure::usage("--type is vsa or svr")),
    }
}

fn expectation(
    arguments: &VsaVerifyArguments,
    kind: SummaryKind,
    source_ref: Option<String>,
    read: &Expected,
) -> Result<SummaryExpectation, Failure> {
    let signed = &read.expectation;
    let rule = VerifierRule::new(&*arguments.verifier_id, signed.signer.clone());
    let mut wanted = SummaryExpectation::new(kind, vec![rule], signed.at);
    (wanted.log, wanted.logs, wanted.times) = (signed.log, signed.logs, signed.times);
    wanted.levels = levels("--level", &arguments.level)?;
    wanted.dependencies =
        arguments.dependency_level.as_deref().map(|name| level("--dependency-level", name)).transpose()?;
    let digest = arguments.policy.as_deref().map(digest_of).transpose()?;
    wanted.policy = PolicyExpectation { uri: arguments.policy_uri.clone(), digest };
    wanted.inputs = arguments.input_attestation.iter().map(|path| digest_of(path)).collect::<Result<_, _>>()?;
    wanted.source_refs = source_ref.into_iter().collect();
    wanted.max_age = arguments.max_age.as_deref().map(age).transpose()?;
    Ok(wanted)
}

/// A number and a unit: `36h`, `7d`.
fn age(text: &str) -> Result<SignedDuration, Failure> {
    let seconds = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        'w' => Some(604_800),
        _ => None,
    };
    let parsed = text.chars().next_back().and_then(|unit| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        i64::from(number).checked_mul(seconds(unit)?)
    });
    parsed
        .map(SignedDuration::from_secs)
        .ok_or_else(|| Failure::usage(format!("--max-age {text}: not a number and one of s, m, h, d, w")))
}

/// Nobody was named who may have signed: who did is told, as far as the cryptography holds, and how to ask for them.
fn nobody_named(judged: &[Judged]) -> Failure {
    let mut refusals = judged.iter().flat_map(|one| one.outcome.refused());
    let untrusted = refusals.find(|refusal| refusal.untrusted().identity().is_some()).map(SummaryRefusal::untrusted);
    Failure::usage("name who may sign for the verifier, with --identity and --issuer, or with --key").hint(match untrusted
    {
        Some(claims) => format!(
            "the evidence holds, for an UNTRUSTED identity; if that is who should sign, add: --identity {} --issuer {}",
            quoted(claims.identity().unwrap_or_default()),
            quoted(claims.get(Claim::Issuer).unwrap_or_default()),
        ),
        None => "who signed is told here when the rest of the evidence holds".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        assert_eq!(age("36h").unwrap(), SignedDuration::from_hours(36));
        assert_eq!(age("2w").unwrap(), SignedDuration::from_hours(336));
        for bad in ["", "d", "-1d", "1", "1y", "1.5h", "99999999999d", "7 d", "1é"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
