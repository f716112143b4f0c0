//! A build on a machine that nobody vouches for. Nothing is read: no host, user or path; all that is known is what the user
//! states. `plimsoll provenance run` watches a build, and says more.

use plimsoll_verify::Claim;

use super::{REF, REPOSITORY, SOURCE};
use crate::generate::known::Known;
use crate::generate::platform::Marks;
use crate::generate::{GenerateError, Platform};

pub(crate) static LOCAL: Platform = Platform {
    id: "local",
    name: "a local build",
    signs: &[],
    issuers: &[],
    fields: &[],
    derive,
    build_type: "https://plimsoll.dev/buildtypes/local/v1",
    builder_id: "https://plimsoll.dev/builders/local/v1",
    source: SOURCE,
    slots: &[REPOSITORY, REF],
    certificate: &[
        (Claim::SourceRepositoryUri, "{source_uri}"),
        (Claim::SourceRepositoryRef, "{source_ref}"),
        (Claim::SourceRepositoryDigest, "{commit}"),
    ],
    marks: Marks::InPredicate,
    needs_source: false,
};

fn derive(_: &mut Known) -> Result<(), GenerateError> {
    Ok(())
}
