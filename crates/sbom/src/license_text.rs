//! Which licences a text is, holds, or points at.
//!
//! Four ways, each said with its [`MatchKind`]: the text as a whole is that of a licence; it holds the text of one among
//! others; it has the header that a licence asks for in every file; it has an `SPDX-License-Identifier` tag (SPDX 2.3
//! Annex E). Texts are compared by the three-word phrases they share (see [`fingerprint`]), so that line breaks, comment
//! marks, numbering and names filled in do not matter, and a text in other words does not match. It is evidence, not legal
//! advice: a text that differs by one word has a confidence just below 1.

mod fingerprint;
mod header;
mod phrases;
mod tag;

use std::cmp::Ordering;

use fingerprint::Known;
use phrases::Phrases;

/// Bytes of a text that are looked at; what comes after is not.
pub const MAX_LICENSE_TEXT: usize = 1 << 20;

/// A licence is reported when so much of its text is there.
const THRESHOLD: f32 = 0.9;

/// How a licence was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MatchKind {
    /// The text is that of the licence, and little else.
    Whole,
    /// The text of the licence is in it, among other things.
    Contained,
    /// It has the notice that the licence asks for.
    Header,
    /// It has an `SPDX-License-Identifier` tag.
    Tag,
}

/// A licence found in a text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LicenseMatch {
    /// Its SPDX expression.
    pub expression: String,
    /// Ids of other licences with the same text: that of the GPL does not say whether later versions may be used.
    pub same_text: Vec<&'static str>,
    /// From 0.9 to 1: how much of the phrases of the licence and, for a whole text, of the text, are the same.
    pub confidence: f32,
    /// How it was found.
    pub kind: MatchKind,
}

/// Finds licences in a text: texts first, the largest before others, then headers, then tags. Empty when nothing is sure
/// enough.
#[must_use]
pub fn identify_licenses(text: &str) -> Vec<LicenseMatch> {
    let text = cut(text);
    let words = phrases::words(text);
    let mut found = texts(&Phrases::of(&words));
    // The text of a licence ends with the header it asks for.
    let within = |expression: &str| found.iter().any(|held| family(&held.expression) == family(expression));
    let headers: Vec<String> = header::find(text).into_iter().filter(|expression| !within(expression)).collect();
    found.extend(headers.into_iter().map(|expression| certain(expression, MatchKind::Header)));
    found.extend(tag::find(text).into_iter().map(|expression| certain(expression, MatchKind::Tag)));
    found
}

fn cut(text: &str) -> &str {
    let end = (0..=MAX_LICENSE_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

fn certain(expression: String, kind: MatchKind) -> LicenseMatch {
    LicenseMatch { expression, same_text: Vec::new(), confidence: 1.0, kind }
}

/// `GPL-3.0` of `GPL-3.0-or-later`.
fn family(expression: &str) -> &str {
    ["-only", "-or-later"].iter().find_map(|end| expression.strip_suffix(end)).unwrap_or(expression)
}

struct Candidate {
    known: Known,
    /// Share of the licence's phrases that the text has.
    held: f32,
    /// Likeness of both as wholes (Sørensen–Dice).
    alike: f32,
    /// Phrases in common.
    common: f32,
}

fn texts(text: &Phrases) -> Vec<LicenseMatch> {
    let mut candidates: Vec<Candidate> = fingerprint::known()
        .filter_map(|known| {
            let compared = known.compare(text)?;
            (compared.held >= THRESHOLD || compared.alike >= THRESHOLD).then_some(Candidate {
                known,
                held: compared.held,
                alike: compared.alike,
                common: compared.common,
            })
        })
        .collect();
    // A text as a whole before others, the most alike first; then what explains most of it. Ids decide between equals.
    let key = |candidate: &Candidate| {
        let alike = if candidate.alike >= THRESHOLD { candidate.alike } else { 0.0 };
        [alike, candidate.common, candidate.held]
    };
    candidates.sort_by(|one, other| {
        let order = key(other).partial_cmp(&key(one)).unwrap_or(Ordering::Equal);
        order.then_with(|| one.known.id().cmp(other.known.id()))
    });
    let mut out = Vec::new();
    let mut taken: Vec<Known> = Vec::new();
    for candidate in candidates {
        // BSD-2-Clause is in every BSD-3-Clause: what another licence explains is not counted again.
        if taken.iter().any(|taken| candidate.known.shared_with(taken) > 0.5) {
            continue;
        }
        taken.push(candidate.known);
        let (kind, confidence) = if candidate.alike >= THRESHOLD {
            (MatchKind::Whole, candidate.alike)
        } else {
            (MatchKind::Contained, candidate.held)
        };
        let same_text = candidate.known.ids().skip(1).collect();
        out.push(LicenseMatch { expression: candidate.known.id().to_owned(), same_text, confidence, kind });
    }
    out
}

#[cfg(test)]
mod tests;
