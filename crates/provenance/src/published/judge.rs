//! What the evidence about one file proves, and whether that is what was expected.

use plimsoll_attest::Statement;
use plimsoll_model::Purl;
use plimsoll_verify::{
    Code, Evidence, Expectation, Identified, Pattern, Refusal, SignerExpectation, Verified, identify, verify,
};

use super::check::CheckOptions;
use super::expectation::Difference;
use super::report::{ExpectedBy, Piece, Status};
use super::signer::{NPM_PUBLISH, What};
use super::sources::{Found, Item, Keys, Source};
use super::{Dependency, Service, Signer};

/// What came of one file.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) status: Status,
    pub(super) reason: String,
    pub(super) code: Option<Code>,
    pub(super) difference: Option<Difference>,
    pub(super) expected_by: Option<ExpectedBy>,
    pub(super) tolerated: bool,
    pub(super) signers: Vec<Signer>,
    pub(super) pieces: Vec<Piece>,
    pub(super) notes: Vec<String>,
    pub(super) verified: Vec<Verified>,
}

impl Judged {
    fn new(status: Status, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            code: None,
            difference: None,
            expected_by: None,
            tolerated: false,
            signers: Vec::new(),
            pieces: Vec::new(),
            notes: Vec::new(),
            verified: Vec::new(),
        }
    }
}

/// Judges one file of a dependency.
pub(super) fn judge(item: &Item, dependency: &Dependency, source: &Source, options: &CheckOptions<'_>) -> Judged {
    let evidence = match &item.found {
        Found::Nothing => return Judged::new(Status::None, "nothing is published"),
        Found::Malformed(reason) => {
            let said = format!("what {} answers is no evidence: {reason}", source.service);
            return Judged { code: Some(Code::Malformed), ..Judged::new(Status::Invalid, said) };
        }
        Found::Evidence(evidence) => evidence,
    };
    let mut sorted = Sorted::default();
    // What the registry signs itself is signed with a key.
    let (own, others): (Vec<Evidence>, Vec<Evidence>) = evidence.iter().cloned().partition(|piece| {
        source.service == Service::Npm
            && piece.unverified_statement().is_some_and(|statement| statement.predicate_type() == NPM_PUBLISH)
    });
    let identified = identify(&others, &item.subject, options.at, options.roots);
    for (piece, outcome) in others.iter().zip(identified) {
        sorted.sort(piece, outcome, item, dependency, source);
    }
    let published = if own.is_empty() { None } else { publish(&own, item, dependency, options, &mut sorted) };
    // To what npm answers nobody can add, so whatever is wrong in it is a reason to stop.
    let is_closed = source.service == Service::Npm;
    if is_closed && own.is_empty() {
        sorted.notes.push("the registry states nothing itself about having published this".into());
    }
    let mut judged = match (published, sorted.right.is_empty(), sorted.wrong.is_empty()) {
        // The registry's statement is about the same file: when it is wrong, something was put together.
        (Some((code, reason)), ..) => Judged { code: Some(code), ..Judged::new(Status::Invalid, reason) },
        (None, false, no_wrong) if no_wrong || !is_closed => hold(&sorted.right, dependency, options),
        (None, _, false) => {
            let (code, reason) = sorted.wrong.swap_remove(0);
            Judged { code: Some(code), ..Judged::new(Status::Invalid, reason) }
        }
        (None, _, true) => Judged::new(Status::None, "there is evidence, and none of it is provenance"),
    };
    judged.pieces = sorted.pieces;
    judged.notes.extend(sorted.notes);
    judged
}

/// Pieces of evidence by what they are good for.
#[derive(Default)]
struct Sorted {
    /// Right, and of a kind that counts.
    right: Vec<Identified>,
    /// Of a kind that counts or of none that can be told, and wrong.
    wrong: Vec<(Code, String)>,
    pieces: Vec<Piece>,
    notes: Vec<String>,
}

impl Sorted {
    fn sort(
        &mut self,
        evidence: &Evidence,
        outcome: Result<Identified, Box<Refusal>>,
        item: &Item,
        dependency: &Dependency,
        source: &Source,
    ) {
        let named = outcome.map_err(|refusal| (refusal.code(), refusal.reason().to_owned())).and_then(|identified| {
            is_named(identified.statement(), item, dependency, source.service)
                .map(|()| identified)
                .map_err(|reason| (Code::Subject, reason))
        });
        match named {
            Ok(identified) => {
                let what = What::of(identified.statement());
                let signer = Signer::of_identified(&identified);
                let mut piece = piece(evidence, identified.statement(), item);
                piece.signed = identified.times().first().map(|time| time.time);
                piece.signer = signer.clone();
                self.pieces.push(piece);
                if !source.counts.contains(&what) {
                    self.notes.push(format!("there is a {} that says nothing about its build", what.name()));
                } else if signer.is_some() {
                    self.right.push(identified);
                } else {
                    self.wrong.push((Code::Certificate, "the certificate names neither identity nor issuer".into()));
                }
            }
            Err((code, reason)) => {
                let statement = evidence.unverified_statement();
                let mut piece = piece(evidence, statement.as_ref(), item);
                piece.refused = Some((code, reason.clone()));
                // An SBOM that somebody signed wrongly takes nothing away from provenance that is right.
                if statement.is_none() || source.counts.contains(&piece.what) {
                    self.wrong.push((code, reason));
                }
                self.pieces.push(piece);
            }
        }
    }
}

fn piece(evidence: &Evidence, statement: Option<&Statement>, item: &Item) -> Piece {
    Piece {
        file: item.file.clone(),
        place: evidence.place().to_owned(),
        kind: evidence.kind().name(),
        what: What::of(statement),
        predicate_type: statement.map(|statement| statement.predicate_type().to_owned()),
        signer: None,
        key: None,
        signed: None,
        refused: None,
    }
}

/// npm names the package in the subject, which has to be this one: two versions may be the same bytes.
fn is_named(
    statement: Option<&Statement>,
    item: &Item,
    dependency: &Dependency,
    service: Service,
) -> Result<(), String> {
    let (Service::Npm, Some(statement)) = (service, statement) else { return Ok(()) };
    let purl = &dependency.purl;
    let is_it = |named: &Purl| {
        (named.kind(), named.namespace(), named.name(), named.version())
            == (purl.kind(), purl.namespace(), purl.name(), purl.version())
    };
    let about = statement.subjects().iter().filter(|subject| {
        item.subject
            .digests()
            .any(|(algorithm, hex)| subject.digest.get(algorithm.token()).is_some_and(|held| held == hex))
    });
    let mut names = about.map(|subject| subject.name.as_str());
    if names.clone().any(|name| Purl::parse(name).is_ok_and(|named| is_it(&named))) {
        return Ok(());
    }
    Err(format!("it is about {}, which is another package or version", names.next().unwrap_or("something else")))
}

/// Checks the registry's own statement that it published this; gives what is wrong with it.
fn publish(
    own: &[Evidence],
    item: &Item,
    dependency: &Dependency,
    options: &CheckOptions<'_>,
    sorted: &mut Sorted,
) -> Option<(Code, String)> {
    let keys = match &item.keys {
        Keys::Known(keys) => keys,
        Keys::NotUsed => return None,
        Keys::Unavailable(reason) => {
            sorted.notes.push(format!("the registry's statement of publishing is not verified: {reason}"));
            return None;
        }
    };
    let expectation = Expectation::new(SignerExpectation::Keys(keys.clone()), options.at);
    let mut wrong = None;
    for evidence in own {
        let outcome = verify(std::slice::from_ref(evidence), &item.subject, &expectation, options.roots);
        let verified = outcome.verified().first();
        let statement = evidence.unverified_statement();
        let mut piece = piece(evidence, statement.as_ref(), item);
        let refused = match (verified, outcome.refused().first()) {
            (Some(verified), _) => {
                piece.key = verified.key().map(str::to_owned);
                piece.signed = verified.times().first().map(|time| time.time);
                published_this(verified, item, dependency).err().map(|reason| (Code::Subject, reason))
            }
            (None, Some(refusal)) => {
                Some((refusal.code(), format!("the statement of publishing: {}", refusal.reason())))
            }
            (None, None) => None,
        };
        piece.refused.clone_from(&refused);
        sorted.pieces.push(piece);
        wrong = wrong.or(refused);
    }
    wrong
}

/// Whether the registry says that it published this package in this version.
fn published_this(verified: &Verified, item: &Item, dependency: &Dependency) -> Result<(), String> {
    is_named(verified.statement(), item, dependency, Service::Npm)?;
    let purl = &dependency.purl;
    let name = purl.namespace().map_or_else(|| purl.name().to_owned(), |scope| format!("{scope}/{}", purl.name()));
    let says = |key: &str| verified.statement().and_then(|statement| statement.predicate().get(key)?.as_str());
    if says("name") == Some(&name) && says("version") == purl.version() {
        return Ok(());
    }
    Err("the registry states that it published another package or version".into())
}

/// Holds what is right to who was expected.
fn hold(right: &[Identified], dependency: &Dependency, options: &CheckOptions<'_>) -> Judged {
    let package = dependency.package();
    let signers: Vec<(&Identified, Signer)> =
        right.iter().filter_map(|identified| Some((identified, Signer::of_identified(identified)?))).collect();
    let mut all: Vec<Signer> = signers.iter().map(|(_, signer)| signer.clone()).collect();
    all.sort();
    all.dedup();
    let stated: Vec<_> =
        options.expectations.iter().filter(|expectation| expectation.is_about(&dependency.purl)).collect();
    let locked = options.lock.map(|lock| lock.signers(&package)).unwrap_or_default();
    let lock_differs = |signer: &Signer| differs(locked.iter().map(|locked| locked.difference(signer)));
    if stated.is_empty() && locked.is_empty() {
        return Judged { signers: all, ..Judged::new(Status::Unpinned, "nobody said who should have signed it") };
    }
    let mut difference = None;
    let mut judged = Judged::new(Status::UnexpectedIdentity, "somebody else signed it than was expected");
    for (identified, signer) in &signers {
        let (differs, by) = match stated.as_slice() {
            [] => (lock_differs(signer), Some(ExpectedBy::Lock)),
            stated => {
                let fits = stated.iter().find(|stated| stated.difference(signer).is_none());
                let by = fits.or(stated.first()).map(|stated| ExpectedBy::Expectation(stated.place().to_owned()));
                (differs(stated.iter().map(|stated| stated.difference(signer))), by)
            }
        };
        match differs {
            None => match identified.accept(&exactly(signer)) {
                Ok(verified) => {
                    judged.verified.push(verified);
                    judged.expected_by = by;
                }
                Err(refusal) => judged.notes.push(refusal.reason().to_owned()),
            },
            Some(differs) => {
                difference = difference.or(Some(differs));
                judged.expected_by = judged.expected_by.or(by);
            }
        }
    }
    if judged.verified.is_empty() {
        let what = difference.as_ref().map_or("signer", |difference| difference.what);
        judged.reason = match &judged.expected_by {
            Some(ExpectedBy::Lock) => format!("the {what} is not the one of the lock"),
            _ => format!("the {what} is not the one that is expected"),
        };
        judged.difference = difference;
        judged.tolerated = !stated.is_empty() && stated.iter().all(|stated| stated.is_lenient());
    } else {
        judged.status = Status::Verified;
        judged.reason = match &judged.expected_by {
            Some(ExpectedBy::Lock) => "signed by who signed it before".into(),
            _ => "signed by who is expected".into(),
        };
        if !stated.is_empty() && !locked.is_empty() && all.iter().all(|signer| lock_differs(signer).is_some()) {
            judged.notes.push("the lock has another signer; the stated expectation decides".into());
        }
    }
    judged.signers = all;
    judged
}

/// None when one of several fits; else how it differs from the first.
fn differs(mut all: impl Iterator<Item = Option<Difference>>) -> Option<Difference> {
    let first = all.next()??;
    if all.any(|difference| difference.is_none()) { None } else { Some(first) }
}

/// The signer that was found and compared, as what verification asks for.
fn exactly(signer: &Signer) -> SignerExpectation {
    SignerExpectation::Keyless {
        identity: vec![Pattern::exact(&signer.identity)],
        issuer: vec![Pattern::exact(&signer.issuer)],
        claims: Vec::new(),
    }
}
