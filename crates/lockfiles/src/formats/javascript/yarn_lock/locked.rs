//! What both forms of the lock file come to, and how it becomes components.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::npm::{self, Origin};
use serde::{Deserialize, Serialize};

use crate::npm_package::{Missing, NpmPackage, manifest_in, member, project};

/// An entry.
pub(super) struct Entry<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Option<Cow<'a, str>>,
    pub(super) identity: Identity,
    pub(super) integrity: Option<Cow<'a, str>>,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) line: u32,
    pub(super) needs: Vec<Need<'a>>,
    pub(super) descriptors: Vec<Cow<'a, str>>,
}

/// Whose package an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// It is fetched; its purl gets this qualifier, and the component this reference and digest.
    Package { git: Option<String>, url: Option<String>, sha1: Option<Digest> },
    /// A directory or archive beside the project, or one of unknown origin.
    Local,
    /// A member of the project, in this directory below that of the lock file.
    Workspace(String),
}

/// A dependency: what it is called, and the descriptor to look for.
pub(super) struct Need<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) descriptor: String,
    pub(super) optional: bool,
}

/// What [`super::projects`] needs to know of a lock file; positions are those of its components.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Descriptors and what they lead to.
    pub(super) descriptors: Vec<(String, usize)>,
    /// For each component, what it needs, and whether that is optional; nothing for workspaces.
    pub(super) needs: Vec<Vec<(usize, bool)>>,
    /// Workspaces; only Berry lists them.
    pub(super) workspaces: Vec<Workspace>,
}

/// A workspace of a lock file of Berry.
#[derive(Serialize, Deserialize)]
pub(super) struct Workspace {
    /// Its component.
    pub(super) at: usize,
    /// Its directory, relative to the lock file.
    pub(super) directory: String,
    /// What it needs, by the name it uses.
    pub(super) needs: Vec<(String, usize)>,
}

impl Identity {
    pub(super) fn package(origin: Origin<'_>) -> Self {
        match origin {
            Origin::Registry => Self::Package { git: None, url: None, sha1: None },
            Origin::Git(url) => Self::Package { git: Some(url.into_owned()), url: None, sha1: None },
            Origin::Archive { url, sha1 } => Self::Package { git: None, url: Some(url.to_owned()), sha1 },
            Origin::Path(_) => Self::Local,
            Origin::Workspace(path) => Self::Workspace(path.to_owned()),
        }
    }
}

/// Finds entries by descriptor, or by name when only one entry has it: `resolutions` change what is locked but not
/// what dependents ask for.
pub(super) struct Index<'a> {
    by_descriptor: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, Option<usize>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(descriptors: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let mut index = Self { by_descriptor: HashMap::new(), by_name: HashMap::new() };
        for (descriptor, at) in descriptors {
            let (name, _) = npm::split_descriptor(descriptor);
            index.by_descriptor.insert(descriptor, at);
            let only = index.by_name.entry(name).or_insert(Some(at));
            if *only != Some(at) {
                *only = None;
            }
        }
        index
    }

    pub(super) fn find(&self, name: &str, descriptor: &str) -> Option<usize> {
        self.by_descriptor.get(descriptor).copied().or_else(|| self.by_name.get(name).copied().flatten())
    }
}

/// Emits the components, and the edges between them but for those of workspaces, whose scopes are not known yet.
pub(super) fn emit(file: &File<'_>, entries: &[Entry<'_>], out: &mut Sink<'_>) {
    let mut placed: Vec<(&Entry<'_>, ComponentRef)> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(component) = component(file, entry, out) {
            placed.push((entry, component));
        }
    }
    let descriptors = placed
        .iter()
        .enumerate()
        .flat_map(|(at, (entry, _))| entry.descriptors.iter().map(move |descriptor| (descriptor.as_ref(), at)));
    let index = Index::new(descriptors.clone());
    let mut kept =
        Kept { descriptors: descriptors.map(|(text, at)| (text.to_owned(), at)).collect(), ..Kept::default() };
    let mut missing = Missing::default();
    for (at, (entry, from)) in placed.iter().enumerate() {
        let mut found = Vec::with_capacity(entry.needs.len());
        for need in &entry.needs {
            let target = index.find(&need.name, &need.descriptor).and_then(|to| Some((to, placed.get(to)?.1)));
            match target {
                Some((to, component)) => found.push((need, to, component)),
                None if need.optional => {}
                None => missing.add(entry.line, &entry.name, &need.descriptor),
            }
        }
        if let Identity::Workspace(directory) = &entry.identity {
            let needs = found.iter().map(|(need, to, _)| (need.name.to_string(), *to)).collect();
            kept.workspaces.push(Workspace { at, directory: directory.clone(), needs });
            kept.needs.push(Vec::new());
            continue;
        }
        kept.needs.push(found.iter().map(|(need, to, _)| (*to, need.optional)).collect());
        for (need, _, to) in found {
            out.depends(*from, to, if need.optional { Scope::Optional } else { Scope::Runtime });
        }
    }
    missing.report(out);
    out.keep(serde_json::to_vec(&kept).unwrap_or_default());
}

fn component(file: &File<'_>, entry: &Entry<'_>, out: &mut Sink<'_>) -> Option<ComponentRef> {
    let name: &str = &entry.name;
    let version = entry.version.as_deref();
    let mut component = match &entry.identity {
        Identity::Package { git, url, sha1 } => {
            let origin = match (git, url) {
                (Some(git), _) => Origin::Git(git.as_str().into()),
                (None, Some(url)) => Origin::Archive { url, sha1: sha1.clone() },
                (None, None) => Origin::Registry,
            };
            let integrity = entry.integrity.as_deref();
            let package = NpmPackage { name, version, origin, integrity, scope: Scope::Unspecified };
            package.component(out, entry.line)?
        }
        identity => {
            let made = match identity {
                Identity::Workspace(directory) if directory == "." => {
                    project(name, None, manifest_in(file.path(), "."))
                }
                Identity::Workspace(directory) => member(name, None, manifest_in(file.path(), directory)),
                _ => member(name, version, None),
            };
            if made.is_none() {
                out.malformed_entry(entry.line, format!("entry left out: {name:?} is not the name of a package"));
            }
            made?
        }
    };
    for (name, value) in &entry.properties {
        component.properties.push(((*name).into(), value.as_str().into()));
    }
    Some(match component.kind {
        ComponentKind::Application => out.project(component, entry.line),
        _ => out.component(component, entry.line),
    })
}
