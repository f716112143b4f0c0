//! Which members of an archive matter.

use plimsoll_extract::prelude::zip::{Entry, Zip};

use super::is_archive;

/// The members that matter, in the order of the central directory.
pub(super) struct Members<'z, 'a> {
    pub(super) manifest: Option<Entry<'z, 'a>>,
    pub(super) properties: Vec<Entry<'z, 'a>>,
    pub(super) poms: Vec<Entry<'z, 'a>>,
    pub(super) archives: Vec<Entry<'z, 'a>>,
    pub(super) native: Vec<(String, String)>,
}

impl<'z, 'a> Members<'z, 'a> {
    pub(super) fn sort(zip: &'z Zip<'a>) -> Self {
        let mut members =
            Self { manifest: None, properties: Vec::new(), poms: Vec::new(), archives: Vec::new(), native: Vec::new() };
        for entry in zip.entries() {
            let name = entry.name();
            if name.ends_with(b".class") {
                continue;
            }
            if name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") {
                members.manifest = members.manifest.or(Some(entry));
            } else if name.ends_with(b"pom.properties") && is_file(name, b"pom.properties") {
                members.properties.push(entry);
            } else if name.ends_with(b"pom.xml") && name.starts_with(b"META-INF/maven/") && is_file(name, b"pom.xml") {
                members.poms.push(entry);
            } else if is_archive(name) {
                members.archives.push(entry);
            } else if let Some(pair) = native_image(name) {
                members.native.push(pair);
            }
        }
        members.native.sort_unstable();
        members.native.dedup();
        members
    }
}

fn is_file(path: &[u8], name: &[u8]) -> bool {
    path.rsplit(|&byte| byte == b'/').next() == Some(name)
}

/// Group and artifact, as GraalVM wants them: `META-INF/native-image/GROUP/ARTIFACT/FILE`.
fn native_image(name: &[u8]) -> Option<(String, String)> {
    let rest = std::str::from_utf8(name.strip_prefix(b"META-INF/native-image/")?).ok()?;
    let mut parts = rest.split('/');
    let (group, artifact) = (parts.next()?, parts.next()?);
    parts.next().filter(|file| !file.is_empty())?;
    super::name::is_group(group).then(|| (group.to_owned(), artifact.to_owned()))
}
