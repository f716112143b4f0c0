//! The components of a document, by their references.

use plimsoll_model::Purl;
use plimsoll_syntax::json::{Loose, Text};
use plimsoll_syntax::loose_object;
use rustc_hash::FxHashMap;

use crate::vex::{Identifiers, VexProduct};

loose_object! {
    pub(super) struct Component<'a> {
        "bom-ref" => reference: Text<'a>,
        "group" => group: Text<'a>,
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "purl" => purl: Text<'a>,
        "cpe" => cpe: Text<'a>,
        "hashes" => hashes: Vec<Loose<Hash<'a>>>,
        "components" => components: Vec<Loose<Component<'a>>>,
    }
}

loose_object! {
    pub(super) struct Hash<'a> {
        "alg" => algorithm: Text<'a>,
        "content" => content: Text<'a>,
    }
}

/// A component and the outermost one that it stands in.
#[derive(Clone, Copy)]
struct Place<'w> {
    component: &'w Component<'w>,
    outermost: Option<&'w Component<'w>>,
}

/// All components of a document.
pub(super) struct Parts<'w> {
    places: FxHashMap<&'w str, Option<Place<'w>>>,
    root: Option<&'w Component<'w>>,
    link: Option<String>,
}

impl<'w> Parts<'w> {
    pub(super) fn new(
        root: Option<&'w Component<'w>>,
        components: &'w [Loose<Component<'w>>],
        link: Option<String>,
    ) -> Self {
        let mut parts = Self { places: FxHashMap::default(), root, link };
        let mut todo: Vec<Place<'w>> = Vec::new();
        todo.extend(root.map(|component| Place { component, outermost: None }));
        todo.extend(components.iter().filter_map(Loose::get).map(|component| Place { component, outermost: None }));
        while let Some(place) = todo.pop() {
            if let Some(reference) = place.component.reference.as_str() {
                // A reference that stands for two components stands for neither.
                let held = parts.places.entry(reference);
                held.and_modify(|held| *held = None).or_insert(Some(place));
            }
            let outermost = Some(place.outermost.unwrap_or(place.component));
            let within = place.component.components.items().iter().filter_map(Loose::get);
            todo.extend(within.map(|component| Place { component, outermost }));
        }
        parts
    }

    /// The product that a reference or a BOM-Link leads to. One that is not understood when it leads nowhere.
    pub(super) fn product(&self, reference: &str) -> VexProduct {
        if let Some(rest) = reference.strip_prefix("urn:cdx:") {
            let (document, part) = rest.split_once('#').unwrap_or((rest, ""));
            let document = format!("urn:cdx:{document}");
            if self.link.as_deref() != Some(document.as_str()) {
                return foreign(&document, &decode(part));
            }
            return self.local(&decode(part));
        }
        self.local(reference)
    }

    fn local(&self, reference: &str) -> VexProduct {
        let Some(place) = self.places.get(reference).copied().flatten() else {
            let mut nowhere = Identifiers { understood: false, ..Identifiers::default() };
            nowhere.add_name(reference);
            return VexProduct::new(nowhere);
        };
        let component = identifiers(place.component);
        let container = self.root.filter(|root| !std::ptr::eq(*root, place.component)).or(place.outermost);
        let Some(container) = container else { return VexProduct::new(component) };
        let mut whole = identifiers(container);
        if let Some(link) = self.link.as_ref().filter(|_| self.root.is_some_and(|root| std::ptr::eq(root, container))) {
            // What the document is about is known by the document too.
            whole.add_name(link);
            whole.understood |= whole.is_only_named();
        }
        VexProduct { identifiers: whole, subcomponents: vec![component] }
    }
}

/// A part of what another document is about; all of it when the link leads to no part.
fn foreign(document: &str, part: &str) -> VexProduct {
    let mut whole = Identifiers::default();
    whole.add_name(document);
    let mut product = VexProduct::new(whole);
    if !part.is_empty() {
        let mut component = Identifiers::from_text(part);
        component.understood &= !component.is_only_named();
        product.subcomponents.push(component);
    }
    product
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let hex =
            tail.get(..2).filter(|_| byte == b'%').and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        match hex.as_deref() {
            Some([decoded]) => {
                bytes.push(*decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What names a component. A name alone is too little to recognise it by.
fn identifiers(component: &Component<'_>) -> Identifiers {
    let mut out = Identifiers::default();
    if let Some(text) = component.purl.as_str() {
        out.add_purl_text(text);
    }
    if let Some(cpe) = component.cpe.as_str() {
        out.add_cpe(cpe);
    }
    for hash in component.hashes.items() {
        match hash.get().and_then(|hash| hash.algorithm.as_str().zip(hash.content.as_str())) {
            Some((algorithm, content)) => drop(out.add_hash(algorithm, content)),
            None => out.understood = false,
        }
    }
    if let Some(version) = component.version.as_str().filter(|_| !out.purls.is_empty()) {
        out.pin(version);
    }
    if out.is_empty() {
        let name: Vec<&str> = [&component.group, &component.name].into_iter().filter_map(Loose::as_str).collect();
        let version = component.version.as_str().map(|version| format!("@{version}")).unwrap_or_default();
        out.add_name(&format!("{}{version}", name.join("/")));
    }
    out.understood &= !out.is_only_named() && !component.purl.is_wrong() && !component.hashes.is_wrong();
    out
}

/// Leaves out the version, and what belongs to one version only.
pub(super) fn forget_version(identifiers: &mut Identifiers) {
    identifiers.digests.clear();
    identifiers.range = None;
    let purls = std::mem::take(&mut identifiers.purls);
    for purl in purls {
        let mut builder = Purl::builder(purl.kind(), purl.name());
        if let Some(namespace) = purl.namespace() {
            builder = builder.namespace(namespace);
        }
        for (key, value) in purl.qualifiers().filter(|(key, _)| *key != "vers" && *key != "checksum") {
            builder = builder.qualifier(key, value);
        }
        if let Some(subpath) = purl.subpath() {
            builder = builder.subpath(subpath);
        }
        match builder.build() {
            Ok(purl) => identifiers.add_purl(purl),
            Err(_) => identifiers.understood = false,
        }
    }
}
