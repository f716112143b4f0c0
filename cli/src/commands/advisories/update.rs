//! `plimsoll advisories update`: the storage of OSV, <https://google.github.io/osv.dev/data/#data-dumps>.
//!
//! It has a directory for each ecosystem: `all.zip`, `ID.json`, and `modified_id.csv`, which lists what changed when, the
//! newest first.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_sign::Downloads;
use plimsoll_sign::instance::Fetch;

use super::import::{Import, LARGEST_DUMP, gunzip};
use super::{store, write};
use crate::args::AdvisoriesUpdateArguments;
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

/// With more changes than this a dump is fetched: one request for all.
const MOST_CHANGES: usize = 1000;
/// Bytes of a list: of all records of an ecosystem, or of all ecosystems.
const LARGEST_LIST: u64 = 512 << 20;
/// Bytes of the catalogue and of the probabilities.
const LARGEST_EXPLOITATION: u64 = 128 << 20;

pub(super) fn run(arguments: &AdvisoriesUpdateArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    if offline {
        return Err(Failure::usage("advisories are fetched over the network, and --offline forbids it")
            .hint("`plimsoll advisories import` reads files"));
    }
    let (path, builder) = store::edit(&arguments.store, false)?;
    let present: BTreeSet<String> = match path.exists() {
        true => {
            plimsoll_advisory::Snapshot::open(&path)?.feeds().iter().map(|feed| feed.ecosystem().to_owned()).collect()
        }
        false => BTreeSet::new(),
    };
    let import = Import::new(builder);
    let downloads = Downloads::for_service(arguments.network.services(), "storage of advisories");
    let mut update = Update { arguments, downloads, import, present, now: Timestamp::now(), failed: 0, fetched: 0 };
    for ecosystem in update.ecosystems()? {
        update.settle(&ecosystem, |update, ui| update.ecosystem(&ecosystem, ui), ui);
    }
    if arguments.kev != "none" {
        update.settle("KEV", Update::known_exploited, ui);
    }
    if arguments.epss != "none" {
        update.settle("EPSS", Update::probabilities, ui);
    }
    if update.fetched > 0 {
        write(&update.import.builder, &path, &update.import.changes, arguments.format, ui)?;
    }
    Ok(if update.failed > 0 { exit::FAILED } else { exit::DONE })
}

struct Update<'a> {
    arguments: &'a AdvisoriesUpdateArguments,
    downloads: Downloads,
    import: Import,
    present: BTreeSet<String>,
    now: Timestamp,
    failed: u32,
    fetched: u32,
}

impl Update<'_> {
    /// Fetches one feed; a failure is told and leaves the others alone.
    fn settle(&mut self, feed: &str, fetch: impl FnOnce(&mut Self, &mut Ui) -> Result<(), Failure>, ui: &mut Ui) {
        let progress = ui.progress(format!("fetching {feed}"));
        let outcome = fetch(self, ui);
        self.import.flush(ui);
        progress.finish_and_clear();
        match outcome {
            Ok(()) => {
                self.fetched = self.fetched.saturating_add(1);
                self.import.builder.fetched(feed, self.now);
            }
            Err(failure) => {
                self.failed = self.failed.saturating_add(1);
                ui.error(&format!("{feed} is as old as before: {:#}", failure.error));
            }
        }
    }

    fn ecosystems(&self) -> Result<Vec<String>, Failure> {
        let named = &self.arguments.ecosystem;
        if !named.is_empty() {
            return Ok(named.iter().map(|name| name.split(':').next().unwrap_or_default().to_owned()).collect());
        }
        let kept = self.present.iter().filter(|name| !matches!(name.as_str(), "KEV" | "EPSS" | "GIT"));
        let kept: Vec<String> = kept.cloned().collect();
        if !kept.is_empty() {
            return Ok(kept);
        }
        let list = self.get(&["ecosystems.txt"], LARGEST_LIST)?;
        let list = String::from_utf8_lossy(&list);
        // A release has its advisories with its distribution.
        let names: BTreeSet<&str> =
            list.lines().map(|line| line.split(':').next().unwrap_or_default().trim()).collect();
        Ok(names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn ecosystem(&mut self, name: &str, ui: &mut Ui) -> Result<(), Failure> {
        if !self.arguments.full
            && self.present.contains(name)
            && let Some(changed) = self.changed(name)?
        {
            for id in changed {
                let bytes = self.get(&[name, &format!("{id}.json")], plimsoll_advisory::osv::LARGEST_RECORD)?;
                self.import.record(id, bytes, ui);
            }
            return Ok(());
        }
        let dump = self.get(&[name, "all.zip"], LARGEST_DUMP)?;
        self.import.dump(&format!("{name}/all.zip"), &dump, ui)
    }

    /// The ids of records that are newer than here, when they are few.
    fn changed(&self, name: &str) -> Result<Option<Vec<String>>, Failure> {
        let list = self.get(&[name, "modified_id.csv"], LARGEST_LIST)?;
        let mut changed = Vec::new();
        for line in String::from_utf8_lossy(&list).lines() {
            let Some((modified, id)) = line.trim().split_once(',') else { continue };
            let id = id.rsplit('/').next().unwrap_or(id);
            let newer = match (modified.parse::<Timestamp>(), self.import.builder.modified(id)) {
                // The list is finer than a second, what is kept is not.
                (Ok(there), Some(here)) => there.as_second() > here.as_second(),
                _ => true,
            };
            if newer && is_plain(id) {
                changed.push(id.to_owned());
            }
            if changed.len() > MOST_CHANGES {
                return Ok(None);
            }
        }
        Ok(Some(changed))
    }

    fn known_exploited(&mut self, ui: &mut Ui) -> Result<(), Failure> {
        let bytes = self.fetch(&self.arguments.kev, LARGEST_EXPLOITATION)?;
        let before = self.import.changes.exploited;
        self.import.known_exploited(&bytes, ui);
        read_some(self.import.changes.exploited > before)
    }

    fn probabilities(&mut self, ui: &mut Ui) -> Result<(), Failure> {
        let bytes = self.fetch(&self.arguments.epss, LARGEST_EXPLOITATION)?;
        let text = match bytes.as_slice() {
            [0x1f, 0x8b, ..] => gunzip("EPSS", &bytes)?,
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let before = self.import.changes.probabilities;
        self.import.probabilities(&text, ui);
        read_some(self.import.changes.probabilities > before)
    }

    /// What is at a path of the storage.
    fn get(&self, path: &[&str], limit: u64) -> Result<Vec<u8>, Failure> {
        let mut url = self.arguments.from.trim_end_matches('/').to_owned();
        for part in path {
            url.push('/');
            for byte in part.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
                    other => url.push_str(&format!("%{other:02X}")),
                }
            }
        }
        self.fetch(&url, limit)
    }

    fn fetch(&self, url: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        let found =
            self.downloads.fetch(url, limit).map_err(|error| Failure::failed(anyhow::Error::from_boxed(error)))?;
        found.ok_or_else(|| Failure::failed(anyhow::anyhow!("there is nothing at {url}")))
    }
}

fn read_some(some: bool) -> Result<(), Failure> {
    if some { Ok(()) } else { Err(Failure::failed(anyhow::anyhow!("it holds nothing that could be read"))) }
}

/// Whether an id can be part of a path and nothing else.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && !id.starts_with('.') && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}
