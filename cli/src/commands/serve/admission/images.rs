//! Images in registries, or in a layout, and what is decided about them: as `gate` does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use plimsoll_advisory::AdvisorySource as _;
use plimsoll_model::Digest;
use plimsoll_policy::Name;
use plimsoll_registry::{ImageReference, LayoutReference, RegistryError, digest_in_layout, digest_of_name};
use plimsoll_serve::{AdmissionCode, Asked, Decided, ImageFault, ImageName, ImageSource, Rules};
use sha2::{Digest as _, Sha256};

use crate::args::{GatherArguments, ServeArguments};
use crate::commands::gather::{Gathered, Grounds, Role, subjects};
use crate::failure::Failure;
use crate::output::Ui;

/// A registry that is slower than this is no help: the API server waits ten seconds.
const RETRIES: u32 = 1;
const SECONDS: u64 = 5;

/// Images, and by what is decided about them.
pub(super) struct Images {
    arguments: GatherArguments,
    offline: bool,
    /// A layout that stands for all registries.
    layout: Option<PathBuf>,
    held: RwLock<Arc<Held>>,
    /// When the files were changed, as seen last.
    seen: Mutex<Stamp>,
}

/// By what is decided at the moment.
struct Held {
    grounds: Grounds,
    rules: Rules,
}

/// Length and time of files.
type Stamp = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

impl Images {
    pub(super) fn open(arguments: &ServeArguments, offline: bool, ui: &mut Ui) -> Result<Self, Failure> {
        let layout = match arguments.admission.images.as_deref() {
            None => None,
            Some(text) => {
                let path = text.strip_prefix("oci-layout:").filter(|path| !path.is_empty());
                let path = PathBuf::from(path.ok_or_else(|| Failure::usage("--images is oci-layout:DIRECTORY"))?);
                if !path.join("oci-layout").is_file() {
                    return Err(Failure::failed(anyhow::anyhow!("{} is no image layout", path.display())));
                }
                Some(path)
            }
        };
        let mut gather = arguments.gather.clone();
        gather.network.hurry(RETRIES, SECONDS);
        let held = Held::read(&gather, ui)?;
        let seen = Mutex::new(stamp(&held));
        Ok(Self { arguments: gather, offline, layout, held: RwLock::new(Arc::new(held)), seen })
    }

    /// Whether decisions are noted in an inventory.
    pub(super) fn records(&self) -> bool {
        false
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what is decided by again, when a file changed. The same fault is told once.
    pub(super) fn look(&self) -> Result<bool, String> {
        let now = stamp(&self.held());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        *seen = now;
        let held = Held::read(&self.arguments, &mut Ui::silent()).map_err(|failure| told(&failure))?;
        *seen = stamp(&held);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(true)
    }
}

impl ImageSource for Images {
    fn name(&self, text: &str) -> Result<ImageName, ImageFault> {
        let image: ImageReference = text
            .parse()
            .map_err(|error: RegistryError| ImageFault::new(AdmissionCode::ImageName, error.to_string()))?;
        let digest = image.digest().cloned();
        // `latest` is what the parser says of an image with neither.
        Ok(ImageName { repository: image.name(), tag: image.tag().map(str::to_owned), digest })
    }

    fn rules(&self) -> Rules {
        self.held().rules.clone()
    }

    fn resolve(&self, image: &ImageName) -> Result<Digest, ImageFault> {
        let name = format!("{}:{}", image.repository, image.tag.as_deref().unwrap_or("latest"));
        let resolved = match &self.layout {
            Some(path) => digest_in_layout(&LayoutReference { path: path.clone(), tag: Some(name), digest: None }),
            None if self.offline => {
                let message = "--offline: nobody can be asked what the tag stands for";
                return Err(ImageFault::new(AdmissionCode::Unresolved, message));
            }
            None => {
                let options = self.arguments.network.options();
                name.parse().and_then(|reference: ImageReference| digest_of_name(&reference, &options))
            }
        };
        resolved.map_err(|error| fault(&error.into(), AdmissionCode::Unresolved))
    }

    fn decide(&self, asked: &Asked<'_>) -> Result<Decided, ImageFault> {
        let held = self.held();
        let gathered = self.gather(asked, &held.grounds).map_err(|failure| fault(&failure, AdmissionCode::Evidence))?;
        if gathered.subject.hex(asked.digest.algorithm()) != Some(&asked.digest.hex()) {
            return Err(ImageFault::new(
                AdmissionCode::Internal,
                "the evidence that was gathered is about another image",
            ));
        }
        let decision = gathered.decide_at(&held.grounds, asked.at);
        Ok(Decided { decision, id: None, unrecorded: None })
    }
}

impl Images {
    fn gather(&self, asked: &Asked<'_>, grounds: &Grounds) -> Result<Gathered, Failure> {
        let (repository, tag) = (asked.image.repository.clone(), asked.image.tag.clone());
        let image = Name::Image { repository, tag };
        let names = [image.clone(), Name::Digest(asked.digest.to_string())];
        // What no rule is about is denied whatever there is: its registry, which anybody may have named, need not be asked.
        let concerned = grounds.policy.gate_rules().any(|rule| rule.concerns(&names));
        let place = match &self.layout {
            _ if !concerned => asked.digest.to_string(),
            Some(path) => format!("oci-layout:{}@{}", path.display(), asked.digest),
            None => format!("registry:{}@{}", asked.image.repository, asked.digest),
        };
        let mut named = subjects(&[place.into()], &self.arguments, self.offline)?;
        let mut subject = named.pop().ok_or_else(|| Failure::usage("there is no image"))?;
        subject.names = vec![image];
        Gathered::read(&subject, grounds, &self.arguments, self.offline, &mut Ui::silent())
    }
}

impl Held {
    fn read(arguments: &GatherArguments, ui: &mut Ui) -> Result<Self, Failure> {
        let grounds = Grounds::read(arguments, None, ui)?;
        let policy = grounds.policy_sha256()?;
        let mut all = Sha256::new();
        for material in grounds.materials.iter().filter(|material| material.role != Role::Advisories) {
            let sha256 = material.sha256()?.unwrap_or_default();
            all.update(format!("{} {} {sha256}\n", material.role.word(), material.name));
        }
        // Of a large file: it knows its digest itself.
        all.update(grounds.snapshot.as_ref().map(|snapshot| snapshot.fingerprint()).unwrap_or_default());
        let rules = Rules { policy, grounds: HEXLOWER.encode(&all.finalize()) };
        Ok(Self { grounds, rules })
    }
}

/// The files that it was read from. What is built into the program is none.
fn stamp(held: &Held) -> Stamp {
    let seen = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    let paths = held.grounds.materials.iter().map(|material| PathBuf::from(&material.name));
    paths.map(|path| (path.clone(), seen(&path))).collect()
}

/// What is wrong, for whoever asked.
fn fault(failure: &Failure, otherwise: AdmissionCode) -> ImageFault {
    let code = match RegistryError::find(failure.error.as_ref()) {
        Some(RegistryError::NotFound { .. }) => AdmissionCode::NoImage,
        Some(RegistryError::Reference { .. }) => AdmissionCode::ImageName,
        _ => otherwise,
    };
    ImageFault::new(code, told(failure))
}

fn told(failure: &Failure) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in failure.error.chain() {
        let text = cause.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
