//! `plimsoll explain`.

use std::io::Write;

use plimsoll_model::{CODES, CodeInfo, DiagnosticCode, Effect};
use serde_json::json;

use crate::args::ReportFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::Target;

pub(super) fn run(code: Option<&str>, format: ReportFormat) -> Result<u8, Failure> {
    let infos: Vec<&CodeInfo> = match code {
        Some(id) => {
            let code = DiagnosticCode::from_id(id.trim());
            let unknown = || Failure {
                hint: Some("`plimsoll explain` lists all codes".to_owned()),
                ..Failure::usage(format!("there is no diagnostic code {id:?}"))
            };
            vec![code.ok_or_else(unknown)?.info()]
        }
        None => CODES.iter().map(|code| code.info()).collect(),
    };
    Target::Stdout.write(|out| match format {
        ReportFormat::Json => json_report(out, &infos),
        ReportFormat::Markdown => markdown(out, &infos),
        ReportFormat::Text if code.is_some() => infos.iter().try_for_each(|info| text(out, info)),
        ReportFormat::Text => infos.iter().try_for_each(|info| Ok(writeln!(out, "{}  {}", info.id, info.title)?)),
    })?;
    Ok(exit::DONE)
}

fn effect(info: &CodeInfo) -> &'static str {
    match info.effect {
        Effect::Incomplete => "the result is incomplete; --strict exits with 4",
        Effect::None => "the result is complete",
    }
}

fn text(out: &mut dyn Write, info: &CodeInfo) -> Result<(), Failure> {
    writeln!(out, "{} ({}): {}\n", info.id, info.severity.word(), info.title)?;
    writeln!(out, "{}\n", info.explanation)?;
    writeln!(out, "Effect: {}.", effect(info))?;
    writeln!(out, "What to do: {}", info.next_step)?;
    Ok(())
}

fn json_report(out: &mut dyn Write, infos: &[&CodeInfo]) -> Result<(), Failure> {
    let codes: Vec<_> = infos
        .iter()
        .map(|info| {
            json!({
                "id": info.id, "severity": info.severity.word(), "incomplete": info.effect == Effect::Incomplete,
                "title": info.title, "explanation": info.explanation, "nextStep": info.next_step,
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "schema": "plimsoll.explain/1", "codes": codes }))?;
    Ok(())
}

fn markdown(out: &mut dyn Write, infos: &[&CodeInfo]) -> Result<(), Failure> {
    for info in infos {
        writeln!(out, "## {}\n\n**{}** ({}; {})\n", info.id, info.title, info.severity.word(), effect(info))?;
        writeln!(out, "{}\n\nWhat to do: {}\n", info.explanation, info.next_step)?;
    }
    Ok(())
}
