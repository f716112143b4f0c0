//! The advisories that questions by CVE and the like are answered with.
//!
//! They are a file that another program keeps up (`plimsoll advisories update`): when it is replaced, the next question has the new
//! one. Old advisories answer a question that nobody asked, so that past an age they are refused rather than used.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use plimsoll_advisory::{Advisory, Snapshot};
use plimsoll_inventory::{InventoryError, Resolve};
use serde_json::{Value, json};

use crate::problem::{Answered, Problem};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The advisories, opened when the first is asked for.
#[derive(Debug)]
pub(crate) struct Advisories {
    path: Option<PathBuf>,
    max_age_days: u32,
    held: Mutex<Option<(Stamp, Arc<Snapshot>)>>,
}

/// What tells one file from another at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl Advisories {
    pub(crate) fn new(path: Option<PathBuf>, max_age_days: u32) -> Self {
        Self { path, max_age_days, held: Mutex::default() }
    }

    /// The advisories, whatever their age; nothing when the server was started without.
    fn open(&self) -> Answered<Option<Arc<Snapshot>>> {
        let Some(path) = &self.path else { return Ok(None) };
        let gone = |_| Problem::busy("the advisories cannot be read at the moment");
        let metadata = std::fs::metadata(path).map_err(gone)?;
        let stamp = Stamp { modified: metadata.modified().ok(), bytes: metadata.len() };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, snapshot)) = held.as_ref().filter(|(known, _)| *known == stamp) {
            return Ok(Some(Arc::clone(snapshot)));
        }
        let damaged = |_| Problem::busy("the advisories cannot be read; they are to be made anew");
        let snapshot = Arc::new(Snapshot::open(path).map_err(damaged)?);
        *held = Some((stamp, Arc::clone(&snapshot)));
        Ok(Some(snapshot))
    }

    /// The advisories, if they may be used.
    pub(crate) fn fresh(&self, now: Timestamp) -> Answered<Arc<Snapshot>> {
        let snapshot = self.open()?.ok_or_else(|| Problem::busy("this server has no advisories (--advisories)"))?;
        match snapshot.age_seconds(now) {
            _ if self.max_age_days == 0 => Ok(snapshot),
            None => Err(Problem::busy("the advisories do not say what they are of")),
            Some(age) if self.is_old(age) => {
                let days = age.checked_div(DAY).unwrap_or_default();
                Err(Problem::busy(format!(
                    "the advisories are {days} days old, and may be {} (--max-age)",
                    self.max_age_days
                )))
            }
            Some(_) => Ok(snapshot),
        }
    }

    fn is_old(&self, age: u64) -> bool {
        self.max_age_days != 0 && age > u64::from(self.max_age_days).saturating_mul(DAY)
    }

    /// What they are of.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        self.open().ok().flatten()?.as_of()
    }

    /// What they are of, and whether that is too long ago.
    pub(crate) fn age(&self, now: Timestamp) -> Option<(Timestamp, bool)> {
        let snapshot = self.open().ok().flatten()?;
        let old = snapshot.age_seconds(now).is_none_or(|age| self.is_old(age));
        snapshot.as_of().map(|of| (of, old))
    }

    /// The same for programs: nothing when there are none, or they cannot be read.
    pub(crate) fn state(&self, now: Timestamp) -> Value {
        match self.open() {
            Ok(None) => json!({ "state": "none", "of": null }),
            Err(_) => json!({ "state": "unreadable", "of": null }),
            Ok(Some(_)) => {
                let (of, old) = self.age(now).map_or((None, true), |(of, old)| (Some(of.to_string()), old));
                json!({ "state": if old { "old" } else { "fresh" }, "of": of })
            }
        }
    }

    /// For one question.
    pub(crate) fn resolver(&self, now: Timestamp) -> Resolver<'_> {
        Resolver { advisories: self, now, problem: RefCell::default() }
    }
}

/// Looks up the advisories that a question names.
pub(crate) struct Resolver<'a> {
    advisories: &'a Advisories,
    now: Timestamp,
    /// Why they could not be.
    pub(crate) problem: RefCell<Option<Problem>>,
}

impl Resolve for Resolver<'_> {
    fn advisory(&self, id: &str) -> Result<Vec<Advisory>, InventoryError> {
        let refused = |problem: Problem| {
            let detail = problem.detail.clone();
            *self.problem.borrow_mut() = Some(problem);
            InventoryError::Query(detail)
        };
        let snapshot = self.advisories.fresh(self.now).map_err(refused)?;
        snapshot.all_of(id).map_err(|_| refused(Problem::busy("the advisories cannot be read")))
    }
}
