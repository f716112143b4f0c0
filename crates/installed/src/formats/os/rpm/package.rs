//! From a header to a component, and what of it edges need.

use std::borrow::Cow;
use std::collections::HashSet;

use plimsoll_extract::prelude::*;

use super::requires;
use crate::rpm::header::{Header, Tag};

/// Longer text is cut.
const MAX_TEXT: usize = 4 << 10;

/// Longer paths do not exist (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// A directory name is written once and used by many files. Paths of one package together longer than this many times
/// its header are made to fill memory.
const MAX_EXPANSION: usize = 32;

/// A package, as far as edges are concerned. Lists are strings with NUL after each.
pub(super) struct Package {
    pub(super) at: ComponentRef,
    pub(super) architecture: Vec<u8>,
    pub(super) provides: Vec<u8>,
    pub(super) requires: Vec<u8>,
    /// What it recommends and suggests.
    pub(super) wishes: Vec<u8>,
    /// Some paths were left out.
    pub(super) has_cut_files: bool,
}

impl Package {
    /// Reads provides, requires and files; says which files are owned.
    pub(super) fn read(
        at: ComponentRef,
        header: &Header<'_>,
        length: usize,
        needed: &HashSet<Box<[u8]>>,
        out: &mut Sink<'_>,
    ) -> Self {
        let mut provides = Vec::new();
        header.strings(Tag::PROVIDE_NAME).for_each(|name| push(&mut provides, name));
        let mut spare = length.saturating_mul(MAX_EXPANSION);
        let mut has_cut_files = false;
        files(header, |path| {
            match spare.checked_sub(path.len()) {
                Some(rest) => spare = rest,
                None => {
                    has_cut_files = true;
                    return;
                }
            }
            out.owns(at, path);
            for spelling in requires::spellings(path) {
                if needed.contains(spelling) {
                    push(&mut provides, spelling);
                }
            }
        });
        Self {
            at,
            architecture: header.string(Tag::ARCHITECTURE).unwrap_or_default().to_vec(),
            provides,
            requires: requires::of(header),
            wishes: requires::wishes(header),
            has_cut_files,
        }
    }
}

/// Adds a string to a list.
pub(super) fn push(list: &mut Vec<u8>, string: &[u8]) {
    list.extend_from_slice(string);
    list.push(0);
}

/// The paths of a package.
fn files(header: &Header<'_>, mut each: impl FnMut(&[u8])) {
    header.strings(Tag::OLD_FILE_NAMES).filter(|&path| path.len() <= MAX_PATH).for_each(&mut each);
    let directories: Vec<&[u8]> = header.strings(Tag::DIRECTORY_NAMES).collect();
    let mut path = Vec::new();
    for (name, index) in header.strings(Tag::BASE_NAMES).zip(header.numbers(Tag::DIRECTORY_INDEXES)) {
        let directory = usize::try_from(index).ok().and_then(|index| directories.get(index)).copied();
        if let Some(directory) = directory.filter(|&directory| directory.len().saturating_add(name.len()) <= MAX_PATH) {
            path.clear();
            path.extend_from_slice(directory);
            path.extend_from_slice(name);
            each(&path);
        }
    }
}

/// Whether the entry is a public key and not a package.
pub(super) fn is_key(header: &Header<'_>) -> bool {
    header.string(Tag::NAME) == Some(b"gpg-pubkey")
}

/// The component that a header describes.
pub(in crate::formats) fn component(header: &Header<'_>) -> Result<Component, String> {
    let name = text(header, Tag::NAME).ok_or("an entry has no package name; left out")?;
    let version = text(header, Tag::VERSION).ok_or_else(|| format!("package {name:?} has no version; left out"))?;
    let version = match text(header, Tag::RELEASE) {
        Some(release) => format!("{version}-{release}"),
        None => version.into_owned(),
    };
    let epoch = header.numbers(Tag::EPOCH).next();
    let vendor = text(header, Tag::VENDOR);
    // Some builds say "(none)" where there is nothing.
    let source = text(header, Tag::SOURCE_RPM).filter(|source| source != "(none)");
    let module = text(header, Tag::MODULARITY_LABEL);
    // The distribution, when one is known, replaces the namespace once all files are read.
    let purl = Purl::builder("rpm", name)
        .namespace(vendor.as_deref().and_then(namespace).unwrap_or_default())
        .version(version.clone())
        .qualifier("arch", text(header, Tag::ARCHITECTURE).unwrap_or_default())
        .qualifier("epoch", epoch.map(|epoch| epoch.to_string()).unwrap_or_default())
        .qualifier("upstream", source.as_deref().unwrap_or_default())
        .qualifier("rpmmod", module.as_deref().unwrap_or_default())
        .build()
        .map_err(|error| format!("entry left out: {error}"))?;
    let mut component = Component::from_purl(purl);
    component.version = Some(match epoch {
        None | Some(0) => version.into(),
        Some(epoch) => format!("{epoch}:{version}").into(),
    });
    component.licenses.extend(text(header, Tag::LICENSE).as_deref().and_then(License::declared));
    component.description = text(header, Tag::SUMMARY).map(Into::into);
    component.supplier = vendor.or_else(|| text(header, Tag::PACKAGER)).map(Into::into);
    if let Some(url) = text(header, Tag::URL) {
        let url = url.into();
        component.references.push(ExternalReference { kind: ReferenceKind::Website, url, hashes: Vec::new() });
    }
    let mut property = |name: &'static str, value: Option<String>| {
        component.properties.extend(value.map(|value| (Cow::Borrowed(name), value.into())));
    };
    property("plimsoll:os:source-package", source.as_deref().and_then(source_name).map(str::to_owned));
    property("plimsoll:os:module", module.map(Cow::into_owned));
    property("plimsoll:os:header-digest", header_digest(header).map(|digest| digest.to_string()));
    let signed = header.binary(Tag::SIGNATURE_MD5).map(<[u8]>::to_vec);
    let signed = signed.and_then(|bytes| Digest::from_bytes(DigestAlgorithm::Md5, bytes).ok());
    property("plimsoll:os:header-and-payload-digest", signed.map(|digest| digest.to_string()));
    Ok(component)
}

/// The strongest digest of the header.
fn header_digest(header: &Header<'_>) -> Option<Digest> {
    let digest = |tag, algorithm| Digest::from_hex(algorithm, &text(header, tag)?).ok();
    digest(Tag::SHA256_HEADER, DigestAlgorithm::Sha256).or_else(|| digest(Tag::SHA1_HEADER, DigestAlgorithm::Sha1))
}

/// `bash` of `bash-5.1.8-6.el9.src.rpm`.
fn source_name(file: &str) -> Option<&str> {
    let mut parts = file.rsplitn(3, '-');
    parts.nth(2).filter(|name| !name.is_empty())
}

/// How vendors whose systems may lack an `os-release` (it came with systemd) are called in package URLs.
const NAMESPACES: &[(&str, &str)] = &[
    ("AlmaLinux", "almalinux"),
    ("Amazon", "amzn"),
    ("CentOS", "centos"),
    ("Fedora Project", "fedora"),
    ("Mageia", "mageia"),
    ("Oracle America", "ol"),
    ("Red Hat", "redhat"),
    ("Rocky", "rocky"),
    ("SUSE LLC", "suse"),
    ("openSUSE", "opensuse"),
];

/// The namespace for packages of a vendor, as far as that is clear without an `os-release`.
fn namespace(vendor: &str) -> Option<&'static str> {
    NAMESPACES.iter().find(|(prefix, _)| vendor.starts_with(prefix)).map(|(_, namespace)| *namespace)
}

fn text<'a>(header: &Header<'a>, tag: Tag) -> Option<Cow<'a, str>> {
    let value = header.string(tag)?.trim_ascii();
    let value = value.get(..MAX_TEXT).unwrap_or(value);
    (!value.is_empty()).then(|| String::from_utf8_lossy(value))
}
