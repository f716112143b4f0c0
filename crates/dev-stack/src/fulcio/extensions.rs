//! What Fulcio writes about an identity.
//! <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>
//!
//! The oldest extensions, `.1.1` to `.1.6`, hold bare text; those from `.1.8` on a UTF8String in DER. For workflows the
//! name is that of the file the job is defined in, which for a reusable workflow is in another repository.

use const_oid::ObjectIdentifier;
use der::asn1::Ia5String;
use x509_cert::ext::pkix::name::GeneralName;

use crate::DevStackError;
use crate::certificate::Extensions;
use crate::oidc::{Claims, IssuerKind};

/// Where GitHub's repositories are.
const GITHUB: &str = "https://github.com";

const fn fulcio(arc: u32) -> ObjectIdentifier {
    match ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1").push_arc(arc) {
        Ok(oid) => oid,
        // An arc of this size always fits.
        Err(_) => ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1"),
    }
}

/// Adds the name and the extensions.
pub(super) fn of(claims: &Claims, base: &str, extensions: Extensions) -> Result<Extensions, DevStackError> {
    let issuer = claims.issuer.url(base);
    let extensions = extensions.raw(fulcio(1), false, issuer.clone().into_bytes())?.text(fulcio(8), &issuer)?;
    match claims.issuer {
        IssuerKind::People => {
            let address = claims.text("email").unwrap_or_default();
            extensions.identity(GeneralName::Rfc822Name(ia5(address)?))?.text(fulcio(24), subject(claims))
        }
        IssuerKind::Workflows => workflow(claims, extensions),
    }
}

fn ia5(text: &str) -> Result<Ia5String, DevStackError> {
    Ia5String::new(text).map_err(DevStackError::encoding("name"))
}

fn subject(claims: &Claims) -> &str {
    claims.text("sub").unwrap_or_default()
}

fn workflow(claims: &Claims, extensions: Extensions) -> Result<Extensions, DevStackError> {
    let claim = |name: &str| claims.text(name).unwrap_or_default().to_owned();
    let under = |name: &str| format!("{GITHUB}/{}", claim(name));
    let run = format!("{}/actions/runs/{}/attempts/{}", under("repository"), claim("run_id"), claim("run_attempt"));
    let bare = ["event_name", "sha", "workflow", "repository", "ref"];
    let mut extensions =
        extensions.identity(GeneralName::UniformResourceIdentifier(ia5(&under("job_workflow_ref"))?))?;
    for (arc, name) in (2..).zip(bare) {
        extensions = extensions.raw(fulcio(arc), false, claim(name).into_bytes())?;
    }
    let mut texts = vec![
        (9, under("job_workflow_ref")),
        (10, claim("job_workflow_sha")),
        (11, claim("runner_environment")),
        (12, under("repository")),
        (13, claim("sha")),
        (14, claim("ref")),
        (15, claim("repository_id")),
        (16, under("repository_owner")),
        (17, claim("repository_owner_id")),
        (18, under("workflow_ref")),
        (19, claim("workflow_sha")),
        (20, claim("event_name")),
        (21, run),
        (22, claim("repository_visibility")),
    ];
    if let Some(environment) = claims.text("environment") {
        texts.push((23, environment.to_owned()));
    }
    texts.push((24, subject(claims).to_owned()));
    for (arc, text) in texts {
        extensions = extensions.text(fulcio(arc), &text)?;
    }
    Ok(extensions)
}
