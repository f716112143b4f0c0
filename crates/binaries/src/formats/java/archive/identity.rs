//! Which artifact an archive is.
//!
//! In this order: the `pom.properties` that is its own, among those of what was shaded into it; then, for the group, what
//! its manifest or its GraalVM metadata state, a known artifact with its known packages, or a symbolic name made from the
//! group by the rule of the bundle plugin; last the name of the file. `Automatic-Module-Name` is never a group. A group
//! that nothing states is not guessed: the archive is then a component without a package URL.

use plimsoll_extract::prelude::*;

use super::known_groups;
use super::manifest::Manifest;
use super::name::{FileName, is_artifact, is_group, is_version};
use super::pom::Coordinates;

/// What an archive is, and how we know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) group: Option<String>,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) technique: Technique,
    pub(super) confidence: Confidence,
}

/// What the archive offers besides `pom.properties`.
pub(super) struct Signs<'a> {
    pub(super) file: FileName<'a>,
    pub(super) manifest: &'a Manifest,
    /// Group and artifact of `META-INF/native-image/GROUP/ARTIFACT/` directories.
    pub(super) native: &'a [(String, String)],
}

/// The position of the archive's own coordinates among those it holds.
pub(super) fn own(signs: &Signs<'_>, found: &[Coordinates]) -> Option<usize> {
    let file = signs.file;
    let same_version = |one: &Coordinates| file.version.is_some() && one.version.as_deref() == file.version;
    let named = |one: &Coordinates| {
        let artifact = one.artifact.as_str();
        artifact == file.artifact
            || file.artifact.strip_prefix(one.group.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(artifact)
    };
    let pick = |test: &dyn Fn(&Coordinates) -> bool| found.iter().position(test);
    if let Some(at) = pick(&|one| named(one) && same_version(one)).or_else(|| pick(&named)) {
        return Some(at);
    }
    let manifest = signs.manifest;
    let stated = |one: &Coordinates| {
        let title = manifest.get("implementation-title").or(manifest.get("bundle-name"));
        let symbolic = manifest.symbolic_name().and_then(|name| group_of(name, &one.artifact)) == Some(&*one.group);
        let vendor = manifest.get("implementation-vendor-id") == Some(&*one.group);
        let version = version(signs).as_deref() == one.version.as_deref();
        symbolic || version && (vendor || title == Some(&*one.artifact))
    };
    let mut agreeing = found.iter().enumerate().filter(|(_, one)| stated(one)).map(|(at, _)| at);
    if let (Some(at), None) = (agreeing.next(), agreeing.next()) {
        return Some(at);
    }
    match found {
        // The only one, unless the file says that it is something else.
        [one] if file.version.is_none() || same_version(one) => Some(0),
        _ => None,
    }
}

/// What the archive is when none of the coordinates in it are its own.
pub(super) fn derive(signs: &Signs<'_>, holds: impl FnMut(&str) -> bool) -> Identity {
    // Shading keeps the manifest of one of the parts: one that states another version is not about this archive.
    let foreign = signs
        .file
        .version
        .is_some_and(|version| stated_versions(signs.manifest).next().is_some() && !agrees(version, signs.manifest));
    let none = Manifest::default();
    let manifest = if foreign { &none } else { signs.manifest };
    let title = manifest.get("implementation-title").or(manifest.get("short-name")).or(manifest.get("extension-name"));
    let title = title.filter(|title| is_artifact(title));
    let version = version(signs);
    let from_title = signs.file.version.is_none().then_some(title).flatten();
    let mut artifact = from_title.unwrap_or(signs.file.artifact).to_owned();
    let mut found =
        manifest.get("group-id").filter(|group| is_artifact(group)).map(|group| (group, Confidence::STATED));
    if found.is_none() {
        let named = signs.native.iter().find(|(_, name)| *name == artifact);
        let only = match signs.native {
            [one] if signs.file.version.is_none() => Some(one),
            _ => None,
        };
        if let Some((group, name)) = named.or(only) {
            artifact.clone_from(name);
            found = Some((group, Confidence::HIGH));
        }
    }
    let found = found
        .or_else(|| known_groups::group(&artifact, holds).map(|group| (group, Confidence::HIGH)))
        .or_else(|| group_of(manifest.symbolic_name()?, &artifact).map(|group| (group, Confidence::MEDIUM)))
        .or_else(|| {
            // `org.apache` is the vendor of all its projects, and the group of none.
            let vendor = manifest.get("implementation-vendor-id").filter(|vendor| is_group(vendor))?;
            let told = title.is_some_and(|title| artifact.starts_with(title));
            (told && vendor != "org.apache").then_some((vendor, Confidence::MEDIUM))
        });
    let (technique, confidence) = match &found {
        Some((_, confidence)) => (Technique::BinaryAnalysis, *confidence),
        None => (Technique::Filename, Confidence::LOW),
    };
    Identity { group: found.map(|(group, _)| group.to_owned()), artifact, version, technique, confidence }
}

/// The versions that a manifest states, the best first.
pub(super) fn stated_versions(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let names = ["implementation-version", "plugin-version", "bundle-version", "specification-version"];
    names.into_iter().filter_map(|name| manifest.get(name)).filter(|version| is_version(version))
}

/// Whether the manifest states the version of the file's name, or one that it is the start of: OSGi writes
/// `1.0.0.SNAPSHOT` for `1.0.0-SNAPSHOT`, and `1.2.0` for `1.2`.
fn agrees(file: &str, manifest: &Manifest) -> bool {
    let plain = |text: &str| text.replace(['-', '_'], ".");
    let file = plain(file);
    stated_versions(manifest).map(plain).any(|one| {
        one.strip_prefix(&file).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || file.strip_prefix(&one).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// The version in the name of the file, which has it as Maven does; else what the manifest says.
fn version(signs: &Signs<'_>) -> Option<String> {
    signs.file.version.or_else(|| stated_versions(signs.manifest).next()).map(str::to_owned)
}

/// The group that the bundle plugin made a symbolic name from, given the artifact
/// (<https://felix.apache.org/documentation/subprojects/apache-felix-maven-bundle-plugin-bnd.html>, "Default Behavior"):
/// `group.artifact`, but an artifact that starts with the last part of the group gives only its rest. `None` when two
/// groups would give the same name.
fn group_of<'a>(symbolic: &'a str, artifact: &str) -> Option<&'a str> {
    let (before, last) = symbolic.rsplit_once('.')?;
    let end_of = |group: &'a str| group.rsplit('.').next().unwrap_or_default();
    let whole = symbolic.strip_suffix(artifact).and_then(|rest| rest.strip_suffix('.')).filter(|group| is_group(group));
    if let Some(group) = whole {
        // `com.google.guava` may be `com.google` + `guava` as well as the group of `guava` itself.
        return (artifact != last || artifact.contains('-')).then_some(group).filter(|group| end_of(group) != artifact);
    }
    let shortened = artifact.strip_prefix(end_of(before)).and_then(|rest| rest.strip_prefix(['-', '.']));
    (shortened == Some(last) && is_group(before)).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs<'a>(file: &'a str, manifest: &'a Manifest) -> Signs<'a> {
        Signs { file: FileName::parse(file), manifest, native: &[] }
    }

    fn coordinates(text: &str) -> Coordinates {
        let mut parts = text.split(':').map(str::to_owned);
        Coordinates { group: parts.next().unwrap(), artifact: parts.next().unwrap(), version: parts.next() }
    }

    #[test]
    fn its_own_among_the_shaded() {
        let none = Manifest::default();
        let found = [coordinates("com.google:guava:29"), coordinates("org.x:shaded:1.0")];
        assert_eq!(own(&signs("shaded-1.0.jar", &none), &found), Some(1));
        assert_eq!(own(&signs("org.x.shaded-1.0.jar", &none), &found), Some(1));
        assert_eq!(own(&signs("renamed.jar", &none), &found), None);
        assert_eq!(own(&signs("renamed.jar", &none), &found[..1]), Some(0));
        assert_eq!(own(&signs("spring-core-5.3.jar", &none), &found[..1]), None);
        let manifest = Manifest::parse(b"Implementation-Vendor-Id: org.x\nImplementation-Version: 1.0\n");
        assert_eq!(own(&signs("renamed.jar", &manifest), &found), Some(1));
    }

    #[test]
    fn groups_are_stated_or_absent() {
        let derived = |file, manifest: &str| {
            let manifest = Manifest::parse(manifest.as_bytes());
            let identity = derive(&signs(file, &manifest), |package| package == "org/springframework/core/");
            (identity.group, identity.artifact, identity.version)
        };
        let some =
            |group: &str, artifact: &str, version: &str| (Some(group.into()), artifact.into(), Some(version.into()));
        assert_eq!(
            derived("spring-core-5.3.1.jar", "Implementation-Version: 5.3.1\nAutomatic-Module-Name: spring.core\n"),
            some("org.springframework", "spring-core", "5.3.1")
        );
        assert_eq!(
            derived(
                "x.jar",
                "Implementation-Vendor-Id: com.example\nImplementation-Title: plugin\nImplementation-Version: 1\n"
            ),
            some("com.example", "plugin", "1")
        );
        assert_eq!(derived("app-1.jar", "Automatic-Module-Name: com.app\n"), (None, "app".into(), Some("1".into())));
    }

    #[test]
    fn symbolic_names_are_undone_when_only_one_group_makes_them() {
        for (symbolic, artifact, want) in [
            ("org.apache.commons.lang3", "commons-lang3", Some("org.apache.commons")),
            ("com.fasterxml.jackson.core.jackson-databind", "jackson-databind", Some("com.fasterxml.jackson.core")),
            ("org.eclipse.jetty.http", "jetty-http", Some("org.eclipse.jetty")),
            ("com.google.guava", "guava", None),
            ("org.eclipse.osgi", "org.eclipse.osgi", None),
            ("plain", "plain", None),
        ] {
            assert_eq!(group_of(symbolic, artifact), want, "{symbolic}");
        }
    }
}
