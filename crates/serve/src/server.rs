//! What every request shares.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use plimsoll_inventory::{Inventory, InventoryError, Location};

/// Connections to the inventory, and the time.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    location: Location,
    clock: fn() -> Timestamp,
    idle: Mutex<Vec<Inventory>>,
}

/// How many connections wait for the next request.
const IDLE: usize = 8;

impl AppState {
    /// For the inventory at a place.
    #[must_use]
    pub fn new(location: Location, clock: fn() -> Timestamp) -> Self {
        Self(Arc::new(Shared { location, clock, idle: Mutex::default() }))
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Runs something on a connection, where it may block.
    pub(crate) async fn with_inventory<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Result<T, InventoryError> + Send + 'static,
    ) -> Result<T, InventoryError> {
        let shared = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut inventory = match idle {
                Some(inventory) => inventory,
                None => Inventory::open(&shared.location)?,
            };
            let result = work(&mut inventory);
            let mut idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE {
                idle.push(inventory);
            }
            result
        });
        done.await.unwrap_or_else(|_| Err(InventoryError::Query("the request was given up".to_owned())))
    }
}
