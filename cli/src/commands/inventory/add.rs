//! `plimsoll inventory add`.
//!
//! Three stages, each on a thread of its own: files are gathered, groups of them read on all processors, and batches written. What
//! is between them is bounded in bytes, so that memory does not grow with the number of files.

mod gather;
mod pipeline;
mod read;
mod report;
mod sniff;
mod stream;

use jiff::Timestamp;

use self::gather::Gather;
use self::pipeline::Pipeline;
use self::read::Reader;
use super::{open, words};
use crate::args::{DataFormat, InventoryAddArguments};
use crate::commands::scan;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &InventoryAddArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    scan::threads(arguments.jobs)?;
    let limits = arguments.limits.limits();
    let reader = Reader::new(arguments, words::labels(&arguments.labels)?, limits.clone())?;
    let gather = Gather::new(arguments, limits, offline)?;
    let location = open::location(&arguments.store)?;
    let mut inventory = open::create(&location)?;
    let pipeline = Pipeline { gather: &gather, reader: &reader, now: Timestamp::now() };
    let report = pipeline.run(&mut inventory, ui)?;
    for unread in &report.unread {
        ui.error(&format!("{}: {}", unread.place, unread.reason));
    }
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => report::text(out, &report),
        DataFormat::Json => write_json(out, &report::json(&report, &location)),
    })?;
    Ok(match (report.named_unread, report.unread_count) {
        (true, _) => exit::FAILED,
        (false, 1..) if arguments.strict => exit::INCOMPLETE,
        _ => exit::DONE,
    })
}
