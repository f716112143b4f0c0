//! The controls, in our words, and what of an artifact speaks of each.

use super::{Control, Fact, Framework};

const SIGNED: Fact = Fact::Rule("signed_by");
const PROVENANCE: Fact = Fact::Rule("provenance");
const SBOM: Fact = Fact::Rule("sbom");
const VULNERABILITIES: Fact = Fact::Rule("vulnerabilities");
const MALICIOUS: Fact = Fact::Rule("malicious");
const PACKAGES: Fact = Fact::Rule("packages");
const AGE: Fact = Fact::Rule("age");
const BASE: Fact = Fact::Rule("base_image");
const SCAN: Fact = Fact::Rule("scan");
const SUMMARY: Fact = Fact::Rule("vsa");

const fn control(id: &'static str, asks: &'static str, facts: &'static [Fact]) -> Control {
    Control { id, asks, facts }
}

const fn build(least: u8) -> Fact {
    Fact::Level { track: "BUILD", least }
}

const fn source(least: u8) -> Fact {
    Fact::Level { track: "SOURCE", least }
}

/// The frameworks, in the order in which they are told.
pub const FRAMEWORKS: &[Framework] = &[
    Framework {
        id: "cisa-2026",
        title: "CISA Minimum Elements for an SBOM, 2026",
        source: "https://www.cisa.gov/resources-tools/resources/2026-minimum-elements-software-bill-materials-sbom",
        controls: &[
            control("SBOM author", "who made the SBOM", &[Fact::SbomField("sbom-author")]),
            control("SBOM author signature", "the SBOM is signed by its author", &[SBOM]),
            control("Data format name", "the format of the SBOM", &[Fact::SbomField("data-format-name")]),
            control("Data format version", "the version of the format", &[Fact::SbomField("data-format-version")]),
            control(
                "Generation context",
                "when in the life of the software it was made",
                &[Fact::SbomField("generation-context")],
            ),
            control("SBOM timestamp", "when the SBOM was made", &[Fact::SbomField("sbom-timestamp")]),
            control("Tool name", "what made the SBOM", &[Fact::SbomField("tool-name")]),
            control("Tool version", "which version of it", &[Fact::SbomField("tool-version")]),
            control("SBOM version", "which edition of the SBOM it is", &[Fact::SbomField("sbom-version")]),
            control("Component producer", "who makes each component", &[Fact::SbomField("component-producer")]),
            control("Component name", "the name of each component", &[Fact::SbomField("component-name")]),
            control("Component version", "the version of each component", &[Fact::SbomField("component-version")]),
            control(
                "Component identifiers",
                "an identifier of each component",
                &[Fact::SbomField("component-identifiers")],
            ),
            control("Component hash value", "a digest of each component", &[Fact::SbomField("component-hash-value")]),
            control("Component hash algorithm", "of which kind it is", &[Fact::SbomField("component-hash-algorithm")]),
            control("Component license", "the licence of each component", &[Fact::SbomField("component-license")]),
            control("Component relationship", "what depends on what", &[Fact::SbomField("component-relationship")]),
        ],
    },
    Framework {
        id: "nist-ssdf",
        title: "NIST SP 800-218, Secure Software Development Framework 1.1",
        source: "https://doi.org/10.6028/NIST.SP.800-218",
        controls: &[
            control("PO.3.3", "tools leave records of secure practices", &[PROVENANCE, Fact::Recorded]),
            control("PO.4.1", "criteria for security checks are defined and followed", &[Fact::Recorded]),
            control("PO.5.1", "environments of development are separated and protected", &[build(3)]),
            control("PS.1.1", "code is kept so that only who may can change it", &[source(2)]),
            control("PS.2.1", "users can check the integrity of a release", &[SIGNED]),
            control("PS.3.1", "what belongs to a release is kept", &[Fact::Recorded]),
            control("PS.3.2", "the provenance of all components of a release is kept and shared", &[PROVENANCE, SBOM]),
            control("PW.4.1", "components are acquired from where they are well kept", &[BASE, AGE]),
            control(
                "PW.4.4",
                "acquired components are checked for as long as they are used",
                &[VULNERABILITIES, MALICIOUS, PACKAGES],
            ),
            control("PW.6.1", "tools of the build are such that they improve security", &[build(2)]),
            control("PW.7.2", "code is reviewed or analysed", &[SCAN]),
            control("PW.8.2", "executable code is tested", &[SCAN]),
            control("RV.1.1", "vulnerabilities are looked for in public sources", &[VULNERABILITIES]),
            control("RV.1.2", "code is looked into for vulnerabilities that nobody has told of", &[SCAN]),
            control(
                "RV.2.2",
                "a response to each vulnerability is planned and made",
                &[VULNERABILITIES, Fact::Recorded],
            ),
            control("RV.3.3", "the whole of the code is searched for more of the same kind", &[]),
        ],
    },
    Framework {
        id: "nist-800-53",
        title: "NIST SP 800-53 Rev. 5: SA, SI, SR",
        source: "https://doi.org/10.6028/NIST.SP.800-53r5",
        controls: &[
            control("SA-10(1)", "the integrity of software can be verified", &[SIGNED]),
            control("SA-11(1)", "static analysis of code", &[SCAN]),
            control("SA-11(8)", "dynamic analysis of code", &[SCAN]),
            control("SA-15(7)", "vulnerabilities are analysed by tools", &[VULNERABILITIES]),
            control("SA-22", "components that nobody supports are replaced", &[]),
            control("SI-2", "flaws are found and mended in time", &[VULNERABILITIES]),
            control("SI-3", "protection from malicious code", &[MALICIOUS]),
            control("SI-5", "advisories are received and acted upon", &[VULNERABILITIES, MALICIOUS]),
            control("SI-7", "the integrity of software is verified", &[SIGNED]),
            control("SI-7(15)", "code is authenticated by signature before it is installed", &[SIGNED]),
            control("SR-3", "controls of the supply chain are kept and documented", &[Fact::Recorded]),
            control("SR-4", "the provenance of components is documented", &[PROVENANCE, SBOM]),
            control("SR-4(3)", "what is received is genuine and was not altered", &[SIGNED, PROVENANCE]),
            control("SR-4(4)", "the pedigree of components is known and proven", &[SBOM, build(2)]),
            control("SR-6", "suppliers are assessed", &[]),
            control("SR-11", "components that are not genuine are found and kept out", &[MALICIOUS, PACKAGES]),
        ],
    },
    Framework {
        id: "slsa",
        title: "SLSA 1.2",
        source: "https://slsa.dev/spec/v1.2/",
        controls: &[
            control("Build L1", "provenance shows how it was built", &[build(1)]),
            control("Build L2", "a hosted platform signed the provenance", &[build(2)]),
            control("Build L3", "the platform keeps builds from one another and from its keys", &[build(3)]),
            control("Source L1", "the source is under version control", &[source(1)]),
            control("Source L2", "its history is kept, and changes have authors", &[source(2)]),
            control("Source L3", "rules of the organisation are kept continuously", &[source(3)]),
            control("Source L4", "two people agreed on each change", &[source(4)]),
            control("Verification", "somebody who is believed verified it", &[SUMMARY]),
        ],
    },
    Framework {
        id: "eu-cra",
        title: "EU Cyber Resilience Act, Regulation (EU) 2024/2847",
        source: "https://eur-lex.europa.eu/eli/reg/2024/2847/oj",
        controls: &[
            control(
                "Article 13(5)",
                "due diligence for components of others",
                &[PROVENANCE, VULNERABILITIES, MALICIOUS],
            ),
            control(
                "Annex I, Part I (2)(a)",
                "no known exploitable vulnerabilities when it is made available",
                &[VULNERABILITIES],
            ),
            control("Annex I, Part I (2)(f)", "the integrity of programs is protected", &[SIGNED]),
            control("Annex I, Part II (1)", "components are documented in a machine-readable SBOM", &[SBOM]),
            control("Annex I, Part II (2)", "vulnerabilities are mended without delay", &[VULNERABILITIES]),
            control("Annex I, Part II (3)", "its security is tested and reviewed regularly", &[SCAN]),
            control("Annex I, Part II (5)", "there is a policy for telling of vulnerabilities", &[]),
            control("Annex I, Part II (7)", "updates are distributed securely", &[SIGNED, PROVENANCE]),
        ],
    },
    Framework {
        id: "pci-dss-4",
        title: "PCI DSS 4.0.1",
        source: "https://www.pcisecuritystandards.org/document_library/",
        controls: &[
            control("6.2.3", "own software is reviewed before it is released", &[SCAN]),
            control("6.2.4", "common attacks on software are prevented in its making", &[SCAN]),
            control(
                "6.3.1",
                "vulnerabilities are found, from sources that are recognised, and ranked",
                &[VULNERABILITIES],
            ),
            control("6.3.2", "there is an inventory of own software and the components in it", &[SBOM]),
            control("6.3.3", "patches are installed in time", &[VULNERABILITIES]),
            control("6.5.1", "changes to production are approved and documented", &[Fact::Recorded]),
            control("12.3.4", "technologies in use are reviewed every year", &[]),
        ],
    },
];
