//! Who signs with a certificate.

use super::expression::{convert, literals, wildcard};
use super::place::{Place, Remarks};
use super::rules::{San, Signer};

/// How a tool reads `subject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// As it is written.
    Exact,
    /// `*` and `?` are any characters.
    Wildcard,
}

/// The keys of an identity.
pub(super) const IDENTITY: [&str; 4] = ["issuer", "issuerRegExp", "subject", "subjectRegExp"];

const ANYBODY: &str = "somebody else could sign";

/// Everybody whom an identity means; `None` when it cannot be said, which is told.
pub(super) fn signers(place: &Place<'_>, subject: Subject, remarks: &mut Remarks) -> Option<Vec<Signer>> {
    let san = san(place, subject, remarks);
    let issuers = issuers(place, remarks);
    let (san, issuers) = (san?, issuers?);
    Some(issuers.into_iter().map(|issuer| Signer::Keyless { issuer, san: san.clone() }).collect())
}

fn issuers(place: &Place<'_>, remarks: &mut Remarks) -> Option<Vec<String>> {
    match (filled(place, "issuer"), filled(place, "issuerRegExp")) {
        (Some(issuer), None) => {
            let text = issuer.fixed(remarks)?;
            if text.contains(['*', '?']) {
                remarks.denies(&issuer, "the issuer has to be named exactly", ANYBODY);
                return None;
            }
            Some(vec![text.to_owned()])
        }
        (None, Some(expression)) => {
            let found = literals(expression.fixed(remarks)?);
            match &found {
                Some(_) => remarks.noted(&expression, "the issuer is taken exactly, as the text that is written"),
                None => remarks.denies(&expression, "it takes several issuers; each has to be named exactly", ANYBODY),
            }
            found
        }
        (Some(_), Some(both)) => {
            remarks.denies(&both, "the issuer is named twice, as text and as an expression", ANYBODY);
            None
        }
        (None, None) => {
            remarks.denies(place, "it names no issuer: anybody could vouch for the signer", ANYBODY);
            None
        }
    }
}

fn san(place: &Place<'_>, subject: Subject, remarks: &mut Remarks) -> Option<San> {
    match (filled(place, "subject"), filled(place, "subjectRegExp")) {
        (Some(exact), None) => {
            let text = exact.fixed(remarks)?;
            let found = if subject == Subject::Wildcard { wildcard(text) } else { None };
            Some(found.map_or_else(|| San::Exact(text.to_owned()), San::Regex))
        }
        (None, Some(expression)) => match convert(expression.fixed(remarks)?) {
            Ok(converted) => {
                if converted.searches {
                    remarks
                        .noted(&expression, "it searches, and takes whatever has such a part: anchor it with ^ and $");
                }
                Some(San::Regex(converted.text))
            }
            Err(why) => {
                remarks.denies(&expression, why, ANYBODY);
                None
            }
        },
        (Some(_), Some(both)) => {
            remarks.denies(&both, "the subject is named twice, as text and as an expression", ANYBODY);
            None
        }
        (None, None) => {
            remarks.noted(place, "it names no subject: anybody of that issuer may sign, as in the original");
            Some(San::Regex("(?s:.*)".to_owned()))
        }
    }
}

fn filled<'a>(place: &Place<'a>, key: &str) -> Option<Place<'a>> {
    place.get(key).filter(|value| !value.is_empty())
}
