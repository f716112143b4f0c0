//! What a review comes to.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use data_encoding::HEXLOWER;
use plimsoll_model::{Digest, printable};
use plimsoll_policy::gate::{Decision, GateCheck, GateCheckState, GateCode, GateVerdict, RuleDecision, RuleState};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::answer::{Answer, Looked, Manner, short};
use super::counters::{Counters, up};
use super::flights::{Flights, Found, Ticket, landed};
use super::objects::{Object, Shape};
use super::review::Request;
use super::work::Workers;
use super::{AdmissionCode, AdmissionOptions, Asked, ImageFault, ImageName, OnError, Rules, UnknownKinds};

/// A pod with more is none that anybody meant.
const MAX_IMAGES: usize = 128;
/// How many reasons of one image are kept.
const MAX_REASONS: usize = 5;
const MAX_REASON: usize = 300;
/// Kinds of subresources that name no image.
const WITHOUT_IMAGES: &[(&str, &str)] = &[("", "Binding"), ("autoscaling", "Scale"), ("policy", "Eviction")];

/// What came of an image.
pub(super) type Judged = Result<Arc<Ruling>, ImageFault>;
type Resolved = Result<Digest, ImageFault>;

/// The part of a decision that is kept.
#[derive(Debug)]
pub(super) struct Ruling {
    pub(super) id: String,
    pub(super) verdict: GateVerdict,
    pub(super) denied: Vec<Reason>,
    pub(super) warned: Vec<Reason>,
    /// How many more reasons there are to deny.
    pub(super) more: usize,
    pub(super) exceptions: Vec<String>,
    pub(super) broken_glass: Option<String>,
    /// Whether it was recorded, or need not be.
    recorded: bool,
}

/// Why an image is denied or warned about.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) text: String,
}

/// What all reviews share.
pub(super) struct Shared {
    pub(super) options: AdmissionOptions,
    pub(super) counters: Counters,
    pub(super) workers: Workers,
    /// Bytes of reviews that are in memory.
    pub(super) held: AtomicUsize,
    decisions: Arc<Flights<Judged>>,
    tags: Arc<Flights<Resolved>>,
}

/// Answers reviews.
#[derive(Clone)]
pub(super) struct Judge(pub(super) Arc<Shared>);

/// An image on its way to a decision.
struct Waiting<V> {
    kept: Option<V>,
    running: Option<watch::Receiver<Option<V>>>,
}

impl Judge {
    pub(super) fn new(options: AdmissionOptions) -> Self {
        let shared = Shared {
            counters: Counters::default(),
            workers: Workers::new(options.workers, options.queue),
            held: AtomicUsize::new(0),
            decisions: Flights::new(options.decisions),
            tags: Flights::new(options.decisions),
            options,
        };
        Self(Arc::new(shared))
    }

    pub(super) fn kept(&self) -> usize {
        self.0.decisions.len()
    }

    fn manner(&self) -> Manner {
        let options = &self.0.options;
        Manner { lenient: options.on_error == OnError::Allow, dry_run: options.dry_run }
    }

    /// Answers a review, in time.
    pub(super) async fn review(&self, request: &Request<'_>, patience: Duration) -> Answer {
        let images = match self.images(request) {
            Ok(images) => images,
            Err(answer) => return answer,
        };
        let patience = patience.min(self.0.options.review_timeout);
        let rules = self.0.options.source.rules();
        let record = self.0.options.records && !request.dry_run;
        match tokio::time::timeout(patience, self.look(images, &rules, record)).await {
            Ok(looked) => {
                let faults = looked.iter().filter_map(|each| each.judged.as_ref().err());
                faults.for_each(|fault| self.0.counters.error(fault.code.id()));
                Answer::of(&looked, &rules.policy, self.manner())
            }
            Err(_) => self.fault(AdmissionCode::Timeout, AdmissionCode::Timeout.means()),
        }
    }

    /// An answer that is about no image.
    fn fault(&self, code: AdmissionCode, message: &str) -> Answer {
        self.0.counters.error(code.id());
        Answer::refused(code, message, self.manner())
    }

    /// The images to look at, or the answer when there is no need to.
    fn images(&self, request: &Request<'_>) -> Result<Vec<String>, Answer> {
        let options = &self.0.options;
        if !matches!(request.operation.as_str(), "CREATE" | "UPDATE") {
            return Err(Answer::unasked("not-asked"));
        }
        if options.exempt_namespaces.contains(&request.namespace) {
            return Err(Answer::unasked("exempt-namespace"));
        }
        let Some(shape) = Shape::of(&request.group, &request.version, &request.kind) else {
            if WITHOUT_IMAGES.contains(&(request.group.as_str(), request.kind.as_str())) {
                return Err(Answer::unasked("no-images"));
            }
            let kind = printable(&request.kind);
            let message = format!("{} ({kind})", AdmissionCode::Kind.means());
            return Err(match options.unknown_kinds {
                UnknownKinds::Warn => Answer::warned(AdmissionCode::Kind, &message),
                UnknownKinds::Deny => self.fault(AdmissionCode::Kind, &message),
            });
        };
        let unread = |reason: &str| {
            let message = format!("{}: {}", AdmissionCode::Object.means(), printable(&short(reason, MAX_REASON)));
            self.fault(AdmissionCode::Object, &message)
        };
        let object = request.object.ok_or_else(|| unread("there is none"))?;
        let mut object = Object::read(object.get(), shape, &request.kind).map_err(|reason| unread(&reason))?;
        if request.operation == "UPDATE" {
            if object.is_leaving {
                return Err(Answer::unasked("being-deleted"));
            }
            let old = request.old_object.and_then(|old| Object::read(old.get(), shape, &request.kind).ok());
            let old = old.unwrap_or_default();
            if !object.images.is_empty() && object.images.is_subset(&old.images) {
                return Err(Answer::unasked("unchanged"));
            }
            object.images.retain(|image| !old.images.contains(image));
        }
        match object.images.len() {
            0 => Err(Answer::unasked("no-images")),
            count if count > MAX_IMAGES => Err(self.fault(AdmissionCode::TooMany, AdmissionCode::TooMany.means())),
            _ => Ok(object.images.into_iter().collect()),
        }
    }

    /// What comes of each image. All are begun before any is waited for.
    async fn look(&self, images: Vec<String>, rules: &Rules, record: bool) -> Vec<Looked> {
        let options = &self.0.options;
        let named: Vec<_> = images.into_iter().map(|image| (options.source.name(&image), image)).collect();
        let digests: Vec<_> = named.into_iter().map(|(name, image)| (self.digest(name), image)).collect();
        let mut decisions = Vec::with_capacity(digests.len());
        for (begun, image) in digests {
            let found = match begun {
                Ok((name, waiting)) => waiting.value().await.map(|digest| (name, digest)),
                Err(fault) => Err(fault),
            };
            let found = found.map(|(name, digest)| (digest.to_string(), self.decision(name, digest, rules, record)));
            decisions.push((image, found));
        }
        let mut looked = Vec::with_capacity(decisions.len());
        for (image, found) in decisions {
            looked.push(match found {
                Ok((digest, waiting)) => Looked { image, digest: Some(digest), judged: waiting.value().await },
                Err(fault) => Looked { image, digest: None, judged: Err(fault) },
            });
        }
        looked
    }

    /// Begins to find out which digest a name stands for.
    fn digest(&self, name: Result<ImageName, ImageFault>) -> Result<(ImageName, Waiting<Resolved>), ImageFault> {
        let name = name?;
        if let Some(digest) = &name.digest {
            let digest = digest.clone();
            return Ok((name, Waiting { kept: Some(Ok(digest)), running: None }));
        }
        if self.0.options.require_digest {
            return Err(ImageFault::new(AdmissionCode::NotPinned, AdmissionCode::NotPinned.means()));
        }
        let key = format!("{}\0{}", name.repository, name.tag.as_deref().unwrap_or_default());
        let running = match self.0.tags.look(&key, |_| true) {
            Found::Kept(resolved) => return Ok((name, Waiting { kept: Some(resolved), running: None })),
            Found::Running(running) => running,
            Found::Mine(ticket, running) => {
                let shared = Arc::clone(&self.0);
                let asked = name.clone();
                up(&self.0.counters.resolutions);
                let keep = self.0.options.keep_briefly;
                self.begin(ticket, move || shared.options.source.resolve(&asked), move |_| keep);
                running
            }
        };
        Ok((name, Waiting { kept: None, running: Some(running) }))
    }

    /// Begins to judge an image.
    fn decision(&self, name: ImageName, digest: Digest, rules: &Rules, record: bool) -> Waiting<Judged> {
        let tag = name.tag.as_deref().unwrap_or_default();
        let key = [&rules.policy, &rules.grounds, &name.repository, tag, &digest.to_string()].join("\0");
        let good = |judged: &Judged| !record || judged.as_ref().map_or(true, |ruling| ruling.recorded);
        let running = match self.0.decisions.look(&key, good) {
            Found::Kept(judged) => {
                up(&self.0.counters.hits);
                return Waiting { kept: Some(judged), running: None };
            }
            Found::Running(running) => {
                up(&self.0.counters.shared);
                running
            }
            Found::Mine(ticket, running) => {
                let shared = Arc::clone(&self.0);
                let (keep, keep_denied) = (self.0.options.keep, self.0.options.keep_denied);
                let brief = self.0.options.keep_briefly;
                let keep = move |judged: &Judged| match judged {
                    Ok(ruling) if ruling.verdict == GateVerdict::Deny => keep_denied,
                    Ok(_) => keep,
                    Err(_) => brief,
                };
                self.begin(ticket, move || shared.verify(&name, &digest, &key, record), keep);
                running
            }
        };
        Waiting { kept: None, running: Some(running) }
    }

    /// Does work that others wait for as well; it ends even when nobody waits any more. Without a place the ticket is dropped, which
    /// tells all who wait.
    fn begin<T: Clone + Send + Sync + 'static>(
        &self,
        ticket: Ticket<Result<T, ImageFault>>,
        work: impl FnOnce() -> Result<T, ImageFault> + Send + 'static,
        keep: impl FnOnce(&Result<T, ImageFault>) -> Duration + Send + 'static,
    ) {
        let Some(place) = self.0.workers.enter() else { return };
        tokio::spawn(async move {
            let internal = || Err(ImageFault::new(AdmissionCode::Internal, AdmissionCode::Internal.means()));
            let done = place.work(work).await.unwrap_or_else(internal);
            let keep = keep(&done);
            ticket.finish(done, keep);
        });
    }
}

impl<T: Clone> Waiting<Result<T, ImageFault>> {
    async fn value(self) -> Result<T, ImageFault> {
        let landed = match (self.kept, self.running) {
            (Some(kept), _) => return kept,
            (None, Some(running)) => landed(running).await,
            (None, None) => None,
        };
        landed.unwrap_or_else(|| Err(ImageFault::new(AdmissionCode::Busy, AdmissionCode::Busy.means())))
    }
}

impl Shared {
    /// Has an image decided about. It blocks.
    fn verify(&self, image: &ImageName, digest: &Digest, key: &str, record: bool) -> Judged {
        up(&self.counters.verifications);
        let at = (self.options.now)();
        let decided = self.options.source.decide(&Asked { image, digest, at, record })?;
        let id = || HEXLOWER.encode(Sha256::digest(format!("{key}\0{at}")).get(..16).unwrap_or_default());
        let id = decided.id.unwrap_or_else(id);
        // One that could not be recorded is not tried again and again, at the cost of all who wait: it is told.
        if let Some(reason) = decided.unrecorded {
            up(&self.counters.unrecorded);
            let message = format!("a decision is not recorded: {reason}");
            (self.options.log)(&serde_json::json!({ "level": "error", "message": message, "decision": id }));
        }
        Ok(Arc::new(Ruling::new(id, &decided.decision, record || !self.options.records)))
    }
}

impl Ruling {
    fn new(id: String, decision: &Decision, recorded: bool) -> Self {
        let of = |wanted: RuleState| {
            decision.reasons().filter(move |(rule, check)| {
                rule.state == wanted
                    && (wanted != RuleState::Denied || matches!(check.state, GateCheckState::Failed(_)))
            })
        };
        let reason = |(rule, check): (&RuleDecision, &GateCheck)| {
            let code = check.code().map(GateCode::id).unwrap_or_default();
            let about = if check.about.is_empty() { String::new() } else { format!(" ({})", check.about) };
            let text = format!("{code} {}: {}{about}", rule.rule, check.message);
            Reason { text: short(&printable(&text), MAX_REASON) }
        };
        Self {
            id,
            verdict: decision.verdict,
            denied: of(RuleState::Denied).take(MAX_REASONS).map(reason).collect(),
            warned: of(RuleState::Warned).take(MAX_REASONS).map(reason).collect(),
            more: of(RuleState::Denied).count().saturating_sub(MAX_REASONS),
            exceptions: decision.excused_by().into_iter().take(MAX_REASONS).collect(),
            broken_glass: decision.broken_glass.clone(),
            recorded,
        }
    }
}
