//! `plimsoll verify`.

pub(super) mod report;

use plimsoll_verify::{Claim, Outcome, verify};
use rayon::prelude::*;

use super::expected;
use super::targets::{self, Beside, Places, Target};
use crate::args::{DataFormat, VerifyArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target as Output, Ui, write_json};

/// One subject and what came of it.
struct Judged {
    target: Target,
    outcome: Outcome,
    notices: Vec<String>,
}

pub(super) fn run(arguments: &VerifyArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let expected = expected::read(&arguments.expected, ui)?;
    let places = Places {
        bundle: &arguments.bundle,
        signature: arguments.signature.as_deref(),
        certificate: arguments.certificate.as_deref(),
        rekor_entry: arguments.rekor_entry.as_deref(),
        network: arguments.network.options(),
        beside: Beside::First,
    };
    let targets = targets::list(&arguments.subjects, arguments.subjects_from.as_deref(), offline)?;
    let judged: Vec<Judged> = targets
        .into_par_iter()
        .map(|target| {
            let opened = target.open(&places)?;
            let outcome = verify(&opened.evidence, &opened.subject, &expected.expectation, &expected.roots);
            Ok(Judged { target, outcome, notices: opened.notices })
        })
        .collect::<Result<_, Failure>>()?;
    for notice in judged.iter().flat_map(|one| &one.notices) {
        ui.status(notice);
    }
    if expected.names_nobody {
        return Err(nobody_named(judged.iter().map(|one| &one.outcome)));
    }
    match arguments.format {
        DataFormat::Text => Output::Stdout.write(|out| report::text(out, &judged, &expected))?,
        DataFormat::Json => Output::Stdout.write(|out| write_json(out, &report::json(&judged, &expected)))?,
    }
    let refused = judged.iter().filter(|one| !one.outcome.is_verified()).count();
    for one in judged.iter().filter(|one| !one.outcome.is_verified()) {
        report::refused(ui, &one.target.name, &one.outcome);
    }
    if judged.len() > 1 {
        ui.status(&format!("{} of {} are verified", judged.len().saturating_sub(refused), judged.len()));
    }
    Ok(if refused > 0 { exit::NO } else { exit::DONE })
}

/// Nobody was named who may have signed: who did is told, as far as the cryptography holds, and how to ask for them.
pub(super) fn nobody_named<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Failure {
    let mut failure = Failure::usage("name who has to have signed, with --identity and --issuer, or with --key");
    let untrusted = outcomes
        .into_iter()
        .flat_map(Outcome::refused)
        .map(plimsoll_verify::Refusal::untrusted)
        .find(|claims| claims.identity().is_some());
    failure.hint = Some(match untrusted {
        Some(claims) => format!(
            "the evidence holds, for an UNTRUSTED identity; if that is who should sign, add: --identity {} --issuer {}",
            expected::quoted(claims.identity().unwrap_or_default()),
            expected::quoted(claims.get(Claim::Issuer).unwrap_or_default()),
        ),
        None => "who signed is told here when the rest of the evidence holds".to_owned(),
    });
    failure
}
