//! `plimsoll sbom redact`.

use plimsoll_sbom::encoding::Parsed;
use plimsoll_sbom::redact::{RedactError, Redacted, Redaction, redact};
use serde_json::json;

use super::{converted, written};
use crate::args::RedactArguments;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.sbom.redact/1";

pub(super) fn run(arguments: &RedactArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let output = written(arguments.output.as_ref(), &parsed)?;
    let salt = match &arguments.pseudonyms_salt {
        Some(path) => input::bytes(path, &arguments.document.limits.limits())?,
        None => Vec::new(),
    };
    let redaction = Redaction {
        components: arguments.component.clone(),
        keep: arguments.keep.clone(),
        remove: arguments.remove,
        fields: arguments.field.clone(),
        internal_paths: arguments.internal_paths,
        salt,
    };
    // In the format of the result, so that nothing that a conversion carries along escapes.
    let Parsed { encoding, version, .. } = parsed;
    let (parsed, losses) = converted(parsed, &output);
    let same = (encoding, version) == (output.encoding, output.version);
    let redacted = redact(&parsed, &redaction).map_err(|error| match error {
        RedactError::NoSalt => Failure {
            hint: Some("give --pseudonyms-salt FILE; 'head -c 32 /dev/urandom > FILE' makes one".to_owned()),
            ..Failure::usage(error.to_string())
        },
        error => Failure::failed(error),
    })?;
    output.write(&redacted.tree)?;
    tell(&redacted, ui);
    super::report(arguments.report.as_deref(), &report(&redacted, &output.name()))?;
    let lossy = !same && losses.is_first_order();
    if lossy {
        ui.warning("the format of the result has no place for all of the document; 'sbom convert' says for what");
    }
    Ok(if redacted.left.is_empty() && !lossy { exit::DONE } else { exit::INCOMPLETE })
}

fn tell(redacted: &Redacted, ui: &mut Ui) {
    if redacted.withheld.is_empty() {
        ui.warning("nothing matches; the document is written as it is");
    }
    for held in &redacted.withheld {
        let whose = if held.element.is_empty() { "the document" } else { &held.element };
        let now = held.pseudonym.as_deref().map(|name| format!(" (now {name})")).unwrap_or_default();
        ui.status(&format!("withheld: {} of {whose}{now}", held.what));
    }
    for (text, pointer) in &redacted.left {
        ui.warning(&format!("{text:?} is still at {pointer}: another component is called so"));
    }
    for note in &redacted.notes {
        ui.status(note);
    }
}

fn report(redacted: &Redacted, format: &str) -> serde_json::Value {
    json!({
        "schema": SCHEMA,
        "format": format,
        "withheld": redacted
            .withheld
            .iter()
            .map(|held| json!({ "element": held.element, "what": held.what, "pseudonym": held.pseudonym }))
            .collect::<Vec<_>>(),
        "left": redacted.left.iter().map(|(text, pointer)| json!({ "text": text, "pointer": pointer })).collect::<Vec<_>>(),
        "notes": redacted.notes,
    })
}
