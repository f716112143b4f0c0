//! Packages of the operating system, by the lists of files that they keep: dpkg's and apk's.
//!
//! The lists are text, and are searched for the files that were used, so that the cost is that of reading them once. Databases
//! of RPM are not asked yet; their files are [`Class::Host`](super::Class::Host) or [`Class::Other`](super::Class::Other).

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::Purl;

use super::packages::read;
use super::python;
use super::{Belongs, Class};

/// A database of packages is not larger.
const MAX_DATABASE: u64 = 256 << 20;

/// What is searched for: names as packages may spell them, to the file that was used.
type Wanted<'a> = HashMap<PathBuf, Vec<&'a Path>>;

/// The owners of files, of those that have one.
pub(super) fn owners(root: &Path, files: &[&Path]) -> HashMap<PathBuf, Belongs> {
    let mut wanted = Wanted::new();
    for file in files {
        for name in names(root, file) {
            wanted.entry(name).or_default().push(file);
        }
    }
    if wanted.is_empty() {
        return HashMap::new();
    }
    let distribution = Distribution::of(root);
    let mut owners = debian(root, &wanted, &distribution);
    if owners.is_empty() {
        owners = alpine(root, &wanted, &distribution);
    }
    owners
}

/// The names under which a package may list a file. `/lib` and `/bin` are links to `/usr/lib` and `/usr/bin`, which packages
/// made before do not know; and what was compiled at installation belongs to its source.
fn names(root: &Path, file: &Path) -> Vec<PathBuf> {
    let Ok(inside) = file.strip_prefix(root) else { return Vec::new() };
    let mut names = vec![inside.to_owned()];
    names.extend(python::source(inside));
    let merged: Vec<PathBuf> =
        names.iter().filter_map(|name| name.strip_prefix("usr").ok().map(Path::to_owned)).collect();
    names.extend(merged);
    names
}

#[derive(Debug, Default)]
struct Distribution {
    id: String,
    version: String,
}

impl Distribution {
    fn of(root: &Path) -> Self {
        let text = read(&root.join("etc/os-release")).or_else(|| read(&root.join("usr/lib/os-release")));
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        Self { id: field("ID"), version: field("VERSION_ID") }
    }

    fn purl(&self, kind: &str, name: &str, version: &str, architecture: &str) -> Option<Purl> {
        let mut purl = Purl::builder(kind, name).namespace(&self.id).version(version);
        if !architecture.is_empty() {
            purl = purl.qualifier("arch", architecture);
        }
        if !self.version.is_empty() {
            purl = purl.qualifier("distro", format!("{}-{}", self.id, self.version));
        }
        purl.build().ok()
    }
}

fn belongs(purl: &Purl, inside: &Path) -> Belongs {
    let name = inside.to_string_lossy().into_owned();
    Belongs { class: Class::System, purl: purl.clone(), name, facts: BTreeMap::new() }
}

/// `var/lib/dpkg/info/NAME[:ARCHITECTURE].list` and `var/lib/dpkg/status`.
fn debian(root: &Path, wanted: &Wanted<'_>, distribution: &Distribution) -> HashMap<PathBuf, Belongs> {
    let mut found: Vec<(String, PathBuf, &Path)> = Vec::new();
    let Ok(entries) = fs::read_dir(root.join("var/lib/dpkg/info")) else { return HashMap::new() };
    let mut lists: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    lists.retain(|path| path.extension().is_some_and(|extension| extension == "list"));
    lists.sort();
    for list in lists {
        let Some(package) = list.file_stem().and_then(OsStr::to_str) else { continue };
        let Some(text) = large(&list) else { continue };
        for line in text.lines() {
            let name = Path::new(line.trim_start_matches('/'));
            for file in wanted.get(name).into_iter().flatten() {
                found.push((package.to_owned(), name.to_owned(), file));
            }
        }
    }
    let versions = debian_versions(root, &found);
    let mut owners = HashMap::new();
    for (package, name, file) in found {
        let Some((version, architecture)) = versions.get(&package) else { continue };
        let plain = package.split(':').next().unwrap_or_default();
        let Some(purl) = distribution.purl("deb", plain, version, architecture) else { continue };
        owners.entry(file.to_owned()).or_insert_with(|| belongs(&purl, &name));
    }
    owners
}

/// The versions and architectures of packages, by the names that their lists have.
fn debian_versions(root: &Path, found: &[(String, PathBuf, &Path)]) -> HashMap<String, (String, String)> {
    let mut versions = HashMap::new();
    let text = large(&root.join("var/lib/dpkg/status")).unwrap_or_default();
    for paragraph in text.split("\n\n") {
        let field = |name: &str| {
            let line = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default()
        };
        let (name, version, architecture) = (field("Package"), field("Version"), field("Architecture"));
        let about = (version.to_owned(), architecture.to_owned());
        versions.insert(format!("{name}:{architecture}"), about.clone());
        versions.insert(name.to_owned(), about);
    }
    versions.retain(|name, _| found.iter().any(|(package, ..)| package == name));
    versions
}

/// `lib/apk/db/installed`: `P:` and `V:` begin a package, `F:` a directory, `R:` a file in it.
fn alpine(root: &Path, wanted: &Wanted<'_>, distribution: &Distribution) -> HashMap<PathBuf, Belongs> {
    let mut owners = HashMap::new();
    let text = large(&root.join("lib/apk/db/installed")).unwrap_or_default();
    for paragraph in text.split("\n\n") {
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let Some(purl) = distribution.purl("apk", field("P:"), field("V:"), field("A:")) else { continue };
        let mut directory = PathBuf::new();
        for line in paragraph.lines() {
            if let Some(name) = line.strip_prefix("F:") {
                directory = PathBuf::from(name);
            } else if let Some(name) = line.strip_prefix("R:") {
                let name = directory.join(name);
                for file in wanted.get(&name).into_iter().flatten() {
                    owners.entry((*file).to_owned()).or_insert_with(|| belongs(&purl, &name));
                }
            }
        }
    }
    owners
}

/// A text as large as databases are.
fn large(path: &Path) -> Option<String> {
    let length = fs::metadata(path).ok()?.len();
    if length > MAX_DATABASE {
        return None;
    }
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}
