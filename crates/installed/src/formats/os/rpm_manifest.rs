//! `container-manifest-2` of distroless Azure Linux (CBL-Mariner) images, which have no rpm database.
//! <https://github.com/microsoft/azurelinux/blob/3.0/toolkit/scripts/toolchain> (`rpm -qa` with a query format)
//!
//! One package a line, parted by tabs: name, version and release, times of installation and build, vendor, epoch or
//! `(none)`, size, architecture, epoch as a number, source package. There are no dependencies.

use plimsoll_extract::prelude::*;

use crate::annotate::{self, SOURCE_PACKAGE};
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;

/// Reads the manifest of images without an rpm database.
pub(in crate::formats) struct RpmManifest;

const PLACE: &str = "var/lib/rpmmanifest";

impl Extractor for RpmManifest {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/rpm-manifest")
    }

    fn about(&self) -> About {
        About {
            title: "rpm manifest of distroless images (container-manifest-2)",
            specification: "https://github.com/microsoft/azurelinux",
            facts: &[Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("var/lib/rpmmanifest/container-manifest-2"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let mut faults = Faults::default();
        for (line, row) in syntax::text::lines(&text.text).filter(|(_, row)| !row.trim().is_empty()) {
            let mut cells =
                row.split('\t').map(|cell| Some(cell.trim()).filter(|cell| !matches!(*cell, "" | "(none)")));
            let mut cell = || cells.next().flatten();
            let (name, version, _, _, vendor) = (cell(), cell(), cell(), cell(), cell());
            let (epoch, _, architecture, number, source) = (cell(), cell(), cell(), cell(), cell());
            let (Some(name), Some(version)) = (name, version) else {
                faults.entry(out, Span::Line(line), "package lacks its name or version; left out");
                continue;
            };
            let epoch = epoch.and(number);
            let purl = Purl::builder("rpm", name)
                .version(version)
                .qualifier("arch", architecture.unwrap_or_default())
                .qualifier("epoch", epoch.unwrap_or_default())
                .qualifier("upstream", source.unwrap_or_default());
            let Some(purl) = out.purl(purl, line) else { continue };
            let mut component = Component::from_purl(purl);
            if let Some(epoch) = epoch.filter(|epoch| *epoch != "0") {
                component.version = Some(format!("{epoch}:{version}").into());
            }
            component.supplier = vendor.map(Into::into);
            let source = source.and_then(|source| source.rsplitn(3, '-').nth(2));
            annotate::property(&mut component, SOURCE_PACKAGE, source);
            out.component(component, line);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).settle(files, |_| PLACE);
    }
}
