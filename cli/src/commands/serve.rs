//! `plimsoll serve`.

use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use plimsoll_inventory::Location;
use plimsoll_serve::{Options, ServeError, Server};

use crate::args::ServeArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

pub(super) fn run(arguments: &ServeArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let (lines, log) = mpsc::sync_channel::<String>(1024);
    let mut options = Options::new(store(arguments.store.as_deref())?, Arc::new(Timestamp::now));
    options.listen = arguments.listen;
    options.base_url.clone_from(&arguments.base_url);
    options.max_upload = arguments.max_upload;
    // A line is lost rather than a request held up.
    options.log = Arc::new(move |line| drop(lines.try_send(line.to_string())));
    let server = Server::start(options).map_err(failure)?;
    Target::Stdout.write(|out| {
        writeln!(out, "{}", server.url())?;
        out.flush()
    })?;
    for line in log {
        ui.status(&line);
    }
    Ok(exit::DONE)
}

/// `--store`, else `PLIMSOLL_STORE`.
fn store(flag: Option<&str>) -> Result<Location, Failure> {
    match (flag, std::env::var("PLIMSOLL_STORE")) {
        (Some(text), _) => Ok(Location::parse(text)),
        (None, Ok(text)) if !text.is_empty() => Ok(Location::parse(&text)),
        _ => Err(Failure::usage("which inventory?").hint("name it with --store or PLIMSOLL_STORE")),
    }
}

fn failure(error: ServeError) -> Failure {
    let usage = error.is_usage();
    let failure = Failure::failed(error);
    if usage { Failure { code: exit::USAGE, ..failure } } else { failure }
}
