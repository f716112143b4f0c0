//! The two ways that signatures are verified, held against each other: what is read as a bundle, and the same in pieces.

use plimsoll_verify::{read_evidence, verify};

use crate::cases::{Case, conformance, slsa};

/// Where the two differ, and why. Empty: they agree.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// What both ways say: whether it is verified, else the codes.
fn both(case: &Case) -> Option<[(bool, String); 2]> {
    let evidence = read_evidence(&case.bytes, &case.name).ok()?;
    let pieces: Vec<_> = evidence.iter().map(plimsoll_verify::Evidence::in_pieces).collect();
    Some([evidence, pieces].map(|evidence| {
        let outcome = verify(&evidence, &case.subject, &case.expectation, case.roots);
        let why: Vec<String> = outcome
            .refused()
            .iter()
            .map(|refusal| format!("{}: {}", refusal.code().name(), refusal.reason()))
            .collect();
        (outcome.is_verified(), why.join("; "))
    }))
}

#[test]
fn bundles_and_their_pieces_get_one_verdict() {
    let (Some(suite), Some(others)) = (conformance(), slsa()) else { return };
    let (mut compared, mut verified, mut unread) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (case, must_fail) in suite.iter().map(|(case, must_fail)| (case, Some(*must_fail))) {
        let Some([library, own]) = both(case) else {
            unread += 1;
            assert_ne!(must_fail, Some(false), "{} is not read", case.name);
            continue;
        };
        if must_fail.is_some_and(|must_fail| library.0 == must_fail || own.0 == must_fail) {
            wrong.push(format!("{}: library {library:?}, own {own:?}", case.name));
        }
        compared += 1;
        verified += usize::from(own.0);
    }
    for case in &others {
        let Some([library, own]) = both(case) else { continue };
        if library.0 != own.0 && !EXCEPTIONS.iter().any(|(name, _)| case.name.starts_with(name)) {
            wrong.push(format!("{}: library {library:?}, own {own:?}", case.name));
        }
        compared += 1;
        verified += usize::from(own.0);
    }
    plimsoll_tests::note(&format!(
        "{compared} bundles both ways, {verified} verified, {unread} not read, {} differ",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn enough_of_them_are_valid() {
    let (Some(suite), Some(others)) = (conformance(), slsa()) else { return };
    let valid = suite.iter().map(|(case, _)| case).chain(&others).filter(|case| case.is_valid()).count();
    assert!(valid >= 40, "{valid} valid bundles");
}
