use std::io::Read as _;

use plimsoll_model::DiagnosticCode as Code;

use super::{EntryKind, Reader, TarError};
use crate::testing::Tar;

type Listed = (Vec<String>, Vec<Code>);

/// `name=content` of each entry.
fn list(tar: &[u8]) -> Result<Listed, TarError> {
    let mut input = tar;
    let mut reader = Reader::new(&mut input);
    let mut listed = Vec::new();
    let mut codes = Vec::new();
    while let Some(entry) = reader.next()? {
        let mut content = String::new();
        if entry.size < 100 {
            reader.body().read_to_string(&mut content).unwrap();
        }
        let sparse = if entry.sparse { "sparse " } else { "" };
        let link = if entry.kind == EntryKind::Symlink {
            format!("->{}", String::from_utf8_lossy(&entry.link))
        } else {
            content
        };
        listed.push(format!("{sparse}{}={link}", String::from_utf8_lossy(&entry.name)));
    }
    reader.drain()?;
    codes.extend(reader.troubles.iter().map(|trouble| trouble.code));
    Ok((listed, codes))
}

fn names(tar: &[u8]) -> Vec<String> {
    list(tar).unwrap().0
}

#[test]
fn long_names_in_each_dialect() {
    let long = "d/".repeat(80) + "name";
    let gnu = Tar::default().entry("././@LongLink", b'L', "", format!("{long}\0").as_bytes()).file("x", "1");
    let link = Tar::default().entry("././@LongLink", b'K', "", format!("{long}\0").as_bytes()).symlink("l", "x");
    let pax = Tar::default().pax(&[("path", &long), ("mtime", "1.5")]).file("x", "1");
    let mut header = Tar::header("name", 1, b'0', "");
    header[345..345 + 159 - 4].copy_from_slice(&long.as_bytes()[..155]);
    let prefix = Tar::default().raw(&Tar::seal(header)).data(b"1");
    assert_eq!(names(&gnu.end()), [format!("{long}=1")]);
    assert_eq!(names(&link.end()), [format!("l=->{long}")]);
    assert_eq!(names(&pax.end()), [format!("{long}=1")]);
    assert_eq!(names(&prefix.end()), [format!("{}/name=1", &long[..155])]);
}

#[test]
fn the_pax_size_stands_for_the_one_of_the_header() {
    let inner = Tar::default().file("smuggled", "x").0;
    let size = inner.len().to_string();
    for header_size in [0, 512] {
        let tar = Tar::default()
            .pax(&[("size", &size)])
            .raw(&Tar::header("outer", header_size, b'0', ""))
            .data(&inner)
            .file("real", "r");
        assert_eq!(names(&tar.end()), ["outer=", "real=r"]);
    }
}

#[test]
fn links_have_no_content_whatever_their_size() {
    let tar = Tar::default().raw(&Tar::header("link", 512, b'2', "to")).file("next", "n");
    assert_eq!(names(&tar.end()), ["link=->to", "next=n"]);
}

#[test]
fn large_extensions_cost_their_entry_only() {
    for flag in [b'L', b'K', b'x'] {
        let large = vec![b'a'; (1 << 20) + 1];
        let tar = Tar::default().file("before", "1").entry("l", flag, "", &large).file("lost", "2").file("after", "3");
        let (names, codes) = list(&tar.end()).unwrap();
        assert_eq!((names, codes), (vec!["before=1".into(), "after=3".into()], vec![Code::TOO_LARGE]));
    }
}

#[test]
fn broken_pax_records_cost_their_entry_only() {
    let tar = Tar::default().entry("p", b'x', "", b"99 path=short\n").file("lost", "2").file("after", "3");
    assert_eq!(list(&tar.end()).unwrap(), (vec!["after=3".into()], vec![Code::MALFORMED]));
}

#[test]
fn global_headers_change_nothing() {
    let harmless = Tar::default().entry("g", b'g', "", b"15 comment=abc\n").file("a", "1");
    assert_eq!(list(&harmless.end()).unwrap(), (vec!["a=1".into()], vec![]));
    let tar = Tar::default().entry("g", b'g', "", b"10 path=x\n").file("a", "1");
    assert_eq!(list(&tar.end()).unwrap(), (vec!["a=1".into()], vec![Code::AMBIGUOUS_ARCHIVE]));
}

#[test]
fn sparse_files_are_known_as_such() {
    let new = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "real.jar")];
    let new = Tar::default().pax(&new).file("GNUSparseFile.0/x", "1\n0\n512\n");
    assert_eq!(names(&new.end()), ["sparse real.jar=1\n0\n512\n"]);
    let mut header = Tar::header("old", 4, b'S', "");
    header[482] = 1;
    let mut more = [0; 512];
    more[504] = 1;
    let old = Tar::default().raw(&Tar::seal(header)).raw(&more).raw(&[0; 512]).data(b"data").file("next", "n");
    assert_eq!(names(&old.end()), ["sparse old=data", "next=n"]);
    let endless = Tar::default().raw(&Tar::seal(header)).raw(&more.repeat(5000));
    assert!(matches!(list(&endless.end()), Err(TarError::Malformed(_))));
}

#[test]
fn the_end_is_two_blocks_of_zeros_or_no_more_bytes() {
    let tar = Tar::default().file("a", "1");
    assert_eq!(names(&tar.0), ["a=1"]);
    assert_eq!(names(&tar.clone().raw(&[0; 512]).0), ["a=1"]);
    assert_eq!(names(&tar.clone().raw(&[0; 10240]).0), ["a=1"]);
    let two = [tar.clone().end(), tar.clone().end()].concat();
    assert_eq!(list(&two).unwrap(), (vec!["a=1".into()], vec![Code::AMBIGUOUS_ARCHIVE]));
    assert!(matches!(list(&tar.clone().raw(&[0; 512]).file("b", "2").0), Err(TarError::Malformed(_))));
    // Without the padding of the last file.
    assert_eq!(names(&tar.0[..513]), ["a=1"]);
}

#[test]
fn cut_and_broken_archives_are_errors() {
    let tar = Tar::default().file("a", &"x".repeat(1000)).0;
    for length in [511, 512, 513, 1000, 1511] {
        assert!(matches!(list(&tar[..length]), Err(TarError::Truncated(_))), "{length}");
    }
    let mut bad = Tar::default().file("a", "1").end();
    bad[0] = b'b';
    assert!(matches!(list(&bad), Err(TarError::Malformed(_))));
    let mut header = Tar::header("a", 0, b'0', "");
    header[124..136].copy_from_slice(&[0xff; 12]);
    assert!(matches!(list(&Tar::default().raw(&Tar::seal(header)).end()), Err(TarError::Malformed(_))));
    let nul = Tar::default().pax(&[("path", "a\0b")]).file("x", "1");
    assert!(matches!(list(&nul.end()), Err(TarError::Malformed(_))));
}

#[test]
fn no_prefix_of_a_good_archive_panics() {
    let tar = Tar::default().pax(&[("path", "long"), ("size", "3")]).file("x", "123").symlink("l", "t").end();
    for length in 0..tar.len() {
        let _ = list(&tar[..length]);
    }
    for at in 0..tar.len() {
        let mut flipped = tar.clone();
        flipped[at] ^= 0x41;
        let _ = list(&flipped);
    }
}
