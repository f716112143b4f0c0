//! `plimsoll explain`.

use std::io::Write;

use plimsoll_model::{CODES, Effect};
use serde_json::json;

use crate::args::ReportFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::Target;

/// A code, wherever it belongs.
struct Explained {
    id: &'static str,
    severity: &'static str,
    incomplete: bool,
    effect: &'static str,
    title: String,
    explanation: &'static str,
    next_step: String,
}

pub(super) fn run(code: Option<&str>, format: ReportFormat) -> Result<u8, Failure> {
    let mut codes = all();
    if let Some(id) = code {
        codes.retain(|known| known.id.eq_ignore_ascii_case(id.trim()));
        if codes.is_empty() {
            return Err(Failure::usage(format!("there is no code {id:?}")).hint("`plimsoll explain` lists all codes"));
        }
    }
    Target::Stdout.write(|out| match format {
        ReportFormat::Json => json_report(out, &codes),
        ReportFormat::Markdown => markdown(out, &codes),
        ReportFormat::Text if code.is_some() => codes.iter().try_for_each(|code| text(out, code)),
        ReportFormat::Text => codes.iter().try_for_each(|code| Ok(writeln!(out, "{}  {}", code.id, code.title)?)),
    })?;
    Ok(exit::DONE)
}

/// Diagnostics, the reasons why evidence is refused, and those of a gate.
fn all() -> Vec<Explained> {
    let diagnostics = CODES.iter().map(|code| {
        let info = code.info();
        let incomplete = info.effect == Effect::Incomplete;
        Explained {
            id: info.id,
            severity: info.severity.word(),
            incomplete,
            effect: if incomplete {
                "the result is incomplete; --strict exits with 4"
            } else {
                "the result is complete"
            },
            title: info.title.to_owned(),
            explanation: info.explanation,
            next_step: info.next_step.to_owned(),
        }
    });
    let refusals = plimsoll_verify::Code::ALL.iter().map(|code| Explained {
        id: code.id(),
        severity: "refusal",
        incomplete: false,
        effect: "the evidence proves nothing; without other evidence verification exits with 1",
        title: sentence(code.means()),
        explanation: code.explanation(),
        next_step: sentence(code.next_step()),
    });
    let gate = plimsoll_policy::gate::GateCode::ALL.iter().map(|code| Explained {
        id: code.id(),
        severity: "gate",
        incomplete: false,
        effect: if code.may_be_excused() {
            "a gate denies or warns, as its policy says; an exception may let it pass"
        } else {
            "a gate denies or warns, as its policy says; no exception lets it pass, and only breaking the glass does"
        },
        title: sentence(code.means()),
        explanation: code.explanation(),
        next_step: sentence(code.next_step()),
    });
    diagnostics.chain(refusals).chain(gate).collect()
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut characters = fragment.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn text(out: &mut dyn Write, code: &Explained) -> Result<(), Failure> {
    writeln!(out, "{} ({}): {}\n", code.id, code.severity, code.title)?;
    writeln!(out, "{}\n", code.explanation)?;
    writeln!(out, "Effect: {}.", code.effect)?;
    writeln!(out, "What to do: {}", code.next_step)?;
    Ok(())
}

fn json_report(out: &mut dyn Write, codes: &[Explained]) -> Result<(), Failure> {
    let codes: Vec<_> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.id, "severity": code.severity, "incomplete": code.incomplete, "title": code.title,
                "explanation": code.explanation, "nextStep": code.next_step,
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "schema": "plimsoll.explain/1", "codes": codes }))?;
    Ok(())
}

fn markdown(out: &mut dyn Write, codes: &[Explained]) -> Result<(), Failure> {
    for code in codes {
        writeln!(out, "## {}\n\n**{}** ({}; {})\n", code.id, code.title, code.severity, code.effect)?;
        writeln!(out, "{}\n\nWhat to do: {}\n", code.explanation, code.next_step)?;
    }
    Ok(())
}
