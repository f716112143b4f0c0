//! `plimsoll purl`: one file a subcommand.

mod build;
mod explain;
mod list_types;
mod normalise;
mod parse;
mod range;

use plimsoll_model::{Purl, PurlExplanation};
use serde_json::{Map, Value, json};

use crate::args::PurlCommand;
use crate::failure::Failure;
use crate::output::Ui;

const SCHEMA: &str = "plimsoll.purl/1";

pub(super) fn run(command: &PurlCommand, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        PurlCommand::Parse { purls, format } => parse::run(purls, *format, ui),
        PurlCommand::Explain { purl, format } => explain::run(purl, *format),
        PurlCommand::Normalise { purls } => normalise::run(purls, ui),
        PurlCommand::Build(arguments) => build::run(arguments, ui),
        PurlCommand::Types { format } => list_types::run(*format),
        PurlCommand::Range(command) => range::run(command, ui),
    }
}

/// What `parse` and `explain` both say of one text.
fn entry(text: &str, explained: &PurlExplanation) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("input".into(), text.into());
    out.insert("valid".into(), explained.fault.is_none().into());
    if let Some(purl) = &explained.purl {
        out.insert("canonical".into(), purl.to_string().into());
    }
    match (&explained.fault, &explained.purl) {
        (Some(fault), _) => {
            let range = fault.range();
            let value = json!({ "message": fault.to_string(), "start": range.start, "end": range.end });
            out.insert("fault".into(), value);
        }
        (None, Some(purl)) => drop(out.insert("parts".into(), parts(purl))),
        (None, None) => {}
    }
    out
}

fn parts(purl: &Purl) -> Value {
    let qualifiers: Map<String, Value> = purl.qualifiers().map(|(key, value)| (key.to_owned(), value.into())).collect();
    json!({
        "type": purl.kind(), "namespace": purl.namespace(), "name": purl.name(), "version": purl.version(),
        "qualifiers": qualifiers, "subpath": purl.subpath(),
    })
}
