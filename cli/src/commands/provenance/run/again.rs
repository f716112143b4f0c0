//! `--reproduce`: building again, and comparing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_provenance::observe::rebuild::{self, Difference};
use plimsoll_provenance::observe::{self, Build, Launch, Source};

use super::{failure, put};
use crate::args::ProvenanceRunArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui};

/// Copies of the source tree as it was before the build. They go when this does.
pub(super) struct Copies(Vec<PathBuf>);

impl Copies {
    pub(super) fn make(count: u32, source: &Source, environment: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let mut copies = Self(Vec::new());
        for number in 1..=count {
            let tree = std::env::temp_dir().join(format!("plimsoll-rebuild-{}-{number}", std::process::id()));
            // It must be ours, and new: other users may write to where it is.
            fs::create_dir(&tree)?;
            copies.0.push(tree.clone());
            rebuild::copy(source, &tree, environment).map_err(failure)?;
        }
        Ok(copies)
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        for tree in &self.0 {
            // What is left in a directory for temporary files harms nobody.
            drop(fs::remove_dir_all(tree));
        }
    }
}

pub(super) fn run(
    build: &Build,
    first: &Launch,
    copies: &Copies,
    arguments: &ProvenanceRunArguments,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let mut differences = Vec::new();
    for (number, tree) in (1..).zip(&copies.0) {
        let launch = rebuild::again(first, &build.places, tree, number);
        let trace = observe::trace(&launch).map_err(failure)?;
        if !trace.outcome.is_success() {
            ui.error(&format!("rebuild {number} ended with status {}", trace.outcome.status()));
        }
        differences.extend(rebuild::compare(&build.products, &build.places, tree, number));
    }
    for Difference { name, rebuild, then } in &differences {
        let then = then.as_ref().map_or("was not made".to_owned(), |then| format!("is sha256:{then}"));
        ui.error(&format!("{name} came out different: in rebuild {rebuild} it {then}"));
    }
    if !differences.is_empty() {
        return Ok(exit::NO);
    }
    if !copies.0.is_empty() {
        let times = if copies.0.len() == 1 { "once more".to_owned() } else { format!("{} times more", copies.0.len()) };
        ui.status(&format!("built {times}, elsewhere: the same"));
        if let Some(path) = &arguments.reproduce_output {
            let bytes = rebuild::statement(&build.products, Timestamp::now()).map_err(failure)?;
            put(&Target::File(path.clone()), &bytes)?;
        }
    }
    Ok(exit::DONE)
}
