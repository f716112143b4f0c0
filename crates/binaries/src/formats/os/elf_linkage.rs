//! What ELF files load by name: `DT_NEEDED` and `DT_SONAME` of the section `.dynamic` (System V ABI, chapter 5), and the
//! notes of `.note.dlopen`, JSON lists of what is loaded only when it is there.
//! <https://systemd.io/ELF_DLOPEN_METADATA/>
//!
//! A file shows no component by this; it lets the component that the file is of depend on those that have the libraries.
//! What surprises: one entry of a note may have several names, any of which will do.

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{self, Lenient};
use serde::Deserialize;

use crate::cursor::Cursor;
use crate::notes;
use crate::object::{self, Object};

/// Reads which libraries ELF files have and need.
pub(crate) struct ElfLinkage;

const NEEDED: u64 = 1;
const SONAME: u64 = 14;
/// Note type `NT_FDO_DLOPEN_METADATA`.
const DLOPEN: u32 = 0x407c_0c0a;
/// Owner of the note.
const OWNER: &[u8] = b"FDO";
/// Most bytes of the sections `.dynamic` and `.note.dlopen`.
const MAX_SECTION: u64 = 1 << 20;
/// Most bytes of the names.
const MAX_NAMES: u64 = 64 << 20;
/// Longest name of a library.
const MAX_NAME: usize = 256;
/// Most names in one file.
const MAX_NEEDED: usize = 4096;

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    soname: Vec<String>,
}

impl Extractor for ElfLinkage {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/elf-linkage")
    }

    fn about(&self) -> About {
        About {
            title: "ELF linkage (DT_NEEDED, DT_SONAME, .note.dlopen)",
            specification: "https://systemd.io/ELF_DLOPEN_METADATA/",
            facts: &[Fact::Edges, Fact::Scope],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Magic(b"\x7fELF")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        for object in object::read(file)? {
            dynamic(file, &object, out)?;
            let Some(section) = object.section(".note.dlopen") else { continue };
            let bytes = section.bytes(file, MAX_SECTION)?;
            for description in notes::find(&bytes, object.little_endian, OWNER, DLOPEN) {
                let entries: Vec<Lenient<Entry>> = json::from_slice(notes::text(description), file.budget().limits())?;
                for name in entries.iter().filter_map(Lenient::get).flat_map(|entry| &entry.soname) {
                    if sound(name) {
                        out.needs_library(name, Scope::Optional);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads the dynamic section: pairs of tag and value, up to a tag that is 0.
fn dynamic(file: &File<'_>, object: &Object, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let (Some(section), Some(names)) = (object.section(".dynamic"), object.section(".dynstr")) else { return Ok(()) };
    let bytes = section.bytes(file, MAX_SECTION)?;
    let mut cursor = Cursor::new(&bytes);
    let mut number = || {
        let number = if object.wide { cursor.u64() } else { cursor.u32().map(u64::from) }?;
        Some(match (object.little_endian, object.wide) {
            (true, _) => number,
            (false, true) => number.swap_bytes(),
            (false, false) => u32::try_from(number).ok()?.swap_bytes().into(),
        })
    };
    let mut left = MAX_NEEDED;
    while let Some((tag, value)) = number().zip(number()).filter(|(tag, _)| *tag != 0) {
        if !matches!(tag, NEEDED | SONAME) {
            continue;
        }
        let Some(rest) = left.checked_sub(1) else { break };
        left = rest;
        if value >= names.size {
            out.malformed_entry(0, "the name of a library lies outside the names");
            continue;
        }
        let within = names.size.min(MAX_NAMES).saturating_sub(value).min(MAX_NAME as u64);
        let text = file.range(names.offset.saturating_add(value), within)?;
        let Some(name) = std::str::from_utf8(notes::text(&text)).ok().filter(|name| sound(name)) else { continue };
        match tag {
            SONAME => out.provides_library(name),
            _ => out.needs_library(name, Scope::Runtime),
        }
    }
    Ok(())
}

fn sound(name: &str) -> bool {
    !name.is_empty() && name.len() < MAX_NAME && !name.contains(['\0', '\n'])
}
