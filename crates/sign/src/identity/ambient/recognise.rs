//! Platforms that give no token that could be asked for. Each is told what to do instead, and none opens a browser.

use super::super::{Environment, Provider};

/// Variables that a platform sets, and the platform.
const SIGNS: &[(&str, Provider)] = &[
    ("JENKINS_URL", Provider::Jenkins),
    ("TF_BUILD", Provider::AzureDevOps),
    ("BITBUCKET_BUILD_NUMBER", Provider::Bitbucket),
    ("CODEBUILD_BUILD_ID", Provider::Aws),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Provider::Aws),
    ("AWS_EXECUTION_ENV", Provider::Aws),
    ("TEAMCITY_VERSION", Provider::OtherCi),
    ("DRONE", Provider::OtherCi),
    ("BUILD_ID", Provider::OtherCi),
    ("TASKCLUSTER_ROOT_URL", Provider::OtherCi),
];

pub(super) fn platform(environment: &Environment) -> Option<Provider> {
    let known = SIGNS.iter().find(|(variable, _)| environment.has(variable)).map(|(_, provider)| *provider);
    // Nearly every CI system sets `CI`.
    known.or_else(|| environment.says_yes("CI").then_some(Provider::OtherCi))
}
