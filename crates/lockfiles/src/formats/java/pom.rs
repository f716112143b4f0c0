//! Maven's `pom.xml`, model version 4.0.0 and 4.1.0. <https://maven.apache.org/ref/3.9.9/maven-model/maven.html>
//!
//! A pom says little by itself: versions come from properties, parents and imported platforms. The effective model is
//! worked out offline from what the source holds: parents by `relativePath` or by name, platforms by name, also from
//! the `.pom` files of a local repository (`~/.m2/repository`). Such files only help to read others; a `.pom` outside of
//! the layout of a repository is a project like any other.
//!
//! - The project has a purl: unlike in other ecosystems its name is that of a registry, and modules need each other by it.
//! - `test` is [`Scope::Dev`]. `provided` and `system` are [`Scope::Build`], as they are not part of the result.
//!   `optional` is [`Scope::Optional`]. All dependencies of a pom below `src/it` or `src/test` are `Dev`.
//! - `.mvn/maven.config` may define properties, `-Drevision=1.0`, which hold over those of poms.
//! - A version that stays unknown is left out, never written as `${…}`.
//! - Build plugins, and dependencies of profiles that are off by default, are not read. Nor is what the dependencies
//!   need themselves: that takes a repository.

mod effective;
mod emit;
mod management;
mod model;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use effective::{Poms, Properties};
use emit::Emitter;
use model::Pom;

/// Options of Maven's command line that hold for a whole build (<https://maven.apache.org/configure.html>).
const CONFIG: &str = ".mvn/maven.config";

/// Reads Maven projects.
pub(crate) struct MavenPom;

impl Extractor for MavenPom {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/pom")
    }

    fn about(&self) -> About {
        About {
            title: "Maven pom.xml, with parents and platforms found in the source",
            specification: "https://maven.apache.org/ref/3.9.9/maven-model/maven.html",
            facts: &[Fact::Edges, Fact::Scope, Fact::License, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix("pom.xml"), Interest::Suffix(".pom"), Interest::Path(CONFIG)]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        if is_config(file.path()) {
            let kept = serde_json::to_vec(&definitions(&text.text));
            out.keep(kept.map_err(|error| ExtractError::malformed(error.to_string()))?);
            return Ok(());
        }
        let (root, fault) = syntax::xml::parse_partial(&text.text, file.budget().limits());
        if let Some(project) = root.filter(|root| root.name() == "project") {
            let model = serde_json::to_vec(&Pom::read(&project));
            out.keep(model.map_err(|error| ExtractError::malformed(error.to_string()))?);
        } else if fault.is_none() {
            return Err(ExtractError::malformed("no <project> element"));
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut handles = Vec::new();
        let mut poms = Vec::new();
        let mut configs = HashMap::new();
        for file in files.files() {
            let kept = files.take_kept(file);
            let Some(path) = files.path(file).cloned() else { continue };
            if is_config(&path) {
                let directory = path.parent().strip_suffix(b".mvn").unwrap_or_default();
                let directory = directory.strip_suffix(b"/").unwrap_or(directory).to_vec();
                configs.insert(directory, serde_json::from_slice(&kept).unwrap_or_default());
            } else if let Ok(pom) = serde_json::from_slice::<Pom>(&kept) {
                handles.push(file);
                poms.push((path, pom));
            }
        }
        let poms = Poms::new(poms, configs);
        let mut emitter = Emitter::new(&poms);
        for (at, file) in handles.into_iter().enumerate() {
            if let Some(mut sink) = files.sink(file) {
                emitter.emit(at, &mut sink);
            }
        }
    }
}

fn is_config(path: &SourcePath) -> bool {
    path.name() == b"maven.config"
}

/// The properties that options define: `-Dname=value`.
fn definitions(text: &str) -> Properties {
    let options = text.split_whitespace().filter_map(|option| option.strip_prefix("-D")?.split_once('='));
    options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
