//! `plimsoll policy explain`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_policy::Explanation;
use serde_json::{Value, json};

use super::open::{self, Opened};
use crate::args::{DataFormat, PolicyExplainArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, write_json};

const SCHEMA: &str = "plimsoll.policy.explain/1";

pub(super) fn run(arguments: &PolicyExplainArguments) -> Result<u8, Failure> {
    let opened = open::policy(&arguments.policy)?;
    let parts = opened.policy.explain();
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, &parts))?,
        DataFormat::Json => Target::Stdout.write(|out| write_json(out, &report(&opened, &parts)))?,
    }
    Ok(exit::DONE)
}

fn text(out: &mut dyn Write, parts: &[Explanation]) -> io::Result<()> {
    for part in parts {
        let line = if part.line > 0 { format!(" (line {})", part.line) } else { String::new() };
        writeln!(out, "{}{line}", part.about)?;
        part.sentences.iter().try_for_each(|sentence| writeln!(out, "  {}", printable(sentence)))?;
        part.warnings.iter().try_for_each(|warning| writeln!(out, "  WEAK: {}", printable(warning)))?;
    }
    Ok(())
}

fn report(opened: &Opened, parts: &[Explanation]) -> Value {
    let part = |part: &Explanation| {
        json!({
            "about": part.about,
            "line": (part.line > 0).then_some(part.line),
            "sentences": part.sentences,
            "warnings": part.warnings,
        })
    };
    json!({
        "schema": SCHEMA,
        "policy": { "file": opened.policy.file(), "sha256": opened.sha256 },
        "parts": parts.iter().map(part).collect::<Vec<_>>(),
    })
}
