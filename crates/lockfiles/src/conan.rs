//! Conan references: `name/version@user/channel#recipe_revision:package_id#package_revision%timestamp`.
//! <https://docs.conan.io/2/reference/conanfile/attributes.html>, <https://docs.conan.io/2/tutorial/versioning/revisions.html>
//!
//! All but the name may be missing. The version may be a range in brackets, `[>=1.2 <2]`. A revision is the digest of a
//! recipe or of a package's manifest, not of a file that one could download, so it is a qualifier and no hash.

use plimsoll_extract::prelude::*;

/// A reference, in its parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a str,
    /// As written: a version, or a range in brackets.
    pub(crate) version: &'a str,
    pub(crate) user: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
    pub(crate) recipe_revision: Option<&'a str>,
    pub(crate) package_id: Option<&'a str>,
    pub(crate) package_revision: Option<&'a str>,
    pub(crate) timestamp: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference; `None` when it has no name.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (text, timestamp) = split(text, '%');
        let (recipe, package) = match text.split_once('#').map(|(name, rest)| (name, rest.split_once(':'))) {
            Some((name, Some((revision, package)))) => {
                (text.get(..name.len().saturating_add(revision.len()).saturating_add(1)).unwrap_or(name), Some(package))
            }
            _ => (text, None),
        };
        let (recipe, recipe_revision) = split(recipe, '#');
        let (package_id, package_revision) = package.map_or((None, None), |package| {
            let (id, revision) = split(package, '#');
            (Some(id), revision)
        });
        let (name_version, owner) = split(recipe, '@');
        let (user, channel) = owner.map_or((None, None), |owner| {
            let (user, channel) = split(owner, '/');
            // `_` stands for nothing in references of Conan 1.
            (Some(user).filter(|user| !matches!(*user, "" | "_")), channel.filter(|channel| *channel != "_"))
        });
        let (name, version) = split(name_version, '/');
        let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        plain(name).then_some(Self {
            name,
            version: version.unwrap_or_default(),
            user,
            channel,
            recipe_revision,
            package_id,
            package_revision,
            timestamp,
        })
    }

    /// Reads what a conanfile asks for: a reference, whose version may be a range with any sign in it.
    pub(crate) fn parse_requirement(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let Some((before, after)) = text.split_once('[').filter(|(before, _)| before.ends_with('/')) else {
            return Self::parse(text);
        };
        let end = after.find(']')?.checked_add(before.len())?.checked_add(2)?;
        let (range, rest) = text.split_at_checked(end)?;
        let name = Self::parse(before)?.name;
        let version = range.get(before.len()..)?;
        let (user, channel) = match rest.strip_prefix('@') {
            Some(owner) => split(owner, '/'),
            None => ("", None),
        };
        Some(Self { name, version, user: Some(user).filter(|user| !user.is_empty()), channel, ..Self::default() })
    }

    /// The range that the version is, without its brackets and options.
    pub(crate) fn range(&self) -> Option<&'a str> {
        let range = self.version.strip_prefix('[')?;
        Some(range.strip_suffix(']').unwrap_or(range))
    }

    /// The component; `None`, with a diagnostic, when the reference makes no purl.
    pub(crate) fn component(&self, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let range = self.range();
        // purl-spec: a namespace and a channel go together.
        let owner = self.user.zip(self.channel);
        let builder = Purl::builder("conan", self.name)
            .namespace(owner.map_or("", |(user, _)| user))
            .version(if range.is_some() { "" } else { self.version })
            .qualifier("user", self.user.unwrap_or_default())
            .qualifier("channel", owner.map_or("", |(_, channel)| channel))
            .qualifier("rrev", self.recipe_revision.unwrap_or_default())
            .qualifier("prev", self.package_revision.unwrap_or_default());
        let mut component = Component::from_purl(out.purl(builder, line)?);
        component.version_range = range.map(Into::into);
        for (name, value) in [("package-id", self.package_id), ("timestamp", self.timestamp)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                component.properties.push((format!("plimsoll:conan:{name}").into(), value.into()));
            }
        }
        Some(component)
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after).filter(|after| !after.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_reference() {
        let full = Reference::parse("pkg/1.0@user/testing#rrev:pid#prev%1675278904.0791488").unwrap();
        assert_eq!((full.name, full.version, full.user, full.channel), ("pkg", "1.0", Some("user"), Some("testing")));
        assert_eq!(
            (full.recipe_revision, full.package_id, full.package_revision),
            (Some("rrev"), Some("pid"), Some("prev"))
        );
        assert_eq!(full.timestamp, Some("1675278904.0791488"));
        let plain = Reference::parse("zlib/1.2.12@_/_").unwrap();
        assert_eq!((plain.user, plain.channel, plain.range()), (None, None, None));
        let range = Reference::parse("zlib/[>=1.2 <2, include_prerelease=True]").unwrap();
        assert_eq!(range.range(), Some(">=1.2 <2, include_prerelease=True"));
        let asked = Reference::parse_requirement("zlib/[>1.2#x <2]@acme/stable").unwrap();
        assert_eq!((asked.range(), asked.user, asked.channel), (Some(">1.2#x <2"), Some("acme"), Some("stable")));
        assert_eq!(Reference::parse("/1.0"), None);
        assert_eq!(Reference::parse("a b"), None);
    }
}
