//! Why evidence proves nothing: one stable code for each reason.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $name:literal $means:literal $why:literal $next:literal;)*) => {
        /// The reason of a refusal. Codes are stable; scripts may rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, such as `PLM-V0201`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Why it matters, in sentences.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// A word for it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means.
            #[must_use]
            pub fn means(self) -> &'static str {
                match self { $(Self::$variant => $means,)* }
            }

            /// What to do about it.
            #[must_use]
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }
        }
    };
}

codes! {
    /// There is no evidence.
    NoEvidence "PLM-V0101" "no-evidence" "there is nothing that could prove anything"
        "Nothing was found beside the artifact and nothing was named. No evidence is never taken for good evidence."
        "name the bundle with --bundle, or put it beside the file as FILE.sigstore.json";
    /// No JSON, or not of a known shape.
    Malformed "PLM-V0102" "malformed" "the evidence is not of a shape that is known"
        "The file is damaged, or is of a kind that is not read. Nothing in it was relied on."
        "look at it with `plimsoll bundle inspect`";
    /// A shape that is known, but not verified here.
    Unsupported "PLM-V0103" "unsupported" "the evidence uses something that is not verified"
        "The shape is known, but some part of it (an entry of a log, a kind of key, a digest) is not verified here. What is not verified is refused, not skipped."
        "sign again with a current client";
    /// None of several pieces is of the wanted type.
    NothingMatches "PLM-V0104" "nothing-matches" "there is evidence, but none of what was asked for"
        "Each piece of evidence was looked at, and none is what was asked for. A type of statement that is missing is a failure, however many others there are."
        "list what there is with `plimsoll bundle inspect`";
    /// The signature is wrong.
    Signature "PLM-V0201" "signature" "the signature was not made over this with that key"
        "The cryptography fails: either the artifact, the statement or the signature is not what was signed."
        "the artifact or the bundle was changed: fetch both again";
    /// It is about something else.
    Subject "PLM-V0202" "wrong-subject" "the evidence is about another artifact"
        "The evidence may be good, but it says nothing about this artifact: none of its digests is one of the artifact's, or one that it names differs."
        "compare the digests; take the bundle that belongs to the artifact";
    /// The statement cannot be read.
    Statement "PLM-V0203" "statement" "what was signed is no in-toto statement"
        "The signature may be right, but what it is over cannot be read, so that nothing is stated. A payload that cannot be read never passes."
        "ask whoever signed it";
    /// Another type of statement.
    PredicateType "PLM-V0204" "wrong-type" "the statement is of another type than was asked for"
        "The type is compared after the statement was read from the signed bytes. A statement of another type does not stand in for the one that was asked for."
        "name the type it has with --type, if that is what you want to rely on";
    /// A certificate where a key is wanted, or the other way round.
    KindOfSigner "PLM-V0205" "kind-of-signer" "it is signed with a key where a certificate is expected, or the other way round"
        "A certificate never satisfies an expectation of a key, nor a key one of an identity: they prove different things."
        "verify with --key, or with --identity and --issuer";
    /// Another key.
    Key "PLM-V0206" "wrong-key" "it was signed with another key"
        "The key that was given is not the one that signed. What a bundle says about its key is a hint that nobody vouches for."
        "take the key of whoever signed it";
    /// Parts of a document are not signed.
    NotCovered "PLM-V0207" "not-covered" "the signature leaves out parts of the document"
        "A signature within a document (JSF) may name members that it leaves out, and that list is not signed either: whoever has the document can add to it and change what it names."
        "ask for a signature over all of it, or accept what is not signed with --allow-excludes";
    /// The readable copy beside the signed bytes says something else.
    TextCopy "PLM-V0208" "text-copy" "the readable copy beside the statement says something else than the statement"
        "Some platforms repeat what was signed in a form for people. The copy is not signed: where it differs, somebody changed what people read."
        "do not use it: fetch it again from the platform";
    /// Another identity.
    Identity "PLM-V0301" "wrong-identity" "somebody else signed it"
        "The certificate, the logs and the signature are all right, but it is not the one who was expected that signed. Patterns match the whole of the identity."
        "if that is who should sign, say so with --identity";
    /// Another issuer.
    Issuer "PLM-V0302" "wrong-issuer" "somebody else vouches for the identity"
        "The same identity may be claimed at another issuer; only the two together say who it is."
        "if that is who should vouch, say so with --issuer";
    /// Another claim.
    ClaimMismatch "PLM-V0303" "wrong-claim" "the certificate claims something else, or nothing, about the build"
        "The certificate carries what the build's platform vouched for: repository, commit, ref, workflow. One of them is not what was expected."
        "compare the claims with what the build should be";
    /// The certificate cannot be read.
    Certificate "PLM-V0401" "certificate" "the certificate cannot be read or is not for signing code"
        "A certificate for signing code has to say so, and has to be readable as a whole."
        "sign again with a current client";
    /// It leads to nobody trusted.
    Authority "PLM-V0402" "unknown-authority" "no trusted authority issued the certificate"
        "The certificate leads to no authority of the trusted roots in use. Certificates that a bundle brings along are never trusted by themselves."
        "name the instance that it comes from with --trust or --trusted-root";
    /// Signed after the certificate ended.
    Expired "PLM-V0403" "expired" "it was signed after the certificate had expired"
        "The time that a log or timestamp authority vouches for lies after the certificate's end. Every time that is vouched for has to lie within it."
        "sign again";
    /// Signed before the certificate began.
    NotYetValid "PLM-V0404" "not-yet-valid" "it was signed before the certificate began"
        "The time that a log or timestamp authority vouches for lies before the certificate's begin."
        "sign again; the clock of the signer or authority is wrong";
    /// The trusted root ended the authority's time.
    AuthorityWithdrawn "PLM-V0405" "authority-withdrawn" "the authority was not, or no longer, trusted when it was signed"
        "The trusted root names the authority, but for another span of time than the one in which it signed."
        "bring the trusted root up to date with `plimsoll trust update`";
    /// No valid SCT.
    CertificateLog "PLM-V0406" "certificate-log" "no trusted log vouches for the certificate"
        "Certificates of this instance have to be in a certificate transparency log, so that a certificate which was given out wrongly is seen. This one is not proven to be."
        "bring the trusted root up to date with `plimsoll trust update`";
    /// No log entry.
    NoLogEntry "PLM-V0501" "no-log-entry" "there is no entry of a transparency log"
        "Signatures of this instance have to be in a transparency log, so that a signature which was made with a stolen identity is seen. This one brings no proof."
        "supply it with --rekor-entry, or fetch it with `plimsoll bundle upgrade`";
    /// A log that is not trusted.
    UnknownLog "PLM-V0502" "unknown-log" "the entry is of a log that is not trusted"
        "The entry names a log that the trusted roots in use do not."
        "name the instance that it comes from with --trust or --trusted-root";
    /// Not in the log.
    Inclusion "PLM-V0503" "inclusion" "the entry is not proven to be in the log"
        "The proof does not lead from the entry to the state of the log."
        "fetch the bundle again";
    /// The log's signature.
    Checkpoint "PLM-V0504" "checkpoint" "the state of the log is not signed by the log"
        "The state of the log has to carry the log's own signature, name and size."
        "fetch the bundle again";
    /// The log's promise.
    Promise "PLM-V0505" "promise" "the promise of the log is not signed by the log"
        "A log of the first version signs a promise with the time of the entry. The signature does not fit."
        "fetch the bundle again";
    /// An entry about something else.
    EntryMismatch "PLM-V0506" "entry-mismatch" "the log entry is about another signature"
        "The log holds an entry, but for another signature, key or artifact. That is what an attacker brings who has an entry of his own."
        "do not use it: pieces of several bundles were put together";
    /// Too few logs.
    Logs "PLM-V0507" "too-few-logs" "fewer distinct logs vouch for it than were asked for"
        "Two entries in one log are one log. Fewer distinct logs hold the signature than were asked for."
        "ask for fewer, or have it logged in more";
    /// No time.
    NoTime "PLM-V0601" "no-time" "nothing trusted says when it was signed"
        "A certificate lives for minutes; without a time that somebody trusted vouches for, nobody can say that it was used within them. The clock of the one who verifies is no substitute."
        "sign with a timestamp authority, or with a log that signs the time";
    /// The timestamp is wrong.
    Timestamp "PLM-V0602" "timestamp" "the timestamp is not over this signature, or no trusted authority signed it"
        "A timestamp has to be over this very signature, and signed by an authority of the trusted roots in use."
        "name the instance that it comes from with --trust or --trusted-root";
    /// Signed in the future.
    Future "PLM-V0603" "future" "it was signed later than the time of verification"
        "The time that is vouched for lies after the time of verification, or after the one given by --at."
        "check the clock, and --at";
    /// Too few.
    Times "PLM-V0604" "too-few-times" "fewer distinct authorities vouch for its time than were asked for"
        "Two timestamps of one authority are one authority. Fewer distinct ones vouch for the time than were asked for."
        "ask for fewer, or have it timestamped by more";
    /// The manifest of a folder is none.
    FolderManifest "PLM-V0701" "folder-manifest" "the manifest of the folder cannot be used"
        "What is signed is not a manifest of a folder, is of a version that is not known, or contradicts itself. Nothing in the folder was relied on."
        "ask whoever packed it, or read it with a newer version";
    /// A file is not there.
    FolderMissing "PLM-V0702" "folder-missing" "a file that the manifest lists is missing"
        "The folder is not whole. What is missing may be the very signature or advisory that matters, so nothing of the folder is taken."
        "copy the folder again";
    /// A file that nobody signed.
    FolderExtra "PLM-V0703" "folder-extra" "there is a file that the manifest does not list"
        "Nobody vouches for it. A file beside the others may be taken for one of them by whoever uses the folder later."
        "remove it, or pack the folder again with it";
    /// A file with another content.
    FolderChanged "PLM-V0704" "folder-changed" "a file is not what the manifest says"
        "Its size or its digest differs: it was damaged on the way, or changed by somebody."
        "copy the folder again; do not use this one";
    /// A link or device.
    FolderEntry "PLM-V0705" "folder-entry" "something in the folder is no regular file"
        "A link leads to what nobody signed and may change at any time; devices and pipes have no content of their own. Names that cannot be shown are refused as well."
        "copy the folder again, without links";
    /// A blob under another name.
    FolderBlob "PLM-V0706" "folder-blob" "a blob of an image is not what its name says"
        "In a layout the name of a blob is its digest. One whose content differs is not what the image lists under that name."
        "pack the folder again";
    /// Nobody recognised.
    UntrustedBuilder "PLM-V0801" "untrusted-builder" "it is not signed by somebody who may sign for that builder"
        "The first step of verifying provenance is to recognise who signs for which builder. This pair of signer and builder is none that is known or that a policy names, so nothing that it says counts."
        "name the builder in a policy, or with --builder and --identity";
    /// Signer and builder are two.
    BuilderMismatch "PLM-V0802" "builder-mismatch" "the document names another builder than the one that signed it"
        "The signer is a builder that is recognised, but the document says that another one built it. A builder vouches for itself alone."
        "do not use it";
    /// Another builder.
    Builder "PLM-V0803" "wrong-builder" "another builder built it"
        "Signer and builder are recognised, but it is not the builder that was expected."
        "if that is who should build it, say so with --builder";
    /// Another type of build.
    BuildType "PLM-V0804" "wrong-build-type" "it is another type of build"
        "The type of build says what the parameters mean. It is not the one that was expected, or not one that this builder makes."
        "compare with how it should be built";
    /// Another source.
    Source "PLM-V0805" "wrong-source" "it was built from another repository"
        "The repository in the certificate, in the definition of the build or among what was built is not the one that was expected. Names are compared byte for byte after the host."
        "if that is the source, say so with --source-repo";
    /// Another ref.
    Ref "PLM-V0806" "wrong-ref" "it was built from another ref"
        "The ref is not the one that was expected."
        "compare with the branch or tag that it should be built from";
    /// Another branch.
    Branch "PLM-V0807" "wrong-branch" "it was built from another branch, or nobody says from which"
        "A tag is on a branch only where the builder says from which branch it was made."
        "compare with the branch that it should be built from";
    /// Another tag.
    Tag "PLM-V0808" "wrong-tag" "it was built from another tag, or from none"
        "The ref is not the tag that was expected."
        "compare with the tag that it should be built from";
    /// Another version.
    VersionedTag "PLM-V0809" "wrong-version" "it was built from a tag of another version, or from none"
        "Versions are compared part by part; what the expected one leaves out may be anything."
        "compare with the version that it should be";
    /// Another commit.
    Commit "PLM-V0810" "wrong-commit" "it was built from another commit"
        "The commit is not the one that was expected."
        "compare with the commit that it should be built from";
    /// Another workflow.
    Workflow "PLM-V0811" "wrong-workflow" "it was built by another workflow"
        "The file that defines the build is not the one that was expected."
        "compare with the workflow that should build it";
    /// Other inputs.
    Inputs "PLM-V0812" "wrong-inputs" "it was started with other inputs, or not by hand"
        "Inputs are those of a run that somebody started by hand; any other run has none."
        "compare with how it should be started";
    /// A parameter that nobody knows.
    Parameter "PLM-V0813" "parameter" "a parameter of the build is not what it may be"
        "Whoever asked for the build could choose its external parameters. Each has to be one that the type of build has, or one that whoever verifies has named: a parameter that nobody knows may change what was built."
        "name it in the policy under external_parameters, if it may be so";
    /// The document and the certificate differ.
    Contradiction "PLM-V0814" "contradiction" "the provenance says something else than the certificate"
        "What the platform vouched for in the certificate is true; a document that says something else was forged or is about another run."
        "do not use it";
    /// The level is too low.
    Level "PLM-V0815" "level" "the level of the build is lower than was asked for"
        "The level follows from who signs for which builder, never from what a document says of itself."
        "build it with a builder of that level, or name the builder in a policy";
    /// Another package.
    PackageName "PLM-V0817" "wrong-package" "it was built or published as another package"
        "The name is in the statement about the build and in the registry's about the publication. Each has to be the expected one."
        "compare with the name of the package";
    /// Another version of the package.
    PackageVersion "PLM-V0818" "wrong-package-version" "it was built or published as another version"
        "The version is in the statement about the build and in the registry's about the publication. Each has to be the expected one."
        "compare with the version of the package";
    /// No provenance of its type.
    Provenance "PLM-V0816" "provenance" "the provenance is not what its type promises"
        "The statement is signed, but its predicate lacks what provenance of its version or type of build has to say."
        "ask whoever built it";
    /// No expectation names the artifact.
    NoExpectation "PLM-V0851" "no-expectation" "no expectation of the policy names the artifact"
        "What a policy does not name is not allowed. An artifact is named by its file name, package URL, image or digest under match of an [[expect]]."
        "name it in the policy under [[expect]], or say what the policy calls it with --as";
    /// Fewer builders than were asked for.
    TooFewBuilders "PLM-V0852" "too-few-builders" "fewer distinct builders built it than were asked for"
        "An artifact that several builders made independently, to the same bytes, was not changed by one of them. Two versions of one builder are one builder."
        "give the provenance of the other builders with --bundle";
    /// The source has too low a level.
    SourceLevel "PLM-V0853" "source-level" "the level of the source is lower than was asked for, or nobody says which it is"
        "The level of a source is what a verified summary about its commit says. Provenance of a build says nothing about it."
        "give the summary of the source with --bundle";
    /// Something that should be attested is not.
    Attestation "PLM-V0854" "missing-attestation" "a statement that the policy asks for is not there, or is not signed by whom it asks for"
        "Beside the provenance the policy asks for statements about the artifact. One of them was not found among what is verified."
        "give it with --bundle, or have it made";
    /// A statement is too old.
    AttestationAge "PLM-V0855" "old-attestation" "a statement that the policy asks for is older than it may be, or nobody says how old it is"
        "Its age is taken from the times that logs and timestamp authorities vouch for."
        "have it made again";
    /// No summary of the version that is verified.
    SummaryType "PLM-V0901" "summary-type" "it is no summary of the type that was asked for"
        "The third step of verifying a summary is its type. Another type, or an older version of it, may mean something else by the same words."
        "ask whoever verified for a summary of the current version";
    /// A summary that is none.
    Summary "PLM-V0902" "summary" "the summary is not what its type promises"
        "The statement is signed, but its predicate lacks what every summary has to have, or has a field of another shape."
        "ask whoever verified";
    /// Another verifier, or one for whom this signer may not sign.
    Verifier "PLM-V0903" "wrong-verifier" "another verifier made it, or one for whom this signer may not sign"
        "Only pairs of signer and verifier are accepted: somebody who may sign for one verifier may not speak for another."
        "if that is who should verify, say so with --verifier-id";
    /// Another resource.
    Resource "PLM-V0904" "wrong-resource" "it was verified as something else"
        "The resource is what the artifact was verified to be: mostly where it is fetched from. An artifact that is good as one thing may be bad as another. It is compared byte for byte."
        "if that is what it should be, say so with --resource-uri";
    /// The verifier says no.
    SummaryResult "PLM-V0905" "summary-result" "the verifier says that its policy is not met"
        "The summary is good, and its answer is no."
        "ask whoever verified what was wrong";
    /// Not at that level.
    VerifiedLevel "PLM-V0906" "verified-level" "the level or property that was asked for was not verified"
        "A level of a track implies those below it in the same track. A property or a name that is not of SLSA has to be there as it is. Of what was not evaluated nothing is known."
        "ask for a lower level, or for a verification of the one that is needed";
    /// A level that SLSA does not have.
    LevelName "PLM-V0907" "level-name" "a level is none that SLSA has, or there are two of one track"
        "Names that begin with SLSA_ are those of the specification, and each track has one level. A summary that breaks this may mean anything by its levels."
        "ask whoever verified";
    /// Too old.
    SummaryAge "PLM-V0908" "summary-age" "it was verified too long ago, or nobody says when"
        "A summary says what was known when it was made. Where an age is asked for, it has to say when, and that may not lie in the future."
        "have it verified again, or ask for less with --max-age";
    /// Another policy.
    SummaryPolicy "PLM-V0909" "wrong-policy" "it was verified against another policy"
        "The policy is not the one that was expected, by its URI or by its digest. That a policy is met says nothing about another."
        "compare with the policy that it should meet";
    /// An attestation that was not looked at.
    SummaryInput "PLM-V0910" "summary-input" "an attestation that was asked for was not looked at"
        "The summary lists the attestations that the verifier looked at, and the one that was asked for is not among them."
        "have it verified again with that attestation";
    /// Dependencies of a lower level.
    DependencyLevel "PLM-V0911" "dependency-level" "a dependency is of a lower level, or nobody says of which"
        "Each dependency has to be counted at the level that was asked for or above it. A summary that does not count them says nothing about them."
        "ask for less, or for a verifier that looks at dependencies";
    /// Another ref.
    SourceRef "PLM-V0912" "wrong-source-ref" "the commit was not on that branch or tag when it was verified"
        "The same commit may be on a branch that is reviewed and on one that is not. The summary has to name the ref that was expected."
        "compare with the branch or tag that it should be on";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique() {
        let distinct = |of: fn(Code) -> &'static str| {
            Code::ALL.iter().map(|code| of(*code)).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!((distinct(Code::id), distinct(Code::name)), (Code::ALL.len(), Code::ALL.len()));
    }
}
