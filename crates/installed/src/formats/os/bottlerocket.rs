//! `application-inventory.json` of Bottlerocket: the packages that went into the image.
//! <https://github.com/bottlerocket-os/bottlerocket/blob/develop/sources/api/apiserver> (`ApplicationInventoryEntry`)
//!
//! The packages are built as rpm packages, and the file lists each with an epoch, which is a part of the version as for
//! rpm (`1:2.43-1`). Older images have no epoch, newer ones say 0 for none.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use syntax::json::{Loose, Text, fill};

use crate::annotate;
use crate::distribution::{Distributions, keep_release};
use crate::faults::Faults;

/// Reads the inventory of Bottlerocket.
pub(in crate::formats) struct Bottlerocket;

loose_object! {
    struct Inventory<'a> {
        "Content" => content: Vec<Loose<Entry<'a>>>,
    }
}

loose_object! {
    struct Entry<'a> {
        "Name" => name: Text<'a>,
        "Publisher" => publisher: Text<'a>,
        "Version" => version: Text<'a>,
        "Release" => release: Text<'a>,
        "Epoch" => epoch: Text<'a>,
        "Architecture" => architecture: Text<'a>,
        "Url" => url: Text<'a>,
        "Summary" => summary: Text<'a>,
    }
}

impl Extractor for Bottlerocket {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/bottlerocket")
    }

    fn about(&self) -> About {
        About {
            title: "Bottlerocket application inventory",
            specification: "https://github.com/bottlerocket-os/bottlerocket",
            facts: &[Fact::SourceUrl, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("bottlerocket/application-inventory.json"),
            Interest::Path("etc/os-release"),
            Interest::Path("usr/lib/os-release"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if keep_release(file, out)? {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let mut root: Loose<Inventory<'_>> = Loose::default();
        let outcome = fill(&bytes, file.budget().limits(), &mut root);
        let lines = syntax::text::LineIndex::new(&*bytes);
        let mut faults = Faults::default();
        let content = root.get().map(|root| root.content.items()).unwrap_or_default();
        for entry in content {
            let named = entry.get().and_then(|entry| Some((entry, entry.name.as_str()?, entry.version.as_str()?)));
            let Some((entry, name, version)) = named else {
                faults.entry(out, Span::Line(1), "an entry lacks its name or version; left out");
                continue;
            };
            package(entry, name, version, lines.line_of(name).unwrap_or(0), out);
        }
        outcome?;
        if root.get().is_none() {
            return Err(ExtractError::malformed("not an inventory of applications"));
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        Distributions::gather(files).qualify(files, |_| "usr/share/bottlerocket");
    }
}

fn package(entry: &Entry<'_>, name: &str, version: &str, line: u32, out: &mut Sink<'_>) {
    let full = match entry.release.as_str() {
        Some(release) => format!("{version}-{release}"),
        None => version.to_owned(),
    };
    let epoch = entry.epoch.as_str().filter(|epoch| *epoch != "0");
    let purl = Purl::builder("rpm", name)
        .namespace("bottlerocket")
        .version(full.clone())
        .qualifier("arch", entry.architecture.as_str().unwrap_or_default())
        .qualifier("epoch", epoch.unwrap_or_default());
    let Some(purl) = out.purl(purl, line) else { return };
    let mut component = Component::from_purl(purl);
    component.version = Some(epoch.map_or_else(|| full.clone(), |epoch| format!("{epoch}:{full}")).into());
    component.supplier = entry.publisher.as_str().map(Into::into);
    component.description = entry.summary.as_str().map(Into::into);
    annotate::refer(&mut component, ReferenceKind::Website, entry.url.as_str());
    out.component(component, line);
}
