//! Gradle dependency locks: `gradle.lockfile` and `buildscript-gradle.lockfile` (Gradle 7 and later), one lockfile a
//! configuration below `gradle/dependency-locks/` (Gradle 4.8 to 6), and `gradle/verification-metadata.xml` for the
//! digests. <https://docs.gradle.org/current/userguide/dependency_locking.html>,
//! <https://docs.gradle.org/current/userguide/dependency_verification.html>
//!
//! A line is `group:artifact:version=configuration,…`. The locks hold no edges, and do not tell what the project asks
//! for itself. The scope is read from the names of the configurations.

mod verification;

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::maven::{self, Artifact, Version};

/// Reads the lockfiles and the verification metadata written by Gradle.
pub(crate) struct GradleLock;

impl Extractor for GradleLock {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("java/gradle-lock")
    }

    fn about(&self) -> About {
        About {
            title: "Gradle lockfiles and verification metadata",
            specification: "https://docs.gradle.org/current/userguide/dependency_locking.html",
            facts: &[Fact::Scope, Fact::Hashes, Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Suffix(".lockfile"), Interest::Path("gradle/verification-metadata.xml")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        let bytes = file.bytes()?;
        let text = syntax::text::decode(&bytes);
        if file.path().name().ends_with(b".xml") {
            return verification::extract(&text.text, file, out);
        }
        if let Some(place) = Place::of(file.path(), &text.text) {
            lines(&text.text, place, out);
        }
        Ok(())
    }

    fn resolve(&self, files: &mut Resolver<'_>) {
        borrow_scopes(files);
    }
}

/// What the place of a lockfile says about its lines.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Each line names its configurations.
    Project,
    /// What is locked is the class path of the build itself.
    Build,
    /// The name of the file is the configuration.
    Configuration(&'a str),
}

impl<'a> Place<'a> {
    /// `None` when the file is no lock of Gradle's, but only ends in `.lockfile`.
    fn of(path: &'a SourcePath, text: &str) -> Option<Self> {
        let name = std::str::from_utf8(path.name()).unwrap_or_default();
        let below = path.parent().ends_with(b"dependency-locks");
        if name.starts_with("buildscript-") || name.starts_with("settings-") {
            return Some(Self::Build);
        }
        if below && !name.ends_with("gradle.lockfile") {
            return Some(Self::Configuration(name.trim_end_matches(".lockfile")));
        }
        let header = text.lines().take(3).any(|line| line.contains("Gradle generated file for dependency locking"));
        (name.ends_with("gradle.lockfile") || header).then_some(Self::Project)
    }
}

/// Bad lines reported one by one; a file of another kind has nothing but bad lines.
const BAD_LINES: usize = 100;

fn lines(text: &str, place: Place<'_>, out: &mut Sink<'_>) {
    let mut bad = 0_usize;
    for (number, line) in syntax::text::lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        if coordinates.trim() == "empty" {
            continue;
        }
        let Some(component) = component(coordinates, number, out) else {
            bad = bad.saturating_add(1);
            if bad == BAD_LINES {
                return out.malformed_entry(number, "too many bad lines: the rest of the file was not read");
            }
            continue;
        };
        let scope = match place {
            Place::Build => Scope::Build,
            Place::Configuration(name) => configuration_scope(name),
            Place::Project => {
                configurations.split(',').map(|name| configuration_scope(name.trim())).max().unwrap_or_default()
            }
        };
        out.component(Component { scope, ..component }, number);
    }
}

fn component(coordinates: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let mut parts = coordinates.splitn(3, ':').map(str::trim);
    let (Some(group), Some(name), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        out.malformed_entry(line, "not 'group:artifact:version'");
        return None;
    };
    if version.is_empty() {
        out.malformed_entry(line, "no version");
        return None;
    }
    maven::library(Artifact::jar(group, name), Version::Exact(version), line, out)
}

/// The scope that the name of a configuration stands for: the Java, Kotlin and Android plugins all build names from
/// the same words.
pub(super) fn configuration_scope(name: &str) -> Scope {
    let lower = name.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    if lower.is_empty() {
        Scope::Unspecified
    } else if lower.starts_with("test") || name.contains("Test") || has("jmh") || lower == "developmentonly" {
        Scope::Dev
    } else if has("annotationprocessor") || has("kapt") || has("ksp") || lower == "classpath" || is_tool(&lower) {
        Scope::Build
    } else if has("runtime") || matches!(lower.as_str(), "compile" | "default" | "implementation" | "api") {
        Scope::Runtime
    } else if has("compile") || has("provided") {
        Scope::Build
    } else {
        Scope::Unspecified
    }
}

/// Configurations of the common code checkers and compilers, which never reach the result.
fn is_tool(lower: &str) -> bool {
    let tools = ["checkstyle", "pmd", "spotbugs", "jacoco", "detekt", "ktlint", "kotlincompiler", "kotlinbuildtools"];
    tools.iter().any(|tool| lower.starts_with(tool))
}

/// Verification metadata lists what the build downloads without saying what for. Where a lock in the source tells, its
/// word holds; otherwise the weakest scope would win or lose by accident.
fn borrow_scopes(files: &mut Resolver<'_>) {
    let is_metadata = |&file: &FileHandle| files.path(file).is_some_and(|path| path.name().ends_with(b".xml"));
    let (metadata, locks): (Vec<FileHandle>, Vec<FileHandle>) = files.files().partition(is_metadata);
    let mut scopes: HashMap<String, Scope> = HashMap::new();
    for file in locks {
        for (_, component) in files.components(file) {
            let scope = scopes.entry(component.key().as_str().to_owned()).or_insert(component.scope);
            *scope = (*scope).max(component.scope);
        }
    }
    if scopes.is_empty() {
        return;
    }
    for file in metadata {
        let known: Vec<_> = files
            .components(file)
            .filter_map(|(at, component)| Some((at.component, *scopes.get(component.key().as_str())?)))
            .collect();
        let Some(mut sink) = files.sink(file) else { continue };
        for (at, scope) in known {
            if let Some(component) = sink.get_mut(at) {
                component.scope = scope;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_configurations() {
        for (name, want) in [
            ("testCompileClasspath", Scope::Dev),
            ("debugUnitTestRuntimeClasspath", Scope::Dev),
            ("integrationTestRuntimeClasspath", Scope::Dev),
            ("runtimeClasspath", Scope::Runtime),
            ("releaseRuntimeClasspath", Scope::Runtime),
            ("compileClasspath", Scope::Build),
            ("annotationProcessor", Scope::Build),
            ("testAnnotationProcessor", Scope::Dev),
            ("kotlinCompilerPluginClasspathMain", Scope::Build),
            ("classpath", Scope::Build),
            ("default", Scope::Runtime),
            ("somethingElse", Scope::Unspecified),
        ] {
            assert_eq!(configuration_scope(name), want, "{name}");
        }
    }
}
