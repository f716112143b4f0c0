//! Fields of `package.json` that come as text, as an object or as a list of either.

use std::borrow::Cow;

use plimsoll_model::{ExternalReference, License, ReferenceKind};
use serde::de::{MapAccess, SeqAccess};

use crate::loose_object;
use crate::syntax::json::{Fill, Loose, Place, Text};

/// `license` or `licenses`: an SPDX expression, `{type, url}`, or a list of these from before npm 2.
#[derive(Debug, Default)]
pub struct LicenseField<'a>(Vec<Cow<'a, str>>);

loose_object! {
    struct LicenseObject<'a> {
        "type" => kind: Text<'a>,
        "name" => name: Text<'a>,
        "license" => license: Text<'a>,
        "url" => url: Text<'a>,
    }
}

impl LicenseField<'_> {
    /// The statements.
    pub fn statements(&self) -> impl Iterator<Item = License> {
        self.0.iter().filter_map(|text| License::declared(text))
    }
}

impl<'de> Fill<'de> for LicenseField<'de> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        self.0.push(text);
        true
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut object = LicenseObject::default();
        object.object(map)?;
        let stated =
            [object.kind, object.name, object.license, object.url].into_iter().find(|field| field.as_str().is_some());
        self.0.extend(stated.and_then(Loose::into_option).map(Text::into_cow));
        Ok(true)
    }

    fn array<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        let mut item = Loose::<Self>::Absent;
        while items.next_element_seed(Place(&mut item))?.is_some() {
            self.0.extend(std::mem::take(&mut item).into_option().into_iter().flat_map(|field| field.0));
        }
        Ok(true)
    }
}

/// `author`: `Name <mail> (url)`, or an object of the three. Of a list the first one counts.
#[derive(Debug, Default)]
pub struct PersonField(String);

loose_object! {
    struct PersonObject<'a> {
        "name" => name: Text<'a>,
        "email" => email: Text<'a>,
    }
}

impl PersonField {
    /// `Name <mail>`, or the one of the two that there is.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !text.is_empty())
    }
}

impl<'de> Fill<'de> for PersonField {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        let end = text.find('(').unwrap_or(text.len());
        text.get(..end).unwrap_or_default().trim().clone_into(&mut self.0);
        true
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut object = PersonObject::default();
        object.object(map)?;
        self.0 = match (object.name.as_str(), object.email.as_str()) {
            (Some(name), Some(email)) => format!("{name} <{email}>"),
            (name, email) => name.or(email).unwrap_or_default().to_owned(),
        };
        Ok(true)
    }

    fn array<A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<bool, A::Error> {
        let mut item = Loose::<Self>::Absent;
        while items.next_element_seed(Place(&mut item))?.is_some() {
            match std::mem::take(&mut item).into_option() {
                Some(person) if self.0.is_empty() => self.0 = person.0,
                _ => {}
            }
        }
        Ok(true)
    }
}

/// `repository`, `bugs`, `funding`: a URL, or an object that has one.
#[derive(Debug, Default)]
pub struct UrlField<'a>(Cow<'a, str>);

loose_object! {
    struct UrlObject<'a> {
        "url" => url: Text<'a>,
    }
}

impl UrlField<'_> {
    /// A reference to a web page.
    #[must_use]
    pub fn page(&self, kind: ReferenceKind) -> Option<ExternalReference> {
        let url = self.0.trim();
        (url.starts_with("https://") || url.starts_with("http://")).then(|| reference(kind, url.into()))
    }

    /// A reference to a repository; `owner/name` and `github:owner/name` are GitHub's.
    #[must_use]
    pub fn repository(&self) -> Option<ExternalReference> {
        let text = self.0.trim();
        if text.contains("://") || text.starts_with("git@") {
            return Some(reference(ReferenceKind::Vcs, text.into()));
        }
        let (host, path) = match text.split_once(':') {
            Some(("github", path)) => ("github.com", path),
            Some(("gitlab", path)) => ("gitlab.com", path),
            Some(("bitbucket", path)) => ("bitbucket.org", path),
            Some(("gist", path)) => ("gist.github.com", path),
            Some(_) => return None,
            None => ("github.com", text),
        };
        let short = path.split('/').count() == 2 && !path.contains(char::is_whitespace);
        (short || host == "gist.github.com").then(|| reference(ReferenceKind::Vcs, format!("https://{host}/{path}")))
    }
}

fn reference(kind: ReferenceKind, url: String) -> ExternalReference {
    ExternalReference { kind, url: url.into(), hashes: Vec::new() }
}

impl<'de> Fill<'de> for UrlField<'de> {
    fn string(&mut self, text: Cow<'de, str>) -> bool {
        self.0 = text;
        true
    }

    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<bool, A::Error> {
        let mut object = UrlObject::default();
        object.object(map)?;
        self.0 = object.url.into_option().map(Text::into_cow).unwrap_or_default();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::json::fill;
    use plimsoll_model::Limits;

    fn read<'a, T: Fill<'a>>(json: &'a str) -> Loose<T> {
        let mut value = Loose::Absent;
        fill(json.as_bytes(), &Limits::DEFAULT, &mut value).unwrap();
        value
    }

    #[test]
    fn licences_in_all_their_shapes() {
        for (json, want) in [
            (r#""MIT""#, &["MIT"][..]),
            (r#"{"type": "MIT", "url": "https://x"}"#, &["MIT"]),
            (r#"{"url": "https://x"}"#, &["https://x"]),
            (r#"["MIT", {"type": "", "name": "BSD"}, 7, {"foo": 1}]"#, &["MIT", "BSD"]),
            ("{}", &[]),
            ("[]", &[]),
        ] {
            let field: Loose<LicenseField<'_>> = read(json);
            let texts: Vec<_> = field.get().unwrap().statements().map(|license| license.text().to_owned()).collect();
            assert_eq!(texts, want, "{json}");
        }
        assert!(read::<LicenseField<'_>>("42").is_wrong());
        assert_eq!(read::<LicenseField<'_>>("null").get().map(|_| ()), None);
    }

    #[test]
    fn people_and_urls() {
        for (json, want) in [
            (r#""A B <a@b> (https://x)""#, Some("A B <a@b>")),
            (r#"{"name": "A", "email": "a@b", "url": 3}"#, Some("A <a@b>")),
            (r#"[{"name": "A"}, "B"]"#, Some("A")),
            (r#""""#, None),
        ] {
            assert_eq!(read::<PersonField>(json).get().unwrap().text(), want, "{json}");
        }
        for (json, want) in [
            (r#"{"type": "git", "url": "git+https://h/a.git"}"#, Some("git+https://h/a.git")),
            (r#""a/b""#, Some("https://github.com/a/b")),
            (r#""gitlab:a/b""#, Some("https://gitlab.com/a/b")),
            (r#""nonsense""#, None),
        ] {
            let url = read::<UrlField<'_>>(json).get().unwrap().repository().map(|reference| reference.url.to_string());
            assert_eq!(url.as_deref(), want, "{json}");
        }
    }
}
