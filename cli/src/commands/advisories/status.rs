//! `plimsoll advisories status`.

use jiff::Timestamp;
use plimsoll_advisory::Snapshot;
use plimsoll_model::printable;
use serde_json::{Value, json};

use super::store;
use crate::args::{AdvisoriesStatusArguments, DataFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const DAY: u64 = 86_400;

pub(super) fn run(arguments: &AdvisoriesStatusArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let snapshot = store::open(&arguments.store)?;
    let now = Timestamp::now();
    Target::Stdout.write(|out| -> Result<(), Failure> {
        match arguments.format {
            DataFormat::Json => write_json(out, &as_json(&snapshot, now))?,
            DataFormat::Text => {
                writeln!(out, "{} advisories in {}", snapshot.advisories(), snapshot.path().display())?;
                writeln!(out, "digest   {}", snapshot.digest())?;
                writeln!(out, "made     {}", shown(snapshot.created()))?;
                writeln!(out, "as of    {}{}", shown(snapshot.as_of()), aged(snapshot.age_seconds(now)))?;
                for feed in snapshot.feeds() {
                    let of = shown(feed.as_of());
                    writeln!(out, "  {:<28} {:>8}  {of}", printable(feed.ecosystem()), feed.records())?;
                }
            }
        }
        Ok(())
    })?;
    let Some(days) = arguments.max_age else { return Ok(exit::DONE) };
    let limit = u64::from(days).saturating_mul(DAY);
    if snapshot.age_seconds(now).is_some_and(|age| age <= limit) {
        return Ok(exit::DONE);
    }
    ui.error(&format!("the advisories are older than {days} days; run `plimsoll advisories update`"));
    Ok(exit::FAILED)
}

fn as_json(snapshot: &Snapshot, now: Timestamp) -> Value {
    let feeds: Vec<Value> = snapshot
        .feeds()
        .iter()
        .map(|feed| {
            json!({
                "ecosystem": feed.ecosystem(), "advisories": feed.records(), "asOf": time(feed.as_of()),
                "modified": time(feed.modified()),
            })
        })
        .collect();
    json!({
        "schema": "plimsoll.advisories.status/1", "path": snapshot.path().display().to_string(),
        "digest": snapshot.digest().to_string(), "advisories": snapshot.advisories(),
        "exploitations": snapshot.exploitations(), "created": time(snapshot.created()), "asOf": time(snapshot.as_of()),
        "ageSeconds": snapshot.age_seconds(now), "feeds": feeds,
    })
}

pub(super) fn time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}

fn shown(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "not known".to_owned(), |time| time.to_string())
}

fn aged(seconds: Option<u64>) -> String {
    match seconds.map(|seconds| seconds / DAY) {
        None => String::new(),
        Some(0) => " (less than a day old)".to_owned(),
        Some(1) => " (1 day old)".to_owned(),
        Some(days) => format!(" ({days} days old)"),
    }
}
