//! The source tree as version control knows it.
//!
//! `git` is asked, before the build: it is the user's own project, whose build runs its code anyway, and reading the index and
//! the objects again would be a second git. It runs without the user's environment and configuration, and changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::secret;

/// The source tree as version control knows it. The default is a tree that none knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The top of the tree, without links in its name.
    pub root: PathBuf,
    /// Where it comes from, without user and password.
    pub uri: Option<String>,
    /// The branch or tag that is checked out.
    pub reference: Option<String>,
    /// The commit that is checked out: lower-case hex.
    pub commit: Option<String>,
    /// The files that are not as in the commit.
    pub dirty: BTreeSet<PathBuf>,
    /// The files and directories that are ignored.
    pub ignored: BTreeSet<PathBuf>,
}

impl Source {
    /// Asks git about a directory. A directory that is in no repository, or no `git`, is no error.
    #[must_use]
    pub fn of(directory: &Path, environment: &BTreeMap<String, String>) -> Self {
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let git = |arguments: &[&str]| git(&directory, arguments, environment);
        let line = |arguments: &[&str]| {
            let text = String::from_utf8(git(arguments)?).ok()?;
            Some(text.trim_end_matches('\n').to_owned()).filter(|text| !text.is_empty())
        };
        let Some(root) = line(&["rev-parse", "--show-toplevel"]) else {
            return Self { root: directory, ..Self::default() };
        };
        let root = PathBuf::from(root);
        let status =
            git(&["status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames"]);
        let (dirty, ignored) = listed(&status.unwrap_or_default(), &root);
        let commit = line(&["rev-parse", "--verify", "-q", "HEAD"]);
        let exact_tag = || Some(format!("refs/tags/{}", line(&["describe", "--tags", "--exact-match", "HEAD"])?));
        Self {
            uri: line(&["config", "--get", "remote.origin.url"]).map(|url| location(&url)),
            reference: line(&["symbolic-ref", "-q", "HEAD"]).or_else(exact_tag),
            commit: commit.filter(|commit| commit.bytes().all(|byte| byte.is_ascii_hexdigit())),
            dirty,
            ignored,
            root,
        }
    }

    /// Whether a file is of the tree: not one that is ignored, which an earlier build may have left.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        !path.ancestors().any(|ancestor| self.ignored.contains(ancestor))
    }
}

/// A repository's place as in-toto writes it: `git+https://…`.
fn location(url: &str) -> String {
    // `git@host:path`, as scp has it.
    let url = match url.split_once(':') {
        Some((host, path)) if !url.contains("://") && host.contains('@') => format!("ssh://{host}/{path}"),
        _ => url.to_owned(),
    };
    // A directory on this machine says where it is, and nothing to anybody else.
    let url = if url.contains("://") { url } else { "file://local".to_owned() };
    let url = secret::without_user_information(&url);
    if url.starts_with("git+") || url.starts_with("git:") { url } else { format!("git+{url}") }
}

/// What `git status --porcelain -z` lists: what differs, and what is ignored.
fn listed(output: &[u8], root: &Path) -> (BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let (mut dirty, mut ignored) = (BTreeSet::new(), BTreeSet::new());
    for entry in output.split(|byte| *byte == 0) {
        let Some((state, name)) = entry.split_at_checked(3) else { continue };
        let path = root.join(lossless(name));
        if state.starts_with(b"!!") {
            ignored.insert(path)
        } else {
            dirty.insert(path)
        };
    }
    (dirty, ignored)
}

#[cfg(unix)]
fn lossless(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(name).into()
}

#[cfg(not(unix))]
fn lossless(name: &[u8]) -> PathBuf {
    OsStr::new(&*String::from_utf8_lossy(name)).into()
}

/// Files that git lists, for copying a tree without what builds left in it. `None` without git.
pub(super) fn files(directory: &Path, environment: &BTreeMap<String, String>) -> Option<Vec<PathBuf>> {
    let output = git(directory, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"], environment)?;
    let names = output.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Some(names.map(lossless).collect())
}

fn git(directory: &Path, arguments: &[&str], environment: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    command.args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"]);
    command.args(arguments).current_dir(directory).env_clear();
    command.envs(environment.get("PATH").map(|path| ("PATH", path)));
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_OPTIONAL_LOCKS", "0");
    command.env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_repositories_have_no_secrets() {
        assert_eq!(location("https://me:token@github.com/a/b.git"), "git+https://github.com/a/b.git");
        assert_eq!(location("git@github.com:a/b.git"), "git+ssh://github.com/a/b.git");
        assert_eq!(location("/home/me/b.git"), "git+file://local");
    }

    #[test]
    fn what_status_lists() {
        let (dirty, ignored) = listed(b" M src/a.rs\0?? new file\0!! target/\0", Path::new("/w"));
        assert_eq!(dirty, BTreeSet::from(["/w/src/a.rs".into(), "/w/new file".into()]));
        let source = Source { ignored, ..Source::default() };
        assert!(!source.has(Path::new("/w/target/x/y")) && source.has(Path::new("/w/src/a.rs")));
    }
}
