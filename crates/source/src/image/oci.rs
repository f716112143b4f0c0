//! OCI image layouts (image-spec 1.1, image-layout.md), in a directory or an archive: from the index to the layers.

use std::path::Path;

use plimsoll_model::{Diagnostic, DiagnosticCode, Digest};

use super::manifest::{Config, Descriptor, Document, Manifest};
use super::members::Members;
use super::platform::{DEFAULT, Platform};
use super::store::{Blob, Directory, Kind, Store, blob_name};
use crate::hashing::digest_of;
use crate::layer::{Layer, Stored, compare};
use crate::layered::{Layered, Watched};
use crate::{ImageInfo, LayerInfo, OpenOptions, Source, SourceError, SourceInfo, SourceKind};

/// An image as its documents describe it, before a layer is read.
pub(super) struct Plan {
    pub(super) info: ImageInfo,
    pub(super) layers: Vec<PlannedLayer>,
    pub(super) notices: Vec<Diagnostic>,
}

/// A layer as the manifest describes it.
pub(super) struct PlannedLayer {
    pub(super) blob: Option<Blob>,
    pub(super) digest: Option<Digest>,
    pub(super) diff_id: Digest,
}

/// Opens a layout in a directory.
pub(crate) fn open_layout(path: &Path, name: &str, options: &OpenOptions) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let store = Directory::new(path);
    if store.document("oci-layout")?.is_none() {
        return Err(SourceError::Unrecognised { path: path.to_owned(), looked_for: "an oci-layout file" });
    }
    let plans = match &options.manifest {
        Some(digest) => plan_listed(&store, vec![of_digest(&store, digest)?], options)?,
        None => plan(&store, options)?,
    };
    let mut files = store.files.into_inner().unwrap_or_else(|poison| poison.into_inner());
    Ok(sources(plans, name, options, || std::mem::take(&mut files)))
}

/// What is in a layout under a digest, which no document need list.
fn of_digest(store: &dyn Store, digest: &Digest) -> Result<Descriptor, SourceError> {
    let blob = store.blob(&blob_name(digest))?;
    let size = required(blob, &digest.to_string())?.length();
    Ok(Descriptor::new(String::new(), digest.to_string(), size))
}

/// Opens a layout in an archive whose members are known.
pub(crate) fn open_archive_layout(
    members: &Members,
    watched: impl Fn() -> Watched,
    name: &str,
    options: &OpenOptions,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    Ok(sources(plan(members, options)?, name, options, || vec![watched()]))
}

/// The sources of planned images whose layers can be read by position.
pub(super) fn sources(
    plans: Vec<Plan>,
    name: &str,
    options: &OpenOptions,
    mut files: impl FnMut() -> Vec<Watched>,
) -> Vec<Box<dyn Source>> {
    let source = |plan: Plan| -> Box<dyn Source> {
        let layer = |(position, layer): (usize, PlannedLayer)| {
            let blob = match layer.blob {
                Some(Blob::Section(section)) => Some(Stored::Section(section)),
                Some(Blob::Remote(blob)) => Some(Stored::Remote(blob)),
                Some(Blob::Passed { .. }) | None => None,
            };
            Layer { what: format!("layer {position}"), blob, digest: layer.digest, diff_id: Some(layer.diff_id) }
        };
        let mut notices = plan.notices;
        notices.extend(skipped(options));
        Box::new(Layered {
            info: source_info(plan.info, name, options),
            layers: plan.layers.into_iter().enumerate().map(layer).collect(),
            exclude: options.exclude.clone(),
            image: true,
            notices,
            files: files(),
        })
    };
    plans.into_iter().map(source).collect()
}

/// What is said when digests are not checked.
pub(super) fn skipped(options: &OpenOptions) -> Option<Diagnostic> {
    let message = "digests of layers were not checked, as asked for";
    options.insecure_skip_digests.then(|| Diagnostic::new(DiagnosticCode::DIGESTS_SKIPPED, message))
}

/// The image is called by its first tag, else by its file.
pub(super) fn source_info(image: ImageInfo, name: &str, options: &OpenOptions) -> SourceInfo {
    SourceInfo {
        kind: SourceKind::Image,
        name: image.tags.first().cloned().unwrap_or_else(|| name.to_owned()),
        digests: Vec::new(),
        image: Some(image),
        digests_checked: !options.insecure_skip_digests,
    }
}

/// A manifest that an index lists.
struct Listed {
    descriptor: Descriptor,
    platform: Option<Platform>,
}

/// Indexes within indexes are rare, and one level deep.
const NESTING: u32 = 8;
/// An index lists tens of manifests.
const MANIFESTS: usize = 10_000;

/// Reads the documents of the image, or of each image under `--platform all`.
pub(super) fn plan(store: &dyn Store, options: &OpenOptions) -> Result<Vec<Plan>, SourceError> {
    let index = required(store.document("index.json")?, "index.json")?;
    let Document::Index(descriptors) = Document::parse(&index, "", "index.json")? else {
        return Err(SourceError::malformed("index.json", "it is a manifest, not an index"));
    };
    plan_listed(store, descriptors, options)
}

/// Reads the documents of the images that these descriptors lead to.
pub(super) fn plan_listed(
    store: &dyn Store,
    descriptors: Vec<Descriptor>,
    options: &OpenOptions,
) -> Result<Vec<Plan>, SourceError> {
    let mut listed = Vec::new();
    list(store, descriptors, &Context::default(), &mut listed)?;
    let (chosen, notice) = choose(store, listed, options.platform.as_deref())?;
    let several = chosen.len() > 1;
    let plans = chosen.into_iter().map(|listed| read_image(store, &listed)).collect::<Result<Vec<_>, _>>()?;
    let wanted = options.platform.as_deref().filter(|&wanted| wanted != "all").map(Platform::parse).transpose()?;
    let mut out = Vec::new();
    for mut plan in plans {
        check_platform(&plan.info, wanted.as_ref())?;
        if !several {
            plan.notices.extend(notice.clone());
        }
        out.push(plan);
    }
    Ok(out)
}

/// Fails when the image is not for the platform that was asked for.
pub(super) fn check_platform(info: &ImageInfo, wanted: Option<&Platform>) -> Result<(), SourceError> {
    let own = Platform::new(info.os.as_deref(), info.architecture.as_deref(), info.variant.as_deref());
    match wanted {
        Some(wanted) if !own.is(wanted) => {
            Err(SourceError::Platform { wanted: wanted.to_string(), available: own.to_string() })
        }
        _ => Ok(()),
    }
}

pub(super) fn required<T>(found: Option<T>, what: &str) -> Result<T, SourceError> {
    found.ok_or_else(|| SourceError::malformed(what, "the image does not have it"))
}

/// What a nested index passes on to what it lists.
#[derive(Default)]
struct Context {
    depth: u32,
    name: Option<String>,
}

/// The key of `org.opencontainers.image.ref.name` (annotations.md), and containerd's full name.
const REF_NAMES: &[&str] = &["io.containerd.image.name", "org.opencontainers.image.ref.name"];
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Gathers the manifests of an index and of those within, without the attestations.
fn list(
    store: &dyn Store,
    descriptors: Vec<Descriptor>,
    context: &Context,
    out: &mut Vec<Listed>,
) -> Result<(), SourceError> {
    if context.depth > NESTING {
        return Err(SourceError::malformed("index.json", "its indexes are nested too deeply"));
    }
    for mut descriptor in descriptors {
        if descriptor.is_attestation() {
            continue;
        }
        if out.len() >= MANIFESTS {
            return Err(SourceError::malformed("index.json", format!("it lists more than {MANIFESTS} manifests")));
        }
        let name = REF_NAMES.iter().find_map(|key| descriptor.annotation(key)).map(str::to_owned);
        let name = name.or_else(|| context.name.clone());
        if let Some(name) = &name {
            descriptor.annotations.get_or_insert_default().insert(REF_NAME.to_owned(), name.clone());
        }
        let platform = descriptor.platform.clone();
        // A manifest with a platform is read when it is chosen: layouts may lack those of other platforms.
        if platform.is_some() && !descriptor.media_type.contains(".index.") && !descriptor.media_type.contains(".list.")
        {
            out.push(Listed { descriptor, platform });
            continue;
        }
        match read_document(store, &descriptor)? {
            Document::Index(inner) => {
                let context = Context { depth: context.depth.saturating_add(1), name };
                list(store, inner, &context, out)?;
            }
            Document::Manifest(manifest) if manifest.is_image() => out.push(Listed { descriptor, platform }),
            Document::Manifest(_) => {}
        }
    }
    Ok(())
}

/// Which of the images to read, and what to say about the others.
fn choose(
    store: &dyn Store,
    mut listed: Vec<Listed>,
    wanted: Option<&str>,
) -> Result<(Vec<Listed>, Option<Diagnostic>), SourceError> {
    if listed.is_empty() {
        return Err(SourceError::Unsupported {
            what: "image index".into(),
            reason: "it lists no image; artifacts and attestations are no sources".into(),
        });
    }
    if listed.len() == 1 {
        return Ok((listed, None));
    }
    for listed in &mut listed {
        if listed.platform.is_none() {
            listed.platform = Some(read_image(store, listed)?.info.platform());
        }
    }
    let mut seen = Vec::new();
    listed.retain(|listed| {
        let new = listed.descriptor.digest("index.json").ok().filter(|digest| !seen.contains(digest));
        new.map(|digest| seen.push(digest)).is_some()
    });
    if wanted == Some("all") {
        return Ok((listed, None));
    }
    let explicit = wanted.map(Platform::parse).transpose()?;
    let platform = explicit.clone().unwrap_or_else(|| Platform::new(Some(DEFAULT.0), Some(DEFAULT.1), None));
    let mut available: Vec<String> =
        listed.iter().filter_map(|listed| Some(listed.platform.as_ref()?.to_string())).collect();
    available.sort_unstable();
    available.dedup();
    // Images of one platform under several names: the platform is no choice.
    let any = explicit.is_none() && available.len() == 1;
    let is = |listed: &Listed| any || listed.platform.as_ref().is_some_and(|own| own.is(&platform));
    let matching = listed.iter().filter(|listed| is(listed)).count();
    let Some(chosen) = listed.into_iter().find(is) else {
        return Err(SourceError::Platform { wanted: platform.to_string(), available: available.join(", ") });
    };
    let name = chosen.descriptor.annotation(REF_NAME).unwrap_or("without a name").to_owned();
    let notice = if matching > 1 {
        let message = format!("{matching} images for one platform: the first was taken ({name})");
        Some(Diagnostic::new(DiagnosticCode::AMBIGUOUS_ARCHIVE, message))
    } else if explicit.is_none() {
        let message = format!("{platform} was taken; there are {}", available.join(", "));
        Some(Diagnostic::new(DiagnosticCode::OTHER_PLATFORM, message))
    } else {
        None
    };
    Ok((vec![chosen], notice))
}

impl ImageInfo {
    fn platform(&self) -> Platform {
        Platform::new(self.os.as_deref(), self.architecture.as_deref(), self.variant.as_deref())
    }
}

/// A document by its descriptor, of the right size and digest.
fn verified(
    store: &dyn Store,
    descriptor: &Descriptor,
    kind: Kind,
    what: &str,
) -> Result<(Vec<u8>, Digest), SourceError> {
    let digest = descriptor.digest(what)?;
    let bytes = store.described(descriptor, &digest, kind)?;
    let bytes = bytes.ok_or_else(|| SourceError::malformed(what, format!("the image does not have {digest}")))?;
    check_size(what, descriptor.size, bytes.len() as u64)?;
    compare(what, Some(&digest), digest_of(digest.algorithm(), &bytes))?;
    Ok((bytes, digest))
}

fn check_size(what: &str, expected: u64, actual: u64) -> Result<(), SourceError> {
    if expected == actual {
        return Ok(());
    }
    Err(SourceError::malformed(what, format!("it has {actual} bytes, and its descriptor says {expected}")))
}

fn read_document(store: &dyn Store, descriptor: &Descriptor) -> Result<Document, SourceError> {
    let (bytes, _) = verified(store, descriptor, Kind::Manifest, "manifest")?;
    Document::parse(&bytes, &descriptor.media_type, "manifest")
}

fn read_image(store: &dyn Store, listed: &Listed) -> Result<Plan, SourceError> {
    let (bytes, manifest_digest) = verified(store, &listed.descriptor, Kind::Manifest, "manifest")?;
    let Document::Manifest(manifest) = Document::parse(&bytes, &listed.descriptor.media_type, "manifest")? else {
        return Err(SourceError::malformed("manifest", "it is an index"));
    };
    if !manifest.is_image() {
        let reason = format!("a config of type {:?} is no image", manifest.config.media_type);
        return Err(SourceError::Unsupported { what: "manifest".into(), reason });
    }
    let (config, config_digest) = verified(store, &manifest.config, Kind::Config, "image config")?;
    let config = Config::parse(&config)?;
    let mut info = describe(&config, config_digest);
    info.manifest_digest = Some(manifest_digest);
    info.tags.extend(listed.descriptor.annotation(REF_NAME).map(str::to_owned));
    let layers = read_layers(store, &manifest, &config, &mut info)?;
    info.annotations = manifest.annotations;
    Ok(Plan { info, layers, notices: Vec::new() })
}

/// What a config says about its image.
pub(super) fn describe(config: &Config, digest: Digest) -> ImageInfo {
    ImageInfo {
        config_digest: Some(digest),
        os: config.os.clone(),
        architecture: config.architecture.clone(),
        variant: config.variant.clone(),
        created: config.created.clone(),
        labels: config.labels(),
        ..ImageInfo::default()
    }
}

fn read_layers(
    store: &dyn Store,
    manifest: &Manifest,
    config: &Config,
    info: &mut ImageInfo,
) -> Result<Vec<PlannedLayer>, SourceError> {
    let count = manifest.layers.len();
    let promised = config.diff_ids(count)?.into_iter().zip(config.created_by(count));
    let mut layers = Vec::new();
    for (position, (descriptor, (diff_id, created_by))) in manifest.layers.iter().zip(promised).enumerate() {
        let what = format!("layer {position}");
        if descriptor.media_type.contains("encrypted") {
            return Err(SourceError::Unsupported { what, reason: "it is encrypted".into() });
        }
        let digest = descriptor.digest(&what)?;
        let blob = store.layer(descriptor, &digest)?;
        match &blob {
            Some(blob) => check_size(&what, descriptor.size, blob.length())?,
            None if descriptor.may_be_absent() => {}
            None => return Err(SourceError::malformed(what, format!("the image does not have {digest}"))),
        }
        info.layers.push(LayerInfo {
            digest: Some(digest.clone()),
            diff_id: diff_id.clone(),
            media_type: descriptor.media_type.clone(),
            size: descriptor.size,
            created_by,
        });
        layers.push(PlannedLayer { blob, digest: Some(digest), diff_id });
    }
    Ok(layers)
}
