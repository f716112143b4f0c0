//! What Maven's files in an archive state.

use std::collections::HashMap;

use plimsoll_extract::prelude::zip::Entry;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::text;

use super::super::members::Members;
use super::super::pom::{self, Coordinates, Pom};
use super::{MAX_POM, Place, Walk, directory, join, prefixed};

/// Coordinates in an archive, the member that states them, and the `pom.xml` beside.
pub(super) struct Stated {
    pub(super) coordinates: Coordinates,
    pub(super) member: Vec<u8>,
    pub(super) pom: Pom,
}

impl Walk<'_, '_, '_> {
    /// The coordinates that an archive states, each with what its `pom.xml` adds.
    pub(super) fn stated(&mut self, place: &Place<'_>, members: &Members<'_, '_>) -> Vec<Stated> {
        let mut poms: HashMap<&[u8], Pom> = HashMap::new();
        for entry in &members.poms {
            if let Some(pom) = self.pom(place, entry) {
                poms.entry(directory(entry.name())).or_insert(pom);
            }
        }
        let mut stated: Vec<Stated> = Vec::new();
        for entry in &members.properties {
            let Some(bytes) = self.member(&place.member, entry, MAX_POM) else { continue };
            let member = join(&place.member, entry.name());
            let name = String::from_utf8_lossy(entry.name());
            match pom::properties(&text::decode(&bytes).text, &name) {
                Some(coordinates) => {
                    let pom = poms.remove(directory(entry.name())).unwrap_or_default();
                    stated.push(Stated { coordinates, member, pom });
                }
                None => {
                    let message = prefixed(&member, "names no artifact");
                    self.out.malformed_entry(0, message);
                }
            }
        }
        // A `pom.xml` without its `pom.properties`.
        let mut alone: Vec<(&[u8], Pom)> = poms.into_iter().collect();
        alone.sort_unstable_by_key(|(directory, _)| *directory);
        for (directory, mut pom) in alone {
            if let Some(coordinates) = pom.coordinates.take() {
                let member = join(&place.member, &[directory, b"/pom.xml"].concat());
                stated.push(Stated { coordinates, member, pom });
            }
        }
        for one in &mut stated {
            let parent = one.pom.coordinates.take().and_then(|coordinates| coordinates.version);
            one.coordinates.version = one.coordinates.version.take().or(parent);
        }
        stated
    }

    fn pom(&mut self, place: &Place<'_>, entry: &Entry<'_, '_>) -> Option<Pom> {
        let bytes = self.member(&place.member, entry, MAX_POM)?;
        let decoded = text::decode(&bytes);
        match syntax::xml::parse(&decoded.text, self.file.budget().limits()) {
            Ok(root) => Some(pom::xml(&root)),
            Err(error) => {
                let member = join(&place.member, entry.name());
                self.out.diagnose(error.code(), 0, prefixed(&member, &error.to_string()));
                None
            }
        }
    }

    pub(super) fn stated_component(&mut self, stated: &Stated) -> Option<Component> {
        let Coordinates { group, artifact, version } = &stated.coordinates;
        let builder = Purl::builder("maven", artifact.as_str()).namespace(group.as_str());
        let version = version.as_deref().unwrap_or_default();
        if version.is_empty() {
            let message = prefixed(&stated.member, "states no version");
            self.out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, 0, message);
        }
        let mut component = Component::from_purl(self.out.purl(builder.version(version), 0)?);
        let pom = &stated.pom;
        component.licenses.extend(pom.licenses.iter().filter_map(|text| License::declared(text)));
        component.description = pom.description.as_deref().map(Into::into);
        component.supplier = pom.organization.as_deref().map(Into::into);
        let mut reference = |kind, url: &Option<String>| {
            let url = url.as_deref().filter(|url| url.contains("://"));
            component.references.extend(url.map(|url| ExternalReference { kind, url: url.into(), hashes: Vec::new() }));
        };
        reference(ReferenceKind::Website, &pom.url);
        reference(ReferenceKind::Vcs, &pom.scm);
        Some(component)
    }
}
