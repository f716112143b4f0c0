//! `plimsoll sbom convert`.

use plimsoll_sbom::convert::{Carry, Conversion, Losses};
use plimsoll_sbom::{Format, map};
use serde_json::{Value, json};

use crate::args::{CarryArgument, ConvertArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

const SCHEMA: &str = "plimsoll.sbom.convert/1";

pub(super) fn run(arguments: &ConvertArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let carry = match arguments.carry {
        CarryArgument::None => Carry::None,
        CarryArgument::Properties => Carry::Properties,
        CarryArgument::Full => Carry::Full,
    };
    let mut reports = Vec::new();
    let mut first_order = false;
    for output in &arguments.output {
        let Format::Standard(encoding, version) = output.format else {
            let document = map::document(&parsed);
            output.target.write(|out| output.format.write_document(&document, out))?;
            continue;
        };
        let conversion = plimsoll_sbom::convert::convert(&parsed, encoding, version, carry);
        output.target.write(|out| plimsoll_sbom::encoding::write(&conversion.tree, encoding, version, out))?;
        tell(&output.format, &conversion, ui);
        first_order |= conversion.losses.is_first_order();
        reports.push(report(&output.format, &conversion));
    }
    if let Some(path) = &arguments.loss_report {
        let report = json!({
            "schema": SCHEMA,
            "source": Format::Standard(parsed.encoding, parsed.version).to_string(),
            "conversions": reports,
        });
        Target::File(path.clone()).write::<Failure>(|out| {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
            Ok(writeln!(out)?)
        })?;
    }
    Ok(if first_order && !arguments.accept_loss { exit::INCOMPLETE } else { exit::DONE })
}

fn tell(format: &Format, conversion: &Conversion, ui: &mut Ui) {
    if conversion.restored {
        ui.status("what an earlier conversion had carried is put back");
    }
    if conversion.refused {
        ui.warning("what the document carries contradicts it, and is not put back");
    }
    let losses = &conversion.losses;
    if losses.rows().is_empty() {
        return;
    }
    let counts: Vec<String> = losses.counts().iter().map(|(kind, count)| format!("{} {count}", kind.word())).collect();
    let carried = losses.rows().iter().filter(|row| row.carried_as.is_some()).count();
    let rest = if carried > 0 { format!("; {carried} of them are carried along") } else { String::new() };
    let text = format!("{format} has no place for: {}{rest}", counts.join(", "));
    if losses.is_first_order() {
        ui.warning(&text)
    } else {
        ui.status(&text)
    }
    for row in losses.rows() {
        let fact = row.fact.as_deref().map(|fact| format!(" {fact}")).unwrap_or_default();
        ui.detail(&format!("{} {}{fact}: {}", row.kind.word(), row.pointer, row.reason.word()));
    }
}

fn report(format: &Format, conversion: &Conversion) -> Value {
    json!({
        "format": format.to_string(),
        "restored": conversion.restored,
        "refused": conversion.refused,
        "complete": conversion.losses.rows().iter().all(|row| row.carried_as.is_some()),
        "counts": conversion.losses.counts().iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
        "lost": rows(&conversion.losses),
    })
}

pub(super) fn rows(losses: &Losses) -> Vec<Value> {
    losses
        .rows()
        .iter()
        .map(|row| {
            json!({
                "kind": row.kind.word(),
                "severity": if row.kind.is_first_order() { "error" } else { "note" },
                "pointer": row.pointer.as_str(),
                "element": row.element,
                "fact": row.fact,
                "reason": row.reason.word(),
                "carriedAs": row.carried_as,
            })
        })
        .collect()
}
