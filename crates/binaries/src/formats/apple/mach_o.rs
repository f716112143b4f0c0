//! Mach-O libraries and programs, universal ones too: what their load commands and an embedded `Info.plist` say.
//! <https://github.com/apple-oss-distributions/cctools/blob/main/include/mach-o/loader.h>
//!
//! A dynamic library states its install name and current version (`LC_ID_DYLIB`), and with the names of those that it
//! needs it has edges. A command-line tool may have its `Info.plist` in the section `__info_plist`. What surprises: the
//! version of a library has three numbers of 16, 8 and 8 bits, is whatever the linker was told, and 0.0.0 or 1.0.0 when
//! it was told nothing, which is no version then.

mod plist;

use std::collections::{BTreeSet, HashMap};

use plimsoll_extract::prelude::*;

use crate::model::property;
use crate::object::{self, Commands};
use plist::InfoPlist;

/// Reads the names and versions in Mach-O files.
pub(crate) struct MachO;

const MH_EXECUTE: u32 = 2;
const LC_LOAD_DYLIB: u32 = 0x0c;
const LC_ID_DYLIB: u32 = 0x0d;
const LC_LOAD_WEAK_DYLIB: u32 = 0x8000_0018;
const LC_REEXPORT_DYLIB: u32 = 0x8000_001f;
const LC_SOURCE_VERSION: u32 = 0x2a;
const LC_BUILD_VERSION: u32 = 0x32;
/// Most bytes of an embedded `Info.plist`.
const MAX_PLIST: u64 = 1 << 20;
/// Most libraries that a program needs.
const MAX_NEEDED: usize = 4096;

impl Extractor for MachO {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("apple/mach-o")
    }

    fn about(&self) -> About {
        About {
            title: "Mach-O libraries and programs (LC_ID_DYLIB, embedded Info.plist)",
            specification: "https://github.com/apple-oss-distributions/cctools/blob/main/include/mach-o/loader.h",
            facts: &[Fact::Edges],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &const {
            let [_, _, macho, macho64, swapped, swapped64, fat, fat64] = object::MAGIC;
            [
                Interest::Magic(macho),
                Interest::Magic(macho64),
                Interest::Magic(swapped),
                Interest::Magic(swapped64),
                Interest::Magic(fat),
                Interest::Magic(fat64),
            ]
        }
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let programs = Commands::read(file)?;
        let objects = object::read(file)?;
        let mut told = Told::default();
        for commands in &programs {
            told.commands(commands);
        }
        for object in &objects {
            let Some(section) = object.section("__info_plist") else { continue };
            let bytes = section.bytes(file, MAX_PLIST)?;
            told.plist = told.plist.or_else(|| InfoPlist::parse(&bytes, file.budget().limits()));
        }
        let Some(component) = told.component(file, out) else { return Ok(()) };
        out.observed(
            component,
            Observation {
                technique: Technique::BinaryAnalysis,
                confidence: if told.plist.is_some() { Confidence::STATED } else { Confidence::HIGH },
                ..Observation::default()
            },
        );
        let own = told.install_name.as_deref().unwrap_or_default().to_owned();
        let names = std::iter::once(own).chain(told.needed);
        out.keep(names.collect::<Vec<_>>().join("\n"));
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        let mut by_name: HashMap<String, Handle> = HashMap::new();
        let mut needs: Vec<(Handle, String)> = Vec::new();
        for file in files.files() {
            let kept = String::from_utf8_lossy(&files.take_kept(file)).into_owned();
            let Some((at, _)) = files.components(file).next() else { continue };
            let mut names = kept.split('\n');
            if let Some(own) = names.next().filter(|own| !own.is_empty()) {
                by_name.entry(base(own).to_owned()).or_insert(at);
            }
            needs.extend(names.map(|name| (at, base(name).to_owned())));
        }
        for (from, name) in needs {
            if let Some(&to) = by_name.get(&name).filter(|to| **to != from) {
                files.relate(from, to, RelationshipKind::DependsOn, Scope::Runtime);
            }
        }
    }
}

/// The last part of an install name, as `@rpath` and moved libraries leave nothing else to go by.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// What the programs in a file say; those of a universal file say the same.
#[derive(Default)]
struct Told {
    install_name: Option<Box<str>>,
    version: Option<String>,
    is_program: bool,
    needed: BTreeSet<String>,
    builds: BTreeSet<String>,
    source: Option<String>,
    plist: Option<InfoPlist>,
}

impl Told {
    fn commands(&mut self, commands: &Commands) {
        self.is_program |= commands.file_type == MH_EXECUTE;
        for command in commands.iter() {
            match command.kind {
                LC_ID_DYLIB => {
                    self.install_name = self.install_name.take().or_else(|| command.text(8));
                    self.version = self.version.take().or_else(|| command.u32(16).and_then(packed));
                }
                LC_LOAD_DYLIB | LC_LOAD_WEAK_DYLIB | LC_REEXPORT_DYLIB if self.needed.len() < MAX_NEEDED => {
                    self.needed.extend(command.text(8).map(|name| name.replace('\n', " ")));
                }
                LC_SOURCE_VERSION => self.source = self.source.take().or_else(|| command.u64(8).and_then(source)),
                LC_BUILD_VERSION => {
                    let platform = command.u32(8).and_then(platform);
                    let numbers = command.u32(12).and_then(packed).zip(command.u32(16).and_then(packed));
                    if let (Some(platform), Some((least, sdk))) = (platform, numbers) {
                        self.builds.insert(format!("{platform} {least}, SDK {sdk}"));
                    }
                }
                _ => {}
            }
        }
    }

    /// The component; `None` when nothing names it and its version.
    fn component(&self, file: &File<'_>, out: &mut Sink<'_>) -> Option<Component> {
        let stated = self.plist.as_ref().and_then(|plist| Some((plist.name()?, plist.version()?)));
        let linked = || {
            let name = base(self.install_name.as_deref()?);
            let version = self.version.as_deref().filter(|version| *version != "1.0.0")?;
            Some((name.strip_suffix(".dylib").unwrap_or(name), version))
        };
        let (name, version) = stated.or_else(linked).filter(|(name, _)| !name.is_empty())?;
        let mut component = Component::from_purl(out.purl(Purl::builder("generic", name).version(version), 0)?);
        if self.is_program {
            component.kind = ComponentKind::Application;
        }
        let held = &mut component;
        if let Some(plist) = &self.plist {
            held.copyright = plist.copyright().map(Into::into);
            property(held, "plimsoll:apple:bundle-version", plist.build().unwrap_or_default());
        }
        property(held, "plimsoll:apple:install-name", self.install_name.as_deref().unwrap_or_default());
        property(held, "plimsoll:apple:source-version", self.source.as_deref().unwrap_or_default());
        for build in &self.builds {
            property(held, "plimsoll:apple:build", build);
        }
        let stem = String::from_utf8_lossy(file.path().name());
        if stem != name {
            property(held, "plimsoll:apple:file-name", stem);
        }
        Some(component)
    }
}

/// A version of 16, 8 and 8 bits; `None` for 0.0.0.
fn packed(number: u32) -> Option<String> {
    let (major, minor, patch) = (number >> 16, number >> 8 & 0xff, number & 0xff);
    (number != 0).then(|| format!("{major}.{minor}.{patch}"))
}

/// A version of 24 and four times 10 bits; `None` for zeros.
fn source(number: u64) -> Option<String> {
    let parts = [number >> 40, number >> 30 & 0x3ff, number >> 20 & 0x3ff, number >> 10 & 0x3ff, number & 0x3ff];
    let last = parts.iter().rposition(|&part| part != 0)?.max(1);
    let parts: Vec<String> = parts.iter().take(last.saturating_add(1)).map(u64::to_string).collect();
    Some(parts.join("."))
}

/// `PLATFORM_*`
fn platform(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "macOS",
        2 => "iOS",
        3 => "tvOS",
        4 => "watchOS",
        5 => "bridgeOS",
        6 => "Mac Catalyst",
        7 => "iOS simulator",
        8 => "tvOS simulator",
        9 => "watchOS simulator",
        10 => "DriverKit",
        11 => "visionOS",
        12 => "visionOS simulator",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_versions() {
        assert_eq!(packed(0x0001_020c).as_deref(), Some("1.2.12"));
        assert_eq!(packed(0), None);
        assert_eq!(source(90 << 40 | 2 << 30).as_deref(), Some("90.2"));
        assert_eq!(source(5 << 40).as_deref(), Some("5.0"));
        assert_eq!(source(0), None);
    }
}
