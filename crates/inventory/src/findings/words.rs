//! The words for findings and events, and their numbers in the tables.

/// How things are with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingState {
    /// It is there.
    Open,
    /// It is there, and somebody who counts says that it does not matter.
    Vexed,
    /// It is there, and an exception lets it pass.
    Excepted,
    /// A newer build does not have it.
    Fixed,
    /// What had it runs nowhere any more, or is not kept.
    Undeployed,
    /// The advisory does not say so any more.
    Withdrawn,
}

impl FindingState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Vexed, Self::Excepted, Self::Fixed, Self::Undeployed, Self::Withdrawn];

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Vexed => 1,
            Self::Excepted => 2,
            Self::Fixed => 3,
            Self::Undeployed => 4,
            Self::Withdrawn => 5,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|state| state.number() == number).unwrap_or(Self::Open)
    }

    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Vexed => "vexed",
            Self::Excepted => "excepted",
            Self::Fixed => "fixed",
            Self::Undeployed => "undeployed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the component is still there.
    #[must_use]
    pub const fn is_present(self) -> bool {
        matches!(self, Self::Open | Self::Vexed | Self::Excepted)
    }
}

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// It was not known before.
    Opened,
    /// What is said of it changed: its severity, whether it is exploited, or whether it is there at all.
    Changed,
    /// Somebody who counts says that it does not matter.
    Vexed,
    /// An exception lets it pass.
    Excepted,
    /// A newer build does not have it.
    Fixed,
    /// What had it runs nowhere any more.
    Undeployed,
    /// It is back.
    Reopened,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Opened, Self::Changed, Self::Vexed, Self::Excepted, Self::Fixed, Self::Undeployed, Self::Reopened];

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Opened => 0,
            Self::Changed => 1,
            Self::Vexed => 2,
            Self::Excepted => 3,
            Self::Fixed => 4,
            Self::Undeployed => 5,
            Self::Reopened => 6,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|kind| kind.number() == number).unwrap_or(Self::Changed)
    }

    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Vexed => "vexed",
            Self::Excepted => "excepted",
            Self::Fixed => "fixed",
            Self::Undeployed => "undeployed",
            Self::Reopened => "reopened",
        }
    }
}

/// What sort of thing an advisory tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingSort {
    /// The package is an attack itself.
    Malicious,
    /// A vulnerability.
    Vulnerability,
    /// Something to know: that nobody maintains the package.
    Notice,
}

impl FindingSort {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Malicious => 0,
            Self::Vulnerability => 1,
            Self::Notice => 2,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Malicious,
            2 => Self::Notice,
            _ => Self::Vulnerability,
        }
    }

    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Vulnerability => "vulnerability",
            Self::Notice => "notice",
        }
    }
}

/// The number of a rating in the tables; -1 for none.
pub(crate) fn rating_number(rating: Option<plimsoll_advisory::Rating>) -> i64 {
    let place = plimsoll_advisory::Rating::ALL.iter().position(|held| Some(*held) == rating);
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1)
}

/// Undoes [`rating_number`].
pub(crate) fn rating(number: i64) -> Option<plimsoll_advisory::Rating> {
    usize::try_from(number).ok().and_then(|place| plimsoll_advisory::Rating::ALL.get(place)).copied()
}
