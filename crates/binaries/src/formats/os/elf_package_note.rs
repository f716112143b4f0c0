//! ELF package metadata: the section `.note.package`, a note with JSON. Fedora, Debian and others write it.
//! <https://systemd.io/ELF_PACKAGE_METADATA/>
//!
//! It names the package that the file was built as. The package may be absent from the package database: in a
//! distroless image, or after a file was copied out of its package. Debian names the source package, so a note in a file
//! that the database knows adds nothing; such a component is dropped when files find their owners.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json;
use serde::Deserialize;

use crate::notes;
use crate::object::{self, Format};

/// Reads the package note of ELF files.
pub(crate) struct ElfPackageNote;

/// Note type `FDO_PACKAGING_METADATA`.
const PACKAGING: u32 = 0xcafe_1a7e;
/// Owner of the note.
const OWNER: &[u8] = b"FDO";
/// Most bytes of the section.
const MAX_SECTION: u64 = 64 << 10;

#[derive(Deserialize)]
struct Note {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    version: Option<String>,
    architecture: Option<String>,
    os: Option<String>,
    #[serde(rename = "osVersion")]
    os_version: Option<String>,
    #[serde(rename = "osCpe")]
    os_cpe: Option<String>,
    #[serde(rename = "debugInfoUrl")]
    debug_info_url: Option<String>,
    #[serde(rename = "appCpe")]
    app_cpe: Option<String>,
    #[serde(rename = "buildId")]
    build_id: Option<String>,
    #[serde(rename = "moduleVersion")]
    module_version: Option<String>,
    // What Red Hat's and Microsoft's builders add.
    maintainer: Option<String>,
    vendor: Option<String>,
    system: Option<String>,
    correlation: Option<String>,
    #[serde(rename = "sourceRepo")]
    source_repo: Option<String>,
    commit: Option<String>,
}

impl Extractor for ElfPackageNote {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/elf-package-note")
    }

    fn about(&self) -> About {
        About {
            title: "ELF package metadata (.note.package)",
            specification: "https://systemd.io/ELF_PACKAGE_METADATA/",
            facts: &[],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Magic(b"\x7fELF")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            let section = object.section(".note.package").filter(|_| object.format == Format::Elf);
            let Some(section) = section else { continue };
            let bytes = section.bytes(file, MAX_SECTION)?;
            let found = notes::find(&bytes, object.little_endian, OWNER, PACKAGING);
            let Some(&json) = found.first() else {
                return Err(ExtractError::malformed("the section .note.package is not a package note"));
            };
            let note: Note = json::from_slice(notes::text(json), file.budget().limits())?;
            emit(&note, out);
        }
        Ok(())
    }
}

fn emit(note: &Note, out: &mut Sink<'_>) {
    let (Some(name), Some(version)) = (note.name.as_deref(), note.version.as_deref()) else {
        return out.malformed_entry(0, "the package note has no name or no version");
    };
    let kind = note.kind.as_deref().unwrap_or("generic");
    // osCpe is cpe:2.3:o:vendor:product:version:… or cpe:/o:vendor:product:version.
    let cpe = note.os_cpe.as_deref().map(cpe).unwrap_or_default();
    let os = note.os.as_deref().or(cpe.1).or(note.system.as_deref());
    let release = note.os_version.as_deref().or(cpe.2);
    // The vendor of a distribution's CPE is that of its packages: `fedoraproject` builds `fedora`.
    let namespace = match os {
        Some("enterprise_linux") => Some("redhat"),
        Some("debian_linux") => Some("debian"),
        Some("ubuntu_linux") => Some("ubuntu"),
        other => other,
    };
    let mut builder = Purl::builder(kind, name).version(version);
    if let Some(namespace) = namespace.filter(|_| matches!(kind, "deb" | "rpm" | "apk" | "alpm" | "opkg")) {
        builder = builder.namespace(namespace);
        if let Some(release) = release {
            builder = builder.qualifier("distro", format!("{namespace}-{release}"));
        }
    }
    if let Some(architecture) = note.architecture.as_deref() {
        builder = builder.qualifier("arch", architecture);
    }
    let Some(purl) = out.purl(builder, 0) else { return };
    let mut component = Component::from_purl(purl);
    let mut property = |name: &'static str, value: Option<&str>| {
        component.properties.extend(value.map(|value| (name.into(), value.into())));
    };
    property("plimsoll:elf:os-cpe", note.os_cpe.as_deref());
    property("plimsoll:elf:app-cpe", note.app_cpe.as_deref());
    property("plimsoll:elf:debug-info-url", note.debug_info_url.as_deref());
    property("plimsoll:elf:build-id", note.build_id.as_deref());
    property("plimsoll:elf:module-version", note.module_version.as_deref());
    property("plimsoll:elf:commit", note.commit.as_deref());
    property("plimsoll:elf:correlation", note.correlation.as_deref());
    component.supplier = note.vendor.as_deref().or(note.maintainer.as_deref()).map(Into::into);
    component.references.extend(note.source_repo.as_deref().map(|url| ExternalReference {
        kind: ReferenceKind::Vcs,
        url: url.into(),
        hashes: Vec::new(),
    }));
    out.observed(component, Observation { technique: Technique::BinaryAnalysis, ..Observation::default() });
}

/// Vendor, product and version of a CPE.
fn cpe(cpe: &str) -> (Option<&str>, Option<&str>, Option<&str>) {
    let rest = cpe.strip_prefix("cpe:2.3:o:").or_else(|| cpe.strip_prefix("cpe:/o:")).unwrap_or_default();
    let mut parts = rest.split(':').map(|part| Some(part).filter(|part| !matches!(*part, "" | "*" | "-")));
    (parts.next().flatten(), parts.next().flatten(), parts.next().flatten())
}
