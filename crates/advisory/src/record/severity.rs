//! How bad a vulnerability is: CVSS vectors and their scores, or a word of whoever publishes it.
//! <https://www.first.org/cvss/>
//!
//! Vectors of CVSS 3 and 4 are scored. Those of CVSS 2 are kept as they are: its scores are not comparable, and nobody
//! has published new ones for years.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The qualitative scale of CVSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rating {
    /// A score of 0.
    None,
    /// Below 4.
    Low,
    /// Below 7.
    Medium,
    /// Below 9.
    High,
    /// 9 and more.
    Critical,
}

impl Rating {
    /// All of them, from the least.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The rating as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The rating that a database means by a word of its own: GitHub, Red Hat, Debian, Ubuntu, SUSE and Go differ.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "none" => Self::None,
            "low" | "negligible" | "unimportant" | "minor" => Self::Low,
            "medium" | "moderate" => Self::Medium,
            "high" | "important" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A CVSS score in tenths: it has one decimal place by definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Score(u8);

impl Score {
    /// A score of so many tenths, 100 at most.
    #[must_use]
    pub fn from_tenths(tenths: u8) -> Self {
        Self(tenths.min(100))
    }

    /// The score in tenths.
    #[must_use]
    pub const fn tenths(self) -> u8 {
        self.0
    }

    /// The rating of CVSS 3.1 §5 and 4.0 §6.
    #[must_use]
    pub const fn rating(self) -> Rating {
        match self.0 {
            0 => Rating::None,
            1..40 => Rating::Low,
            40..70 => Rating::Medium,
            70..90 => Rating::High,
            _ => Rating::Critical,
        }
    }

    /// A score in decimal places, 0 to 10.
    fn from_decimal(score: f64) -> Option<Self> {
        let tenths = (score * 10.0).round();
        // Within bounds, so that nothing is cut off.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        (0.0..=100.0).contains(&tenths).then_some(Self(tenths as u8))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// What a severity is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SeverityKind {
    /// A CVSS 2 vector.
    CvssV2,
    /// A CVSS 3.0 or 3.1 vector.
    CvssV3,
    /// A CVSS 4.0 vector.
    CvssV4,
    /// A word of whoever publishes the advisory.
    Word,
}

impl SeverityKind {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CvssV2 => "cvss-2",
            Self::CvssV3 => "cvss-3",
            Self::CvssV4 => "cvss-4",
            Self::Word => "word",
        }
    }
}

/// How bad a vulnerability is, as somebody says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    kind: SeverityKind,
    text: String,
    score: Option<Score>,
    rating: Option<Rating>,
}

/// Longer vectors are not scored. CVSS 4 with all its metrics has some 200 letters.
const LONGEST_VECTOR: usize = 512;

impl Severity {
    /// Of a CVSS vector; one that cannot be scored is kept without a score.
    #[must_use]
    pub fn from_vector(kind: SeverityKind, vector: &str) -> Self {
        let vector = vector.trim();
        let parsed = (vector.len() <= LONGEST_VECTOR).then(|| cvss::Cvss::from_str(vector).ok()).flatten();
        let score = parsed.and_then(|vector| Score::from_decimal(vector.score()));
        Self { kind, text: vector.to_owned(), score, rating: score.map(Score::rating) }
    }

    /// Of a word; one that is not known is kept without a rating.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self { kind: SeverityKind::Word, text: word.trim().to_owned(), score: None, rating: Rating::from_word(word) }
    }

    /// What it is written in.
    #[must_use]
    pub const fn kind(&self) -> SeverityKind {
        self.kind
    }

    /// The vector or the word.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The score of a vector.
    #[must_use]
    pub const fn score(&self) -> Option<Score> {
        self.score
    }

    /// The rating.
    #[must_use]
    pub const fn rating(&self) -> Option<Rating> {
        self.rating
    }
}

/// The highest score; without any score, the highest rating.
pub(crate) fn worst(severities: &[Severity]) -> Option<&Severity> {
    severities.iter().max_by_key(|severity| (severity.score, severity.rating, severity.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_ratings() {
        let score = |kind, vector| {
            let severity = Severity::from_vector(kind, vector);
            severity.score().map(|score| (score.to_string(), score.rating()))
        };
        let critical = Some(("9.8".to_owned(), Rating::Critical));
        assert_eq!(score(SeverityKind::CvssV3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), critical);
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        assert_eq!(score(SeverityKind::CvssV4, four), Some(("9.3".to_owned(), Rating::Critical)));
        assert_eq!(score(SeverityKind::CvssV2, "AV:N/AC:L/Au:N/C:P/I:P/A:P"), None);
        for broken in ["", "CVSS:3.1", "CVSS:3.1/AV:X", "CVSS:9.9/AV:N", "CVSS:4.0/", "7.5"] {
            assert_eq!(score(SeverityKind::CvssV3, broken), None, "{broken}");
        }
    }

    #[test]
    fn a_score_counts_before_a_word() {
        let vector = Severity::from_vector(SeverityKind::CvssV3, "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N");
        let list = [Severity::from_word("CRITICAL"), vector.clone()];
        assert_eq!(worst(&list), Some(&vector));
        assert_eq!(worst(&[]), None);
        assert_eq!(Severity::from_word("Moderate").rating(), Some(Rating::Medium));
        assert_eq!(Severity::from_word("UNKNOWN").rating(), None);
    }
}
