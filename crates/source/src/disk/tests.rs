use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use plimsoll_model::{Budget, DiagnosticCode, Limits};

use crate::testing::{Scratch, Seen, open, scan, see};
use crate::{File, FileId, OpenOptions, SourceError, Visitor, Wanted};

/// A disk of `testdata/source/disks`.
fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/source/disks").join(format!("{name}.gz"));
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut out).unwrap();
    out
}

const ALL: [&str; 7] =
    ["ext4.img", "ext2.img", "gzip.squashfs", "xz.squashfs", "zstd.squashfs", "v2.qcow2", "v3.qcow2"];

/// The files of every fixture, as [`crate::testing::Picker`] takes them.
fn content(prefix: &str) -> BTreeSet<String> {
    let files = [
        ("etc/abs.want", "ELF2".to_owned()),
        ("etc/l.want", "ELF2".into()),
        ("lib/a.want", "one".into()),
        ("lib/deep/big.want", "x".repeat(300_000)),
        ("lib/deep/prog", "ELF2".into()),
        ("lib/hard.want", "one".into()),
        ("lib/hole.want", "\0".repeat(200_000)),
    ];
    files.into_iter().map(|(path, content)| format!("{prefix}{path}={content}")).collect()
}

/// As [`content`], of the ext2 fixture, which has no file with a hole.
fn without_hole(prefix: &str) -> BTreeSet<String> {
    content(prefix).into_iter().filter(|file| !file.contains("hole")).collect()
}

fn content_of(name: &str) -> BTreeSet<String> {
    if name == "ext2.img" { without_hole("") } else { content("") }
}

fn present(seen: &Seen) -> BTreeSet<String> {
    seen.present.iter().cloned().collect()
}

fn scan_bytes(scheme: &str, bytes: &[u8]) -> Result<Seen, SourceError> {
    let scratch = Scratch::new();
    scan(scheme, &scratch.write("disk", bytes))
}

#[test]
fn every_kind_of_disk_shows_the_same_files() {
    for name in ALL {
        for scheme in ["disk", ""] {
            let seen = scan_bytes(scheme, &fixture(name)).unwrap();
            assert_eq!(present(&seen), content_of(name), "{name}");
            assert_eq!(seen.codes, [], "{name}");
        }
    }
}

/// A SIF file around a partition.
fn sif(system: u32, kind: u32, content: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 4096];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"#!/usr/bin/env run-singularity\n");
    put(32, b"SIF_MAGIC\0");
    put(42, b"01\x0002\0");
    put(88, &2_u64.to_le_bytes());
    put(96, &128_u64.to_le_bytes());
    let descriptor = 128 + 585;
    put(descriptor, &0x4004_u32.to_le_bytes());
    put(descriptor + 4, &[1]);
    put(descriptor + 17, &4096_u64.to_le_bytes());
    put(descriptor + 25, &(content.len() as u64).to_le_bytes());
    put(descriptor + 201, &system.to_le_bytes());
    put(descriptor + 205, &kind.to_le_bytes());
    file.extend_from_slice(content);
    file
}

#[test]
fn sif_files_show_their_primary_partition() {
    let seen = scan_bytes("", &sif(1, 2, &fixture("gzip.squashfs"))).unwrap();
    assert_eq!(present(&seen), content(""));
    let seen = scan_bytes("", &sif(2, 2, &fixture("ext2.img"))).unwrap();
    assert_eq!(present(&seen), without_hole(""));
    for (system, kind) in [(5, 2), (3, 2), (1, 4)] {
        let error = scan_bytes("", &sif(system, kind, &fixture("gzip.squashfs"))).unwrap_err();
        assert!(matches!(error, SourceError::Unsupported { .. }), "{error}");
    }
}

fn entry(kind: u8, start: u32, count: u32) -> [u8; 16] {
    let mut entry = [0; 16];
    entry[4] = kind;
    entry[8..12].copy_from_slice(&start.to_le_bytes());
    entry[12..16].copy_from_slice(&count.to_le_bytes());
    entry
}

fn table(entries: &[[u8; 16]]) -> Vec<u8> {
    let mut sector = vec![0; 512];
    for (index, entry) in entries.iter().enumerate() {
        sector[446 + index * 16..][..16].copy_from_slice(entry);
    }
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}

/// Puts content at a sector of a disk, which grows.
fn place(disk: &mut Vec<u8>, sector: usize, content: &[u8]) {
    let end = sector * 512 + content.len();
    disk.resize(disk.len().max(end), 0);
    disk[sector * 512..end].copy_from_slice(content);
}

#[test]
fn partitions_of_an_mbr_are_shown_under_their_names() {
    let (one, two) = (fixture("ext2.img"), fixture("zstd.squashfs"));
    let two_sectors = u32::try_from(two.len() / 512).unwrap();
    let mut disk = table(&[entry(0x83, 8, 4096), entry(0x82, 4200, 8), entry(0x05, 5000, 100)]);
    place(&mut disk, 8, &one);
    place(&mut disk, 5000, &table(&[entry(0x83, 2, two_sectors)]));
    place(&mut disk, 5002, &two);
    let seen = scan_bytes("", &disk).unwrap();
    assert_eq!(present(&seen), without_hole("p1/").union(&content("p5/")).cloned().collect());
    assert_eq!(seen.codes, []);
    // One readable file system: it is the root. What cannot be read is said.
    place(&mut disk, 5002, b"XFSB");
    let seen = scan_bytes("", &disk).unwrap();
    assert_eq!((present(&seen), seen.codes), (without_hole(""), vec![DiagnosticCode::UNSUPPORTED_FILE_SYSTEM]));
}

#[test]
fn partitions_of_a_gpt_are_read() {
    let mut disk = table(&[entry(0xee, 1, u32::MAX)]);
    let mut header = b"EFI PART".to_vec();
    header.resize(512, 0);
    for (at, bytes) in [(72, 2_u64.to_le_bytes()), (80, (128_u64 | 128 << 32).to_le_bytes())] {
        header[at..at + 8].copy_from_slice(&bytes);
    }
    place(&mut disk, 1, &header);
    let gpt_entry = |kind: [u8; 16], first: u64, last: u64| {
        let mut entry = kind.to_vec();
        entry.resize(128, 0);
        entry[32..40].copy_from_slice(&first.to_le_bytes());
        entry[40..48].copy_from_slice(&last.to_le_bytes());
        entry
    };
    let mut entries = gpt_entry(*b"Hah!IdontNeedEFI", 34, 39);
    entries.extend(gpt_entry([7; 16], 40, 47));
    entries.extend(gpt_entry([9; 16], 64, 64 + 8191));
    place(&mut disk, 2, &entries);
    place(&mut disk, 40, &[&[0; 82], b"FAT32   ".as_slice()].concat());
    place(&mut disk, 64, &fixture("ext4.img"));
    let seen = scan_bytes("", &disk).unwrap();
    assert_eq!((present(&seen), seen.codes), (content(""), vec![DiagnosticCode::UNSUPPORTED_ENTRY]));
}

#[test]
fn what_is_not_read_says_why() {
    let mut backing = fixture("v2.qcow2");
    backing[15] = 1;
    let mut encrypted = fixture("v3.qcow2");
    encrypted[35] = 1;
    let mut lzo = fixture("gzip.squashfs");
    lzo[20] = 3;
    let xfs = [b"XFSB".as_slice(), &[0; 4096]].concat();
    for (bytes, words) in
        [(backing, "backing file"), (encrypted, "encrypted"), (lzo, "lzo"), (xfs, "XFS"), (sif(5, 2, b""), "encrypted")]
    {
        let error = scan_bytes("", &bytes).unwrap_err();
        assert!(error.to_string().contains(words) && error.to_string().contains("not supported"), "{error}");
    }
    let error = scan_bytes("disk", &[0; 4096]).unwrap_err();
    assert!(matches!(error, SourceError::Unrecognised { .. }), "{error}");
}

/// Reads every file, and lets what cannot be read be.
#[derive(Default)]
struct Reader(Mutex<BTreeSet<String>>);

impl Visitor for Reader {
    fn by_path(&self, _path: &[u8]) -> Wanted {
        Wanted::Yes
    }

    fn seeks(&self, _path: &[u8]) -> bool {
        true
    }

    fn by_head(&self, _path: &[u8], _head: &[u8]) -> bool {
        true
    }

    fn file(&self, _id: FileId, file: &File<'_>) {
        // From the end too: a zip file is read so.
        let _ = file.range(file.len().saturating_sub(1), 1);
        let Ok(bytes) = file.bytes() else { return };
        if !file.path().as_bytes().ends_with(b".no") {
            self.0.lock().unwrap().insert(format!("{}={}", file.path(), String::from_utf8_lossy(&bytes)));
        }
    }
}

/// What can be read of a disk, and what was said; `None` when it cannot be opened.
fn read_all(path: &Path) -> Option<(BTreeSet<String>, Vec<DiagnosticCode>)> {
    let reader = Reader::default();
    let mut limits = Limits::DEFAULT;
    (limits.entries, limits.total_bytes) = (20_000, 1 << 28);
    let visited = open("disk", path, &OpenOptions::default()).ok()?[0].visit(&reader, &Budget::new(limits)).ok()?;
    let codes = visited.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    Some((reader.0.into_inner().unwrap(), codes))
}

#[test]
fn a_disk_that_is_cut_off_shows_what_is_there() {
    let scratch = Scratch::new();
    for name in ALL {
        let whole = fixture(name);
        let all = read_all(&scratch.write(name, &whole)).unwrap().0;
        for part in [3, 8, 12, 15] {
            let path = scratch.write(name, &whole[..whole.len() * part / 16]);
            let Some((seen, codes)) = read_all(&path) else { continue };
            // What was cut off may be padding. A container says it when what is missing is asked for: as a rule, by whoever reads the file.
            assert!(seen == all || !codes.is_empty() || name.ends_with("qcow2"), "{name} at {part}/16 says nothing");
            assert!(seen.is_subset(&all), "{name} at {part}/16");
        }
    }
    let whole = fixture("ext2.img");
    let (seen, codes) = read_all(&scratch.write("end", &whole[..whole.len() - 4096])).unwrap();
    assert!(seen.contains("lib/a.want=one"));
    assert_eq!(codes, [DiagnosticCode::TRUNCATED]);
}

#[test]
fn flipped_bytes_break_nothing() {
    let scratch = Scratch::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for name in ALL {
        let whole = fixture(name);
        // Half of the changes are where the structure is.
        let structure = if name.ends_with("squashfs") { 96 } else { whole.len().min(100_000) };
        for _ in 0..15 {
            let mut bytes = whole.clone();
            for _ in 0..=next(3) {
                let at = if next(2) == 0 { next(structure) } else { next(bytes.len()) };
                bytes[at] = if next(3) == 0 { 0xff } else { u8::try_from(next(256)).unwrap() };
            }
            read_all(&scratch.write(name, &bytes));
        }
    }
}

#[test]
fn a_directory_within_itself_ends() {
    // The last entry of the directory `lib` is made to be `lib` again.
    let mut disk = fixture("ext2.img");
    let find = |disk: &[u8], name: &[u8]| disk.windows(name.len()).position(|window| window == name).unwrap();
    let (lib, deep) = (find(&disk, b"\x03\x02lib") - 6, find(&disk, b"\x04\x02deep") - 6);
    disk.copy_within(lib..lib + 4, deep);
    let scratch = Scratch::new();
    let (seen, codes) = read_all(&scratch.write("disk", &disk)).unwrap();
    assert!(seen.contains("lib/deep/deep/a.want=one"));
    assert!(codes.contains(&DiagnosticCode::PATH_TOO_LONG), "{codes:?}");
}

#[test]
fn limits_hold() {
    let scratch = Scratch::new();
    for name in ["ext4.img", "gzip.squashfs"] {
        let path = scratch.write(name, fixture(name));
        let source = open("disk", &path, &OpenOptions::default()).unwrap();
        let mut limits = Limits::DEFAULT;
        limits.entries = 5;
        let seen = see(&*source[0], &Budget::new(limits.clone())).unwrap();
        assert!(seen.codes.contains(&DiagnosticCode::TOO_MANY_ENTRIES), "{name}");
        limits.entries = 1000;
        limits.path_bytes = 10;
        let seen = see(&*source[0], &Budget::new(limits)).unwrap();
        assert!(seen.codes.contains(&DiagnosticCode::PATH_TOO_LONG), "{name}");
        assert_eq!(present(&seen), ["lib/a.want=one".to_owned()].into());
    }
}

#[test]
fn what_is_excluded_is_not_shown() {
    let scratch = Scratch::new();
    let glob = globset::Glob::new("lib/deep").unwrap();
    let exclude = globset::GlobSetBuilder::new().add(glob).build().unwrap();
    let options = OpenOptions { exclude, ..OpenOptions::default() };
    let path = scratch.write("disk", fixture("xz.squashfs"));
    let seen = see(&*open("disk", &path, &options).unwrap()[0], &Budget::default()).unwrap();
    let kept: Vec<&str> = seen.present.iter().filter_map(|file| file.split('=').next()).collect();
    assert_eq!(kept, ["lib/a.want", "lib/hard.want", "lib/hole.want"]);
}
