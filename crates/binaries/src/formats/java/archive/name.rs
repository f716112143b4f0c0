//! What the name of an archive tells: `artifact-version[-classifier].jar`, as Maven names it.

/// The parts of a file name without its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileName<'a> {
    pub(super) artifact: &'a str,
    pub(super) version: Option<&'a str>,
}

/// Words that belong to a version, in lower case, without the digits that may follow.
const QUALIFIERS: &[&str] = &[
    "a",
    "alpha",
    "android",
    "atlassian",
    "b",
    "beta",
    "build",
    "cr",
    "dev",
    "ea",
    "final",
    "fuse",
    "ga",
    "git",
    "graal",
    "groovy",
    "hadoop",
    "incubating",
    "java",
    "jbossorg",
    "jdk",
    "jre",
    "jvm",
    "m",
    "milestone",
    "nightly",
    "p",
    "patch",
    "pre",
    "preview",
    "r",
    "rc",
    "redhat",
    "release",
    "rev",
    "sec",
    "snapshot",
    "sp",
    "spark",
    "v",
];

impl<'a> FileName<'a> {
    /// Splits a name before a version that is known from elsewhere, else as [`FileName::parse`].
    pub(super) fn with_version<'v>(name: &'a str, versions: impl IntoIterator<Item = &'v str>) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let known = versions.into_iter().find_map(|version| {
            let artifact = stem.strip_suffix(version)?.strip_suffix(['-', '_'])?;
            let version = stem.get(artifact.len().saturating_add(1)..)?;
            (!artifact.is_empty()).then_some(Self { artifact, version: Some(version) })
        });
        known.unwrap_or_else(|| Self::parse(name))
    }

    /// Splits a name at the first hyphen after which all words are a version; else at the first one with a digit after
    /// it, and what follows the version is a classifier.
    pub(super) fn parse(name: &'a str) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let splits = |separator: char| {
            stem.match_indices(separator).filter_map(move |(at, _)| {
                let (artifact, rest) = stem.split_at_checked(at)?;
                let rest = rest.get(1..)?;
                (!artifact.is_empty() && rest.starts_with(|c: char| c.is_ascii_digit())).then_some((artifact, rest))
            })
        };
        let whole = splits('-').find(|(_, rest)| rest.split('-').all(is_version_word));
        // Eclipse writes `bundle_1.2.3.jar`.
        let whole = whole.or_else(|| splits('_').find(|(_, rest)| rest.contains('.') && !rest.contains('-')));
        if let Some((artifact, version)) = whole {
            return Self { artifact, version: Some(version) };
        }
        match splits('-').next() {
            Some((artifact, rest)) => Self { artifact, version: Some(leading_version(rest)) },
            None => Self { artifact: stem, version: None },
        }
    }
}

fn is_version_word(word: &str) -> bool {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let lower = word.to_ascii_lowercase();
    let start = lower.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    QUALIFIERS.binary_search(&start).is_ok()
}

/// The words of a version that come before a classifier.
fn leading_version(text: &str) -> &str {
    let end = text.match_indices('-').find(|(at, _)| {
        let next = text.get(at.saturating_add(1)..).unwrap_or_default();
        !is_version_word(next.split('-').next().unwrap_or_default())
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Whether text can be an artifactId: what Maven itself accepts.
pub(super) fn is_artifact(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.chars().all(plain) && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// Whether text looks like a groupId: words with dots between them, as a domain backwards.
pub(super) fn is_group(text: &str) -> bool {
    text.contains('.') && text.split('.').all(|part| !part.is_empty() && is_artifact(part))
}

/// Whether text can be a version: no white space, nothing unresolved.
pub(super) fn is_version(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '$' | '{' | '}' | '/' | '"' | '@');
    text.len() <= 128 && text.chars().all(plain) && text.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_where_the_version_starts() {
        for (name, artifact, version) in [
            ("jackson-databind-2.9.10.6.jar", "jackson-databind", Some("2.9.10.6")),
            ("log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", Some("2.17.1")),
            ("guava-29.0-jre.jar", "guava", Some("29.0-jre")),
            ("app-1.0-20200101.101010-3.war", "app", Some("1.0-20200101.101010-3")),
            ("netty-epoll-4.1.72.Final-linux-x86_64.jar", "netty-epoll", Some("4.1.72.Final")),
            ("kafka_2.13-3.4.0.jar", "kafka_2.13", Some("3.4.0")),
            ("org.eclipse.osgi_3.16.0.v20200828.jar", "org.eclipse.osgi", Some("3.16.0.v20200828")),
            ("app.jar", "app", None),
            ("-1.jar", "-1", None),
            ("x-1.2.3-SNAPSHOT.jar", "x", Some("1.2.3-SNAPSHOT")),
            ("é-1.jar", "é", Some("1")),
        ] {
            assert_eq!(FileName::parse(name), FileName { artifact, version }, "{name}");
        }
    }

    #[test]
    fn qualifiers_are_sorted() {
        assert!(QUALIFIERS.is_sorted());
    }
}
