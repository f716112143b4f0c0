//! Packages of languages, by the paths that their package managers give them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use plimsoll_model::Purl;
use serde_json::Value;

use super::super::Places;
use super::python::Python;
use super::{Belongs, Class};

/// A description of a package is not larger.
const MAX_DESCRIPTION: u64 = 16 << 20;

/// What was read already to tell packages.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// The name and version in each `package.json`, by the directory.
    node: HashMap<PathBuf, Option<(String, String)>>,
    python: Python,
    /// The versions of toolchains, by their directory.
    pub(super) versions: HashMap<PathBuf, Option<String>>,
}

impl Packages {
    /// The package that a file is of.
    pub(super) fn of(&mut self, path: &Path, places: &Places) -> Option<Belongs> {
        cargo(path, places)
            .or_else(|| go(path, places))
            .or_else(|| maven(path))
            .or_else(|| gradle(path))
            .or_else(|| self.node(path))
            .or_else(|| self.python.of(path))
    }

    /// `…/node_modules/NAME/…`, the innermost.
    fn node(&mut self, path: &Path) -> Option<Belongs> {
        let parts: Vec<Component<'_>> = path.components().collect();
        let at = parts.iter().rposition(|part| part.as_os_str() == "node_modules")?;
        let first = parts.get(at.checked_add(1)?)?.as_os_str().to_str()?;
        if first.starts_with('.') {
            return None;
        }
        let length = at.checked_add(if first.starts_with('@') { 3 } else { 2 })?;
        let directory: PathBuf = parts.get(..length)?.iter().collect();
        let described = self.node.entry(directory.clone()).or_insert_with(|| {
            let package: Value = serde_json::from_slice(&read(&directory.join("package.json"))?).ok()?;
            let text = |field: &str| package.get(field).and_then(Value::as_str).map(str::to_owned);
            Some((text("name")?, text("version")?))
        });
        let (name, version) = described.as_ref()?;
        let purl = match name.split_once('/') {
            Some((scope, name)) => Purl::builder("npm", name).namespace(scope).version(version).build(),
            None => Purl::new("npm", name, version),
        };
        belongs(purl.ok()?, &directory, path)
    }
}

/// The start of a file, whole when it is no larger than descriptions are.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MAX_DESCRIPTION).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn belongs(purl: Purl, directory: &Path, path: &Path) -> Option<Belongs> {
    let name = path.strip_prefix(directory).ok()?.to_string_lossy().into_owned();
    Some(Belongs { class: Class::Dependency, purl, name, facts: BTreeMap::new() })
}

/// The first parts of a path below a directory, and the path up to them.
fn parts<'a, const COUNT: usize>(path: &'a Path, base: &Path) -> Option<([&'a str; COUNT], PathBuf)> {
    let rest = path.strip_prefix(base).ok()?;
    let mut components = rest.components();
    let mut found = [""; COUNT];
    let mut directory = base.to_owned();
    for place in &mut found {
        *place = components.next()?.as_os_str().to_str()?;
        directory.push(*place);
    }
    Some((found, directory))
}

/// `registry/src/REGISTRY/NAME-VERSION/…`, `registry/cache/REGISTRY/NAME-VERSION.crate`
fn cargo(path: &Path, places: &Places) -> Option<Belongs> {
    let registry = places.cargo.as_ref()?.join("registry");
    if let Some(([_, package], directory)) = parts::<2>(path, &registry.join("src")) {
        let (name, version) = crate_name(package)?;
        return belongs(Purl::new("cargo", name, version).ok()?, &directory, path);
    }
    let ([_, file], _) = parts::<2>(path, &registry.join("cache"))?;
    let (name, version) = crate_name(file.strip_suffix(".crate")?)?;
    belongs(Purl::new("cargo", name, version).ok()?, path.parent()?, path)
}

/// `NAME-VERSION`, where both may have hyphens: the version begins at the first that a number with a dot follows.
fn crate_name(text: &str) -> Option<(&str, &str)> {
    text.match_indices('-').find_map(|(at, _)| {
        let (name, rest) = text.split_at_checked(at)?;
        let version = rest.strip_prefix('-')?;
        let (first, _) = version.split_once('.')?;
        let number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
        (number && !name.is_empty()).then_some((name, version))
    })
}

/// `MODULE@VERSION/…`, `cache/download/MODULE/@v/VERSION.…`; a capital letter is an exclamation mark and the small one.
fn go(path: &Path, places: &Places) -> Option<Belongs> {
    let base = places.go_modules.as_ref()?;
    let rest = path.strip_prefix(base).ok()?.to_str()?;
    let (module, version, directory) = match rest.strip_prefix("cache/download/") {
        Some(download) => {
            let (module, file) = download.split_once("/@v/")?;
            let (version, _) = file.rsplit_once('.')?;
            (module, version, path.parent()?.to_owned())
        }
        None => {
            let (module, rest) = rest.split_once('@')?;
            let (version, _) = rest.split_once('/')?;
            (module, version, base.join(format!("{module}@{version}")))
        }
    };
    let module = unescape(module)?;
    let (namespace, name) =
        module.rsplit_once('/').map_or((None, module.as_str()), |(start, name)| (Some(start), name));
    let mut purl = Purl::builder("golang", name).version(unescape(version)?);
    if let Some(namespace) = namespace {
        purl = purl.namespace(namespace);
    }
    belongs(purl.build().ok()?, &directory, path)
}

fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('!');
    let mut result = parts.next()?.to_owned();
    for part in parts {
        let mut characters = part.chars();
        result.push(characters.next()?.to_ascii_uppercase());
        result.push_str(characters.as_str());
    }
    Some(result)
}

/// `.m2/repository/GROUP/…/ARTIFACT/VERSION/FILE`
fn maven(path: &Path) -> Option<Belongs> {
    let text = path.to_str()?;
    let (_, rest) = text.rsplit_once("/.m2/repository/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let (_, parts) = parts.split_last()?;
    let (version, parts) = parts.split_last()?;
    let (artifact, group) = parts.split_last()?;
    let file = path.file_name()?.to_str()?;
    // What is beside versions describes all of them.
    if group.is_empty() || !file.starts_with(artifact) {
        return None;
    }
    let purl = Purl::builder("maven", *artifact).namespace(group.join(".")).version(*version).build();
    belongs(purl.ok()?, path.parent()?, path)
}

/// `caches/modules-2/files-2.1/GROUP/ARTIFACT/VERSION/SHA1/FILE`
fn gradle(path: &Path) -> Option<Belongs> {
    let text = path.to_str()?;
    let (_, rest) = text.rsplit_once("/caches/modules-2/files-2.1/")?;
    let mut parts = rest.split('/');
    let (group, artifact, version) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().filter(|_| parts.clone().count() == 1)?;
    let purl = Purl::builder("maven", artifact).namespace(group).version(version).build();
    belongs(purl.ok()?, path.parent()?, path)
}

/// Whether a name is that of a description of a Python package.
pub(super) fn is_named(name: &OsStr, ending: &str) -> bool {
    name.to_str().is_some_and(|name| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            cargo: Some("/home/me/.cargo".into()),
            go_modules: Some("/home/me/go/pkg/mod".into()),
            ..Places::default()
        }
    }

    fn purl(path: &str) -> Option<(String, String)> {
        let belongs = Packages::default().of(Path::new(path), &places())?;
        Some((belongs.purl.to_string(), belongs.name))
    }

    #[test]
    fn packages_by_their_paths() {
        for (path, expected, name) in [
            (
                "/home/me/.cargo/registry/src/index.crates.io-1/serde-1.0.229/src/lib.rs",
                "pkg:cargo/serde@1.0.229",
                "src/lib.rs",
            ),
            (
                "/home/me/.cargo/registry/src/i/windows-x86-64-0.1.0-beta.2/a",
                "pkg:cargo/windows-x86-64@0.1.0-beta.2",
                "a",
            ),
            ("/home/me/.cargo/registry/cache/i/cc-1.2.0.crate", "pkg:cargo/cc@1.2.0", "cc-1.2.0.crate"),
            (
                "/home/me/go/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/lex.go",
                "pkg:golang/github.com/burntsushi/toml@v1.3.2",
                "lex.go",
            ),
            (
                "/home/me/go/pkg/mod/cache/download/golang.org/x/text/@v/v0.3.0.zip",
                "pkg:golang/golang.org/x/text@v0.3.0",
                "v0.3.0.zip",
            ),
            (
                "/home/me/.m2/repository/org/apache/logging/log4j-core/2.17.1/log4j-core-2.17.1.jar",
                "pkg:maven/org.apache.logging/log4j-core@2.17.1",
                "log4j-core-2.17.1.jar",
            ),
            (
                "/x/.gradle/caches/modules-2/files-2.1/com.google/guava/33.0/0a1b/guava-33.0.jar",
                "pkg:maven/com.google/guava@33.0",
                "guava-33.0.jar",
            ),
        ] {
            let (purl, file) = purl(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!((purl.to_ascii_lowercase().as_str(), file.as_str()), (expected, name));
        }
    }

    #[test]
    fn paths_that_are_no_package() {
        for path in [
            "/home/me/.cargo/registry/index/x/config.json",
            "/home/me/.cargo/registry/src/i/noversion/lib.rs",
            "/home/me/.cargo/registry/src/i/-1.0/lib.rs",
            "/home/me/.m2/repository/a/maven-metadata.xml",
            "/home/me/go/pkg/mod/cache/lock",
            "/work/node_modules/.bin/tsc",
            "/work/node_modules",
        ] {
            assert_eq!(purl(path), None, "{path}");
        }
    }
}
