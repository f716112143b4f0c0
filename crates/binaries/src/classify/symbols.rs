//! What a shared object calls itself (`DT_SONAME`) and what it defines, of ELF files.
//!
//! Read only when a rule has found a statement and asks. A program that *uses* a library names the library's functions
//! as well, so only symbols that have a section count (`st_shndx`).

use super::engine::Target;
use crate::object::{Format, Object};

/// Most bytes of each of the tables.
const MAX_TABLE: u64 = 32 << 20;
/// `d_tag` of the soname.
const SONAME: u64 = 14;
/// Longest soname.
const MAX_SONAME: usize = 256;

/// The tables, read at first use.
pub(super) struct Exports<'t, 'f> {
    target: &'t Target<'f>,
    read: Option<Tables>,
}

#[derive(Default)]
struct Tables {
    wide: bool,
    little: bool,
    /// `.dynstr`.
    strings: Vec<u8>,
    /// `.dynsym`.
    symbols: Vec<u8>,
    soname: Vec<u8>,
}

impl<'t, 'f> Exports<'t, 'f> {
    pub(super) fn new(target: &'t Target<'f>) -> Self {
        Self { target, read: None }
    }

    /// Whether the soname starts with one of these.
    pub(super) fn has_soname(&mut self, prefixes: &[Box<[u8]>]) -> bool {
        !prefixes.is_empty() && {
            let soname = &self.tables().soname;
            prefixes.iter().any(|prefix| soname.starts_with(prefix))
        }
    }

    /// Whether one of these is defined.
    pub(super) fn has_symbol(&mut self, symbols: &[Box<[u8]>]) -> bool {
        !symbols.is_empty() && self.tables().defines(symbols)
    }

    fn tables(&mut self) -> &Tables {
        let target = self.target;
        self.read.get_or_insert_with(|| {
            let elf = target.objects.iter().find(|object| object.format == Format::Elf);
            elf.and_then(|object| Tables::read(target, object)).unwrap_or_default()
        })
    }
}

impl Tables {
    fn read(target: &Target<'_>, object: &Object) -> Option<Self> {
        let bytes = |name: &str| object.section(name)?.bytes(&target.file, MAX_TABLE).ok();
        let mut tables = Self {
            wide: object.wide,
            little: object.little_endian,
            strings: bytes(".dynstr")?,
            symbols: bytes(".dynsym").unwrap_or_default(),
            soname: Vec::new(),
        };
        let dynamic = bytes(".dynamic").unwrap_or_default();
        let mut entries = dynamic.chunks_exact(if tables.wide { 16 } else { 8 }).filter_map(|entry| {
            let (tag, value) = entry.split_at_checked(entry.len() / 2)?;
            Some((tables.number(tag), tables.number(value)))
        });
        let at = entries.find(|(tag, _)| *tag == SONAME).and_then(|(_, at)| usize::try_from(at).ok());
        let soname = at.and_then(|at| tables.strings.get(at..)).unwrap_or_default().iter().take(MAX_SONAME);
        tables.soname = soname.take_while(|byte| **byte != 0).copied().collect();
        Some(tables)
    }

    fn defines(&self, names: &[Box<[u8]>]) -> bool {
        // `st_name` is first in both forms; `st_shndx` of zero is a symbol that is only used.
        let (size, section) = if self.wide { (24, 6..8) } else { (16, 14..16) };
        self.symbols.chunks_exact(size).any(|symbol| {
            let defined = symbol.get(section.clone()).is_some_and(|section| section != [0, 0]);
            let name = symbol.get(..4).map(|name| self.number(name)).and_then(|at| usize::try_from(at).ok());
            let rest = name.filter(|_| defined).and_then(|at| self.strings.get(at..)).unwrap_or_default();
            names.iter().any(|name| rest.strip_prefix(&**name).is_some_and(|rest| rest.first() == Some(&0)))
        })
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let fold = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
        if self.little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
    }
}
