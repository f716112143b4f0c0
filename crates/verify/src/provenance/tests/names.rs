//! Spellings with which a repository, a ref or a workflow is passed off as another. The table of
//! `docs/concepts/provenance.md` says the same.

use super::super::{RefExpectation, Repository};
use super::*;

/// Provenance of a source, by its URI with or without a ref.
fn built_from(repository: &str, reference: Option<&str>) -> Value {
    let mut statement = statement();
    let definition = &mut statement["predicate"]["buildDefinition"];
    definition["externalParameters"]["source"] = json!({ "repository": repository, "ref": reference });
    let uri = reference.map_or_else(|| repository.to_owned(), |reference| format!("{repository}@{reference}"));
    definition["resolvedDependencies"][0]["uri"] = uri.into();
    statement
}

fn source(expected: &str) -> BuildExpectation {
    let source = Repository::parse(expected);
    assert!(source.is_some(), "{expected}");
    BuildExpectation { source, ..BuildExpectation::default() }
}

#[test]
fn repositories() {
    for (built, expected, same) in [
        // One repository in other words: scheme, the host's case, `.git`, one slash at the end.
        ("https://github.com/acme/app", "github.com/acme/app", true),
        ("git+https://github.com/acme/app", "https://github.com/acme/app", true),
        ("git+https://GitHub.com/acme/app.git", "github.com/acme/app", true),
        ("https://github.com/acme/app/", "github.com/acme/app.git", true),
        ("ssh://github.com/acme/app.git", "git+https://github.com/acme/app", true),
        ("ssh://git@github.com/acme/app.git", "github.com/acme/app", true),
        ("http://github.com/acme/app", "github.com/acme/app", true),
        ("https://gitlab.com/acme/tools/app", "gitlab.com/acme/tools/app", true),
        // Another repository.
        ("https://github.com/Acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/App", "github.com/acme/app", false),
        ("https://github.com/acme/app-evil", "github.com/acme/app", false),
        ("https://github.com/acme/app/evil", "github.com/acme/app", false),
        ("https://github.com/acme", "github.com/acme/app", false),
        ("https://github.com/evil/acme/app", "github.com/acme/app", false),
        ("https://github.com.evil.example/acme/app", "github.com/acme/app", false),
        ("https://evil.example/github.com/acme/app", "github.com/acme/app", false),
        ("https://github.com:8443/acme/app", "github.com/acme/app", false),
        ("https://github.com./acme/app", "github.com/acme/app", false),
        ("https://www.github.com/acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/app.git.git", "github.com/acme/app", false),
        ("https://github.com/acme/app.GIT", "github.com/acme/app", false),
        // What could hide something is no repository at all.
        ("https://github.com/acme%2Fapp", "github.com/acme/app", false),
        ("https://github.com/acme/app%00", "github.com/acme/app", false),
        ("https://github.com/acme/app?x=/acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/app#acme", "github.com/acme/app", false),
        ("https://github.com@evil.example/acme/app", "github.com/acme/app", false),
        ("https://user:secret@github.com/acme/app", "github.com/acme/app", false),
        ("https://github.com/./acme/app", "github.com/acme/app", false),
        ("https://github.com/evil/../acme/app", "github.com/acme/app", false),
        ("https://github.com//acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/app//", "github.com/acme/app", false),
        ("https://github.com\\acme\\app", "github.com/acme/app", false),
        ("https:github.com/acme/app", "github.com/acme/app", false),
        ("HTTPS://github.com/acme/app", "github.com/acme/app", false),
        ("git+git+https://github.com/acme/app", "github.com/acme/app", false),
        (" https://github.com/acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/app\n", "github.com/acme/app", false),
        ("file:///github.com/acme/app", "github.com/acme/app", false),
        // Letters that look alike, and those that do not show: Cyrillic о, full width, a zero-width space, a right-to-left mark.
        ("https://github.c\u{43e}m/acme/app", "github.com/acme/app", false),
        ("https://github.com/acme/\u{ff41}pp", "github.com/acme/app", false),
        ("https://github.com/ac\u{200b}me/app", "github.com/acme/app", false),
        ("https://github.com/acme/app\u{200f}", "github.com/acme/app", false),
        ("https://github.com/acme/app\0", "github.com/acme/app", false),
    ] {
        let why = code_of(&built_from(built, None), source(expected));
        assert_eq!(why.is_none(), same, "{built:?} for {expected}: {why:?}");
    }
}

#[test]
fn refs() {
    let exact = |text: &str| RefExpectation::Exact(text.into());
    let branch = |text: &str| RefExpectation::Branch(text.into());
    let tag = |text: &str| RefExpectation::Tag(text.into());
    let version = |text: &str| RefExpectation::VersionedTag(text.into());
    for (built, expected, why) in [
        ("refs/tags/v1", tag("v1"), None),
        ("refs/tags/v1", exact("refs/tags/v1"), None),
        ("refs/heads/main", branch("main"), None),
        // A branch that is called as a tag is.
        ("refs/heads/v1", tag("v1"), Some(Code::Tag)),
        ("refs/heads/refs/tags/v1", tag("v1"), Some(Code::Tag)),
        ("refs/heads/refs/tags/v1", exact("refs/tags/v1"), Some(Code::Ref)),
        ("refs/heads/refs/tags/v1", branch("refs/tags/v1"), None),
        ("refs/tags/main", branch("main"), Some(Code::Branch)),
        ("refs/tags/refs/heads/main", branch("main"), Some(Code::Branch)),
        ("refs/pull/7/merge", branch("main"), Some(Code::Branch)),
        // A short name says not what it is.
        ("v1", tag("v1"), Some(Code::Tag)),
        ("main", branch("main"), Some(Code::Branch)),
        // What is called with a slash, or an at sign.
        ("refs/heads/main/evil", branch("main"), Some(Code::Branch)),
        ("refs/heads/evil/main", branch("main"), Some(Code::Branch)),
        ("refs/tags/@acme/app@1.0", tag("@acme/app@1.0"), None),
        ("refs/tags/@acme/app@1.0", tag("1.0"), Some(Code::Tag)),
        ("refs/tags/evil@refs/tags/v1", tag("v1"), Some(Code::Tag)),
        ("refs/tags/v1 ", tag("v1"), Some(Code::Tag)),
        ("refs/tags/V1", tag("v1"), Some(Code::Tag)),
        ("refs/tags//v1", tag("v1"), Some(Code::Tag)),
        ("refs/tags/v1\u{200b}", tag("v1"), Some(Code::Tag)),
        // Versions by number, not by the beginning of a text.
        ("refs/tags/v1.2.3", version("v1.2"), None),
        ("refs/tags/v1.20.3", version("v1.2"), Some(Code::VersionedTag)),
        ("refs/tags/v1.2.3-rc.1", version("v1.2"), Some(Code::VersionedTag)),
        ("refs/heads/v1.2.3", version("v1.2"), Some(Code::VersionedTag)),
    ] {
        let statement = built_from("git+https://git.example/acme/app", Some(built));
        let build = BuildExpectation { references: vec![expected.clone()], ..BuildExpectation::default() };
        assert_eq!(code_of(&statement, build), why, "{built} for {expected:?}");
    }
}

#[test]
fn workflows_are_matched_as_a_whole() {
    let glob = |text: &str| Pattern::glob(text).unwrap();
    let regex = |text: &str| Pattern::regex(text).unwrap();
    for (pattern, path, holds) in [
        (Pattern::exact(".github/workflows/release.yml"), ".github/workflows/release.yml", true),
        (Pattern::exact(".github/workflows/release.yml"), ".github/workflows/release.yml.evil", false),
        (Pattern::exact(".github/workflows/release.yml"), "x/.github/workflows/release.yml", false),
        (Pattern::exact(".github/workflows/release.yml"), ".github/workflows/Release.yml", false),
        (Pattern::exact(".github/workflows/release.yml"), ".github/workflows/./release.yml", false),
        (glob(".github/workflows/*.yml"), ".github/workflows/release.yml", true),
        (glob(".github/workflows/*.yml"), ".github/workflows/evil/release.yml", false),
        (glob(".github/workflows/*.yml"), ".github/workflows/release.yml.evil", false),
        // A dot stands for any character in an expression, and an expression is for the whole.
        (regex(r"\.github/workflows/release\.yml"), ".github/workflows/release.yml", true),
        (regex(r"\.github/workflows/release\.yml"), ".github/workflows/release.yml.evil", false),
        (regex(r"\.github/workflows/release\.yml"), "evil/.github/workflows/release.yml", false),
        (regex("release.yml|other.yml"), "release.yml\nevil", false),
    ] {
        assert_eq!(pattern.matches(path), holds, "{pattern} {path}");
    }
}

/// A repository that was renamed has another name and the same number. Who expects the number alone is served by it.
#[test]
fn a_renamed_repository_keeps_its_number() {
    let built = |project: &str, id: &str| {
        let mut statement = statement();
        let definition = &mut statement["predicate"]["buildDefinition"];
        definition["buildType"] = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1".into();
        definition["externalParameters"] = json!({
            "source": project, "entryPoint": "build",
            "variables": { "CI": "true", "CI_PROJECT_ID": id, "CI_COMMIT_TAG": "v1.4.0", "CI_PIPELINE_SOURCE": "push" },
        });
        definition["resolvedDependencies"] = json!([{ "uri": project, "digest": { "gitCommit": COMMIT } }]);
        statement
    };
    let (old, new) = ("https://gitlab.com/acme/old", "https://gitlab.com/acme/new");
    let by_number = || BuildExpectation { source_id: Some("278964".into()), ..BuildExpectation::default() };
    for name in [old, new] {
        assert_eq!(code_of(&built(name, "278964"), by_number()), None);
        assert_eq!(code_of(&built(name, "278965"), by_number()), Some(Code::Source));
    }
    // Who took the old name has another number.
    let both = |name: &str| BuildExpectation { source: Repository::parse(name), ..by_number() };
    assert_eq!(code_of(&built(old, "278964"), both(old)), None);
    assert_eq!(code_of(&built(old, "1"), both(old)), Some(Code::Source));
    assert_eq!(code_of(&built(new, "278964"), both(old)), Some(Code::Source));
}
