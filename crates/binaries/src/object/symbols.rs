//! Addresses of a few symbols, by name: ELF `.dynsym` and `.symtab`, Mach-O `LC_SYMTAB`, PE exports.

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::File;

use super::{Commands, Directories, Fields, Format, Object, Section};

/// Most bytes of a table of symbols, and of its names.
const MAX_SYMBOLS: u64 = 64 << 20;
/// Most exported names of a PE file.
const MAX_EXPORTS: u32 = 1 << 20;
/// Mach-O: the load command with the table of symbols.
const LC_SYMTAB: u32 = 2;

/// The addresses of these symbols; `None` for one that is not there. Universal files are not looked into.
pub(crate) fn addresses<const N: usize>(
    file: &File<'_>,
    object: &Object,
    names: [&str; N],
) -> Result<[Option<u64>; N], ExtractError> {
    match object.format {
        Format::Elf => {
            for (symbols, texts) in [(".dynsym", ".dynstr"), (".symtab", ".strtab")] {
                let (Some(symbols), Some(texts)) = (object.section(symbols), object.section(texts)) else { continue };
                let found = elf(file, object, (symbols, texts), names)?;
                if found.iter().all(Option::is_some) {
                    return Ok(found);
                }
            }
            Ok([None; N])
        }
        Format::MachO => macho(file, object, names),
        Format::Pe => pe(file, object, names),
    }
}

/// Symbols of fixed size whose first number is the place of their name.
struct Table<'a> {
    symbols: &'a [u8],
    size: usize,
    texts: &'a [u8],
    little: bool,
}

impl Table<'_> {
    fn find<const N: usize>(&self, names: [&str; N], address: impl Fn(Fields<'_>) -> Option<u64>) -> [Option<u64>; N] {
        let mut found = [None; N];
        for symbol in self.symbols.chunks_exact(self.size) {
            let symbol = Fields { bytes: symbol, little: self.little };
            let text = symbol.u32(0).and_then(|at| self.texts.get(usize::try_from(at).ok()?..));
            let Some(text) = text else { continue };
            for (place, name) in found.iter_mut().zip(names) {
                let is_named = text.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0));
                if is_named && place.is_none() {
                    *place = address(symbol).filter(|&address| address != 0);
                }
            }
        }
        found
    }
}

fn elf<const N: usize>(
    file: &File<'_>,
    object: &Object,
    (symbols, texts): (&Section, &Section),
    names: [&str; N],
) -> Result<[Option<u64>; N], ExtractError> {
    let texts = texts.bytes(file, MAX_SYMBOLS)?;
    let symbols = symbols.bytes(file, MAX_SYMBOLS)?;
    let size = if object.wide { 24 } else { 16 };
    let table = Table { symbols: &symbols, size, texts: &texts, little: object.little_endian };
    Ok(table.find(names, |symbol| symbol.wide(object.wide, 8, 4)))
}

/// `nlist`: names have an underscore before them.
fn macho<const N: usize>(file: &File<'_>, object: &Object, names: [&str; N]) -> Result<[Option<u64>; N], ExtractError> {
    let programs = Commands::read(file)?;
    let [program] = programs.as_slice() else { return Ok([None; N]) };
    let places = program.iter().find(|command| command.kind == LC_SYMTAB).and_then(|command| {
        let size: u64 = if object.wide { 16 } else { 12 };
        let symbols = u64::from(command.u32(12)?).checked_mul(size)?;
        Some((command.u32(8)?, symbols, command.u32(16)?, command.u32(20)?))
    });
    let Some((symbols_at, symbols_size, texts_at, texts_size)) = places else { return Ok([None; N]) };
    let symbols = file.range(symbols_at.into(), symbols_size.min(MAX_SYMBOLS))?;
    let texts = file.range(texts_at.into(), u64::from(texts_size).min(MAX_SYMBOLS))?;
    let size = if object.wide { 16 } else { 12 };
    let table = Table { symbols: &symbols, size, texts: &texts, little: object.little_endian };
    let names = names.map(|name| format!("_{name}"));
    let names = std::array::from_fn(|at| names.get(at).map(String::as_str).unwrap_or_default());
    Ok(table.find(names, |symbol| symbol.wide(object.wide, 8, 8)))
}

/// The export directory: counts, then tables of addresses, of names and of the names' numbers.
fn pe<const N: usize>(file: &File<'_>, object: &Object, names: [&str; N]) -> Result<[Option<u64>; N], ExtractError> {
    let mut found = [None; N];
    let Some(directories) = Directories::read(file)? else { return Ok(found) };
    let Some((at, _)) = directories.get(Directories::EXPORTS) else { return Ok(found) };
    let head = directories.bytes(file, object, at, 40)?;
    let head = Fields { bytes: &head, little: true };
    let Some(count) = head.u32(24).map(|count| count.min(MAX_EXPORTS)) else { return Ok(found) };
    let (Some(addresses), Some(texts), Some(numbers)) = (head.u32(28), head.u32(32), head.u32(36)) else {
        return Ok(found);
    };
    let count = u64::from(count);
    let texts = directories.bytes(file, object, texts, count.saturating_mul(4))?;
    let numbers = directories.bytes(file, object, numbers, count.saturating_mul(2))?;
    for (text, number) in texts.chunks_exact(4).zip(numbers.chunks_exact(2)) {
        let text = Fields { bytes: text, little: true }.u32(0).unwrap_or_default();
        let text = directories.bytes(file, object, text, 64)?;
        let text = super::text(&text);
        let Some(place) = names.iter().position(|name| **name == *text).and_then(|at| found.get_mut(at)) else {
            continue;
        };
        let number = Fields { bytes: number, little: true }.u16(0).unwrap_or_default();
        let Some(entry) = u32::from(number).checked_mul(4).and_then(|at| addresses.checked_add(at)) else { continue };
        let entry = directories.bytes(file, object, entry, 4)?;
        *place = Fields { bytes: &entry, little: true }.u32(0).map(|address| directories.address(address));
    }
    Ok(found)
}
