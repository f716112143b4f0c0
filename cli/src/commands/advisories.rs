//! `plimsoll advisories`.

mod import;
mod show;
mod status;
pub(super) mod store;
mod update;

use jiff::Timestamp;
use plimsoll_advisory::{Snapshot, SnapshotBuilder};
use serde_json::json;

use crate::args::{AdvisoriesCommand, AdvisoriesExportArguments, DataFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(command: &AdvisoriesCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        AdvisoriesCommand::Update(arguments) => update::run(arguments, offline, ui),
        AdvisoriesCommand::Import(arguments) => import::run(arguments, ui),
        AdvisoriesCommand::Export(arguments) => export(arguments, ui),
        AdvisoriesCommand::Add(arguments) => import::add(arguments, ui),
        AdvisoriesCommand::Show(arguments) => show::run(arguments),
        AdvisoriesCommand::Status(arguments) => status::run(arguments, ui),
    }
}

fn export(arguments: &AdvisoriesExportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let snapshot = store::open(&arguments.store)?;
    // What is damaged is not passed on.
    snapshot.verify().map_err(Failure::failed)?;
    let mut file = std::fs::File::open(snapshot.path())?;
    Target::File(arguments.output.clone()).write(|out| std::io::copy(&mut file, out).map(drop))?;
    ui.status(&format!(
        "{} advisories in {}, {}",
        snapshot.advisories(),
        arguments.output.display(),
        snapshot.digest()
    ));
    Ok(exit::DONE)
}

/// What a command that changes advisories did.
#[derive(Debug, Default)]
struct Changes {
    read: u64,
    refused: u64,
    exploited: u64,
    probabilities: u64,
}

/// Writes the advisories and says what is there now.
fn write(
    builder: &SnapshotBuilder,
    path: &std::path::Path,
    changes: &Changes,
    format: DataFormat,
    ui: &mut Ui,
) -> Result<(), Failure> {
    builder.write_file(path, made(builder)?).map_err(Failure::failed)?;
    // What was written is opened as an audit will open it.
    let snapshot = Snapshot::open(path).map_err(Failure::failed)?;
    report(&snapshot, changes, format, ui)
}

/// When a snapshot is said to be made: `SOURCE_DATE_EPOCH`, else the newest moment it tells of, so that the same advisories are the
/// same bytes.
fn made(builder: &SnapshotBuilder) -> Result<Timestamp, Failure> {
    let set = super::time::timestamp(None)?.and_then(|time| time.as_str().parse().ok());
    Ok(set.or_else(|| builder.as_of()).unwrap_or_default())
}

fn report(snapshot: &Snapshot, changes: &Changes, format: DataFormat, ui: &mut Ui) -> Result<(), Failure> {
    match format {
        DataFormat::Text => {
            let refused = match changes.refused {
                0 => String::new(),
                count => format!(", {count} refused"),
            };
            ui.status(&format!(
                "{} records read{refused}; {} advisories in {}, {}",
                changes.read,
                snapshot.advisories(),
                snapshot.path().display(),
                snapshot.digest()
            ));
            Ok(())
        }
        DataFormat::Json => Target::Stdout.write(|out| {
            let report = json!({
                "schema": "plimsoll.advisories.import/1", "read": changes.read, "refused": changes.refused,
                "exploited": changes.exploited, "probabilities": changes.probabilities,
                "advisories": snapshot.advisories(), "digest": snapshot.digest().to_string(),
            });
            Ok::<(), Failure>(write_json(out, &report)?)
        }),
    }
}
