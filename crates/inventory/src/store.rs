//! The two engines behind one face, and the tables.

mod database;
mod location;
mod schema;

pub(crate) use database::{Database, Row, Value};
pub use location::Location;
