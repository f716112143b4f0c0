//! A snapshot whose header lies: its digest is made right, as whoever writes one can.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_advisory::{Snapshot, SnapshotError, Target};
use sha2::{Digest as _, Sha256};

fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let header = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let mut bytes = rest.to_vec();
    bytes.extend((header as u32).to_le_bytes());
    bytes.extend(Sha256::digest(&rest[rest.len() - header..]));
    bytes.extend(b"PLMADV1\n");
    let path = std::env::temp_dir().join(format!("plimsoll-fuzz-snapshot-{}", std::process::id()));
    std::fs::write(&path, &bytes).unwrap();
    let Ok(snapshot) = Snapshot::open(&path) else { return };
    let _ = snapshot.verify();
    let _ = snapshot.get("CVE-2021-44228");
    let _ = snapshot.each_advisory(|_| Ok::<_, SnapshotError>(()));
    let _ = snapshot.matches(&[Target::parse("pkg:npm/x@1.0.0").unwrap()]);
});
