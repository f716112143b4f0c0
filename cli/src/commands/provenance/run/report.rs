//! What is said of an observed build.

use plimsoll_provenance::observe::{Attempt, Build, Class};
use plimsoll_sbom::Format;

use crate::failure::Failure;
use crate::output::Ui;

/// Products and addresses that are shown.
const SHOWN: usize = 10;

/// What was seen, on a few lines.
pub(super) fn summary(build: &Build, ui: &mut Ui) {
    let counts = build.counts();
    let count = |class: Class| counts.get(&class).copied().unwrap_or_default();
    let files: Vec<String> = Class::ALL
        .into_iter()
        .filter(|class| count(*class) > 0)
        .map(|class| format!("{} {}", class.word(), count(class)))
        .collect();
    let total: u64 = counts.values().sum();
    ui.status(&format!("{} ({})", counted(total, "file"), files.join(", ")));
    let packages = u64::try_from(build.inventory.groups.len()).unwrap_or(u64::MAX);
    let started = counted(build.trace.executions, "program");
    ui.status(&format!("{}, {started} started", counted(packages, "package")));
    if let Some(commit) = &build.source.commit {
        let dirty =
            build.source.dirty.iter().filter(|path| build.trace.files.get(*path).is_some_and(|file| file.input));
        let dirty = match dirty.count() {
            0 => "as it is there".to_owned(),
            1 => "1 file that was read is not as it is there".to_owned(),
            many => format!("{many} files that were read are not as they are there"),
        };
        ui.status(&format!("source at commit {commit}, {dirty}"));
    }
    network(build, ui);
    for product in build.products.iter().take(SHOWN) {
        let digest = product.digest.get("sha256").map_or("", String::as_str);
        ui.status(&format!("product {} sha256:{digest}", product.name));
    }
    if build.products.len() > SHOWN {
        ui.status(&format!("… and {} more products", build.products.len().saturating_sub(SHOWN)));
    }
    let incomplete = build.incomplete();
    if incomplete.is_empty() {
        ui.status("the list of dependencies is complete: every file that was read is accounted for");
    } else {
        ui.warning(&format!("the list of dependencies is not complete: {}", incomplete.join("; ")));
        for (path, _) in build.inventory.in_class(&build.trace, Class::Other) {
            ui.detail(&format!("of no known origin: {}", build.places.shown(path)));
        }
    }
}

fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn network(build: &Build, ui: &mut Ui) {
    let mut addresses: Vec<String> = build
        .trace
        .network()
        .chain(build.trace.services())
        .map(|connection| {
            let failed = if matches!(connection.result, Attempt::Failed(_)) { " (failed)" } else { "" };
            format!("{}{failed}", connection.address)
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    let rest = addresses.len().saturating_sub(SHOWN);
    addresses.truncate(SHOWN);
    match (addresses.is_empty(), rest) {
        (true, _) => ui.status("no network"),
        (_, 0) => ui.status(&format!("network: {}", addresses.join(", "))),
        _ => ui.status(&format!("network: {} and {rest} more", addresses.join(", "))),
    }
}

/// The SBOM of what was read.
pub(super) fn bill(build: &Build) -> Result<Vec<u8>, Failure> {
    let format = Format::parse("cyclonedx-json").map_err(Failure::failed)?;
    let mut bytes = Vec::new();
    format.write_observation(&build.bill(), &mut bytes)?;
    Ok(bytes)
}
