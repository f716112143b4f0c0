//! The `source` of a package: which registry or repository it comes from.

/// Where a package comes from.
pub(super) enum Source<'a> {
    /// A workspace member or a path dependency.
    Local,
    /// crates.io, over git or sparse.
    CratesIo,
    /// Another registry, by the URL of its index.
    Registry(&'a str),
    /// A commit in a git repository.
    Git {
        /// The URL of the repository, without `git+`.
        url: &'a str,
        /// `branch=…`, `tag=…` or `rev=…`, when one was asked for.
        reference: Option<&'a str>,
        /// The commit.
        commit: Option<&'a str>,
    },
    /// Of a kind that is not known.
    Other(&'a str),
}

impl<'a> Source<'a> {
    /// Reads `registry+URL`, `sparse+URL`, `git+URL?reference#commit` or `path+URL`.
    pub(super) fn read(text: Option<&'a str>) -> Self {
        let Some((kind, url)) = text.and_then(|text| text.split_once('+')) else {
            return text.map_or(Self::Local, Self::Other);
        };
        let (url, commit) = match url.split_once('#') {
            Some((url, commit)) => (url, Some(commit)),
            None => (url, None),
        };
        match kind {
            "registry" | "sparse" if is_crates_io(url) => Self::CratesIo,
            "registry" | "sparse" => Self::Registry(url),
            "git" => {
                let (url, reference) = match url.split_once('?') {
                    Some((url, reference)) => (url, Some(reference)),
                    None => (url, None),
                };
                Self::Git { url, reference, commit }
            }
            "path" => Self::Local,
            _ => Self::Other(text.unwrap_or_default()),
        }
    }
}

fn is_crates_io(url: &str) -> bool {
    matches!(
        url.trim_end_matches('/').trim_end_matches(".git"),
        "https://github.com/rust-lang/crates.io-index" | "https://index.crates.io"
    )
}

/// The source as a dependency names it: without the commit.
pub(super) fn without_commit(source: &str) -> &str {
    source.split_once('#').map_or(source, |(source, _)| source)
}
