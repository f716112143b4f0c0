//! Metadata of .NET assemblies: ECMA-335 6th edition, partition II, §24 (physical layout) and §22 (tables).
//! <https://ecma-international.org/publications-and-standards/standards/ecma-335/>
//!
//! Wanted are two tables, `Assembly` (one row, the assembly itself) and `AssemblyRef` (what it needs). Where they are
//! follows from the sizes of all tables before them, and those from the counts of rows, since an index has two bytes or
//! four, as the largest table that it may lead to needs. So only a few hundred bytes of megabytes are read.

mod tables;

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::File;

use crate::cursor::Cursor;
use crate::object::{Directories, Object};
use tables::Layout;

/// `BSJB`, the signature of metadata.
const SIGNATURE: u32 = 0x424a_5342;
/// Most bytes of the headers of streams.
const MAX_ROOT: u64 = 4096;
/// Most streams; there are five.
const MAX_STREAMS: u16 = 16;
/// Longest name.
const MAX_NAME: u64 = 1024;
/// Most references that are read; real assemblies have a few hundred.
const MAX_REFERENCES: u32 = 20_000;

/// An assembly, or one that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssemblyName {
    pub(crate) name: String,
    pub(crate) version: [u16; 4],
    /// `de`, `zh-Hans`; empty for what has code.
    pub(crate) culture: String,
}

/// What the metadata says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assembly {
    pub(crate) own: AssemblyName,
    pub(crate) references: Vec<AssemblyName>,
}

impl Assembly {
    /// Finds and reads the metadata; `None` when the image is no assembly.
    pub(crate) fn read(
        file: &File<'_>,
        object: &Object,
        directories: &Directories,
    ) -> Result<Option<Self>, ExtractError> {
        let Some((header, _)) = directories.get(Directories::RUNTIME) else { return Ok(None) };
        let header = directories.bytes(file, object, header, 16)?;
        let mut header = Cursor::new(&header);
        let place = header.take(8).and_then(|_| header.u32().zip(header.u32()));
        let Some((root, size)) = place else { return Err(malformed("header")) };
        let image = Image { file, object, directories, root, size };
        let bytes = image.bytes(0, u64::from(size).min(MAX_ROOT))?;
        let streams = Streams::parse(&bytes).ok_or_else(|| malformed("list of streams"))?;
        let head = image.bytes(streams.tables, 24 + 64 * 4)?;
        let layout = Layout::parse(&head).ok_or_else(|| malformed("list of tables"))?;
        let names = Names { image: &image, strings: streams.strings };
        let Some(own) = layout.rows(Layout::ASSEMBLY, 1).next() else { return Ok(None) };
        let own = names.assembly(&layout, streams.tables, own)?;
        let references = layout.rows(Layout::REFERENCES, MAX_REFERENCES);
        let references: Result<Vec<_>, _> =
            references.map(|row| names.reference(&layout, streams.tables, row)).collect();
        Ok(Some(Self { own, references: references? }))
    }
}

fn malformed(what: &str) -> ExtractError {
    ExtractError::malformed(format!("the {what} of the assembly's metadata is not valid"))
}

/// The metadata in its image; offsets count from its root.
struct Image<'i, 'f> {
    file: &'i File<'f>,
    object: &'i Object,
    directories: &'i Directories,
    root: u32,
    size: u32,
}

impl Image<'_, '_> {
    fn bytes(&self, offset: u32, length: u64) -> Result<Vec<u8>, ExtractError> {
        match self.root.checked_add(offset).filter(|_| offset < self.size) {
            Some(address) => self.directories.bytes(self.file, self.object, address, length),
            None => Ok(Vec::new()),
        }
    }
}

/// Where the two streams are that matter.
struct Streams {
    tables: u32,
    strings: u32,
}

impl Streams {
    /// §24.2.1 and §24.2.2
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        if cursor.u32()? != SIGNATURE {
            return None;
        }
        cursor.take(8)?;
        let version = cursor.u32()?;
        cursor.take(version.into())?;
        cursor.u16()?;
        let (mut tables, mut strings) = (None, None);
        for _ in 0..cursor.u16()?.min(MAX_STREAMS) {
            let offset = cursor.u32()?;
            cursor.u32()?;
            let end = cursor.rest().iter().position(|&byte| byte == 0)?;
            let name = cursor.rest().get(..end)?;
            match name {
                // `#-` has tables that were edited in place; their layout is the same.
                b"#~" | b"#-" => tables = Some(offset),
                b"#Strings" => strings = Some(offset),
                _ => {}
            }
            cursor.take(end.checked_add(1)?.checked_next_multiple_of(4)? as u64)?;
        }
        Some(Self { tables: tables?, strings: strings? })
    }
}

/// Reads rows and the texts that they lead to.
struct Names<'n, 'i, 'f> {
    image: &'n Image<'i, 'f>,
    strings: u32,
}

impl Names<'_, '_, '_> {
    /// §22.2: hash algorithm, version, flags, public key, name, culture.
    fn assembly(&self, layout: &Layout, tables: u32, row: u32) -> Result<AssemblyName, ExtractError> {
        let bytes = self.row(layout, Layout::ASSEMBLY, tables, row)?;
        let mut cursor = Cursor::new(&bytes);
        let version = cursor.u32().and_then(|_| version(&mut cursor));
        self.name(layout, version, cursor)
    }

    /// §22.5: version, flags, public key or token, name, culture, hash.
    fn reference(&self, layout: &Layout, tables: u32, row: u32) -> Result<AssemblyName, ExtractError> {
        let bytes = self.row(layout, Layout::REFERENCES, tables, row)?;
        let mut cursor = Cursor::new(&bytes);
        let version = version(&mut cursor);
        self.name(layout, version, cursor)
    }

    fn row(&self, layout: &Layout, table: usize, tables: u32, row: u32) -> Result<Vec<u8>, ExtractError> {
        let (offset, size) = layout.place(table, row).ok_or_else(|| malformed("table"))?;
        let offset = tables.checked_add(offset).ok_or_else(|| malformed("table"))?;
        self.image.bytes(offset, size.into())
    }

    fn name(
        &self,
        layout: &Layout,
        version: Option<[u16; 4]>,
        mut cursor: Cursor<'_>,
    ) -> Result<AssemblyName, ExtractError> {
        let mut rest = || {
            cursor.u32()?;
            layout.blob(&mut cursor)?;
            layout.string(&mut cursor).zip(layout.string(&mut cursor))
        };
        let (Some(version), Some((name, culture))) = (version, rest()) else { return Err(malformed("table")) };
        let name = self.text(name)?;
        if name.is_empty() {
            return Err(malformed("name"));
        }
        Ok(AssemblyName { name, version, culture: self.text(culture)? })
    }

    /// A text of the heap, up to its NUL.
    fn text(&self, index: u32) -> Result<String, ExtractError> {
        let Some(offset) = self.strings.checked_add(index).filter(|_| index > 0) else { return Ok(String::new()) };
        let bytes = self.image.bytes(offset, MAX_NAME)?;
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned())
    }
}

fn version(cursor: &mut Cursor<'_>) -> Option<[u16; 4]> {
    Some([cursor.u16()?, cursor.u16()?, cursor.u16()?, cursor.u16()?])
}
