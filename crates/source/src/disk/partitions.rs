//! Tables of partitions: MBR with its chain of logical partitions, and GPT (UEFI specification 2.10, chapter 5).
//!
//! The first table is believed; the copy at the end of a GPT disk is not looked at.

use std::io;

use super::volume::{Volume, bytes, little, part};

/// A partition.
pub(super) struct Partition {
    /// `p1`, `p2`…, as Linux numbers them.
    pub(super) name: String,
    pub(super) volume: Volume,
    /// Its type says that there are no files in it.
    pub(super) no_files: bool,
}

/// Entries of a GPT. 128 are usual.
const GPT_ENTRIES: u64 = 1024;
/// Logical partitions, and links of their chain.
const LOGICAL: u64 = 128;
const SECTOR: u64 = 512;

/// Types of GPT partitions without files, as they are stored: BIOS boot, Linux swap, Microsoft reserved, PowerPC PReP.
const NO_FILES: &[[u8; 16]] = &[
    *b"Hah!IdontNeedEFI",
    [0x6d, 0xfd, 0x57, 0x06, 0xab, 0xa4, 0xc4, 0x43, 0x84, 0xe5, 0x09, 0x33, 0xc8, 0x4b, 0x4f, 0x4f],
    [0x16, 0xe3, 0xc9, 0xe3, 0x5c, 0x0b, 0xb8, 0x4d, 0x81, 0x7d, 0xf9, 0x2d, 0xf0, 0x02, 0x15, 0xae],
    [0x38, 0x1a, 0x6d, 0x9e, 0x2e, 0xb6, 0x7b, 0x4a, 0x9f, 0xa7, 0x7c, 0x4a, 0xc4, 0x0b, 0xb3, 0x67],
];

/// The partitions of a disk; none when it has no table.
pub(super) fn read(disk: &Volume) -> io::Result<Vec<Partition>> {
    if disk.len() < SECTOR.saturating_mul(2) {
        return Ok(Vec::new());
    }
    let sector = bytes::<512>(&**disk, 0)?;
    if !sector.ends_with(&[0x55, 0xaa]) {
        return Ok(Vec::new());
    }
    let entries = primary(&sector);
    if entries.iter().any(|entry| entry.kind == 0xee) {
        for size in [SECTOR, 4096] {
            if bytes::<8>(&**disk, size).is_ok_and(|magic| &magic == b"EFI PART") {
                return gpt(disk, size);
            }
        }
    }
    mbr(disk, &entries)
}

/// An entry of an MBR, in sectors.
struct Entry {
    kind: u8,
    start: u64,
    count: u64,
}

fn primary(sector: &[u8]) -> Vec<Entry> {
    let entry = |at: usize| {
        let entry = sector.get(at..)?.get(..16)?;
        let kind = *entry.get(4)?;
        Some(Entry { kind, start: little(entry, 8, 4), count: little(entry, 12, 4) })
    };
    [446, 462, 478, 494].into_iter().filter_map(entry).collect()
}

fn is_extended(kind: u8) -> bool {
    matches!(kind, 0x05 | 0x0f | 0x85)
}

fn mbr(disk: &Volume, entries: &[Entry]) -> io::Result<Vec<Partition>> {
    let mut partitions = Vec::new();
    let mut add = |number: u64, entry: &Entry, base: u64| {
        let start = entry.start.saturating_add(base).saturating_mul(SECTOR);
        if entry.kind != 0 && entry.count > 0 && start > 0 && start < disk.len() {
            let volume = part(disk, start, entry.count.saturating_mul(SECTOR));
            partitions.push(Partition { name: format!("p{number}"), volume, no_files: entry.kind == 0x82 });
        }
    };
    for (number, entry) in (1..).zip(entries) {
        if !is_extended(entry.kind) {
            add(number, entry, 0);
        }
    }
    let Some(extended) = entries.iter().find(|entry| is_extended(entry.kind)) else { return Ok(partitions) };
    let (mut next, mut number) = (extended.start, 5_u64);
    for _ in 0..LOGICAL {
        // What the chain leads to may be cut off.
        let Ok(sector) = bytes::<512>(&**disk, next.saturating_mul(SECTOR)) else { break };
        let links = primary(&sector);
        let (Some(logical), Some(link), true) = (links.first(), links.get(1), sector.ends_with(&[0x55, 0xaa])) else {
            break;
        };
        add(number, logical, next);
        if link.kind == 0 || link.start == 0 {
            break;
        }
        number = number.saturating_add(1);
        next = extended.start.saturating_add(link.start);
    }
    Ok(partitions)
}

fn gpt(disk: &Volume, sector: u64) -> io::Result<Vec<Partition>> {
    let header = bytes::<92>(&**disk, sector)?;
    let (table, count, size) = (little(&header, 72, 8), little(&header, 80, 4), little(&header, 84, 4));
    let mut partitions = Vec::new();
    if size < 128 {
        return Err(super::volume::invalid("a GPT with entries of under 128 bytes"));
    }
    for index in 0..count.min(GPT_ENTRIES) {
        let at = table.saturating_mul(sector).saturating_add(index.saturating_mul(size));
        let entry = bytes::<128>(&**disk, at)?;
        let kind = entry.first_chunk::<16>().copied().unwrap_or_default();
        let (first, last) = (little(&entry, 32, 8), little(&entry, 40, 8));
        let start = first.saturating_mul(sector);
        if kind == [0; 16] || start == 0 || start >= disk.len() || last < first {
            continue;
        }
        let length = last.saturating_sub(first).saturating_add(1).saturating_mul(sector);
        let name = format!("p{}", index.saturating_add(1));
        partitions.push(Partition { name, volume: part(disk, start, length), no_files: NO_FILES.contains(&kind) });
    }
    Ok(partitions)
}
