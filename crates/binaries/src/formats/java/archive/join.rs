//! Edges between archives that lie in files of their own: the jars of a class path, and the plugins of a Jenkins.
//!
//! A class path has one version of an artifact, whatever versions the poms ask for. So a dependency leads to the archive
//! with its group and artifact: the version that is asked for, else the one beside the dependent, else the only one. A
//! Jenkins plugin names others by their short names alone (`Plugin-Dependencies: git:5.2.0;resolution:=optional`).

use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use serde::{Deserialize, Serialize};

use super::manifest::Manifest;

/// Archives of one name that are looked through; a registry mirror is no class path.
const MAX_NAMESAKES: usize = 64;

/// What a file leaves for the others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Open {
    /// Dependencies that lead out of the file.
    pub(super) wants: Vec<Want>,
    /// The short name of a Jenkins plugin.
    pub(super) plugin: Option<String>,
    /// The short names of the plugins that it needs, and whether it can do without.
    pub(super) plugins: Vec<(String, bool)>,
}

/// A dependency, and whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Want {
    pub(super) from: (String, String),
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) optional: bool,
}

impl Open {
    /// Takes what the manifest of a Jenkins plugin says.
    pub(super) fn plugin(&mut self, manifest: &Manifest) {
        self.plugin = manifest.get("short-name").map(str::to_owned);
        let needs = manifest.get("plugin-dependencies").unwrap_or_default().split(',');
        let needs = needs.map(str::trim).filter(|need| !need.is_empty()).map(|need| {
            let name = need.split([':', ';']).next().unwrap_or(need).trim();
            (name.to_owned(), need.contains("resolution:=optional"))
        });
        self.plugins = needs.collect();
    }

    /// Keeps it, when there is something to keep.
    pub(super) fn keep(&self, out: &mut Sink<'_>) {
        let empty = self.wants.is_empty() && self.plugin.is_none();
        if let Ok(bytes) = serde_json::to_vec(self)
            && !empty
        {
            out.keep(bytes);
        }
    }
}

/// An archive that others may need.
struct Target {
    at: Handle,
    version: Option<Box<str>>,
    directory: Vec<u8>,
}

/// Joins the files.
pub(super) fn join(files: &mut Resolver<'_>) {
    let mut by_name: HashMap<(String, String), Vec<Target>> = HashMap::new();
    let mut opens: Vec<(FileHandle, Open)> = Vec::new();
    for file in files.files() {
        if let Ok(open) = serde_json::from_slice::<Open>(&files.take_kept(file)) {
            opens.push((file, open));
        }
        let directory = files.path(file).map(|path| path.parent().to_vec()).unwrap_or_default();
        for (at, component) in files.components(file) {
            let Some(name) = component.group.as_deref().map(|group| (group.to_owned(), component.name.to_string()))
            else {
                continue;
            };
            let targets = by_name.entry(name).or_default();
            if targets.len() < MAX_NAMESAKES {
                targets.push(Target { at, version: component.version.clone(), directory: directory.clone() });
            }
        }
    }
    let plugins: HashMap<String, Handle> = opens
        .iter()
        .filter_map(|(file, open)| Some((open.plugin.clone()?, files.components(*file).next()?.0)))
        .collect();
    for (file, open) in &opens {
        relate_wants(files, *file, &open.wants, &by_name);
        let Some(from) = files.components(*file).next().map(|(at, _)| at) else { continue };
        for (name, optional) in &open.plugins {
            if let Some(&to) = plugins.get(name) {
                files.relate(from, to, RelationshipKind::DependsOn, scope(*optional));
            }
        }
    }
}

fn relate_wants(
    files: &mut Resolver<'_>,
    file: FileHandle,
    wants: &[Want],
    by_name: &HashMap<(String, String), Vec<Target>>,
) {
    let Some(directory) = files.path(file).map(|path| path.parent().to_vec()) else { return };
    let mut own: HashMap<(String, String), Handle> = HashMap::new();
    for (at, component) in files.components(file) {
        let group = component.group.as_deref().unwrap_or_default();
        own.entry((group.to_owned(), component.name.to_string())).or_insert(at);
    }
    for want in wants {
        let Some(&from) = own.get(&want.from) else { continue };
        let Some(targets) = by_name.get(&(want.group.clone(), want.artifact.clone())) else { continue };
        let exact =
            targets.iter().find(|one| want.version.is_some() && one.version.as_deref() == want.version.as_deref());
        let beside = || targets.iter().find(|one| one.directory == directory);
        let first = targets.first();
        let only = || first.filter(|first| targets.iter().all(|one| one.version == first.version));
        if let Some(to) = exact.or_else(beside).or_else(only) {
            files.relate(from, to.at, RelationshipKind::DependsOn, scope(want.optional));
        }
    }
}

fn scope(optional: bool) -> Scope {
    if optional { Scope::Optional } else { Scope::Runtime }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_and_what_they_need() {
        let mut open = Open::default();
        open.plugin(&Manifest::parse(
            b"Short-Name: git\nPlugin-Dependencies: scm-api:676.v, mailer:448.v;resolution:=optional,\n",
        ));
        assert_eq!(open.plugin.as_deref(), Some("git"));
        assert_eq!(open.plugins, [("scm-api".to_owned(), false), ("mailer".to_owned(), true)]);
    }
}
