//! Libraries that programs load by name, and the components that have them.
//!
//! An ELF file names the libraries that it needs (`DT_NEEDED`) or would load if they were there (`.note.dlopen`), and a
//! library names itself (`DT_SONAME`). Which package or program a file is of is known only when all formats have spoken
//! and packages have claimed their files. So extractors note the names, and the edges are made here, at the end.
//!
//! A file that a package of the system owns stands for that package; any other for the one component that it shows: its
//! program, or its only one. What two packages of the system need of each other, their database says; only what one
//! would load if it were there is added to that.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_model::{ComponentIndex, ComponentKind, GraphBuilder, RelationshipKind, Scope, SourcePath};

use crate::facts::Facts;
use crate::ownership::Ownership;

/// Files that provide one name and are looked at.
const MAX_PROVIDERS: usize = 16;

/// The names in one file.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Names {
    /// What the file can be loaded as.
    pub(crate) provided: Option<Box<str>>,
    /// What it needs, or would load.
    pub(crate) needed: BTreeMap<Box<str>, Scope>,
}

/// The names in all files.
#[derive(Default)]
pub(crate) struct Linkage {
    files: BTreeMap<SourcePath, Names>,
}

impl Linkage {
    pub(crate) fn add(&mut self, path: &SourcePath, facts: &mut Facts) {
        if let Some(names) = facts.names.take() {
            self.files.insert(path.clone(), *names);
        }
    }

    /// Relates the components of files to those of the libraries that they need.
    pub(crate) fn apply(&self, builder: &mut GraphBuilder, ownership: &Ownership) {
        if self.files.is_empty() {
            return;
        }
        let mut providers: HashMap<&str, Vec<&SourcePath>> = HashMap::new();
        for (path, names) in &self.files {
            let own = names.provided.as_deref().or_else(|| std::str::from_utf8(path.name()).ok());
            let Some(paths) = own.map(|own| providers.entry(own).or_default()) else { continue };
            if paths.len() < MAX_PROVIDERS {
                paths.push(path);
            }
        }
        let subjects = Subjects::new(self, builder, ownership);
        let mut edges: BTreeSet<(ComponentIndex, ComponentIndex, Scope)> = BTreeSet::new();
        for (path, names) in &self.files {
            let Some(from) = subjects.of(path) else { continue };
            for (name, &scope) in &names.needed {
                let Some(provider) = providers.get(&**name).and_then(|paths| nearest(path, paths)) else { continue };
                let Some(to) = subjects.of(provider) else { continue };
                let recorded = from.is_system && to.is_system && scope != Scope::Optional;
                if from.at != to.at && !recorded {
                    edges.insert((from.at, to.at, scope));
                }
            }
        }
        for (from, to, scope) in edges {
            builder.relate(from, to, RelationshipKind::DependsOn, scope);
        }
    }
}

/// Of several files with a library's name, the one in the directory of the file that needs it, else the first.
fn nearest<'p>(path: &SourcePath, providers: &[&'p SourcePath]) -> Option<&'p SourcePath> {
    let directory = |path: &SourcePath| path.as_bytes().len().saturating_sub(path.name().len());
    let start = path.as_bytes().get(..directory(path));
    let beside = |other: &&&SourcePath| other.as_bytes().get(..directory(other)) == start;
    providers.iter().find(beside).or_else(|| providers.first()).copied()
}

/// The component that a file stands for.
#[derive(Debug, Clone, Copy)]
struct Subject {
    at: ComponentIndex,
    is_system: bool,
}

struct Subjects {
    by_path: HashMap<Vec<u8>, Subject>,
}

impl Subjects {
    fn new(linkage: &Linkage, builder: &GraphBuilder, ownership: &Ownership) -> Self {
        let paths: HashSet<&[u8]> = linkage.files.keys().map(SourcePath::as_bytes).collect();
        let mut shown: HashMap<&[u8], Vec<ComponentIndex>> = HashMap::new();
        for (at, component) in builder.components() {
            let files: BTreeSet<&[u8]> = component.evidence.iter().map(|evidence| evidence.file.as_bytes()).collect();
            for file in files {
                if let Some(path) = paths.get(file) {
                    shown.entry(path).or_default().push(at);
                }
            }
        }
        let mut by_path: HashMap<Vec<u8>, Subject> = HashMap::new();
        for (path, components) in shown {
            if let Some(at) = main(&components, builder) {
                by_path.insert(path.to_vec(), Subject { at, is_system: false });
            }
        }
        for (path, owner) in ownership.owners(&paths, builder) {
            by_path.insert(path, Subject { at: owner, is_system: true });
        }
        Self { by_path }
    }

    fn of(&self, path: &SourcePath) -> Option<Subject> {
        self.by_path.get(path.as_bytes()).copied()
    }
}

/// The program among the components of a file, or its only component.
fn main(components: &[ComponentIndex], builder: &GraphBuilder) -> Option<ComponentIndex> {
    let is_program =
        |at: &&ComponentIndex| builder.get(**at).is_some_and(|held| held.kind == ComponentKind::Application);
    let mut programs = components.iter().filter(is_program);
    match (programs.next(), programs.next(), components) {
        (Some(&program), None, _) => Some(program),
        (None, _, [only]) => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Component, Confidence, Evidence, ExtractorId, Purl, Technique};

    use super::*;

    fn seen(purl: &str, file: &str, kind: ComponentKind) -> Component {
        let mut component = Component { kind, ..Component::from_purl(Purl::parse(purl).unwrap()) };
        component.evidence.push(Evidence {
            file: SourcePath::new(file).unwrap(),
            layer: None,
            span: None,
            technique: Technique::BinaryAnalysis,
            confidence: Confidence::STATED,
            extractor: ExtractorId::new("test/test"),
        });
        component
    }

    fn names(provided: &str, needed: &[(&str, Scope)]) -> Names {
        Names {
            provided: (!provided.is_empty()).then(|| provided.into()),
            needed: needed.iter().map(|(name, scope)| ((*name).into(), *scope)).collect(),
        }
    }

    fn edges(linkage: &Linkage, builder: &mut GraphBuilder, ownership: &Ownership) -> Vec<String> {
        linkage.apply(builder, ownership);
        let graph = std::mem::take(builder).finish();
        let name = |at| graph.get(at).map(|held| held.name.to_string()).unwrap_or_default();
        graph
            .relationships()
            .iter()
            .map(|edge| format!("{} {} {:?}", name(edge.from), name(edge.to), edge.scope))
            .collect()
    }

    #[test]
    fn programs_need_the_owners_of_their_libraries() {
        let mut builder = GraphBuilder::default();
        builder.add(seen("pkg:golang/example.com/app@v1", "opt/app", ComponentKind::Application));
        builder.add(seen("pkg:golang/example.com/dep@v1", "opt/app", ComponentKind::Library));
        builder.add(seen("pkg:generic/libfoo@2", "opt/libfoo.so.2.1", ComponentKind::Library));
        let libc = builder.add(seen("pkg:deb/debian/libc6@2.36", "status", ComponentKind::Library));
        let libm = builder.add(seen("pkg:deb/debian/libzstd1@1.5", "status", ComponentKind::Library));
        let ownership =
            Ownership::of_test(vec![(libc, b"/lib/libc.so.6\0".to_vec()), (libm, b"/usr/lib/libzstd.so.1\0".to_vec())]);
        let path = |text: &str| SourcePath::new(text).unwrap();
        let files = BTreeMap::from([
            (path("opt/app"), names("", &[("libc.so.6", Scope::Runtime), ("libfoo.so.2", Scope::Runtime)])),
            (path("opt/libfoo.so.2.1"), names("libfoo.so.2", &[("libgone.so", Scope::Runtime)])),
            (path("usr/lib/libc.so.6"), names("libc.so.6", &[("libzstd.so.1", Scope::Runtime)])),
            (path("usr/lib/libzstd.so.1"), names("libzstd.so.1", &[("libc.so.6", Scope::Optional)])),
        ]);
        let found = edges(&Linkage { files }, &mut builder, &ownership);
        assert_eq!(
            found,
            ["libzstd1 libc6 Optional", "example.com/app libc6 Runtime", "example.com/app libfoo Runtime"]
        );
    }
}
