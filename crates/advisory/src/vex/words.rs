//! The vocabularies of the three formats, and what becomes of a word of one in another.
//!
//! OpenVEX and CSAF share their five justifications (CISA, "VEX Status Justifications", June 2022); CycloneDX has nine of
//! its own. What has no counterpart is written as the nearest word, and that is reported as a loss.

use std::fmt;

/// What a statement says of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VexStatus {
    /// No remediation is required.
    NotAffected,
    /// The vulnerability has been remediated in it.
    Fixed,
    /// Whether it is affected is not known yet.
    UnderInvestigation,
    /// Actions are recommended.
    Affected,
}

impl VexStatus {
    /// From the most harmless to the one that asks for most caution, which is also the order of the type.
    pub const ALL: [Self; 4] = [Self::NotAffected, Self::Fixed, Self::UnderInvestigation, Self::Affected];

    /// The word of OpenVEX, which is ours too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
            Self::Affected => "affected",
        }
    }

    /// The status of a word of OpenVEX.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// The `analysis.state` of CycloneDX.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Fixed => "resolved",
            Self::UnderInvestigation => "in_triage",
            Self::Affected => "exploitable",
        }
    }

    /// Whether a finding may be taken away by it.
    #[must_use]
    pub const fn clears(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

impl fmt::Display for VexStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a format says beyond the four statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Nuance {
    /// CycloneDX `false_positive`: the vulnerability was not there to begin with.
    FalsePositive,
    /// CycloneDX `resolved_with_pedigree`: the pedigree of the component has the evidence.
    ResolvedWithPedigree,
    /// CSAF `first_affected`: the first version that is.
    FirstAffected,
    /// CSAF `first_fixed`: the first version that is.
    FirstFixed,
    /// CSAF `last_affected`: the last version that is.
    LastAffected,
}

impl Nuance {
    const TABLE: [(Self, &'static str); 5] = [
        (Self::FalsePositive, "false_positive"),
        (Self::ResolvedWithPedigree, "resolved_with_pedigree"),
        (Self::FirstAffected, "first_affected"),
        (Self::FirstFixed, "first_fixed"),
        (Self::LastAffected, "last_affected"),
    ];

    /// The word of the format it comes from.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::TABLE.iter().find(|(nuance, _)| *nuance == self).map_or("", |(_, word)| word)
    }
}

/// Why a product is not affected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Justification {
    /// The component is not in the product. OpenVEX, CSAF.
    ComponentNotPresent,
    /// The component is, the vulnerable code is not.
    VulnerableCodeNotPresent,
    /// The vulnerable code is never run.
    VulnerableCodeNotInExecutePath,
    /// An attacker has no influence on what would be needed. OpenVEX, CSAF.
    VulnerableCodeCannotBeControlledByAdversary,
    /// Something that is built in keeps the vulnerability from being used. OpenVEX, CSAF.
    InlineMitigationsAlreadyExist,
    /// CycloneDX: a configuration that is not set is needed.
    RequiresConfiguration,
    /// CycloneDX: a dependency that is not there is needed.
    RequiresDependency,
    /// CycloneDX: an environment that is not there is needed.
    RequiresEnvironment,
    /// CycloneDX: a compiler flag protects.
    ProtectedByCompiler,
    /// CycloneDX: something at run time protects.
    ProtectedAtRuntime,
    /// CycloneDX: something at the perimeter protects.
    ProtectedAtPerimeter,
    /// CycloneDX: a control that mitigates protects.
    ProtectedByMitigatingControl,
    /// A word that no format we know has.
    Other(Box<str>),
}

/// A row of the mapping: the justification, its word in OpenVEX and CSAF, its word in CycloneDX. The nearest word stands
/// where a vocabulary lacks one, with `false`.
type Row = (Justification, (&'static str, bool), (&'static str, bool));

const JUSTIFICATIONS: [Row; 12] = {
    use Justification as J;
    [
        (J::ComponentNotPresent, ("component_not_present", true), ("code_not_present", false)),
        (J::VulnerableCodeNotPresent, ("vulnerable_code_not_present", true), ("code_not_present", true)),
        (
            J::VulnerableCodeNotInExecutePath,
            ("vulnerable_code_not_in_execute_path", true),
            ("code_not_reachable", true),
        ),
        (
            J::VulnerableCodeCannotBeControlledByAdversary,
            ("vulnerable_code_cannot_be_controlled_by_adversary", true),
            ("requires_environment", false),
        ),
        (
            J::InlineMitigationsAlreadyExist,
            ("inline_mitigations_already_exist", true),
            ("protected_by_mitigating_control", false),
        ),
        (
            J::RequiresConfiguration,
            ("vulnerable_code_cannot_be_controlled_by_adversary", false),
            ("requires_configuration", true),
        ),
        (
            J::RequiresDependency,
            ("vulnerable_code_cannot_be_controlled_by_adversary", false),
            ("requires_dependency", true),
        ),
        (
            J::RequiresEnvironment,
            ("vulnerable_code_cannot_be_controlled_by_adversary", false),
            ("requires_environment", true),
        ),
        (J::ProtectedByCompiler, ("inline_mitigations_already_exist", false), ("protected_by_compiler", true)),
        (J::ProtectedAtRuntime, ("inline_mitigations_already_exist", false), ("protected_at_runtime", true)),
        (J::ProtectedAtPerimeter, ("inline_mitigations_already_exist", false), ("protected_at_perimeter", true)),
        (
            J::ProtectedByMitigatingControl,
            ("inline_mitigations_already_exist", false),
            ("protected_by_mitigating_control", true),
        ),
    ]
};

impl Justification {
    /// Every justification of any format that has a name of its own.
    pub fn known() -> impl Iterator<Item = Self> {
        JUSTIFICATIONS.iter().map(|(justification, ..)| justification.clone())
    }

    /// The justification of a word of OpenVEX or CSAF.
    #[must_use]
    pub fn from_label(word: &str) -> Self {
        let found = JUSTIFICATIONS.iter().find(|(_, (label, exact), _)| *exact && *label == word);
        found.map_or_else(|| Self::Other(word.into()), |(justification, ..)| justification.clone())
    }

    /// The justification of a word of CycloneDX.
    #[must_use]
    pub fn from_cyclonedx(word: &str) -> Self {
        let found = JUSTIFICATIONS.iter().find(|(.., (label, exact))| *exact && *label == word);
        found.map_or_else(|| Self::Other(word.into()), |(justification, ..)| justification.clone())
    }

    /// The justification of a word of any of the formats.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match Self::from_label(word) {
            Self::Other(_) => Self::from_cyclonedx(word),
            known => known,
        }
    }

    /// Its own word, in the format that has one.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            known => match known.row() {
                Some((_, (label, true), _)) => label,
                Some((_, _, (label, _))) => label,
                None => "",
            },
        }
    }

    /// The word of OpenVEX and CSAF, and whether it says the same.
    #[must_use]
    pub fn label(&self) -> Option<(&'static str, bool)> {
        self.row().map(|(_, label, _)| *label)
    }

    /// The word of CycloneDX, and whether it says the same.
    #[must_use]
    pub fn cyclonedx(&self) -> Option<(&'static str, bool)> {
        self.row().map(|(.., label)| *label)
    }

    fn row(&self) -> Option<&'static Row> {
        JUSTIFICATIONS.iter().find(|(justification, ..)| justification == self)
    }
}

impl fmt::Display for Justification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What the author means to do, or tells others to: `analysis.response` of CycloneDX and, so far as they have a
/// counterpart, the categories of `remediations` of CSAF.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VexResponse {
    /// It cannot be fixed. CSAF: `none_available`.
    CanNotFix,
    /// It will not be fixed. CSAF: `no_fix_planned`.
    WillNotFix,
    /// There is a version that is fixed, or will be. CSAF: `vendor_fix`, `fix_planned`.
    Update,
    /// An earlier version is not affected.
    Rollback,
    /// There is a way around it. CSAF: `workaround`, `mitigation`.
    WorkaroundAvailable,
    /// A word that no format we know has.
    Other(Box<str>),
}

impl VexResponse {
    /// The word of CycloneDX.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::CanNotFix => "can_not_fix",
            Self::WillNotFix => "will_not_fix",
            Self::Update => "update",
            Self::Rollback => "rollback",
            Self::WorkaroundAvailable => "workaround_available",
            Self::Other(word) => word,
        }
    }

    /// The response of a word of CycloneDX.
    #[must_use]
    pub fn from_cyclonedx(word: &str) -> Self {
        let all = [Self::CanNotFix, Self::WillNotFix, Self::Update, Self::Rollback, Self::WorkaroundAvailable];
        all.into_iter().find(|response| response.word() == word).unwrap_or_else(|| Self::Other(word.into()))
    }

    /// The response of a category of `remediations` of CSAF.
    #[must_use]
    pub fn from_csaf(category: &str) -> Self {
        match category {
            "none_available" => Self::CanNotFix,
            "no_fix_planned" => Self::WillNotFix,
            "vendor_fix" | "fix_planned" | "optional_patch" => Self::Update,
            "workaround" | "mitigation" => Self::WorkaroundAvailable,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for VexResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_their_way_back() {
        for justification in Justification::known() {
            assert_eq!(Justification::from_word(justification.word()), justification);
            let (label, exact) = justification.label().unwrap();
            assert_eq!(Justification::from_label(label) == justification, exact, "{justification}");
            let (label, exact) = justification.cyclonedx().unwrap();
            assert_eq!(Justification::from_cyclonedx(label) == justification, exact, "{justification}");
        }
        for status in VexStatus::ALL {
            assert_eq!(VexStatus::from_word(status.word()), Some(status));
        }
        assert_eq!(Justification::from_word("because").word(), "because");
        assert_eq!(VexResponse::from_csaf("no_fix_planned").word(), "will_not_fix");
    }

    #[test]
    fn caution_grows() {
        assert!(VexStatus::ALL.is_sorted());
        assert_eq!(VexStatus::ALL.map(VexStatus::clears), [true, true, false, false]);
    }
}
