//! Predicate types that have a short name on the command line.
//!
//! The names are cosign's where it has one. Where a standard has had several URIs, all of them satisfy the name when
//! verifying, and the first is written when signing.

use std::fmt;

/// What a predicate is: a URI that names its shape, or a short name for several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredicateType(Vec<String>);

/// A short name for predicate types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predicate {
    /// What is typed.
    pub name: &'static str,
    /// The URIs it stands for; the first is written.
    pub uris: &'static [&'static str],
    /// What such a statement says.
    pub about: &'static str,
}

/// The short names, in alphabetical order.
pub const PREDICATES: &[Predicate] = &[
    Predicate {
        name: "cyclonedx",
        uris: &["https://cyclonedx.org/bom", "https://cyclonedx.org/schema", "https://cyclonedx.org/bom/v1.4"],
        about: "a CycloneDX SBOM",
    },
    Predicate {
        name: "link",
        uris: &["https://in-toto.io/Link/v1", "https://in-toto.io/attestation/link/v0.3"],
        about: "an in-toto link",
    },
    Predicate {
        name: "openvex",
        uris: &["https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns"],
        about: "an OpenVEX document",
    },
    Predicate {
        name: "release",
        uris: &["https://in-toto.io/attestation/release/v0.1", "https://in-toto.io/attestation/release/v0.2"],
        about: "a release of a package",
    },
    Predicate {
        name: "sarif",
        uris: &["https://plimsoll.dev/attestation/sarif/v1"],
        about: "findings of a scanner (SARIF)",
    },
    Predicate {
        name: "slsaprovenance",
        uris: &[
            "https://slsa.dev/provenance/v1",
            "https://slsa.dev/provenance/v0.2",
            "https://slsa.dev/provenance/v0.1",
            // What witness writes, though no specification has it.
            "https://slsa.dev/provenance/v1.0",
        ],
        about: "SLSA provenance of any version",
    },
    Predicate { name: "slsaprovenance02", uris: &["https://slsa.dev/provenance/v0.2"], about: "SLSA provenance v0.2" },
    Predicate { name: "slsaprovenance1", uris: &["https://slsa.dev/provenance/v1"], about: "SLSA provenance v1" },
    Predicate {
        name: "spdx",
        uris: &["https://spdx.dev/Document", "https://spdx.dev/Document/v2.3", "https://spdx.dev/Document/v3"],
        about: "an SPDX SBOM",
    },
    Predicate {
        name: "svr",
        uris: &["https://in-toto.io/attestation/svr/v0.2"],
        about: "a simple verification result",
    },
    Predicate {
        name: "test-result",
        uris: &["https://in-toto.io/attestation/test-result/v0.1"],
        about: "results of tests",
    },
    Predicate {
        name: "vsa",
        uris: &["https://slsa.dev/verification_summary/v1", "https://slsa.dev/verification_summary/v0.2"],
        about: "a verification summary",
    },
    Predicate {
        name: "vuln",
        uris: &[
            "https://in-toto.io/attestation/vulns/v0.1",
            "https://cosign.sigstore.dev/attestation/vuln/v1",
            "https://in-toto.io/attestation/vulns/v0.2",
        ],
        about: "a vulnerability scan",
    },
];

impl Predicate {
    /// The one with this short name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PREDICATES.iter().find(|predicate| predicate.name == name)
    }
}

impl PredicateType {
    /// Reads a short name or a URI. `None` when it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Predicate::named(text) {
            Some(predicate) => Some(Self(predicate.uris.iter().map(|uri| (*uri).to_owned()).collect())),
            None if text.contains(':') => Some(Self(vec![text.to_owned()])),
            None => None,
        }
    }

    /// The URI that is written.
    #[must_use]
    pub fn uri(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether a statement with this type of predicate is one of these.
    #[must_use]
    pub fn accepts(&self, uri: &str) -> bool {
        self.0.iter().any(|accepted| accepted == uri)
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_stand_for_uris() {
        assert!(PREDICATES.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(PREDICATES.iter().all(|predicate| predicate.uris.iter().all(|uri| uri.starts_with("https://"))));
        assert_eq!(PredicateType::parse("spdx").unwrap().uri(), "https://spdx.dev/Document");
        assert_eq!(PredicateType::parse("https://x.example/y").unwrap().uri(), "https://x.example/y");
        assert!(PredicateType::parse("slsaprovenance").unwrap().accepts("https://slsa.dev/provenance/v0.2"));
        assert!(PredicateType::parse("spdxx").is_none());
    }
}
