//! `plimsoll serve --admission`.

mod images;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_serve::{AdmissionOptions, AdmissionServer, OnError, UnknownKinds};
use serde_json::json;

use self::images::Images;
use super::{LINES, failure};
use crate::args::{OnErrorArgument, ServeArguments, UnknownKindsArgument};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// A webhook is for others: the API server is on another machine.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8443);
/// How often it is looked whether a file changed that decisions are made from.
const LOOK_EVERY: Duration = Duration::from_secs(5);

pub(super) fn run(arguments: &ServeArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    refuse(arguments)?;
    let given = &arguments.admission;
    let (Some(certificate), Some(key)) = (&given.tls_cert, &given.tls_key) else {
        return Err(Failure::usage("--admission needs --tls-cert and --tls-key"));
    };
    let images = Arc::new(Images::open(arguments, offline, ui)?);
    let mut options =
        AdmissionOptions::new(certificate.clone(), key.clone(), Arc::clone(&images) as _, Arc::new(Timestamp::now));
    options.listen = arguments.listen.unwrap_or(LISTEN);
    options.max_body = arguments.max_upload.unwrap_or(options.max_body);
    options.on_error = match given.on_error {
        OnErrorArgument::Deny => OnError::Deny,
        OnErrorArgument::Allow => OnError::Allow,
    };
    options.unknown_kinds = match given.unknown_kinds {
        UnknownKindsArgument::Warn => UnknownKinds::Warn,
        UnknownKindsArgument::Deny => UnknownKinds::Deny,
    };
    options.dry_run = given.dry_run;
    options.require_digest = given.require_digest;
    options.records = images.records();
    options.exempt_namespaces = given.exempt_namespace.iter().cloned().collect();
    options.review_timeout = Duration::from_secs(given.review_timeout);
    options.keep = Duration::from_secs(given.keep);
    options.keep_denied = Duration::from_secs(given.keep_denied);
    options.workers = usize::from(given.workers);
    options.queue = usize::from(given.queue);
    let (lines, log) = mpsc::sync_channel::<String>(LINES);
    let told = lines.clone();
    // A line is lost rather than a review held up.
    options.log = Arc::new(move |line| drop(lines.try_send(line.to_string())));
    let server = AdmissionServer::start(options).map_err(failure)?;
    let look = move || {
        loop {
            std::thread::sleep(LOOK_EVERY);
            let line = match images.look() {
                Ok(false) => continue,
                Ok(true) => json!({ "level": "info", "message": "policy, exceptions and advisories were read again" }),
                Err(reason) => {
                    let message = format!("what is decided by stays as it was: {reason}");
                    json!({ "level": "error", "message": message })
                }
            };
            drop(told.try_send(line.to_string()));
        }
    };
    let thread = std::thread::Builder::new().name("rules".to_owned()).spawn(look);
    drop(thread.map_err(|error| Failure::failed(anyhow::Error::new(error).context("cannot start threads")))?);
    Target::Stdout.write(|out| {
        writeln!(out, "{}", server.url())?;
        out.flush()
    })?;
    for line in log {
        ui.status(&line);
    }
    Ok(exit::DONE)
}

/// What makes no sense for more than one image.
fn refuse(arguments: &ServeArguments) -> Result<(), Failure> {
    let gather = &arguments.gather;
    let given = [
        ("--base-url", arguments.base_url.is_some()),
        ("--bundle", !gather.bundle.is_empty()),
        ("--sbom", !gather.sbom.is_empty()),
        ("--as", !gather.names.is_empty()),
        ("--at", gather.at.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::usage(format!("{flag} is not for --admission"))),
        None => Ok(()),
    }
}
