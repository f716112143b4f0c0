//! What all handlers know.

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_inventory::{Inventory, InventoryError};
use tokio::sync::Semaphore;

use crate::options::Options;
use crate::pool::Pool;

/// What all handlers know.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Shared>);

struct Shared {
    options: Options,
    base_url: String,
    readers: Pool,
    reading: Semaphore,
    writer: Pool,
    writing: Semaphore,
}

type Outcome<T> = Result<T, InventoryError>;

impl AppState {
    pub(crate) fn new(options: Options, base_url: String) -> Self {
        let readers = options.readers.max(1);
        Self(Arc::new(Shared {
            base_url,
            readers: Pool::new(options.store.clone(), readers),
            reading: Semaphore::new(readers),
            writer: Pool::new(options.store.clone(), 1),
            writing: Semaphore::new(1),
            options,
        }))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0.options.now)()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// How the server is reached: no slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Asks the inventory something.
    pub(crate) async fn with_inventory<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.run(&self.0.reading, |shared| &shared.readers, work).await
    }

    /// Changes the inventory. Changes take turns.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.run(&self.0.writing, |shared| &shared.writer, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        turns: &Semaphore,
        pool: fn(&Shared) -> &Pool,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let stopping = |_| InventoryError::Store { doing: "answer", reason: "the server is stopping".to_owned() };
        let _turn = turns.acquire().await.map_err(stopping)?;
        let shared = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || pool(&shared).with(work)).await;
        // A panic is a fault of ours, and ends this request only.
        let fault = |_| InventoryError::Damaged { table: "none", reason: "a question ended in a fault of the program" };
        let answer = done.map_err(fault).flatten();
        if let Err(error) = &answer {
            self.log_error(error);
        }
        answer
    }

    fn log_error(&self, error: &InventoryError) {
        if !matches!(error, InventoryError::Query(_) | InventoryError::Document(_)) {
            (self.0.options.log)(&serde_json::json!({ "level": "error", "message": error.to_string() }));
        }
    }

    /// Closes connections to the inventory. Not on a thread of the runtime.
    pub(crate) fn close(&self) {
        self.0.readers.close();
        self.0.writer.close();
    }
}
