//! Connections to the inventory: some to read, one to write.
//!
//! A connection to PostgreSQL must not be used, or dropped, on a thread of the asynchronous runtime: all of this runs on threads
//! that may block.

use std::sync::{Mutex, PoisonError};

use plimsoll_inventory::{Inventory, InventoryError, Location};

/// Connections that are not in use.
pub(crate) struct Pool {
    location: Location,
    idle: Mutex<Vec<Inventory>>,
    most: usize,
}

impl Pool {
    pub(crate) fn new(location: Location, most: usize) -> Self {
        Self { location, idle: Mutex::default(), most }
    }

    /// Does something with a connection. One that failed is not used again: its server may be gone.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Result<T, InventoryError>,
    ) -> Result<T, InventoryError> {
        let held = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut inventory = match held {
            Some(inventory) => inventory,
            None => Inventory::open(&self.location)?,
        };
        let outcome = work(&mut inventory);
        if !matches!(outcome, Err(InventoryError::Store { .. })) {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < self.most {
                idle.push(inventory);
            }
        }
        outcome
    }

    /// Closes what is open.
    pub(crate) fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(idle);
    }
}
