//! Threads for work that blocks, and few places to wait for one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Threads, and places to wait.
#[derive(Clone)]
pub(super) struct Workers {
    /// Places for all who work or wait.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    all: usize,
}

/// A place among those who work or wait.
pub(super) struct Place {
    _place: OwnedSemaphorePermit,
    turns: Arc<Semaphore>,
}

impl Workers {
    pub(super) fn new(workers: usize, queue: usize) -> Self {
        let workers = workers.clamp(1, 256);
        let all = workers.saturating_add(queue.min(1 << 16));
        Self { places: Arc::new(Semaphore::new(all)), turns: Arc::new(Semaphore::new(workers)), all }
    }

    /// A place; `None` when all are taken.
    pub(super) fn enter(&self) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _place: place, turns: Arc::clone(&self.turns) })
    }

    /// How many work or wait.
    pub(super) fn busy(&self) -> usize {
        self.all.saturating_sub(self.places.available_permits())
    }
}

impl Place {
    /// Waits for a thread and does something there. `None` when that ended in a fault.
    pub(super) async fn work<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        // The turn goes with the thread, which cannot be stopped, and not with who waits for it.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.ok()
    }
}
