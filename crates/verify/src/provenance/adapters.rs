//! Types of build: what each calls its source, its workflow and its inputs.
//!
//! One file for each family of types, one line of registration, one folder of examples in `testdata/provenance/views`. What no
//! adapter knows stays usable: all its parameters are unknown, so that whoever verifies has to say what each of them may be.

mod buildkit;
mod cloud_build;
mod github;
mod github_container_based;
mod github_delegated;
mod github_generator;
mod github_workflow;
mod gitlab;
mod npm_cli;
mod plimsoll;
mod tekton;
mod witness;

use plimsoll_attest::Provenance;

use super::BuildView;

/// What knows a family of types of build.
pub(super) struct Adapter {
    /// Its name in reports.
    name: &'static str,
    /// The types. A `*` stands for anything without a slash.
    build_types: &'static [&'static str],
    /// Fills the view in. An error is a fragment: why this is not what the type promises.
    read: fn(&mut BuildView, &Provenance) -> Result<(), String>,
}

/// The first that fits is it.
const ADAPTERS: &[Adapter] = &[
    buildkit::ADAPTER,
    cloud_build::ADAPTER,
    github_container_based::ADAPTER,
    github_delegated::ADAPTER,
    github_generator::ADAPTER,
    github_workflow::ADAPTER,
    gitlab::PLATFORM,
    gitlab::RUNNER,
    npm_cli::ADAPTER,
    plimsoll::ADAPTER,
    tekton::ADAPTER,
    tekton::OLD,
    witness::ADAPTER,
];

pub(super) fn view(mut view: BuildView, provenance: &Provenance) -> Result<BuildView, String> {
    let fits = |pattern: &&str| match pattern.split_once('*') {
        Some((before, after)) => {
            let between = view.build_type.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            between.is_some_and(|between| !between.is_empty() && !between.contains('/'))
        }
        None => *pattern == view.build_type,
    };
    if let Some(adapter) = ADAPTERS.iter().find(|adapter| adapter.build_types.iter().any(&fits)) {
        view.adapter = Some(adapter.name);
        (adapter.read)(&mut view, provenance)?;
    }
    Ok(view)
}

#[cfg(test)]
mod tests;
