//! Trained models: what names them, whatever the format of their file.
//!
//! Formats of models seldom say where a model comes from. What tells is the place of the file in the cache of the hub's
//! client, `models--ORG--NAME/snapshots/COMMIT/…`, or a URL in the metadata. Then the purl is of type `huggingface`,
//! whose version is a commit. A model that its file gives a name and a version has a purl of type `generic`; any other
//! is known by its place.

use plimsoll_extract::prelude::*;

/// How models are seen.
pub(crate) const READ: Observation<'static> =
    Observation { span: None, technique: Technique::BinaryAnalysis, confidence: Confidence::STATED, member: None };

const HUB: &str = "https://huggingface.co/";
/// Longest value that becomes a property; templates and vocabularies are longer.
const MAX_VALUE: usize = 1024;

/// A model on the Hugging Face hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hub {
    organisation: String,
    name: String,
    /// The commit; empty when it is not known.
    revision: String,
}

impl Hub {
    /// The model whose file lies at this place of a client's cache.
    pub(crate) fn of_path(path: &SourcePath) -> Option<Self> {
        let text = std::str::from_utf8(path.as_bytes()).ok()?;
        let mut parts = text.split('/').skip_while(|part| !part.starts_with("models--"));
        let (organisation, name) = parts.next()?.strip_prefix("models--")?.split_once("--")?;
        let revision = parts.next().filter(|part| *part == "snapshots").and(parts.next()).unwrap_or_default();
        let is_commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        let revision = if is_commit { revision.to_ascii_lowercase() } else { String::new() };
        Some(Self { organisation: organisation.to_owned(), name: name.to_owned(), revision })
    }

    /// The model that a URL of the hub leads to.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let mut parts = url.strip_prefix(HUB)?.split(['/', '?', '#']);
        let (organisation, name) = (parts.next()?, parts.next()?);
        let is_model = !organisation.is_empty() && !name.is_empty() && !matches!(organisation, "datasets" | "spaces");
        let of = |text: &str| text.to_owned();
        is_model.then(|| Self { organisation: of(organisation), name: of(name), revision: String::new() })
    }

    /// Its purl, when its names can be in one.
    fn purl(&self) -> Option<Purl> {
        let builder = Purl::builder("huggingface", self.name.as_str()).namespace(self.organisation.as_str());
        builder.version(self.revision.as_str()).build().ok()
    }
}

/// A model of which the hub, a name or a version may be known. Without any, it is called `otherwise`.
pub(crate) fn component(
    hub: Option<&Hub>,
    name: Option<&str>,
    version: Option<&str>,
    place: &SourcePath,
    otherwise: &str,
) -> Component {
    let clean = |text: &&str| !text.trim().is_empty();
    let (name, version) = (name.filter(clean).map(str::trim), version.filter(clean).map(str::trim));
    let purl = hub.and_then(Hub::purl).or_else(|| Purl::new("generic", name?, version?).ok());
    let mut component = match purl {
        Some(purl) => Component::from_purl(purl),
        None => {
            let mut component = Component::new(ComponentKind::MachineLearningModel, name.unwrap_or(otherwise));
            component.version = version.map(Into::into);
            component.location = Some(place.clone());
            component
        }
    };
    component.kind = ComponentKind::MachineLearningModel;
    component
}

/// A model that is known by the directory of its files: the hub's clients and the trainers of most frameworks save a
/// model as a directory.
pub(crate) fn of_directory(file: &File<'_>) -> Component {
    let hub = Hub::of_path(file.path());
    let Some(place) = directory(file.path()) else {
        return component(hub.as_ref(), None, None, file.path(), &stem(file.path()));
    };
    component(hub.as_ref(), None, None, &place, &String::from_utf8_lossy(place.name()))
}

/// The directory of a file; `None` when it is the top one.
pub(crate) fn directory(path: &SourcePath) -> Option<SourcePath> {
    let bytes = path.as_bytes();
    let end = bytes.iter().rposition(|&byte| byte == b'/')?;
    SourcePath::new(std::str::from_utf8(bytes.get(..end)?).ok()?).ok()
}

/// The name of a file without its extension, and without the number of one of several parts
/// (`x-00001-of-00003.gguf`).
pub(crate) fn stem(path: &SourcePath) -> String {
    let name = String::from_utf8_lossy(path.name()).into_owned();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let numbered = |part: &str| part.len() == 5 && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = stem.rsplit_once("-of-").filter(|(_, count)| numbered(count)).and_then(|(rest, _)| {
        let (whole, part) = rest.rsplit_once('-')?;
        numbered(part).then_some(whole)
    });
    whole.unwrap_or(stem).to_owned()
}

/// Adds a property, unless its value is empty or too long to be a fact.
pub(crate) fn property(component: &mut Component, name: &'static str, value: impl AsRef<str>) {
    let value = value.as_ref().trim();
    if !value.is_empty() && value.len() <= MAX_VALUE {
        component.properties.push((name.into(), value.into()));
    }
}

/// Adds a URL.
pub(crate) fn reference(component: &mut Component, kind: ReferenceKind, url: &str) {
    if url.contains("://") && url.len() <= MAX_VALUE {
        component.references.push(ExternalReference { kind, url: url.into(), hashes: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_urls_of_the_hub() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let path = SourcePath::new(format!("root/.cache/models--org--a-b--c/snapshots/{commit}/config.json")).unwrap();
        let hub = Hub::of_path(&path).unwrap();
        assert_eq!(hub.purl().unwrap().to_string(), format!("pkg:huggingface/org/a-b--c@{commit}"));
        assert_eq!(Hub::of_path(&SourcePath::new("models/x/config.json").unwrap()), None);
        let hub = Hub::of_url("https://huggingface.co/Org/Model-7B/tree/main").unwrap();
        assert_eq!(hub.purl().unwrap().to_string(), "pkg:huggingface/Org/Model-7B");
        assert_eq!(Hub::of_url("https://huggingface.co/datasets/a/b"), None);
        assert_eq!(Hub::of_url("https://example.org/a/b"), None);
    }

    #[test]
    fn parts_of_one_model_have_one_name() {
        for (path, want) in [
            ("m/big-00001-of-00003.gguf", "big"),
            ("m/big-1-of-3.gguf", "big-1-of-3"),
            ("m/small.v1.onnx", "small.v1"),
            ("plain", "plain"),
        ] {
            assert_eq!(stem(&SourcePath::new(path).unwrap()), want);
        }
    }
}
