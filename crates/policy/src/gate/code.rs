//! Why a gate refuses: one stable code for each reason.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $name:literal $excusable:literal $means:literal $why:literal $next:literal;)*) => {
        /// The reason of a refusal or warning of a gate. Codes are stable; scripts may rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum GateCode {
            $($(#[$doc])* $variant,)*
        }

        impl GateCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, such as `PLM-G0101`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The rule and a word: `signed_by.missing`. Exceptions may name it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether an exception may let it pass. Evidence that is broken or contradicts itself is not excused.
            #[must_use]
            pub fn may_be_excused(self) -> bool {
                match self { $(Self::$variant => $excusable,)* }
            }

            /// What it means.
            #[must_use]
            pub fn means(self) -> &'static str {
                match self { $(Self::$variant => $means,)* }
            }

            /// Why it matters, in sentences.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// What to do about it.
            #[must_use]
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }
        }
    };
}

// By rule: 00 the gate itself, 01 signed_by, 02 provenance, 03 sbom, 04 vulnerabilities, 05 malicious, 06 licenses, 07 base_image,
// 08 packages, 09 age, 10 scan, 11 vsa, 12 rego, 13 attestation.
codes! {
    /// No rule is about the artifact.
    NoRule "PLM-G0001" "gate.no-rule" false "no rule of the policy is about the artifact"
        "What a policy does not name is not allowed: a policy without a rule for an artifact says nothing about it."
        "add a rule to the policy, or widen the `match` of one";
    /// Components are not known.
    NoComponents "PLM-G0002" "gate.no-components" true "nothing that is proven says what is in the artifact"
        "Rules about packages need to know them: from a signed SBOM of somebody whom the policy names, or from looking into the artifact. An SBOM that nobody signed can add reasons to refuse, and takes none away."
        "attach a signed SBOM (`plimsoll attest --scan`), name its signer in [sbom], or look into the artifact with --scan";
    /// What says what is in it is not complete.
    IncompleteComponents "PLM-G0003" "gate.incomplete-components" true "what is known of the contents of the artifact is not all"
        "The SBOM or the scan says itself that something could not be read. What is missing may be what the rule is about."
        "see what could not be read, or accept it with --allow-incomplete, which is recorded";
    /// A signed document cannot be read.
    Unreadable "PLM-G0004" "gate.unreadable" false "signed evidence that the policy asks for cannot be read"
        "Somebody signed it, and it is damaged, of a kind that is not read, or beyond a limit. It may say anything."
        "have it made again";
    /// No signature.
    Unsigned "PLM-G0101" "signed_by.missing" true "it is not signed"
        "There is no signature over the artifact itself. A statement about it (an SBOM, a scan) is not an approval of it."
        "sign it with `plimsoll sign`, or give the signature with --bundle";
    /// Signed by nobody who is named.
    WrongSigner "PLM-G0102" "signed_by.wrong-signer" true "nobody whom the policy names signed it"
        "There are signatures over it, and none is of somebody named in [[signed_by]], or none holds."
        "see who signed it with `plimsoll verify`; name them in the policy if that is who should";
    /// Too few.
    TooFewSigners "PLM-G0103" "signed_by.too-few" true "fewer distinct signers signed it than the policy asks for"
        "Two signatures of one signer are one signer."
        "have it signed by the others";
    /// Provenance is missing or is not as expected.
    Provenance "PLM-G0201" "provenance.not-as-expected" false "the provenance is missing, broken, or not what the policy expects"
        "Each expectation that names the artifact has to hold; the codes of the verification say which part does not. Exceptions are for those codes."
        "run `plimsoll provenance verify --policy FILE --explain` on it";
    /// No expectation names it.
    NoExpectation "PLM-G0202" "provenance.no-expectation" true "no expectation of the policy names the artifact"
        "The policy asks for provenance, and says of this artifact neither who may build it nor from what."
        "name it under [[expect]]";
    /// No SBOM.
    NoSbom "PLM-G0301" "sbom.missing" true "there is no SBOM that somebody whom the policy names signed"
        "An SBOM that nobody signed is a claim of anybody, and one that is about another artifact is none."
        "attach one with `plimsoll attest --sbom`";
    /// The SBOM is not signed by whom the policy names.
    SbomSigner "PLM-G0302" "sbom.unproven" true "there are SBOMs, and none is proven to be of somebody whom the policy names"
        "The reason why each was refused is told beside it."
        "see who signed it with `plimsoll verify --type cyclonedx`";
    /// The SBOM is not true.
    SbomUntrue "PLM-G0303" "sbom.untrue" true "the SBOM does not say what is in the artifact"
        "Something was found in the artifact that the SBOM does not list, or lists with another version or digest."
        "see what with `plimsoll sbom check`, and make the SBOM again";
    /// It could not be compared.
    SbomUnchecked "PLM-G0304" "sbom.unchecked" true "the SBOM was not compared with the artifact"
        "The policy asks whether the SBOM is true, and nobody looked into the artifact."
        "give the artifact itself, not only its digest";
    /// The score is too low.
    SbomScore "PLM-G0305" "sbom.score" true "the SBOM has a lower score than the policy asks for"
        "The score says how much of what a profile asks for the SBOM has."
        "see what it lacks with `plimsoll sbom score`";
    /// It is too old.
    SbomAge "PLM-G0306" "sbom.age" true "the SBOM is older than it may be, or nobody says how old it is"
        "Its age is taken from the times that logs and timestamp authorities vouch for."
        "make it again";
    /// Another format.
    SbomFormat "PLM-G0307" "sbom.format" true "the SBOM is of another format than the policy asks for"
        "The policy lists the formats that its readers can read."
        "convert it with `plimsoll sbom convert`, and sign that";
    /// Not complete.
    SbomIncomplete "PLM-G0308" "sbom.incomplete" true "the SBOM says itself that something is missing"
        "A part of the artifact could not be read when the SBOM was made."
        "see what with `plimsoll sbom show`";
    /// A vulnerability.
    Vulnerable "PLM-G0401" "vulnerabilities.found" true "a component has a vulnerability that the policy refuses"
        "Severity, exploitation, whether it can be mended and how long it has been known decide, as the policy says."
        "upgrade the component, or say with a signed VEX statement why it does not matter";
    /// No advisories.
    NoAdvisories "PLM-G0402" "vulnerabilities.no-advisories" false "there are no advisories to look anything up in"
        "Without advisories nothing is known, and nothing known is not the same as no vulnerabilities."
        "`plimsoll advisories update`, or name a snapshot with --advisories";
    /// Old advisories.
    OldAdvisories "PLM-G0403" "vulnerabilities.old-advisories" true "the advisories are older than they may be"
        "What was found since they were made is missing."
        "`plimsoll advisories update`";
    /// Nothing covers it.
    NotSearched "PLM-G0404" "vulnerabilities.not-searched" true "no source of advisories covers some of the components"
        "The policy refuses what is not known, and for these nothing is."
        "take in advisories for them, or say `unsearched = \"warn\"`";
    /// It is an attack.
    Malicious "PLM-G0501" "malicious.found" true "a component is known to be an attack"
        "The package was made to do harm: everything that ran it is to be taken as taken over."
        "remove it, and see what it ran on";
    /// A refused licence.
    LicenseDenied "PLM-G0601" "licenses.denied" true "a component has a licence that the policy does not allow"
        "Of a choice (OR) one allowed licence is enough; of a sum (AND) all have to be allowed."
        "replace the component, or except it by name";
    /// No licence.
    LicenseUnknown "PLM-G0602" "licenses.unknown" true "nobody says under which licence a component is"
        "Nothing that is said of its licence can be read, or nothing is said."
        "find out with `plimsoll sbom enrich`, or except it by name";
    /// A base image that is not allowed.
    BaseImageDenied "PLM-G0701" "base_image.denied" true "it is built on a base image that the policy does not allow"
        "The base is what the image's own provenance, annotations or layers say."
        "build it on one that is allowed";
    /// Nobody says which.
    BaseImageUnknown "PLM-G0702" "base_image.unknown" true "nothing says which base image it is built on"
        "Neither proven provenance nor the image itself names its base."
        "build it with provenance, or with the annotations org.opencontainers.image.base.name and .digest";
    /// Too old.
    BaseImageAge "PLM-G0703" "base_image.age" true "its base image is older than it may be, or nobody says how old it is"
        "An old base has old packages."
        "build it again on a newer base";
    /// A refused package.
    PackageDenied "PLM-G0801" "packages.denied" true "a component is one that the policy refuses"
        "The policy names the package, or a range of its versions."
        "replace or upgrade it";
    /// A package without version.
    PackageUndecided "PLM-G0802" "packages.undecided" true "a component may be one that the policy refuses: its version cannot be compared"
        "Its name is refused in a range of versions, and its own version is missing or cannot be read."
        "find out which version it is";
    /// A version that is too new.
    TooNew "PLM-G0901" "age.too-new" true "a component's version has been out for less time than the policy asks for"
        "Most attacks through packages are found within days: whoever waits is not hit."
        "wait, or except it by name if it mends something urgent";
    /// Nobody says since when it is out.
    AgeUnknown "PLM-G0902" "age.unknown" true "nobody says since when a component's version is out"
        "Its date is in neither the SBOM nor what was fetched about it nor the inventory."
        "fetch what is published about it with `plimsoll provenance fetch`";
    /// No report of a scanner.
    NoScan "PLM-G1001" "scan.missing" true "there is no signed report of a scanner that the policy asks for"
        "A report that nobody signed is a claim of anybody, and one about another artifact is none."
        "attach it with `plimsoll attest --type sarif`";
    /// Reports that are not proven.
    ScanUnproven "PLM-G1002" "scan.unproven" true "there are reports of the scanner, and none is proven to be of somebody whom the policy names"
        "The reason why each was refused is told beside it."
        "see who signed it with `plimsoll verify --type sarif`";
    /// Another tool.
    ScanTool "PLM-G1003" "scan.tool" true "the signed reports are of another tool"
        "The tool is what the report itself names, which its signer vouches for."
        "run the scanner that the policy names";
    /// Too old.
    ScanAge "PLM-G1004" "scan.age" true "the report is older than it may be, or nobody says how old it is"
        "Its age is taken from the times that logs and timestamp authorities vouch for."
        "run the scanner again";
    /// It found something.
    ScanFound "PLM-G1005" "scan.found" true "the scanner found something that the policy refuses"
        "The level or severity of a result is one that the policy names."
        "mend what it found";
    /// It did not finish.
    ScanFailed "PLM-G1006" "scan.failed" true "the report says that the scanner did not finish"
        "What a scanner that broke off did not find says nothing."
        "run it again";
    /// No summary.
    NoSummary "PLM-G1101" "vsa.missing" true "there is no verification summary that the policy asks for"
        "No summary about this artifact was found."
        "have it verified, and attach the summary";
    /// Summaries that are not what is asked for.
    Summary "PLM-G1102" "vsa.not-as-expected" true "no verification summary is what the policy asks for"
        "The codes of the verification say what is wrong with each."
        "run `plimsoll vsa verify` on it";
    /// A Rego rule refuses.
    Rego "PLM-G1201" "rego.deny" true "a Rego policy refuses it"
        "The message is that of the policy's own rule."
        "read the rule";
    /// Rego could not be evaluated.
    RegoFailed "PLM-G1202" "rego.failed" false "a Rego policy could not be evaluated"
        "A rule that breaks off has not said yes."
        "mend the rule; `plimsoll policy test` shows the error";
    /// No statement.
    NoAttestation "PLM-G1301" "attestation.missing" true "there is no signed statement that the policy asks for"
        "A statement of this type about this artifact was not found."
        "attach one with `plimsoll attest`";
    /// Statements that are not proven.
    AttestationSigner "PLM-G1302" "attestation.unproven" true "too few of those whom the policy names signed a statement that it asks for"
        "The reason why each was refused is told beside it."
        "see who signed it with `plimsoll verify --type`";
    /// Too old.
    AttestationAge "PLM-G1303" "attestation.age" true "a statement that the policy asks for is older than it may be, or nobody says how old it is"
        "Its age is taken from the times that logs and timestamp authorities vouch for."
        "make it again";
}

impl GateCode {
    /// Whether it says that evidence is missing, and not that it speaks against the artifact.
    #[must_use]
    pub fn is_missing_evidence(self) -> bool {
        matches!(
            self,
            Self::NoRule
                | Self::NoComponents
                | Self::Unsigned
                | Self::NoExpectation
                | Self::NoSbom
                | Self::SbomUnchecked
                | Self::NoAdvisories
                | Self::NotSearched
                | Self::LicenseUnknown
                | Self::BaseImageUnknown
                | Self::PackageUndecided
                | Self::AgeUnknown
                | Self::NoScan
                | Self::NoSummary
        )
    }
}

impl fmt::Display for GateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
