//! Builders that somebody brings along and the delegator of slsa-github-generator runs ("BYOB"): the delegator signs, and the
//! document names the builder. Provenance v1, and v0.2 in the first releases.
//! <https://github.com/slsa-framework/slsa-github-generator/blob/main/BYOB.md>
//!
//! A builder may make a commit before it builds, as releases of Maven do. Then the source has no ref, and is another commit
//! than the one that started the build: it satisfies no expectation of a ref.

use plimsoll_attest::Provenance;

use super::Adapter;
use super::github::{Environment, same_ref};
use crate::provenance::{BuildView, SourceView};

pub(super) const ADAPTER: Adapter = Adapter {
    name: "slsa-github-generator delegated",
    build_types: &["https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0"],
    read,
};

fn read(view: &mut BuildView, provenance: &Provenance) -> Result<(), String> {
    let (source, definition, environment) = match provenance {
        Provenance::V1(v1) => {
            let built = v1.build_definition.resolved_dependencies.first().ok_or("it names no dependency")?;
            let source =
                SourceView::new(&built.uri, &built.digest, "/predicate/buildDefinition/resolvedDependencies/0");
            let environment = Environment::upper(
                Some(&v1.build_definition.internal_parameters),
                "/predicate/buildDefinition/internalParameters",
            );
            let (definition, workflow) = environment.workflow()?;
            view.workflow = Some(workflow);
            view.recognise("inputs");
            view.recognise("vars");
            (source, definition, environment)
        }
        Provenance::V02(v02) => {
            let config = &v02.invocation.config_source;
            let definition = SourceView::new(&config.uri, &config.digest, "/predicate/invocation/configSource");
            let built = v02.materials.first().ok_or("it names no material")?;
            let source = SourceView::new(&built.uri, &built.digest, "/predicate/materials/0");
            view.workflow = Some(config.entry_point.clone()).filter(|path| !path.is_empty());
            view.recognise("parameters");
            let environment =
                Environment::upper(v02.invocation.environment.as_object(), "/predicate/invocation/environment");
            (source, definition, environment)
        }
        _ => return Err("this type of build has provenance v1 or v0.2".into()),
    };
    same_ref(&definition, &source, true)?;
    environment.tell(view);
    view.branch = environment.branch(&source);
    view.state_source(&definition);
    if source.reference.is_some() {
        view.state_source(&source);
    }
    (view.source, view.definition) = (Some(source), Some(definition));
    Ok(())
}
