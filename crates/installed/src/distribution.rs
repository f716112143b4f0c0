//! `os-release`, and what it says about the packages of the same file system.
//! <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
//!
//! The file system that a package database belongs to starts where the path of the database does: `var/lib/dpkg` at
//! the top of an image, or `chroot/var/lib/dpkg` in a nested one, which has its own `chroot/etc/os-release`. A database
//! without an `os-release` beside it gets no `distro` qualifier: that of an outer file system would be a guess.
//!
//! The namespace of a package URL is the `ID` as it is, so a derivative is not its parent (`linuxmint`, not `ubuntu`).
//! The one exception is `rhel`, which purl-spec, Red Hat's own documents and every other tool call `redhat`; the
//! `distro` qualifier still says `rhel-9.4`.

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::control::split_line;

/// The paths of the file, the one that wins first.
const RELEASE_FILES: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// Longer files are cut: real ones are below 2 KiB, and each one is kept until the end of the scan.
const MAX_BYTES: usize = 64 << 10;

/// What an `os-release` file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Release {
    fields: BTreeMap<String, String>,
}

impl Release {
    /// Reads the `NAME=value` lines; a value may be quoted as in a shell.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        let mut rest = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut fields = BTreeMap::new();
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            let line = String::from_utf8_lossy(line);
            let Some((name, value)) = line.trim().split_once('=') else { continue };
            let value = unquote(value);
            if !name.starts_with('#') && !name.is_empty() && !value.is_empty() {
                fields.insert(name.to_owned(), value);
            }
        }
        Self { fields }
    }

    /// A field that is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// `ID`.
    pub(crate) fn id(&self) -> Option<&str> {
        self.get("ID")
    }

    /// `VERSION_ID`; rolling distributions have a `BUILD_ID` at most.
    pub(crate) fn version(&self) -> Option<&str> {
        self.get("VERSION_ID").or_else(|| self.get("BUILD_ID"))
    }

    /// The namespace of package URLs.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.id().map(|id| if id == "rhel" { "redhat" } else { id })
    }

    /// The `distro` qualifier of package URLs: `debian-12`.
    pub(crate) fn qualifier(&self) -> Option<String> {
        let id = self.id()?;
        Some(self.version().map_or_else(|| id.to_owned(), |version| format!("{id}-{version}")))
    }
}

/// Takes off the quotes and escapes of a shell word.
fn unquote(value: &str) -> String {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.to_owned();
    }
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

/// The root of the file system (empty, or ending in `/`) when the path is that of an `os-release` file.
pub(crate) fn release_root(path: &[u8]) -> Option<&[u8]> {
    RELEASE_FILES
        .iter()
        .filter_map(|file| path.strip_suffix(file.as_bytes()))
        .find(|root| root.is_empty() || root.ends_with(b"/"))
}

/// The `os-release` files with the roots of their file systems; of each root the one that wins comes first.
pub(crate) fn release_files(files: &Resolver<'_>) -> Vec<(Vec<u8>, FileHandle)> {
    let mut found: Vec<(Vec<u8>, bool, FileHandle)> = files
        .files()
        .filter_map(|file| {
            let path = files.path(file)?.as_bytes();
            Some((release_root(path)?.to_vec(), !path.ends_with(RELEASE_FILES[0].as_bytes()), file))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(root, _, file)| (root, file)).collect()
}

/// The root of the file system (empty, or ending in `/`) in which `place` holds this path.
pub(crate) fn root_of<'p>(path: &'p [u8], place: &str) -> &'p [u8] {
    let at = memchr::memmem::rfind(path, place.as_bytes()).unwrap_or(0);
    path.get(..at).filter(|root| root.ends_with(b"/")).unwrap_or_default()
}

/// Keeps an `os-release` file for [`Distributions::gather`]; `false` when the file is something else.
pub(crate) fn keep_release(file: &File<'_>, out: &mut Sink<'_>) -> Result<bool, ExtractError> {
    if release_root(file.path().as_bytes()).is_none() {
        return Ok(false);
    }
    let bytes = file.bytes()?;
    out.keep(bytes.get(..MAX_BYTES).unwrap_or(&bytes));
    Ok(true)
}

/// The distributions that a source holds, by the root of their file system.
pub(crate) struct Distributions {
    releases: BTreeMap<Vec<u8>, Release>,
}

impl Distributions {
    /// Reads what [`keep_release`] kept.
    pub(crate) fn gather(files: &Resolver<'_>) -> Self {
        let mut releases = BTreeMap::new();
        for (root, file) in release_files(files) {
            let release = Release::parse(files.kept(file));
            if release.id().is_some() {
                releases.entry(root).or_insert(release);
            }
        }
        Self { releases }
    }

    /// The distribution in the file system that starts at `root`.
    pub(crate) fn of(&self, root: &[u8]) -> Option<&Release> {
        self.releases.get(root)
    }

    /// Gives the packages of each file the namespace and the `distro` qualifier of their distribution; `place` says
    /// where below the root a file lies.
    pub(crate) fn settle(&self, files: &mut Resolver<'_>, place: impl Fn(&[u8]) -> &'static str) {
        self.settle_some(files, |path| Some(place(path)));
    }

    /// As [`Distributions::settle`], for files of which only some belong to a distribution: those that have a place.
    pub(crate) fn settle_some(&self, files: &mut Resolver<'_>, place: impl Fn(&[u8]) -> Option<&'static str>) {
        self.apply(files, place, |purl, release| placed(purl, release.namespace().unwrap_or_default(), release));
    }

    /// As [`Distributions::settle`], for types whose namespace is not that of the distribution: it stays.
    pub(crate) fn qualify(&self, files: &mut Resolver<'_>, place: impl Fn(&[u8]) -> &'static str) {
        self.apply(
            files,
            |path| Some(place(path)),
            |purl, release| {
                let namespace = purl.namespace().unwrap_or_default().to_owned();
                placed(purl, &namespace, release)
            },
        );
    }

    fn apply(
        &self,
        files: &mut Resolver<'_>,
        place: impl Fn(&[u8]) -> Option<&'static str>,
        change: impl Fn(Purl, &Release) -> Purl,
    ) {
        for file in files.files() {
            let Some(path) = files.path(file).cloned() else { continue };
            let path = path.as_bytes();
            let Some(release) = place(path).and_then(|place| self.of(root_of(path, place))) else { continue };
            let handles: Vec<Handle> = files.components(file).map(|(handle, _)| handle).collect();
            for handle in handles {
                if let Some(component) = files.get_mut(handle) {
                    component.purl = component.purl.take().map(|purl| change(purl, release));
                }
            }
        }
    }
}

/// The purl of the same package in a distribution.
fn placed(purl: Purl, namespace: &str, release: &Release) -> Purl {
    let mut builder = Purl::builder(purl.kind(), purl.name())
        .namespace(namespace)
        .version(purl.version().unwrap_or_default())
        .qualifier("distro", release.qualifier().unwrap_or_default());
    for (key, value) in purl.qualifiers() {
        builder = builder.qualifier(key, value);
    }
    builder.build().unwrap_or(purl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shell_words() {
        let release = Release::parse(
            b"# comment\nID=debian\r\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian $x'\nNAME=\"a \\\"b\\\" \\$c\"\n#ID=no\nEMPTY=\nbroken",
        );
        assert_eq!(release.qualifier().as_deref(), Some("debian-12"));
        assert_eq!(release.get("PRETTY_NAME"), Some("Debian $x"));
        assert_eq!(release.get("NAME"), Some("a \"b\" $c"));
        assert_eq!(release.get("EMPTY"), None);
    }

    #[test]
    fn names_follow_the_id() {
        let qualifier = |text: &str| Release::parse(text.as_bytes()).qualifier();
        assert_eq!(qualifier("ID=arch\nBUILD_ID=rolling").as_deref(), Some("arch-rolling"));
        assert_eq!(qualifier("ID=debian").as_deref(), Some("debian"));
        assert_eq!(qualifier("VERSION_ID=1"), None);
        let rhel = Release::parse(b"ID=rhel\nVERSION_ID=9.4");
        assert_eq!((rhel.namespace(), rhel.qualifier().as_deref()), (Some("redhat"), Some("rhel-9.4")));
    }

    #[test]
    fn roots() {
        assert_eq!(release_root(b"etc/os-release"), Some(&b""[..]));
        assert_eq!(release_root(b"a/b/usr/lib/os-release"), Some(&b"a/b/"[..]));
        assert_eq!(release_root(b"a/notetc/os-release"), None);
        assert_eq!(root_of(b"a/var/lib/dpkg/status", "var/lib/dpkg"), b"a/");
        assert_eq!(root_of(b"var/lib/dpkg/status", "var/lib/dpkg"), b"");
    }
}
