//! Where strings are: the data sections of an executable.
//!
//! Code, symbols, relocations and debug data have none that a program says of itself, and are most of a file. Where the
//! names of the sections are gone, or tell nothing, the whole file counts.

use crate::object::{Format, Object, Section};

/// A range of a file: first byte, and the one after the last.
pub(crate) type Range = (u64, u64);

/// The ranges to search, sorted, apart from each other, within the file.
pub(crate) fn data_ranges(objects: &[Object], file_length: u64) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for object in objects {
        let before = ranges.len();
        ranges.extend(object.sections.iter().filter(|section| is_data(object.format, section)).map(range));
        if ranges.len() == before {
            return vec![(0, file_length)];
        }
    }
    if objects.is_empty() {
        return vec![(0, file_length)];
    }
    merge(ranges, file_length)
}

/// The range of a section, and the byte before it: a string at its start has no other end before it.
fn range(section: &Section) -> Range {
    (section.offset.saturating_sub(1), section.offset.saturating_add(section.size))
}

fn is_data(format: Format, section: &Section) -> bool {
    let name = &*section.name;
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    section.size > 0
        && match format {
            // `.comment` names the compiler. `.data.rel.ro` and `.rodata.str1.1` have their prefixes.
            Format::Elf => starts(&[".rodata", ".data", ".lrodata", ".noptrdata", ".comment", ".go.string", ".sdata"]),
            Format::Pe => starts(&[".rdata", ".data", ".rsrc", ".rodata", "CONST", "DATA"]),
            Format::MachO => {
                starts(&["__cstring", "__const", "__data", "__rodata", "__noptrdata", "__ustring", "__go"])
            }
        }
}

/// Sorts, cuts at the end of the file, and joins what overlaps: sections of a hostile file may all be the whole of it.
fn merge(mut ranges: Vec<Range>, file_length: u64) -> Vec<Range> {
    ranges.sort_unstable();
    let mut out: Vec<Range> = Vec::new();
    for (start, end) in ranges {
        let end = end.min(file_length);
        match out.last_mut() {
            // A gap of a page costs less to read than to go around.
            Some(last) if start <= last.1.saturating_add(4096) => last.1 = last.1.max(end),
            _ if start < end => out.push((start, end)),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(sections: &[(&str, u64, u64)]) -> Object {
        let section = |&(name, offset, size): &(&str, u64, u64)| Section {
            name: name.into(),
            address: 0,
            offset,
            size,
            writable: false,
        };
        Object {
            format: Format::Elf,
            little_endian: true,
            wide: true,
            sections: sections.iter().map(section).collect(),
            mappings: Vec::new(),
        }
    }

    #[test]
    fn data_and_nothing_else() {
        let program = object(&[(".text", 100, 10_000), (".rodata", 20_000, 500), (".data", 20_600, 9_999_999)]);
        assert_eq!(data_ranges(&[program], 40_000), [(19_999, 40_000)]);
        let stripped = object(&[]);
        assert_eq!(data_ranges(&[stripped], 40_000), [(0, 40_000)]);
        assert_eq!(data_ranges(&[], 10), [(0, 10)]);
        let far = object(&[(".rodata", u64::MAX - 1, 500), (".data", 0, 10)]);
        assert_eq!(data_ranges(&[far], 40_000), [(0, 10)]);
    }
}
