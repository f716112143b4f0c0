//! Why evidence proves nothing: one stable code for each reason.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $id:literal $name:literal $means:literal $next:literal;)*) => {
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
    NoEvidence "PLM-V0101" "no-evidence" "there is nothing that could prove anything" "name the bundle with --bundle, or put it beside the file as FILE.sigstore.json";
    /// No JSON, or not of a known shape.
    Malformed "PLM-V0102" "malformed" "the evidence is not of a shape that is known" "look at it with `plimsoll bundle inspect`";
    /// A shape that is known, but not verified here.
    Unsupported "PLM-V0103" "unsupported" "the evidence uses something that is not verified" "sign again with a current client";
    /// None of several pieces is of the wanted type.
    NothingMatches "PLM-V0104" "nothing-matches" "there is evidence, but none of what was asked for" "list what there is with `plimsoll bundle inspect`";
    /// The signature is wrong.
    Signature "PLM-V0201" "signature" "the signature was not made over this with that key" "the artifact or the bundle was changed: fetch both again";
    /// It is about something else.
    Subject "PLM-V0202" "wrong-subject" "the evidence is about another artifact" "compare the digests; take the bundle that belongs to the artifact";
    /// The statement cannot be read.
    Statement "PLM-V0203" "statement" "what was signed is no in-toto statement" "ask whoever signed it";
    /// Another type of statement.
    PredicateType "PLM-V0204" "wrong-type" "the statement is of another type than was asked for" "name the type it has with --type, if that is what you want to rely on";
    /// A certificate where a key is wanted, or the other way round.
    KindOfSigner "PLM-V0205" "kind-of-signer" "it is signed with a key where a certificate is expected, or the other way round" "verify with --key, or with --identity and --issuer";
    /// Another key.
    Key "PLM-V0206" "wrong-key" "it was signed with another key" "take the key of whoever signed it";
    /// Another identity.
    Identity "PLM-V0301" "wrong-identity" "somebody else signed it" "if that is who should sign, say so with --identity";
    /// Another issuer.
    Issuer "PLM-V0302" "wrong-issuer" "somebody else vouches for the identity" "if that is who should vouch, say so with --issuer";
    /// Another claim.
    ClaimMismatch "PLM-V0303" "wrong-claim" "the certificate claims something else, or nothing, about the build" "compare the claims with what the build should be";
    /// The certificate cannot be read.
    Certificate "PLM-V0401" "certificate" "the certificate cannot be read or is not for signing code" "sign again with a current client";
    /// It leads to nobody trusted.
    Authority "PLM-V0402" "unknown-authority" "no trusted authority issued the certificate" "name the instance that it comes from with --trust or --trusted-root";
    /// Signed after the certificate ended.
    Expired "PLM-V0403" "expired" "it was signed after the certificate had expired" "sign again";
    /// Signed before the certificate began.
    NotYetValid "PLM-V0404" "not-yet-valid" "it was signed before the certificate began" "sign again; the clock of the signer or authority is wrong";
    /// The trusted root ended the authority's time.
    AuthorityWithdrawn "PLM-V0405" "authority-withdrawn" "the authority was not, or no longer, trusted when it was signed" "bring the trusted root up to date with `plimsoll trust update`";
    /// No valid SCT.
    CertificateLog "PLM-V0406" "certificate-log" "no trusted log vouches for the certificate" "bring the trusted root up to date with `plimsoll trust update`";
    /// No log entry.
    NoLogEntry "PLM-V0501" "no-log-entry" "there is no entry of a transparency log" "supply it with --rekor-entry, or fetch it with `plimsoll bundle upgrade`";
    /// A log that is not trusted.
    UnknownLog "PLM-V0502" "unknown-log" "the entry is of a log that is not trusted" "name the instance that it comes from with --trust or --trusted-root";
    /// Not in the log.
    Inclusion "PLM-V0503" "inclusion" "the entry is not proven to be in the log" "fetch the bundle again";
    /// The log's signature.
    Checkpoint "PLM-V0504" "checkpoint" "the state of the log is not signed by the log" "fetch the bundle again";
    /// The log's promise.
    Promise "PLM-V0505" "promise" "the promise of the log is not signed by the log" "fetch the bundle again";
    /// An entry about something else.
    EntryMismatch "PLM-V0506" "entry-mismatch" "the log entry is about another signature" "do not use it: pieces of several bundles were put together";
    /// Too few logs.
    Logs "PLM-V0507" "too-few-logs" "fewer distinct logs vouch for it than were asked for" "ask for fewer, or have it logged in more";
    /// No time.
    NoTime "PLM-V0601" "no-time" "nothing trusted says when it was signed" "sign with a timestamp authority, or with a log that signs the time";
    /// The timestamp is wrong.
    Timestamp "PLM-V0602" "timestamp" "the timestamp is not over this signature, or no trusted authority signed it" "name the instance that it comes from with --trust or --trusted-root";
    /// Signed in the future.
    Future "PLM-V0603" "future" "it was signed later than the time of verification" "check the clock, and --at";
    /// Too few.
    Times "PLM-V0604" "too-few-times" "fewer distinct authorities vouch for its time than were asked for" "ask for fewer, or have it timestamped by more";
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
