//! What the place of a jar in a repository or cache says: Maven's (<https://maven.apache.org/repository/layout.html>),
//! which Coursier and Bazel keep as well, Gradle's and Ivy's.

use super::Coordinates;

/// Directories that repositories lie in, below which the group starts.
const ROOTS: [&str; 3] = ["/maven2/", "/.m2/repository/", "/maven-repo/"];

/// Repositories that the path may start in.
const STARTS: [&str; 4] = ["maven2/", ".m2/repository/", "maven-repo/", "repository/"];

/// Archives that have coordinates.
const EXTENSIONS: [&str; 12] =
    [".jar", ".war", ".ear", ".aar", ".par", ".sar", ".hpi", ".jpi", ".nar", ".rar", ".kar", ".lpkg"];

/// The coordinates of the archive at a path, told from its directories; `None` when they do not agree with its name, or
/// it holds sources or documentation.
#[must_use]
pub fn coordinates(path: &str) -> Option<Coordinates> {
    let extension = EXTENSIONS.iter().find(|extension| path.ends_with(**extension))?;
    gradle(path, extension).or_else(|| ivy(path, extension)).or_else(|| maven(path, extension)).filter(|found| {
        !matches!(found.classifier.as_str(), "sources" | "javadoc" | "test-sources" | "test-javadoc" | "groovydoc")
    })
}

/// `…/group/parts/artifact/version/artifact-version[-classifier].jar`.
fn maven(path: &str, extension: &str) -> Option<Coordinates> {
    let below = ROOTS.iter().find_map(|root| path.find(root).and_then(|at| path.get(at.checked_add(root.len())?..)));
    let below = below.or_else(|| STARTS.iter().find_map(|start| path.strip_prefix(start))).unwrap_or(path);
    let (directory, file) = below.rsplit_once('/')?;
    let (directory, version) = directory.rsplit_once('/')?;
    let (group, artifact) = directory.rsplit_once('/')?;
    let classifier = classifier(file, artifact, version, extension)?;
    Some(of(&group.replace('/', "."), artifact, version, classifier))
}

/// `…/group/artifact/version/SHA-1/artifact-version[-classifier].jar`; zeros at the start of the digest are left out.
fn gradle(path: &str, extension: &str) -> Option<Coordinates> {
    let mut parts = path.rsplit('/');
    let (file, digest, version, artifact, group) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_digest = (32..=40).contains(&digest.len()) && digest.chars().all(|c| c.is_ascii_hexdigit());
    let classifier = classifier(file, artifact, version, extension).filter(|_| is_digest)?;
    Some(of(group, artifact, version, classifier))
}

/// `…/organisation/module/jars/module-revision.jar`.
fn ivy(path: &str, extension: &str) -> Option<Coordinates> {
    let mut parts = path.rsplit('/');
    let (file, kind, module, organisation) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if !matches!(kind, "jars" | "bundles" | "orbits") {
        return None;
    }
    let revision = file.strip_suffix(extension)?.strip_prefix(module)?.strip_prefix('-')?;
    Some(of(organisation, module, revision, ""))
}

/// What follows the version in the name of a file; that of a snapshot has a time in the place of `SNAPSHOT`.
fn classifier<'f>(file: &'f str, artifact: &str, version: &str, extension: &str) -> Option<&'f str> {
    let rest = file.strip_suffix(extension)?.strip_prefix(artifact)?.strip_prefix('-')?;
    if let Some(after) = rest.strip_prefix(version) {
        return if after.is_empty() { Some("") } else { after.strip_prefix('-') };
    }
    let rest = rest.strip_prefix(version.strip_suffix("SNAPSHOT")?)?;
    let mut words = rest.splitn(3, '-');
    let stamp = [words.next()?, words.next()?];
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    stamp.iter().all(|text| digits(text)).then(|| words.next().unwrap_or_default())
}

fn of(group: &str, artifact: &str, version: &str, classifier: &str) -> Coordinates {
    let owned = str::to_owned;
    Coordinates {
        group: owned(group),
        artifact: owned(artifact),
        classifier: owned(classifier),
        version: owned(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_jars() {
        for (path, want) in [
            ("org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar", "org.slf4j:slf4j-api:1.7.36:"),
            ("home/u/.m2/repository/junit/junit/4.13/junit-4.13.jar", "junit:junit:4.13:"),
            ("v1/https/repo1.maven.org/maven2/a/b/c/1/c-1-linux-x86_64.jar", "a.b:c:1:linux-x86_64"),
            ("a/b/1-SNAPSHOT/b-1-20200101.101010-3-tests.jar", "a:b:1-SNAPSHOT:tests"),
            ("files-2.1/a.b/c/1.0/0123456789abcdef0123456789abcdef01234567/c-1.0.jar", "a.b:c:1.0:"),
            ("cache/org.x/mod/jars/mod-2.1.jar", "org.x:mod:2.1:"),
            ("a/b/1/b-1-sources.jar", ""),
            ("a/b/1/other-1.jar", ""),
            ("b-1.jar", ""),
            ("a/b/1/b-1.pom", ""),
        ] {
            let found = coordinates(path).map(|c| format!("{}:{}:{}:{}", c.group, c.artifact, c.version, c.classifier));
            assert_eq!(found.unwrap_or_default(), want, "{path}");
        }
    }
}
