//! The readers against real databases, broken in every way that is cheap to try, and ones made to be hostile.

use super::header::{Header, Tag};
use super::*;

const SQLITE: &[u8] = include_bytes!("../../../../testdata/installed/os/rpm/sqlite/var/lib/rpm/rpmdb.sqlite");
const NDB: &[u8] = include_bytes!("../../../../testdata/installed/os/rpm/ndb/usr/lib/sysimage/rpm/Packages.db");
const BDB: &[u8] = include_bytes!("../../../../testdata/installed/os/rpm/bdb/var/lib/rpm/Packages");

/// The names of packages in a database, and its faults.
fn names(file: &[u8]) -> (Vec<String>, Vec<&'static str>) {
    let (mut names, mut faults) = (Vec::new(), Vec::new());
    let mut each = |item: Item<'_>| match item {
        Item::Fault { message, .. } => faults.push(message),
        Item::Blob { bytes, .. } => {
            let header = Header::parse(&bytes);
            let name = header.and_then(|header| header.string(Tag::NAME)).unwrap_or(b"?");
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    };
    let outcome = read(file, &mut each);
    if outcome.is_err() {
        faults.push("error");
    }
    names.sort();
    (names, faults)
}

#[test]
fn all_formats_hold_the_same_packages() {
    let packages = ["gpg-pubkey", "tiny", "tiny-extra", "tiny-libs", "tinysh"];
    assert_eq!(names(NDB), (packages.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(names(BDB), (packages.map(str::to_owned).to_vec(), vec![]));
    let (found, faults) = names(SQLITE);
    assert_eq!((found.len(), faults.len()), (packages.len() + 14, 0));
}

#[test]
fn cut_files_keep_what_is_whole() {
    for file in [SQLITE, NDB, BDB] {
        let whole = names(file).0.len();
        for length in (0..file.len()).step_by(37) {
            let (found, faults) = names(&file[..length]);
            assert!(found.len() == whole || !faults.is_empty(), "cut to {length} in silence");
        }
    }
    // Cut in the last blob.
    let (found, faults) = names(&NDB[..NDB.len() - 100]);
    assert_eq!((found.len(), faults), (4, vec!["a slot does not lead to a blob of its own"]));
}

#[test]
fn changed_bytes_do_no_harm() {
    for file in [SQLITE, NDB, BDB] {
        let mut file = file.to_vec();
        for at in (0..file.len()).step_by(17) {
            let before = file[at];
            for byte in [0, 0xff, before ^ 0x40] {
                file[at] = byte;
                let (found, _) = names(&file);
                assert!(found.len() < 100);
            }
            file[at] = before;
        }
    }
}

/// A Berkeley DB file of 512-byte big-endian pages: a hash page with one value inline and one off the page.
fn big_endian(header: &[u8], next_of_last: u32) -> Vec<u8> {
    const PAGE: usize = 512;
    const CONTENT: usize = PAGE - 26;
    let chunks: Vec<&[u8]> = header.chunks(CONTENT).collect();
    let mut file = vec![0; PAGE * (2 + chunks.len())];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(12, &0x0006_1561_u32.to_be_bytes());
    put(16, &9_u32.to_be_bytes());
    put(20, &(PAGE as u32).to_be_bytes());
    put(25, &[8]);
    put(32, &(1 + chunks.len() as u32).to_be_bytes());
    let items: [Vec<u8>; 4] = [
        [&[1][..], &1_u32.to_be_bytes()].concat(),
        [&[3, 0, 0, 0][..], &2_u32.to_be_bytes(), &(header.len() as u32).to_be_bytes()].concat(),
        [&[1][..], &0_u32.to_be_bytes()].concat(),
        [&[1][..], &7_u32.to_be_bytes()].concat(),
    ];
    put(PAGE + 20, &(items.len() as u16).to_be_bytes());
    put(PAGE + 25, &[13]);
    let mut end = PAGE;
    for (position, item) in items.iter().enumerate() {
        end -= item.len();
        put(PAGE + 26 + 2 * position, &(end as u16).to_be_bytes());
        put(PAGE + end, item);
    }
    for (position, chunk) in chunks.iter().enumerate() {
        let at = PAGE * (2 + position);
        let next = if position + 1 == chunks.len() { next_of_last } else { 3 + position as u32 };
        put(at + 16, &next.to_be_bytes());
        put(at + 22, &(chunk.len() as u16).to_be_bytes());
        put(at + 25, &[7]);
        put(at + 26, chunk);
    }
    file
}

/// A header with nothing but a name.
fn header(name: &[u8]) -> Vec<u8> {
    let index = [1000_u32, 6, 0, 1].map(u32::to_be_bytes).concat();
    let lengths = [1_u32, name.len() as u32 + 1].map(u32::to_be_bytes).concat();
    [&lengths, &index, name, &[0]].concat()
}

#[test]
fn the_byte_order_is_that_of_the_machine() {
    let file = big_endian(&header(&[b'n'; 1000]), 0);
    assert_eq!(names(&file), (vec!["n".repeat(1000)], vec![]));
}

#[test]
fn cycles_end() {
    // The length asks for more than the chain holds, and the chain leads back to its start.
    let mut file = big_endian(&header(&[b'n'; 1000]), 2);
    let length_at = file.windows(4).position(|bytes| bytes == 1025_u32.to_be_bytes()).expect("length of the value");
    file[length_at] = 0x7f;
    assert_eq!(names(&file), (vec![], vec!["a value does not lie in pages of its own"]));
    // The last child of an interior page is the page itself.
    let mut file = SQLITE.to_vec();
    let page = (1..file.len() / 512).find(|page| file[page * 512] == 5).expect("an interior page");
    // Pages are counted from 1.
    file[page * 512 + 8..page * 512 + 12].copy_from_slice(&(page as u32 + 1).to_be_bytes());
    assert!(names(&file).1.contains(&"a page of a table is missing or used twice"));
}

#[test]
fn blobs_are_not_shared() {
    let mut file = NDB.to_vec();
    let slot: Vec<u8> = file[32..48].to_vec();
    for at in (48..4096).step_by(16) {
        file[at..at + 16].copy_from_slice(&slot);
    }
    let (found, faults) = names(&file);
    assert_eq!((found.len(), faults.len()), (1, 4096 / 16 - 3));
}

#[test]
fn other_files_are_refused() {
    for file in [&b""[..], b"RpmP", b"SQLite format 3\0", &[0; 8192], b"RpmP\x07\0\0\0"] {
        assert_eq!(names(file).0, Vec::<String>::new());
        assert!(!names(file).1.is_empty());
    }
}

#[test]
fn headers_are_not_trusted() {
    let good = header(b"name");
    assert_eq!(Header::parse(&good).and_then(|header| header.string(Tag::NAME)), Some(&b"name"[..]));
    for (at, value) in [(0, 0xffff_ffff_u32), (4, 0xffff_ffff), (16, 0xffff_ffff), (0, 2)] {
        let mut bad = good.clone();
        bad[at..at + 4].copy_from_slice(&value.to_be_bytes());
        assert_eq!(Header::parse(&bad).and_then(|header| header.string(Tag::NAME)), None, "{at}");
    }
    // A count that promises more strings than there are.
    let mut many = good.clone();
    many[12..16].copy_from_slice(&8_u32.to_be_bytes());
    many[20..24].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Header::parse(&many).map(|header| header.strings(Tag::NAME).count()), Some(1));
    // The store ends within the string.
    let mut cut = good;
    cut.pop();
    cut[7] = 4;
    assert_eq!(Header::parse(&cut).and_then(|header| header.string(Tag::NAME)), None);
}
