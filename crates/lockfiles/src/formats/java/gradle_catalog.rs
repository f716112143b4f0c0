//! Gradle version catalogs: `gradle/libs.versions.toml` and its siblings, format versions 1.0 and 1.1.
//! <https://docs.gradle.org/current/userguide/version_catalogs.html>
//!
//! A catalog lists what builds may use, not what they use; each library with its version is a component all the same,
//! since build scripts are programs that cannot be read. A plugin is found by its marker artifact
//! (`id:id.gradle.plugin`, <https://docs.gradle.org/current/userguide/plugins.html#sec:plugin_markers>) and is for
//! building only. In a rich version `strictly` holds over `require`, that over `prefer`.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use syntax::toml::{self, Table, Value};

use crate::maven::{self, Artifact, Version};

/// Reads version catalogs.
pub(crate) struct GradleCatalog;

impl Extractor for GradleCatalog {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/gradle-catalog")
    }

    fn about(&self) -> About {
        About {
            title: "Gradle version catalogs 1.0 and 1.1",
            specification: "https://docs.gradle.org/current/userguide/version_catalogs.html",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".versions.toml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let (document, fault) = toml::parse_partial(&text.text, file.budget().limits());
        let root = document.root();
        let versions = root.table("versions").into_iter().flat_map(Table::iter);
        let versions: Versions<'_> = versions.map(|(name, value)| (normal(name), value)).collect();
        for (alias, value) in root.table("libraries").into_iter().flat_map(Table::iter) {
            library(alias, value, &versions, out);
        }
        for (alias, value) in root.table("plugins").into_iter().flat_map(Table::iter) {
            plugin(alias, value, &versions, out);
        }
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// The `[versions]` by normal name.
type Versions<'d> = HashMap<String, Value<'d>>;

/// `-`, `_` and `.` are one in names.
fn normal(name: &str) -> String {
    name.replace(['-', '_'], ".")
}

fn library<'d>(alias: &str, value: Value<'d>, versions: &Versions<'d>, out: &mut Sink<'_>) {
    let line = value.line();
    let found = match (value.as_str(), value.as_table()) {
        (Some(short), _) => {
            let mut parts = short.splitn(3, ':');
            let (group, name, version) = (parts.next(), parts.next(), parts.next());
            group.zip(name).map(|(group, name)| (group, name, text(version.unwrap_or_default())))
        }
        (None, Some(table)) => {
            let module = table.get_str("module").and_then(|module| module.split_once(':'));
            let name = module.or_else(|| table.get_str("group").zip(table.get_str("name")));
            name.map(|(group, name)| (group, name, stated(table.get("version"), versions)))
        }
        (None, None) => None,
    };
    let Some((group, name, version)) = found else {
        return out.malformed_entry(line, format!("library {alias} names no module"));
    };
    emit(alias, Artifact::jar(group.trim(), name.trim()), version, Scope::Unspecified, line, out);
}

fn plugin<'d>(alias: &str, value: Value<'d>, versions: &Versions<'d>, out: &mut Sink<'_>) {
    let line = value.line();
    let found = match (value.as_str(), value.as_table()) {
        (Some(short), _) => short.split_once(':').map(|(id, version)| (id, text(version))),
        (None, Some(table)) => table.get_str("id").map(|id| (id, stated(table.get("version"), versions))),
        (None, None) => None,
    };
    let Some((id, version)) = found else {
        return out.malformed_entry(line, format!("plugin {alias} has no id"));
    };
    let id = id.trim();
    emit(alias, Artifact::jar(id, &format!("{id}.gradle.plugin")), version, Scope::Build, line, out);
}

fn emit(alias: &str, artifact: Artifact<'_>, version: Version<'_>, scope: Scope, line: u32, out: &mut Sink<'_>) {
    let Some(component) = maven::library(artifact, version, line, out) else { return };
    match version {
        Version::Exact(_) => {}
        Version::Range(range) => {
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{alias} is not pinned: {range}"))
        }
        Version::Unknown => {
            out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, line, format!("the version of {alias} is not known"));
        }
    }
    out.component(Component { scope, ..component }, line);
}

/// The version that a library or plugin states: a text, a rich version, or a reference to one.
fn stated<'d>(value: Option<Value<'d>>, versions: &Versions<'d>) -> Version<'d> {
    let reference = value.and_then(Value::as_table).and_then(|table| table.get_str("ref"));
    match reference {
        Some(name) => rich(versions.get(&normal(name)).copied()),
        None => rich(value),
    }
}

fn rich(value: Option<Value<'_>>) -> Version<'_> {
    let Some(value) = value else { return Version::Unknown };
    let Some(table) = value.as_table() else { return text(value.as_str().unwrap_or_default()) };
    let parts = ["strictly", "require", "prefer"].iter().filter_map(|part| table.get_str(part));
    parts.map(text).find(|version| *version != Version::Unknown).unwrap_or(Version::Unknown)
}

/// Short for strict and preferred: `[1.0,2.0[!!1.5`.
fn text(text: &str) -> Version<'_> {
    Version::read(text.split_once("!!").map_or(text, |(strict, _)| strict))
}
