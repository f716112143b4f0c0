//! The platforms, each in its file.
//!
//! To add one: write its file, and one line each for `mod` and in [`PLATFORMS`].

mod azure_devops;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod google_cloud_build;
mod jenkins;
mod local;
mod tekton;

use super::Platform;

/// All platforms, in the order in which they are looked for.
pub const PLATFORMS: &[&Platform] = &[
    &github::GITHUB,
    &gitlab::GITLAB,
    &jenkins::JENKINS,
    &circleci::CIRCLECI,
    &buildkite::BUILDKITE,
    &tekton::TEKTON,
    &azure_devops::AZURE_DEVOPS,
    &google_cloud_build::GOOGLE_CLOUD_BUILD,
    &local::LOCAL,
];

/// What the types of builds that are defined here have in common: where the source is.
const SOURCE: &[&str] = &["git+{source_uri}@{source_ref}", "git+{source_uri}"];
/// Where the repository goes in them.
const REPOSITORY: (&str, &str) = ("/buildDefinition/externalParameters/source/repository", "{source_uri}");
/// Where the ref goes in them.
const REF: (&str, &str) = ("/buildDefinition/externalParameters/source/ref", "{source_ref}");
