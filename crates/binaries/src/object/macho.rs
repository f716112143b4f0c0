//! Mach-O and universal binaries: `mach-o/loader.h` and `mach-o/fat.h`.
//! <https://github.com/apple-oss-distributions/cctools/tree/main/include/mach-o>

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

use super::{Fields, Format, Mapping, Object, Section, table, text};

/// A universal binary has a handful of programs. A Java class has its version here, and the oldest is 45.
const MAX_PROGRAMS: u32 = 30;
const SEGMENT: u32 = 1;
const SEGMENT_64: u32 = 0x19;
/// `initprot`: writable.
const WRITE: u32 = 2;

/// Reads the tables of each program in the file.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Object>, ExtractError> {
    let mut objects = Vec::new();
    for base in programs(file)? {
        objects.extend(program(file, base)?);
    }
    Ok(objects)
}

/// The load commands of one program.
pub(crate) struct Commands {
    /// `MH_EXECUTE`, `MH_DYLIB`, …
    pub(crate) file_type: u32,
    little: bool,
    bytes: Vec<u8>,
}

/// A load command; offsets in it count from its start.
#[derive(Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) kind: u32,
    fields: Fields<'a>,
}

impl Command<'_> {
    /// A number of 32 bits.
    pub(crate) fn u32(&self, at: usize) -> Option<u32> {
        self.fields.u32(at)
    }

    /// A number of 64 bits.
    pub(crate) fn u64(&self, at: usize) -> Option<u64> {
        self.fields.u64(at)
    }

    /// The text whose offset is the number at this place.
    pub(crate) fn text(&self, at: usize) -> Option<Box<str>> {
        let offset = usize::try_from(self.u32(at)?).ok()?;
        self.fields.bytes.get(offset..).map(text).filter(|text| !text.is_empty())
    }
}

impl Commands {
    /// The commands of each program in the file.
    pub(crate) fn read(file: &File<'_>) -> Result<Vec<Self>, ExtractError> {
        let mut all = Vec::new();
        for base in programs(file)? {
            let Some(header) = Header::read(file, base)? else { continue };
            let bytes = table(file, header.commands, header.length.into(), "its load commands")?;
            all.push(Self { file_type: header.file_type, little: header.little, bytes });
        }
        Ok(all)
    }

    /// The commands, up to one that is cut off.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Command<'_>> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let fields = Fields { bytes: rest, little: self.little };
            let (kind, size) = fields.u32(0).zip(fields.u32(4))?;
            let (bytes, after) = rest.split_at_checked(usize::try_from(size).ok()?.max(8))?;
            rest = after;
            Some(Command { kind, fields: Fields { bytes, little: self.little } })
        })
    }
}

/// Where programs start in the file.
fn programs(file: &File<'_>) -> Result<Vec<u64>, ExtractError> {
    let mut head = [0; 8];
    let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
    let wide = match head {
        _ if count < head.len() => return Ok(Vec::new()),
        [0xca, 0xfe, 0xba, 0xbe, ..] => false,
        [0xca, 0xfe, 0xba, 0xbf, ..] => true,
        _ => return Ok(vec![0]),
    };
    let programs = Fields { bytes: &head, little: false }.u32(4).unwrap_or_default();
    if programs == 0 || programs > MAX_PROGRAMS {
        return Ok(Vec::new());
    }
    let size: u64 = if wide { 32 } else { 20 };
    let headers = table(file, 8, u64::from(programs).saturating_mul(size), "its table of programs")?;
    let offset = |header| Fields { bytes: header, little: false }.wide(wide, 8, 8);
    Ok(headers.chunks_exact(size as usize).filter_map(offset).collect())
}

/// What the header of a program says.
struct Header {
    wide: bool,
    little: bool,
    file_type: u32,
    count: u32,
    /// Where the load commands start, and their bytes.
    commands: u64,
    length: u32,
}

impl Header {
    /// Reads the header of the program that starts at `base`.
    fn read(file: &File<'_>, base: u64) -> Result<Option<Self>, ExtractError> {
        let header = table(file, base, 32.min(file.len().saturating_sub(base)), "a program")?;
        let (wide, little) = match header.first_chunk() {
            Some([0xfe, 0xed, 0xfa, 0xce]) => (false, false),
            Some([0xfe, 0xed, 0xfa, 0xcf]) => (true, false),
            Some([0xce, 0xfa, 0xed, 0xfe]) => (false, true),
            Some([0xcf, 0xfa, 0xed, 0xfe]) => (true, true),
            _ => return Ok(None),
        };
        let fields = Fields { bytes: &header, little };
        let (Some(file_type), Some(count), Some(length)) = (fields.u32(12), fields.u32(16), fields.u32(20)) else {
            return Ok(None);
        };
        let commands = base.saturating_add(if wide { 32 } else { 28 });
        Ok(Some(Self { wide, little, file_type, count, commands, length }))
    }
}

/// Reads the load commands of one program, which starts at `base`.
fn program(file: &File<'_>, base: u64) -> Result<Option<Object>, ExtractError> {
    let Some(header) = Header::read(file, base)? else { return Ok(None) };
    let Header { wide, little, count, .. } = header;
    let commands = table(file, header.commands, header.length.into(), "its load commands")?;
    let mut object =
        Object { format: Format::MachO, little_endian: little, wide, sections: Vec::new(), mappings: Vec::new() };
    let mut rest = commands.as_slice();
    for _ in 0..count {
        let fields = Fields { bytes: rest, little };
        let (Some(command), Some(size)) = (fields.u32(0), fields.u32(4)) else { break };
        // A command is at least its own two numbers.
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(8);
        let Some(bytes) = rest.get(..size) else {
            return Err(ExtractError::malformed("a load command of the executable is cut off"));
        };
        match command {
            SEGMENT => segment(Fields { bytes, little }, false, base, &mut object),
            SEGMENT_64 => segment(Fields { bytes, little }, true, base, &mut object),
            _ => Some(()),
        };
        rest = rest.get(size..).unwrap_or_default();
    }
    Ok(Some(object))
}

/// Reads a segment and its sections.
fn segment(fields: Fields<'_>, wide: bool, base: u64, object: &mut Object) -> Option<()> {
    let writable = fields.u32(if wide { 60 } else { 44 })? & WRITE != 0;
    object.mappings.push(Mapping {
        address: fields.wide(wide, 24, 24)?,
        offset: base.checked_add(fields.wide(wide, 40, 32)?)?,
        size: fields.wide(wide, 48, 36)?,
        writable,
    });
    let (start, size) = if wide { (72, 80) } else { (56, 68) };
    let count = usize::try_from(fields.u32(if wide { 64 } else { 48 })?).ok()?;
    let sections = fields.bytes.get(start..)?.chunks_exact(size).take(count);
    object.sections.extend(sections.filter_map(|bytes| {
        let section = Fields { bytes, little: fields.little };
        Some(Section {
            name: text(bytes.get(..16)?),
            address: section.wide(wide, 32, 32)?,
            size: section.wide(wide, 40, 36)?,
            offset: base.checked_add(section.u32(if wide { 48 } else { 40 })?.into())?,
            writable,
        })
    }));
    Some(())
}
