//! Lists targets, leases them, scans and stores the results, on any number of machines.
//!
//! A list of images is kept in the inventory itself ([`plimsoll_inventory::Inventory::add_targets`]). Every process that works on it
//! leases one image after the other, scans it, stores what it found as seen by us, and says that it is done. A process that dies leaves
//! leases that run out. What is stored depends on nothing but the image, so an image that is scanned twice is stored once.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod error;
mod list;
mod work;

pub use error::FleetError;
pub use list::{TagChoice, of_registry, read_list};
pub use work::{Event, FleetOptions, work};
