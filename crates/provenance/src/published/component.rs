//! What an SBOM says about the components whose provenance is looked for.
//!
//! A component is asked about by its package URL; its digests bind the answer to it. Where the SBOM lists several files of one
//! component (wheels and a source distribution), each has its own digests. What cannot be asked about is listed with the
//! reason, so that the parts add up to the whole.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Digest, DigestAlgorithm, Purl};
use plimsoll_sbom::Document;
use plimsoll_sbom::document::{Element, Hash, Reference};
use plimsoll_verify::Repository;

use super::repository::stated;

/// A component to ask about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Dependency {
    /// Its package URL, with a version.
    pub purl: Purl,
    /// The digests that the SBOM states for it.
    pub digests: Vec<Digest>,
    /// Files that it may have come as, with the digests that the SBOM states for each.
    pub files: Vec<DependencyFile>,
    /// The repository that the SBOM says it was built from.
    pub repository: Option<Repository>,
}

/// A file that a component may have come as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DependencyFile {
    /// Its name, when a URL says it.
    pub name: Option<String>,
    /// Its digests.
    pub digests: Vec<Digest>,
}

impl Dependency {
    /// What the SBOM says about the file of this name or, where it names none, about the component.
    pub(crate) fn sha256(&self) -> BTreeSet<&Digest> {
        let files = self.files.iter().flat_map(|file| &file.digests);
        self.digests.iter().chain(files).filter(|digest| digest.algorithm() == DigestAlgorithm::Sha256).collect()
    }

    /// The purl without version, qualifiers and subpath, but with the repository that it names: what a package is called
    /// from one version to the next.
    #[must_use]
    pub fn package(&self) -> String {
        let purl = &self.purl;
        let mut builder = Purl::builder(purl.kind(), purl.name());
        if let Some(namespace) = purl.namespace() {
            builder = builder.namespace(namespace);
        }
        if let Some(repository) = purl.qualifier("repository_url") {
            builder = builder.qualifier("repository_url", repository);
        }
        builder.build().map_or_else(|_| purl.to_string(), |purl| purl.to_string())
    }
}

/// A component that is not asked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its package URL or, without one, its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What a document lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DependencyList {
    /// Its components, the one that it is about not counted, each once.
    pub components: usize,
    /// Those that have a package URL with a version, sorted.
    pub dependencies: Vec<Dependency>,
    /// The others, sorted.
    pub left_out: Vec<LeftOut>,
}

/// Lists the components of a document, but for the one that it is about.
#[must_use]
pub fn dependencies(document: &Document) -> DependencyList {
    let roots: BTreeSet<_> = document.roots.iter().copied().collect();
    let (mut found, mut left_out) = (BTreeMap::<String, Vec<Dependency>>::new(), BTreeSet::new());
    for (_, element) in document.components().filter(|(at, _)| !roots.contains(at)) {
        match of_element(element) {
            Ok(dependency) => {
                let same = found.entry(dependency.purl.to_string()).or_default();
                merge(same, dependency);
            }
            Err(left) => {
                left_out.insert(left);
            }
        }
    }
    let dependencies: Vec<Dependency> = found.into_values().flatten().collect();
    let components = dependencies.len().saturating_add(left_out.len());
    DependencyList { components, dependencies, left_out: left_out.into_iter().collect() }
}

/// One component that is listed twice is one. With other digests it is another thing of the same name, which a reader has to
/// see; without digests it adds nothing.
fn merge(same: &mut Vec<Dependency>, dependency: Dependency) {
    let empty = |one: &Dependency| one.digests.is_empty() && one.files.is_empty();
    if let Some(held) = same.iter_mut().find(|held| {
        empty(held) || empty(&dependency) || (held.digests == dependency.digests && held.files == dependency.files)
    }) {
        if empty(held) {
            held.digests = dependency.digests;
            held.files = dependency.files;
        }
        held.repository = held.repository.take().or(dependency.repository);
        return;
    }
    same.push(dependency);
    same.sort();
}

fn of_element(element: &Element) -> Result<Dependency, LeftOut> {
    let Some(text) = element.purls.first() else {
        let version = element.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        let name = format!("{}{version}", element.full_name());
        return Err(LeftOut { name, reason: "it has no package URL".into() });
    };
    let left = |reason: String| LeftOut { name: text.clone(), reason };
    let purl = Purl::parse(text).map_err(|error| left(error.to_string()))?;
    let purl = match (purl.version(), &element.version) {
        (None, Some(version)) => {
            with_version(&purl, version).ok_or_else(|| left("its version cannot be used".into()))?
        }
        (None, None) => return Err(left("it has no version".into())),
        _ => purl,
    };
    let mut digests = digests(&element.hashes);
    if let Some(checksum) = purl.qualifier("checksum") {
        digests.extend(checksum.split(',').filter_map(|text| Digest::from_prefixed(text).ok()));
    }
    sort(&mut digests);
    let mut files: Vec<DependencyFile> = element.references.iter().filter_map(file).collect();
    files.sort();
    files.dedup();
    Ok(Dependency { purl, digests, files, repository: repository(&element.references) })
}

fn with_version(purl: &Purl, version: &str) -> Option<Purl> {
    let mut builder = Purl::builder(purl.kind(), purl.name()).version(version);
    if let Some(namespace) = purl.namespace() {
        builder = builder.namespace(namespace);
    }
    for (key, value) in purl.qualifiers() {
        builder = builder.qualifier(key, value);
    }
    builder.build().ok()
}

fn digests(hashes: &[Hash]) -> Vec<Digest> {
    let read = |hash: &Hash| {
        let algorithm = DigestAlgorithm::from_name(&hash.algorithm)?;
        Digest::from_hex(algorithm, &hash.value).ok()
    };
    hashes.iter().filter_map(read).collect()
}

fn sort(digests: &mut Vec<Digest>) {
    digests.sort();
    digests.dedup();
}

/// A file that a reference points at.
fn file(reference: &Reference) -> Option<DependencyFile> {
    if !matches!(reference.kind.as_str(), "distribution" | "source-distribution") {
        return None;
    }
    let mut digests = digests(&reference.hashes);
    sort(&mut digests);
    // A file of which only the digest is known is named by a purl.
    let name = if reference.url.starts_with("pkg:") { None } else { file_name(&reference.url) };
    (name.is_some() || !digests.is_empty()).then_some(DependencyFile { name, digests })
}

/// The last part of the path of a URL, decoded.
fn file_name(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split(['?', '#']).next()?;
    let (_, name) = path.rsplit_once('/')?;
    let name = name.replace("%2B", "+").replace("%2b", "+").replace("%21", "!");
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    (name.contains('.') && name.len() <= 512 && name.bytes().all(plain)).then_some(name)
}

fn repository(references: &[Reference]) -> Option<Repository> {
    let of_kind = |kind: &str| {
        references.iter().filter(|reference| reference.kind == kind).find_map(|reference| stated(&reference.url))
    };
    of_kind("vcs")
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;

    fn list(components: &str) -> DependencyList {
        let text = format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
                "metadata":{{"component":{{"type":"application","name":"app","version":"1","purl":"pkg:npm/app@1"}}}},
                "components":[{components}]}}"#
        );
        let parsed = plimsoll_sbom::open(text.as_bytes(), &Limits::DEFAULT).unwrap();
        dependencies(&plimsoll_sbom::map::document(&parsed))
    }

    #[test]
    fn all_that_binds_is_read() {
        let hex = "ab".repeat(32);
        let found = list(&format!(
            r#"{{"type":"library","name":"rfc8785","version":"0.1.2","purl":"pkg:pypi/rfc8785@0.1.2",
                "hashes":[{{"alg":"SHA-256","content":"{hex}"}},{{"alg":"MD5","content":"{0}"}}],
                "externalReferences":[
                  {{"type":"vcs","url":"git+https://github.com/trailofbits/rfc8785.py.git"}},
                  {{"type":"distribution","url":"https://files.example/x/rfc8785-0.1.2-py3-none-any.whl#sha256=1",
                    "hashes":[{{"alg":"SHA-256","content":"{hex}"}}]}}]}}"#,
            "00".repeat(16)
        ));
        let [one] = found.dependencies.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.digests.len(), 2);
        assert_eq!(one.files[0].name.as_deref(), Some("rfc8785-0.1.2-py3-none-any.whl"));
        assert_eq!(one.repository.as_ref().unwrap().to_string(), "github.com/trailofbits/rfc8785.py");
        assert_eq!(one.sha256().len(), 1);
        assert_eq!((one.package().as_str(), found.components), ("pkg:pypi/rfc8785", 1));
    }

    #[test]
    fn parts_add_up() {
        let found = list(
            r#"{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"},
               {"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"},
               {"type":"library","name":"b","purl":"pkg:npm/b"},
               {"type":"library","name":"c","version":"2"},
               {"type":"library","name":"d","version":"2","purl":"npm/d"}"#,
        );
        let reasons: Vec<_> = found.left_out.iter().map(|left| left.name.as_str()).collect();
        assert_eq!((found.components, found.dependencies.len()), (4, 1));
        assert_eq!(reasons, ["c@2", "npm/d", "pkg:npm/b"]);
    }

    #[test]
    fn two_of_one_name_are_both_asked_about() {
        let with = |hex: &str| {
            format!(
                r#"{{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1",
                    "hashes":[{{"alg":"SHA-256","content":"{}"}}]}}"#,
                hex.repeat(32)
            )
        };
        let found = list(&format!("{},{},{}", with("ab"), with("cd"), with("ab")));
        assert_eq!(found.dependencies.len(), 2);
    }
}
