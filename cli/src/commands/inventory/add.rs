//! `plimsoll inventory add`.
//!
//! Three stages, each on a thread of its own: files are gathered, groups of them read on all processors, and batches written. What
//! is between them is bounded in bytes, so that memory does not grow with the number of files.

mod attest;
mod gather;
mod objects;
mod pipeline;
mod read;
mod report;
mod scanned;
mod sniff;
mod stream;
mod watch;

pub(super) use watch::run as watch;

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
    let limits = arguments.adding.limits.limits();
    let labels = words::labels(&arguments.adding.labels)?;
    let location = open::location(&arguments.adding.store)?;
    let report = if arguments.scan {
        if arguments.list.from_list.is_some() {
            return Err(Failure::usage("--scan takes sources and no list; `plimsoll inventory scan` takes a list"));
        }
        let mut inventory = open::create(&location)?;
        scanned::run(arguments, &labels, &limits, offline, &mut inventory, ui)?
    } else {
        let reader = Reader::new(&arguments.adding, labels, limits.clone(), ui)?;
        let gather = Gather::new(arguments, limits, offline)?;
        let mut inventory = open::create(&location)?;
        let pipeline = Pipeline { gather: &gather, reader: &reader, now: Timestamp::now(), tell: false };
        pipeline.run(&mut inventory, ui)?
    };
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
