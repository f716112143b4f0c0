//! What a certificate claims, in our words.

use sigstore_crypto::CertificateInfo;

use crate::{Claim, Claims};

/// The claims of a certificate.
pub(super) fn of(info: &CertificateInfo) -> Claims {
    let (ci, old) = (&info.ci_claims, &info.ci_claims.deprecated_github);
    let all = [
        (Claim::Issuer, &info.issuer),
        (Claim::BuildSignerUri, &ci.build_signer_uri),
        (Claim::BuildSignerDigest, &ci.build_signer_digest),
        (Claim::RunnerEnvironment, &ci.runner_environment),
        (Claim::SourceRepositoryUri, &ci.source_repository_uri),
        (Claim::SourceRepositoryDigest, &ci.source_repository_digest),
        (Claim::SourceRepositoryRef, &ci.source_repository_ref),
        (Claim::SourceRepositoryIdentifier, &ci.source_repository_identifier),
        (Claim::SourceRepositoryOwnerUri, &ci.source_repository_owner_uri),
        (Claim::SourceRepositoryOwnerIdentifier, &ci.source_repository_owner_identifier),
        (Claim::BuildConfigUri, &ci.build_config_uri),
        (Claim::BuildConfigDigest, &ci.build_config_digest),
        (Claim::BuildTrigger, &ci.build_trigger),
        (Claim::RunInvocationUri, &ci.run_invocation_uri),
        (Claim::SourceRepositoryVisibility, &ci.source_repository_visibility_at_signing),
        (Claim::DeploymentEnvironment, &ci.deployment_environment),
        (Claim::TokenSubject, &ci.token_subject),
        (Claim::GithubWorkflowTrigger, &old.workflow_trigger),
        (Claim::GithubWorkflowSha, &old.workflow_sha),
        (Claim::GithubWorkflowName, &old.workflow_name),
        (Claim::GithubWorkflowRepository, &old.workflow_repository),
        (Claim::GithubWorkflowRef, &old.workflow_ref),
    ];
    Claims {
        identity: info.identity.as_ref().map(|identity| identity.as_str().to_owned()),
        claims: all.into_iter().filter_map(|(claim, value)| Some((claim, value.clone()?))).collect(),
    }
}
