//! What all handlers know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::Timestamp;
use plimsoll_inventory::{Inventory, InventoryError};
use tokio::sync::Semaphore;

use crate::access::Failures;
use crate::advisories::Advisories;
use crate::metrics::Metrics;
use crate::oidc::Oidc;
use crate::options::Options;
use crate::pool::Pool;
use crate::problem::Problem;

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
    /// Whether there are tokens, or an issuer of them. Once there were, there is no way back but starting anew.
    guarded: AtomicBool,
    /// When it was looked last, in seconds.
    looked: AtomicI64,
    failures: Failures,
    advisories: Advisories,
    oidc: Option<Arc<Oidc>>,
    metrics: Metrics,
}

/// How often it is looked whether tokens were made while everybody on this machine is let in, in seconds.
const LOOK_EVERY: i64 = 5;

type Outcome<T> = Result<T, InventoryError>;

impl AppState {
    pub(crate) fn new(options: Options, base_url: String, guarded: bool, oidc: Option<Oidc>) -> Self {
        let readers = options.readers.max(1);
        Self(Arc::new(Shared {
            base_url,
            readers: Pool::new(options.store.clone(), readers),
            reading: Semaphore::new(readers),
            writer: Pool::new(options.store.clone(), 1),
            writing: Semaphore::new(1),
            guarded: AtomicBool::new(guarded),
            looked: AtomicI64::new(0),
            failures: Failures::default(),
            advisories: Advisories::new(options.advisories.clone(), options.max_age_days),
            oidc: oidc.map(Arc::new),
            metrics: Metrics::default(),
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

    /// Whether requests have to say who they are from.
    pub(crate) async fn is_guarded(&self) -> Result<bool, Problem> {
        if self.0.guarded.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let now = self.now().as_second();
        if now.saturating_sub(self.0.looked.swap(now, Ordering::Relaxed)) >= LOOK_EVERY {
            let any = self.with_inventory(|inventory| inventory.tokens().map(|tokens| !tokens.is_empty())).await?;
            self.0.guarded.fetch_or(any, Ordering::Relaxed);
        }
        Ok(self.0.guarded.load(Ordering::Relaxed))
    }

    pub(crate) fn failures(&self) -> &Failures {
        &self.0.failures
    }

    pub(crate) fn advisories(&self) -> &Advisories {
        &self.0.advisories
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Whose tokens are taken besides our own.
    pub(crate) fn oidc(&self) -> Option<&Arc<Oidc>> {
        self.0.oidc.as_ref()
    }

    /// Writes a line of the log.
    pub(crate) fn log(&self, line: &serde_json::Value) {
        (self.0.options.log)(line);
    }

    /// Asks the inventory something.
    pub(crate) async fn with_inventory<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run(&self.0.reading, |shared| &shared.readers, work).await
    }

    /// Changes the inventory. Changes take turns.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run(&self.0.writing, |shared| &shared.writer, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        turns: &Semaphore,
        pool: fn(&Shared) -> &Pool,
        work: impl FnOnce(&mut Inventory) -> Outcome<T> + Send + 'static,
    ) -> Result<T, Problem> {
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
        Ok(answer?)
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
