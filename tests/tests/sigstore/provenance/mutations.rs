//! Provenance that holds, changed at random from a fixed seed: nothing that is accepted means something else.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use plimsoll_tests::{Random, note};
use plimsoll_verify::TrustedRoot;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{Case, Meaning, roots, valid};
use crate::mutations::{Must, any, asked, change, pieces_decode, places, pointer};

/// How many; `PLIMSOLL_MUTANTS` sets another number.
const MUTANTS: u64 = 4_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Came {
    Refused,
    /// Accepted, and it means the same.
    Same,
    /// Accepted, and it means something else.
    Wrong,
}

struct Known {
    case: Case,
    meanings: Vec<Meaning>,
}

fn judge(number: u64, known: &[Known], roots: &[TrustedRoot]) -> Option<(Came, String)> {
    let mut random = Random::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x0061_7474_6573_7421);
    let own = &known[random.below(known.len())];
    let other = &known[random.below(known.len())];
    let (bytes, must, how) = match random.below(4) {
        0 => payload(&own.case.document, &mut random)?,
        1 => character(&own.case.document, &mut random)?,
        _ => {
            let mutant = change(&own.case.document, &other.case.document, &mut random)?;
            // A layer is put together from what was read, in which no key is there twice; and where there are several pieces,
            // another may still prove it.
            let several = own.case.document.get("attestations").is_some();
            (mutant.bytes, if own.case.layer || several { Must::Judged } else { mutant.must }, mutant.how)
        }
    };
    let accepted = own.case.meanings(&bytes, roots);
    let times = |known: &Known| known.meanings.iter().flat_map(|one| one.times.clone()).collect::<Vec<_>>();
    // Two may be of one signature with different evidence: then each may have what the other has.
    let same = |accepted: &Meaning| {
        own.meanings.iter().any(|before| {
            (&before.view, &before.claims, before.level) == (&accepted.view, &accepted.claims, accepted.level)
        }) && accepted.times.iter().all(|time| times(own).contains(time) || times(other).contains(time))
    };
    let came = match (accepted.is_empty(), must) {
        (true, _) => Came::Refused,
        (false, Must::Refused) => Came::Wrong,
        (false, _) if accepted.iter().all(same) => Came::Same,
        (false, _) => Came::Wrong,
    };
    Some((came, format!("mutant {number} of {}: {how} {came:?}", own.case.name)))
}

/// A change of what was signed: of fields of the statement, without signing it again.
fn payload(document: &Value, random: &mut Random) -> Option<(Vec<u8>, Must, String)> {
    let mut all = Vec::new();
    places(document, &Vec::new(), &mut all);
    let holders: Vec<_> = all
        .into_iter()
        .filter(|place| place.last().is_some_and(|key| key == "payload" || key == "statement"))
        .collect();
    let place = pointer(any(random, &holders)?);
    let mut document = document.clone();
    let before = pieces_decode(document.pointer(&place)?)?;
    let mut statement: Value = serde_json::from_slice(&before).ok()?;
    let mut fields = Vec::new();
    places(&statement, &Vec::new(), &mut fields);
    let field = pointer(any(random, &fields)?);
    let how = format!("{place} {field}");
    let value = statement.pointer_mut(&field)?;
    let was = value.clone();
    *value = match (random.below(6), was) {
        (0, _) => Value::Null,
        (1, was) => json!({ "evil": was }),
        (2, was) => json!([was, was]),
        (3, _) => Value::from("https://github.com/evil/evil"),
        (4, Value::String(text)) => Value::from(text.to_uppercase()),
        (4, Value::Number(_)) => json!(0),
        (4, was) => was,
        (_, Value::Object(mut fields)) => {
            fields.insert("evil".into(), json!("1"));
            Value::Object(fields)
        }
        (_, Value::Array(mut items)) => {
            items.reverse();
            items.push(json!({ "name": "evil", "digest": { "sha256": "0".repeat(64) } }));
            Value::Array(items)
        }
        (_, was) => Value::from(format!("{}x", was.as_str().unwrap_or_default())),
    };
    let after = serde_json::to_vec(&statement).ok()?;
    // Every fourth spelled otherwise only: the bytes are signed, not what they mean.
    let after = if random.below(4) == 0 { serde_json::to_vec_pretty(&statement).ok()? } else { after };
    *document.pointer_mut(&place)? = Value::from(BASE64.encode(&after));
    // Where there are several, another may still prove it.
    let must = if before == after || holders.len() > 1 { Must::Judged } else { Must::Refused };
    Some((serde_json::to_vec(&document).ok()?, must, how))
}

/// One character of one text: certificates in PEM, media types, hints, numbers as texts.
fn character(document: &Value, random: &mut Random) -> Option<(Vec<u8>, Must, String)> {
    let mut document = document.clone();
    let mut all = Vec::new();
    places(&document, &Vec::new(), &mut all);
    all.retain(|place| document.pointer(&pointer(place)).is_some_and(Value::is_string));
    let place = pointer(any(random, &all)?);
    let value = document.pointer_mut(&place)?;
    let mut text: Vec<char> = value.as_str()?.chars().collect();
    let at = random.below(text.len().max(1));
    let replacement = ['A', 'z', '0', '9', '/', '+', '-', '_', '\n', 'é', '='][random.below(11)];
    let character = text.get_mut(at)?;
    if *character == replacement {
        return None;
    }
    *character = replacement;
    *value = Value::from(text.into_iter().collect::<String>());
    Some((serde_json::to_vec(&document).ok()?, Must::Judged, format!("character {at} of {place}")))
}

#[test]
fn no_changed_provenance_means_something_else() {
    let Some(roots) = roots() else { return };
    let Some(cases) = valid(&roots) else { return };
    let known: Vec<Known> =
        cases.into_par_iter().map(|case| Known { meanings: case.meanings(&case.bytes(), &roots), case }).collect();
    let mut families = BTreeMap::new();
    for known in &known {
        let family: Vec<&str> = known.case.name.split('/').collect();
        let family = if family[0] == "slsa-verifier" && family.len() > 2 { family[1] } else { family[0] };
        let log = if known.case.layer { "layer" } else { "file" };
        *families.entry(format!("{family} ({log})")).or_insert(0_u64) += 1;
    }
    let logged = known.iter().filter(|known| known.case.document.get("payload").is_none()).count();
    let (from, count) = (asked("PLIMSOLL_MUTANTS_FROM", 0), asked("PLIMSOLL_MUTANTS", MUTANTS));
    let judged: Vec<(Came, Option<String>)> = (from..from + count)
        .into_par_iter()
        .filter_map(|number| judge(number, &known, &roots))
        .map(|(came, text)| (came, (came == Came::Wrong).then_some(text)))
        .collect();
    let mut tally = BTreeMap::new();
    for (came, _) in &judged {
        *tally.entry(*came).or_insert(0_u64) += 1;
    }
    note(&format!("{} valid, {logged} of them logged, {families:?}; {} mutants: {tally:?}", known.len(), judged.len()));
    assert!(logged >= 40, "{logged} with log entries of {}", known.len());
    let wrong: BTreeSet<&String> = judged.iter().filter_map(|(_, text)| text.as_ref()).take(40).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
