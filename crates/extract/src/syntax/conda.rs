//! Conda packages: their archive names, channels and match specifications.
//! <https://docs.conda.io/projects/conda/en/latest/user-guide/concepts/pkg-specs.html>,
//! <https://github.com/conda/ceps/blob/main/cep-0029.md> (match specifications)

use std::borrow::Cow;

use plimsoll_model::{
    Component, DiagnosticCode, Digest, DigestAlgorithm, ExternalReference, Purl, PurlBuilder, ReferenceKind,
};

use super::locator::without_password;
use crate::Sink;

/// An archive: `channel/subdir/name-version-build.conda`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Archive<'a> {
    /// The package.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The build string: `py38h06a4308_0`.
    pub build: &'a str,
    /// The platform: `linux-64`, `noarch`.
    pub subdir: &'a str,
    /// `conda` or `tar.bz2`.
    pub kind: &'a str,
    /// The URL up to the subdirectory.
    pub channel: &'a str,
}

impl<'a> Archive<'a> {
    /// Reads the URL or path of an archive; `None` when it is none. Neither version nor build has a dash.
    pub fn parse(url: &'a str) -> Option<Self> {
        let url = url.split(['#', '?']).next().unwrap_or(url);
        let (place, file) = url.rsplit_once('/').unwrap_or(("", url));
        let kind = ["conda", "tar.bz2"]
            .into_iter()
            .find(|kind| file.strip_suffix(kind).is_some_and(|stem| stem.ends_with('.')))?;
        let stem = file.strip_suffix(kind)?.strip_suffix('.')?;
        let (rest, build) = stem.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let (channel, subdir) = place.rsplit_once('/').unwrap_or(("", place));
        (!name.is_empty() && !version.is_empty()).then_some(Self { name, version, build, subdir, kind, channel })
    }
}

/// The channel by the name that people use: `conda-forge`, `main`; its URL when it is on another server.
pub fn channel_name<'a>(url: &'a str, subdir: &str) -> Cow<'a, str> {
    let url = url.trim_end_matches('/');
    let url = if subdir.is_empty() { url } else { url.strip_suffix(subdir).unwrap_or(url).trim_end_matches('/') };
    let known = ["conda.anaconda.org/", "repo.anaconda.com/pkgs/", "repo.prefix.dev/", "prefix.dev/"];
    let host_path = url.split_once("://").map_or(url, |(_, rest)| rest);
    match known.iter().find_map(|server| host_path.strip_prefix(server)) {
        Some(name) if !name.starts_with("t/") => Cow::Borrowed(name),
        // `conda.anaconda.org/t/TOKEN/channel`.
        Some(name) => Cow::Borrowed(name.splitn(3, '/').nth(2).unwrap_or_default()),
        None => without_password(url),
    }
}

/// The purl of an archive.
pub fn purl(archive: &Archive<'_>) -> PurlBuilder {
    Purl::builder("conda", archive.name)
        .version(archive.version)
        .qualifier("build", archive.build)
        .qualifier("channel", channel_name(archive.channel, archive.subdir))
        .qualifier("subdir", archive.subdir)
        .qualifier("type", archive.kind)
}

/// A component of an archive at a URL, with its digests.
pub fn component(
    archive: &Archive<'_>,
    url: &str,
    hashes: Vec<Digest>,
    line: u32,
    out: &mut Sink<'_>,
) -> Option<Component> {
    let mut component = Component::from_purl(out.purl(purl(archive), line)?);
    if url.contains("://") {
        let url = without_password(url.split('#').next().unwrap_or(url));
        let url = url.as_ref().into();
        component.references.push(ExternalReference { kind: ReferenceKind::Distribution, url, hashes: hashes.clone() });
    }
    component.hashes = hashes;
    Some(component)
}

/// A digest in hexadecimal; one that is none is diagnosed and left out.
pub fn digest(algorithm: DigestAlgorithm, hex: &str, line: u32, out: &mut Sink<'_>) -> Option<Digest> {
    match Digest::from_hex(algorithm, hex) {
        Ok(digest) => Some(digest),
        Err(error) => {
            out.malformed_entry(line, format!("digest left out: {error}"));
            None
        }
    }
}

/// The name that a match specification starts with: `python` of `conda-forge::python >=3.8,<3.9.0a0`.
pub fn spec_name(spec: &str) -> &str {
    let spec = spec.trim();
    let spec = spec.rsplit_once("::").map_or(spec, |(_, rest)| rest);
    let end = spec.find([' ', '\t', '=', '<', '>', '!', '~', '[', '*']).unwrap_or(spec.len());
    spec.get(..end).unwrap_or(spec)
}

/// A match specification in its parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spec<'a> {
    /// The channel; empty when none is named.
    pub channel: &'a str,
    /// The package.
    pub name: &'a str,
    /// The version, when one is named without an operator other than `=` or `==`, and without a wildcard.
    pub version: Option<&'a str>,
    /// The build string; empty when none or a pattern is named.
    pub build: &'a str,
    /// What stands behind the name, when it is more than one exact version.
    pub range: &'a str,
}

impl<'a> Spec<'a> {
    /// Reads `channel/subdir::name version build`, `name=version=build` and `name>=1,<2`; `None` without a name.
    ///
    /// `name=1.2` asks for 1.2 or 1.2.anything. `conda env export --no-builds` writes exact versions that way, so the
    /// version counts, and the range is kept beside it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.split(" #").next().unwrap_or(text).trim();
        let (channel, rest) = text.rsplit_once("::").unwrap_or(("", text));
        let name = spec_name(rest);
        if name.is_empty() {
            return None;
        }
        let constraint = rest.get(name.len()..).unwrap_or_default().trim();
        let mut spec = Self { channel, name, ..Self::default() };
        let exact = constraint.starts_with("==");
        let plain = constraint.trim_start_matches('=').trim();
        let (version, build) = match plain.split_once(['=', ' ']) {
            Some((version, build)) => (version, build.trim_start_matches('=').trim()),
            None => (plain, ""),
        };
        let is_version = version.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !version.contains(['*', '<', '>', '!', '~', '|', ',', '[', ' ', ']', '(']);
        if is_version && !build.contains(['<', '>', '|', ',']) {
            spec.version = Some(version);
            spec.build = Some(build).filter(|build| !build.contains('*')).unwrap_or_default();
            let fuzzy = constraint.starts_with('=') && !exact && build.is_empty();
            spec.range = if fuzzy { constraint } else { "" };
        } else {
            spec.range = constraint;
        }
        Some(spec)
    }

    /// The component that a specification asks for.
    pub fn component(&self, line: u32, out: &mut Sink<'_>) -> Option<Component> {
        let (channel, subdir) = match self.channel.rsplit_once('/') {
            Some((channel, subdir)) if subdir == "noarch" || subdir.contains('-') && !channel.contains("://") => {
                (channel, subdir)
            }
            _ => (self.channel, ""),
        };
        let builder = Purl::builder("conda", self.name)
            .version(self.version.unwrap_or_default())
            .qualifier("build", self.build)
            .qualifier("channel", channel_name(channel, ""))
            .qualifier("subdir", subdir);
        let mut component = Component::from_purl(out.purl(builder, line)?);
        component.version_range = Some(self.range).filter(|range| !range.is_empty()).map(Into::into);
        if self.version.is_none() {
            out.diagnose(DiagnosticCode::UNPINNED, line, format!("{} is not pinned", self.name));
        }
        Some(component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives() {
        let url = "https://conda.anaconda.org/conda-forge/linux-64/ld_impl_linux-64-2.40-h41732ed_0.conda#abc";
        let archive = Archive::parse(url).unwrap();
        assert_eq!((archive.name, archive.version, archive.build), ("ld_impl_linux-64", "2.40", "h41732ed_0"));
        assert_eq!((archive.subdir, archive.kind), ("linux-64", "conda"));
        assert_eq!(channel_name(archive.channel, archive.subdir), "conda-forge");
        assert_eq!(channel_name("https://repo.anaconda.com/pkgs/main/linux-64", "linux-64"), "main");
        assert_eq!(channel_name("https://conda.anaconda.org/t/secret/private", ""), "private");
        assert_eq!(channel_name("https://u:p@host/c", ""), "https://host/c");
        assert_eq!(Archive::parse("https://host/x.tar.gz"), None);
    }

    #[test]
    fn specifications() {
        let parts = |text| Spec::parse(text).map(|spec| (spec.name, spec.version, spec.build, spec.range));
        for (text, want) in [
            ("blas=1.0=openblas", ("blas", Some("1.0"), "openblas", "")),
            ("libgomp 13.2.0 hf8544c7_5", ("libgomp", Some("13.2.0"), "hf8544c7_5", "")),
            ("libexpat==2.6.2", ("libexpat", Some("2.6.2"), "", "")),
            ("python=3.10", ("python", Some("3.10"), "", "=3.10")),
            ("ld_impl=2.40.*", ("ld_impl", None, "", "=2.40.*")),
            ("libcblas<=3.9.0=22_openblas", ("libcblas", None, "", "<=3.9.0=22_openblas")),
            ("libgcc-ng 13.2|13.3", ("libgcc-ng", None, "", "13.2|13.3")),
            ("liblapack=3.9.*=22_openblas", ("liblapack", None, "", "=3.9.*=22_openblas")),
            ("_openmp_mutex", ("_openmp_mutex", None, "", "")),
            ("libgfortran5 =>13.2.0,<13.3|13.4", ("libgfortran5", None, "", "=>13.2.0,<13.3|13.4")),
        ] {
            assert_eq!(parts(text), Some(want), "{text}");
        }
        assert_eq!(Spec::parse("=="), None);
        assert_eq!(Spec::parse("conda-forge::numpy=1.2").map(|spec| spec.channel), Some("conda-forge"));
    }
}
