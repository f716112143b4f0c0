//! Many that write and read at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use plimsoll_inventory::{Inventory, Location, Page, Query};
use plimsoll_tests::{Outcome, TemporaryDirectory};

use crate::worlds::{add, documents, number, sound, stores};

const WRITERS: usize = 16;
const READERS: usize = 4;

/// `PLIMSOLL_WRITER_DOCUMENTS=1000` for the long run.
#[test]
fn sixteen_writers_and_four_readers() {
    let each = number("PLIMSOLL_WRITER_DOCUMENTS", 20);
    let builds = each.clamp(1, 10);
    let directory = TemporaryDirectory::new();
    let places = documents(&directory, WRITERS * each / builds, builds, 3);
    for store in stores(&directory) {
        drop(Inventory::create(&Location::parse(&store)).unwrap());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| read(&store, &done));
            }
            let share = places.len() / WRITERS;
            let writers: Vec<_> = places.chunks(share).map(|places| scope.spawn(|| write(&store, places))).collect();
            let outcomes: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
            done.store(true, Ordering::Relaxed);
            outcomes.into_iter().for_each(|outcome| outcome.unwrap());
        });
        assert_eq!(sound(&store), (places.len() * builds) as u64);
    }
}

/// One program after the other, so that there is more than one commit of each writer.
fn write(store: &str, places: &[std::path::PathBuf]) {
    for place in places {
        let outcome = Outcome::from(add(store, place).output().unwrap());
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    }
}

/// What is seen only grows.
fn read(store: &str, done: &AtomicBool) {
    let mut inventory = Inventory::open(&Location::parse(store)).unwrap();
    let mut seen = 0;
    while !done.load(Ordering::Relaxed) {
        let answer = inventory.find(&Query::Everything, Page { rows: 10, after: None }).unwrap();
        assert!(answer.artifacts >= seen, "{} after {seen}", answer.artifacts);
        assert_eq!(answer.rows.len() as u64, answer.artifacts.min(10));
        seen = answer.artifacts;
    }
}
