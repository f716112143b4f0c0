//! Where things lie on this machine: the source tree, the user's home, the stores of package managers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where things lie on this machine, by the variables that say so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The top of the source tree, without links in its name.
    pub source: PathBuf,
    /// The home of the user.
    pub home: Option<PathBuf>,
    /// Where Cargo keeps what it fetched.
    pub cargo: Option<PathBuf>,
    /// Where rustup keeps toolchains.
    pub rustup: Option<PathBuf>,
    /// Where Go keeps modules.
    pub go_modules: Option<PathBuf>,
    /// The root of the file system; another one in tests.
    pub root: PathBuf,
}

impl Places {
    /// The places for a source tree and an environment.
    #[must_use]
    pub fn of(source: &Path, environment: &BTreeMap<String, String>) -> Self {
        let named =
            |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(|value| real(value.as_ref()));
        let home = named("HOME");
        let in_home = |name: &str| home.as_ref().map(|home| real(&home.join(name)));
        let go_path = named("GOPATH").or_else(|| in_home("go"));
        Self {
            source: real(source),
            cargo: named("CARGO_HOME").or_else(|| in_home(".cargo")),
            rustup: named("RUSTUP_HOME").or_else(|| in_home(".rustup")),
            go_modules: named("GOMODCACHE").or_else(|| go_path.map(|path| real(&path.join("pkg/mod")))),
            home,
            root: PathBuf::from("/"),
        }
    }

    /// A path as it is written into documents: relative to the source tree, or without the name of the user.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        let below = |base: &Path, name: &str| {
            let rest = path.strip_prefix(base).ok()?;
            let rest = rest.to_string_lossy();
            Some(match (name.is_empty(), rest.is_empty()) {
                (true, true) => ".".to_owned(),
                (true, false) => rest.into_owned(),
                (false, true) => name.to_owned(),
                (false, false) => format!("{name}/{rest}"),
            })
        };
        let bases = [
            (Some(&self.source), ""),
            (self.cargo.as_ref(), "$CARGO_HOME"),
            (self.rustup.as_ref(), "$RUSTUP_HOME"),
            (self.home.as_ref(), "$HOME"),
        ];
        // A home that is the root directory hides nothing.
        let mut bases = bases.into_iter().filter_map(|(base, name)| Some((base?, name)));
        bases
            .find_map(|(base, name)| if base.parent().is_some() { below(base, name) } else { None })
            .unwrap_or_else(|| path.to_string_lossy().into_owned())
    }

    /// A text, such as a list of directories, without the home of the user.
    #[must_use]
    pub fn without_home(&self, text: &str) -> String {
        let home = self.home.as_ref().filter(|home| home.parent().is_some()).and_then(|home| home.to_str());
        let Some(home) = home else { return text.to_owned() };
        let mut parts = text.split(home);
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            // The same letters may begin another name.
            let ends =
                part.chars().next().is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '-' | '_' | '.'));
            result.push_str(if ends { "$HOME" } else { home });
            result.push_str(part);
        }
        result
    }
}

/// A path without links, as the kernel gives the paths of what was opened.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_no_user() {
        let environment = BTreeMap::from([("HOME".to_owned(), "/nowhere/me".to_owned())]);
        let places = Places::of(Path::new("/nowhere/me/project"), &environment);
        let shown = |path: &str| places.shown(Path::new(path));
        assert_eq!(shown("/nowhere/me/project/src/a.c"), "src/a.c");
        assert_eq!(shown("/nowhere/me/project"), ".");
        assert_eq!(shown("/nowhere/me/.cargo/config.toml"), "$CARGO_HOME/config.toml");
        assert_eq!(shown("/nowhere/me/x"), "$HOME/x");
        assert_eq!(shown("/usr/bin/cc"), "/usr/bin/cc");
        assert_eq!(
            places.without_home("/nowhere/me/bin:/nowhere/mean:/bin:/nowhere/me"),
            "$HOME/bin:/nowhere/mean:/bin:$HOME"
        );
        let root = Places::of(Path::new("/nowhere/p"), &BTreeMap::from([("HOME".to_owned(), "/".to_owned())]));
        assert_eq!(root.shown(Path::new("/usr/bin/cc")), "/usr/bin/cc");
    }
}
