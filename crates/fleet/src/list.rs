//! Which images there are to scan.

use std::cmp::Ordering;

use globset::{GlobBuilder, GlobMatcher};
use plimsoll_registry::{Host, ImageReference, NetworkOptions, RegistryError, catalogue, tags};

use crate::FleetError;

/// Which tags of a repository are taken.
#[derive(Debug, Clone, Default)]
pub struct TagChoice {
    glob: Option<GlobMatcher>,
    newest: Option<usize>,
}

impl TagChoice {
    /// Tags that match a pattern, and of these the last so many: numbers in them are compared as numbers.
    ///
    /// # Errors
    /// The pattern cannot be read.
    pub fn new(glob: Option<&str>, newest: Option<usize>) -> Result<Self, FleetError> {
        let glob = glob.map(|text| GlobBuilder::new(text).build()).transpose()?;
        Ok(Self { glob: glob.map(|glob| glob.compile_matcher()), newest })
    }

    fn choose(&self, mut tags: Vec<String>) -> Vec<String> {
        // What cosign attaches is no image.
        tags.retain(|tag| !is_attachment(tag) && self.glob.as_ref().is_none_or(|glob| glob.is_match(tag)));
        tags.sort_by(|left, right| by_number(right, left));
        tags.truncate(self.newest.unwrap_or(usize::MAX));
        tags
    }
}

/// `sha256-….sig` and its like.
fn is_attachment(tag: &str) -> bool {
    let hex = tag.strip_prefix("sha256-").map(|rest| rest.split('.').next().unwrap_or(rest));
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Compares texts, runs of digits as the numbers that they are. `latest` comes last of all.
fn by_number(left: &str, right: &str) -> Ordering {
    (left == "latest").cmp(&(right == "latest")).then_with(|| parts(left).cmp(&parts(right))).then(left.cmp(right))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'t> {
    Text(&'t str),
    /// Digits without leading zeros: the longer is the larger.
    Number(usize, &'t str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let digits = first.is_ascii_digit();
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(rest.len());
        let Some((part, after)) = rest.split_at_checked(end) else { break };
        let number = part.trim_start_matches('0');
        parts.push(if digits { Part::Number(number.len(), number) } else { Part::Text(part) });
        rest = after;
    }
    parts
}

/// The images of a list: one a line, with or without `registry:`. What follows `#` is a remark.
///
/// # Errors
/// A line is not the name of an image in a registry.
pub fn read_list(text: &str) -> Result<Vec<String>, FleetError> {
    let mut references = Vec::new();
    for (line, text) in (1_usize..).zip(text.lines()) {
        let name = text.split('#').next().unwrap_or_default().trim();
        if name.is_empty() {
            continue;
        }
        let name = name.strip_prefix("registry:").unwrap_or(name);
        let parsed: Result<ImageReference, RegistryError> = name.parse();
        parsed.map_err(|error| FleetError::List { line, reason: error.to_string() })?;
        references.push(name.to_owned());
    }
    Ok(references)
}

/// The images of a registry, or of its repositories that are called `prefix` or lie below it.
///
/// # Errors
/// It cannot be asked; or it has no catalogue, and no repository is called so.
pub fn of_registry(
    host: &Host,
    prefix: &str,
    choice: &TagChoice,
    network: &NetworkOptions,
) -> Result<Vec<String>, FleetError> {
    let prefix = prefix.trim_matches('/');
    let below = |name: &String| {
        prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let repositories = match catalogue(host, network) {
        Ok(names) => names.into_iter().filter(below).collect(),
        // Many registries have no catalogue. What is named may be a repository.
        Err(_) if !prefix.is_empty() => vec![prefix.to_owned()],
        Err(error) => return Err(error.into()),
    };
    let mut references = Vec::new();
    for repository in repositories {
        let reference: ImageReference = format!("{host}/{repository}").parse()?;
        for tag in choice.choose(tags(&reference, network)?) {
            references.push(format!("{host}/{repository}:{tag}"));
        }
    }
    Ok(references)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_tags_are_chosen() {
        let tags = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let signature = format!("sha256-{}.sig", "a".repeat(64));
        let all = tags(&["1.9", "1.10", "1.2-rc1", "latest", "2024.01.09", "2024.1.10", &signature, "é1"]);
        let choose = |glob, newest| TagChoice::new(glob, newest).unwrap().choose(all.clone());
        assert_eq!(choose(Some("1.*"), None), ["1.10", "1.9", "1.2-rc1"]);
        assert_eq!(choose(Some("2024*"), Some(1)), ["2024.1.10"]);
        assert_eq!(choose(None, Some(1)), ["latest"]);
        assert_eq!(choose(None, None).len(), 7);
        assert!(TagChoice::new(Some("["), None).is_err());
    }

    #[test]
    fn lists_are_read() {
        let list = "# fleet\nregistry:ghcr.io/acme/shop:1\n\n  debian:12  # base\n";
        assert_eq!(read_list(list).unwrap(), ["ghcr.io/acme/shop:1", "debian:12"]);
        assert!(matches!(read_list("a:1\nhttps://x/y"), Err(FleetError::List { line: 2, .. })));
    }
}
