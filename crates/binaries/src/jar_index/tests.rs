use super::*;

fn coordinates(text: &str) -> Coordinates {
    let mut words = text.split(':').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    Coordinates { group: next(), artifact: next(), version: next(), classifier: next() }
}

fn digest(first: u8, last: u8) -> [u8; 20] {
    let mut sha1 = [7; 20];
    (sha1[0], sha1[19]) = (first, last);
    sha1
}

fn built(keys: KeyLength) -> Vec<u8> {
    let mut builder = JarIndexBuilder::default();
    for (first, last, name) in [
        (0, 1, "a:b:1"),
        (255, 2, "c.d:e:2:linux"),
        (16, 3, "a:b:2"),
        (16, 4, "z:z:1"),
        (17, 3, "a:b:2"),
        (0, 1, "A:b:1"),
    ] {
        assert!(builder.add(digest(first, last), &coordinates(name)));
    }
    assert!(!builder.add(digest(9, 9), &coordinates("no:version")));
    assert!(!builder.add(digest(9, 9), &coordinates("new\nline:b:1")));
    assert_eq!((builder.len(), builder.ambiguous()), (5, 1));
    let mut out = Vec::new();
    builder.write(keys, &mut out).unwrap();
    out
}

fn open(bytes: Vec<u8>) -> Result<JarIndex, JarIndexError> {
    struct Held(Vec<u8>);
    impl Body for Held {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.as_slice().read_at(offset, buffer)
        }
    }
    JarIndex::from_body(Box::new(Held(bytes)))
}

#[test]
fn what_was_added_is_found() {
    let index = open(built(KeyLength::Whole)).unwrap();
    assert_eq!(index.len(), 5);
    for (first, last, want) in [
        (0, 1, Some("A:b:1")),
        (255, 2, Some("c.d:e:2:linux")),
        (16, 3, Some("a:b:2")),
        (16, 4, Some("z:z:1")),
        (16, 5, None),
        (1, 1, None),
        (254, 0, None),
    ] {
        assert_eq!(index.find(&digest(first, last)).unwrap(), want.map(coordinates), "{first} {last}");
    }
    assert_eq!(index.confidence(), Confidence::STATED);
    assert!(open(empty()).unwrap().find(&digest(1, 1)).unwrap().is_none());
}

fn empty() -> Vec<u8> {
    let mut out = Vec::new();
    JarIndexBuilder::default().write(KeyLength::Short, &mut out).unwrap();
    out
}

#[test]
fn a_short_key_that_two_jars_share_is_neither() {
    let index = open(built(KeyLength::Short)).unwrap();
    assert_eq!(index.len(), 3);
    assert!(index.find(&digest(16, 3)).unwrap().is_none());
    assert_eq!(index.find(&digest(17, 3)).unwrap(), Some(coordinates("a:b:2")));
    assert_eq!(index.confidence(), Confidence::HIGH);
}

#[test]
fn the_order_of_adding_leaves_no_trace() {
    let table = "# SHA-1\tcoordinates\n0101010101010101010101010101010101010101\tb:c:1\n\n\
                 0202020202020202020202020202020202020202\ta:c:2:x\n";
    let mut one = JarIndexBuilder::default();
    assert_eq!(one.add_table(table), Ok(2));
    let mut other = JarIndexBuilder::default();
    assert!(other.add([2; 20], &coordinates("a:c:2:x")));
    assert!(other.add([1; 20], &coordinates("z:z:9")));
    assert!(other.add([1; 20], &coordinates("b:c:1")));
    let bytes = |builder: &JarIndexBuilder| {
        let mut out = Vec::new();
        builder.write(KeyLength::Whole, &mut out).unwrap();
        out
    };
    assert_eq!(bytes(&one), bytes(&other));
}

#[test]
fn bad_lines_are_named() {
    for line in [
        "x",
        "01\ta:b:1",
        "+101010101010101010101010101010101010101\ta:b:1",
        "0101010101010101010101010101010101010101\ta:b",
    ] {
        let error = JarIndexBuilder::default().add_table(&format!("# c\n{line}\n")).unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }
}

#[test]
fn every_truncation_and_every_flipped_byte_is_refused() {
    let whole = built(KeyLength::Whole);
    for length in 0..whole.len() {
        assert!(open(whole[..length].to_vec()).is_err(), "{length}");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x81;
        assert!(open(bytes).is_err(), "{at}");
    }
}

#[test]
fn a_header_that_lies_is_refused_or_read_within_bounds() {
    // With a checksum that is right: who writes an index can write that.
    let whole = built(KeyLength::Whole);
    let body = whole.len() - 32;
    for at in 8..body {
        let mut bytes = whole.clone();
        bytes[at] = bytes[at].wrapping_add(1);
        let sum = Sha256::digest(&bytes[..body]);
        bytes[body..].copy_from_slice(&sum);
        if let Ok(index) = open(bytes) {
            for first in [0, 16, 17, 255] {
                let _ = index.find(&digest(first, 3));
            }
        }
    }
}
