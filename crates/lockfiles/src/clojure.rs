//! Names and scopes that the build tools of Clojure share. Libraries are Maven artifacts, from Clojars or elsewhere.

use plimsoll_extract::prelude::*;

use crate::maven::{self, Artifact, Version};

/// The name of a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Library<'a> {
    pub(crate) group: &'a str,
    pub(crate) name: &'a str,
    pub(crate) classifier: &'a str,
}

impl<'a> Library<'a> {
    /// Reads `group/artifact$classifier`; without a group the artifact is one.
    pub(crate) fn read(symbol: &'a str) -> Option<Self> {
        let (group, name) = symbol.split_once('/').unwrap_or((symbol, symbol));
        let cut = |text: &'a str| text.split_once('$').unwrap_or((text, ""));
        let ((group, _), (name, classifier)) = (cut(group), cut(name));
        (!group.is_empty() && !name.is_empty() && !name.contains('/')).then_some(Self { group, name, classifier })
    }
}

/// The component of a library at a version; without one it is listed all the same.
pub(crate) fn component(library: Library<'_>, version: &str, line: u32, out: &mut Sink<'_>) -> Option<Component> {
    let Library { group, name, classifier } = library;
    let version = Version::read(version);
    let component = maven::library(Artifact { group, name, classifier, kind: "" }, version, line, out)?;
    match version {
        Version::Exact(_) => {}
        Version::Range(range) => {
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{group}/{name} is not pinned: {range}"));
        }
        Version::Unknown => {
            out.diagnose(
                DiagnosticCode::UNRESOLVED_VERSION,
                line,
                format!("the version of {group}/{name} is not known"),
            );
        }
    }
    Some(component)
}

/// The scope that the name of a profile or alias stands for. Any other has to be chosen.
pub(crate) fn scope_of(name: &str) -> Scope {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["test", "dev", "repl", "bench", "lint", "kondo", "user", "eastwood", "coverage"]) {
        Scope::Dev
    } else if has(&["build", "provided", "jar", "deploy", "release", "install"]) {
        Scope::Build
    } else {
        Scope::Optional
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let read = |text| Library::read(text).map(|held| (held.group, held.name, held.classifier));
        assert_eq!(read("org.clojure/clojure"), Some(("org.clojure", "clojure", "")));
        assert_eq!(read("ring"), Some(("ring", "ring", "")));
        assert_eq!(read("io.netty/epoll$linux-x86_64"), Some(("io.netty", "epoll", "linux-x86_64")));
        assert_eq!(read("/x"), None);
    }
}
