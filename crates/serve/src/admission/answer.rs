//! What the API server is told, and what of it is told to people and logs.
//!
//! All text is bounded: warnings have at most 120 characters, as Kubernetes asks, and there are at most [`MAX_WARNINGS`]; names and
//! messages from evidence are told without what would change a terminal.

use std::collections::BTreeMap;

use plimsoll_model::printable;
use plimsoll_policy::gate::GateVerdict;
use serde_json::{Value, json};

use super::AdmissionCode;
use super::judge::{Judged, Reason};

/// Longer warnings are cut by API servers.
const MAX_WARNING: usize = 120;
const MAX_WARNINGS: usize = 8;
const MAX_MESSAGE: usize = 1000;
const MAX_ANNOTATION: usize = 2000;

/// The answer to a review.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) allowed: bool,
    /// The status and message of a refusal.
    status: Option<(u16, String)>,
    warnings: Vec<String>,
    annotations: BTreeMap<&'static str, String>,
    /// What came of it: for counters and the log.
    pub(super) result: &'static str,
}

/// How an answer is made from what came of each image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Errors allow.
    pub(super) lenient: bool,
    /// Everything is allowed, and what would be denied is told.
    pub(super) dry_run: bool,
}

/// An image as it is named, its digest where that is known, and what came of it.
pub(super) struct Looked {
    pub(super) image: String,
    pub(super) digest: Option<String>,
    pub(super) judged: Judged,
}

impl Answer {
    /// Yes, and nothing was looked into.
    pub(super) fn unasked(reason: &'static str) -> Self {
        let annotations = BTreeMap::from([("verdict", reason.to_owned())]);
        Self { allowed: true, status: None, warnings: Vec::new(), annotations, result: reason }
    }

    /// For an object that was not looked into: no, or what manner and code make of it.
    pub(super) fn refused(code: AdmissionCode, message: &str, manner: Manner) -> Self {
        let mut answer = Self::unasked("deny");
        answer.annotations.insert("code", code.id().to_owned());
        answer.refuse(code.status(), format!("{code}: {message}"), manner, code.is_error());
        answer
    }

    /// Yes, with a warning.
    pub(super) fn warned(code: AdmissionCode, message: &str) -> Self {
        let mut answer = Self::unasked("warn");
        answer.annotations.insert("code", code.id().to_owned());
        answer.warn(&format!("{code}: {message}"));
        answer
    }

    /// What the images come to.
    pub(super) fn of(looked: &[Looked], policy: &str, manner: Manner) -> Self {
        let mut answer = Self::unasked("pass");
        let (mut denied, mut failed) = (Vec::new(), Vec::new());
        for each in looked {
            match &each.judged {
                Err(fault) if fault.code.is_error() => failed.push((fault.code.status(), each.fault_text())),
                Err(fault) => denied.push((fault.code.status(), each.fault_text())),
                Ok(ruling) if ruling.verdict == GateVerdict::Deny => denied.push((403, each.denied_text())),
                Ok(ruling) => {
                    if ruling.verdict == GateVerdict::Warn {
                        answer.result = "warn";
                    }
                    each.warnings().iter().for_each(|warning| answer.warn(warning));
                }
            }
        }
        let is_error = denied.is_empty();
        if let Some((status, _)) = denied.first().or(failed.first()) {
            let all: Vec<_> = denied.iter().chain(&failed).map(|(_, text)| text.as_str()).collect();
            answer.refuse(*status, all.join("; "), manner, is_error);
        }
        answer.annotate(looked, policy);
        answer
    }

    fn refuse(&mut self, status: u16, message: String, manner: Manner, is_error: bool) {
        self.result = if is_error { "error" } else { "deny" };
        if manner.dry_run || (is_error && manner.lenient) {
            let begin = if manner.dry_run { "would be denied" } else { "not verified" };
            self.annotations.insert("mode", if manner.dry_run { "dry-run" } else { "on-error-allow" }.to_owned());
            self.warnings.insert(0, short(&format!("{begin}: {message}"), MAX_WARNING));
            self.annotations.insert("reasons", short(&message, MAX_ANNOTATION));
        } else {
            self.allowed = false;
            self.status = Some((status, short(&message, MAX_MESSAGE)));
        }
        self.warnings.truncate(MAX_WARNINGS);
    }

    fn warn(&mut self, text: &str) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(short(text, MAX_WARNING));
        }
    }

    fn annotate(&mut self, looked: &[Looked], policy: &str) {
        let images = looked
            .iter()
            .map(|each| format!("{}={}", printable(&each.image), each.digest.as_deref().unwrap_or("unknown")));
        let rulings = || looked.iter().filter_map(|each| each.judged.as_ref().ok());
        let decisions: Vec<_> = rulings().map(|ruling| ruling.id.as_str()).collect();
        let exceptions: Vec<_> = rulings().flat_map(|ruling| ruling.exceptions.iter().map(String::as_str)).collect();
        let mut note = |key, text: String| {
            if !text.is_empty() {
                self.annotations.insert(key, short(&text, MAX_ANNOTATION));
            }
        };
        note("images", images.collect::<Vec<_>>().join(" "));
        note("decision", decisions.join(" "));
        note("exceptions", exceptions.join(" "));
        note("policy", format!("sha256:{policy}"));
        note("verdict", self.result.to_owned());
    }

    /// An `AdmissionReview` with the answer.
    pub(super) fn review(&self, uid: &str) -> Value {
        let mut response = json!({ "uid": uid, "allowed": self.allowed, "auditAnnotations": self.annotations });
        if let Some(map) = response.as_object_mut() {
            if let Some((code, message)) = &self.status {
                let reason = if *code >= 500 { "InternalError" } else { "Forbidden" };
                let status = json!({ "status": "Failure", "code": code, "reason": reason, "message": message });
                map.insert("status".to_owned(), status);
            }
            if !self.warnings.is_empty() {
                map.insert("warnings".to_owned(), json!(self.warnings));
            }
        }
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response })
    }

    /// For the log.
    pub(super) fn log(&self) -> Value {
        json!({
            "allowed": self.allowed, "result": self.result, "annotations": self.annotations,
            "reason": self.status.as_ref().map(|(_, message)| message),
        })
    }
}

impl Looked {
    fn fault_text(&self) -> String {
        let fault = self.judged.as_ref().err();
        let text = fault.map(|fault| format!("{}: {}", fault.code, printable(&fault.message))).unwrap_or_default();
        format!("{}: {text}", printable(&self.image))
    }

    fn denied_text(&self) -> String {
        let Ok(ruling) = &self.judged else { return String::new() };
        let mut text = format!("{}: {}", printable(&self.image), joined(&ruling.denied));
        if ruling.more > 0 {
            text = format!("{text}; and {} more", ruling.more);
        }
        text
    }

    fn warnings(&self) -> Vec<String> {
        let Ok(ruling) = &self.judged else { return Vec::new() };
        // The name of an image may be longer than a warning: what is wrong comes first.
        let image = printable(&self.image);
        let glass =
            ruling.broken_glass.iter().map(|id| format!("exception {} broke the glass for {image}", printable(id)));
        glass.chain(ruling.warned.iter().map(|reason| format!("{}: {image}", reason.text))).collect()
    }
}

fn joined(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

/// At most so many characters; the last says that there were more.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
