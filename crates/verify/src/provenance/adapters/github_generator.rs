//! The builders and generators of slsa-github-generator that write provenance v0.2: generic, Go and container.
//! <https://github.com/slsa-framework/slsa-github-generator>
//!
//! The environment is told in lower case (`github_event_name`). The first releases of the Go builder had other names for what
//! it builds.

use plimsoll_attest::Provenance;

use super::Adapter;
use super::github::{Environment, same_ref};
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "slsa-github-generator",
    build_types: &[
        "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "https://github.com/slsa-framework/slsa-github-generator/go@v1",
        "https://github.com/slsa-framework/slsa-github-generator/container@v1",
        "https://github.com/slsa-framework/slsa-github-generator-go@v1",
        "https://github.com/slsa-framework/slsa-github-generator@v1",
    ],
    read,
};

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V02(v02) = provenance else {
        return Err("this type of build has provenance v0.2".into());
    };
    let config = &v02.invocation.config_source;
    let definition = SourceView::new(&config.uri, &config.digest, "/predicate/invocation/configSource");
    let material = v02.materials.first().ok_or("it names no material")?;
    let source = SourceView::new(&material.uri, &material.digest, "/predicate/materials/0");
    same_ref(&definition, &source, false)?;
    view.workflow = Some(config.entry_point.clone()).filter(|path| !path.is_empty());
    let environment = Environment::lower(v02.invocation.environment.as_object(), "/predicate/invocation/environment");
    environment.tell(view);
    view.branch = environment.branch(&source);
    view.state_source(&source);
    view.recognise("parameters");
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}
