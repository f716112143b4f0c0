//! RubyGems: `GET /api/v1/attestations/NAME-VERSION[-PLATFORM].json`.
//! <https://guides.rubygems.org/trusted-publishing/>
//!
//! The answer is a list of bundles, which need a repair (see [`repair`]). The SHA-256 is in `Gemfile.lock` since Bundler 2.5;
//! where the SBOM has none, `GET /api/v2/rubygems/NAME/versions/VERSION.json` says it.

mod repair;

use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::Subject;
use serde::Deserialize;

use super::{Asker, Found, Item, JSON, Lookup, Source, Trouble, evidence, said, stated};
use crate::published::fetch::{Service, segment};
use crate::published::report::Binding;
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source = Source {
    service: Service::RubyGems,
    types: &["gem"],
    look_up,
    counts: &[What::Provenance, What::Publish, What::Signature, What::Other],
};

#[derive(Deserialize)]
struct Version {
    sha: Option<String>,
}

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let purl = &dependency.purl;
    let platform = purl.qualifier("platform").filter(|platform| *platform != "ruby");
    let parts = segment(purl.name()).zip(segment(purl.version().unwrap_or_default()));
    let Some((name, version)) = parts else {
        return Err(Trouble::NotApplicable("its name or version cannot be asked for".into()));
    };
    let suffix = match platform.map(segment) {
        Some(Some(platform)) => format!("-{platform}"),
        Some(None) => return Err(Trouble::NotApplicable("its platform cannot be asked for".into())),
        None => String::new(),
    };
    let path = format!("/api/v1/attestations/{name}-{version}{suffix}.json");
    let (answer, notes) = asker.get(Service::RubyGems, path, JSON)?.map(repair::repaired).unzip();
    let found = evidence(answer, "rubygems");
    if matches!(found, Found::Nothing) {
        return Ok(Lookup::nothing(None));
    }
    let (subject, binding) = match stated(&dependency.digests) {
        Some(subject) => (Some(subject), Binding::Sbom),
        None => (digest(asker, &name, &version, suffix.strip_prefix('-'))?, Binding::Registry),
    };
    Ok(match subject {
        Some(subject) => Lookup { notes: notes.unwrap_or_default(), ..Lookup::of(Item::new(subject, binding, found)) },
        None => Lookup::nothing("neither the SBOM nor RubyGems gives a digest to bind to".to_owned()),
    })
}

/// The digest that the registry says.
fn digest(asker: &Asker<'_>, name: &str, version: &str, platform: Option<&str>) -> Result<Option<Subject>, Trouble> {
    let query = platform.map(|platform| format!("?platform={platform}")).unwrap_or_default();
    let path = format!("/api/v2/rubygems/{name}/versions/{version}.json{query}");
    let Some(answer) = asker.get(Service::RubyGems, path, JSON)? else { return Ok(None) };
    let read: Option<Version> = serde_json::from_slice(&answer).ok();
    Ok(said(DigestAlgorithm::Sha256, read.and_then(|version| version.sha).as_deref()))
}
