use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use plimsoll_model::Limits;

use super::*;

/// Writes an archive field by field, so that a test can make any of them wrong.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Writer {
    fn add(&mut self, name: &str, content: &[u8], method: u16) -> &mut Self {
        let data = if method == content::STORED { content.to_vec() } else { deflate(content) };
        let header = self.bytes.len() as u32;
        self.local(name, content, &data, method);
        self.central(name, content, data.len() as u32, method, header)
    }

    fn local(&mut self, name: &str, content: &[u8], data: &[u8], method: u16) {
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0");
        self.bytes.extend_from_slice(&method.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&sums(content, data.len() as u32));
        self.bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(data);
    }

    fn central(&mut self, name: &str, content: &[u8], length: u32, method: u16, header: u32) -> &mut Self {
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0\0\0");
        self.directory.extend_from_slice(&method.to_le_bytes());
        self.directory.extend_from_slice(&[0; 4]);
        self.directory.extend_from_slice(&sums(content, length));
        self.directory.extend_from_slice(&(name.len() as u16).to_le_bytes());
        self.directory.extend_from_slice(&[0; 12]);
        self.directory.extend_from_slice(&header.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.count = self.count.saturating_add(1);
        self
    }

    fn finish(&self) -> Vec<u8> {
        let mut out = [self.bytes.as_slice(), &self.directory].concat();
        out.extend_from_slice(&end(self.count, self.directory.len() as u32, self.bytes.len() as u32, b""));
        out
    }

    fn finish64(&self) -> Vec<u8> {
        let mut out = [self.bytes.as_slice(), &self.directory].concat();
        let at = out.len() as u64;
        out.extend_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        for number in [self.count.into(), self.count.into(), self.directory.len() as u64, self.bytes.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        out.extend_from_slice(&at.to_le_bytes());
        out.extend_from_slice(&1_u32.to_le_bytes());
        out.extend_from_slice(&end(u16::MAX, u32::MAX, u32::MAX, b""));
        out
    }
}

fn end(count: u16, length: u32, offset: u32, comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    out.extend_from_slice(comment);
    out
}

fn sums(content: &[u8], length: u32) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    [crc.sum(), length, content.len() as u32].iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn sample() -> Writer {
    let mut writer = Writer::default();
    writer.add("a.txt", b"alpha alpha alpha", 8).add("b.txt", b"beta", content::STORED);
    writer
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::DEFAULT;
    change(&mut limits);
    limits
}

/// Names with contents or errors, and the notices.
fn listing(bytes: &[u8], budget: &Budget) -> Result<(Vec<String>, Vec<String>), ZipError> {
    let zip = Zip::open(&bytes, budget)?;
    let lines = zip.entries().map(|entry| {
        let content = match entry.read(1 << 20) {
            Ok(content) => String::from_utf8_lossy(&content).into_owned(),
            Err(error) => error.to_string(),
        };
        format!("{}: {content}", String::from_utf8_lossy(entry.name()))
    });
    let lines = lines.collect();
    let notices = zip.notices().into_iter().map(|notice| notice.message).collect();
    Ok((lines, notices))
}

const SAMPLE: [&str; 2] = ["a.txt: alpha alpha alpha", "b.txt: beta"];

#[test]
fn reads_entries_wherever_the_archive_lies() {
    let plain = sample().finish();
    let zip64 = sample().finish64();
    let commented = {
        let writer = sample();
        let mut out = [writer.bytes.as_slice(), &writer.directory].concat();
        out.extend_from_slice(&end(2, writer.directory.len() as u32, writer.bytes.len() as u32, &[b'x'; 0xffff]));
        out
    };
    for archive in [plain, zip64, commented] {
        for prefix in [b"".as_slice(), b"JM\x01\x00", b"#!/bin/sh\nexec java -jar $0\n"] {
            let bytes = [prefix, &archive].concat();
            let (lines, notices) = listing(&bytes, &Budget::default()).unwrap();
            assert_eq!(lines, SAMPLE);
            assert_eq!(notices, [""; 0]);
        }
    }
}

#[test]
fn an_archive_without_its_end_is_refused() {
    let whole = sample().finish();
    for length in [0, 4, 60, whole.len() - 22, whole.len() - 1] {
        let outcome = Zip::open(&&whole[..length], &Budget::default()).map(|_| ());
        assert!(outcome.is_err(), "{length}");
    }
}

#[test]
fn every_truncation_and_every_flipped_byte_ends_well() {
    let whole = sample().finish64();
    for length in 0..whole.len() {
        let _ = listing(&whole[..length], &Budget::default());
    }
    for at in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let _ = listing(&bytes, &Budget::default());
        }
    }
}

#[test]
fn trailing_bytes_and_second_ends_are_noticed() {
    let mut trailing = sample().finish();
    trailing.extend_from_slice(b"more");
    let (lines, notices) = listing(&trailing, &Budget::default()).unwrap();
    assert_eq!(lines, SAMPLE);
    assert_eq!(notices, ["bytes follow the end of the archive"]);

    let writer = sample();
    let mut two = [writer.bytes.as_slice(), &writer.directory].concat();
    let inner = end(0, 0, (two.len() + 22) as u32, b"");
    two.extend_from_slice(&end(2, writer.directory.len() as u32, writer.bytes.len() as u32, &inner));
    let (_, notices) = listing(&two, &Budget::default()).unwrap();
    assert_eq!(notices, ["another end record lies in the comment"]);
}

#[test]
fn doubled_names_are_both_there_and_noticed() {
    let mut writer = Writer::default();
    writer.add("x", b"one", 8).add("x", b"two", 8).add("d/", b"", 0).add("d/", b"", 0);
    let (lines, notices) = listing(&writer.finish(), &Budget::default()).unwrap();
    assert_eq!(lines, ["x: one", "x: two", "d/: ", "d/: "]);
    assert_eq!(notices, ["entry \"x\" occurs more than once"]);
}

#[test]
fn bytes_are_read_for_one_entry_only() {
    let mut writer = Writer::default();
    writer.add("kernel", b"payload", 8);
    let length = deflate(b"payload").len() as u32;
    writer.central("again", b"payload", length, 8, 0).add("other", b"fine", 8);
    let bytes = writer.finish();
    let (lines, notices) = listing(&bytes, &Budget::default()).unwrap();
    assert_eq!(lines[0], "kernel: payload");
    assert_eq!(lines[1], "again: entry shares its bytes with another one, and was not read");
    assert_eq!(lines[2], "other: fine");
    assert_eq!(notices[0], "1 entries share bytes with others");
    // The same entry may be read again.
    let budget = Budget::default();
    let body = bytes.as_slice();
    let zip = Zip::open(&body, &budget).unwrap();
    let first = zip.entries().next().unwrap();
    assert!(first.read(100).is_ok() && first.read(100).is_ok());
}

#[test]
fn a_local_header_that_disagrees_is_noticed_and_the_directory_holds() {
    let mut bytes = sample().finish();
    bytes[30] = b'z';
    bytes[22] = 0x77;
    let (lines, notices) = listing(&bytes, &Budget::default()).unwrap();
    assert_eq!(lines, SAMPLE);
    assert_eq!(
        notices,
        ["the local header of \"a.txt\" disagrees with the directory", "the local header of \"a.txt\" names \"z.txt\""]
    );
}

#[test]
fn content_that_misses_its_checksum_counts_and_is_noticed() {
    let mut writer = sample();
    writer.directory[16] ^= 1;
    let (lines, notices) = listing(&writer.finish(), &Budget::default()).unwrap();
    assert_eq!(lines, SAMPLE);
    assert_eq!(notices, ["\"a.txt\": content does not match its checksum"]);
}

#[test]
fn bombs_stop_and_their_neighbours_stay_readable() {
    let mut writer = Writer::default();
    writer.add("bomb", &vec![0; 2 << 20], 8).add("good", b"fine", 8);
    let tight = limits(|limits| limits.member_bytes = 1 << 20);
    let (lines, _) = listing(&writer.finish(), &Budget::new(tight)).unwrap();
    assert_eq!(lines, ["bomb: limit of 1048576 reached (--max-member-bytes)", "good: fine"]);

    let tight = limits(|limits| (limits.ratio, limits.ratio_floor) = (100, 1 << 20));
    let (lines, _) = listing(&writer.finish(), &Budget::new(tight)).unwrap();
    assert_eq!(lines[0], "bomb: limit of 100 reached (--max-ratio)");

    // A length that lies does not help.
    writer.directory[24..28].copy_from_slice(&10_u32.to_le_bytes());
    let (lines, _) = listing(&writer.finish(), &Budget::default()).unwrap();
    assert_eq!(lines, ["bomb: limit of 1048576 reached (--max-member-bytes)", "good: fine"]);
}

#[test]
fn counts_and_names_are_limited() {
    let tight = limits(|limits| (limits.entries, limits.path_bytes) = (1, 4));
    let mut writer = Writer::default();
    writer.add("long.txt", b"", 0).add("b", b"", 0);
    let (lines, notices) = listing(&writer.finish(), &Budget::new(tight)).unwrap();
    assert_eq!(lines, [""; 0]);
    assert_eq!(
        notices,
        ["limit of 1 reached (--max-entries)", "1 entries have names longer than 4 bytes and are left out"]
    );

    // An end record that counts four billion entries, and nothing else.
    let lie = end(u16::MAX, u32::MAX, u32::MAX, b"");
    assert!(Zip::open(&lie.as_slice(), &Budget::default()).is_err());
}

#[test]
fn encryption_and_other_methods_are_named() {
    let mut writer = sample();
    writer.directory[8] = 1;
    let second = 46 + 5;
    writer.directory[second + 10] = 14;
    let (lines, _) = listing(&writer.finish(), &Budget::default()).unwrap();
    assert_eq!(lines, ["a.txt: entry is encrypted", "b.txt: compression method 14 is not supported"]);
}

#[test]
fn a_stored_archive_within_is_read_in_place() {
    let mut outer = Writer::default();
    outer.add("inner.zip", &sample().finish(), content::STORED);
    let bytes = outer.finish();
    let body = bytes.as_slice();
    let budget = Budget::default();
    let zip = Zip::open(&body, &budget).unwrap();
    let inner = zip.entries().next().unwrap().body(0).unwrap();
    assert!(matches!(inner, EntryBody::Stored(_)));
    let inner = Zip::open(&inner, &budget).unwrap();
    let second = inner.entries().nth(1).unwrap();
    assert_eq!(second.read(4).unwrap(), b"beta");
    assert_eq!(second.unix_mode(), Some(0));
}
