//! Disks that are full or broken: a system call fails, by strace.

use std::path::Path;
use std::process::Command;

use plimsoll_tests::{Outcome, Random, TemporaryDirectory, binary, skip_without};

use crate::worlds::{add, documents, number, sound};

const BUILDS: usize = 6;

/// `plimsoll inventory add` with a fault from the given call on: one, or all after it.
fn with_fault(store: &str, place: &Path, fault: &str) -> Outcome {
    let mut command = Command::new("strace");
    command.args(["--follow-forks", "--output", "/dev/null", "--trace", "pwrite64,fdatasync,fsync,ftruncate"]);
    command.arg(format!("--inject={fault}")).arg(binary());
    command.args(["inventory", "add", "--quiet", "--jobs", "1", "--store", store]).arg(place);
    command.env_remove("PLIMSOLL_STORE");
    Outcome::from(command.output().unwrap())
}

/// `PLIMSOLL_FAULTS=300` for the long run.
#[test]
fn a_full_or_broken_disk_loses_nothing() {
    if Command::new("strace").arg("--version").output().is_err() {
        skip_without("strace");
        return;
    }
    let faults = number("PLIMSOLL_FAULTS", 12);
    let mut random = Random::of_text("ENOSPC and EIO");
    let directory = TemporaryDirectory::new();
    let places = documents(&directory, faults, BUILDS, 5);
    let store = directory.path().join("inventory.db").display().to_string();
    let (mut committed, mut refused) = (0, 0);
    for (at, place) in places.iter().enumerate() {
        let fault = match at % 4 {
            0 => format!("pwrite64:error=ENOSPC:when={}+", 1 + random.below(40)),
            1 => format!("pwrite64:error=EIO:when={}", 1 + random.below(40)),
            2 => format!("fdatasync:error=EIO:when={}", 1 + random.below(3)),
            _ => format!("pwrite64:error=EIO:when={}+3", 1 + random.below(9)),
        };
        let outcome = with_fault(&store, place, &fault);
        let found = sound(&store);
        match outcome.status {
            Some(0) => assert_eq!(found, committed + BUILDS as u64, "{fault}: said to be there"),
            Some(3) => {
                refused += 1;
                assert!(found == committed || found == committed + BUILDS as u64, "{fault}: {committed}, then {found}");
            }
            other => panic!("{fault}: {other:?}, {}", outcome.stderr),
        }
        committed = found;
    }
    assert!(refused > 0, "no fault was met");
    for place in &places {
        let outcome = Outcome::from(add(&store, place).output().unwrap());
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
    }
    assert_eq!(sound(&store), (places.len() * BUILDS) as u64);
}
