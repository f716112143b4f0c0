use std::io::Write as _;

use plimsoll_model::Budget;

use crate::image::{Expect, Streamed};
use crate::input::Section;
use crate::testing::{Scratch, Tar, gzip, open, scan, see, sha256};
use crate::{OpenOptions, SourceError, SourceKind};

fn tar() -> Vec<u8> {
    let tar = Tar::default().file("a.want", "1").file("d/.wh.b.want", "no whiteout").file("real.no", "r");
    tar.symlink("link.want", "real.no").file("a.want", "2").end()
}

/// A zip file of stored entries.
fn zip(entries: &[(&str, &str, u32)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content, mode) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(content.as_bytes());
        let mut common = Vec::new();
        common.extend_from_slice(&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        common.extend_from_slice(&crc.sum().to_le_bytes());
        common.extend_from_slice(&(content.len() as u32).to_le_bytes().repeat(2));
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let at = out.len() as u32;
        out.write_all(b"PK\x03\x04").unwrap();
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(content.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(mode << 16).to_le_bytes());
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let at = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&(entries.len() as u16).to_le_bytes().repeat(2));
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

#[test]
fn tar_files_of_each_compression_are_one_layer() {
    let scratch = Scratch::new();
    let zstd = zstd::encode_all(tar().as_slice(), 1).unwrap();
    for (name, bytes) in [("x.tar", tar()), ("x.tgz", gzip(&tar())), ("x.tar.zst", zstd)] {
        let path = scratch.write(name, &bytes);
        let source = open("", &path, &OpenOptions::default()).unwrap().remove(0);
        assert_eq!(source.info().kind, SourceKind::Archive);
        assert_eq!(source.info().digests[0].to_string(), sha256(&bytes));
        let seen = see(&*source, &Budget::default()).unwrap();
        assert_eq!(seen.present, ["d/.wh.b.want=no whiteout", "link.want=r", "a.want=2"]);
        assert_eq!(seen.gone, ["a.want >0"]);
        let section = Section::open(&path).unwrap();
        let stream = Streamed::file(section, "stdin", Expect::Anything, &OpenOptions::default());
        let seen = see(&stream, &Budget::default()).unwrap();
        assert_eq!(seen.present, ["d/.wh.b.want=no whiteout", "a.want=2"]);
        assert_eq!(crate::Source::info(&stream).digests[0].to_string(), sha256(&bytes));
    }
}

#[test]
fn zip_files_are_one_layer() {
    let scratch = Scratch::new();
    const FILE: u32 = 0o100_644;
    let bytes = zip(&[
        ("a.want", "1", FILE),
        ("dir/", "", 0o040_755),
        ("dir/b.want", "2", FILE),
        ("dir/program", "ELF", FILE),
        ("real.no", "r", FILE),
        ("dir/link.want", "../real.no", 0o120_777),
        ("../out.want", "3", FILE),
    ]);
    let path = scratch.write("x.zip", &bytes);
    let seen = scan("", &path).unwrap();
    assert_eq!(seen.present, ["a.want=1", "dir/b.want=2", "dir/program=ELF", "dir/link.want=r"]);
    assert_eq!(seen.codes, [plimsoll_model::DiagnosticCode::ESCAPES_SOURCE]);
    let cut = scratch.write("cut.zip", &bytes[..bytes.len() / 2]);
    assert!(matches!(scan("archive", &cut), Err(SourceError::Malformed { .. })));
}

#[test]
fn names_tell_packages_from_archives() {
    let scratch = Scratch::new();
    let kind = |name: &str, bytes: &[u8]| {
        open("", &scratch.write(name, bytes), &OpenOptions::default()).unwrap()[0].info().kind
    };
    let zip = zip(&[("a", "1", 0)]);
    assert_eq!(kind("x.jar", &zip), SourceKind::File);
    assert_eq!(kind("x.WHL", &zip), SourceKind::File);
    assert_eq!(kind("x", &zip), SourceKind::Archive);
    assert_eq!(kind("x.crate", &gzip(&tar())), SourceKind::File);
    assert_eq!(kind("x.txt.gz", &gzip(b"text")), SourceKind::File);
    assert_eq!(kind("empty", b""), SourceKind::File);
    let text = scratch.write("t", "text");
    assert!(matches!(open("archive", &text, &OpenOptions::default()), Err(SourceError::Unrecognised { .. })));
}

#[test]
fn a_cut_archive_is_noticed_wherever_it_is_cut() {
    let scratch = Scratch::new();
    for length in [700, 1024, 3072] {
        let path = scratch.write("x.tar", &tar()[..length]);
        assert_eq!(scan("archive", &path).unwrap().codes, [plimsoll_model::DiagnosticCode::TRUNCATED]);
    }
    let path = scratch.write("x.tar", &tar()[..1100]);
    assert!(matches!(scan("archive", &path), Err(SourceError::Truncated { .. })));
}
