//! Lists targets, leases them, scans and stores the results, on any number of machines.
//!
//! What is to be scanned is a list in the inventory. Workers, in one process or in many, take targets from it for some
//! time, scan them and keep the documents ([`work`]). On PostgreSQL they may be on any machines. One that dies loses its targets to
//! the others when its time is over; one that comes late brings a document that is there already, which is then not kept twice.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod error;
mod list;
mod objects;
mod scanner;
mod webhook;
mod work;

pub use error::FleetError;
pub use list::{RegistryList, from_registry, from_text};
pub use objects::{AwsCredentials, ObjectEntry, ObjectError, ObjectOptions, ObjectPlace, ObjectStore, ObjectToken};
pub use scanner::{ScanFault, Scanned, Scanner, SourceScanner};
pub use webhook::{Webhook, WebhookError};
pub use work::{Terms, Watcher, work};
