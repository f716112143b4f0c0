//! The container-based builder of slsa-github-generator: runs a command in an image that a file of the repository names.
//! <https://slsa.dev/container-based-build/v0.1?draft>
//!
//! Of the variables of the runner the numbers are written as numbers (`GITHUB_RUN_ID`).

use plimsoll_attest::Provenance;

use super::Adapter;
use super::github::{Environment, same_ref};
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter =
    Adapter { name: "container-based", build_types: &["https://slsa.dev/container-based-build/v0.1?draft"], read };

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let Provenance::V1(v1) = provenance else {
        return Err("this type of build has provenance v1".into());
    };
    let built = v1.build_definition.resolved_dependencies.first().ok_or("it names no dependency")?;
    let source = SourceView::new(&built.uri, &built.digest, "/predicate/buildDefinition/resolvedDependencies/0");
    let environment = Environment::upper(
        Some(&v1.build_definition.internal_parameters),
        "/predicate/buildDefinition/internalParameters",
    );
    let (definition, workflow) = environment.workflow()?;
    same_ref(&definition, &source, false)?;
    // The parameter says what the builder was told to fetch; it is the same as what was fetched.
    let told = view.parameters.iter().find(|parameter| parameter.path == "source.uri");
    if told.and_then(|told| told.value.as_str()) != Some(&built.uri) {
        return Err("its parameter source.uri is not what was built".into());
    }
    view.workflow = Some(workflow);
    environment.tell(view);
    view.branch = environment.branch(&source);
    view.state_source(&source);
    for path in ["source", "builderImage", "configPath", "buildConfig"] {
        view.recognise(path);
    }
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}
