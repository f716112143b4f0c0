//! Bundles that hold, changed at random from a fixed seed: none of them may be verified, unless it says the same or less.

mod change;
mod pieces;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_tests::{Random, note};
use rayon::prelude::*;
use serde_json::Value;

use crate::cases::{Case, conformance, slsa};
pub(crate) use change::{Must, any, change, places, pointer};
pub(crate) use pieces::decode as pieces_decode;
use pieces::pieces;

/// How many; `PLIMSOLL_MUTANTS` sets another number.
const MUTANTS: u64 = 20_000;
/// Where the numbers begin; `PLIMSOLL_MUTANTS_FROM` sets another, so that a count can be run in parts.
const FROM: u64 = 0;

pub(crate) fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The bundles that hold, each once, with their JSON.
fn valid() -> Option<Vec<(Case, Value)>> {
    let suite = conformance()?.into_iter().map(|(case, _)| case).filter(|case| case.name.ends_with("[path]"));
    let cases = suite.chain(slsa()?).filter(Case::is_valid);
    let mut cases: Vec<(Case, Value)> =
        cases.filter_map(|case| serde_json::from_slice(&case.bytes).ok().map(|json| (case, json))).collect();
    cases.dedup_by(|one, other| one.1 == other.1);
    Some(cases)
}

/// What came of a mutant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Came {
    Refused,
    /// Verified: it says the same.
    Same,
    /// Verified: it brings less, and nothing else.
    Less,
    Wrong,
}

fn judge(number: u64, cases: &[(Case, Value)]) -> Option<(Came, String)> {
    let mut random = Random::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5161_7065);
    let (case, json) = &cases[random.below(cases.len())];
    let (_, other) = &cases[random.below(cases.len())];
    let mutant = change(json, other, &mut random)?;
    // Every fourth in pieces, so that both ways are tried.
    let in_pieces = number.is_multiple_of(4);
    let outcome = if in_pieces { case.verify_in_pieces(&mutant.bytes) } else { case.verify(&mutant.bytes) };
    let verified = outcome.as_ref().is_ok_and(|outcome| outcome.is_verified());
    let came = match (verified, mutant.must) {
        (true, Must::Same) => Came::Same,
        (true, Must::Refused) | (false, Must::Same) => Came::Wrong,
        (false, _) => Came::Refused,
        (true, Must::Judged) => {
            let changed = serde_json::from_slice::<Value>(&mutant.bytes).ok().and_then(|json| pieces(&json));
            let before = pieces(json).map(|own| with_donor(own, other));
            match (before, changed) {
                (Some(_), Some(after)) if pieces(json).as_ref() == Some(&after) => Came::Same,
                (Some(before), Some(after)) if after.is_subset(&before) => Came::Less,
                _ => Came::Wrong,
            }
        }
    };
    let why = match &outcome {
        Err(reason) => reason.clone(),
        Ok(outcome) => outcome.refused().iter().map(|refusal| refusal.reason().to_owned()).collect(),
    };
    Some((came, format!("mutant {number} of {}: {} {came:?} (in pieces: {in_pieces}) {why}", case.name, mutant.how)))
}

/// Two of the bundles may be of one signature, with different evidence: then each may have what the other has. Two may have
/// notes about one state of a log: then either will do.
fn with_donor(mut own: BTreeSet<String>, other: &Value) -> BTreeSet<String> {
    let theirs = pieces(other).unwrap_or_default();
    let one_signature =
        own.intersection(&theirs).any(|piece| piece.starts_with("signature ") || piece.starts_with("envelope "));
    own.extend(theirs.into_iter().filter(|piece| one_signature || piece.starts_with("note ")));
    own
}

#[test]
fn no_changed_bundle_is_verified() {
    let Some(cases) = valid() else { return };
    assert!(cases.len() >= 40, "{} bundles", cases.len());
    let (from, count) = (asked("PLIMSOLL_MUTANTS_FROM", FROM), asked("PLIMSOLL_MUTANTS", MUTANTS));
    let judged: Vec<(Came, Option<String>)> = (from..from + count)
        .into_par_iter()
        .filter_map(|number| judge(number, &cases))
        .map(|(came, text)| (came, (came == Came::Wrong).then_some(text)))
        .collect();
    let mut tally = BTreeMap::new();
    for (came, _) in &judged {
        *tally.entry(*came).or_insert(0_u64) += 1;
    }
    note(&format!("{} bundles, {} mutants: {tally:?}", cases.len(), judged.len()));
    let wrong: Vec<&String> = judged.iter().filter_map(|(_, text)| text.as_ref()).take(40).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
