//! A piece of evidence, and whether it proves the build that is expected.

use std::collections::BTreeSet;

use plimsoll_verify::{BuildCheck, BuildView, Claims, Code, EvidenceKind, ProvenBuild, ProvenanceRefusal, Verified};

use super::failed;

/// A piece of evidence, and whether it proves the build that is expected.
#[derive(Debug)]
pub struct Build {
    pub(super) state: BuildState,
    pub(super) piece: Piece,
    /// What was checked beside what the piece says.
    pub(super) more: Vec<BuildCheck>,
    /// Of a build that is not the one expected: the same evidence, verified for what it says. An exception needs it.
    pub(super) other: Option<Box<ProvenBuild>>,
}

/// Whether a piece of evidence proves the build that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildState {
    /// It does.
    Proven,
    /// It proves another, and somebody lets that pass.
    Excused,
    /// It does not.
    Refused,
}

#[derive(Debug)]
pub(super) enum Piece {
    Proven(Box<ProvenBuild>),
    Refused(Box<ProvenanceRefusal>),
}

impl Build {
    /// Whether it proves the build that is expected.
    #[must_use]
    pub fn state(&self) -> BuildState {
        self.state
    }

    /// Where the evidence was.
    #[must_use]
    pub fn place(&self) -> &str {
        match &self.piece {
            Piece::Proven(build) => build.verified().place(),
            Piece::Refused(refusal) => refusal.place(),
        }
    }

    /// What kind of evidence it is, when it is known.
    #[must_use]
    pub fn kind(&self) -> Option<EvidenceKind> {
        match &self.piece {
            Piece::Proven(build) => Some(build.verified().kind()),
            Piece::Refused(refusal) => refusal.kind(),
        }
    }

    /// The evidence, when its cryptography holds and its build is what was expected, or excused.
    #[must_use]
    pub fn verified(&self) -> Option<&Verified> {
        match &self.piece {
            Piece::Proven(build) => Some(build.verified()),
            Piece::Refused(_) if self.state == BuildState::Excused => self.other.as_ref().map(|build| build.verified()),
            Piece::Refused(_) => None,
        }
    }

    /// Who signed, when the cryptography holds.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        match &self.piece {
            Piece::Proven(build) => build.verified().claims(),
            Piece::Refused(refusal) => refusal.untrusted(),
        }
    }

    /// The build, when the cryptography holds.
    #[must_use]
    pub fn view(&self) -> Option<&BuildView> {
        match &self.piece {
            Piece::Proven(build) => Some(build.view()),
            Piece::Refused(refusal) => refusal.view(),
        }
    }

    /// The level, by signer and builder, when they are recognised.
    #[must_use]
    pub fn level(&self) -> Option<u8> {
        match &self.piece {
            Piece::Proven(build) => Some(build.level()),
            Piece::Refused(_) => {
                let recognised = self.checks().any(|check| check.name == "signer" && failed(check).is_none());
                let level = self.checks().find(|check| check.name == "level").filter(|_| recognised)?;
                level.actual.as_deref()?.parse().ok()
            }
        }
    }

    /// The name of the rule that recognises signer and builder.
    #[must_use]
    pub fn builder(&self) -> Option<&str> {
        match &self.piece {
            Piece::Proven(build) => Some(build.builder()),
            Piece::Refused(_) => {
                let signer = self.checks().find(|check| check.name == "signer" && failed(check).is_none());
                signer.and_then(|check| check.expected.as_deref())
            }
        }
    }

    /// What was checked of the build and what was not.
    pub fn checks(&self) -> impl Iterator<Item = &BuildCheck> {
        let own = match &self.piece {
            Piece::Proven(build) => build.checks(),
            Piece::Refused(refusal) => refusal.checks(),
        };
        own.iter().chain(&self.more)
    }

    /// Why it is not what was expected.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match &self.piece {
            Piece::Proven(_) => self.more.iter().find_map(failed),
            Piece::Refused(refusal) => Some(refusal.code()),
        }
    }

    /// All that it is not, where it is known who built it; else why nothing that it says counts.
    pub(super) fn codes(&self) -> BTreeSet<Code> {
        let checks = self.checks().filter_map(failed).filter(|_| self.level().is_some());
        self.code().into_iter().chain(checks).collect()
    }

    /// Why it is not what was expected, for people: a fragment without a full stop.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.piece {
            Piece::Proven(_) => self.code().map(Code::means),
            Piece::Refused(refusal) => Some(refusal.reason()),
        }
    }

    /// What was expected and what there was, of the first thing that is not what was expected.
    #[must_use]
    pub fn difference(&self) -> (Option<&str>, Option<&str>) {
        let check = self.more.iter().find(|check| failed(check).is_some());
        match (&self.piece, check) {
            (Piece::Refused(refusal), _) => (refusal.expected(), refusal.actual()),
            (_, Some(check)) => (check.expected.as_deref(), check.actual.as_deref()),
            _ => (None, None),
        }
    }

    /// The builder without its version: two versions of a builder are one.
    pub(super) fn builder_id(&self) -> Option<&str> {
        self.view().map(|view| view.builder_id.split('@').next().unwrap_or_default())
    }
}
