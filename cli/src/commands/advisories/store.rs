//! Where advisories are kept.

use std::path::PathBuf;

use plimsoll_advisory::{Snapshot, SnapshotBuilder, SnapshotError};

use crate::args::AdvisoriesStore;
use crate::failure::Failure;

/// The file in a directory.
const FILE: &str = "advisories.plimsoll";

/// The file: `--advisories`, else `PLIMSOLL_ADVISORIES`, else below the data directory.
pub(in crate::commands) fn path(store: &AdvisoriesStore) -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = store.advisories.clone().or_else(|| set("PLIMSOLL_ADVISORIES")) {
        return Ok(if path.is_dir() { path.join(FILE) } else { path });
    }
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    let data = data.ok_or_else(|| {
        // Never the working directory, which may be somebody else's.
        Failure::usage("there is no place for advisories").hint("name one with --advisories or PLIMSOLL_ADVISORIES")
    })?;
    Ok(data.join("plimsoll").join(FILE))
}

/// Opens the advisories, which have to be there.
pub(in crate::commands) fn open(store: &AdvisoriesStore) -> Result<Snapshot, Failure> {
    Ok(Snapshot::open(path(store)?)?)
}

/// The file, and what is in it if there is one, to be added to.
pub(super) fn edit(store: &AdvisoriesStore, replace: bool) -> Result<(PathBuf, SnapshotBuilder), Failure> {
    let path = path(store)?;
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory)?;
    }
    let builder = match (replace, path.exists()) {
        (false, true) => SnapshotBuilder::from_snapshot(&Snapshot::open(&path)?)?,
        _ => SnapshotBuilder::new(),
    };
    Ok((path, builder))
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        let hint = match &error {
            SnapshotError::Open { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                "there are no advisories yet: `plimsoll advisories update` fetches them, `plimsoll advisories import` reads files"
            }
            SnapshotError::Damaged { .. } | SnapshotError::Schema { .. } => {
                "make it anew with `plimsoll advisories import --replace` or by deleting it and `plimsoll advisories update`"
            }
            _ => return Self::failed(error),
        };
        Self::failed(error).hint(hint)
    }
}
