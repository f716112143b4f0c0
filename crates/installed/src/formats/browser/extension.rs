//! Extensions of browsers: of Chrome and its kin where a profile has them (`Extensions/ID/VERSION_N/manifest.json`), of
//! Firefox and Thunderbird as archives (`.xpi`).
//! <https://developer.chrome.com/docs/extensions/reference/manifest>,
//! <https://developer.mozilla.org/en-US/docs/Mozilla/Add-ons/WebExtensions/manifest.json>
//!
//! Chrome's ids are 32 letters from `a` to `p`, and have a purl type, `chrome-extension`. Mozilla's ids look like mail
//! addresses or UUIDs; no purl type is registered, so they are the names of `generic` ones. An archive without an id is
//! named after its file, as Firefox names the file after the id. Add-ons from before 2017 have an `install.rdf`.

use plimsoll_extract::loose_object;
use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::json::{Loose, Text, fill, strip_jsonc};
use plimsoll_extract::syntax::xml::Element;
use zip::Zip;

/// Reads extensions of browsers.
pub(crate) struct BrowserExtension;

/// Larger manifests are none.
const MAX_MANIFEST: u64 = 8 << 20;

loose_object! {
    struct Manifest<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "description" => description: Text<'a>,
        "author" => author: Text<'a>,
        "homepage_url" => homepage: Text<'a>,
        "browser_specific_settings" => settings: Settings<'a>,
        "applications" => applications: Settings<'a>,
    }
}

loose_object! {
    struct Settings<'a> {
        "gecko" => gecko: Gecko<'a>,
    }
}

loose_object! {
    struct Gecko<'a> {
        "id" => id: Text<'a>,
    }
}

impl Extractor for BrowserExtension {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("browser/extension")
    }

    fn about(&self) -> About {
        About {
            title: "Chrome extensions, Firefox and Thunderbird add-ons",
            specification: "https://developer.mozilla.org/en-US/docs/Mozilla/Add-ons/WebExtensions/manifest.json",
            facts: &[Fact::SourceUrl],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("Extensions/*/*/manifest.json"), Interest::Suffix(".xpi")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name() != b"manifest.json" {
            return archive(file, out);
        }
        let Some(id) = chrome_id(file.path()) else { return Ok(()) };
        let bytes = file.bytes()?;
        // Chrome allows comments.
        let json = strip_jsonc(&bytes);
        let mut root = Loose::<Manifest<'_>>::Absent;
        let outcome = fill(&json, file.budget().limits(), &mut root);
        if let Some(manifest) = root.get() {
            let builder = Purl::builder("chrome-extension", id);
            emit(manifest, builder, None, out);
        }
        Ok(outcome?)
    }
}

/// The id in the path of an installed extension.
fn chrome_id(path: &SourcePath) -> Option<&str> {
    let id = path.parent().rsplit(|&byte| byte == b'/').nth(1)?;
    let valid = id.len() == 32 && id.iter().all(|byte| (b'a'..=b'p').contains(byte));
    std::str::from_utf8(id).ok().filter(|_| valid)
}

fn emit(manifest: &Manifest<'_>, builder: PurlBuilder, member: Option<&[u8]>, out: &mut Sink<'_>) {
    let Some(version) = manifest.version.as_str() else {
        return out.malformed_entry(0, "extension left out: it has no version");
    };
    let Some(purl) = out.purl(builder.version(version), 0) else { return };
    let mut component = Component::from_purl(purl);
    // `__MSG_name__` stands for a text in the language of the user.
    let own = |text: &&str| !text.starts_with("__MSG_");
    if let Some(name) = manifest.name.as_str().filter(own) {
        component.name = name.into();
    }
    component.description = manifest.description.as_str().filter(own).map(Into::into);
    component.author = manifest.author.as_str().map(Into::into);
    let page = manifest.homepage.as_str().filter(|url| url.contains("://"));
    component.references.extend(page.map(website));
    out.observed(component, Observation { member, ..Observation::default() });
}

fn website(url: &str) -> ExternalReference {
    ExternalReference { kind: ReferenceKind::Website, url: url.into(), hashes: Vec::new() }
}

fn archive(file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
    let zip = match Zip::open(file.body(), file.budget()) {
        Ok(zip) => zip,
        Err(error) => {
            out.diagnose(error.code(), 0, error.to_string());
            return Ok(());
        }
    };
    let stem = String::from_utf8_lossy(file.path().name().strip_suffix(b".xpi").unwrap_or_default()).into_owned();
    for name in [&b"manifest.json"[..], b"install.rdf"] {
        let Some(entry) = zip.entries().find(|entry| entry.name() == name) else { continue };
        let bytes = match entry.read(MAX_MANIFEST) {
            Ok(bytes) => bytes,
            Err(error) => {
                out.diagnose(error.code(), 0, error.to_string());
                continue;
            }
        };
        if name == b"install.rdf" {
            let text = syntax::text::decode(&bytes).text;
            install_rdf(&syntax::xml::parse(&text, file.budget().limits())?, &stem, out);
            return Ok(());
        }
        let json = strip_jsonc(&bytes);
        let mut root = Loose::<Manifest<'_>>::Absent;
        let outcome = fill(&json, file.budget().limits(), &mut root);
        if let Some(manifest) = root.get() {
            let id = gecko_id(manifest).unwrap_or(&stem);
            emit(manifest, Purl::builder("generic", id), Some(name), out);
        }
        return Ok(outcome?);
    }
    Err(ExtractError::malformed("an add-on without manifest.json or install.rdf"))
}

fn gecko_id<'m>(manifest: &'m Manifest<'_>) -> Option<&'m str> {
    let settings = [&manifest.settings, &manifest.applications].into_iter().filter_map(Loose::get);
    settings.filter_map(|settings| settings.gecko.get()).find_map(|gecko| gecko.id.as_str())
}

/// `install.rdf`: the facts are children or attributes of the description of `urn:mozilla:install-manifest`.
fn install_rdf(root: &Element<'_>, stem: &str, out: &mut Sink<'_>) {
    let Some(description) = root.elements().iter().find(|element| element.name().ends_with("Description")) else {
        return out.malformed_entry(0, "install.rdf describes nothing");
    };
    let fact = |name: &str| {
        let element = description.elements().iter().find(|held| is(held.name(), name)).map(Element::text);
        let attribute = || description.attributes().find(|(held, _)| is(held, name)).map(|(_, value)| value);
        element.or_else(attribute).map(str::trim).filter(|text| !text.is_empty())
    };
    let Some(version) = fact("version") else {
        return out.malformed_entry(0, "extension left out: it has no version");
    };
    let id = fact("id").unwrap_or(stem);
    let Some(purl) = out.purl(Purl::builder("generic", id).version(version), 0) else { return };
    let mut component = Component::from_purl(purl);
    component.name = fact("name").unwrap_or(id).into();
    component.description = fact("description").map(Into::into);
    component.author = fact("creator").map(Into::into);
    component.references.extend(fact("homepageURL").filter(|url| url.contains("://")).map(website));
    out.observed(component, Observation { member: Some(b"install.rdf"), ..Observation::default() });
}

/// Whether a name is this one, with or without a prefix.
fn is(name: &str, wanted: &str) -> bool {
    name.rsplit(':').next() == Some(wanted)
}
