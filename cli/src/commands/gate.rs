//! `plimsoll gate`.

mod text;

use plimsoll_policy::gate::{Decision, GateVerdict};

use crate::args::{FailOnVerdict, GateArguments};
use crate::commands::gather::{Gathered, Grounds, subjects};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// One artifact, and what came of it.
struct Decided {
    gathered: Gathered,
    decision: Decision,
}

pub(super) fn run(arguments: &GateArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let named = subjects(&arguments.subjects, &arguments.gather, offline)?;
    let grounds = Grounds::read(&arguments.gather, Some(&named), ui)?;
    let mut all = Vec::new();
    for subject in &named {
        let gathered = Gathered::read(subject, &grounds, &arguments.gather, offline, ui)?;
        gathered.notices.iter().for_each(|notice| ui.status(notice));
        let decision = gathered.decide(&grounds);
        all.push(Decided { gathered, decision });
    }
    Target::Stdout.write(|out| text::write(out, &all, &grounds))?;
    Ok(status(arguments, &all))
}

/// 1 when one is denied, or warns and that was said to be a failure.
fn status(arguments: &GateArguments, all: &[Decided]) -> u8 {
    let refused = all.iter().any(|one| match one.decision.verdict {
        GateVerdict::Pass => false,
        GateVerdict::Warn => arguments.fail_on == Some(FailOnVerdict::Warn),
        _ => true,
    });
    if refused { exit::NO } else { exit::DONE }
}
