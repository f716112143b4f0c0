//! Programs that are killed while they write.

use std::time::Duration;

use plimsoll_tests::{Outcome, Random, TemporaryDirectory};

use crate::worlds::{add, documents, number, sound, stores};

const BUILDS: usize = 6;

/// `PLIMSOLL_CRASHES=1000` for the long run.
#[test]
fn what_was_committed_survives_a_kill() {
    let kills = number("PLIMSOLL_CRASHES", 16);
    let mut random = Random::of_text("kill -9");
    // A store is used for some kills, then a new one is.
    for round in 0..kills.div_ceil(16) {
        let directory = TemporaryDirectory::new();
        let places = documents(&directory, kills.min(16), BUILDS, round as u64);
        for store in stores(&directory) {
            let (mut committed, mut longest) = (0, 300);
            for place in &places {
                let start = std::time::Instant::now();
                let mut child = add(&store, place).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(random.below(longest) as u64));
                child.kill().unwrap();
                let status = child.wait().unwrap();
                let found = sound(&store);
                assert!(found == committed || found == committed + BUILDS as u64, "{store}: {committed}, then {found}");
                if status.success() {
                    assert_eq!(found, committed + BUILDS as u64, "{store}: said to be there");
                    longest = start.elapsed().as_millis().max(50) as usize;
                }
                committed = found;
            }
            for place in &places {
                let outcome = Outcome::from(add(&store, place).output().unwrap());
                assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
            }
            assert_eq!(sound(&store), (places.len() * BUILDS) as u64);
        }
    }
}
