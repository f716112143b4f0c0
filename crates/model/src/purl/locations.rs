//! Where a package is found: addresses made from the templates of `schemas/purl-types.tsv`. Nothing is fetched, and an
//! address says nothing about whether the package is there.

use super::percent::Encoded;
use super::rules::{Rule, rule};
use super::{Purl, PurlType};

impl Purl {
    /// What the table says about its type.
    #[must_use]
    pub fn type_rules(&self) -> Option<&'static PurlType> {
        PurlType::find(&self.kind)
    }

    /// The value of a qualifier.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers().find(|(held, _)| *held == key).map(|(_, value)| value)
    }

    /// The repository that holds it: the one it names, or the default of its type.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        self.qualifier("repository_url").or_else(|| rule(&self.kind).repository)
    }

    /// Where people read about it; `None` when it is not in the default repository, or none is known.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        self.fill(rule(&self.kind).page.filter(|_| self.qualifier("repository_url").is_none())?)
    }

    /// Where its file is downloaded: the address it names, or the one in the default repository when that follows from
    /// name and version.
    #[must_use]
    pub fn download(&self) -> Option<String> {
        if let Some(named) = self.qualifier("download_url") {
            return Some(named.to_owned());
        }
        self.fill(rule(&self.kind).download.filter(|_| self.qualifier("repository_url").is_none())?)
    }

    /// Fills a template; `None` when the purl lacks a part of it.
    fn fill(&self, template: &str) -> Option<String> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, tail)) = rest.split_once('{') {
            let (word, tail) = tail.split_once('}')?;
            out.push_str(before);
            out.push_str(&self.word(word)?);
            rest = tail;
        }
        out.push_str(rest);
        Some(out)
    }

    fn word(&self, word: &str) -> Option<String> {
        let encoded = |text: &str| Encoded(text, b"/@+").to_string();
        let name = || {
            let kept: &[u8] = if rule(&self.kind).has(Rule::PathName) { b"/" } else { b"" };
            Encoded(&self.name, kept).to_string()
        };
        Some(match word {
            "name" => name(),
            "version" => Encoded(self.version()?, b"+").to_string(),
            "namespace" => encoded(self.namespace()?),
            "namespace." => encoded(&self.namespace()?.replace('.', "/")),
            "path" => self.namespace().map_or_else(name, |namespace| format!("{}/{}", encoded(namespace), name())),
            _ => match (word.strip_prefix('-'), word.split_once('=')) {
                (Some(key), _) => {
                    // What holds without the qualifier is not in the name of the file.
                    let held = rule(&self.kind).qualifiers.iter().find(|rule| rule.key == key);
                    let default = held.and_then(|rule| rule.default);
                    let value = self.qualifier(key).filter(|value| Some(*value) != default);
                    value.map(|value| format!("-{}", encoded(value))).unwrap_or_default()
                }
                (None, Some((key, value))) => encoded(self.qualifier(key).unwrap_or(value)),
                (None, None) => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purl::purl_types;

    #[test]
    fn addresses() {
        for (purl, page, download) in [
            (
                "pkg:npm/%40a/b@1.0",
                Some("https://www.npmjs.com/package/@a/b"),
                Some("https://registry.npmjs.org/@a/b/-/b-1.0.tgz"),
            ),
            ("pkg:cargo/itoa", Some("https://crates.io/crates/itoa"), None),
            (
                "pkg:maven/org.a/b@1?classifier=sources&type=zip",
                Some("https://central.sonatype.com/artifact/org.a/b"),
                Some("https://repo.maven.apache.org/maven2/org/a/b/1/b-1-sources.zip"),
            ),
            (
                "pkg:gem/a@1?platform=java",
                Some("https://rubygems.org/gems/a"),
                Some("https://rubygems.org/downloads/a-1-java.gem"),
            ),
            (
                "pkg:gem/a@1?platform=ruby",
                Some("https://rubygems.org/gems/a"),
                Some("https://rubygems.org/downloads/a-1.gem"),
            ),
            ("pkg:npm/b@1?repository_url=https://r.example", None, None),
            ("pkg:generic/b@1?download_url=https://r.example/b", None, Some("https://r.example/b")),
            ("pkg:git/codeberg.org/a/b", Some("https://codeberg.org/a/b"), None),
            ("pkg:nuget/a%2Fb@1", Some("https://www.nuget.org/packages/a%2Fb"), None),
        ] {
            let purl = Purl::parse(purl).unwrap();
            assert_eq!(purl.page().as_deref(), page, "{purl}");
            if download.is_some() || purl.version().is_none() {
                assert_eq!(purl.download().as_deref(), download, "{purl}");
            }
        }
    }

    #[test]
    fn every_template_can_be_filled() {
        for held in purl_types() {
            let purl = Purl {
                kind: held.id.into(),
                namespace: Some("n".into()),
                name: "x".into(),
                version: Some("1".into()),
                qualifiers: Vec::new(),
                subpath: None,
            };
            assert_eq!(purl.page().is_some(), held.page.is_some(), "{}", held.id);
            assert_eq!(purl.download().is_some(), held.download.is_some(), "{}", held.id);
        }
    }
}
