//! `plimsoll inventory remove`.

use jiff::Timestamp;

use super::{open, select, words};
use crate::args::InventoryRemoveArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &InventoryRemoveArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let selection = &arguments.selection;
    let before = arguments.older_than.as_deref().map(|age| select::before(age, Timestamp::now())).transpose()?;
    if selection.artifacts.is_empty() && selection.name.is_none() && selection.with_label.is_empty() && before.is_none()
    {
        return Err(
            Failure::usage("name what to take out").hint("an ARTIFACT, or --name, --with-label or --older-than")
        );
    }
    let mut inventory = open::open(&open::location(&arguments.store)?)?;
    let found = select::artifacts(&mut inventory, selection, before)?;
    if arguments.dry_run {
        Target::Stdout.write::<Failure>(|out| {
            for artifact in &found {
                writeln!(out, "{}", plimsoll_model::printable(&select::shown(artifact)))?;
            }
            Ok(())
        })?;
        ui.status(&format!("{} would be taken out", words::artifacts(found.len() as u64)));
        return Ok(exit::DONE);
    }
    let removed = inventory.remove(&select::ids(&found))?;
    Target::Stdout.write::<Failure>(|out| {
        let documents = if removed.documents == 1 { "document" } else { "documents" };
        let artifacts = words::artifacts(removed.artifacts);
        writeln!(out, "{artifacts} and {} {documents} taken out", removed.documents)?;
        Ok(())
    })?;
    Ok(exit::DONE)
}
