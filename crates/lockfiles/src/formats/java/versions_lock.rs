//! `versions.lock` of Palantir's gradle-consistent-versions.
//! <https://github.com/palantir/gradle-consistent-versions#versionslock>
//!
//! A line is `group:artifact:version (N constraints: hash)`; what follows `[Test dependencies]` is only in test class
//! paths. Other tools have files of this name: one without such a line is not read.

use plimsoll_extract::prelude::*;

use crate::maven::{self, Artifact, Version};

/// Reads the lock of gradle-consistent-versions.
pub(crate) struct VersionsLock;

impl Extractor for VersionsLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/versions-lock")
    }

    fn about(&self) -> About {
        About {
            title: "gradle-consistent-versions versions.lock",
            specification: "https://github.com/palantir/gradle-consistent-versions#versionslock",
            facts: &[Fact::Scope, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Name("versions.lock")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        let mut scope = Scope::Runtime;
        for (number, line) in syntax::text::lines(&text.text) {
            let line = line.trim();
            if line == "[Test dependencies]" {
                scope = Scope::Dev;
            } else if let Some((coordinates, _)) =
                line.split_once(" (").filter(|(_, rest)| rest.contains(" constraint"))
            {
                component(coordinates, scope, number, out);
            }
        }
        Ok(())
    }
}

fn component(coordinates: &str, scope: Scope, line: u32, out: &mut Sink<'_>) {
    let mut parts = coordinates.splitn(3, ':').map(str::trim);
    let (Some(group), Some(name), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        return out.malformed_entry(line, "not 'group:artifact:version'");
    };
    if version.is_empty() {
        return out.malformed_entry(line, "no version");
    }
    if let Some(component) = maven::library(Artifact::jar(group, name), Version::Exact(version), line, out) {
        out.component(Component { scope, ..component }, line);
    }
}
