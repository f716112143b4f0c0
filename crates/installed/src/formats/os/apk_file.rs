//! Package files of apk (Alpine, Wolfi, OpenWrt): version 2, three gzip members that make one tar archive with
//! `.PKGINFO`, and version 3, `ADB`. <https://wiki.alpinelinux.org/wiki/Apk_spec>
//!
//! Android's packages have the same ending and are zip files; they are passed over.

use plimsoll_extract::prelude::*;

use crate::adb::{self, Value, Values};
use crate::annotate::{self, SOURCE_PACKAGE, text};
use crate::distribution::{Distributions, keep_release};
use crate::package_file::{emit, head, link, member};
use crate::pkginfo::PkgInfo;
use crate::relations::Relations;

/// Reads package files of apk.
pub(in crate::formats) struct ApkFile;

/// Signatures and `.PKGINFO` come before the files.
const MAX_MEMBERS: usize = 16;

/// Where apk keeps what it downloaded.
const CACHES: [&str; 2] = ["var/cache/apk", "etc/apk/cache"];

/// Slots of objects (`apk_adb.h`).
const PACKAGE_INFO: usize = 1;
const NAME: usize = 1;
const VERSION: usize = 2;
const DESCRIPTION: usize = 4;
const ARCHITECTURE: usize = 5;
const LICENSE: usize = 6;
const ORIGIN: usize = 7;
const MAINTAINER: usize = 8;
const URL: usize = 9;
const DEPENDS: usize = 15;
const PROVIDES: usize = 16;
const DEPENDENCY_NAME: usize = 1;
const DEPENDENCY_MATCH: usize = 3;

impl Extractor for ApkFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/apk-file")
    }

    fn about(&self) -> About {
        About {
            title: "apk package files, versions 2 and 3 (.apk)",
            specification: "https://wiki.alpinelinux.org/wiki/Apk_spec",
            facts: &[Fact::Edges, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".apk"), Interest::Path("etc/os-release"), Interest::Path("usr/lib/os-release")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let start: [u8; 3] = head(file)?;
        if start == *adb::MAGIC {
            let values = Values::read(file)?;
            return version3(&values, file, out);
        }
        if !start.starts_with(&[0x1f, 0x8b]) {
            return Ok(());
        }
        let found = member(file, 0..file.len(), MAX_MEMBERS, |name| name == b".PKGINFO")?;
        let Some((_, bytes)) = found else { return Err(ExtractError::malformed("no .PKGINFO in the package")) };
        let info = PkgInfo(&bytes);
        let package = Package {
            name: info.first("pkgname"),
            version: info.first("pkgver"),
            architecture: info.first("arch"),
            origin: info.first("origin"),
            license: info.first("license"),
            maintainer: info.first("maintainer"),
            description: info.first("pkgdesc"),
            url: info.first("url"),
        };
        let component = package.component(out)?;
        let mut relations = Relations::default();
        relations.name(package.name.unwrap_or_default());
        info.all("provides").for_each(|name| relations.provide(bare(name)));
        let needs = info.all("depend").filter(|name| !name.starts_with(b"!"));
        needs.for_each(|name| relations.need(bare(name), Scope::Runtime));
        if let Some(component) = component {
            emit(component, file, b".PKGINFO", relations, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle_some(files, |path| {
            CACHES.into_iter().find(|cache| memchr::memmem::find(path, cache.as_bytes()).is_some())
        });
        link(files, b"noarch");
    }
}

struct Package<'a> {
    name: Option<&'a [u8]>,
    version: Option<&'a [u8]>,
    architecture: Option<&'a [u8]>,
    origin: Option<&'a [u8]>,
    license: Option<&'a [u8]>,
    maintainer: Option<&'a [u8]>,
    description: Option<&'a [u8]>,
    url: Option<&'a [u8]>,
}

impl Package<'_> {
    fn component(&self, out: &mut Sink<'_>) -> Result<Option<Component>, ExtractError> {
        let named = self.name.and_then(text).zip(self.version.and_then(text));
        let Some((name, version)) = named else {
            return Err(ExtractError::malformed("the package has no name or no version"));
        };
        let origin = self.origin.and_then(text);
        let purl = Purl::builder("apk", name.clone())
            .namespace("alpine")
            .version(version)
            .qualifier("arch", self.architecture.and_then(text).unwrap_or_default())
            .qualifier("upstream", origin.clone().filter(|origin| *origin != name).unwrap_or_default());
        let Some(purl) = out.purl(purl, 0) else { return Ok(None) };
        let mut component = Component::from_purl(purl);
        component.supplier = self.maintainer.and_then(text).map(Into::into);
        component.description = self.description.and_then(text).map(Into::into);
        annotate::license(&mut component, self.license.and_then(text));
        annotate::refer(&mut component, ReferenceKind::Website, self.url.and_then(text));
        annotate::property(&mut component, SOURCE_PACKAGE, origin);
        Ok(Some(component))
    }
}

fn version3(values: &Values, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let info = values.root().and_then(|root| root.field(PACKAGE_INFO));
    let info = info.ok_or_else(|| ExtractError::malformed("the package says nothing about itself"))?;
    let blob = |index: usize| info.field(index).and_then(Value::blob);
    let package = Package {
        name: blob(NAME),
        version: blob(VERSION),
        architecture: blob(ARCHITECTURE),
        origin: blob(ORIGIN),
        license: blob(LICENSE),
        maintainer: blob(MAINTAINER),
        description: blob(DESCRIPTION),
        url: blob(URL),
    };
    let Some(component) = package.component(out)? else { return Ok(()) };
    let mut relations = Relations::default();
    relations.name(package.name.unwrap_or_default());
    let list = |index: usize| info.field(index).into_iter().flat_map(Value::items);
    let name =
        |dependency: Value<'_>| dependency.field(DEPENDENCY_NAME).and_then(|name| name.blob().map(<[u8]>::to_vec));
    list(PROVIDES).filter_map(name).for_each(|name| relations.provide(&name));
    // A match with bit 4 is a conflict (`APK_VERSION_CONFLICT`).
    let is_need = |dependency: &Value<'_>| dependency.field(DEPENDENCY_MATCH).is_none_or(|bits| !bits.has_bit(4));
    list(DEPENDS).filter(is_need).filter_map(name).for_each(|name| relations.need(&name, Scope::Runtime));
    emit(component, file, b"ADB", relations, out);
    Ok(())
}

/// The name in `so:libz.so.1=1.3` or `busybox>=1.36`.
fn bare(relation: &[u8]) -> &[u8] {
    let end = relation.iter().position(|byte| matches!(byte, b'=' | b'<' | b'>' | b'~' | b'@'));
    relation.get(..end.unwrap_or(relation.len())).unwrap_or_default()
}
