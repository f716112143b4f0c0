//! Linux kernels and their modules.
//! <https://docs.kernel.org/arch/x86/boot.html>, <https://docs.kernel.org/arch/arm64/booting.html>,
//! <https://www.kernel.org/doc/html/latest/core-api/kernel-api.html#module-support>
//!
//! A kernel states its version in the header of an x86 image, or in the text `Linux version …` of an uncompressed one; an
//! image that is compressed as a whole (arm64, RISC-V, EFI `zboot`) is decompressed as far as that text. A unified kernel
//! image has it in the section `.uname`. A module states its facts in the section `.modinfo`; it belongs to the kernel
//! whose version its `vermagic` starts with, and needs the modules that `depends` names.
//!
//! What surprises: a module of the kernel's own tree states no version. It is released with the kernel, so it has the
//! version of that. Module names have `_` where file names may have `-`. What a package of the system owns, it is: such
//! a kernel or module is dropped when files find their owners.

mod image;
mod modinfo;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::object;
use image::Image;
use modinfo::ModInfo;

/// Reads kernels and modules.
pub(crate) struct LinuxKernel;

/// Most bytes of a module when decompressed; the largest drivers have 30 MB with debug data.
const MAX_MODULE: u64 = 128 << 20;
/// Most bytes of `.modinfo`.
const MAX_MODINFO: u64 = 4 << 20;
/// Suffixes of modules.
const MODULES: [&[u8]; 4] = [b".ko", b".ko.gz", b".ko.xz", b".ko.zst"];
/// How kernels and modules are seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

impl Extractor for LinuxKernel {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("linux/kernel")
    }

    fn about(&self) -> About {
        About {
            title: "Linux kernels (bzImage, zboot, vmlinux, unified images) and modules (.ko, gzip, xz, zstd)",
            specification: "https://docs.kernel.org/arch/x86/boot.html",
            facts: &[Fact::Edges, Fact::License],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Suffix(".ko"),
            Interest::Suffix(".ko.gz"),
            Interest::Suffix(".ko.xz"),
            Interest::Suffix(".ko.zst"),
            Interest::Suffix(".efi"),
            Interest::Name("vmlinuz"),
            Interest::Path("vmlinuz-*"),
            Interest::Name("vmlinux"),
            Interest::Path("vmlinux-*"),
            Interest::Name("bzImage"),
            Interest::Name("zImage"),
            Interest::Path("boot/kernel*"),
            Interest::Path("boot/Image*"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let name = file.path().name();
        if let Some(stem) = MODULES.iter().rev().find_map(|suffix| name.strip_suffix(*suffix)) {
            return module(file, stem, out);
        }
        let Some(image) = Image::read(file)? else { return Ok(()) };
        let release = image.release();
        let Some(purl) = out.purl(Purl::builder("generic", "linux-kernel").version(release), 0) else { return Ok(()) };
        let mut component = Component { kind: ComponentKind::Application, ..Component::from_purl(purl) };
        component.licenses.extend(License::declared("GPL-2.0-only WITH Linux-syscall-note"));
        component.properties.push(("plimsoll:linux:banner".into(), image.banner.as_str().into()));
        component.properties.push(("plimsoll:linux:format".into(), image.format.into()));
        out.observed(component, RECORDED);
        out.keep(format!("kernel\t{release}"));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut kernels: HashMap<String, Handle> = HashMap::new();
        let mut modules: HashMap<(String, String), Handle> = HashMap::new();
        let mut needs: Vec<(Handle, String, Vec<String>)> = Vec::new();
        for file in files.files() {
            let kept = String::from_utf8_lossy(&files.take_kept(file)).into_owned();
            let Some((at, _)) = files.components(file).next() else { continue };
            let mut parts = kept.split('\t').map(str::to_owned);
            match (parts.next().as_deref(), parts.next(), parts.next()) {
                (Some("kernel"), Some(release), None) => drop(kernels.entry(release).or_insert(at)),
                (Some("module"), Some(release), Some(name)) => {
                    modules.entry((release.clone(), name)).or_insert(at);
                    needs.push((at, release, parts.collect()));
                }
                _ => {}
            }
        }
        for (at, release, names) in needs {
            if let Some(&kernel) = kernels.get(&release) {
                files.relate(kernel, at, RelationshipKind::Contains, Scope::Unspecified);
            }
            for name in names {
                if let Some(&needed) = modules.get(&(release.clone(), name)).filter(|needed| **needed != at) {
                    files.relate(at, needed, RelationshipKind::DependsOn, Scope::Runtime);
                }
            }
        }
    }
}

/// Emits a module.
fn module(file: &File<'_>, stem: &[u8], out: &mut Sink<'_>) -> Result<(), ExtractError> {
    if file.path().name().ends_with(b".ko") {
        return described(file, stem, out);
    }
    let mut stream = packed::decompressed(file.body(), 0..file.len(), file.budget())?;
    let bytes = packed::read_to_end(&mut stream, MAX_MODULE)?;
    let body = bytes.as_slice();
    described(&File::new(file.path(), file.layer(), &body, file.budget()), stem, out)
}

/// Emits the module in a file that is not compressed.
fn described(file: &File<'_>, stem: &[u8], out: &mut Sink<'_>) -> Result<(), ExtractError> {
    // A catalogue of translated messages or another system's module may be called so too.
    let Some(object) = object::relocatable(file)? else { return Ok(()) };
    let Some(section) = object.section(".modinfo") else { return Ok(()) };
    let bytes = section.bytes(file, MAX_MODINFO)?;
    let info = ModInfo::parse(&bytes);
    let stem = String::from_utf8_lossy(stem).replace('-', "_");
    let name = info.get("name").unwrap_or(&stem).to_owned();
    let Some(component) = info.component(&name, out) else { return Ok(()) };
    out.observed(component, RECORDED);
    let mut kept = vec!["module", info.release().unwrap_or_default(), name.as_str()];
    kept.extend(info.depends());
    out.keep(kept.join("\t"));
    Ok(())
}
