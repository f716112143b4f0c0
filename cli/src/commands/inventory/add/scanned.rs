//! Sources that are scanned and kept as seen by us.

use std::ffi::OsStr;

use jiff::Timestamp;
use plimsoll_inventory::{AddedState, Claim, Context, Intake, Inventory, Label};
use plimsoll_model::Limits;
use plimsoll_sbom::Format;
use plimsoll_scan::ScanOptions;

use super::report::Report;
use crate::args::InventoryAddArguments;
use crate::failure::Failure;
use crate::output::Ui;
use crate::source::Named;

/// Scans each source and adds what was found.
pub(super) fn run(
    arguments: &InventoryAddArguments,
    labels: &[Label],
    limits: &Limits,
    offline: bool,
    inventory: &mut Inventory,
    ui: &mut Ui,
) -> Result<Report, Failure> {
    let format = Format::parse("cyclonedx-json").map_err(Failure::failed)?;
    let options = ScanOptions { limits: limits.clone(), ..ScanOptions::default() };
    let mut report = Report::default();
    for source in &arguments.sources {
        let named = Named::parse(OsStr::new(source), offline)?;
        let opened = named.open(&arguments.network, &options, ui)?;
        let progress = ui.progress(format!("scanning {}", named.label()));
        let scans = opened.scan(&options);
        progress.finish_and_clear();
        for scan in scans? {
            ui.diagnostics(&scan.document.diagnostics);
            let mut bytes = Vec::new();
            format.write_observation(&scan.document, &mut bytes)?;
            let mut context = Context::default();
            context.claim = Claim::Observed;
            context.partial = scan.document.is_incomplete();
            context.labels = labels.to_vec();
            let intake = Intake::read(&bytes, &context, limits)?;
            for added in inventory.add(&[intake], Timestamp::now())? {
                let count = if added.state == AddedState::New { &mut report.added } else { &mut report.known };
                *count = count.saturating_add(1);
            }
        }
    }
    Ok(report)
}
