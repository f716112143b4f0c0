//! The words of SPDX 3 and those of the neutral document, which are CycloneDX's or SPDX 2's.

use crate::document::{EdgeKind, EdgeScope};
use crate::standard::Standard;

/// Two words for one thing: the document's and SPDX 3's. Of several with one word, the first is its translation.
type Pairs = &'static [(&'static str, &'static str)];

/// Types of components and `software_primaryPurpose`.
pub(super) const PURPOSES: Pairs = &[
    ("application", "application"),
    ("framework", "framework"),
    ("library", "library"),
    ("container", "container"),
    ("platform", "platform"),
    ("operating-system", "operatingSystem"),
    ("device", "device"),
    ("device-driver", "deviceDriver"),
    ("firmware", "firmware"),
    ("file", "file"),
    ("machine-learning-model", "model"),
    ("data", "data"),
    ("application", "executable"),
    ("library", "module"),
    ("container", "diskImage"),
    ("container", "filesystemImage"),
];

/// Digest algorithms.
pub(super) const ALGORITHMS: Pairs = &[
    ("MD2", "md2"),
    ("MD4", "md4"),
    ("MD5", "md5"),
    ("MD6", "md6"),
    ("SHA-1", "sha1"),
    ("SHA-224", "sha224"),
    ("SHA-256", "sha256"),
    ("SHA-384", "sha384"),
    ("SHA-512", "sha512"),
    ("SHA3-224", "sha3_224"),
    ("SHA3-256", "sha3_256"),
    ("SHA3-384", "sha3_384"),
    ("SHA3-512", "sha3_512"),
    ("BLAKE2b-256", "blake2b256"),
    ("BLAKE2b-384", "blake2b384"),
    ("BLAKE2b-512", "blake2b512"),
    ("BLAKE3", "blake3"),
    ("ADLER32", "adler32"),
];

/// Kinds of references and `externalRefType`.
pub(super) const REFERENCES: Pairs = &[
    ("vcs", "vcs"),
    ("issue-tracker", "issueTracker"),
    ("website", "altWebPage"),
    ("advisories", "securityAdvisory"),
    ("mailing-list", "mailingList"),
    ("social", "socialMedia"),
    ("chat", "chat"),
    ("documentation", "documentation"),
    ("support", "support"),
    ("source-distribution", "sourceArtifact"),
    ("distribution", "altDownloadLocation"),
    ("license", "license"),
    ("build-meta", "buildMeta"),
    ("build-system", "buildSystem"),
    ("release-notes", "releaseNotes"),
    ("threat-model", "securityThreatModel"),
    ("adversary-model", "securityAdversaryModel"),
    ("risk-assessment", "riskAssessment"),
    ("vulnerability-assertion", "vulnerabilityDisclosureReport"),
    ("exploitability-statement", "vulnerabilityExploitabilityAssessment"),
    ("pentest-report", "securityPenTestReport"),
    ("static-analysis-report", "staticAnalysisReport"),
    ("dynamic-analysis-report", "dynamicAnalysisReport"),
    ("runtime-analysis-report", "runtimeAnalysisReport"),
    ("component-analysis-report", "componentAnalysisReport"),
    ("certification-report", "certificationReport"),
    ("quality-metrics", "metrics"),
    ("attestation", "secureSoftwareAttestation"),
    ("other", "other"),
    ("distribution", "binaryArtifact"),
];

/// Phases of a life and `software_sbomType`.
pub(super) const LIFECYCLES: Pairs = &[
    ("design", "design"),
    ("pre-build", "source"),
    ("build", "build"),
    ("post-build", "analyzed"),
    ("operations", "deployed"),
    ("discovery", "runtime"),
];

/// Relationships of SPDX 2 that the document has no kind for: word, SPDX 3's, whether the ends change places, lifecycle scope.
const RELATIONSHIPS: &[(&str, &str, bool, Option<&str>)] = &[
    ("AMENDS", "amendedBy", true, None),
    ("ANCESTOR_OF", "ancestorOf", false, None),
    ("BUILD_TOOL_OF", "usesTool", true, Some("build")),
    ("COPY_OF", "copiedTo", true, None),
    ("DATA_FILE_OF", "hasDataFile", true, None),
    ("DEPENDENCY_MANIFEST_OF", "hasDependencyManifest", true, None),
    ("DESCENDANT_OF", "descendantOf", false, None),
    ("DESCRIBES", "describes", false, None),
    ("DESCRIBED_BY", "describes", true, None),
    ("DEV_TOOL_OF", "usesTool", true, Some("development")),
    ("DISTRIBUTION_ARTIFACT", "hasDistributionArtifact", false, None),
    ("DOCUMENTATION_OF", "hasDocumentation", true, None),
    ("DYNAMIC_LINK", "hasDynamicLink", false, None),
    ("EXAMPLE_OF", "hasExample", true, None),
    ("EXPANDED_FROM_ARCHIVE", "expandsTo", true, None),
    ("FILE_ADDED", "hasAddedFile", true, None),
    ("FILE_DELETED", "hasDeletedFile", true, None),
    ("FILE_MODIFIED", "modifiedBy", true, None),
    ("GENERATES", "generates", false, None),
    ("GENERATED_FROM", "generates", true, None),
    ("HAS_PREREQUISITE", "hasPrerequisite", false, None),
    ("METAFILE_OF", "hasMetadata", true, None),
    ("OPTIONAL_COMPONENT_OF", "hasOptionalComponent", true, None),
    ("OTHER", "other", false, None),
    ("PACKAGE_OF", "packagedBy", true, None),
    ("PATCH_APPLIED", "patchedBy", true, None),
    ("PATCH_FOR", "patchedBy", true, None),
    ("PREREQUISITE_FOR", "hasPrerequisite", true, None),
    ("REQUIREMENT_DESCRIPTION_FOR", "hasRequirement", true, None),
    ("SPECIFICATION_FOR", "hasSpecification", true, None),
    ("STATIC_LINK", "hasStaticLink", false, None),
    ("TEST_CASE_OF", "hasTestCase", true, None),
    ("TEST_OF", "hasTest", true, None),
    ("TEST_TOOL_OF", "usesTool", true, Some("test")),
    ("VARIANT_OF", "hasVariant", true, None),
];

/// Scopes of edges; the first four are lifecycle scopes of SPDX 3 too.
const SCOPES: &[(EdgeScope, &str)] = &[
    (EdgeScope::Runtime, "runtime"),
    (EdgeScope::Build, "build"),
    (EdgeScope::Development, "development"),
    (EdgeScope::Test, "test"),
    (EdgeScope::Optional, "optional"),
    (EdgeScope::Provided, "provided"),
    (EdgeScope::Unsaid, "unsaid"),
];

/// SPDX 3's word.
pub(super) fn to_spdx3(pairs: Pairs, word: &str) -> Option<&'static str> {
    pairs.iter().find(|(ours, _)| *ours == word).map(|(_, theirs)| *theirs)
}

/// The document's word.
pub(super) fn from_spdx3(pairs: Pairs, word: &str) -> Option<&'static str> {
    pairs.iter().find(|(_, theirs)| *theirs == word).map(|(ours, _)| *ours)
}

/// A word that an enumeration of SPDX 3 has.
pub(super) fn listed(enumeration: &str, word: &str) -> Option<&'static str> {
    let held = Standard::spdx3().enumerations().iter().find(|held| held.name == enumeration)?;
    held.values.iter().find(|value| value.name == word).map(|value| value.name)
}

/// The word of a scope.
pub(super) fn scope_word(scope: EdgeScope) -> &'static str {
    SCOPES.iter().find(|(held, _)| *held == scope).map_or("unsaid", |(_, word)| word)
}

/// The scope of a word.
pub(super) fn scope(word: &str) -> EdgeScope {
    SCOPES.iter().find(|(_, held)| *held == word).map_or(EdgeScope::Unsaid, |(scope, _)| *scope)
}

/// How SPDX 3 spells an edge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// `relationshipType`.
    pub(super) word: &'static str,
    /// `from` is where the edge ends.
    pub(super) reversed: bool,
    /// `scope`.
    pub(super) scope: Option<&'static str>,
}

/// SPDX 3's spelling of an edge; reading it back may give less.
pub(super) fn spell(kind: &EdgeKind, scope: EdgeScope) -> Spelling {
    let lifecycle = SCOPES.iter().take(4).find(|(held, _)| *held == scope).map(|(_, word)| *word);
    let plain = |word| Spelling { word, reversed: false, scope: lifecycle };
    match kind {
        EdgeKind::DependsOn => plain(match scope {
            EdgeScope::Optional => "hasOptionalDependency",
            EdgeScope::Provided => "hasProvidedDependency",
            _ => "dependsOn",
        }),
        EdgeKind::Contains => plain("contains"),
        EdgeKind::Provides => plain("hasSpecification"),
        EdgeKind::Other(word) => match RELATIONSHIPS.iter().find(|row| row.0 == word) {
            Some((_, word, reversed, own)) => Spelling { word, reversed: *reversed, scope: own.or(lifecycle) },
            None => plain(listed("RelationshipType", word).unwrap_or("other")),
        },
    }
}

/// What a spelling means; whether the ends change places.
pub(super) fn unspell(word: &str, lifecycle: Option<&str>) -> (EdgeKind, EdgeScope, bool) {
    let said = lifecycle.map_or(EdgeScope::Unsaid, scope);
    let row = |own: Option<&str>| RELATIONSHIPS.iter().find(|row| row.1 == word && row.3 == own);
    match word {
        "dependsOn" => (EdgeKind::DependsOn, said, false),
        "hasOptionalDependency" => (EdgeKind::DependsOn, EdgeScope::Optional, false),
        "hasProvidedDependency" => (EdgeKind::DependsOn, EdgeScope::Provided, false),
        "contains" => (EdgeKind::Contains, said, false),
        "hasSpecification" => (EdgeKind::Provides, said, false),
        _ => match (lifecycle.and_then(|own| row(Some(own))), row(None)) {
            (Some(row), _) => (EdgeKind::Other(row.0.to_owned()), EdgeScope::Unsaid, row.2),
            (None, Some(row)) => (EdgeKind::Other(row.0.to_owned()), said, row.2),
            (None, None) => (EdgeKind::Other(word.to_owned()), said, false),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_one_of_the_standard() {
        let tables = [
            ("software_SoftwarePurpose", PURPOSES),
            ("HashAlgorithm", ALGORITHMS),
            ("ExternalRefType", REFERENCES),
            ("software_SbomType", LIFECYCLES),
        ];
        for (enumeration, pairs) in tables {
            for (_, word) in pairs {
                assert!(listed(enumeration, word).is_some(), "{enumeration} {word}");
            }
        }
        for (_, word, _, scope) in RELATIONSHIPS {
            assert!(listed("RelationshipType", word).is_some(), "{word}");
            assert!(scope.is_none_or(|scope| listed("LifecycleScopeType", scope).is_some()));
        }
        for word in ["hasOptionalDependency", "hasProvidedDependency", "dependsOn", "contains", "hasSpecification"] {
            assert!(listed("RelationshipType", word).is_some(), "{word}");
        }
    }

    #[test]
    fn dependencies_keep_their_scope() {
        for (scope, _) in SCOPES {
            let spelling = spell(&EdgeKind::DependsOn, *scope);
            assert_eq!(unspell(spelling.word, spelling.scope), (EdgeKind::DependsOn, *scope, false));
        }
    }
}
