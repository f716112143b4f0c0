//! Artifacts that have what somebody hunts for, told as soon as they are known.

use std::io;

use plimsoll_inventory::{ArtifactId, Inventory, Page, Query};
use plimsoll_model::printable;

use super::select;
use crate::failure::Failure;
use crate::output::Target;

/// An artifact that has what is hunted for.
pub(super) struct Hit {
    pub(super) artifact: String,
    pub(super) components: Vec<String>,
}

/// What is hunted for.
pub(super) fn question(text: &str) -> Result<Query, Failure> {
    Query::parse(text, None).map_err(|error| Failure::usage(format!("--hunt: {error}")))
}

/// Whether a question is true of one artifact.
pub(super) fn hit(inventory: &mut Inventory, query: &Query, artifact: ArtifactId) -> Result<Option<Hit>, Failure> {
    let summary = inventory.artifact(&artifact.into())?.summary;
    let named = Query::Artifact(globset::escape(&summary.name));
    let query = Query::All(vec![query.clone(), named]);
    let mut page = Page::default();
    loop {
        let answer = inventory.find(&query, page)?;
        if let Some(row) = answer.rows.into_iter().find(|row| row.artifact.id == artifact) {
            return Ok(Some(Hit { artifact: select::shown(&row.artifact), components: row.components }));
        }
        match answer.next {
            Some(next) => page.after = Some(next),
            None => return Ok(None),
        }
    }
}

/// Says it at once.
pub(super) fn print(hit: &Hit) -> io::Result<()> {
    let line = format!("{}: {}", hit.artifact, hit.components.join(", "));
    Target::Stdout.write::<io::Error>(|out| writeln!(out, "{}", printable(&line)))
}
