//! Package URLs: ECMA-427 (purl-spec 1.0).

mod rules;

use std::fmt;
use std::fmt::Write as _;

use rules::{Letters, rule};

/// A package URL in canonical form. Building or parsing one applies the rules of its type, so two purls that name the
/// same package are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    kind: Box<str>,
    namespace: Option<Box<str>>,
    name: Box<str>,
    version: Option<Box<str>>,
    qualifiers: Qualifiers,
    subpath: Option<Box<str>>,
}

/// Keys and values, sorted by key.
type Qualifiers = Vec<(Box<str>, Box<str>)>;

/// Why parts do not make a package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PurlError {
    /// The text does not start with `pkg:`.
    #[error("package URL does not start with 'pkg:'")]
    Scheme,
    /// The type is missing or has a character that is not allowed (ECMA-427 §5.6.2).
    #[error("package URL type {0:?} is not valid")]
    Type(String),
    /// The name is missing.
    #[error("package URL has no name")]
    Name,
    /// The type requires a namespace.
    #[error("package URL type {0:?} requires a namespace")]
    NamespaceRequired(String),
    /// The type has no namespaces.
    #[error("package URL type {0:?} has no namespace")]
    NamespaceProhibited(String),
    /// The name is not one that the type can have.
    #[error("package URL name {0:?} is not valid for its type")]
    NameNotPermitted(String),
    /// The version is not one that the type can have.
    #[error("package URL version {0:?} is not valid for its type")]
    VersionNotPermitted(String),
    /// The type requires a qualifier.
    #[error("package URL lacks the qualifier {0:?}")]
    QualifierRequired(&'static str),
    /// A qualifier key is empty, doubled, or has a character that is not allowed.
    #[error("package URL qualifier {0:?} is not valid")]
    Qualifier(String),
    /// A percent-encoded part is not UTF-8.
    #[error("package URL is not UTF-8 once decoded")]
    Encoding,
}

/// Collects the parts of a [`Purl`].
#[derive(Debug, Clone, Default)]
pub struct PurlBuilder {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: Vec<(String, String)>,
    subpath: Option<String>,
}

impl Purl {
    /// Starts a purl of this type and name.
    #[must_use]
    pub fn builder(kind: &str, name: impl Into<String>) -> PurlBuilder {
        PurlBuilder { kind: kind.to_owned(), name: name.into(), ..PurlBuilder::default() }
    }

    /// A purl of just type, name and version.
    ///
    /// # Errors
    /// The parts are not valid for the type.
    pub fn new(kind: &str, name: &str, version: &str) -> Result<Self, PurlError> {
        Self::builder(kind, name).version(version).build()
    }

    /// Reads the text of a purl (ECMA-427 §5.7).
    ///
    /// # Errors
    /// The text is not a purl, or breaks a rule of its type.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let (rest, subpath) = match text.split_once('#') {
            Some((rest, subpath)) => (rest, Some(decode(subpath)?)),
            None => (text, None),
        };
        let (rest, qualifiers) = match rest.split_once('?') {
            Some((rest, qualifiers)) => (rest, Some(qualifiers)),
            None => (rest, None),
        };
        let (scheme, rest) = rest.split_once(':').ok_or(PurlError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return Err(PurlError::Scheme);
        }
        let rest = rest.trim_start_matches('/').trim_end_matches('/');
        let (kind, rest) = rest.split_once('/').ok_or_else(|| PurlError::Type(rest.to_owned()))?;
        // An '@' that starts a part with another part after it (an npm scope left unencoded) is not the version's.
        let scope = |path: &str, version: &str| (path.is_empty() || path.ends_with('/')) && version.contains('/');
        let (path, version) = match rest.rsplit_once('@').filter(|(path, version)| !scope(path, version)) {
            Some((path, version)) => (path, Some(decode(version)?)),
            None => (rest, None),
        };
        let path = path.trim_start_matches('/');
        // What is left of `…/@1.0` has no name.
        let path = if version.is_none() { path.trim_end_matches('/') } else { path };
        let split =
            if rule(&kind.to_ascii_lowercase()).name_is_path { path.split_once('/') } else { path.rsplit_once('/') };
        let (namespace, name) = match split {
            Some((namespace, name)) => {
                let parts: Result<Vec<String>, _> =
                    namespace.split('/').filter(|part| !part.is_empty()).map(decode).collect();
                (Some(parts?.join("/")), name)
            }
            None => (None, path),
        };
        let mut builder = Self::builder(kind, decode(name)?);
        builder.namespace = namespace;
        builder.version = version;
        builder.subpath = subpath;
        for pair in qualifiers.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| PurlError::Qualifier(pair.to_owned()))?;
            builder.qualifiers.push((key.to_owned(), decode(value)?));
        }
        builder.build()
    }

    /// The type, in lower case: `npm`, `deb`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The namespace: npm scope, Maven group, distribution, …
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The qualifiers, sorted by key.
    pub fn qualifiers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.qualifiers.iter().map(|(key, value)| (&**key, &**value))
    }

    /// The subpath.
    #[must_use]
    pub fn subpath(&self) -> Option<&str> {
        self.subpath.as_deref()
    }
}

impl PurlBuilder {
    /// Sets the namespace; empty means none.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Sets the version; empty means none.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a qualifier; an empty value means none.
    #[must_use]
    pub fn qualifier(mut self, key: &str, value: impl Into<String>) -> Self {
        self.qualifiers.push((key.to_owned(), value.into()));
        self
    }

    /// Sets the subpath.
    #[must_use]
    pub fn subpath(mut self, subpath: impl Into<String>) -> Self {
        self.subpath = Some(subpath.into());
        self
    }

    /// Applies the rules of the type.
    ///
    /// # Errors
    /// A part is missing or not valid for the type.
    pub fn build(self) -> Result<Purl, PurlError> {
        let kind = self.kind.to_ascii_lowercase();
        let starts_well = kind.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
        if !starts_well || !kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
            return Err(PurlError::Type(self.kind));
        }
        let rule = rule(&kind);
        let namespace = self.namespace.map(|text| normalise_parts(&text)).filter(|text| !text.is_empty());
        match (rule.namespace, &namespace) {
            (rules::Presence::Required, None) => return Err(PurlError::NamespaceRequired(kind)),
            (rules::Presence::Prohibited, Some(_)) => return Err(PurlError::NamespaceProhibited(kind)),
            _ => {}
        }
        let qualifiers = qualifiers(self.qualifiers)?;
        if let Some(key) = rule.qualifier.filter(|key| !qualifiers.iter().any(|(held, _)| **held == **key)) {
            return Err(PurlError::QualifierRequired(key));
        }
        let name = apply(rule.name, self.name.trim_matches('/'), &qualifiers);
        let name = if rule.dashes { name.replace('_', "-") } else { name };
        if name.is_empty() {
            return Err(PurlError::Name);
        }
        if !(rule.permits_name)(&name) {
            return Err(PurlError::NameNotPermitted(name));
        }
        let version = self.version.filter(|text| !text.is_empty()).map(|text| apply(rule.version, &text, &qualifiers));
        if let Some(version) = version.as_ref().filter(|version| !(rule.permits_version)(version)) {
            return Err(PurlError::VersionNotPermitted(version.clone()));
        }
        Ok(Purl {
            namespace: namespace.map(|text| apply(rule.namespace_letters, &text, &qualifiers).into()),
            qualifiers,
            name: name.into(),
            version: version.map(Into::into),
            subpath: self.subpath.map(|text| subpath_parts(&text)).filter(|text| !text.is_empty()).map(Into::into),
            kind: kind.into(),
        })
    }
}

fn apply(letters: Letters, text: &str, qualifiers: &[(Box<str>, Box<str>)]) -> String {
    let lower = match letters {
        Letters::Kept => false,
        Letters::Lower => true,
        Letters::LowerAt(server) => {
            qualifiers.iter().any(|(key, value)| &**key == "repository_url" && value.contains(server))
        }
    };
    if lower { text.to_lowercase() } else { text.to_owned() }
}

fn qualifiers(raw: Vec<(String, String)>) -> Result<Qualifiers, PurlError> {
    let mut out: Qualifiers = Vec::with_capacity(raw.len());
    for (key, value) in raw {
        let lower = key.to_ascii_lowercase();
        let starts_well = lower.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
        if !starts_well || !lower.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            return Err(PurlError::Qualifier(key));
        }
        if out.iter().any(|(known, _)| **known == *lower) {
            return Err(PurlError::Qualifier(key));
        }
        if !value.is_empty() {
            out.push((lower.into(), value.into()));
        }
    }
    out.sort_unstable();
    Ok(out)
}

fn normalise_parts(text: &str) -> String {
    text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn subpath_parts(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

/// Percent-decodes; an invalid escape stays as it is written.
fn decode(text: &str) -> Result<String, PurlError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'%' { bytes.as_slice_pair() } else { None };
        match escape {
            Some(value) => {
                out.push(value);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| PurlError::Encoding)
}

/// Reads the two hexadecimal digits at the front of an iterator without moving it.
trait HexPair {
    fn as_slice_pair(&self) -> Option<u8>;
}

impl HexPair for std::str::Bytes<'_> {
    fn as_slice_pair(&self) -> Option<u8> {
        let mut ahead = self.clone();
        let high = char::from(ahead.next()?).to_digit(16)?;
        let low = char::from(ahead.next()?).to_digit(16)?;
        u8::try_from(high << 4 | low).ok()
    }
}

/// Writes `text` percent-encoded but for unreserved characters and the ones in `kept` (ECMA-427 §5.4).
fn encode(f: &mut fmt::Formatter<'_>, text: &str, kept: &[u8]) -> fmt::Result {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') || kept.contains(&byte)
    };
    if text.bytes().all(plain) {
        return f.write_str(text);
    }
    for byte in text.bytes() {
        if plain(byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            encode(f, namespace, b"/")?;
            f.write_char('/')?;
        }
        encode(f, &self.name, if rule(&self.kind).name_is_path { b"/" } else { b"" })?;
        if let Some(version) = &self.version {
            f.write_char('@')?;
            encode(f, version, b"")?;
        }
        for (position, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}=", if position == 0 { '?' } else { '&' })?;
            encode(f, value, b"")?;
        }
        if let Some(subpath) = &self.subpath {
            f.write_char('#')?;
            encode(f, subpath, b"/")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_forms() {
        for (text, want) in [
            ("pkg:npm/@scope/name@1.0.0", "pkg:npm/%40scope/name@1.0.0"),
            ("pkg:pypi/Django_thing@1+local", "pkg:pypi/django-thing@1%2Blocal"),
            (
                "pkg://deb/Debian/curl@7:8?distro=debian-12&arch=amd64",
                "pkg:deb/debian/curl@7:8?arch=amd64&distro=debian-12",
            ),
            ("PKG:maven/org.a/b@1?type=&classifier=x", "pkg:maven/org.a/b@1?classifier=x"),
            ("pkg:golang/github.com/Azure/x/v2@v2.0.0#sub/../dir", "pkg:golang/github.com/azure/x/v2@v2.0.0#sub/dir"),
        ] {
            assert_eq!(Purl::parse(text).unwrap().to_string(), want, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_purl() {
        for text in [
            "npm/x",
            "pkg:npm",
            "pkg:npm/",
            "pkg:n&g/x@1",
            "pkg:maven/b@1",
            "pkg:npm/x?1a=b",
            "pkg:npm/x?a=b&a=c",
            "pkg:npm/@1.0",
        ] {
            assert!(Purl::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(namespace in "[ -~]{0,12}", name in "[ -~é]{1,12}", version in "[ -~]{0,9}", value in "[ -~]{0,9}") {
            let purl = Purl::builder("generic", name).namespace(namespace).version(version).qualifier("k", value).build();
            if let Ok(purl) = purl {
                prop_assert_eq!(Purl::parse(&purl.to_string()), Ok(purl));
            }
        }
    }
}
