//! `plimsoll provenance verify`.

mod findings;
mod json;
mod report;
mod wanted;

use plimsoll_policy::{Judgement, Name, Rules, judge};
use plimsoll_verify::Claim;
use rayon::prelude::*;

pub(in crate::commands) use self::report::refused;
pub(in crate::commands) use self::wanted::{COMMAND_LINE, Wanted, read};
use crate::args::{ProvenanceVerifyArguments, VerdictFormat};
use crate::commands::expected::quoted;
use crate::commands::targets::{self, Beside, Places, Target};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target as Output, Ui, junit, sarif, write_json};

/// One subject and what came of it.
pub(in crate::commands) struct Judged {
    pub(in crate::commands) name: String,
    pub(in crate::commands) subject: plimsoll_verify::Subject,
    /// Whether the policy names it. True where there is none.
    named: bool,
    /// By the policy, and by what the command line says.
    pub(in crate::commands) judgements: Vec<Judgement>,
    notices: Vec<String>,
}

impl Judged {
    fn is_accepted(&self) -> bool {
        self.named && self.judgements.iter().all(Judgement::is_accepted)
    }
}

pub(super) fn run(arguments: &ProvenanceVerifyArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let wanted = read(arguments, ui)?;
    let places = Places {
        bundle: &arguments.bundle,
        signature: None,
        certificate: None,
        rekor_entry: arguments.rekor_entry.as_deref(),
        network: arguments.network.options(),
        beside: Beside::Provenance,
    };
    let targets = targets::list(&arguments.subjects, arguments.subjects_from.as_deref(), offline)?;
    if !arguments.names.is_empty() && targets.len() != 1 {
        return Err(Failure::usage("--as is for one subject"));
    }
    let judged: Vec<Judged> =
        targets.into_par_iter().map(|target| judged(&target, &places, &wanted)).collect::<Result<_, _>>()?;
    for notice in judged.iter().flat_map(|one| &one.notices) {
        ui.status(notice);
    }
    if wanted.names_nobody {
        return Err(nobody_named(&judged));
    }
    let used = judged.iter().flat_map(|one| &one.judgements).flat_map(Judgement::excused_by).collect();
    let exceptions: Vec<_> = wanted.exceptions.findings(&used, wanted.expected.expectation.at);
    match arguments.format {
        VerdictFormat::Text => Output::Stdout.write(|out| report::text(out, &judged, &wanted, arguments.explain))?,
        VerdictFormat::Markdown => Output::Stdout.write(|out| report::markdown(out, &judged, &wanted))?,
        VerdictFormat::Json => {
            Output::Stdout.write(|out| write_json(out, &json::report(&judged, &wanted, &exceptions)))?;
        }
        VerdictFormat::Sarif => {
            let found = findings::sarif(&judged, &wanted, &exceptions);
            Output::Stdout.write(|out| write_json(out, &sarif::report("provenance verify", found.into_iter())))?;
        }
        VerdictFormat::Junit => {
            let suites = findings::junit(&judged, &wanted);
            Output::Stdout.write(|out| junit::write(out, "plimsoll provenance verify", &suites))?;
        }
    }
    for (_, finding) in &exceptions {
        ui.warning(&finding.to_string());
    }
    let refused = judged.iter().filter(|one| !one.is_accepted()).count();
    for one in judged.iter().filter(|one| !one.is_accepted()) {
        report::refused(ui, one, &wanted);
    }
    if judged.len() > 1 {
        ui.status(&format!("{} of {} are verified", judged.len().saturating_sub(refused), judged.len()));
    }
    Ok(if refused > 0 { exit::NO } else { exit::DONE })
}

pub(in crate::commands) fn judged(target: &Target, places: &Places<'_>, wanted: &Wanted) -> Result<Judged, Failure> {
    let opened = target.open(places)?;
    let names: Vec<Name> = wanted.names.iter().cloned().chain(target.name_in_policy()).collect();
    let known = wanted.known(&names, &opened);
    let mut judgements = Vec::new();
    let mut named = true;
    if let Some(opened) = &wanted.policy {
        let judgement = judge(Rules::from(&opened.policy), &known);
        named = !judgement.verdicts().is_empty();
        judgements.push(judgement);
    }
    if let Some(own) = &wanted.own {
        let sources = wanted.policy.as_ref().map_or(&[][..], |opened| opened.policy.source_verifiers());
        let rules = Rules { expectations: std::slice::from_ref(own), builders: &wanted.builders, sources };
        judgements.push(judge(rules, &known));
    }
    let (subject, notices) = (opened.subject, opened.notices);
    Ok(Judged { name: target.name.clone(), subject, named, judgements, notices })
}

/// By the rules of a policy that is not the one of the command line.
pub(in crate::commands) fn judge_by(
    rules: Rules<'_>,
    target: &Target,
    places: &Places<'_>,
    wanted: &Wanted,
    names: &[Name],
) -> Result<Judgement, Failure> {
    let opened = target.open(places)?;
    Ok(judge(rules, &wanted.known(names, &opened)))
}

/// Nobody was named who may have built it: who did is told, as far as the cryptography holds, and how to ask for them.
pub(in crate::commands) fn nobody_named(judged: &[Judged]) -> Failure {
    let mut failure = Failure::usage(
        "name what it has to be built from or who has to have signed, with --source-repo, --identity and --issuer, --key, or --policy",
    );
    let builds = judged.iter().flat_map(|one| &one.judgements).flat_map(Judgement::verdicts);
    let mut signed =
        builds.flat_map(plimsoll_policy::Verdict::builds).filter(|build| build.claims().identity().is_some());
    failure.hint = Some(match signed.next() {
        Some(build) => {
            let claims = build.claims();
            let source = claims.with_deprecated(Claim::SourceRepositoryUri);
            let source = source.map(|uri| format!("--source-repo {}, or ", quoted(&uri))).unwrap_or_default();
            format!(
                "the signature holds, for an UNTRUSTED identity; if that is who should build it, add: {source}--identity {} --issuer {}",
                quoted(claims.identity().unwrap_or_default()),
                quoted(claims.get(Claim::Issuer).unwrap_or_default()),
            )
        }
        None => "who signed is told here when the rest of the evidence holds".to_owned(),
    });
    failure
}
