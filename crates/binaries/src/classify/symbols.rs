//! What a shared object calls itself (`DT_SONAME`) and what it defines, of ELF files.
//!
//! Read only when a rule has found a statement and asks. A program that *uses* a library names the library's functions
//! as well, so only symbols that have a section count (`st_shndx`).

use std::collections::HashSet;

use super::engine::Target;
use crate::object::{Format, Object};

/// Most bytes of each of the tables.
const MAX_TABLE: u64 = 32 << 20;
/// `d_tag` of the soname.
const SONAME: u64 = 14;

/// The names, read at first use.
pub(super) struct Exports<'t, 'f> {
    target: &'t Target<'f>,
    read: Option<Names>,
}

#[derive(Default)]
struct Names {
    soname: Vec<u8>,
    defined: HashSet<Vec<u8>>,
}

impl<'t, 'f> Exports<'t, 'f> {
    pub(super) fn new(target: &'t Target<'f>) -> Self {
        Self { target, read: None }
    }

    /// Whether the soname starts with one of these.
    pub(super) fn has_soname(&mut self, prefixes: &[Box<[u8]>]) -> bool {
        !prefixes.is_empty() && {
            let soname = &self.names().soname;
            prefixes.iter().any(|prefix| soname.starts_with(prefix))
        }
    }

    /// Whether one of these is defined.
    pub(super) fn has_symbol(&mut self, symbols: &[Box<[u8]>]) -> bool {
        !symbols.is_empty() && {
            let defined = &self.names().defined;
            symbols.iter().any(|symbol| defined.contains(&**symbol))
        }
    }

    fn names(&mut self) -> &Names {
        let target = self.target;
        self.read.get_or_insert_with(|| {
            let elf = target.objects.iter().find(|object| object.format == Format::Elf);
            elf.and_then(|object| read(target, object)).unwrap_or_default()
        })
    }
}

fn read(target: &Target<'_>, object: &Object) -> Option<Names> {
    let bytes = |name: &str| {
        let section = object.section(name)?;
        section.bytes(&target.file, MAX_TABLE).ok()
    };
    let strings = bytes(".dynstr")?;
    let text = |at: u64| {
        let rest = strings.get(usize::try_from(at).ok()?..)?;
        rest.split(|&byte| byte == 0).next()
    };
    let wide = object.wide;
    let little = object.little_endian;
    let dynamic = bytes(".dynamic").unwrap_or_default();
    let entries = dynamic.chunks_exact(if wide { 16 } else { 8 });
    let mut entries = entries.filter_map(|entry| {
        let (tag, value) = entry.split_at_checked(entry.len() / 2)?;
        Some((number(tag, little), number(value, little)))
    });
    let soname = entries.find(|(tag, _)| *tag == SONAME).and_then(|(_, at)| text(at)).unwrap_or_default().to_vec();
    let symbols = bytes(".dynsym").unwrap_or_default();
    let defined = symbols.chunks_exact(if wide { 24 } else { 16 }).filter_map(|symbol| {
        let section = if wide { symbol.get(6..8)? } else { symbol.get(14..16)? };
        let name = number(symbol.get(..4)?, little);
        (number(section, little) != 0).then(|| text(name)).flatten().map(<[u8]>::to_vec)
    });
    let defined = defined.collect();
    Some(Names { soname, defined })
}

fn number(bytes: &[u8], little: bool) -> u64 {
    let fold = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
    if little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
}
