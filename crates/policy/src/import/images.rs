//! The images of a rule, as the tools match them, as patterns of ours.
//!
//! Kyverno matches `HOST/PATH:TAG` or `HOST/PATH@DIGEST` as one text in which `*` and `?` are any characters, and does not add `library/` to the
//! images of Docker Hub. Its patterns are widened where ours cannot say the same: an image that no policy matches is allowed there, so that a
//! rule for more images refuses more. Sigstore's `*` does not cross a `/`, a colon is a character like others, Docker Hub is
//! `index.docker.io`, and an image that no policy matches is refused: its globs are converted exactly.

use std::collections::BTreeSet;

use regex::Regex;

/// Every image.
pub(super) const ALL: &str = "oci:**";

const HUB: &str = "docker.io/";

/// The images of a rule, each once.
#[derive(Default)]
pub(super) struct Meant {
    pub(super) patterns: Vec<String>,
    seen: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Meant {
    pub(super) fn all(&mut self) {
        self.add(vec![ALL.to_owned()]);
    }

    pub(super) fn kyverno(&mut self, text: &str) {
        if self.is_new(text) {
            self.add(kyverno(text));
        }
    }

    pub(super) fn sigstore(&mut self, text: &str) -> Result<(), &'static str> {
        if self.is_new(text) {
            self.add(sigstore(text)?);
        }
        Ok(())
    }

    /// Beyond what is allowed nothing is added: there are too many already.
    fn is_new(&mut self, text: &str) -> bool {
        self.patterns.len() <= super::MAX_IMAGES && self.texts.insert(text.to_owned())
    }

    fn add(&mut self, patterns: Vec<String>) {
        for pattern in patterns {
            if self.seen.insert(pattern.clone()) {
                self.patterns.push(pattern);
            }
        }
    }
}

/// Patterns for all images that a pattern of Kyverno matches, and maybe more.
pub(super) fn kyverno(pattern: &str) -> Vec<String> {
    let wild = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
    let mut text = String::new();
    let mut end = None;
    for c in pattern.trim().chars() {
        // A group or class of characters is any text.
        match end {
            Some(close) if close == c => end = None,
            Some(_) => continue,
            None if c == '{' => end = Some('}'),
            None if c == '[' => end = Some(']'),
            None => {}
        }
        if !wild(c) {
            text.push(c);
        } else if !text.ends_with("**") {
            text.push_str("**");
        }
    }
    let name = text.split('@').next().unwrap_or_default();
    if name.is_empty() {
        return vec![ALL.to_owned()];
    }
    let mut all = Vec::new();
    let (first, rest) = name.split_once('/').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let mut variants = vec![name.to_owned()];
    match rest {
        None if !name.starts_with("**") => variants.extend([format!("{HUB}library/{name}"), format!("{HUB}{name}")]),
        None => {}
        Some(rest) => {
            if !first.contains(['.', ':', '*']) && first != "localhost" {
                variants.push(format!("{HUB}{name}"));
            }
            let of_hub = first == "docker.io" || matches(first, "index.docker.io");
            if of_hub {
                variants.push(format!("{HUB}{rest}"));
            }
            if of_hub && !rest.contains('/') {
                variants.push(format!("{HUB}library/{rest}"));
            }
        }
    }
    for name in variants {
        let tail = name.rsplit('/').next().unwrap_or_default();
        match tail.split_once(':') {
            // What is after the colon may cross a slash: then the colon is that of a port.
            Some((before, after)) if !name.contains('/') && after.contains('*') => all.push(format!("oci:{before}**")),
            Some((_, after)) => {
                let repository = name.get(..name.len().saturating_sub(after.len()).saturating_sub(1));
                all.push(tagged(repository.unwrap_or(&name), after));
            }
            None => all.push(format!("oci:{name}")),
        }
    }
    tidy(all)
}

/// Patterns for the images that a glob of a ClusterImagePolicy matches.
pub(super) fn sigstore(glob: &str) -> Result<Vec<String>, &'static str> {
    let glob = match glob {
        "*" => "index.docker.io/library/*",
        "*/*" => "index.docker.io/*/*",
        glob => glob,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '*' | '.');
    if glob.is_empty() || !glob.chars().all(allowed) {
        return Err("it is no glob of a ClusterImagePolicy");
    }
    let mut text = glob.to_owned();
    while text.contains("***") {
        text = text.replace("***", "**");
    }
    let mut names = Vec::new();
    match text.split_once('/') {
        None if text.starts_with("**") => names.push(text.clone()),
        None if text.contains("**") => {
            names.extend([text.clone(), format!("{HUB}library/{text}"), format!("{HUB}{text}")]);
        }
        // It matches an image of Docker Hub by its short name, and nothing else.
        None => names.push(format!("{HUB}library/{text}")),
        Some((first, rest)) if first.contains('*') => {
            names.push(text.clone());
            if matches(first, "index.docker.io") && !matches(first, "docker.io") {
                names.push(format!("{HUB}{rest}"));
            }
            if !first.contains("**") && !first.contains('.') {
                names.push(format!("{HUB}{text}"));
            }
        }
        Some(("index.docker.io" | "registry-1.docker.io", rest)) => names.push(format!("{HUB}{rest}")),
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => names.push(text.clone()),
        Some(_) => names.push(format!("{HUB}{text}")),
    }
    Ok(tidy(names.iter().flat_map(|name| exact(name)).collect()))
}

/// A glob over repository and tag, as one over each.
fn exact(name: &str) -> Vec<String> {
    let start = name.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let (head, tail) = name.split_at_checked(start).unwrap_or(("", name));
    if let Some((repository, tag)) = tail.split_once(':') {
        return vec![tagged(&format!("{head}{repository}"), tag)];
    }
    if tail.ends_with('*') {
        return vec![format!("oci:{name}")];
    }
    // An image that is written without a tag has the tag `latest`; else a star has to hold the colon.
    let mut all = vec![format!("oci:{name}:latest")];
    let mut at = 0_usize;
    while let Some(found) = tail.get(at..).and_then(|rest| rest.find('*')) {
        let begin = at.saturating_add(found);
        let stars = tail.get(begin..).unwrap_or_default().chars().take_while(|c| *c == '*').count();
        let end = begin.saturating_add(stars);
        let (before, after) = (tail.get(..end).unwrap_or_default(), tail.get(begin..).unwrap_or_default());
        all.push(tagged(&format!("{head}{before}"), after));
        at = end;
    }
    all
}

/// A repository with a tag; any tag is none.
fn tagged(repository: &str, tag: &str) -> String {
    let any = tag.chars().all(|c| c == '*');
    if any { format!("oci:{repository}") } else { format!("oci:{repository}:{tag}") }
}

fn matches(glob: &str, text: &str) -> bool {
    let expression = regex::escape(glob).replace(r"\*", ".*");
    Regex::new(&format!(r"\A{expression}\z")).is_ok_and(|regex| regex.is_match(text))
}

/// Those that can be read, once each.
fn tidy(patterns: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for pattern in patterns {
        let usable = if crate::NamePattern::parse(&pattern).is_ok() { pattern } else { ALL.to_owned() };
        if !all.contains(&usable) {
            all.push(usable);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Name, NamePattern};

    fn meets(patterns: &[String], image: &str) -> bool {
        let name = Name::parse(&format!("oci:{image}")).unwrap();
        patterns.iter().any(|pattern| NamePattern::parse(pattern).unwrap().matches(&name).is_some())
    }

    #[test]
    fn kyverno_crosses_slashes() {
        for (pattern, image, met) in [
            ("*", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/*", "ghcr.io/acme/team/app:v1", true),
            ("ghcr.io/acme/*", "ghcr.io/other/app:v1", false),
            ("ghcr.io/acme/app:*", "ghcr.io/acme/app", true),
            ("ghcr.io/acme/app:v*", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/app:v*", "ghcr.io/acme/app:w1", false),
            ("ghcr.io/acme/app*", "ghcr.io/acme/app-x/y:1", true),
            ("ghcr.io/acme/app", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/app@sha256:*", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/*/app:v?", "ghcr.io/a/b/app:v1", true),
            ("docker.io/nginx:*", "docker.io/library/nginx:1", true),
            ("nginx*", "docker.io/library/nginx:1", true),
            ("acme/app:1", "docker.io/acme/app:1", true),
            ("index.docker.io/acme/*", "docker.io/acme/app:1", true),
            ("localhost:*", "localhost:5000/app:v1", true),
            ("*:*", "ghcr.io/acme/app:v1", true),
            ("*:latest", "ghcr.io/acme/app:latest", true),
            ("*/acme/{a,b}:*", "ghcr.io/acme/a:1", true),
        ] {
            assert_eq!(meets(&kyverno(pattern), image), met, "{pattern} {image} {:?}", kyverno(pattern));
        }
    }

    #[test]
    fn sigstore_does_not() {
        for (glob, image, met) in [
            ("**", "ghcr.io/acme/app:v1", true),
            ("*", "docker.io/library/nginx:1", true),
            ("*", "ghcr.io/acme/app:v1", false),
            ("*/*", "docker.io/acme/app:1", true),
            ("ghcr.io/acme/*", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/*", "ghcr.io/acme/team/app:v1", false),
            ("ghcr.io/acme/**", "ghcr.io/acme/team/app:v1", true),
            ("ghcr.io/acme/app*", "ghcr.io/acme/app-x:v1", true),
            ("ghcr.io/acme/app:**", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/app:v1", "ghcr.io/acme/app:v1", true),
            ("ghcr.io/acme/app:v1", "ghcr.io/acme/app:v2", false),
            ("ghcr.io/acme/app", "ghcr.io/acme/app:latest", true),
            ("ghcr.io/acme/app", "ghcr.io/acme/app:v2", false),
            ("ghcr.io/acme/*-release", "ghcr.io/acme/app:v1-release", true),
            ("ghcr.io/acme/*-release", "ghcr.io/acme/app-release:v1", false),
            ("index.docker.io/library/nginx*", "docker.io/library/nginx:1", true),
            ("index.docker.io/acme/*", "docker.io/acme/app:1", true),
            ("ubuntu*", "docker.io/library/ubuntu:22.04", true),
            ("acme/*", "docker.io/acme/app:1", true),
            ("*.example.com/**", "eu.example.com/a/b:1", true),
            ("*.docker.io/**", "docker.io/acme/app:1", true),
        ] {
            assert_eq!(meets(&sigstore(glob).unwrap(), image), met, "{glob} {image} {:?}", sigstore(glob));
        }
        assert!(["", "ghcr.io/a[bc]", "ghcr.io/a b", "ghcr.io/a@sha256:*"].iter().all(|bad| sigstore(bad).is_err()));
    }
}
