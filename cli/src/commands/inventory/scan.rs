//! `plimsoll inventory scan`.

mod attached;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use plimsoll_fleet::{RegistryList, Scanner, SourceScanner, Terms, Watcher, Webhook, from_registry, from_text, work};
use plimsoll_inventory::{AnswerRow, Query, TargetOutcome};
use plimsoll_model::printable;
use plimsoll_sbom::Format;
use serde_json::{Value, json};

use self::attached::AttachedFirst;
use super::{open, words};
use crate::args::{DataFormat, InventoryScanArguments};
use crate::commands::{expected, scan};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

/// How long a server that is told of hits may take.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn run(arguments: &InventoryScanArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let network = arguments.network.options();
    let targets = match arguments.from.strip_prefix("registry:") {
        Some(_) if offline => return Err(Failure::usage("registry: needs the network, and --offline forbids it")),
        Some(place) => {
            let list = RegistryList {
                place: place.to_owned(),
                tag_glob: arguments.tag_glob.clone(),
                newest: arguments.newest,
            };
            from_registry(&list, &network).map_err(failed)?
        }
        None if arguments.tag_glob.is_some() || arguments.newest.is_some() => {
            return Err(Failure::usage("--tag-glob and --newest are for --from registry:HOST"));
        }
        None => from_text(&input::text(arguments.from.as_ref())?).map_err(|error| Failure::usage(error.to_string()))?,
    };
    if offline && targets.iter().any(|target| target.starts_with("registry:")) {
        return Err(Failure::usage("registry: needs the network, and --offline forbids it"));
    }
    let location = open::location(&arguments.store)?;
    let mut inventory = open::create(&location)?;
    let list = arguments.list.clone().unwrap_or_else(|| arguments.from.clone());
    let new = inventory.enlist(&list, &targets, arguments.again)?;
    let before = inventory.target_counts(&list)?;
    drop(inventory);
    ui.status(&format!("{}: {} targets, {new} of them new, {} done", printable(&list), before.all(), before.done));

    let options = scan::source_options(&arguments.source, arguments.limits.limits())?;
    let format: Format = Format::parse("cyclonedx-json").map_err(|error| Failure::usage(error.to_string()))?;
    let scanner = SourceScanner { network: network.clone(), options, format };
    let attached;
    let scanner: &dyn Scanner = if arguments.prefer_attached_sbom {
        let expected = expected::read(&arguments.expected, ui)?;
        if expected.names_nobody {
            let hint = "--identity and --issuer, or --key, say who has to have signed";
            return Err(Failure::usage("an attached SBOM is taken of somebody in particular").hint(hint));
        }
        attached = AttachedFirst { network, expected, scanner };
        &attached
    } else {
        &scanner
    };
    let terms = Terms {
        location,
        list,
        owner: owner()?,
        jobs: usize::from(arguments.jobs),
        term: SignedDuration::from_secs(arguments.lease),
        attempts: arguments.attempts,
        labels: words::labels(&arguments.labels)?,
        hunt: arguments.hunt.as_deref().map(hunted).transpose()?,
        limits: arguments.limits.limits(),
    };
    let progress = ui.progress(format!("scanning {}", printable(&terms.list)));
    let told = Told {
        hunt: arguments.hunt.clone().unwrap_or_default(),
        webhook: webhook(arguments)?,
        failures: Mutex::default(),
        untold: Mutex::default(),
        hits: Mutex::default(),
        lines: arguments.format == DataFormat::Text,
    };
    let counts = work(&terms, scanner, &told, &Timestamp::now).map_err(failed);
    progress.finish_and_clear();
    for reason in told.untold.into_inner().unwrap_or_else(PoisonError::into_inner) {
        ui.warning(&reason);
    }
    let failures = told.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (target, reason) in &failures {
        ui.error(&format!("{}: {}", printable(target), printable(reason)));
    }
    if let Some(path) = &arguments.failures {
        Target::File(path.clone()).write(|out| {
            failures
                .iter()
                .try_for_each(|(target, reason)| writeln!(out, "{} # {}", printable(target), printable(reason)))
        })?;
    }
    let counts = counts?;
    let hits = told.hits.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let DataFormat::Json = arguments.format {
        let failures: Vec<_> =
            failures.iter().map(|(reference, reason)| json!({ "reference": reference, "reason": reason })).collect();
        let report = json!({
            "schema": "plimsoll.inventory.scan/1",
            "list": terms.list,
            "done": counts.done,
            "failed": counts.failed,
            "failures": failures,
            "hits": hits,
        });
        Target::Stdout.write(|out| write_json(out, &report))?;
    }
    ui.status(&format!(
        "{} of {} scanned, {} failed, {} left",
        counts.done,
        counts.all(),
        counts.failed,
        counts.waiting.saturating_add(counts.leased)
    ));
    Ok(if counts.failed > 0 && arguments.strict { exit::INCOMPLETE } else { exit::DONE })
}

fn hunted(text: &str) -> Result<Query, Failure> {
    Query::parse(text, None).map_err(|error| Failure::usage(format!("--hunt: {error}")))
}

fn failed(error: plimsoll_fleet::FleetError) -> Failure {
    Failure::failed(anyhow::Error::new(error))
}

/// No two processes have one name: machine, process and time.
fn owner() -> Result<String, Failure> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Ok(format!("{}/{}/{}", host.trim(), std::process::id(), Timestamp::now().as_nanosecond()))
}

fn webhook(arguments: &InventoryScanArguments) -> Result<Option<Webhook>, Failure> {
    let Some(address) = &arguments.notify else { return Ok(None) };
    let key = arguments.notify_key.as_deref().map(|path| input::bytes(path, &arguments.limits.limits())).transpose()?;
    let webhook = Webhook::new(address, key.as_deref(), NOTIFY_TIMEOUT);
    webhook.map(Some).map_err(|error| Failure::usage(format!("--notify: {error}")))
}

/// Says what happens while it does.
struct Told {
    hunt: String,
    webhook: Option<Webhook>,
    failures: Mutex<BTreeMap<String, String>>,
    /// What a server could not be told.
    untold: Mutex<Vec<String>>,
    hits: Mutex<Vec<Value>>,
    /// Hits are printed as they are found.
    lines: bool,
}

impl Watcher for Told {
    fn finished(&self, target: &str, outcome: &TargetOutcome) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            TargetOutcome::Failed(reason) | TargetOutcome::Again(reason) => {
                failures.insert(target.to_owned(), reason.clone());
            }
            _ => {
                failures.remove(target);
            }
        }
    }

    fn hit(&self, target: &str, row: &AnswerRow) {
        let artifact = &row.artifact;
        let mut line = format!("{} {}", printable(target), printable(&artifact.digest));
        for component in &row.components {
            line.push(' ');
            line.push_str(&printable(component));
        }
        if self.lines {
            // Whoever reads along wants it now; that nobody does is no fault of the scan.
            let _ = Target::Stdout.write(|out| {
                writeln!(out, "{line}")?;
                out.flush()
            });
        }
        let hit = json!({ "artifact": target, "components": row.components });
        self.hits.lock().unwrap_or_else(PoisonError::into_inner).push(hit);
        let Some(webhook) = &self.webhook else { return };
        let message = json!({
            "schema": "plimsoll.hit/1",
            "query": self.hunt,
            "target": target,
            "artifact": { "name": artifact.name, "version": artifact.version, "digest": artifact.digest },
            "components": row.components,
        });
        if let Err(error) = webhook.send(message.to_string().as_bytes()) {
            self.untold.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
        }
    }
}
