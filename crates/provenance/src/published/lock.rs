//! `provenance.lock`: who signed each package when it was first seen (trust on first use).
//!
//! ```toml
//! version = 1
//!
//! [[package]]
//! purl = "pkg:npm/sigstore"
//! issuer = "https://token.actions.githubusercontent.com"
//! identity = "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml"
//! source = "https://github.com/sigstore/sigstore-js"
//! source-id = "495574555"
//! first-seen = "2.3.1"
//! ```
//!
//! Packages go without version and identities of workflows without ref, so that a release changes nothing in the file; sorted,
//! so that a change is a small diff that somebody reviews. Several entries for one package are alternatives. Nothing is ever
//! replaced because it changed: that is what the file is there to show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use plimsoll_model::{Limits, Purl};
use plimsoll_syntax::toml;

use super::expectation::{Difference, differs};
use super::signer::without_ref;
use super::{ExpectedBy, Report, Row, Signer, Status};

const VERSION: i64 = 1;
const HEAD: &str = "\
# Who signed each dependency when it was first seen. Written by `plimsoll provenance deps --lock FILE --update-lock`;
# review changes as you review code.
version = 1
";

/// Why a lock cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LockError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

/// Who signed which package before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    packages: BTreeMap<String, BTreeSet<LockedSigner>>,
}

/// Who signed a package, without what changes with each release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedSigner {
    /// Who vouches for the identity.
    pub issuer: String,
    /// The identity; of a workflow without ref.
    pub identity: String,
    /// The repository.
    pub source: Option<String>,
    /// Its number.
    pub source_id: Option<String>,
    /// The workflow that starts the one that signs, without ref.
    pub workflow: Option<String>,
    /// The version in which it was first seen.
    pub first_seen: String,
}

impl LockedSigner {
    fn of(signer: &Signer, version: &str) -> Self {
        Self {
            issuer: signer.issuer.clone(),
            identity: without_ref(&signer.identity).to_owned(),
            source: signer.source.clone(),
            source_id: signer.source_id.clone(),
            workflow: signer.workflow.as_deref().map(|workflow| without_ref(workflow).to_owned()),
            first_seen: version.to_owned(),
        }
    }

    /// How a signer differs from this one.
    pub(super) fn difference(&self, signer: &Signer) -> Option<Difference> {
        let other = Self::of(signer, &self.first_seen);
        let renamed = self.source_id.is_some() && self.source_id == other.source_id;
        let source =
            if renamed { "name of the source repository (its number is the same)" } else { "source repository" };
        let pairs = [
            ("issuer", Some(&self.issuer), Some(&other.issuer)),
            (source, self.source.as_ref(), other.source.as_ref()),
            ("number of the source repository", self.source_id.as_ref(), other.source_id.as_ref()),
            ("identity", Some(&self.identity), Some(&other.identity)),
            ("workflow", self.workflow.as_ref(), other.workflow.as_ref()),
        ];
        pairs.into_iter().find(|(_, locked, now)| locked != now).and_then(|(what, locked, now)| {
            differs(what, locked.map_or("none", String::as_str), now.map(String::as_str))
        })
    }
}

impl Lock {
    /// Reads one.
    ///
    /// # Errors
    /// It is not TOML, of another version, or an entry is not whole.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let document = toml::parse(text, &Limits::DEFAULT)
            .map_err(|error| LockError { line: error.line().unwrap_or(1), reason: error.to_string() })?;
        let root = document.root();
        let wrong = |line, reason: &str| LockError { line, reason: reason.to_owned() };
        match root.get("version") {
            Some(version) if version.as_integer() == Some(VERSION) => {}
            Some(version) => return Err(wrong(version.line(), "this version of the lock is not known")),
            None => return Err(wrong(1, "it does not say its version")),
        }
        let mut lock = Self::default();
        for (key, value) in root.iter() {
            if !matches!(key, "version" | "package") {
                return Err(wrong(value.line(), &format!("{key:?} is not known")));
            }
        }
        for table in root.tables("package") {
            let known = ["purl", "issuer", "identity", "source", "source-id", "workflow", "first-seen"];
            if let Some((key, value)) = table.iter().find(|(key, _)| !known.contains(key)) {
                return Err(wrong(value.line(), &format!("{key:?} is not known")));
            }
            let needed = |key: &str| {
                table.get_str(key).map(str::to_owned).ok_or_else(|| wrong(table.line(), &format!("it has no {key}")))
            };
            let optional = |key: &str| table.get_str(key).map(str::to_owned);
            let purl = Purl::parse(&needed("purl")?).map_err(|error| wrong(table.line(), &error.to_string()))?;
            let signer = LockedSigner {
                issuer: needed("issuer")?,
                identity: needed("identity")?,
                source: optional("source"),
                source_id: optional("source-id"),
                workflow: optional("workflow"),
                first_seen: needed("first-seen")?,
            };
            lock.packages.entry(purl.to_string()).or_default().insert(signer);
        }
        Ok(lock)
    }

    /// How many packages it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Who signed a package before.
    #[must_use]
    pub fn signers(&self, package: &str) -> Vec<&LockedSigner> {
        self.packages.get(package).into_iter().flatten().collect()
    }

    /// Adds who signed the packages that it does not have yet. A package that changed is replaced, and one that lost its
    /// provenance removed, only when it is named in `accepted`. Gives what changed, sorted.
    pub fn update(&mut self, report: &Report, accepted: &BTreeSet<String>) -> Vec<String> {
        let mut new: BTreeMap<&str, BTreeSet<LockedSigner>> = BTreeMap::new();
        let mut lost: BTreeSet<&str> = BTreeSet::new();
        for row in &report.rows {
            let changed = row.status == Status::UnexpectedIdentity && accepted.contains(&row.package);
            if row.status == Status::Unpinned || changed {
                let signers = row.signers.iter().map(|signer| LockedSigner::of(signer, &row.version));
                new.entry(&row.package).or_default().extend(signers);
            } else if row.lost && accepted.contains(&row.package) {
                lost.insert(&row.package);
            }
        }
        let mut changes = Vec::new();
        for (package, mut signers) in new {
            let still = |row: &&Row| row.package == package && row.expected_by == Some(ExpectedBy::Lock);
            if report.rows.iter().any(|row| still(&row)) {
                signers.extend(self.packages.get(package).into_iter().flatten().cloned());
            }
            // Another version of the same package by the same signer was seen in this very run.
            let mut kept: BTreeSet<LockedSigner> = BTreeSet::new();
            while let Some(signer) = signers.pop_first() {
                let same = |held: &LockedSigner| {
                    LockedSigner { first_seen: signer.first_seen.clone(), ..held.clone() } == signer
                };
                if !kept.iter().any(same) {
                    kept.insert(signer);
                }
            }
            let word = if self.packages.insert(package.to_owned(), kept).is_some() { "replaced" } else { "added" };
            changes.push(format!("{package} {word}"));
        }
        for package in lost {
            if self.packages.remove(package).is_some() {
                changes.push(format!("{package} removed"));
            }
        }
        changes.sort();
        changes
    }

    /// The file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = HEAD.to_owned();
        for (purl, signers) in &self.packages {
            for signer in signers {
                let lines = [
                    ("purl", Some(purl)),
                    ("issuer", Some(&signer.issuer)),
                    ("identity", Some(&signer.identity)),
                    ("source", signer.source.as_ref()),
                    ("source-id", signer.source_id.as_ref()),
                    ("workflow", signer.workflow.as_ref()),
                    ("first-seen", Some(&signer.first_seen)),
                ];
                out.push_str("\n[[package]]\n");
                for (key, value) in lines {
                    if let Some(value) = value {
                        out.push_str(key);
                        out.push_str(" = ");
                        quote(&mut out, value);
                        out.push('\n');
                    }
                }
            }
        }
        out
    }
}

/// A basic string of TOML, where what changes a terminal or the eye is escaped.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if plimsoll_model::changes_terminal(character) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\U{:08X}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> LockedSigner {
        LockedSigner {
            issuer: "https://token.actions.githubusercontent.com".into(),
            identity: "https://github.com/a/b/.github/workflows/x.yml".into(),
            source: Some("https://github.com/a/b".into()),
            source_id: Some("7".into()),
            workflow: None,
            first_seen: "1.0 \"\u{202e}".into(),
        }
    }

    fn signer() -> Signer {
        Signer {
            identity: "https://github.com/a/b/.github/workflows/x.yml@refs/tags/v9".into(),
            issuer: "https://token.actions.githubusercontent.com".into(),
            source: Some("https://github.com/a/b".into()),
            source_id: Some("7".into()),
            source_ref: Some("refs/tags/v9".into()),
            source_commit: None,
            workflow: None,
            runner: None,
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let mut lock = Lock::default();
        lock.packages.entry("pkg:npm/%40a/b".into()).or_default().insert(locked());
        lock.packages.entry("pkg:npm/a".into()).or_default().insert(locked());
        let text = lock.to_toml();
        assert!(!text.contains('\u{202e}'), "{text}");
        assert_eq!(Lock::parse(&text).unwrap(), lock);
        assert_eq!(Lock::parse(&Lock::default().to_toml()).unwrap(), Lock::default());
    }

    #[test]
    fn a_release_changes_nothing_and_all_else_does() {
        assert_eq!(locked().difference(&signer()), None);
        let what = |change: fn(&mut Signer)| {
            let mut signer = signer();
            change(&mut signer);
            locked().difference(&signer).map(|difference| difference.what)
        };
        assert_eq!(what(|signer| signer.issuer = "https://x".into()), Some("issuer"));
        let renamed = what(|signer| signer.source = Some("https://github.com/evil/b".into()));
        assert!(renamed.is_some_and(|what| what.starts_with("name of the source repository")), "{renamed:?}");
        assert_eq!(what(|signer| signer.source_id = Some("8".into())), Some("number of the source repository"));
        assert_eq!(what(|signer| signer.source_id = None), Some("number of the source repository"));
        let other = "https://github.com/a/b/.github/workflows/x.yml.evil@refs/tags/v9";
        assert_eq!(
            locked().difference(&Signer { identity: other.into(), ..signer() }).map(|difference| difference.what),
            Some("identity")
        );
        assert_eq!(what(|signer| signer.workflow = Some("https://github.com/a/b/y.yml@r".into())), Some("workflow"));
    }

    #[test]
    fn mistakes_have_a_line() {
        for (text, line) in [
            ("", 1),
            ("version = 2\n", 1),
            ("version = 1\n[[package]]\npurl = \"pkg:npm/a\"\n", 2),
            ("version = 1\n[[package]]\nindentity = \"x\"\n", 3),
            ("version = 1\nother = 1\n", 2),
            ("version = 1\n[[package]\n", 2),
        ] {
            assert_eq!(Lock::parse(text).unwrap_err().line, line, "{text}");
        }
    }
}
