//! What is to be signed, or stated something about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_attest::DigestSet;
use plimsoll_model::Digest;
use plimsoll_registry::ImageReference;
use plimsoll_sign::Artifact;
use plimsoll_verify::Subject as Known;

use super::{Image, Options};
use crate::commands::listed;
use crate::failure::Failure;
use crate::output::Ui;

/// Something to sign.
pub(in crate::commands) struct Subject {
    /// As it was named.
    pub(in crate::commands) name: String,
    place: Place,
    /// The digest that a list says it has.
    listed: Option<Known>,
}

enum Place {
    File(PathBuf),
    Digest(Digest),
    Image(Box<Image>),
}

/// Everything that is named. What an image stands for is asked here, once.
pub(in crate::commands) fn list(
    names: &[String],
    from: Option<&Path>,
    options: &Options<'_>,
    ui: &mut Ui,
) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    for name in names {
        let place = if let Some(reference) = name.strip_prefix("registry:") {
            let reference: ImageReference = reference.parse()?;
            if options.offline {
                return Err(Failure::usage("registry: needs the network, and --offline forbids it"));
            }
            Place::Image(Box::new(Image::resolve(&reference, options.network, ui)?))
        } else if name.starts_with("sha256:") || name.starts_with("sha384:") || name.starts_with("sha512:") {
            let digest = Known::digest(name).and(Ok(()));
            digest.map_err(|error| Failure::usage(error.to_string()))?;
            Place::Digest(Digest::from_prefixed(name).map_err(|error| Failure::usage(error.to_string()))?)
        } else {
            Place::File(PathBuf::from(name.strip_prefix("file:").unwrap_or(name)))
        };
        subjects.push(Subject { name: name.clone(), place, listed: None });
    }
    if let Some(path) = from {
        for listed::Listed { name, path, digest } in listed::read(path)? {
            subjects.push(Subject { name, place: Place::File(path), listed: Some(digest) });
        }
    }
    Ok(subjects)
}

/// The images of indexes too, each before what lists it. There is nothing but images.
pub(in crate::commands) fn with_members(subjects: Vec<Subject>) -> Result<Vec<Subject>, Failure> {
    let mut all = Vec::new();
    for Subject { name, place, listed } in subjects {
        let Place::Image(image) = place else {
            return Err(Failure::usage(format!("--recursive is for images, and {name} is none")));
        };
        let named = image.pinned();
        for image in image.with_members()? {
            let pinned = image.pinned();
            let name = if pinned == named { name.clone() } else { format!("registry:{pinned}") };
            all.push(Subject { name, place: Place::Image(Box::new(image)), listed: listed.clone() });
        }
    }
    Ok(all)
}

impl Subject {
    /// The file, if it is one.
    pub(in crate::commands) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Digest(_) | Place::Image(_) => None,
        }
    }

    /// Whether a list says what it has to be.
    pub(in crate::commands) fn is_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// The image, if it is one.
    pub(in crate::commands) fn image(&self) -> Option<&Image> {
        match &self.place {
            Place::Image(image) => Some(image),
            Place::File(_) | Place::Digest(_) => None,
        }
    }

    /// The image, if it is one, for whoever keeps it.
    pub(in crate::commands) fn into_image(self) -> Option<Image> {
        match self.place {
            Place::Image(image) => Some(*image),
            Place::File(_) | Place::Digest(_) => None,
        }
    }

    /// For a signature over the bytes; an image has none, and is signed by a statement. A file that a list names is compared
    /// with it before anybody is asked to sign.
    pub(in crate::commands) fn artifact(&self) -> Result<Artifact, Failure> {
        match &self.place {
            Place::Image(_) => Err(Failure::usage("an image is signed by a statement")),
            Place::Digest(digest) => Ok(Artifact::Digest(digest.clone())),
            Place::File(path) => {
                if self.listed.is_some() {
                    self.digests()?;
                }
                Ok(Artifact::File(path.clone()))
            }
        }
    }

    /// Fails when what was signed is not what a list says: the file may have changed since it was compared.
    pub(in crate::commands) fn check(&self, signed: &Known) -> Result<(), Failure> {
        match &self.listed {
            Some(listed) if listed.digests().any(|(algorithm, _)| signed.hex(algorithm).is_some()) => {
                listed::compare(&self.name, signed, listed)
            }
            Some(_) => self.digests().map(drop),
            None => Ok(()),
        }
    }

    /// For a statement: the digests by their names.
    pub(in crate::commands) fn digests(&self) -> Result<DigestSet, Failure> {
        let path = match &self.place {
            Place::Digest(digest) => {
                return Ok(BTreeMap::from([(digest.algorithm().token().to_owned(), digest.hex())]));
            }
            Place::Image(image) => return Ok(image.digests()),
            Place::File(path) => path,
        };
        let wanted: Vec<_> = self.listed.iter().flat_map(Known::digests).map(|(algorithm, _)| algorithm).collect();
        let known = Known::file(path, &wanted)
            .map_err(|error| Failure::failed(anyhow::Error::new(error).context(self.name.clone())))?;
        if let Some(listed) = &self.listed {
            listed::compare(&self.name, &known, listed)?;
        }
        Ok(known.digests().map(|(algorithm, hex)| (algorithm.token().to_owned(), hex.to_owned())).collect())
    }

    /// The name in a statement: that of the file, without its folder, or of the image, without its tag. A digest has none.
    pub(in crate::commands) fn stated_name(&self) -> String {
        if let Some(image) = self.image() {
            return image.pinned().split('@').next().unwrap_or_default().to_owned();
        }
        let name = self.path().and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
