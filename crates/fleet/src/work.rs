//! Working a list off.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use plimsoll_inventory::{AddedState, ArtifactId, Claim, Context, Intake, Inventory, Label, Lease, Location, Unread};
use plimsoll_model::Limits;
use plimsoll_registry::{ImageReference, NetworkOptions, open_registry};
use plimsoll_sbom::Format;
use plimsoll_scan::{ScanOptions, scan_sources};

use crate::FleetError;

/// How a list is worked off.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// The name of the list.
    pub list: String,
    /// Who works: no other process on any machine may say the same of itself.
    pub owner: String,
    /// How many images are scanned at once.
    pub jobs: usize,
    /// For how many seconds an image is leased. It is extended for as long as this process lives.
    pub lease: u32,
    /// How often an image is tried.
    pub attempts: u64,
    /// How registries are reached.
    pub network: NetworkOptions,
    /// How images are scanned.
    pub scan: ScanOptions,
    /// What the artifacts are called besides.
    pub labels: Vec<Label>,
    /// The format in which the documents are kept.
    pub format: Format,
    /// How large documents may be.
    pub limits: Limits,
}

/// What became of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It is in the inventory.
    Scanned {
        /// As the list names it.
        reference: String,
        /// What the name stands for.
        digest: String,
        /// The artifacts that it is, one for each platform; none when an image of this digest was scanned already.
        artifacts: Vec<ArtifactId>,
        /// Documents that were not there.
        new: u64,
    },
    /// It could not be scanned; with `again` it is tried once more.
    Failed {
        /// As the list names it.
        reference: String,
        /// Why.
        reason: String,
        /// Whether it is tried once more.
        again: bool,
    },
}

/// How long to wait for what others work on.
const PAUSE: Duration = Duration::from_millis(500);

/// Works on a list until nothing of it is left to be done, by this process or by others.
///
/// # Errors
/// The inventory cannot be used any more. What was scanned until then is in it.
pub fn work(
    location: &Location,
    options: &FleetOptions,
    clock: &(dyn Fn() -> Timestamp + Sync),
    events: &Sender<Event>,
) -> Result<(), FleetError> {
    let stop = &AtomicBool::new(false);
    thread::scope(|scope| {
        let (alive, ended) = channel::<()>();
        let heart = scope.spawn(move || beat(location, options, &ended));
        let workers: Vec<_> = (0..options.jobs.max(1))
            .map(|_| {
                let events = events.clone();
                scope.spawn(move || {
                    let done = run(location, options, clock, &events, stop);
                    // What one could not go on with, the others cannot; its lease is not to be extended.
                    stop.fetch_or(done.is_err(), Ordering::Relaxed);
                    done
                })
            })
            .collect();
        let mut outcome = Ok(());
        for worker in workers {
            let done = worker.join().unwrap_or(Err(FleetError::Worker));
            outcome = outcome.and(done);
        }
        drop(alive);
        let _ = heart.join();
        outcome
    })
}

/// Extends the leases of this process until its workers have ended.
fn beat(location: &Location, options: &FleetOptions, ended: &Receiver<()>) {
    let pause = Duration::from_millis(u64::from(options.lease).saturating_mul(333));
    let Ok(mut inventory) = Inventory::open(location) else { return };
    while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        // A lease that is lost is no fault: the image is scanned twice and stored once.
        let _ = inventory.extend_leases(&options.list, &options.owner, options.lease);
    }
}

fn run(
    location: &Location,
    options: &FleetOptions,
    clock: &(dyn Fn() -> Timestamp + Sync),
    events: &Sender<Event>,
    stop: &AtomicBool,
) -> Result<(), FleetError> {
    let mut inventory = Inventory::open(location)?;
    while !stop.load(Ordering::Relaxed) {
        let leases = inventory.lease(&options.list, &options.owner, 1, options.lease)?;
        let Some(lease) = leases.first() else {
            let counts = inventory.target_counts(&options.list)?;
            if counts.waiting == 0 && counts.leased == 0 {
                return Ok(());
            }
            // Who works on the rest may die.
            thread::sleep(PAUSE);
            continue;
        };
        let event = one(&mut inventory, lease, options, clock)?;
        // Nobody listens: the work goes on all the same.
        let _ = events.send(event);
    }
    Ok(())
}

/// Scans an image and stores what was found.
fn one(
    inventory: &mut Inventory,
    lease: &Lease,
    options: &FleetOptions,
    clock: &(dyn Fn() -> Timestamp + Sync),
) -> Result<Event, FleetError> {
    let FleetOptions { list, owner, .. } = options;
    let reference = lease.reference.clone();
    let done = |inventory: &mut Inventory, digest: &str| inventory.target_done(list, owner, &lease.reference, digest);
    let reason = match scan(inventory, &reference, options)? {
        Scanned::Known(digest) => {
            done(inventory, &digest)?;
            return Ok(Event::Scanned { reference, digest, artifacts: Vec::new(), new: 0 });
        }
        Scanned::Found(digest, intakes) => {
            let added = inventory.add(&intakes, clock())?;
            inventory.record_unread(&[], &BTreeSet::from([reference.clone()]), clock())?;
            done(inventory, &digest)?;
            let new = added.iter().filter(|added| added.state == AddedState::New).count() as u64;
            let artifacts = added.iter().map(|added| added.artifact).collect();
            return Ok(Event::Scanned { reference, digest, artifacts, new });
        }
        Scanned::Failed(reason) => reason,
    };
    let again = lease.attempts < options.attempts;
    if inventory.target_failed(list, owner, &reference, &reason, again)? && !again {
        let unread = Unread { place: reference.clone(), reason: reason.clone() };
        inventory.record_unread(&[unread], &BTreeSet::new(), clock())?;
    }
    Ok(Event::Failed { reference, reason, again })
}

enum Scanned {
    /// An image of this digest was scanned under another name.
    Known(String),
    Found(String, Vec<Intake>),
    Failed(String),
}

/// The error of an image is data; that of the inventory ends the work.
fn scan(inventory: &mut Inventory, reference: &str, options: &FleetOptions) -> Result<Scanned, FleetError> {
    let failed = |error: &dyn std::error::Error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let more = error.to_string();
            if !text.ends_with(&more) {
                text = format!("{text}: {more}");
            }
            cause = error.source();
        }
        Ok(Scanned::Failed(text))
    };
    let image: ImageReference = match reference.parse() {
        Ok(image) => image,
        Err(error) => return failed(&error),
    };
    let opened = match open_registry(&image, &options.network, &options.scan.open_options()) {
        Ok(opened) => opened,
        Err(error) => return failed(&error),
    };
    let digest = opened.digest.to_string();
    if inventory.is_scanned(&options.list, &digest)? {
        return Ok(Scanned::Known(digest));
    }
    let scans = match scan_sources(&opened.sources, None, &options.scan) {
        Ok(scans) => scans,
        Err(error) => return failed(&error),
    };
    let mut intakes = Vec::with_capacity(scans.len());
    for scan in &scans {
        let mut bytes = Vec::new();
        if let Err(error) = options.format.write_observation(&scan.document, &mut bytes) {
            return failed(&error);
        }
        let mut context = Context::default();
        context.claim = Claim::Observed;
        context.partial = scan.document.is_incomplete();
        context.labels.clone_from(&options.labels);
        match Intake::read(&bytes, &context, &options.limits) {
            Ok(intake) => intakes.push(intake),
            Err(error) => return failed(&error),
        }
    }
    Ok(Scanned::Found(digest, intakes))
}
