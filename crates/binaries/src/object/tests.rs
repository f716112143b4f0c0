use plimsoll_extract::prelude::SourcePath;
use plimsoll_model::Budget;

use super::*;

fn objects(bytes: &[u8]) -> Result<Vec<Object>, ExtractError> {
    let path = SourcePath::new("program").unwrap();
    let budget = Budget::default();
    read(&File::new(&path, None, &bytes, &budget))
}

fn be16(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn be32(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn le32(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// ELF with 32-bit big-endian fields: a load segment, and a section whose name is the second in the table.
fn elf32() -> Vec<u8> {
    let mut out = b"\x7fELF\x01\x02\x01".to_vec();
    out.resize(16, 0);
    out.extend(be16(&[2, 8]));
    out.extend(be32(&[1, 0x1000, 52, 84 + 16, 0]));
    out.extend(be16(&[52, 32, 1, 40, 3, 2]));
    out.extend(be32(&[1, 0, 0x1000, 0, 100, 100, 6, 4]));
    out.extend(b"\0.data\0.names\0\0\0");
    out.extend([0; 40]);
    out.extend(be32(&[1, 1, 3, 0x1054, 84, 8, 0, 0, 1, 0]));
    out.extend(be32(&[7, 3, 0, 0, 84, 16, 0, 0, 1, 0]));
    out
}

#[test]
fn elf_of_the_other_size_and_order() {
    let bytes = elf32();
    let objects = objects(&bytes).unwrap();
    let object = objects.first().unwrap();
    assert!(!object.little_endian);
    let data = object.section(".data").unwrap();
    assert_eq!((data.address, data.offset, data.size, data.writable), (0x1054, 84, 8, true));
    let path = SourcePath::new("program").unwrap();
    let budget = Budget::default();
    let body = bytes.as_slice();
    let file = File::new(&path, None, &body, &budget);
    assert_eq!(object.at_address(&file, 0x1055, 5).unwrap().unwrap(), b".data");
    assert_eq!(object.at_address(&file, 0x2000, 5).unwrap(), None);
}

#[test]
fn portable_executable() {
    let mut out = b"MZ".to_vec();
    out.resize(0x3c, 0);
    out.extend(le32(&[0x40]));
    out.extend(b"PE\0\0\x64\x86\x01\0");
    out.extend(le32(&[0, 0, 0]));
    out.extend(b"\x20\0\x22\0");
    out.extend(b"\x0b\x02");
    out.extend([0; 22]);
    out.extend(0x1_4000_0000_u64.to_le_bytes());
    out.extend(b".dep-v0\0");
    out.extend(le32(&[5, 0x1000, 0x200, 0x90, 0, 0, 0, 0xc000_0040]));
    let objects = objects(&out).unwrap();
    let section = objects.first().unwrap().section(".dep-v0").unwrap();
    assert_eq!((section.address, section.offset, section.size, section.writable), (0x1_4000_1000, 0x90, 5, true));
}

/// Mach-O of 64 bits with one segment of one section.
fn macho() -> Vec<u8> {
    let mut out = le32(&[0xfeed_facf, 0x0100_000c, 0, 2, 1, 152, 0, 0]);
    out.extend(le32(&[0x19, 152]));
    out.extend(b"__DATA\0\0\0\0\0\0\0\0\0\0");
    for number in [0x1000_u64, 0x100, 0, 0x100] {
        out.extend(number.to_le_bytes());
    }
    out.extend(le32(&[3, 3, 1, 0]));
    out.extend(b"__go_buildinfo\0\0__DATA\0\0\0\0\0\0\0\0\0\0");
    for number in [0x1010_u64, 32] {
        out.extend(number.to_le_bytes());
    }
    out.extend(le32(&[184, 4, 0, 0, 0, 0, 0, 0]));
    out.extend([0x55; 32]);
    out
}

#[test]
fn macho_and_universal() {
    let one = macho();
    let alone = objects(&one).unwrap();
    let section = alone.first().unwrap().section("__go_buildinfo").unwrap();
    assert_eq!((section.address, section.offset, section.size, section.writable), (0x1010, 184, 32, true));

    let mut universal = be32(&[0xcafe_babe, 2, 7, 3, 48, one.len() as u32, 0, 7, 3, 48, one.len() as u32, 0]);
    universal.extend(&one);
    let both = objects(&universal).unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(both.first().unwrap().section("__go_buildinfo").unwrap().offset, 48 + 184);
}

#[test]
fn what_only_starts_like_a_program_is_passed_over() {
    for bytes in [
        b"\xca\xfe\xba\xbe\0\0\0\x41 a Java class, version 65".as_slice(),
        b"MZ is how this text starts, and it goes on for more than sixty-four bytes",
        b"MZ",
        b"",
        b"\x7fEL",
    ] {
        assert!(objects(bytes).unwrap().is_empty());
    }
    // A relocatable file.
    let mut object = elf32();
    object[17] = 1;
    assert!(objects(&object).unwrap().is_empty());
}

#[test]
fn every_truncation_and_every_flipped_byte_ends_well() {
    for whole in [elf32(), macho()] {
        for length in 0..whole.len() {
            let _ = objects(&whole[..length]);
        }
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = objects(&bytes);
            }
        }
    }
}
