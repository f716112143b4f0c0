//! `direct_url.json`: where a distribution was installed from, when not from an index.
//! <https://packaging.python.org/en/latest/specifications/direct-url-data-structure/>

use plimsoll_extract::prelude::*;
use serde::Deserialize;
use syntax::json::{Map, Text};

#[derive(Debug, Deserialize)]
struct DirectUrl<'a> {
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow)]
    vcs_info: Option<VcsInfo<'a>>,
    #[serde(borrow)]
    archive_info: Option<ArchiveInfo<'a>>,
    dir_info: Option<DirInfo>,
    #[serde(borrow)]
    subdirectory: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct VcsInfo<'a> {
    #[serde(borrow)]
    vcs: Text<'a>,
    #[serde(borrow)]
    commit_id: Text<'a>,
    #[serde(borrow)]
    requested_revision: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct ArchiveInfo<'a> {
    /// `sha256=…`; the older of the two.
    #[serde(borrow)]
    hash: Option<Text<'a>>,
    #[serde(borrow)]
    hashes: Option<Map<'a, Text<'a>>>,
}

#[derive(Debug, Deserialize)]
struct DirInfo {
    #[serde(default)]
    editable: bool,
}

/// Adds what the file says to the component.
pub(super) fn apply(bytes: &[u8], component: &mut Component) -> Result<(), syntax::Error> {
    let direct: DirectUrl<'_> = syntax::json::from_slice(bytes, &plimsoll_model::Limits::DEFAULT)?;
    let url = syntax::locator::without_password(&direct.url).into_owned();
    if let Some(vcs) = &direct.vcs_info {
        let mut locator = format!("{}+{url}@{}", vcs.vcs, vcs.commit_id);
        if let Some(directory) = &direct.subdirectory {
            locator.push('#');
            locator.push_str(directory);
        }
        if let Some(revision) = &vcs.requested_revision {
            component.properties.push(("plimsoll:python:requested-revision".into(), revision.as_str().into()));
        }
        qualify(component, "vcs_url", &locator);
        refer(component, ReferenceKind::Vcs, locator, Vec::new());
    } else if direct.dir_info.is_some() || url.starts_with("file:") {
        let editable = direct.dir_info.is_some_and(|info| info.editable);
        component.properties.push(("plimsoll:python:direct-url".into(), url.into()));
        if editable {
            component.properties.push(("plimsoll:python:editable".into(), "true".into()));
        }
        component.hashes = direct.archive_info.as_ref().map(digests).unwrap_or_default();
    } else {
        let digests = direct.archive_info.as_ref().map(digests).unwrap_or_default();
        qualify(component, "download_url", &url);
        component.hashes.clone_from(&digests);
        refer(component, ReferenceKind::Distribution, url, digests);
    }
    Ok(())
}

fn digests(archive: &ArchiveInfo<'_>) -> Vec<Digest> {
    let named = archive.hashes.iter().flat_map(|hashes| hashes.iter());
    let named = named.map(|(name, value)| (name.as_str(), value.as_str()));
    let old = archive.hash.as_ref().and_then(|hash| hash.split_once('='));
    let mut out: Vec<Digest> = named
        .chain(old)
        .filter_map(|(name, value)| Digest::from_hex(DigestAlgorithm::from_name(name)?, value).ok())
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn qualify(component: &mut Component, key: &str, value: &str) {
    let Some(purl) = &component.purl else { return };
    let builder = Purl::builder(purl.kind(), purl.name()).version(purl.version().unwrap_or_default());
    if let Ok(purl) = builder.qualifier(key, value).build() {
        component.purl = Some(purl);
    }
}

fn refer(component: &mut Component, kind: ReferenceKind, url: String, hashes: Vec<Digest>) {
    component.references.push(ExternalReference { kind, url: url.into(), hashes });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(json: &str) -> Component {
        let mut component = Component::from_purl(Purl::new("pypi", "x", "1").unwrap());
        apply(json.as_bytes(), &mut component).unwrap();
        component
    }

    #[test]
    fn a_commit_becomes_a_qualifier() {
        let component = applied(
            r#"{"url": "https://u:p@example.com/x.git", "subdirectory": "py",
                "vcs_info": {"vcs": "git", "commit_id": "0a1b", "requested_revision": "main"}}"#,
        );
        let purl = component.purl.unwrap();
        assert_eq!(purl.qualifiers().collect::<Vec<_>>(), [("vcs_url", "git+https://example.com/x.git@0a1b#py")]);
    }

    #[test]
    fn a_local_directory_keeps_the_purl() {
        let component = applied(r#"{"url": "file:///src/x", "dir_info": {"editable": true}}"#);
        assert_eq!(component.purl.unwrap().to_string(), "pkg:pypi/x@1");
        assert_eq!(component.properties.len(), 2);
    }

    #[test]
    fn both_spellings_of_a_hash_are_one() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let json = format!(
            r#"{{"url": "https://example.com/x-1.whl", "archive_info": {{"hash": "sha256={hex}", "hashes": {{"sha256": "{hex}"}}}}}}"#
        );
        assert_eq!(applied(&json).hashes.len(), 1);
    }
}
