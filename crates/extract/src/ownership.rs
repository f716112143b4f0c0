//! Files that belong to packages of the operating system, and the components found in them.

use std::collections::{HashMap, HashSet};

use plimsoll_model::{
    Component, ComponentIndex, ComponentKind, GraphBuilder, Purl, RelationshipKind, Scope, Technique,
};

use crate::facts::{Facts, Paths};
use crate::rank::Signatures;

/// The property of a system package that names what signatures found in its files.
const SIGNATURE: &str = "plimsoll:classifier:found";

/// The paths that packages own, as their databases list them.
#[derive(Default)]
pub(crate) struct Ownership {
    lists: Vec<List>,
}

struct List {
    owner: ComponentIndex,
    /// The root of the file system that the paths start from; empty, or ends with `/`.
    root: Vec<u8>,
    /// NUL after each.
    paths: Vec<u8>,
}

impl Ownership {
    pub(crate) fn add(&mut self, facts: &Facts, places: &[ComponentIndex]) {
        for (owner, Paths(paths)) in &facts.owned {
            if let Some(&owner) = places.get(owner.0 as usize) {
                self.lists.push(List { owner, root: facts.root.clone(), paths: paths.clone() });
            }
        }
    }

    /// The package of the system that owns each of these files.
    pub(crate) fn owners(&self, files: &HashSet<&[u8]>, builder: &GraphBuilder) -> Vec<(Vec<u8>, ComponentIndex)> {
        let mut found = Vec::new();
        for list in self.lists.iter().filter(|list| builder.get(list.owner).is_some_and(is_of_system)) {
            for path in list.paths.split(|&byte| byte == 0).filter(|path| !path.is_empty()) {
                let spelt = spellings(&list.root, path).filter(|path| files.contains(path.as_slice()));
                found.extend(spelt.map(|path| (path, list.owner)));
            }
        }
        found
    }

    #[cfg(test)]
    pub(crate) fn of_test(lists: Vec<(ComponentIndex, Vec<u8>)>) -> Self {
        let list = |(owner, paths)| List { owner, root: Vec::new(), paths };
        Self { lists: lists.into_iter().map(list).collect() }
    }

    /// Every owned path, in each spelling.
    pub(crate) fn paths(&self) -> HashSet<Vec<u8>> {
        let split = |list: &List| -> Vec<Vec<u8>> {
            let paths = list.paths.split(|&byte| byte == 0).filter(|path| !path.is_empty());
            paths.flat_map(|path| spellings(&list.root, path)).collect()
        };
        self.lists.iter().flat_map(split).collect()
    }

    /// Links each component to the package that owns a file which shows it. With `exclude`, drops those all of whose
    /// files are owned. Always drops a system package that only notes in owned files name: the owner is that package,
    /// or was built from the same source (a note names the source package). So is what only signatures found in owned
    /// files: the package answers for it, and a property of the package keeps it.
    pub(crate) fn apply(&self, builder: &mut GraphBuilder, exclude: bool, signatures: &Signatures) {
        if self.lists.is_empty() {
            return;
        }
        let owners: HashSet<ComponentIndex> = self.lists.iter().map(|list| list.owner).collect();
        let mut shown_by: HashMap<Vec<u8>, Vec<ComponentIndex>> = HashMap::new();
        let mut files_of: HashMap<ComponentIndex, usize> = HashMap::new();
        for (at, component) in builder.components() {
            // The distribution is no content of the package that ships its os-release.
            if owners.contains(&at) || component.kind == ComponentKind::OperatingSystem {
                continue;
            }
            // Whose document claims a component says nothing about whose it is, once it was found elsewhere.
            let found = component.evidence.iter().any(|evidence| evidence.technique != Technique::Attestation);
            let evidence = component.evidence.iter();
            let telling = evidence.filter(|held| !found || held.technique != Technique::Attestation);
            let mut files: Vec<&[u8]> = telling.map(|evidence| outermost(evidence.file.as_bytes())).collect();
            files.sort_unstable();
            files.dedup();
            files_of.insert(at, files.len());
            for file in files {
                shown_by.entry(file.to_vec()).or_default().push(at);
            }
        }
        let mut owned: Vec<(ComponentIndex, ComponentIndex)> = Vec::new();
        let mut owned_files: HashMap<ComponentIndex, HashSet<&[u8]>> = HashMap::new();
        for list in &self.lists {
            let by_system = builder.get(list.owner).is_some_and(is_of_system);
            for path in list.paths.split(|&byte| byte == 0).filter(|path| !path.is_empty()) {
                for candidate in spellings(&list.root, path) {
                    let Some((file, components)) = shown_by.get_key_value(&candidate) else { continue };
                    for &component in components {
                        owned.push((list.owner, component));
                        if by_system {
                            owned_files.entry(component).or_default().insert(file);
                        }
                    }
                }
            }
        }
        let fully_owned =
            |at: ComponentIndex| owned_files.get(&at).is_some_and(|owned| files_of.get(&at) == Some(&owned.len()));
        let signed: HashSet<ComponentIndex> =
            builder.components().filter(|(_, component)| signatures.alone_show(component)).map(|(at, _)| at).collect();
        for (owner, component) in owned {
            builder.relate(owner, component, RelationshipKind::Contains, Scope::Unspecified);
            if signed.contains(&component) && fully_owned(component) {
                keep_signature(builder, owner, component);
            }
        }
        let mut noted = signed;
        noted.extend(builder.components().filter(|(_, component)| is_noted(component)).map(|(at, _)| at));
        builder.drop_components(|at| (exclude || noted.contains(&at)) && fully_owned(at));
    }
}

/// Notes at the owner what a signature found in its files.
fn keep_signature(builder: &mut GraphBuilder, owner: ComponentIndex, component: ComponentIndex) {
    let Some(purl) = builder.get(component).and_then(|component| component.purl.as_ref()).map(ToString::to_string)
    else {
        return;
    };
    let Some(owner) = builder.get_mut(owner) else { return };
    let property = (SIGNATURE.into(), purl.into_boxed_str());
    if !owner.properties.contains(&property) {
        owner.properties.push(property);
    }
}

/// Whether what this component owns belongs to the operating system. An environment, which is no package, and a package
/// of one own files too.
fn is_of_system(owner: &Component) -> bool {
    owner.purl.as_ref().is_some_and(|purl| purl.kind() != "conda")
}

/// Whether a component is a system package that no package database names, or a program or library that only its own
/// bytes name (a kernel, one of its modules): what a package owns is better known by the name of that package.
fn is_noted(component: &Component) -> bool {
    let kind = component.purl.as_ref().map(Purl::kind);
    let named_by_file = match component.kind {
        ComponentKind::MachineLearningModel => false,
        _ => matches!(kind, Some("deb" | "rpm" | "apk" | "alpm" | "opkg" | "generic")),
    };
    named_by_file && component.evidence.iter().all(|evidence| evidence.technique == Technique::BinaryAnalysis)
}

/// The file that holds an archive member.
fn outermost(path: &[u8]) -> &[u8] {
    memchr::memmem::find(path, b"!/").and_then(|at| path.get(..at)).unwrap_or(path)
}

/// How a path from a package database may be spelt in the file system: as it is and, where `/bin`, `/sbin` and `/lib*`
/// are links into `/usr` (merged /usr), with or without `usr/`.
fn spellings(root: &[u8], path: &[u8]) -> impl Iterator<Item = Vec<u8>> + use<> {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let merged = [&b"bin/"[..], b"sbin/", b"lib/", b"lib32/", b"lib64/", b"libx32/"];
    let other = match path.strip_prefix(b"usr/") {
        Some(rest) if merged.iter().any(|directory| rest.starts_with(directory)) => Some(rest.to_vec()),
        None if merged.iter().any(|directory| path.starts_with(directory)) => Some([&b"usr/"[..], path].concat()),
        _ => None,
    };
    let root = root.to_vec();
    std::iter::once(path.to_vec()).chain(other).map(move |path| [root.as_slice(), &path].concat())
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Confidence, Evidence, ExtractorId, SourcePath};

    use super::*;

    #[test]
    fn a_note_in_an_owned_file_adds_no_package() {
        let seen = |name: &str, file: &str, technique| {
            let mut component = Component::from_purl(Purl::new("deb", name, "1").unwrap());
            component.evidence.push(Evidence {
                file: SourcePath::new(file).unwrap(),
                layer: None,
                span: None,
                technique,
                confidence: Confidence::STATED,
                extractor: ExtractorId::new("test/test"),
            });
            component
        };
        let mut builder = GraphBuilder::default();
        let owner = builder.add(seen("libsystemd0", "var/lib/dpkg/status", Technique::ManifestAnalysis));
        builder.add(seen("systemd", "usr/lib/libsystemd.so.0", Technique::BinaryAnalysis));
        builder.add(seen("other", "opt/program", Technique::BinaryAnalysis));
        let mut kernel = seen("x", "usr/lib/libsystemd.so.0", Technique::BinaryAnalysis);
        kernel.purl = Purl::new("generic", "linux-kernel", "6.1").ok();
        builder.add(kernel);
        let list = List { owner, root: Vec::new(), paths: b"/usr/lib/libsystemd.so.0\0".to_vec() };
        Ownership { lists: vec![list] }.apply(&mut builder, false, &Signatures::default());
        let names: Vec<String> = builder.finish().components().map(|(_, found)| found.name.to_string()).collect();
        assert_eq!(names, ["libsystemd0", "other"]);
    }

    #[test]
    fn what_a_signature_finds_in_an_owned_file_is_its_package() {
        let seen = |purl: Purl, files: &[&str], extractor| {
            let mut component = Component::from_purl(purl);
            component.evidence.extend(files.iter().map(|file| Evidence {
                file: SourcePath::new(file).unwrap(),
                layer: None,
                span: None,
                technique: Technique::BinaryAnalysis,
                confidence: Confidence::HIGH,
                extractor,
            }));
            component
        };
        let signature = ExtractorId::new("test/signature");
        let mut builder = GraphBuilder::default();
        let status = ExtractorId::new("test/status");
        let owner = builder.add(seen(Purl::new("deb", "curl", "8.0-1").unwrap(), &["var/lib/dpkg/status"], status));
        builder.add(seen(Purl::new("generic", "curl", "8.0").unwrap(), &["usr/bin/curl"], signature));
        builder.add(seen(Purl::new("generic", "zlib", "1.3").unwrap(), &["usr/bin/curl", "opt/other"], signature));
        let list = List { owner, root: Vec::new(), paths: b"/usr/bin/curl\0".to_vec() };
        Ownership { lists: vec![list] }.apply(&mut builder, false, &Signatures::new([signature]));
        let graph = builder.finish();
        let names: Vec<&str> = graph.components().map(|(_, found)| &*found.name).collect();
        assert_eq!(names, ["curl", "zlib"]);
        let (_, package) = graph.components().next().unwrap();
        assert_eq!(package.properties, [(SIGNATURE.into(), "pkg:generic/curl@8.0".into())]);
    }

    #[test]
    fn spellings_follow_merged_usr() {
        let all: Vec<_> = spellings(b"rootfs/", b"/lib/x").collect();
        assert_eq!(all, [b"rootfs/lib/x".to_vec(), b"rootfs/usr/lib/x".to_vec()]);
        assert_eq!(spellings(b"", b"./usr/share/x").collect::<Vec<_>>(), [b"usr/share/x".to_vec()]);
        assert_eq!(outermost(b"a.war!/b.jar!/c"), b"a.war");
    }
}
