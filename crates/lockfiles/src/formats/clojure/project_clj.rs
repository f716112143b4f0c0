//! `project.clj` of Leiningen. <https://codeberg.org/leiningen/leiningen/src/branch/main/sample.project.clj>
//!
//! The file is a program. It is read, not run: what a form would compute stays unknown. `shadow-cljs.edn`, whose
//! dependencies have the same form, is read as well. Exclusions and what the dependencies need themselves are not kept.

use std::collections::{HashMap, HashSet};

use plimsoll_extract::prelude::*;

use crate::clojure::{self, Library};
use crate::edn::{self, Form, Value};
use crate::maven;

/// Reads the project file of Leiningen.
pub(crate) struct ProjectClj;

impl Extractor for ProjectClj {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("clojure/project-clj")
    }

    fn about(&self) -> About {
        About {
            title: "Leiningen project.clj, shadow-cljs.edn",
            specification: "https://codeberg.org/leiningen/leiningen/src/branch/main/sample.project.clj",
            facts: &[Fact::Scope, Fact::License, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("project.clj"), Interest::Name("shadow-cljs.edn")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (forms, fault) = edn::read(&text.text, file.budget().limits());
        let mut found = false;
        for form in &forms {
            match &form.value {
                Value::Map(items) => section(items, out),
                Value::List(items) if items.first().and_then(Form::symbol) == Some("defproject") => {
                    project(items, form.line, file.path(), out);
                }
                _ => continue,
            }
            found = true;
        }
        if !found && fault.is_none() {
            return Err(ExtractError::malformed("no defproject"));
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// What one project needs may be another beside it.
    fn resolve(&self, files: &mut Resolver<'_>) {
        let is_project = |component: &&Component| component.kind == ComponentKind::Application;
        let all = || files.files().flat_map(|file| files.components(file));
        let projects: HashSet<Purl> =
            all().map(|(_, held)| held).filter(is_project).filter_map(|held| held.purl.clone()).collect();
        let same = |held: &Component| held.purl.as_ref().is_some_and(|purl| projects.contains(purl));
        let needed: Vec<Handle> = all().filter(|(_, held)| same(held)).map(|(at, _)| at).collect();
        for at in needed {
            if let Some(component) = files.get_mut(at) {
                component.kind = ComponentKind::Application;
            }
        }
    }
}

fn project(items: &[Form<'_>], line: u32, path: &SourcePath, out: &mut Sink<'_>) {
    let options = match items.get(2) {
        Some(Form { value: Value::Keyword(_), .. }) => items.get(2..),
        _ => items.get(3..),
    };
    let options = options.unwrap_or_default();
    let option = |name: &str| edn::pairs(options).find(|(key, _)| key.keyword() == Some(name)).map(|(_, value)| value);
    if let Some(Library { group, name, .. }) = items.get(1).and_then(Form::symbol).and_then(Library::read) {
        let version = items.get(2).and_then(Form::text).unwrap_or_default();
        // The name is that of a registry, and projects beside each other need each other by it.
        let purl = Purl::builder("maven", name).namespace(group).version(version).build();
        let mut project = match purl.ok().filter(|_| maven::is_id(group) && maven::is_id(name)) {
            Some(purl) => Component { kind: ComponentKind::Application, ..Component::from_purl(purl) },
            None => Component { location: Some(path.clone()), ..Component::new(ComponentKind::Application, name) },
        };
        project.description = option("description").and_then(Form::text).map(Into::into);
        let licenses = option("license").into_iter().chain(option("licenses").into_iter().flat_map(Form::items));
        let names = licenses.filter_map(|license| license.text_of("name").or(license.text()));
        project.licenses = names.filter_map(License::declared).collect();
        if let Some(url) = option("url").and_then(Form::text) {
            let (kind, url) = (ReferenceKind::Website, url.into());
            project.references.push(ExternalReference { kind, url, hashes: Vec::new() });
        }
        out.project(project, line);
    }
    section(options, out);
}

/// The dependencies of a project, or of the whole of `shadow-cljs.edn`.
fn section(options: &[Form<'_>], out: &mut Sink<'_>) {
    let option = |name: &str| edn::pairs(options).find(|(key, _)| key.keyword() == Some(name)).map(|(_, value)| value);
    let managed: HashMap<&str, &str> = option("managed-dependencies")
        .into_iter()
        .flat_map(Form::items)
        .filter_map(|entry| Some((entry.items().first()?.symbol()?, entry.items().get(1)?.text()?)))
        .collect();
    for (key, scope) in [("dependencies", Scope::Runtime), ("plugins", Scope::Build), ("dev-dependencies", Scope::Dev)]
    {
        vectors(option(key), scope, &managed, out);
    }
    for (name, profile) in option("profiles").into_iter().flat_map(Form::entries) {
        let scope = clojure::scope_of(name.keyword().unwrap_or_default());
        vectors(profile.get("dependencies"), scope, &managed, out);
        vectors(profile.get("plugins"), Scope::Build.min(scope), &managed, out);
    }
}

/// `[[group/artifact "version" :scope "test"] …]`.
fn vectors(list: Option<&Form<'_>>, scope: Scope, managed: &HashMap<&str, &str>, out: &mut Sink<'_>) {
    for entry in list.into_iter().flat_map(Form::items) {
        let items = entry.items();
        let Some(name) = items.first().and_then(Form::symbol) else {
            out.malformed_entry(entry.line, "a dependency that is no vector with a symbol");
            continue;
        };
        let Some(mut library) = Library::read(name) else {
            out.malformed_entry(entry.line, format!("{name} names no library"));
            continue;
        };
        let own = items.get(1).and_then(Form::text);
        let options = if own.is_some() { items.get(2..) } else { items.get(1..) }.unwrap_or_default();
        let option = |name: &str| {
            edn::pairs(options).find(|(key, _)| key.keyword() == Some(name)).and_then(|(_, value)| value.text())
        };
        library.classifier = option("classifier").unwrap_or_default();
        let version = own.or_else(|| managed.get(name).copied()).unwrap_or_default();
        let scope = match option("scope") {
            Some("test") => Scope::Dev,
            Some("provided" | "system") => Scope::Build,
            _ => scope,
        };
        let Some(component) = clojure::component(library, version, entry.line, out) else { continue };
        let at = out.component(Component { scope, ..component }, entry.line);
        out.direct(at, scope);
    }
}
