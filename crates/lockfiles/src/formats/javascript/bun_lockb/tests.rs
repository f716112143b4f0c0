use super::*;

/// What a real file holds in its first lines, format included.
fn header(format: u32) -> Vec<u8> {
    let mut bytes = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n".to_vec();
    bytes.extend(format.to_le_bytes());
    bytes.extend([0; 32]);
    bytes
}

#[test]
fn formats_that_are_not_known_are_named() {
    let error = Lock::read(&header(1)).err().unwrap().to_string();
    assert!(error.contains("version 1"), "{error}");
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    for (count, begin, end) in [(u64::MAX, 126, 126), (1, 0, 126), (1, 126, u64::MAX), (1 << 60, 126, 126)] {
        let mut bytes = header(2);
        for number in [0, count, 8, 8, begin, end] {
            bytes.extend(number.to_le_bytes());
        }
        assert!(matches!(Lock::read(&bytes), Err(ExtractError::Malformed { .. })), "{count} {begin} {end}");
    }
}

#[test]
fn every_cut_of_a_file_is_refused_and_none_panics() {
    let whole = include_bytes!("../../../../../../testdata/lockfiles/javascript/bun-lockb/workspaces/bun.lockb");
    for end in (0..whole.len()).step_by(7) {
        let _ = Lock::read(&whole[..end]).map(|lock| (0..lock.count).filter_map(|row| lock.package(row)).count());
    }
    let lock = Lock::read(whole).unwrap();
    assert_eq!((0..lock.count).filter_map(|row| lock.package(row)).count(), lock.count);
}
