//! An index of jars whose parts lie: the checksum is made right, as whoever writes an index can.
#![no_main]

use std::io;

use libfuzzer_sys::fuzz_target;
use plimsoll_scan::JarIndex;
use plimsoll_source::Body;
use sha2::{Digest as _, Sha256};

struct Held(Vec<u8>);

impl Body for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_slice().read_at(offset, buffer)
    }
}

fuzz_target!(|data: &[u8]| {
    let bytes = [data, &Sha256::digest(data)].concat();
    let Ok(index) = JarIndex::from_body(Box::new(Held(bytes))) else { return };
    for first in 0..=u8::MAX {
        let _ = index.find(&[first; 20]);
    }
    if let Some(key) = data.get(1088..1108).and_then(|key| key.first_chunk()) {
        let _ = index.find(key);
    }
});
