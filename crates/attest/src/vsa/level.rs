//! Names of levels and properties in summaries. <https://slsa.dev/spec/v1.2/verification_summary#slsaresult>
//!
//! Names that begin with `SLSA_` belong to SLSA: those that it does not have are refused, so that nobody takes a made-up name
//! for a property that SLSA defines. Of tracks that are not known here (SLSA has several as drafts) any level is taken, as
//! the specification fixes how their names are made. Any other name means what whoever wrote it says that it means.

use std::collections::BTreeSet;
use std::fmt;

use crate::AttestError;

const WHAT: &str = "level";
/// Longer names than this are refused.
pub const MAX_LEVEL_NAME: usize = 256;

/// The highest levels of the tracks of SLSA 1.2.
const TRACKS: &[(&str, u8)] = &[("BUILD", 3), ("SOURCE", 4)];
/// The properties of SLSA 1.2. <https://slsa.dev/spec/v1.2/verified-properties>
const PROPERTIES: &[&str] = &["SLSA_BUILD_REPRODUCED", "SLSA_SOURCE_TWO_PARTY_REVIEWED"];

/// A level or property that somebody verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SlsaResult {
    /// `SLSA_BUILD_LEVEL_3`: this level of a track, and all below.
    Level {
        /// The track: `BUILD`, `SOURCE`.
        track: String,
        /// The level.
        level: u8,
    },
    /// `SLSA_BUILD_LEVEL_UNEVALUATED`: nothing is said of the track.
    Unevaluated {
        /// The track.
        track: String,
    },
    /// A property that SLSA defines: `SLSA_BUILD_REPRODUCED`, `SLSA_SOURCE_TWO_PARTY_REVIEWED`.
    Property(String),
    /// `SLSA_LEVEL_3`, in summaries v0.2: a level of SLSA 0.1, which had no tracks.
    Old(u8),
    /// `FAILED`: the policy is not met.
    Failed,
    /// A name that is not of SLSA.
    Custom(String),
}

impl SlsaResult {
    /// Reads a name.
    ///
    /// # Errors
    /// It begins with `SLSA_` and is none that SLSA has, or it is empty, too long, or holds what cannot be seen.
    pub fn parse(text: &str) -> Result<Self, AttestError> {
        if text.is_empty() || text.len() > MAX_LEVEL_NAME || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(AttestError::invalid(WHAT, "the name is empty, too long, or holds what cannot be seen"));
        }
        if text == "FAILED" {
            return Ok(Self::Failed);
        }
        let Some(rest) = text.strip_prefix("SLSA_") else {
            return Ok(Self::Custom(text.to_owned()));
        };
        if PROPERTIES.contains(&text) {
            return Ok(Self::Property(text.to_owned()));
        }
        let of_slsa = if let Some(old) = rest.strip_prefix("LEVEL_") {
            number(old).filter(|level| *level <= 4).map(Self::Old)
        } else {
            rest.rsplit_once("_LEVEL_").and_then(|(track, level)| Self::of_track(track, level))
        };
        of_slsa.ok_or_else(|| AttestError::invalid(WHAT, format!("{text:?} is no name that SLSA has")))
    }

    fn of_track(track: &str, level: &str) -> Option<Self> {
        let word = !track.is_empty() && track.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let track = Some(track.to_owned()).filter(|_| word)?;
        if level == "UNEVALUATED" {
            return Some(Self::Unevaluated { track });
        }
        let highest = TRACKS.iter().find(|(name, _)| *name == track).map_or(9, |(_, highest)| *highest);
        number(level).filter(|level| *level <= highest).map(|level| Self::Level { track, level })
    }

    /// Whether somebody who verified this has verified what is wanted: a level implies those below in its track, and
    /// everything else has to be equal.
    #[must_use]
    pub fn satisfies(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Failed, _) | (_, Self::Failed) => false,
            (Self::Level { track, level }, Self::Level { track: wanted, level: least }) => {
                track == wanted && level >= least
            }
            (Self::Old(level), Self::Old(least)) => level >= least,
            _ => self == wanted,
        }
    }

    /// The track that it says something of.
    #[must_use]
    pub fn track(&self) -> Option<&str> {
        match self {
            Self::Level { track, .. } | Self::Unevaluated { track } => Some(track),
            _ => None,
        }
    }
}

impl fmt::Display for SlsaResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { track, level } => write!(f, "SLSA_{track}_LEVEL_{level}"),
            Self::Unevaluated { track } => write!(f, "SLSA_{track}_LEVEL_UNEVALUATED"),
            Self::Old(level) => write!(f, "SLSA_LEVEL_{level}"),
            Self::Failed => f.write_str("FAILED"),
            Self::Property(name) | Self::Custom(name) => f.write_str(name),
        }
    }
}

/// A number of one digit, as SLSA writes it.
fn number(text: &str) -> Option<u8> {
    text.parse().ok().filter(|level| *level <= 9 && text.len() == 1)
}

/// Only the highest level of each track may be told.
///
/// # Errors
/// There are two of one track.
pub fn refuse_two_of_a_track(levels: &[SlsaResult]) -> Result<(), AttestError> {
    let mut seen = BTreeSet::new();
    match levels.iter().filter_map(SlsaResult::track).find(|track| !seen.insert(*track)) {
        Some(track) => Err(AttestError::invalid(WHAT, format!("there are two of the track {track}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfies(has: &str, wanted: &str) -> bool {
        SlsaResult::parse(has).unwrap().satisfies(&SlsaResult::parse(wanted).unwrap())
    }

    #[test]
    fn a_level_implies_those_below_in_its_track_and_nothing_else() {
        for (has, wanted, holds) in [
            ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_2", true),
            ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_3", true),
            ("SLSA_BUILD_LEVEL_2", "SLSA_BUILD_LEVEL_3", false),
            ("SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_LEVEL_1", false),
            ("SLSA_SOURCE_LEVEL_4", "SLSA_SOURCE_LEVEL_0", true),
            ("SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_UNEVALUATED", false),
            ("SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_LEVEL_0", false),
            ("SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILD_LEVEL_UNEVALUATED", true),
            ("SLSA_LEVEL_3", "SLSA_BUILD_LEVEL_3", false),
            ("SLSA_BUILD_REPRODUCED", "SLSA_BUILD_REPRODUCED", true),
            ("ORG_SOURCE_SCANNED_2", "ORG_SOURCE_SCANNED_1", false),
            ("BCID_L2", "BCID_L2", true),
            ("FAILED", "FAILED", false),
            ("SLSA_DEPENDENCY_LEVEL_2", "SLSA_DEPENDENCY_LEVEL_1", true),
        ] {
            assert_eq!(satisfies(has, wanted), holds, "{has} {wanted}");
        }
    }

    #[test]
    fn names_of_slsa_that_it_does_not_have_are_refused() {
        for text in [
            "",
            "SLSA_",
            "SLSA_BUILD_LEVEL_4",
            "SLSA_SOURCE_LEVEL_5",
            "SLSA_BUILD_LEVEL_",
            "SLSA_BUILD_LEVEL_X",
            "SLSA_BUILD_LEVEL_03",
            "SLSA_BUILD_LEVEL_+3",
            "SLSA_BUILD_L_1",
            "SLSA_build_LEVEL_1",
            "SLSA_MY_PROPERTY",
            "SLSA_BUILD_REPRODUCED_TWICE",
            "SLSA_LEVEL_5",
            "A B",
            "A\u{1b}[2J",
            &"A".repeat(MAX_LEVEL_NAME + 1),
        ] {
            assert!(SlsaResult::parse(text).is_err(), "{text:?}");
        }
        for text in
            ["SLSA_BUILD_LEVEL_0", "SLSA_LEVEL_4", "slsa_build_level_9", "FAILED", "SLSA_SOURCE_TWO_PARTY_REVIEWED"]
        {
            assert_eq!(SlsaResult::parse(text).unwrap().to_string(), text);
        }
    }
}
