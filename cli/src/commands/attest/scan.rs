//! The SBOM that is made here and now.

use std::ffi::OsString;
use std::path::Path;

use plimsoll_attest::PredicateType;
use plimsoll_sbom::Format;
use plimsoll_scan::{Identity, Scan, ScanOptions};

use super::predicate::{Predicate, allow, json};
use crate::args::AttestArguments;
use crate::commands::signing::Subject;
use crate::commands::time;
use crate::failure::Failure;
use crate::output::Ui;
use crate::source::Named;

/// How the SBOM is written: what is stated under that type.
const FORMAT: &str = "cyclonedx-json";

/// Scans the one subject. An image is scanned by the digest that is signed, whatever its tag points to by then.
pub(super) fn scan(
    arguments: &AttestArguments,
    subjects: &[Subject],
    offline: bool,
    ui: &mut Ui,
) -> Result<Predicate, Failure> {
    let [subject] = subjects else {
        return Err(Failure::usage("--scan makes the SBOM of one artifact: name one"));
    };
    let source: OsString = match (subject.image(), subject.path()) {
        (Some(image), _) if image.is_index() => {
            return Err(Failure::usage(format!("{} is several images, for several platforms", subject.name))
                .hint("name one of them by its digest: plimsoll referrers lists them"));
        }
        (Some(image), _) => format!("registry:{}", image.pinned()).into(),
        (None, Some(path)) => path.into(),
        (None, None) => return Err(Failure::usage("a digest cannot be scanned: name the file or image")),
    };
    let identity = Identity { timestamp: time::timestamp(None)?, ..Identity::default() };
    let options = ScanOptions { identity, ..ScanOptions::default() };
    let opened = Named::parse(&source, offline)?.open(&arguments.network, &options, ui)?;
    let progress = ui.progress(format!("scanning {}", subject.name));
    let scans = opened.scan(&options);
    progress.finish_and_clear();
    let scans: Vec<Scan> = scans?;
    let [one] = scans.as_slice() else {
        return Err(Failure::usage(format!("{} is not one thing to scan", subject.name)));
    };
    ui.diagnostics(&one.document.diagnostics);
    let mut allowed = Vec::new();
    if one.document.is_incomplete() {
        let what = "it says that it is incomplete";
        allow(&subject.name, what, arguments.allow_incomplete, ui)?;
        allowed.push(what);
    }
    let format = Format::parse(FORMAT).map_err(|error| Failure::usage(error.to_string()))?;
    let mut bytes = Vec::new();
    format.write_observation(&one.document, &mut bytes).map_err(Failure::failed)?;
    let known = PredicateType::parse("cyclonedx").ok_or_else(|| Failure::usage("no such type"))?;
    Ok(Predicate { uri: known.uri().to_owned(), value: json(Path::new(FORMAT), &bytes)?, allowed })
}
