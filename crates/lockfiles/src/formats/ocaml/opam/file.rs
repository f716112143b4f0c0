//! The fields of an opam file.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::trees::{Kind, Tree, parts};

use crate::project_manifest::When;
use crate::vcs::{git_url, reference};

/// A package that is depended on.
pub(super) struct Dependency<'t> {
    pub(super) name: &'t str,
    /// The filter and range in braces, as text.
    filter: String,
    /// The range alone; empty when anything goes.
    pub(super) range: String,
    /// The version, when the range is a single one.
    pub(super) pinned: Option<String>,
    pub(super) when: When,
    pub(super) line: u32,
}

impl Dependency<'_> {
    pub(super) fn scope(&self) -> Scope {
        self.when.scope()
    }

    pub(super) fn text(&self) -> String {
        if self.filter.is_empty() { self.name.to_owned() } else { format!("{} {{{}}}", self.name, self.filter) }
    }
}

#[derive(Default)]
pub(super) struct OpamFile<'t> {
    pub(super) name: Cow<'t, str>,
    pub(super) version: Option<Cow<'t, str>>,
    pub(super) synopsis: Option<&'t str>,
    pub(super) license: Option<String>,
    /// The line of the name or version.
    pub(super) line: u32,
    pub(super) depends: Vec<Dependency<'t>>,
    /// Versions and URLs of `pin-depends`, by name.
    pub(super) pins: HashMap<&'t str, (&'t str, &'t str)>,
    authors: Vec<&'t str>,
    maintainers: Vec<&'t str>,
    homepage: Option<&'t str>,
    issues: Option<&'t str>,
    repository: Option<&'t str>,
    source: Option<&'t str>,
    checksums: Vec<&'t str>,
}

impl<'t> OpamFile<'t> {
    pub(super) fn read(trees: &'t [Tree<'_>], path: &'t SourcePath) -> Self {
        let mut opam = Self { line: 1, ..Self::default() };
        for (at, tree) in trees.iter().enumerate() {
            let rest = |skip: usize| trees.get(at.saturating_add(skip)..).unwrap_or_default();
            let Some(field) = tree.word() else { continue };
            match rest(1) {
                [colon, value, ..] if colon.is_mark(":") => opam.field(field, value, tree.line()),
                [section, ..] if field == "url" => opam.url(section.group('{').unwrap_or_default()),
                _ => {}
            }
        }
        opam.take_names(path);
        opam
    }

    fn field(&mut self, field: &str, value: &'t Tree<'_>, line: u32) {
        match field {
            "name" => {
                self.name = value.name().unwrap_or_default().into();
                self.line = line;
            }
            "version" => {
                self.version = value.name().map(Cow::Borrowed);
                self.line = line;
            }
            "synopsis" => self.synopsis = value.text(),
            "license" => {
                // Several licences apply together.
                let all = texts(value);
                let composite = |text: &str| text.contains(' ') && all.len() > 1;
                let one = |text: &&str| if composite(text) { format!("({text})") } else { (*text).to_owned() };
                self.license =
                    Some(all.iter().map(one).collect::<Vec<_>>().join(" AND ")).filter(|text| !text.is_empty());
            }
            "authors" => self.authors = texts(value),
            "maintainer" => self.maintainers = texts(value),
            "homepage" => self.homepage = texts(value).first().copied(),
            "bug-reports" => self.issues = texts(value).first().copied(),
            "dev-repo" => self.repository = texts(value).first().copied(),
            "depends" => collect(value, When::Runtime, &mut self.depends),
            "depopts" => collect(value, When::Optional, &mut self.depends),
            "pin-depends" => {
                for pin in value.group('[').unwrap_or_default() {
                    // A list of one pin may stand without its outer brackets.
                    let list = pin.group('[').or_else(|| value.group('[')).unwrap_or_default();
                    if let [package, url, ..] = list
                        && let (Some(package), Some(url)) = (package.text(), url.text())
                    {
                        self.pins.extend(package.split_once('.').map(|(name, version)| (name, (version, url))));
                    }
                }
            }
            _ => {}
        }
    }

    fn url(&mut self, section: &'t [Tree<'_>]) {
        for window in section.windows(3) {
            let [field, colon, value] = window else { continue };
            match field.word() {
                Some("src" | "archive" | "http") if colon.is_mark(":") => self.source = value.text(),
                Some("checksum") if colon.is_mark(":") => self.checksums = texts(value),
                _ => {}
            }
        }
    }

    /// What the file leaves to its own name and to that of its directory.
    fn take_names(&mut self, path: &'t SourcePath) {
        let file = path.name();
        let stem = file.strip_suffix(b".locked").unwrap_or(file);
        let stem = stem.strip_suffix(b".opam").filter(|stem| !stem.is_empty());
        let directory = path.parent().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let directory = if stem.is_none() { String::from_utf8_lossy(directory) } else { Cow::Borrowed("") };
        // `NAME.VERSION/opam`, of a repository or a switch.
        let stated = self.version.as_deref();
        let is_version = |version: &str| stated == Some(version) || version.starts_with(|c: char| c.is_ascii_digit());
        let named = directory.split_once('.').filter(|(_, version)| is_version(version));
        if self.version.is_none() {
            self.version = named.map(|(_, version)| version.to_owned().into());
        }
        if self.name.is_empty() {
            self.name = match (stem, named) {
                (Some(stem), _) => String::from_utf8_lossy(stem),
                (None, Some((name, _))) => name.to_owned().into(),
                (None, None) if !directory.is_empty() => directory,
                (None, None) => "opam".into(),
            };
        }
    }

    pub(super) fn describe(&self, component: &mut Component, out: &mut Sink<'_>) {
        component.description = self.synopsis.filter(|text| !text.is_empty()).map(Into::into);
        component.licenses.extend(self.license.as_deref().and_then(License::declared));
        component.author = (!self.authors.is_empty()).then(|| self.authors.join(", ").into());
        component.supplier = (!self.maintainers.is_empty()).then(|| self.maintainers.join(", ").into());
        let pages = [(ReferenceKind::Website, self.homepage), (ReferenceKind::IssueTracker, self.issues)];
        component.references.extend(pages.into_iter().filter_map(|(kind, url)| Some(reference(kind, url?))));
        component.references.extend(self.repository.map(|url| reference(ReferenceKind::Vcs, url)));
        if let Some(source) = self.source {
            let (_, kind, url) = origin(source);
            let mut hashes = Vec::new();
            for checksum in &self.checksums {
                // Before opam 2, only MD5 and without its name.
                let prefixed = checksum.replacen('=', ":", 1);
                let digest =
                    Digest::from_prefixed(&prefixed).or_else(|_| Digest::from_hex(DigestAlgorithm::Md5, checksum));
                match digest {
                    Ok(digest) => hashes.push(digest),
                    Err(_) => out.malformed_entry(self.line, format!("checksum {checksum} is not one")),
                }
            }
            if kind == ReferenceKind::SourceDistribution {
                component.hashes.clone_from(&hashes);
            }
            component.references.push(ExternalReference { kind, url: url.into(), hashes });
        }
    }
}

/// The qualifier for a URL of opam, what sort of reference it is, and the URL. `git+https://…#commit` names a commit.
pub(super) fn origin(url: &str) -> (&'static str, ReferenceKind, String) {
    let is_git = url.starts_with("git") || url.split('#').next().is_some_and(|url| url.ends_with(".git"));
    if !is_git {
        return ("download_url", ReferenceKind::SourceDistribution, crate::locator::without_password(url).into_owned());
    }
    let (remote, commit) = url.split_once('#').unwrap_or((url, ""));
    ("vcs_url", ReferenceKind::Vcs, git_url(remote, Some(commit)))
}

/// A text, or a list of them.
fn texts<'t>(value: &'t Tree<'_>) -> Vec<&'t str> {
    match value.group('[') {
        Some(list) => list.iter().filter_map(Tree::text).collect(),
        None => value.text().into_iter().collect(),
    }
}

/// The packages of a formula: `"a" {>= "1"} ("b" | "c") "d"`. Alternatives are all listed.
fn collect<'t>(formula: &'t Tree<'_>, when: When, found: &mut Vec<Dependency<'t>>) {
    let list = match formula.kind() {
        Kind::Group('[' | '(', list) => list.as_slice(),
        _ => std::slice::from_ref(formula),
    };
    for (at, tree) in list.iter().enumerate() {
        if tree.group('(').is_some() {
            collect(tree, when, found);
        } else if let Some(name) = tree.text() {
            let filter = list.get(at.saturating_add(1)).and_then(|next| next.group('{')).unwrap_or_default();
            found.push(dependency(name, filter, when, tree.line()));
        }
    }
}

fn dependency<'t>(name: &'t str, filter: &[Tree<'_>], when: When, line: u32) -> Dependency<'t> {
    let positive = |word: &str| {
        filter.iter().enumerate().any(|(at, tree)| {
            let negated = at.checked_sub(1).and_then(|before| filter.get(before)).is_some_and(|tree| tree.is_mark("!"));
            tree.word() == Some(word) && !negated
        })
    };
    let when = match when {
        When::Runtime if ["with-test", "with-doc", "with-dev-setup", "dev"].iter().any(|word| positive(word)) => {
            When::Dev
        }
        When::Runtime if positive("build") => When::Build,
        when => when,
    };
    let pinned = filter.windows(2).find_map(|window| match window {
        [equals, version] if equals.is_mark("=") => version.text().map(str::to_owned),
        _ => None,
    });
    let compares = |part: &&[Tree<'_>]| {
        part.iter().any(|tree| matches!(tree.kind(), Kind::Mark("=" | "!=" | "<" | ">" | "<=" | ">=" | "~")))
    };
    let range = parts(filter, &["&"]).filter(compares).map(show).collect::<Vec<_>>().join(" & ");
    Dependency { name, filter: show(filter), range, pinned, when, line }
}

/// A filter as text.
fn show(filter: &[Tree<'_>]) -> String {
    let mut out = String::new();
    for tree in filter {
        if !out.is_empty() {
            out.push(' ');
        }
        match tree.kind() {
            Kind::Text(text) => out.push_str(&format!("\"{text}\"")),
            Kind::Word(word) => out.push_str(word),
            Kind::Mark(mark) => out.push_str(mark),
            Kind::Group(_, inner) => out.push_str(&format!("({})", show(inner))),
            _ => {}
        }
    }
    out
}
