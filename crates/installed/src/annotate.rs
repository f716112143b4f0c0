//! What packages of operating systems say about themselves, put into the fields of a component.

use std::borrow::Cow;

use plimsoll_extract::prelude::*;

/// Longer text is cut: real descriptions and names are far below.
const MAX_TEXT: usize = 4 << 10;

/// Text of bounded length without what surrounds it of white space; `None` when nothing is left.
pub(crate) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.trim_ascii();
    let cut = bytes.get(..MAX_TEXT).unwrap_or(bytes);
    (!cut.is_empty()).then(|| String::from_utf8_lossy(cut))
}

/// Adds a reference, when there is text.
pub(crate) fn refer(component: &mut Component, kind: ReferenceKind, url: Option<impl AsRef<str>>) {
    let Some(url) = url else { return };
    let url = url.as_ref().trim();
    if !url.is_empty() && url.len() <= MAX_TEXT {
        component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
    }
}

/// Adds a property, when there is text.
pub(crate) fn property(component: &mut Component, name: &'static str, value: Option<impl AsRef<str>>) {
    let Some(value) = value else { return };
    let value = value.as_ref().trim();
    if !value.is_empty() && value.len() <= MAX_TEXT {
        component.properties.push((Cow::Borrowed(name), value.into()));
    }
}

/// Adds licences, each as its statement.
pub(crate) fn license(component: &mut Component, texts: impl IntoIterator<Item = impl AsRef<str>>) {
    component.licenses.extend(texts.into_iter().filter_map(|text| License::declared(text.as_ref())));
}

/// The property that names the package that this one was built from.
pub(crate) const SOURCE_PACKAGE: &str = "plimsoll:os:source-package";

/// The property that says where a package was installed from.
pub(crate) const ORIGIN: &str = "plimsoll:os:origin";
