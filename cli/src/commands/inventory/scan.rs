//! `plimsoll inventory scan`.

use std::io;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;

use jiff::Timestamp;
use plimsoll_fleet::{Event, FleetError, FleetOptions, TagChoice, of_registry, read_list, work};
use plimsoll_inventory::{Inventory, Query, TargetCounts};
use plimsoll_model::printable;
use plimsoll_sbom::Format;
use serde_json::{Value, json};

use super::hunt::{self, Hit};
use super::{open, words};
use crate::args::{DataFormat, InventoryScanArguments};
use crate::commands::scan;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

/// What is found and kept.
const FORMAT: &str = "cyclonedx-json";

pub(super) fn run(arguments: &InventoryScanArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if offline {
        return Err(Failure::usage("inventory scan asks registries, and --offline forbids it"));
    }
    let hunt = arguments.hunt.as_deref().map(hunt::question).transpose()?;
    let references = references(arguments, ui)?;
    let limits = arguments.limits.limits();
    let list = arguments.list.clone().unwrap_or_else(|| arguments.from.clone());
    let options = FleetOptions {
        list: list.clone(),
        owner: owner(),
        jobs: arguments.jobs,
        lease: arguments.lease,
        attempts: arguments.attempts,
        network: arguments.network.options(),
        scan: scan::source_options(&arguments.scan, limits.clone())?,
        labels: words::labels(&arguments.labels)?,
        format: Format::parse(FORMAT).map_err(Failure::failed)?,
        limits,
    };
    let location = open::location(&arguments.store)?;
    let mut inventory = open::create(&location)?;
    let new = inventory.add_targets(&list, &references)?;
    if arguments.again || arguments.retry_failed {
        inventory.reset_targets(&list, arguments.retry_failed)?;
    }
    ui.status(&format!("{} images, {new} of them new on the list", references.len()));
    let (sender, events) = channel();
    let bar = ui.progress("scanning".to_owned());
    let mut hits = Vec::new();
    let done = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let sender = sender;
            work(&location, &options, &Timestamp::now, &sender)
        });
        let told =
            events.iter().try_for_each(|event| tell(event, &mut inventory, hunt.as_ref(), &mut hits, arguments, ui));
        let worked = worker.join().unwrap_or(Err(FleetError::Worker));
        worked.map_err(Failure::from).and(told)
    });
    bar.finish_and_clear();
    done?;
    let counts = inventory.target_counts(&list)?;
    let failed = inventory.failed_targets(&list)?;
    if let Some(path) = &arguments.failures {
        Target::File(path.clone()).write::<io::Error>(|out| {
            failed.iter().try_for_each(|(reference, reason)| writeln!(out, "{reference} # {}", printable(reason)))
        })?;
    }
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            DataFormat::Text => {
                writeln!(out, "{} scanned, {} could not be", counts.done, counts.failed)?;
            }
            DataFormat::Json => write_json(out, &report(&list, counts, &failed, &hits))?,
        }
        Ok(())
    })?;
    Ok(if counts.failed > 0 && arguments.strict { exit::INCOMPLETE } else { exit::DONE })
}

/// No other process says the same of itself.
fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}-{}", host.trim(), std::process::id(), Timestamp::now().as_nanosecond())
}

/// The images that are meant.
fn references(arguments: &InventoryScanArguments, ui: &mut Ui) -> Result<Vec<String>, Failure> {
    let Some(place) = arguments.from.strip_prefix("registry:") else {
        if arguments.tag_glob.is_some() || arguments.newest.is_some() {
            return Err(Failure::usage("--tag-glob and --newest are for what a registry has"));
        }
        let path = Path::new(&arguments.from);
        return read_list(&input::text(path)?).map_err(|error| Failure::usage(format!("{}: {error}", path.display())));
    };
    let (host, prefix) = place.split_once('/').unwrap_or((place, ""));
    let host = host.parse()?;
    let choice = TagChoice::new(arguments.tag_glob.as_deref(), arguments.newest)?;
    let bar = ui.progress(format!("asking {host} what it has"));
    let found = of_registry(&host, prefix, &choice, &arguments.network.options());
    bar.finish_and_clear();
    Ok(found?)
}

/// Says what became of an image, and whether it has what is hunted for.
fn tell(
    event: Event,
    inventory: &mut Inventory,
    hunt: Option<&Query>,
    hits: &mut Vec<Hit>,
    arguments: &InventoryScanArguments,
    ui: &mut Ui,
) -> Result<(), Failure> {
    match event {
        Event::Scanned { reference, digest, artifacts, .. } => {
            ui.detail(&format!("{reference} is {digest}"));
            let Some(query) = hunt else { return Ok(()) };
            for artifact in artifacts {
                if let Some(hit) = hunt::hit(inventory, query, artifact)? {
                    if arguments.format == DataFormat::Text {
                        hunt::print(&hit)?;
                    }
                    hits.push(hit);
                }
            }
        }
        Event::Failed { reference, reason, again: false } => ui.error(&format!("{reference}: {reason}")),
        Event::Failed { reference, reason, .. } => ui.detail(&format!("{reference}: {reason}; it is tried again")),
        _ => {}
    }
    Ok(())
}

fn report(list: &str, counts: TargetCounts, failed: &[(String, String)], hits: &[Hit]) -> Value {
    let failed: Vec<Value> =
        failed.iter().map(|(reference, reason)| json!({ "reference": reference, "reason": reason })).collect();
    let hits: Vec<Value> =
        hits.iter().map(|hit| json!({ "artifact": hit.artifact, "components": hit.components })).collect();
    json!({
        "schema": "plimsoll.inventory.scan/1",
        "list": list,
        "done": counts.done,
        "failed": counts.failed,
        "failures": failed,
        "hits": hits,
    })
}

impl From<FleetError> for Failure {
    fn from(error: FleetError) -> Self {
        match error {
            FleetError::Inventory(error) => error.into(),
            FleetError::Registry(error) => error.into(),
            FleetError::List { .. } | FleetError::Pattern(_) => Self::usage(error.to_string()),
            error => Self::failed(error),
        }
    }
}
