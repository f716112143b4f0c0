//! `plimsoll purl parse`.

use std::io::Write;

use plimsoll_model::{Purl, PurlExplanation, printable};
use serde_json::json;

use super::{SCHEMA, entry};
use crate::args::DataFormat;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(purls: &[String], format: DataFormat, ui: &mut Ui) -> Result<u8, Failure> {
    let mut valid = true;
    Target::Stdout.write(|out| match format {
        DataFormat::Json => {
            let explained: Vec<_> = purls.iter().map(|text| (text, PurlExplanation::new(text))).collect();
            valid = explained.iter().all(|(_, explained)| explained.fault.is_none());
            let entries: Vec<_> = explained.iter().map(|(text, explained)| entry(text, explained)).collect();
            write_json(out, &json!({ "schema": SCHEMA, "purls": entries })).map_err(Failure::from)
        }
        DataFormat::Text => {
            let mut first = true;
            for text in purls {
                match Purl::parse_strict(text) {
                    Ok(purl) => {
                        if !std::mem::take(&mut first) {
                            writeln!(out)?;
                        }
                        write_parts(out, &purl)?;
                    }
                    Err(fault) => {
                        valid = false;
                        ui.error(&format!("{text}: {fault}"));
                    }
                }
            }
            Ok(())
        }
    })?;
    Ok(if valid { exit::DONE } else { exit::NO })
}

fn write_parts(out: &mut dyn Write, purl: &Purl) -> Result<(), Failure> {
    writeln!(out, "{purl}")?;
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<10} {}", printable(value));
    line("type", purl.kind())?;
    purl.namespace().map_or(Ok(()), |namespace| line("namespace", namespace))?;
    line("name", purl.name())?;
    purl.version().map_or(Ok(()), |version| line("version", version))?;
    purl.qualifiers().try_for_each(|(key, value)| line("qualifier", &format!("{key}={value}")))?;
    purl.subpath().map_or(Ok(()), |subpath| line("subpath", subpath))?;
    Ok(())
}
