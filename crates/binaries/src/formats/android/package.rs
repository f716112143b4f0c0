//! Android apps: `*.apk` and `*.aab`, zip archives.
//! <https://developer.android.com/guide/app-bundle/app-bundle-format>
//!
//! A bundle has `BUNDLE-METADATA/…/dependencies.pb`: the Maven libraries that were built in, and what each needs. An app
//! as it is installed keeps only `META-INF/GROUP_ARTIFACT.version` of the AndroidX libraries and of some others. What
//! surprises: Alpine's packages have the same extension, and are no zip archives; and a `.version` file may hold a line of
//! the build script in place of a version, when the library's authors made a mistake.

mod dependencies;

use std::collections::BTreeMap;

use plimsoll_extract::prelude::*;

use crate::model;
use dependencies::Dependencies;

/// Reads the libraries of Android apps.
pub(crate) struct AndroidPackage;

const DEPENDENCIES: &[u8] = b"BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb";
/// Most bytes of `dependencies.pb`.
const MAX_DEPENDENCIES: u64 = 64 << 20;
/// Most bytes of a version.
const MAX_VERSION: u64 = 256;
/// How everything here is seen.
const RECORDED: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

impl Extractor for AndroidPackage {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("android/package")
    }

    fn about(&self) -> About {
        About {
            title: "Android apps and bundles (.apk, .aab)",
            specification: "https://developer.android.com/guide/app-bundle/app-bundle-format",
            facts: &[Fact::Edges, Fact::Hashes],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".apk"), Interest::Suffix(".aab")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let mut head = [0; 4];
        let count = file.body().read_at(0, &mut head).map_err(ReadError::from)?;
        if count < head.len() || head != *b"PK\x03\x04" {
            return Ok(());
        }
        let broken = |error: zip::ZipError| ExtractError::malformed(format!("not an Android app: {error}"));
        let archive = zip::Zip::open(file.body(), file.budget()).map_err(broken)?;
        let is_app = |name: &[u8]| name == b"AndroidManifest.xml" || name == b"base/manifest/AndroidManifest.xml";
        if !archive.entries().any(|entry| is_app(entry.name())) {
            return Ok(());
        }
        let mut app = Component::new(ComponentKind::Application, model::stem(file.path()));
        app.location = Some(file.path().clone());
        let app = out.observed(app, RECORDED);
        let mut found: BTreeMap<(String, String), ComponentRef> = BTreeMap::new();
        if let Some(entry) = archive.entries().find(|entry| entry.name() == DEPENDENCIES) {
            let body = entry.body(MAX_DEPENDENCIES).map_err(broken)?;
            let inner = File::new(file.path(), file.layer(), &body, file.budget());
            let (dependencies, fault) = Dependencies::read(&inner);
            found = dependencies.emit(app, DEPENDENCIES, out);
            if let Some(error) = fault {
                out.diagnose(DiagnosticCode::MALFORMED, 0, format!("dependencies.pb: {error}"));
            }
        }
        for entry in archive.entries() {
            let Some((group, artifact)) = named(entry.name()) else { continue };
            if found.contains_key(&(group.clone(), artifact.clone())) {
                continue;
            }
            let body = match entry.body(MAX_VERSION) {
                Ok(body) => body,
                Err(error) => {
                    out.malformed_entry(0, format!("{}: {error}", String::from_utf8_lossy(entry.name())));
                    continue;
                }
            };
            let bytes = (&body as &dyn Body).range(0, body.len().min(MAX_VERSION), file.budget())?;
            let text = String::from_utf8_lossy(&bytes);
            // `task ':core:writeVersion' property 'version'` is what some libraries have.
            let version = Some(text.trim()).filter(|text| text.starts_with(|first: char| first.is_ascii_digit()));
            if version.is_none() {
                let message = format!("{} states no version", String::from_utf8_lossy(entry.name()));
                out.diagnose(DiagnosticCode::UNRESOLVED_VERSION, 0, message);
            }
            let builder = Purl::builder("maven", artifact).namespace(group).version(version.unwrap_or_default());
            let Some(purl) = out.purl(builder, 0) else { continue };
            let at = out.observed(Component::from_purl(purl), Observation { member: Some(entry.name()), ..RECORDED });
            out.contains(app, at);
        }
        Ok(())
    }
}

/// Group and artifact of `META-INF/androidx.core_core-ktx.version`; a group has no underscore.
fn named(member: &[u8]) -> Option<(String, String)> {
    let name = std::str::from_utf8(member).ok()?;
    let name = name.strip_prefix("base/root/").unwrap_or(name).strip_prefix("META-INF/")?.strip_suffix(".version")?;
    let (group, artifact) =
        name.split_once('_').filter(|(group, artifact)| !group.is_empty() && !artifact.is_empty())?;
    (!name.contains('/') && group.contains('.')).then(|| (group.to_owned(), artifact.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_name_libraries() {
        let pair = |group: &str, artifact: &str| Some((group.to_owned(), artifact.to_owned()));
        for (member, want) in [
            ("META-INF/androidx.core_core-ktx.version", pair("androidx.core", "core-ktx")),
            ("base/root/META-INF/org.example_a_b.version", pair("org.example", "a_b")),
            ("META-INF/kotlinx_coroutines_core.version", None),
            ("META-INF/services/x.y_z.version", None),
            ("META-INF/MANIFEST.MF", None),
        ] {
            assert_eq!(named(member.as_bytes()), want, "{member}");
        }
    }
}
