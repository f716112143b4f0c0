//! Compilers and interpreters that are installed by themselves, by where their installers put them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use plimsoll_model::Purl;

use super::super::Places;
use super::packages::read;
use super::{Belongs, Class};

/// The toolchain that a file is of. `versions` keeps what was found out.
pub(super) fn toolchain(
    path: &Path,
    places: &Places,
    versions: &mut HashMap<PathBuf, Option<String>>,
) -> Option<Belongs> {
    rust(path, places, versions).or_else(|| go(path, versions)).or_else(|| versioned(path))
}

/// `toolchains/NAME/…`. The version is in the manifest, since a name such as `stable` says little.
fn rust(path: &Path, places: &Places, versions: &mut HashMap<PathBuf, Option<String>>) -> Option<Belongs> {
    let toolchains = places.rustup.as_ref()?.join("toolchains");
    let name = path.strip_prefix(&toolchains).ok()?.components().next()?.as_os_str();
    let directory = toolchains.join(name);
    let version = versions.entry(directory.clone()).or_insert_with(|| {
        let manifest = read(&directory.join("lib/rustlib/multirust-channel-manifest.toml"))?;
        rust_version(&String::from_utf8_lossy(&manifest))
    });
    let version = version.clone().unwrap_or_else(|| name.to_string_lossy().into_owned());
    let (number, commit) = version.split_once(" (").unwrap_or((&version, ""));
    let mut facts = BTreeMap::from([("toolchain".to_owned(), name.to_string_lossy().into_owned())]);
    if let Some((commit, date)) = commit.trim_end_matches(')').split_once(' ') {
        facts.insert("commit".to_owned(), commit.to_owned());
        facts.insert("date".to_owned(), date.to_owned());
    }
    group("rust", number, &directory, path, facts)
}

/// The version of `rustc` in a manifest of a channel: `version = "1.95.0 (59807616e 2026-04-14)"`.
fn rust_version(manifest: &str) -> Option<String> {
    let (_, package) = manifest.split_once("[pkg.rustc]")?;
    let line = package.lines().find(|line| line.starts_with("version"))?;
    Some(line.split('"').nth(1)?.to_owned())
}

/// `…/go/VERSION` says `go1.24.1`.
fn go(path: &Path, versions: &mut HashMap<PathBuf, Option<String>>) -> Option<Belongs> {
    let named = |ancestor: &&Path| ancestor.file_name().is_some_and(|name| name == "go");
    let directory = path.ancestors().skip(1).find(named)?;
    let version = versions.entry(directory.to_owned()).or_insert_with(|| {
        let text = String::from_utf8(read(&directory.join("VERSION"))?).ok()?;
        Some(text.lines().next()?.strip_prefix("go")?.to_owned())
    });
    group("go", version.clone()?.as_str(), directory, path, BTreeMap::new())
}

/// Directories of installers that name product and version.
fn versioned(path: &Path) -> Option<Belongs> {
    let text = path.to_str()?;
    for (mark, name) in
        [("/.pyenv/versions/", "cpython"), ("/.nvm/versions/node/v", "node"), ("/.sdkman/candidates/java/", "java")]
    {
        if let Some((start, rest)) = text.split_once(mark) {
            let (version, _) = rest.split_once('/')?;
            let directory = PathBuf::from(format!("{start}{mark}{version}"));
            return group(name, version, &directory, path, BTreeMap::new());
        }
    }
    // GitHub's runners: `/opt/hostedtoolcache/Python/3.12.3/x64/…`
    let mut parts = text.strip_prefix("/opt/hostedtoolcache/")?.split('/');
    let (name, version) = (parts.next()?, parts.next()?);
    let directory = PathBuf::from(format!("/opt/hostedtoolcache/{name}/{version}"));
    group(&name.to_ascii_lowercase(), version, &directory, path, BTreeMap::new())
}

fn group(name: &str, version: &str, directory: &Path, path: &Path, facts: BTreeMap<String, String>) -> Option<Belongs> {
    let purl = Purl::new("generic", name, version).ok()?;
    let name = path.strip_prefix(directory).ok()?.to_string_lossy().into_owned();
    Some(Belongs { class: Class::Toolchain, purl, name, facts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_names_and_manifests() {
        let manifest = "[pkg.cargo]\nversion = \"0.96\"\n[pkg.rustc]\ngit_commit = \"x\"\nversion = \"1.95.0 (5980 2026-04-14)\"\n";
        assert_eq!(rust_version(manifest).unwrap(), "1.95.0 (5980 2026-04-14)");
        let purl = |path: &str| {
            let places = Places { rustup: Some("/nowhere/.rustup".into()), ..Places::default() };
            let belongs = toolchain(Path::new(path), &places, &mut HashMap::new())?;
            Some((belongs.purl.to_string(), belongs.name))
        };
        assert_eq!(purl("/nowhere/.rustup/toolchains/nightly-x/bin/rustc").unwrap().0, "pkg:generic/rust@nightly-x");
        assert_eq!(
            purl("/root/.pyenv/versions/3.11.7/lib/x.py").unwrap(),
            ("pkg:generic/cpython@3.11.7".to_owned(), "lib/x.py".to_owned())
        );
        assert_eq!(purl("/opt/hostedtoolcache/Python/3.12.3/x64/a").unwrap().0, "pkg:generic/python@3.12.3");
        assert_eq!(purl("/usr/bin/cc"), None);
    }
}
