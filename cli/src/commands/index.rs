//! `plimsoll index`.

use plimsoll_scan::{JarIndex, JarIndexBuilder, KeyLength, ScanOptions, index_jars};
use serde_json::json;

use super::scan::{bases, exclude};
use crate::args::{DataFormat, IndexBaseArguments, IndexCommand, IndexJarsArguments};
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};
use crate::source::Named;
use crate::{exit, input};

pub(super) fn run(command: &IndexCommand, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match command {
        IndexCommand::Base(arguments) => base(arguments, offline, ui),
        IndexCommand::Jars(arguments) => jars(arguments, offline, ui),
    }
}

fn base(arguments: &IndexBaseArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if arguments.name.is_some() && arguments.source.len() > 1 {
        return Err(Failure::usage("--name is for one image"));
    }
    let mut index = arguments.add_to.as_deref().map(bases).transpose()?.unwrap_or_default();
    let options = ScanOptions { platform: Some("all".to_owned()), ..Default::default() };
    for source in &arguments.source {
        let named = Named::parse(source, offline)?;
        let opened = named.open(&arguments.network, &options, ui)?;
        for source in opened.sources() {
            if !index.add(source.info(), arguments.name.as_deref()) {
                return Err(Failure::usage(format!("{} is no image with layers and a name", named.label())));
            }
        }
    }
    let target = Target::File(arguments.output.clone());
    target.write(|out| Ok::<(), Failure>(index.write(out)?))?;
    ui.status(&format!("{} base images in {}", index.len(), arguments.output.display()));
    Ok(exit::DONE)
}

fn jars(arguments: &IndexJarsArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.limits.limits();
    let options = ScanOptions { exclude: exclude(&arguments.exclude)?, limits: limits.clone(), ..Default::default() };
    let mut builder = JarIndexBuilder::default();
    let (mut passed_over, mut incomplete) = (0_u64, 0_u64);
    for source in &arguments.source {
        let named = Named::parse(source, offline)?;
        let opened = named.open(&arguments.network, &options, ui)?;
        let progress = ui.progress(format!("hashing {}", named.label()));
        let indexed = index_jars(opened.sources(), &options, &mut builder);
        progress.finish_and_clear();
        let indexed = indexed?;
        ui.diagnostics(&indexed.diagnostics);
        passed_over = passed_over.saturating_add(indexed.passed_over);
        let lost = indexed.diagnostics.iter().filter(|held| held.is_incomplete()).count();
        incomplete = incomplete.saturating_add(lost as u64);
    }
    for path in &arguments.table {
        let bytes = input::bytes(path, &limits)?;
        let text = String::from_utf8_lossy(&bytes);
        builder.add_table(&text).map_err(|error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        })?;
    }
    let keys = if arguments.short_keys { KeyLength::Short } else { KeyLength::Whole };
    let target = Target::File(arguments.output.clone());
    target.write(|out| Ok::<(), Failure>(builder.write(keys, out)?))?;
    // What was written is opened as a scan will open it.
    let index = JarIndex::open(&arguments.output).map_err(Failure::failed)?;
    match arguments.format {
        DataFormat::Text => {
            let ambiguous = match builder.ambiguous() {
                0 => String::new(),
                count => format!(", {count} under a second name"),
            };
            let place = arguments.output.display();
            ui.status(&format!(
                "{} jars in {place}{ambiguous}, {passed_over} passed over, {}",
                index.len(),
                index.digest()
            ));
        }
        DataFormat::Json => Target::Stdout.write(|out| {
            let report = json!({
                "schema": "plimsoll.index.jars/1", "jars": index.len(), "ambiguous": builder.ambiguous(),
                "passedOver": passed_over, "unread": incomplete, "digest": index.digest().to_string(),
            });
            Ok::<(), Failure>(write_json(out, &report)?)
        })?,
    }
    // A jar that could not be read is one that scans will not find here, as any other that is not in the index.
    Ok(exit::DONE)
}
