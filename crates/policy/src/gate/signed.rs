//! What those whom a policy names signed: each piece of evidence is verified once for each of them, however many rules ask.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use plimsoll_attest::PredicateType;
use plimsoll_verify::{Code, Evidence, Expectation, Outcome, Refusal, Verified, VerifiedTime};
use rayon::prelude::*;

const SECONDS_A_DAY: i64 = 86_400;

/// All evidence by what one signer has to prove.
pub(super) struct Signed {
    /// One for each piece, in their order; one that says so when there is none.
    outcomes: Vec<Outcome>,
}

impl Signed {
    /// What is proven, each with its place in the evidence.
    pub(super) fn verified(&self) -> impl Iterator<Item = (usize, &Verified)> {
        let pieces = self.outcomes.iter().enumerate();
        pieces.flat_map(|(at, outcome)| outcome.verified().iter().map(move |verified| (at, verified)))
    }

    /// What is not, each with its place in the evidence.
    pub(super) fn refused(&self) -> impl Iterator<Item = (usize, &Refusal)> {
        let pieces = self.outcomes.iter().enumerate();
        pieces.flat_map(|(at, outcome)| outcome.refused().iter().map(move |refusal| (at, refusal)))
    }

    fn of(&self, piece: usize) -> Option<&Verified> {
        self.outcomes.get(piece)?.verified().first()
    }
}

/// What was verified so far, by who signs and how.
#[derive(Default)]
pub(super) struct Verifications(Mutex<BTreeMap<String, Arc<Signed>>>);

impl Verifications {
    /// What a signer has to prove, by what verifies some evidence so.
    pub(super) fn by(
        &self,
        expectation: &Expectation,
        evidence: &[Evidence],
        verify: &(dyn Fn(&[Evidence]) -> Outcome + Sync),
    ) -> Arc<Signed> {
        // Two signers are one when all of what is asked of them is.
        let name = format!("{:?} {:?}", expectation.log, expectation.signer);
        if let Some(found) = self.known().get(&name) {
            return Arc::clone(found);
        }
        let outcomes = match evidence {
            [] => vec![verify(&[])],
            pieces => pieces.par_iter().map(|piece| verify(from_ref(piece))).collect(),
        };
        let signed = Arc::new(Signed { outcomes });
        self.known().insert(name, Arc::clone(&signed));
        signed
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Signed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Statements of one kind, by any of several signers.
#[derive(Default)]
pub(super) struct Statements {
    /// Those that are proven, each once, in the order of the evidence.
    pub(super) proven: Vec<Stated>,
    /// Why each of the others is not.
    pub(super) refused: Vec<Refused>,
}

/// A statement that is proven.
pub(super) struct Stated {
    /// Its place in the evidence.
    pub(super) piece: usize,
    signed: Arc<Signed>,
}

/// Evidence that may be such a statement, and is proven by none of the signers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refused {
    pub(super) place: String,
    pub(super) code: Code,
    pub(super) reason: String,
    /// Whether it says itself that it is such a statement; one that cannot be read says nothing.
    pub(super) is_of_kind: bool,
}

impl Stated {
    /// The evidence, and what it proves.
    pub(super) fn verified(&self) -> Option<&Verified> {
        self.signed.of(self.piece)
    }
}

impl Statements {
    /// Those of some types by some signers.
    pub(super) fn of(by: &[Arc<Signed>], kinds: &[PredicateType], evidence: &[Evidence]) -> Self {
        let accepts = |name: &str| kinds.iter().any(|kind| kind.accepts(name));
        let mut proven: BTreeMap<usize, Arc<Signed>> = BTreeMap::new();
        for signed in by {
            for (piece, verified) in signed.verified() {
                if verified.statement().is_some_and(|statement| accepts(statement.predicate_type())) {
                    proven.entry(piece).or_insert_with(|| Arc::clone(signed));
                }
            }
        }
        let mut refused = BTreeSet::new();
        for (piece, refusal) in by.iter().flat_map(|signed| signed.refused()) {
            let said = evidence.get(piece).and_then(Evidence::unverified_predicate_type);
            let is_of_kind = said.as_deref().is_some_and(accepts);
            let unknown = said.is_none() && refusal.code() != Code::NoEvidence && has_no_statement(evidence.get(piece));
            if !proven.contains_key(&piece) && (is_of_kind || unknown) {
                let (place, reason) = (refusal.place().to_owned(), refusal.reason().to_owned());
                refused.insert(Refused { place, code: refusal.code(), reason, is_of_kind });
            }
        }
        let proven = proven.into_iter().map(|(piece, signed)| Stated { piece, signed }).collect();
        Self { proven, refused: refused.into_iter().collect() }
    }

    /// The codes of what was refused, each once.
    pub(super) fn codes(&self) -> Vec<String> {
        let codes: BTreeSet<Code> = self.refused.iter().map(|refused| refused.code).collect();
        codes.into_iter().map(|code| code.to_string()).collect()
    }

    /// Whether something says that it is such a statement, and nobody who is named signed it.
    pub(super) fn has_unproven(&self) -> bool {
        self.refused.iter().any(|refused| refused.is_of_kind)
    }
}

/// Whether a piece should state something and cannot be read: a signature over the artifact itself states nothing.
fn has_no_statement(piece: Option<&Evidence>) -> bool {
    piece.is_some_and(|piece| !piece.is_readable() || piece.unverified_payload().is_some())
}

/// Who signed.
pub(super) fn signer(verified: &Verified) -> String {
    match (verified.claims().identity(), verified.key()) {
        (Some(identity), _) => identity.to_owned(),
        (None, Some(key)) => format!("key sha256:{key}"),
        (None, None) => String::new(),
    }
}

/// When it was signed at the latest: the earliest time that somebody vouches for. A signature that has a time of last year is not
/// made new by a timestamp of today.
pub(super) fn signed_at(times: &[VerifiedTime]) -> Option<Timestamp> {
    times.iter().map(|time| time.time).min()
}

/// Whether it was signed within some days before a time; with what there is, for whoever reads it.
pub(super) fn is_fresh(times: &[VerifiedTime], days: u32, at: Timestamp) -> Result<String, String> {
    let Some(time) = signed_at(times) else { return Err("nobody vouches for when it was signed".to_owned()) };
    let age = at.duration_since(time).as_secs();
    let told = format!("signed {time}");
    let most = i64::from(days).saturating_mul(SECONDS_A_DAY);
    if (0..=most).contains(&age) { Ok(told) } else { Err(told) }
}
