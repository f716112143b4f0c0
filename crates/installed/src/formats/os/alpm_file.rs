//! Package files of pacman (`.pkg.tar.zst`, `.pkg.tar.xz`, `.pkg.tar.gz`, `.pkg.tar`): a tar archive with `.PKGINFO` near
//! its front. <https://man.archlinux.org/man/alpm-pkginfo.5>

use plimsoll_extract::prelude::*;

use super::alpm::bare;
use crate::annotate::{self, SOURCE_PACKAGE, text};
use crate::distribution::{Distributions, keep_release};
use crate::package_file::{emit, link, member};
use crate::pkginfo::PkgInfo;
use crate::relations::Relations;

/// Reads package files of pacman.
pub(in crate::formats) struct AlpmFile;

/// `.BUILDINFO`, `.MTREE` and `.INSTALL` may come before it.
const MAX_MEMBERS: usize = 16;

/// Where pacman keeps what it downloaded.
const CACHE: &str = "var/cache/pacman/pkg";

impl Extractor for AlpmFile {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/alpm-file")
    }

    fn about(&self) -> About {
        About {
            title: "pacman package files (.pkg.tar.zst and others)",
            specification: "https://man.archlinux.org/man/alpm-pkginfo.5",
            facts: &[Fact::Edges, Fact::Scope, Fact::Hashes, Fact::License, Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".pkg.tar.zst"),
            Interest::Suffix(".pkg.tar.xz"),
            Interest::Suffix(".pkg.tar.gz"),
            Interest::Suffix(".pkg.tar.bz2"),
            Interest::Suffix(".pkg.tar"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let found = member(file, 0..file.len(), MAX_MEMBERS, |name| name == b".PKGINFO")?;
        let Some((_, bytes)) = found else { return Err(ExtractError::malformed("no .PKGINFO in the package")) };
        let info = PkgInfo(&bytes);
        let field = |key| info.first(key).and_then(text);
        let (Some(name), Some(version)) = (field("pkgname"), field("pkgver")) else {
            return Err(ExtractError::malformed("the package has no name or no version"));
        };
        let base = field("pkgbase");
        let purl = Purl::builder("alpm", name.clone())
            .namespace("arch")
            .version(version)
            .qualifier("arch", field("arch").unwrap_or_default())
            .qualifier("upstream", base.clone().filter(|base| *base != name).unwrap_or_default());
        let Some(purl) = out.purl(purl, 0) else { return Ok(()) };
        let mut component = Component::from_purl(purl);
        component.description = field("pkgdesc").map(Into::into);
        component.supplier = field("packager").filter(|who| who != "Unknown Packager").map(Into::into);
        annotate::license(&mut component, info.all("license").filter_map(text));
        annotate::refer(&mut component, ReferenceKind::Website, field("url"));
        annotate::property(&mut component, SOURCE_PACKAGE, base);
        let mut relations = Relations::default();
        relations.name(name.as_bytes());
        info.all("provides").for_each(|name| relations.provide(bare(name)));
        info.all("depend").for_each(|name| relations.need(bare(name), Scope::Runtime));
        info.all("optdepend").for_each(|name| relations.need(bare(name), Scope::Optional));
        emit(component, file, b".PKGINFO", relations, out);
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files)
            .settle_some(files, |path| memchr::memmem::find(path, CACHE.as_bytes()).map(|_| CACHE));
        link(files, b"any");
    }
}
