//! `plimsoll airgap`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use plimsoll_registry::{CopyPlace, ImageReference, LayoutReference, RegistryError};
use plimsoll_verify::airgap::Image;

use super::{DataFormat, NetworkArguments, SigningArguments, VerificationArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum AirgapCommand {
    Pack(Box<PackArguments>),
    Verify(Box<AirgapVerifyArguments>),
    Import(Box<ImportArguments>),
}

/// Pack one signed folder: images and what refers to them, artifacts, whom to trust, advisories, policy
///
/// The folder has an OCI layout (images/), instances of Sigstore (trust/), artifacts and bundles (artifacts/), a directory
/// for each --include, and airgap.json, which lists every file with its SHA-256. One signature over that,
/// airgap.json.sigstore.json, is over all of it. The same input makes the same airgap.json. The folder appears whole or not
/// at all. The digest of airgap.json is written to stdout.
#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    /// The folder to make; it must not be there yet
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// An image: registry:HOST/REPOSITORY:TAG or oci-layout:DIRECTORY:TAG, or with @DIGEST, and what refers to it.
    /// NAME=IMAGE says under which REPOSITORY:TAG it is to be imported. May be given several times
    #[arg(long, value_name = "[NAME=]IMAGE", value_parser = ImageArgument::parse)]
    pub(crate) image: Vec<ImageArgument>,
    /// Leave out signatures, SBOMs and attestations that refer to the images
    #[arg(long)]
    pub(crate) no_referrers: bool,
    /// How many referrers of one manifest are packed; more are an error
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) max_referrers: usize,
    /// An artifact. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) artifact: Vec<PathBuf>,
    /// A bundle about an artifact or image. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    /// An instance of Sigstore that those who import the folder may trust. May be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) include_trust: Vec<String>,
    /// The same, from a file (trusted_root.json), under a name. May be given several times
    #[arg(long, value_name = "NAME=FILE", value_parser = NamedPath::parse)]
    pub(crate) include_trusted_root: Vec<NamedPath>,
    /// Anything else: a file, or a directory with all that is in it, in the directory NAME of the folder, such as
    /// advisories or policy. May be given several times
    #[arg(long, value_name = "NAME=PATH", value_parser = NamedPath::parse)]
    pub(crate) include: Vec<NamedPath>,
    /// The time to record: `now` or RFC 3339; SOURCE_DATE_EPOCH when left out, and none without that
    #[arg(long, value_name = "TIME")]
    pub(crate) timestamp: Option<String>,
    /// Do not sign the folder, and say so in it. It is not accepted until airgap.json is signed otherwise
    #[arg(long, conflicts_with_all = ["key", "identity_token_file"])]
    pub(crate) unsigned: bool,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    /// How to write what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// Check that a folder is what its signed manifest says: every file there, none changed, none too much
///
/// Works without a network. Whom the folder brings along to be trusted is not believed about the folder itself: name the
/// key or identity that you know from elsewhere.
#[derive(Debug, Args)]
pub(crate) struct AirgapVerifyArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
}

/// Verify a folder, and copy its images, with what refers to them, to a registry or layout
///
/// Nothing is imported when anything in the folder is wrong. Artifacts and whatever else was packed stay in the folder and
/// are used from there.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// Where the images go: registry:HOST[/PREFIX], under which each keeps its repository and tag, or oci-layout:DIRECTORY
    #[arg(long, value_name = "PLACE", required_unless_present = "add_trust", value_parser = ImportPlace::parse)]
    pub(crate) to: Option<ImportPlace>,
    /// Make the instances of Sigstore that the folder brings along known under their names, to be used with --trust NAME
    #[arg(long)]
    pub(crate) add_trust: bool,
    /// How to write what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DataFormat,
    #[command(flatten)]
    pub(crate) network: NetworkArguments,
}

/// A folder and what is expected of it.
#[derive(Debug, Args)]
pub(crate) struct FolderArguments {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Where the bundle over airgap.json is; airgap.json.sigstore.json in the folder when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) expected: VerificationArguments,
}

/// A file or directory under a name.
#[derive(Debug, Clone)]
pub(crate) struct NamedPath {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl NamedPath {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("it is not NAME=PATH")?;
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = name.len() <= 64 && name.bytes().next().is_some_and(word);
        if !is_name || !name.bytes().all(|byte| word(byte) || byte == b'-') {
            return Err(format!("{name:?} is no name: lower-case letters, digits and dashes"));
        }
        if path.is_empty() {
            return Err("it names no path".to_owned());
        }
        Ok(Self { name: name.to_owned(), path: path.into() })
    }
}

/// An image, and what it is to be called where it is imported.
#[derive(Debug, Clone)]
pub(crate) struct ImageArgument {
    pub(crate) place: CopyPlace,
    pub(crate) repository: String,
    pub(crate) tag: Option<String>,
}

impl ImageArgument {
    fn parse(text: &str) -> Result<Self, String> {
        let is_place = text.starts_with("registry:") || text.starts_with("oci-layout:");
        let (name, place) = match text.split_once('=') {
            Some((name, place)) if !is_place => (Some(name), place),
            _ => (None, text),
        };
        let place = CopyPlace::parse(place).map_err(|error| error.to_string())?;
        let (repository, tag) = match (name, &place) {
            (Some(name), _) => named(name)?,
            (None, CopyPlace::Registry(image)) => (image.repository().to_owned(), image.tag().map(str::to_owned)),
            (None, CopyPlace::Layout(layout)) => of_layout(layout)?,
            _ => return Err("it is neither registry: nor oci-layout:".to_owned()),
        };
        Ok(Self { place, repository, tag })
    }
}

/// `REPOSITORY:TAG`, by the grammar of names of images.
fn named(name: &str) -> Result<(String, Option<String>), String> {
    let image: ImageReference =
        format!("localhost/{name}").parse().map_err(|_| format!("{name:?} is no REPOSITORY:TAG"))?;
    Ok((image.repository().to_owned(), image.tag().map(str::to_owned)))
}

/// A layout has tags, but no repositories: it is called as its directory is.
fn of_layout(layout: &LayoutReference) -> Result<(String, Option<String>), String> {
    let directory = layout.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (repository, _) = named(directory)
        .map_err(|_| format!("the directory {directory:?} is no name for a repository: say NAME=oci-layout:…"))?;
    Ok((repository, layout.tag.clone()))
}

/// Where images are imported to.
#[derive(Debug, Clone)]
pub(crate) enum ImportPlace {
    /// A registry, and a prefix of the repositories.
    Registry(String),
    /// A layout.
    Layout(LayoutReference),
}

impl ImportPlace {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("registry", prefix)) => {
                let prefix = prefix.trim_end_matches('/');
                // With something behind it, so that a bare host is one.
                let image: ImageReference = format!("{prefix}/x").parse().map_err(|_| "it is no HOST[/PREFIX]")?;
                if prefix.contains('@') || format!("{}/{}", image.host(), image.repository()) != format!("{prefix}/x") {
                    return Err("it is no HOST[/PREFIX]: name the registry".to_owned());
                }
                Ok(Self::Registry(prefix.to_owned()))
            }
            Some(("oci-layout", path)) => {
                let layout = LayoutReference::parse(path).map_err(|error| error.to_string())?;
                if layout.tag.is_some() || layout.digest.is_some() {
                    return Err("it is a directory: each image keeps its own name".to_owned());
                }
                Ok(Self::Layout(layout))
            }
            _ => Err("it is neither registry:HOST[/PREFIX] nor oci-layout:DIRECTORY".to_owned()),
        }
    }

    /// Where an image goes.
    pub(crate) fn of(&self, image: &Image) -> Result<CopyPlace, RegistryError> {
        let Image { repository, tag, digest, .. } = image;
        match self {
            Self::Registry(prefix) => {
                let tag = tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
                // With the digest, or one without a tag would become the latest.
                CopyPlace::parse(&format!("registry:{prefix}/{repository}{tag}@{digest}"))
            }
            Self::Layout(layout) => {
                let mut layout = layout.clone();
                layout.tag = layout_name(repository, tag.as_deref());
                Ok(CopyPlace::Layout(layout))
            }
        }
    }
}

/// What an image is called in a layout that holds several: two may have the same tag.
pub(crate) fn layout_name(repository: &str, tag: Option<&str>) -> Option<String> {
    tag.map(|tag| format!("{repository}:{tag}"))
}
