//! `plimsoll inventory watch`: a directory, looked through again and again.
//!
//! Polling works on every file system, also those of other machines. A file is taken once two looks found it the same, so that one that
//! is still being written is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::gather::Gather;
use super::pipeline::Pipeline;
use super::read::Reader;
use crate::args::InventoryWatchArguments;
use crate::commands::inventory::{hunt, open, words};
use crate::exit;
use crate::failure::Failure;
use crate::output::Ui;

/// What tells one state of a file from another.
type State = (u64, Option<SystemTime>);

pub(in crate::commands::inventory) fn run(arguments: &InventoryWatchArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let limits = arguments.add.limits.limits();
    let question = arguments.hunt.as_deref().map(hunt::question).transpose()?;
    let reader = Reader::new(&arguments.add, words::labels(&arguments.add.labels)?, limits.clone(), ui)?;
    let directory = &arguments.directory;
    fs::read_dir(directory).map_err(|error| {
        Failure::failed(anyhow::Error::new(error).context(format!("cannot open {}", directory.display())))
    })?;
    let mut inventory = open::create(&open::location(&arguments.add.store)?)?;
    let mut seen: BTreeMap<PathBuf, State> = BTreeMap::new();
    let mut taken: BTreeMap<PathBuf, State> = BTreeMap::new();
    let mut looks = 0_u64;
    loop {
        let now = look(directory, limits.entries);
        let same =
            now.iter().filter(|(path, state)| seen.get(*path) == Some(*state) && taken.get(*path) != Some(*state));
        let ready: Vec<PathBuf> = same.map(|(path, _)| path.clone()).collect();
        taken.retain(|path, _| now.contains_key(path));
        if !ready.is_empty() {
            taken.extend(ready.iter().filter_map(|path| Some((path.clone(), *now.get(path)?))));
            let gather = Gather::of(ready, limits.clone());
            let pipeline =
                Pipeline { gather: &gather, reader: &reader, now: Timestamp::now(), tell: question.is_some() };
            let report = pipeline.run(&mut inventory, ui)?;
            for unread in &report.unread {
                ui.error(&format!("{}: {}", unread.place, unread.reason));
            }
            if report.added > 0 {
                ui.status(&format!("{} added", report.added));
            }
            for artifact in question.iter().flat_map(|_| report.artifacts.iter().copied()) {
                if let Some(query) = &question
                    && let Some(hit) = hunt::hit(&mut inventory, query, artifact)?
                {
                    hunt::print(&hit)?;
                }
            }
        }
        seen = now;
        looks = looks.saturating_add(1);
        if arguments.looks.is_some_and(|most| looks >= most) {
            return Ok(exit::DONE);
        }
        thread::sleep(Duration::from_secs(arguments.interval));
    }
}

/// The files below a directory. What cannot be read now may be by the next look. Links to directories are not followed.
fn look(root: &Path, most: u64) -> BTreeMap<PathBuf, State> {
    let (mut files, mut left, mut listed) = (BTreeMap::new(), BTreeSet::from([root.to_owned()]), 0_u64);
    while let Some(directory) = left.pop_first() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            listed = listed.saturating_add(1);
            if listed > most {
                return files;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    left.insert(entry.path());
                }
                Ok(kind) if kind.is_file() => {
                    if let Ok(metadata) = entry.metadata() {
                        files.insert(entry.path(), (metadata.len(), metadata.modified().ok()));
                    }
                }
                _ => {}
            }
        }
    }
    files
}
