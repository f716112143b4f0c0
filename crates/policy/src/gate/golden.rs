//! Golden decisions: the cases of `testdata/gate/*.toml`, one file for each rule, and mutations of their policies.

mod case;
mod evidence;
mod mutants;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use case::{Case, Outcome};
use world::World;

use super::GateCode;

/// The rules that have cases.
fn rules() -> impl Iterator<Item = &'static str> {
    super::rule_names().filter(|name| is_built_in(name))
}

/// Rules in Rego have cases where they are built in.
fn is_built_in(rule: &str) -> bool {
    cfg!(feature = "rego") || rule != "rego"
}

/// Codes that no case has, and why.
const WITHOUT_CASE: &[(&str, &str)] = &[];

/// Mutants that change no case, and why. The name of one without its kind stands for all of it.
const SURVIVORS: &[(&str, &str)] = &[
    ("attestation.max_age_days +1", "no key here has a time that somebody vouches for"),
    ("attestation.max_age_days -1", "no key here has a time that somebody vouches for"),
    ("sbom.max_age_days +1", "no key here has a time that somebody vouches for"),
    ("sbom.max_age_days -1", "no key here has a time that somebody vouches for"),
    ("packages.deny.reason removed", "it is told, and decides nothing"),
    ("scan.max_age_days +1", "no key here has a time that somebody vouches for"),
    ("scan.max_age_days -1", "no key here has a time that somebody vouches for"),
];

const LEAST_CASES: usize = 120;

/// Every case that is there, with the file it is from.
fn all() -> Vec<Case> {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/gate");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files.iter().flat_map(|path| case::read(path)).filter(|case| is_built_in(&case.file)).collect()
}

#[test]
fn every_case_comes_out_as_it_says() {
    let world = World::new();
    let cases = all();
    assert!(cases.len() >= LEAST_CASES, "{} cases", cases.len());
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for case in &cases {
        let name = case.full_name();
        assert!(names.insert(name.clone()), "{name} is there twice");
        let found = world.decide(case, &case.policy);
        if found != Ok(case.expected.clone()) {
            wrong.push(format!("{name}\n  expected {:?}\n  found    {found:?}", case.expected));
        }
        if case.is_expired() {
            let live = world.with_live_exceptions(case);
            if live.as_ref().is_ok_and(|live| *live == case.expected) {
                wrong.push(format!("{name}\n  its exception would not have excused it: {live:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_rule_and_every_code_has_its_cases() {
    let cases = all();
    let mut lacking = Vec::new();
    for rule in rules() {
        let of: Vec<&Case> = cases.iter().filter(|case| case.file == rule).collect();
        let has = |kind: &str, holds: &dyn Fn(&Case) -> bool| match of.iter().any(|case| holds(case)) {
            true => None,
            false => Some(format!("{rule}: no case for {kind}")),
        };
        for verdict in ["pass", "warn", "deny"] {
            lacking.extend(has(verdict, &|case| case.expected.verdict == verdict && !case.is_missing()));
        }
        lacking.extend(has("missing evidence", &|case| case.is_missing() && case.expected.verdict == "deny"));
        lacking.extend(has("an expired exception", &|case| case.is_expired() && case.expected.verdict == "deny"));
    }
    let told: BTreeSet<&str> = cases.iter().flat_map(|case| &case.expected.codes).map(String::as_str).collect();
    for code in GateCode::ALL.iter().map(|code| code.name()).filter(|name| is_built_in(name.split('.').next().unwrap()))
    {
        let reason = WITHOUT_CASE.iter().find(|(name, _)| *name == code);
        match (told.contains(code), reason) {
            (false, None) => lacking.push(format!("no case for {code}")),
            (true, Some(_)) => lacking.push(format!("{code} has a case: take it off the list")),
            _ => {}
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn a_rule_that_says_nothing_is_missed() {
    let world = World::new();
    let cases = all();
    let caught = |rule: &str| {
        let of = cases.iter().filter(|case| case.file == rule && case.expected.verdict == "deny");
        of.into_iter().any(|case| world.verdict_without(case, rule) != "deny")
    };
    let missed: Vec<&str> = rules().filter(|rule| !caught(rule)).collect();
    assert!(missed.is_empty(), "nothing but these denies in no case: {missed:?}");
}

#[test]
fn every_mutation_of_a_policy_changes_a_case() {
    let world = World::new();
    let mut caught: BTreeMap<String, bool> = BTreeMap::new();
    for case in all() {
        let is_rule =
            |name: &str| name.starts_with(&format!("{}.", case.file)) || name == format!("{} removed", case.file);
        for mutant in mutants::of(&case.policy).into_iter().filter(|mutant| is_rule(&mutant.name)) {
            let found = caught.entry(mutant.name.clone()).or_default();
            if !*found {
                // One that is no policy any more is caught by whoever reads it.
                *found =
                    world.decide(&case, &mutant.policy).ok().is_none_or(|outcome: Outcome| outcome != case.expected);
            }
        }
    }
    let cased = |table: &str| rules().any(|rule| table.split('.').next() == Some(rule));
    for (rule, keys) in super::rule_keys().filter(|(table, _)| cased(table)) {
        for key in keys {
            let name = format!("{rule}.{key} removed");
            assert!(caught.contains_key(&name) || is_deep(&rule), "no case has {rule}.{key}");
        }
    }
    let survived: Vec<&String> = caught.iter().filter(|(_, caught)| !**caught).map(|(name, _)| name).collect();
    let unexpected: Vec<_> =
        survived.iter().filter(|name| !SURVIVORS.iter().any(|(known, _)| known == **name)).collect();
    let stale: Vec<_> = SURVIVORS.iter().filter(|(known, _)| caught.get(*known) == Some(&true)).collect();
    assert!(unexpected.is_empty() && stale.is_empty(), "survived: {unexpected:#?}\ncaught by now: {stale:#?}");
    assert!(caught.len() > 100, "{} mutants", caught.len());
}

/// Who signs and which ref are read by readers that have tests of their own.
fn is_deep(rule: &str) -> bool {
    rule.ends_with(".signer") || rule.ends_with(".ref")
}
