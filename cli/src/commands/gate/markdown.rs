//! For a page.

use std::io::{self, Write};

use plimsoll_policy::gate::{GateCheck, RuleState};

use super::{Decided, text};
use crate::commands::gather::Grounds;
use crate::output::markdown::{head, row, text as plain};

/// Rows of one artifact; the others are counted.
const MOST: usize = 200;

pub(super) fn write(out: &mut dyn Write, all: &[Decided], grounds: &Grounds) -> io::Result<()> {
    for one in all {
        let decision = &one.decision;
        writeln!(out, "## {}: {}\n", decision.verdict.word(), plain(&one.gathered.name))?;
        writeln!(out, "{}\n", plain(&one.gathered.digest()))?;
        if let Some(id) = &decision.broken_glass {
            writeln!(out, "**Glass broken** by the exception {}: rules deny it, and it is let pass.\n", plain(id))?;
        }
        head(out, &["rule", "answer", "code", "about", "reason", "next"])?;
        let mut left = MOST;
        for rule in &decision.rules {
            let told: Vec<&GateCheck> = rule.checks.iter().filter(|check| check.code().is_some()).collect();
            if told.is_empty() {
                row(out, [rule.rule.as_str(), rule.state.word(), "", "", "", ""])?;
            }
            for check in told.iter().take(left) {
                let excused = check.excused_by.as_deref().map(|id| format!("excused by {id}"));
                let answer = match (&excused, rule.state) {
                    (Some(excused), _) => excused.as_str(),
                    (None, RuleState::Denied) => "denied",
                    (None, _) => "warned",
                };
                let code = check.code();
                row(
                    out,
                    [
                        rule.rule.as_str(),
                        answer,
                        code.map(plimsoll_policy::gate::GateCode::id).unwrap_or_default(),
                        &check.about,
                        &check.message,
                        code.map(plimsoll_policy::gate::GateCode::next_step).unwrap_or_default(),
                    ],
                )?;
            }
            let rest = told.len().saturating_sub(left);
            if rest > 0 {
                row(out, [rule.rule.as_str(), rule.state.word(), "", "", &format!("and {rest} more"), ""])?;
            }
            left = left.saturating_sub(told.len());
        }
        writeln!(out)?;
        for line in text::denominator(one, grounds) {
            writeln!(out, "- {}", plain(&line))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
