//! Stores on both engines, documents to put into them, and what is found in them after.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_bench::{Builds, Order, Shape, Universe};
use plimsoll_inventory::{Inventory, InventoryError, Location, Page, Query};
use plimsoll_tests::{PostgresServer, TemporaryDirectory, plimsoll};

/// An empty store on each engine that is there; a file for SQLite is in the directory.
pub(crate) fn stores(directory: &TemporaryDirectory) -> Vec<String> {
    let file = directory.path().join("inventory.db").display().to_string();
    std::iter::once(file).chain(PostgresServer::shared().map(PostgresServer::database)).collect()
}

/// Directories with documents, one for each application, and how many documents each has.
pub(crate) fn documents(directory: &TemporaryDirectory, applications: usize, builds: usize, seed: u64) -> Vec<PathBuf> {
    let universe = Universe::new(seed, 2);
    let shape = Shape { applications, builds, components: 40, churn: 75, spdx: 30, seed };
    let mut places = Vec::new();
    let made = Builds::new(&universe, shape).documents(Order::Application, |build, document| {
        let file = directory.write(Path::new("documents").join(build.file()), document);
        let place = file.parent().map(Path::to_owned).unwrap_or_default();
        if !places.contains(&place) {
            places.push(place);
        }
        Ok::<_, Infallible>(())
    });
    let Ok(()) = made;
    places
}

/// `plimsoll inventory add`.
pub(crate) fn add(store: &str, place: &Path) -> Command {
    let mut command = plimsoll(["inventory", "add", "--quiet", "--jobs", "1", "--store", store]);
    command.arg(place);
    command
}

/// How many artifacts a store has, and that it holds together; 0 where there is none yet.
pub(crate) fn sound(store: &str) -> u64 {
    let mut inventory = match Inventory::open(&Location::parse(store)) {
        Ok(inventory) => inventory,
        Err(InventoryError::Missing { .. }) => return 0,
        Err(error) => panic!("{store}: {error}"),
    };
    let integrity = inventory.verify_integrity().unwrap();
    assert_eq!((integrity.faults, &integrity.told), (0, &Vec::new()), "{store}");
    let answer = inventory.find(&Query::Everything, Page { rows: 1, after: None }).unwrap();
    assert_eq!(answer.artifacts, integrity.documents, "{store}");
    answer.artifacts
}

/// A number from the environment, for runs by hand.
pub(crate) fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}
