//! `plimsoll advisories import` and `add`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use plimsoll_advisory::exploitation::{read_known_exploited, read_probabilities};
use plimsoll_advisory::{Snapshot, SnapshotBuilder, osv};
use plimsoll_model::{Budget, Diagnostic, Limits};
use plimsoll_source::zip::Zip;
use plimsoll_verify::{Subject, verify};
use rayon::prelude::*;

use super::{Changes, report, store, write};
use crate::args::{AdvisoriesAddArguments, AdvisoriesImportArguments};
use crate::commands::verify::report::refused;
use crate::commands::{evidence, expected};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui};

/// Bytes of records that are read before they are parsed, all at once.
const BATCH: usize = 64 << 20;
/// Bytes of a dump: all ecosystems together are below 2 GB.
pub(super) const LARGEST_DUMP: u64 = 8 << 30;
/// Bytes of EPSS once unpacked: 300,000 lines have 10 MB.
const LARGEST_PROBABILITIES: u64 = 256 << 20;
/// Directories in directories.
const DEEPEST: usize = 16;

pub(super) fn run(arguments: &AdvisoriesImportArguments, ui: &mut Ui) -> Result<u8, Failure> {
    if let [path] = arguments.paths.as_slice()
        && path.is_file()
        && let Ok(snapshot) = Snapshot::open(path)
    {
        return whole(arguments, &snapshot, ui);
    }
    if arguments.digest.is_some() || arguments.expected.names_somebody() {
        return Err(Failure::usage("--digest, --key and --identity are for one exported file"));
    }
    let as_of = arguments
        .as_of
        .as_deref()
        .map(|text| text.parse::<Timestamp>().map_err(|_| Failure::usage(format!("--as-of {text}: no RFC 3339 time"))));
    let as_of = as_of.transpose()?;
    let (path, builder) = store::edit(&arguments.store, arguments.replace)?;
    let mut import = Import::new(builder);
    for path in &arguments.paths {
        import.path(path, 0, ui)?;
        import.flush(ui);
        import.brought_together();
    }
    for (ecosystem, newest) in &import.brought {
        if let Some(at) = as_of.or(*newest) {
            import.builder.fetched(ecosystem, at);
        }
    }
    if import.changes.read == 0 && import.changes.exploited == 0 && import.changes.probabilities == 0 {
        return Err(Failure::failed(anyhow::anyhow!("no advisory was read; nothing is changed")));
    }
    write(&import.builder, &path, &import.changes, arguments.format, ui)?;
    Ok(exit::DONE)
}

/// Takes an exported file as it is, in place of what is here.
fn whole(arguments: &AdvisoriesImportArguments, snapshot: &Snapshot, ui: &mut Ui) -> Result<u8, Failure> {
    let digest = snapshot.digest().to_string();
    if let Some(expected) = arguments.digest.as_deref().filter(|expected| **expected != digest) {
        return Err(Failure::failed(anyhow::anyhow!("{} is {digest}, not {expected}", snapshot.path().display())));
    }
    snapshot.verify()?;
    let (path, _) = store::edit(&arguments.store, true)?;
    // What is taken is what was verified, whatever becomes of the file.
    let bytes = input::bytes(snapshot.path(), &limits())?;
    if arguments.expected.names_somebody() {
        let name = snapshot.path().display().to_string();
        let expected = expected::read(&arguments.expected, ui)?;
        let beside = std::path::PathBuf::from(format!("{name}.sigstore.json"));
        let bundles = if arguments.bundle.is_empty() { std::slice::from_ref(&beside) } else { &arguments.bundle };
        let mut evidence = Vec::new();
        for bundle in bundles {
            evidence.extend(evidence::read(bundle)?);
        }
        let outcome = verify(&evidence, &Subject::bytes(bytes.clone()), &expected.expectation, &expected.roots);
        if !outcome.is_verified() {
            refused(ui, &name, &outcome);
            return Ok(exit::NO);
        }
    } else if arguments.digest.is_none() {
        ui.status(
            "nobody vouches for the file: name who has to have signed it, with --key or --identity, or give --digest",
        );
    }
    Target::File(path.clone()).write(|out| out.write_all(&bytes))?;
    let taken = Snapshot::open(&path)?;
    let changes = Changes { read: taken.advisories(), ..Changes::default() };
    report(&taken, &changes, arguments.format, ui)?;
    Ok(exit::DONE)
}

pub(super) fn add(arguments: &AdvisoriesAddArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let (path, mut builder) = store::edit(&arguments.store, false)?;
    let mut changes = Changes::default();
    for file in &arguments.files {
        let name = file.display().to_string();
        let reading = osv::read(&name, &input::bytes(file, &limits())?, &limits());
        ui.diagnostics(&reading.diagnostics);
        // Who writes an advisory wants all of it to be read.
        let Some(advisory) = reading.advisory.filter(|_| reading.diagnostics.is_empty()) else {
            return Err(Failure::failed(anyhow::anyhow!(
                "{name} is no OSV record that can be read whole; nothing is changed"
            )));
        };
        builder.remove(&advisory.id);
        builder.add(&advisory);
        changes.read = changes.read.saturating_add(1);
    }
    write(&builder, &path, &changes, arguments.format, ui)?;
    Ok(exit::DONE)
}

fn limits() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.member_bytes = LARGEST_DUMP;
    limits
}

/// What is being read.
pub(super) struct Import {
    pub(super) builder: SnapshotBuilder,
    pub(super) changes: Changes,
    limits: Limits,
    batch: Vec<(String, Vec<u8>)>,
    batched: usize,
    /// The ecosystems of the records that were read, and when the newest was changed.
    ecosystems: BTreeMap<String, Option<Timestamp>>,
    /// Of which moment each ecosystem tells.
    brought: BTreeMap<String, Option<Timestamp>>,
}

impl Import {
    pub(super) fn new(builder: SnapshotBuilder) -> Self {
        let (changes, ecosystems, brought) = (Changes::default(), BTreeMap::new(), BTreeMap::new());
        Self { builder, changes, limits: limits(), batch: Vec::new(), batched: 0, ecosystems, brought }
    }

    /// What came in one dump, or under one path, was taken at one moment: an ecosystem of which little is published is not older than
    /// the others.
    fn brought_together(&mut self) {
        let ecosystems = std::mem::take(&mut self.ecosystems);
        let newest = ecosystems.values().copied().flatten().max();
        for ecosystem in ecosystems.into_keys() {
            let held = self.brought.entry(ecosystem).or_default();
            *held = newest.max(*held);
        }
    }

    fn path(&mut self, path: &Path, depth: usize, ui: &mut Ui) -> Result<(), Failure> {
        if !path.is_dir() {
            let bytes = input::bytes(path, &self.limits)?;
            return self.file(&path.display().to_string(), bytes, ui);
        }
        if depth > DEEPEST {
            return Err(Failure::failed(anyhow::anyhow!("{}: directories are nested too deeply", path.display())));
        }
        let context = |error: std::io::Error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        };
        let entries: Result<Vec<_>, _> = fs::read_dir(path).map_err(context)?.collect();
        let mut entries: Vec<_> = entries.map_err(context)?.iter().map(fs::DirEntry::path).collect();
        entries.sort();
        for entry in entries {
            let known = entry.extension().is_some_and(|ending| ["json", "zip"].iter().any(|known| ending == *known));
            // Links are not followed: they could lead back.
            let linked = entry.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) && entry.is_dir();
            if !linked && (known || entry.is_dir()) {
                self.path(&entry, depth.saturating_add(1), ui)?;
            }
        }
        Ok(())
    }

    /// One file, by what it holds.
    pub(super) fn file(&mut self, name: &str, bytes: Vec<u8>, ui: &mut Ui) -> Result<(), Failure> {
        match bytes.as_slice() {
            [b'P', b'K', 3 | 5, ..] => self.dump(name, &bytes, ui),
            [0x1f, 0x8b, ..] => {
                let text = gunzip(name, &bytes)?;
                self.probabilities(&text, ui);
                Ok(())
            }
            [b'#', ..] | [b'c', b'v', b'e', b',', ..] => {
                self.probabilities(&String::from_utf8_lossy(&bytes), ui);
                Ok(())
            }
            _ if is_catalogue(&bytes) => {
                self.known_exploited(&bytes, ui);
                Ok(())
            }
            _ => {
                self.record(name.to_owned(), bytes, ui);
                Ok(())
            }
        }
    }

    /// The records of a dump.
    pub(super) fn dump(&mut self, name: &str, bytes: &[u8], ui: &mut Ui) -> Result<(), Failure> {
        let budget = Budget::new(self.limits.clone());
        let failed = |error: &dyn std::fmt::Display| Failure::failed(anyhow::anyhow!("cannot read {name}: {error}"));
        let zip = Zip::open(&bytes, &budget).map_err(|error| failed(&error))?;
        self.flush(ui);
        let beside = std::mem::take(&mut self.ecosystems);
        for entry in zip.entries().filter(|entry| entry.name().ends_with(b".json")) {
            let member = format!("{name}/{}", String::from_utf8_lossy(entry.name()));
            match entry.read(osv::LARGEST_RECORD) {
                Ok(bytes) => self.record(member, bytes, ui),
                Err(error) => {
                    self.changes.refused = self.changes.refused.saturating_add(1);
                    ui.diagnostics(&[Diagnostic::new(error.code(), format!("{member}: {error}"))]);
                }
            }
        }
        let notices = zip.notices();
        let notices = notices.iter().map(|notice| Diagnostic::new(notice.code, format!("{name}: {}", notice.message)));
        ui.diagnostics(&notices.collect::<Vec<_>>());
        self.flush(ui);
        self.brought_together();
        self.ecosystems = beside;
        Ok(())
    }

    /// One record, to be parsed with others.
    pub(super) fn record(&mut self, name: String, bytes: Vec<u8>, ui: &mut Ui) {
        self.batched = self.batched.saturating_add(bytes.len());
        self.batch.push((name, bytes));
        if self.batched >= BATCH {
            self.flush(ui);
        }
    }

    /// Parses what waits.
    pub(super) fn flush(&mut self, ui: &mut Ui) {
        self.batched = 0;
        let limits = &self.limits;
        let batch = std::mem::take(&mut self.batch);
        let readings: Vec<_> = batch.par_iter().map(|(name, bytes)| osv::read(name, bytes, limits)).collect();
        let (mut diagnostics, mut advisories) = (Vec::new(), Vec::new());
        for reading in readings {
            diagnostics.extend(reading.diagnostics);
            match reading.advisory {
                Some(advisory) => {
                    self.changes.read = self.changes.read.saturating_add(1);
                    advisories.push(advisory);
                }
                None => self.changes.refused = self.changes.refused.saturating_add(1),
            }
        }
        for advisory in &advisories {
            for entry in &advisory.affected {
                let newest = self.ecosystems.entry(entry.ecosystem.name().to_owned()).or_default();
                *newest = (*newest).max(advisory.modified).max(advisory.published);
            }
        }
        self.builder.add_all(&advisories);
        ui.diagnostics(&diagnostics);
    }

    pub(super) fn known_exploited(&mut self, bytes: &[u8], ui: &mut Ui) {
        let listing = read_known_exploited(bytes, &self.limits);
        ui.diagnostics(&listing.diagnostics);
        if !listing.entries.is_empty() {
            self.builder.clear_known_exploited();
        }
        self.dated("KEV", listing.date.as_deref());
        self.changes.exploited = self.changes.exploited.saturating_add(listing.entries.len() as u64);
        for (cve, known) in listing.entries {
            self.builder.exploitation(&cve).known_exploited = Some(known);
        }
    }

    pub(super) fn probabilities(&mut self, text: &str, ui: &mut Ui) {
        let listing = read_probabilities(text);
        ui.diagnostics(&listing.diagnostics);
        self.dated("EPSS", listing.date.as_deref());
        self.changes.probabilities = self.changes.probabilities.saturating_add(listing.entries.len() as u64);
        for (cve, probability) in listing.entries {
            self.builder.exploitation(&cve).probability = Some(probability);
        }
    }

    fn dated(&mut self, feed: &str, date: Option<&str>) {
        if let Some(at) = date.and_then(|date| date.parse().ok()) {
            self.builder.fetched(feed, at);
        }
    }
}

/// Whether it is the catalogue of CISA rather than a record: which has an id.
fn is_catalogue(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    text.contains("\"catalogVersion\"") || text.contains("\"cveID\"")
}

pub(super) fn gunzip(name: &str, bytes: &[u8]) -> Result<String, Failure> {
    let mut text = String::new();
    let most = LARGEST_PROBABILITIES.saturating_add(1);
    let read = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_string(&mut text);
    read.map_err(|error| Failure::failed(anyhow::Error::new(error).context(format!("cannot read {name}"))))?;
    if text.len() as u64 > LARGEST_PROBABILITIES {
        return Err(Failure::failed(anyhow::anyhow!(
            "{name} is larger than {LARGEST_PROBABILITIES} bytes once unpacked"
        )));
    }
    Ok(text)
}
