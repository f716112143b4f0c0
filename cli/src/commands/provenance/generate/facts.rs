//! What the flags say of the build, and where variables come from.

use std::collections::BTreeMap;

use plimsoll_attest::refuse_duplicates;
use plimsoll_model::Limits;
use plimsoll_provenance::generate::Stated;

use crate::args::BuildFacts;
use crate::failure::Failure;
use crate::input;

/// The environment, or what was recorded of one. It is asked for single variables, never for all.
pub(in crate::commands) struct Variables(Option<BTreeMap<String, String>>);

impl Variables {
    pub(in crate::commands) fn read(build: &BuildFacts) -> Result<Self, Failure> {
        let Some(path) = &build.env_file else { return Ok(Self(None)) };
        let bytes = input::bytes(path, &Limits::DEFAULT)?;
        // What the reader says could repeat a value.
        let bad = |_| Failure::usage(format!("{}: it is no JSON object of variables and their values", path.display()));
        refuse_duplicates(&bytes).map_err(bad)?;
        serde_json::from_slice(&bytes).map(|read| Self(Some(read))).map_err(bad)
    }

    /// The value of a variable that is set, not empty, and text.
    pub(in crate::commands) fn get(&self, name: &str) -> Option<String> {
        let found = match &self.0 {
            Some(recorded) => recorded.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        found.filter(|value| !value.is_empty())
    }

    /// Whether they are those of this process.
    pub(super) fn are_live(&self) -> bool {
        self.0.is_none()
    }
}

pub(super) fn stated(build: &BuildFacts) -> Stated {
    let mut stated = Stated::default();
    stated.source_uri.clone_from(&build.source_uri);
    stated.source_ref.clone_from(&build.source_ref);
    stated.source_digest.clone_from(&build.source_digest);
    stated.build_type.clone_from(&build.build_type);
    stated.builder_id.clone_from(&build.builder_id);
    stated.started_on.clone_from(&build.started_on);
    stated.finished_on.clone_from(&build.finished_on);
    stated
}
