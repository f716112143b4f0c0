//! Base images: with which known image an image begins.
//!
//! An image that is built on another has the other's layers first, so the chain id of its lowest layers (OCI image-spec,
//! config.md, Layer ChainID) is that of the base. An index names chain ids; whoever knows their base images builds it with
//! `plimsoll index base`. Nothing is guessed from commands or labels.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use plimsoll_model::{Digest, DigestAlgorithm, GraphBuilder, changes_terminal};
use plimsoll_source::{ImageInfo, LayerInfo, SourceInfo};
use sha2::{Digest as _, Sha256};

/// The first line of an index.
const HEADER: &str = "plimsoll base index 1";
/// Bytes of an index that are read.
const LONGEST: usize = 256 << 20;
/// Bytes of the name of an image.
const LONGEST_NAME: usize = 1024;

/// Known base images by the chain id of their highest layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseIndex {
    images: BTreeMap<Digest, Known>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    layers: usize,
    names: BTreeSet<String>,
}

/// The image that an image is built on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// What it is called; several names, when one image has several.
    pub names: Vec<String>,
    /// The chain id of its highest layer.
    pub chain_id: Digest,
    /// How many of the lowest layers are its.
    pub layers: usize,
}

/// Why a text is no index of base images.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseIndexError {
    /// It begins otherwise.
    #[error("it does not begin with {HEADER:?}")]
    Header,
    /// A line is not a chain id, a number of layers and a name, parted by tabs.
    #[error("line {0} is not a chain id, a number of layers and a name, parted by tabs")]
    Line(usize),
    /// It is too long.
    #[error("it has more than {LONGEST} bytes")]
    Long,
}

impl BaseIndex {
    /// Reads an index.
    ///
    /// # Errors
    /// The text is none.
    pub fn parse(text: &str) -> Result<Self, BaseIndexError> {
        if text.len() > LONGEST {
            return Err(BaseIndexError::Long);
        }
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(BaseIndexError::Header);
        }
        let mut index = Self::default();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let parsed = index.line(line);
            parsed.ok_or_else(|| BaseIndexError::Line(at.saturating_add(1)))?;
        }
        Ok(index)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let mut parts = line.splitn(3, '\t');
        let (chain_id, layers, name) = (parts.next()?, parts.next()?, parts.next()?);
        let chain_id =
            Digest::from_prefixed(chain_id).ok().filter(|digest| digest.algorithm() == DigestAlgorithm::Sha256)?;
        let layers = layers.parse().ok().filter(|&layers| layers > 0)?;
        if !is_name(name) {
            return None;
        }
        self.insert(chain_id, layers, name)
    }

    fn insert(&mut self, chain_id: Digest, layers: usize, name: &str) -> Option<()> {
        let known = self.images.entry(chain_id).or_insert_with(|| Known { layers, names: BTreeSet::new() });
        // A chain id stands for the layers below it, so their number is not another in another line.
        (known.layers == layers).then(|| known.names.insert(name.to_owned())).map(|_| ())
    }

    /// Adds an image under its own name, or the one given; `false` when it has no layers or no name.
    pub fn add(&mut self, info: &SourceInfo, name: Option<&str>) -> bool {
        let Some(image) = &info.image else { return false };
        let name = name.map_or_else(|| own_name(info, image), str::to_owned);
        let Some((layers, chain_id)) = chain(&image.layers).last() else { return false };
        is_name(&name) && self.insert(chain_id, layers, &name).is_some()
    }

    /// How many images it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Writes the index: the same images, the same bytes.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{HEADER}")?;
        for (chain_id, known) in &self.images {
            for name in &known.names {
                writeln!(out, "{chain_id}\t{}\t{name}", known.layers)?;
            }
        }
        Ok(())
    }

    /// The known image with the most layers that an image begins with. An image is not its own base.
    #[must_use]
    pub fn find(&self, info: &SourceInfo) -> Option<Base> {
        let image = info.image.as_ref()?;
        let below = chain(&image.layers).filter(|(layers, _)| *layers < image.layers.len());
        let known = below.filter_map(|(_, chain_id)| Some((self.images.get(&chain_id)?, chain_id))).last();
        known.map(|(known, chain_id)| Base {
            names: known.names.iter().cloned().collect(),
            chain_id,
            layers: known.layers,
        })
    }
}

/// Repository and tag, with the digest of the manifest where there is one.
fn own_name(info: &SourceInfo, image: &ImageInfo) -> String {
    let tag = image.tags.first().cloned().unwrap_or_else(|| info.name.clone());
    match &image.manifest_digest {
        Some(digest) if !tag.contains('@') => format!("{tag}@{digest}"),
        _ => tag,
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains('\t') && !name.chars().any(changes_terminal)
}

/// The chain id of each layer with those below it, and how many they are.
fn chain(layers: &[LayerInfo]) -> impl Iterator<Item = (usize, Digest)> {
    let mut above: Option<Digest> = None;
    layers.iter().enumerate().map_while(move |(at, layer)| {
        let chain_id = match above.take() {
            None => layer.diff_id.clone(),
            Some(below) => {
                let digest = Sha256::digest(format!("{below} {}", layer.diff_id));
                Digest::from_bytes(DigestAlgorithm::Sha256, digest.to_vec()).ok()?
            }
        };
        above = Some(chain_id.clone());
        Some((at.saturating_add(1), chain_id))
    })
}

impl Base {
    /// Says of each component that the base brought in that it did, or leaves those out.
    pub(crate) fn mark(&self, builder: &mut GraphBuilder, leave_out: bool) {
        let count = self.layers;
        let of_base: Vec<_> = builder
            .components()
            .filter(|(_, component)| component.layers.is_some_and(|layers| (layers.introduced.0 as usize) < count))
            .map(|(at, _)| at)
            .collect();
        if leave_out {
            builder.drop_components(|at| of_base.binary_search(&at).is_ok());
            return;
        }
        for at in of_base {
            if let Some(component) = builder.get_mut(at) {
                component.properties.push(("plimsoll:base".into(), "true".into()));
            }
        }
    }

    /// What the document says of it.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&'static str, String)> {
        let names = self.names.iter().map(|name| ("plimsoll:base:image", name.clone()));
        let rest =
            [("plimsoll:base:chain-id", self.chain_id.to_string()), ("plimsoll:base:layers", self.layers.to_string())];
        names.chain(rest)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_source::SourceKind;

    use super::*;

    fn digest(of: &str) -> Digest {
        Digest::from_bytes(DigestAlgorithm::Sha256, Sha256::digest(of).to_vec()).unwrap()
    }

    fn image(tag: &str, layers: &[&str]) -> SourceInfo {
        let layer = |name: &&str| LayerInfo {
            digest: None,
            diff_id: digest(name),
            media_type: String::new(),
            size: 0,
            created_by: None,
        };
        let layers = layers.iter().map(layer).collect();
        let image = ImageInfo { tags: vec![tag.to_owned()], layers, ..ImageInfo::default() };
        SourceInfo {
            kind: SourceKind::Image,
            name: tag.to_owned(),
            digests: Vec::new(),
            image: Some(image),
            digests_checked: true,
        }
    }

    #[test]
    fn the_longest_known_beginning_is_the_base() {
        let mut index = BaseIndex::default();
        for (tag, layers) in [("debian:12", &["a"][..]), ("python:3.12", &["a", "b"]), ("other:1", &["b"])] {
            assert!(index.add(&image(tag, layers), None));
        }
        let found = |layers: &[&str]| index.find(&image("app:1", layers)).map(|base| (base.names, base.layers));
        assert_eq!(found(&["a", "b", "c"]), Some((vec!["python:3.12".to_owned()], 2)));
        assert_eq!(found(&["a", "c", "b"]), Some((vec!["debian:12".to_owned()], 1)));
        assert_eq!(found(&["a", "b"]), Some((vec!["debian:12".to_owned()], 1)), "no image is its own base");
        assert_eq!(found(&["c", "a", "b"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn chain_ids_are_those_of_the_specification() {
        let layers = image("x", &["a", "b"]).image.unwrap().layers;
        let ids: Vec<Digest> = chain(&layers).map(|(_, id)| id).collect();
        assert_eq!(ids, [digest("a"), digest(&format!("{} {}", digest("a"), digest("b")))]);
    }

    #[test]
    fn an_index_is_read_as_it_is_written() {
        let mut index = BaseIndex::default();
        index.add(&image("debian:12", &["a"]), None);
        index.add(&image("x", &["a"]), Some("debian:bookworm"));
        index.add(&image("python:3.12", &["a", "b"]), None);
        let mut text = Vec::new();
        index.write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(BaseIndex::parse(&text).unwrap(), index);
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn broken_indexes_are_refused() {
        let line = format!("{}\t1\tdebian:12", digest("a"));
        let text = |line: &str| format!("{HEADER}\n{line}\n");
        assert!(BaseIndex::parse(&text(&line)).is_ok());
        assert_eq!(BaseIndex::parse(&line), Err(BaseIndexError::Header));
        assert_eq!(BaseIndex::parse(""), Err(BaseIndexError::Header));
        for broken in ["x", "sha256:00\t1\tx", &line.replace("\t1\t", "\t0\t"), &line.replace("debian", "\u{1b}[31m")] {
            assert_eq!(BaseIndex::parse(&text(broken)), Err(BaseIndexError::Line(2)), "{broken:?}");
        }
        let twice = format!("{line}\n{}", line.replace("\t1\t", "\t2\t"));
        assert_eq!(BaseIndex::parse(&text(&twice)), Err(BaseIndexError::Line(3)), "two lengths of one chain");
    }
}
