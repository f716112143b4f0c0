//! Workers: take a target, scan it, keep what it gave, say so.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use plimsoll_inventory::{
    AnswerRow, Claim, Context, DocumentId, Intake, Inventory, Label, Lease, LeaseTerms, Location, Page, Query,
    TargetCounts, TargetOutcome, Unread,
};
use plimsoll_model::{Digest, Limits};

use crate::FleetError;
use crate::scanner::{ScanFault, Scanned, Scanner};

/// How long to wait before asking again when others have all that is left.
const WAIT: Duration = Duration::from_millis(500);

/// How a process works on a list.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The inventory.
    pub location: Location,
    /// The name of the list.
    pub list: String,
    /// Who works; no two processes may have one name.
    pub owner: String,
    /// Targets at once.
    pub jobs: usize,
    /// How long a target is kept without a word.
    pub term: SignedDuration,
    /// How often a target is begun at most.
    pub attempts: u32,
    /// What artifacts are called besides.
    pub labels: Vec<Label>,
    /// What to look for in what was just scanned.
    pub hunt: Option<Query>,
    /// The limits of documents.
    pub limits: Limits,
}

/// Is told what happens, from several threads.
pub trait Watcher: Sync {
    /// A target was finished.
    fn finished(&self, target: &str, outcome: &TargetOutcome);

    /// What is hunted for is in a target.
    fn hit(&self, target: &str, row: &AnswerRow);
}

/// Works on a list until nothing of it is left, for nobody. Says how far it is then.
///
/// # Errors
/// The inventory cannot be used. What was scanned is kept, and the rest of the list waits.
pub fn work(
    terms: &Terms,
    scanner: &dyn Scanner,
    watcher: &dyn Watcher,
    clock: &(dyn Fn() -> Timestamp + Sync),
) -> Result<TargetCounts, FleetError> {
    let leases = LeaseTerms {
        list: terms.list.clone(),
        owner: terms.owner.clone(),
        term: terms.term,
        attempts: terms.attempts.max(1),
    };
    let over = AtomicBool::new(false);
    let fault: Mutex<Option<FleetError>> = Mutex::new(None);
    thread::scope(|scope| {
        let heart = scope.spawn(|| beat(terms, &leases, &over, clock));
        let workers: Vec<_> = (0..terms.jobs.max(1))
            .map(|_| {
                scope.spawn(|| {
                    if let Err(error) = (Worker { terms, leases: &leases, scanner, watcher, clock }).run(&over) {
                        over.store(true, Ordering::Relaxed);
                        if let Ok(mut fault) = fault.lock() {
                            fault.get_or_insert(error);
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| drop(worker.join()));
        over.store(true, Ordering::Relaxed);
        drop(heart.join());
    });
    match fault.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(Inventory::open(&terms.location)?.target_counts(&terms.list)?),
    }
}

/// Keeps the leases of this process while it lives. That it cannot is no reason to stop: then others may take over.
fn beat(terms: &Terms, leases: &LeaseTerms, over: &AtomicBool, clock: &(dyn Fn() -> Timestamp + Sync)) {
    let Ok(mut inventory) = Inventory::open(&terms.location) else { return };
    let third = Duration::try_from(terms.term).ok().and_then(|term| term.checked_div(3)).unwrap_or(WAIT);
    let mut waited = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        thread::sleep(WAIT.min(third));
        waited = waited.saturating_add(WAIT.min(third));
        if waited >= third {
            waited = Duration::ZERO;
            let _ = inventory.extend_leases(leases, clock());
        }
    }
}

struct Worker<'a> {
    terms: &'a Terms,
    leases: &'a LeaseTerms,
    scanner: &'a dyn Scanner,
    watcher: &'a dyn Watcher,
    clock: &'a (dyn Fn() -> Timestamp + Sync),
}

impl Worker<'_> {
    fn run(&self, over: &AtomicBool) -> Result<(), FleetError> {
        let mut inventory = Inventory::open(&self.terms.location)?;
        while !over.load(Ordering::Relaxed) {
            let leases = inventory.lease(self.leases, 1, (self.clock)())?;
            if leases.is_empty() {
                let counts = inventory.target_counts(&self.terms.list)?;
                if counts.waiting == 0 && counts.leased == 0 {
                    return Ok(());
                }
                // Others are at the rest, and may die over it.
                thread::sleep(WAIT);
            }
            for lease in &leases {
                self.target(&mut inventory, lease)?;
            }
        }
        Ok(())
    }

    fn target(&self, inventory: &mut Inventory, lease: &Lease) -> Result<(), FleetError> {
        let outcome = match self.scanner.scan(&lease.reference).and_then(|scanned| self.intakes(scanned)) {
            Ok((intakes, digest)) => {
                let added = inventory.add(&intakes, (self.clock)())?;
                let documents: Vec<DocumentId> = added.iter().map(|added| added.document).collect();
                self.hunt(inventory, lease, documents)?;
                TargetOutcome::Done(digest)
            }
            Err(fault) if fault.again => TargetOutcome::Again(fault.reason),
            Err(fault) => TargetOutcome::Failed(fault.reason),
        };
        let last = lease.attempts >= self.leases.attempts;
        let (mut unread, mut read) = (Vec::new(), BTreeSet::new());
        match &outcome {
            TargetOutcome::Failed(reason) => {
                unread.push(Unread { place: lease.reference.clone(), reason: reason.clone() })
            }
            TargetOutcome::Again(reason) if last => {
                unread.push(Unread { place: lease.reference.clone(), reason: reason.clone() });
            }
            TargetOutcome::Done(_) => drop(read.insert(lease.reference.clone())),
            _ => {}
        }
        inventory.record_unread(&unread, &read, (self.clock)())?;
        inventory.finish_target(self.leases, lease, &outcome)?;
        self.watcher.finished(&lease.reference, &outcome);
        Ok(())
    }

    fn intakes(&self, scanned: Vec<Scanned>) -> Result<(Vec<Intake>, String), ScanFault> {
        let digest = scanned.first().map(|scanned| scanned.digest.clone()).unwrap_or_default();
        let read = |scanned: &Scanned| {
            let mut context = Context::default();
            context.claim = scanned.claim;
            context.labels.clone_from(&self.terms.labels);
            // What is attached to an image may call it otherwise, or nothing.
            if scanned.claim != Claim::Observed {
                context.digest = Digest::from_prefixed(&scanned.digest).ok();
            }
            Intake::read(&scanned.document, &context, &self.terms.limits)
                .map_err(|error| ScanFault { reason: error.to_string(), again: false })
        };
        Ok((scanned.iter().map(read).collect::<Result<_, _>>()?, digest))
    }

    /// Says at once what of this is looked for.
    fn hunt(&self, inventory: &mut Inventory, lease: &Lease, documents: Vec<DocumentId>) -> Result<(), FleetError> {
        let Some(hunted) = &self.terms.hunt else { return Ok(()) };
        let query = Query::All(vec![hunted.clone(), Query::Documents(documents)]);
        let answer = inventory.find(&query, Page::default())?;
        answer.rows.iter().for_each(|row| self.watcher.hit(&lease.reference, row));
        Ok(())
    }
}
