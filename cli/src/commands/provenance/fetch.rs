//! `plimsoll provenance fetch`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_provenance::published::{CheckOptions, Fetch, Recorder, Required, dependencies, gather};
use plimsoll_verify::BuiltIn;
use serde_json::json;

use super::ask;
use crate::args::{AskArguments, DataFormat, FetchArguments};
use crate::commands::time;
use crate::commands::trust::instances;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.provenance.fetch/1";

pub(super) fn run(arguments: &FetchArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if offline {
        return Err(Failure::usage("provenance fetch asks registries, and --offline forbids it"));
    }
    let now = Timestamp::now();
    let (registries, only) = (ask::registries(&arguments.asked)?, ask::only(&arguments.asked));
    let roots = roots(&arguments.asked)?;
    let parsed = input::document(&arguments.document)?;
    for fault in &parsed.faults {
        ui.warning(&fault.to_string());
    }
    let list = dependencies(&plimsoll_sbom::map::document(&parsed));
    let network = ask::network(&arguments.network, registries.clone());
    let recorder = Recorder::new(&network as &dyn Fetch);
    let options = CheckOptions {
        at: now,
        roots: &[],
        expectations: &[],
        lock: None,
        only: &only,
        required: &Required::default(),
        registries: &registries,
        workers: arguments.asked.jobs.into(),
    };
    let bar = ui.progress(format!("asking about {} components", list.dependencies.len()));
    let asked = gather(&list, &recorder, &options);
    bar.finish_and_clear();
    for (name, json) in &roots {
        recorder.keep_root(name, json);
    }
    let fetched = time::timestamp(None)?.map_or_else(|| now.to_string(), |time| time.to_string());
    Target::File(arguments.output.clone()).write(|out| recorder.write_tar(out, Some(&fetched)))?;
    let [found, absent, failed] = recorder.counts();
    match arguments.format {
        DataFormat::Text => ui.status(&format!(
            "{}: {asked} of {} components asked about; {found} answers, {absent} times nothing, {failed} not had",
            arguments.output.display(),
            list.components
        )),
        DataFormat::Json => {
            let report = json!({
                "schema": SCHEMA,
                "document": arguments.document.path.display().to_string(),
                "output": arguments.output.display().to_string(),
                "components": list.components,
                "asked": asked,
                "answers": found,
                "absent": absent,
                "failed": failed,
            });
            Target::Stdout.write(|out| write_json(out, &report))?;
        }
    }
    if failed > 0 {
        ui.error(&format!("{failed} requests had no answer; what there is was written"));
        return Ok(exit::FAILED);
    }
    Ok(exit::DONE)
}

/// The trusted roots in use, to go along: name and text.
fn roots(arguments: &AskArguments) -> Result<Vec<(String, String)>, Failure> {
    let mut roots = Vec::new();
    for path in &arguments.trusted_root {
        roots.push((path.display().to_string(), input::text(path)?));
    }
    let mut names: BTreeSet<&str> = arguments.trust.iter().map(String::as_str).collect();
    if roots.is_empty() && names.is_empty() {
        names.insert(BuiltIn::PublicGood.name());
    }
    for name in names {
        let instance = instances().get(name)?;
        roots.push((instance.name, instance.trusted_root));
    }
    Ok(roots)
}
