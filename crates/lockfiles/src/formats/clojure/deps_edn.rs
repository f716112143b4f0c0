//! `deps.edn` of the Clojure CLI, and `bb.edn` of Babashka, which has the same form.
//! <https://clojure.org/reference/deps_edn>
//!
//! - `:deps` is what the project needs; `:extra-deps` and the like of an alias only count when the alias is chosen, so
//!   they are for development or building when its name says so, and optional otherwise.
//! - A library without a group has its own name for one. `lib$classifier` names a file with a classifier.
//! - A Git dependency is no published artifact: its package URL is that of the repository.
//! - What the dependencies need themselves is not in the file.

use plimsoll_extract::prelude::*;

use crate::clojure::{self, Library};
use crate::edn::{self, Form};
use crate::vcs;

/// Reads the dependencies of a Clojure project.
pub(crate) struct DepsEdn;

impl Extractor for DepsEdn {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("clojure/deps-edn")
    }

    fn about(&self) -> About {
        About {
            title: "Clojure deps.edn, Babashka bb.edn",
            specification: "https://clojure.org/reference/deps_edn",
            facts: &[Fact::Scope, Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("deps.edn"), Interest::Name("bb.edn")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (forms, fault) = edn::read(&text.text, file.budget().limits());
        match forms.first() {
            Some(root @ Form { value: edn::Value::Map(_), .. }) => {
                if let Some(needed) = root.get("deps") {
                    dependencies(needed, Scope::Runtime, file.path(), out);
                }
                for (name, alias) in root.get("aliases").into_iter().flat_map(Form::entries) {
                    let scope = clojure::scope_of(name.keyword().unwrap_or_default());
                    for kind in ["extra-deps", "deps", "replace-deps"] {
                        if let Some(needed) = alias.get(kind) {
                            dependencies(needed, scope, file.path(), out);
                        }
                    }
                }
            }
            Some(form) => return Err(ExtractError::malformed_at(form.line, "not a map")),
            None if fault.is_none() => return Err(ExtractError::malformed("not a map")),
            None => {}
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

fn dependencies(needed: &Form<'_>, scope: Scope, path: &SourcePath, out: &mut Sink<'_>) {
    for (name, coordinates) in needed.entries() {
        let Some(library) = name.symbol().and_then(Library::read) else {
            out.malformed_entry(name.line, "a dependency that is no symbol");
            continue;
        };
        let Some(component) = component(library, coordinates, name.line, path, out) else { continue };
        let at = out.component(Component { scope, ..component }, name.line);
        out.direct(at, scope);
    }
}

fn component(
    library: Library<'_>,
    coordinates: &Form<'_>,
    line: u32,
    path: &SourcePath,
    out: &mut Sink<'_>,
) -> Option<Component> {
    if let Some(root) = coordinates.text_of("local/root") {
        let location = path.sibling(format!("{root}/deps.edn"));
        let mut component = Component { location, ..Component::new(ComponentKind::Library, library.name) };
        component.group = Some(library.group.into());
        return Some(component);
    }
    let text = |names: &[&str]| names.iter().find_map(|name| coordinates.text_of(name));
    let commit = text(&["git/sha", "sha", "git/tag", "tag"]);
    let url = text(&["git/url"]);
    if let (Some(commit), true) = (commit, url.is_some() || coordinates.text_of("mvn/version").is_none()) {
        return git(library, url, commit, text(&["git/tag", "tag"]), line, out);
    }
    let version = coordinates.text_of("mvn/version").unwrap_or_default();
    clojure::component(library, version, line, out)
}

/// Without a URL the name tells it: `io.github.USER/REPO`.
fn git(
    library: Library<'_>,
    url: Option<&str>,
    commit: &str,
    tag: Option<&str>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let implied = || {
        let user = library.group.strip_prefix("io.github.").or(library.group.strip_prefix("com.github."))?;
        Some(format!("https://github.com/{user}/{}.git", library.name))
    };
    let Some(url) = url.map(str::to_owned).or_else(implied) else {
        out.malformed_entry(line, format!("{} has a commit but no repository", library.name));
        return None;
    };
    let mut component = Component::from_purl(out.purl(vcs::purl(&url, library.name, commit), line)?);
    component.references.push(vcs::reference(ReferenceKind::Vcs, vcs::git_url(&url, Some(commit))));
    component
        .properties
        .push(("plimsoll:clojure:library".into(), format!("{}/{}", library.group, library.name).into()));
    component.properties.extend(tag.map(|tag| ("plimsoll:git:tag".into(), tag.into())));
    Some(component)
}
