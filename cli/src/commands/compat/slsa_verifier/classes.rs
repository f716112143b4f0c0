//! Why something is not verified, in the words of slsa-verifier (`errors/errors.go` of v2.7.1), so that what reads its messages
//! goes on reading them. Beside each stands our own code, which says more.

use plimsoll_verify::{BuildView, Claim, Code, EvidenceKind, ProvenanceRefusal, Repository};

use super::builders::{self, Asked};

macro_rules! classes {
    ($($variant:ident $text:literal;)*) => {
        /// A reason of slsa-verifier.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Class {
            $($variant,)*
        }

        impl Class {
            /// Its name in the code of slsa-verifier.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!("Error", stringify!($variant)),)* }
            }

            /// What slsa-verifier says.
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

classes! {
    EmptyRequiredField "empty value in required field";
    ImageHash "cannot retrieve sha256 of image";
    InvalidBuildType "buildType is invalid";
    InvalidBuilderID "builderID is invalid";
    InvalidCertificate "invalid certificate";
    InvalidDssePayload "invalid DSSE envelope payload";
    InvalidFormat "invalid format";
    InvalidOIDCIssuer "invalid OIDC issuer";
    InvalidPublicKey "invalid public key";
    InvalidRecipe "the recipe is invalid";
    InvalidRef "invalid ref";
    InvalidRekorEntry "invalid Rekor entry";
    InvalidSLSALevel "invalid SLSA level";
    InvalidSemver "invalid semantic version";
    InvalidSignature "invalid signature";
    InvalidVerificationResult "verificationResult is not PASSED";
    MismatchBranch "branch used to generate the binary does not match provenance";
    MismatchBuilderID "builderID does not match provenance";
    MismatchCertificate "certificate and provenance mismatch";
    MismatchHash "artifact hash does not match provenance subject";
    MismatchIntoto "verified intoto provenance does not match text provenance";
    MismatchPackageName "package name does not match provenance";
    MismatchPackageVersion "package version does not match provenance";
    MismatchResourceURI "resource URI does not match";
    MismatchSource "source used to generate the binary does not match provenance";
    MismatchTag "tag used to generate the binary does not match provenance";
    MismatchVerifiedLevels "verified levels do not match";
    MismatchVerifierID "verifier ID does not match";
    MismatchVersionedTag "tag used to generate the binary does not match provenance";
    MismatchWorkflowInputs "workflow input does not match";
    MissingSubjectDigest "missing subject digest";
    MutableImage "the image is mutable";
    NoValidSignature "no valid signature";
    NonVerifiableClaim "provenance claim cannot be verified";
    NotSupported "not supported";
    RekorSearch "error searching rekor entries";
    UntrustedReusableWorkflow "untrusted reusable workflow";
    VerifierNotSupported "no verifier support the builder";
}

/// The reason for which slsa-verifier would refuse what was refused.
pub(super) fn of(refusal: &ProvenanceRefusal, asked: &Asked) -> Class {
    let is_cloud_build = refusal.kind() == Some(EvidenceKind::CloudBuild);
    let source = refusal.view().and_then(|view| view.source.as_ref());
    let tag = source.and_then(|source| source.tag());
    match refusal.code() {
        Code::Signature | Code::Key | Code::Statement | Code::Malformed if is_cloud_build => Class::NoValidSignature,
        Code::NoEvidence if is_cloud_build => Class::InvalidDssePayload,
        Code::Unsupported if is_cloud_build => Class::InvalidFormat,
        Code::Provenance if is_cloud_build => Class::InvalidRecipe,
        Code::NoEvidence | Code::NothingMatches | Code::Key | Code::KindOfSigner => Class::NoValidSignature,
        Code::Signature => Class::InvalidSignature,
        Code::Subject => Class::MismatchHash,
        Code::TextCopy => Class::MismatchIntoto,
        Code::Issuer => Class::InvalidOIDCIssuer,
        Code::NoLogEntry => Class::RekorSearch,
        Code::UnknownLog
        | Code::Inclusion
        | Code::Checkpoint
        | Code::Promise
        | Code::EntryMismatch
        | Code::Logs
        | Code::NoTime
        | Code::Timestamp
        | Code::Times
        | Code::Future => Class::InvalidRekorEntry,
        Code::Certificate
        | Code::Authority
        | Code::Expired
        | Code::NotYetValid
        | Code::AuthorityWithdrawn
        | Code::CertificateLog => Class::InvalidCertificate,
        Code::UntrustedBuilder => untrusted(refusal, asked),
        Code::BuilderMismatch => Class::MismatchBuilderID,
        Code::Builder => match refusal.untrusted().identity() {
            Some(identity) if !asked.is_delegator(identity) => Class::UntrustedReusableWorkflow,
            _ => Class::MismatchBuilderID,
        },
        Code::BuildType => Class::InvalidBuildType,
        Code::Source => Class::MismatchSource,
        Code::Branch if refusal.view().is_some_and(|view| view.branch.is_none()) => Class::InvalidRef,
        Code::Branch => Class::MismatchBranch,
        Code::Tag if tag.is_none() && !is_cloud_build => Class::InvalidRef,
        Code::Tag | Code::Ref => Class::MismatchTag,
        Code::VersionedTag if tag.is_none() && !is_cloud_build => Class::InvalidRef,
        Code::VersionedTag => match tag {
            Some(tag) if !is_semver(tag) || !asked.versioned_tag.as_deref().is_none_or(is_semver) => {
                Class::InvalidSemver
            }
            _ => Class::MismatchVersionedTag,
        },
        Code::Inputs => Class::MismatchWorkflowInputs,
        Code::Contradiction | Code::Commit | Code::Workflow => Class::MismatchCertificate,
        Code::Parameter => Class::NonVerifiableClaim,
        Code::PackageName => Class::MismatchPackageName,
        Code::PackageVersion => Class::MismatchPackageVersion,
        _ => Class::InvalidDssePayload,
    }
}

/// Nobody recognised: because of the issuer, of the name, of the version, or of what it says to have built.
fn untrusted(refusal: &ProvenanceRefusal, asked: &Asked) -> Class {
    let claims = refusal.untrusted();
    let Some(identity) = claims.identity() else {
        return match refusal.view() {
            Some(view) if builders::is_cloud_build(&view.builder_id) => Class::InvalidRecipe,
            _ => Class::InvalidBuilderID,
        };
    };
    if claims.get(Claim::Issuer) != Some(builders::GITHUB_ISSUER) {
        return Class::InvalidOIDCIssuer;
    }
    let (name, reference) = identity.rsplit_once('@').unwrap_or((identity, ""));
    if asked.npm && !asked.is_delegator(identity) {
        return npm(refusal.view(), claims.get(Claim::RunnerEnvironment), asked);
    }
    if !asked.names.iter().any(|known| known == name) && !asked.is_delegator(identity) {
        return Class::UntrustedReusableWorkflow;
    }
    if !asked.is_release(reference) {
        let claimed = claims.with_deprecated(Claim::SourceRepositoryUri).and_then(|uri| Repository::parse(&uri));
        let other = claimed.is_some_and(|claimed| asked.is_of_other_source(claimed.as_str(), reference));
        return if other { Class::MismatchSource } else { Class::InvalidRef };
    }
    match refusal.view() {
        Some(view) if asked.is_delegator(identity) => {
            let (_, reference) = view.builder_id.split_once('@').unwrap_or_default();
            if asked.is_release(reference) { Class::InvalidBuilderID } else { Class::InvalidRef }
        }
        _ => Class::InvalidBuildType,
    }
}

fn npm(view: Option<&BuildView>, environment: Option<&str>, asked: &Asked) -> Class {
    let id = asked.builder_id.as_deref().unwrap_or_default();
    let known = [builders::NPM, builders::NPM_HOSTED, builders::NPM_SELF_HOSTED];
    match (environment, view) {
        (None, _) => Class::NotSupported,
        _ if !known.contains(&id) => Class::NotSupported,
        (Some("github-hosted"), _) if id == builders::NPM_SELF_HOSTED => Class::MismatchBuilderID,
        (Some(environment), _) if environment != "github-hosted" => Class::MismatchBuilderID,
        _ => Class::InvalidBuilderID,
    }
}

/// Whether a tag is a version as slsa-verifier (`golang.org/x/mod/semver`) reads one: trailing parts may be missing.
fn is_semver(tag: &str) -> bool {
    let Some(text) = tag.strip_prefix('v') else { return false };
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, before) = text.split_once('-').map_or((text, None), |(core, before)| (core, Some(before)));
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let parts = core.split('.').count();
    core.split('.').all(is_number)
        && (parts == 3 || (parts < 3 && before.is_none() && build.is_none()))
        && before.is_none_or(|before| before.split('.').all(is_word))
        && build.is_none_or(|build| build.split('.').all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_go() {
        for good in ["v1", "v1.2", "v1.2.3", "v0.0.0", "v1.2.3-rc.1", "v1.2.3+linux", "v1.2.3-a-b+c.d"] {
            assert!(is_semver(good), "{good}");
        }
        for bad in ["", "1.2.3", "v", "v1.", "v01.2.3", "v1.2.3.4", "v1.2-rc", "v1.2.3-", "v1.2.3+", "vx"] {
            assert!(!is_semver(bad), "{bad}");
        }
    }

    #[test]
    fn names_are_those_of_slsa_verifier() {
        assert_eq!(Class::MismatchSource.name(), "ErrorMismatchSource");
        assert_eq!(Class::InvalidOIDCIssuer.name(), "ErrorInvalidOIDCIssuer");
    }
}
