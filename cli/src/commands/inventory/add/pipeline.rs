//! Files in, documents kept: the stages side by side.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use indicatif::ProgressBar;
use jiff::Timestamp;
use plimsoll_inventory::{AddedState, Intake, Inventory, NewAttestation, Unread, Verification};
use rayon::prelude::*;

use super::gather::{Gather, Piece};
use super::read::{Outcome, Reader};
use super::report::Report;
use super::sniff;
use crate::failure::Failure;
use crate::output::Ui;

/// A batch is written when it weighs as much, or has as many documents.
const BATCH_BYTES: usize = 32 << 20;
const BATCH_DOCUMENTS: usize = 2000;

/// The stages.
pub(super) struct Pipeline<'a> {
    pub(super) gather: &'a Gather,
    pub(super) reader: &'a Reader,
    pub(super) now: Timestamp,
    /// The artifacts are wanted by name, and not only counted.
    pub(super) tell: bool,
}

/// What is written at once.
#[derive(Default)]
struct Batch {
    intakes: Vec<Intake>,
    weight: usize,
    /// Attestations, and the places of the documents that they say.
    attestations: Vec<(NewAttestation, Option<usize>)>,
    read: BTreeSet<String>,
    unread: Vec<Unread>,
}

impl Batch {
    /// Takes a document; its place.
    fn push(&mut self, intake: Intake) -> usize {
        self.weight = self.weight.saturating_add(intake.weight());
        self.intakes.push(intake);
        self.intakes.len().saturating_sub(1)
    }
}

impl Pipeline<'_> {
    /// Adds everything. What was written before a fault stays.
    pub(super) fn run(&self, inventory: &mut Inventory, ui: &mut Ui) -> Result<Report, Failure> {
        let mut report = Report::default();
        let bar = ui.progress("adding documents".to_owned());
        let done = thread::scope(|scope| {
            let (pieces, gathered) = sync_channel::<Vec<Piece>>(1);
            let (outcomes, read) = sync_channel::<Vec<Outcome>>(1);
            scope.spawn(move || self.gather.run(pieces));
            scope.spawn(move || self.read(&gathered, &outcomes));
            self.write(&read, inventory, &mut report, &bar, ui)
            // The ends of the channels are dropped here, so that the other stages stop when this one fails.
        });
        bar.finish_and_clear();
        done.map(|()| report)
    }

    fn read(&self, gathered: &Receiver<Vec<Piece>>, outcomes: &SyncSender<Vec<Outcome>>) {
        for group in gathered {
            let read = group.into_par_iter().map(|piece| self.reader.read(piece)).collect();
            if outcomes.send(read).is_err() {
                return;
            }
        }
    }

    fn write(
        &self,
        read: &Receiver<Vec<Outcome>>,
        inventory: &mut Inventory,
        report: &mut Report,
        bar: &ProgressBar,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let mut batch = Batch::default();
        for outcome in read.iter().flatten() {
            match outcome {
                Outcome::Document { place, intake } => {
                    batch.push(*intake);
                    batch.read.insert(place);
                }
                Outcome::Attestations { place, all } => {
                    for (attestation, intake) in all {
                        batch.weight = batch.weight.saturating_add(attestation.bytes.len());
                        let document = intake.map(|intake| batch.push(intake));
                        batch.attestations.push((attestation, document));
                    }
                    batch.read.insert(place);
                }
                Outcome::Other { place } => {
                    ui.detail(&format!("{place}: neither an SBOM nor an attestation"));
                    report.other = report.other.saturating_add(1);
                }
                Outcome::Unread { unread, named } => {
                    report.fail(unread.clone(), named);
                    // A file that somebody named by mistake is no document that is missing.
                    if !named || unread.reason != sniff::NOT_ONE || sniff::is_named_like_one(&unread.place) {
                        batch.unread.push(unread);
                    }
                }
            }
            if batch.weight >= BATCH_BYTES
                || batch.intakes.len().max(batch.attestations.len()) >= BATCH_DOCUMENTS
                || batch.unread.len() >= BATCH_DOCUMENTS
            {
                self.keep(std::mem::take(&mut batch), inventory, report)?;
                let all = report.added.saturating_add(report.known);
                bar.set_message(format!("adding documents: {all}"));
            }
        }
        self.keep(batch, inventory, report)
    }

    fn keep(&self, batch: Batch, inventory: &mut Inventory, report: &mut Report) -> Result<(), Failure> {
        let added = inventory.add(&batch.intakes, self.now)?;
        for added in &added {
            if self.tell {
                report.artifacts.insert(added.artifact);
            }
            let count = if added.state == AddedState::New { &mut report.added } else { &mut report.known };
            *count = count.saturating_add(1);
        }
        let mut attestations = Vec::with_capacity(batch.attestations.len());
        for (mut attestation, document) in batch.attestations {
            attestation.document = document.and_then(|at| added.get(at)).map(|added| added.document);
            match attestation.verification {
                Verification::Verified { .. } => report.verified = report.verified.saturating_add(1),
                _ => report.unverified = report.unverified.saturating_add(1),
            }
            attestations.push(attestation);
        }
        inventory.add_attestations(&attestations, self.now)?;
        inventory.record_unread(&batch.unread, &batch.read, self.now)?;
        Ok(())
    }
}
