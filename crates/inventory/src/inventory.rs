//! The open inventory.

use crate::InventoryError;
use crate::ingest::Dictionary;
use crate::store::{Database, Location};

/// An open inventory: one connection to its store.
///
/// A connection does one thing at a time; open one for each thread. Any number of processes may have one open, to read and to write.
pub struct Inventory {
    pub(crate) database: Database,
    pub(crate) shard: i64,
    pub(crate) dictionary: Dictionary,
}

impl Inventory {
    /// Opens an inventory that is there.
    ///
    /// # Errors
    /// There is none ([`InventoryError::Missing`]), it is of a later version, or the store cannot be reached.
    pub fn open(location: &Location) -> Result<Self, InventoryError> {
        Self::with(location, false)
    }

    /// Opens an inventory, and makes it where there is none.
    ///
    /// # Errors
    /// As [`Inventory::open`]; or it cannot be made.
    pub fn create(location: &Location) -> Result<Self, InventoryError> {
        Self::with(location, true)
    }

    fn with(location: &Location, make: bool) -> Result<Self, InventoryError> {
        let database = Database::open(location, make)?;
        Ok(Self { database, shard: 0, dictionary: Dictionary::default() })
    }
}

impl std::fmt::Debug for Inventory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inventory").field("shard", &self.shard).finish_non_exhaustive()
    }
}
