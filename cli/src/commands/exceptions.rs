//! `plimsoll exceptions`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;
use plimsoll_model::{Diagnostic, DiagnosticCode, printable};
use plimsoll_policy::{Exception, ExceptionState, Exceptions, NamePattern};
use serde_json::{Value, json};

use crate::args::{DataFormat, ExceptionsArguments, ExceptionsCommand};
use crate::commands::expected;
use crate::commands::policy::open;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.exceptions/1";
const SECONDS_A_DAY: i64 = 86_400;

/// Exceptions, and what is wrong with them.
struct Read {
    exceptions: Exceptions,
    findings: Vec<(u32, Diagnostic)>,
    at: Timestamp,
}

pub(super) fn run(command: &ExceptionsCommand, ui: &mut Ui) -> Result<u8, Failure> {
    let (arguments, checks) = match command {
        ExceptionsCommand::List(arguments) => (arguments, false),
        ExceptionsCommand::Check(arguments) => (arguments, true),
    };
    let read = read(arguments, ui)?;
    let wanted: Vec<&Exception> =
        read.exceptions.all().iter().filter(|one| is_near(arguments.within, read.days_left(one))).collect();
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match (arguments.format, checks) {
            (DataFormat::Json, _) => write_json(out, &read.json(&wanted))?,
            (DataFormat::Text, true) => read.wrong(out)?,
            (DataFormat::Text, false) => read.list(out, &wanted)?,
        }
        Ok(())
    })?;
    let count = read.findings.len();
    ui.status(&format!("{} exceptions, {count} findings", read.exceptions.all().len()));
    Ok(if checks && count > 0 { exit::NO } else { exit::DONE })
}

fn read(arguments: &ExceptionsArguments, ui: &mut Ui) -> Result<Read, Failure> {
    let at = arguments.at.unwrap_or_else(Timestamp::now);
    let policy = arguments.policy.as_deref().map(open::policy).transpose()?;
    let exceptions =
        open::exceptions(arguments.file.as_deref(), policy.as_ref(), expected::log(arguments.no_tlog), at, ui)?;
    if exceptions.file().is_empty() {
        return Err(
            Failure::usage("the policy names no file of exceptions").hint("name it: plimsoll exceptions list FILE")
        );
    }
    // Whether one was of use is known only where something is decided.
    let mut findings = exceptions.findings(&BTreeSet::new(), at);
    findings.retain(|(_, finding)| finding.code != DiagnosticCode::EXCEPTION_UNUSED);
    Ok(Read { exceptions, findings, at })
}

fn is_near(within: Option<u32>, left: i64) -> bool {
    within.is_none_or(|days| left <= i64::from(days))
}

impl Read {
    /// Whole days until it ends, by itself or by the policy; below 0 when that is over.
    fn days_left(&self, exception: &Exception) -> i64 {
        let seconds = self.exceptions.end(exception).as_second().saturating_sub(self.at.as_second());
        seconds.checked_div_euclid(SECONDS_A_DAY).unwrap_or_default()
    }

    fn state(&self, exception: &Exception) -> ExceptionState {
        self.exceptions.state(exception, self.at)
    }

    fn list(&self, out: &mut dyn Write, wanted: &[&Exception]) -> io::Result<()> {
        for one in wanted {
            let glass = if one.break_glass { ", breaks the glass" } else { "" };
            let left = match (self.state(one), self.days_left(one)) {
                (ExceptionState::Live, days) => format!("{days} days left"),
                (_, days) if days < 0 => format!("over for {} days", days.saturating_neg()),
                (_, days) => format!("{days} days to its end"),
            };
            writeln!(out, "{}  {}, {left}{glass}", printable(&one.id), self.state(one).word())?;
            writeln!(out, "  for       {}", printable(&texts(&one.scope).join(", ")))?;
            if !one.rules.is_empty() {
                writeln!(out, "  excuses   {}", printable(&one.rules.join(", ")))?;
            }
            writeln!(out, "  because   {}", printable(&one.reason))?;
            writeln!(out, "  owner     {}, approved by {}", printable(&one.owner), printable(&one.approver))?;
            writeln!(out, "  from      {} to {}", one.created, self.exceptions.end(one))?;
        }
        Ok(())
    }

    fn wrong(&self, out: &mut dyn Write) -> io::Result<()> {
        self.findings.iter().try_for_each(|(_, finding)| writeln!(out, "{}", printable(&finding.to_string())))
    }

    fn json(&self, wanted: &[&Exception]) -> Value {
        let one = |one: &&Exception| {
            json!({
                "id": one.id,
                "line": one.line,
                "state": self.state(one).word(),
                "daysLeft": self.days_left(one),
                "scope": texts(&one.scope),
                "rules": one.rules,
                "breakGlass": one.break_glass,
                "reason": one.reason,
                "owner": one.owner,
                "approver": one.approver,
                "created": one.created.to_string(),
                "expires": one.expires.to_string(),
                "ends": self.exceptions.end(one).to_string(),
            })
        };
        let finding = |(line, finding): &(u32, Diagnostic)| json!({ "line": line, "code": finding.code.info().id, "message": finding.message });
        json!({
            "schema": SCHEMA,
            "file": self.exceptions.file(),
            "at": self.at.to_string(),
            "exceptions": wanted.iter().map(one).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}

fn texts(scope: &[NamePattern]) -> Vec<&str> {
    scope.iter().map(NamePattern::as_str).collect()
}
