//! Maven repositories: `PATH.sigstore.json` beside a file. <https://central.sonatype.org/pages/maven-sigstore/>
//!
//! A bundle over the file itself: who signed it, not how it was built. It is over SHA-256, which the SBOM has to state; where
//! it does not, the `.sha256` beside the file is the repository's word. Most files have a PGP signature (`.asc`) instead, which
//! is told and not verified: it names a key, and nobody says whose it is.

use plimsoll_model::DigestAlgorithm;
use plimsoll_verify::Subject;

use super::{Asker, Found, Item, Lookup, Source, Trouble, evidence, said, stated};
use crate::published::fetch::{Service, segment};
use crate::published::report::Binding;
use crate::published::{Dependency, What};

pub(super) const SOURCE: Source =
    Source { service: Service::Maven, types: &["maven"], look_up, counts: &[What::Provenance, What::Signature] };

const ANY: &str = "*/*";

fn look_up(asker: &Asker<'_>, dependency: &Dependency) -> Result<Lookup, Trouble> {
    let path = path(dependency)
        .ok_or_else(|| Trouble::NotApplicable("its coordinates name no file of a repository".into()))?;
    let found = evidence(asker.get(Service::Maven, format!("{path}.sigstore.json"), ANY)?, "maven");
    if matches!(found, Found::Nothing) {
        let signed = asker.get(Service::Maven, format!("{path}.asc"), ANY)?.is_some();
        return Ok(Lookup::nothing(signed.then(|| "a PGP signature is present, and is not verified".to_owned())));
    }
    let sha256 = |subject: &Subject| subject.hex(DigestAlgorithm::Sha256).is_some();
    let (subject, binding) = match stated(&dependency.digests).filter(sha256) {
        Some(subject) => (Some(subject), Binding::Sbom),
        None => {
            let answer = asker.get(Service::Maven, format!("{path}.sha256"), ANY)?.unwrap_or_default();
            let text = String::from_utf8_lossy(&answer);
            (said(DigestAlgorithm::Sha256, text.split_ascii_whitespace().next()), Binding::Registry)
        }
    };
    Ok(match subject {
        Some(subject) => Lookup::of(Item::new(subject, binding, found)),
        None => Lookup::nothing("neither the SBOM nor the repository gives a SHA-256 to bind to".to_owned()),
    })
}

/// `/GROUP/NAME/VERSION/NAME-VERSION[-CLASSIFIER].TYPE`
fn path(dependency: &Dependency) -> Option<String> {
    let purl = &dependency.purl;
    let group: Option<Vec<String>> = purl.namespace()?.split(['.', '/']).map(segment).collect();
    let (name, version) = (segment(purl.name())?, segment(purl.version()?)?);
    let classifier = match purl.qualifier("classifier") {
        Some(classifier) => format!("-{}", segment(classifier)?),
        None => String::new(),
    };
    let kind = segment(purl.qualifier("type").unwrap_or("jar"))?;
    Some(format!("/{}/{name}/{version}/{name}-{version}{classifier}.{kind}", group?.join("/")))
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Purl;

    use super::*;

    #[test]
    fn coordinates_are_a_path() {
        let path_of = |text: &str| {
            let purl = Purl::parse(text).unwrap();
            path(&Dependency { purl, digests: Vec::new(), files: Vec::new(), repository: None })
        };
        assert_eq!(
            path_of("pkg:maven/org.apache.commons/commons-io@1.3.2?classifier=sources").unwrap(),
            "/org/apache/commons/commons-io/1.3.2/commons-io-1.3.2-sources.jar"
        );
        assert_eq!(path_of("pkg:maven/a.b/c@1?type=pom").unwrap(), "/a/b/c/1/c-1.pom");
        assert_eq!(path_of("pkg:maven/a..b/c@1"), None);
    }
}
