//! The question: what was typed, and what flags add.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll_advisory::{Advisory, Snapshot, osv};
use plimsoll_inventory::{Affected, InventoryError, Query, Resolve};
use plimsoll_model::Limits;

use super::Asked;
use crate::args::{AdvisoriesStore, FindArguments};
use crate::commands::advisories;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

/// Seconds of a day.
const DAY: u64 = 86_400;

pub(super) fn read(arguments: &FindArguments, ui: &mut Ui) -> Result<Asked, Failure> {
    let mut text = arguments.question.join(" ");
    let snapshot = Advisories { store: &arguments.advisories, opened: RefCell::new(None), needed: RefCell::default() };
    let mut query = parse(&text, &snapshot)?;
    for term in terms(arguments)? {
        query = query.and(parse(&term, &snapshot)?);
        if text.contains(" OR ") && !text.ends_with(')') {
            text = format!("({text})");
        }
        text = format!("{text} {term}").trim_start().to_owned();
    }
    for file in &arguments.terms.advisory {
        let name = file.display().to_string();
        let reading = osv::read(&name, &input::bytes(file, &Limits::DEFAULT)?, &Limits::DEFAULT);
        ui.diagnostics(&reading.diagnostics);
        // Who writes an advisory wants all of it to be looked for.
        let Some(advisory) = reading.advisory.filter(|_| reading.diagnostics.is_empty()) else {
            return Err(Failure::failed(anyhow::anyhow!("{name} is no OSV record that can be read whole")));
        };
        let id = advisory.id.clone();
        text = format!("{text} advisory:{id}").trim_start().to_owned();
        query = query.and(Query::Affected(Affected::by(&id, vec![advisory])));
    }
    if arguments.terms.not_vex {
        query = query.clone().and(Query::Not(Box::new(Query::Vexed(query.advisories()))));
        text = format!("{text} NOT vexed").trim_start().to_owned();
    }
    let advisories = snapshot.as_of(arguments.max_age)?;
    Ok(Asked { query, text, advisories })
}

/// The terms that flags stand for.
fn terms(arguments: &FindArguments) -> Result<Vec<String>, Failure> {
    let given = &arguments.terms;
    let mut terms = Vec::new();
    let quoted = |key: &str, value: &str| match value.contains('"') {
        true => Err(Failure::usage(format!("{value}: a quotation mark cannot be looked for"))),
        false if value.contains(char::is_whitespace) || value.contains(['(', ')', '[', ']']) => {
            Ok(format!("{key}:\"{value}\""))
        }
        false => Ok(format!("{key}:{value}")),
    };
    for (key, values) in
        [("path", &given.path), ("class", &given.class), ("sha256", &given.file_sha256), ("license", &given.license)]
    {
        for value in values {
            let value = if key == "sha256" { value.trim_start_matches("sha256:") } else { value };
            terms.push(quoted(key, value)?);
        }
    }
    if given.deployed {
        terms.push("deployed".to_owned());
    }
    for (key, value) in [("env", &given.env), ("team", &given.team), ("layer", &given.introduced_in_layer)] {
        if let Some(value) = value {
            terms.push(quoted(key, value)?);
        }
    }
    for label in &given.label {
        if !label.contains('=') {
            return Err(Failure::usage(format!("--label {label}: a label is NAME=VALUE")));
        }
        terms.push(quoted("label", label)?);
    }
    if let Some(since) = &given.since {
        terms.push(quoted("first-seen", &format!(">={since}"))?);
    }
    Ok(terms)
}

fn parse(text: &str, advisories: &Advisories<'_>) -> Result<Query, Failure> {
    Query::parse(text, Some(advisories)).map_err(|error| {
        if let Some(failure) = advisories.opened.borrow_mut().take_if(|opened| opened.is_err()).and_then(Result::err) {
            return failure;
        }
        let unknown = error.message.starts_with("no advisory is called");
        let mut failure = Failure::usage(error.to_string());
        if unknown {
            // Nothing is known, which is not the same as nothing is affected.
            failure.code = exit::FAILED;
        }
        failure
    })
}

/// The advisories, opened when the first is asked for.
struct Advisories<'a> {
    store: &'a AdvisoriesStore,
    opened: RefCell<Option<Result<Snapshot, Failure>>>,
    /// The ecosystems of the advisories that were asked for.
    needed: RefCell<BTreeSet<String>>,
}

impl Advisories<'_> {
    /// When they are from, where any were asked for.
    fn as_of(&self, max_age: u32) -> Result<Option<Timestamp>, Failure> {
        let opened = self.opened.borrow();
        let Some(Ok(snapshot)) = opened.as_ref() else { return Ok(None) };
        let limit = u64::from(max_age).saturating_mul(DAY);
        // An answer is as old as the oldest feed that it is from.
        let needed = self.needed.borrow();
        let of_feeds = snapshot.as_of_feeds(needed.iter().map(String::as_str));
        let as_of = of_feeds.or_else(|| snapshot.as_of());
        let age = |of: Timestamp| u64::try_from(Timestamp::now().as_second().saturating_sub(of.as_second()));
        if max_age != 0 && as_of.is_none_or(|of| age(of).unwrap_or_default() > limit) {
            let message = anyhow::anyhow!("the advisories are older than {max_age} days");
            return Err(Failure::failed(message).hint("run `plimsoll advisories update`, or allow it with --max-age"));
        }
        Ok(as_of)
    }
}

impl Resolve for Advisories<'_> {
    fn advisory(&self, id: &str) -> Result<Vec<Advisory>, InventoryError> {
        let mut opened = self.opened.borrow_mut();
        let held = opened.get_or_insert_with(|| advisories::store::open(self.store));
        let Ok(snapshot) = held else { return Err(InventoryError::Query("no advisories".to_owned())) };
        let found = snapshot.all_of(id).map_err(|error| InventoryError::Query(error.to_string()))?;
        let ecosystems =
            found.iter().flat_map(|record| &record.affected).map(|entry| entry.ecosystem.name().to_owned());
        self.needed.borrow_mut().extend(ecosystems);
        Ok(found)
    }
}
