//! `exceptions.toml`, version 1: what somebody lets pass although a rule says no, for how long, and who answers for it.
//!
//! One file for all commands that decide. An exception is for one rule and names what it is for; it may excuse what is expected
//! (a level, a source, provenance that is missing), never evidence that is broken or contradicts itself. Who asks decides which
//! rules those are: what is not asked for here is not excused. Dates are days in UTC: an exception that expires on a day holds
//! until that day ends.

mod proof;
mod rules;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use plimsoll_model::{Diagnostic, DiagnosticCode};
use plimsoll_verify::Subject;

use crate::file::{self, Edge, Fields};
use crate::{Name, NamePattern, PolicyError};

pub use proof::ExceptionProof;
pub use rules::ExceptionRules;
pub(crate) use rules::{EXCEPTIONS, read as read_rules};

/// What somebody lets pass.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Its name, which no other has.
    pub id: String,
    /// What it is for; one of these.
    pub scope: Vec<NamePattern>,
    /// What it excuses: a code (`PLM-V0815`) or a name (`provenance.level`); one of these.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who needs it and mends what it is for.
    pub owner: String,
    /// Who let it pass.
    pub approver: String,
    /// Since when.
    pub created: Timestamp,
    /// Until when: from then on it excuses nothing.
    pub expires: Timestamp,
    /// It lets pass whatever rules deny, and is told whenever it does. It has no rules, and its scope is digests.
    pub break_glass: bool,
    /// The line in its file.
    pub line: u32,
}

/// All that somebody lets pass.
#[derive(Debug, Clone)]
pub struct Exceptions {
    file: String,
    all: Vec<Exception>,
    /// What the policy says of them.
    rules: ExceptionRules,
    /// Why none of them counts.
    unproven: Option<String>,
}

/// How an exception is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExceptionState {
    /// It excuses what it is for.
    Live,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYet,
    /// Its own time is not over, and what the policy gives it is.
    TooLong,
    /// It breaks the glass, and whoever owns it approved it.
    SelfApproved,
    /// Whoever approved it may not.
    NotApproved,
    /// Nobody whom the policy names signed the file that it is in.
    Unproven,
}

impl ExceptionState {
    /// As reports say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::NotYet => "not yet",
            Self::TooLong => "too long",
            Self::SelfApproved => "self-approved",
            Self::NotApproved => "not approved",
            Self::Unproven => "not signed",
        }
    }
}

const KEYS: &[&str] = &["version", "exception"];
/// The keys of an exception, for whoever documents them.
pub const EXCEPTION_KEYS: &[&str] =
    &["id", "scope", "rule", "reason", "owner", "approver", "created", "expires", "break_glass"];
const SECONDS_A_DAY: i64 = 86_400;
const SECONDS_AN_HOUR: i64 = 3_600;

impl Exceptions {
    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self { file: String::new(), all: Vec::new(), rules: ExceptionRules::default(), unproven: None }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not TOML, has a key that is not known or lacks one, or two exceptions have one id.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let document = file::parse(file, text)?;
        let root = Fields::root(file, &document, KEYS)?;
        let mut ids = BTreeSet::new();
        let mut all = Vec::new();
        for fields in root.tables("exception", EXCEPTION_KEYS)? {
            let exception = read(&fields)?;
            if !ids.insert(exception.id.clone()) {
                return Err(fields.fault("id", format!("two exceptions have the id {}", exception.id)));
            }
            all.push(exception);
        }
        Ok(Self { file: file.to_owned(), all, rules: ExceptionRules::default(), unproven: None })
    }

    /// Lets none live longer than this many days from its creation, whatever it says itself.
    #[must_use]
    pub fn at_most_days(mut self, days: u32) -> Self {
        self.rules.max_days = Some(days);
        self
    }

    /// Holds them to what a policy says of exceptions. Where it asks for a signature, none counts until
    /// [`Exceptions::proven_by`] has found it.
    #[must_use]
    pub fn under(mut self, rules: &ExceptionRules) -> Self {
        self.rules = rules.clone();
        self.unproven = (!rules.signers.is_empty()).then(|| "it is not signed".to_owned());
        self
    }

    /// The file, as it was named. Empty when there is none.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Exception] {
        &self.all
    }

    /// The first that excuses one thing, by any of its names, from one rule, by any of its names, at a time.
    ///
    /// Ask only for rules that may be excused: never for a signature that is wrong or a document that contradicts itself.
    #[must_use]
    pub fn excusing(&self, names: &[Name], rule: &[&str], at: Timestamp) -> Option<&Exception> {
        self.all.iter().find(|exception| {
            self.is_live(exception, at)
                && exception.rules.iter().any(|held| rule.contains(&held.as_str()))
                && exception.scope.iter().any(|scope| names.iter().any(|name| scope.matches(name).is_some()))
        })
    }

    /// The first that breaks the glass for an artifact at a time. It names the artifact by its digest.
    #[must_use]
    pub fn breaking_glass(&self, subject: &Subject, at: Timestamp) -> Option<&Exception> {
        let names: Vec<Name> = Name::digests(subject).collect();
        self.all.iter().find(|exception| {
            exception.break_glass
                && self.is_live(exception, at)
                && exception.scope.iter().any(|scope| names.iter().any(|name| scope.matches(name).is_some()))
        })
    }

    /// What is wrong with exceptions at a time, given the ids of those that excused something. Each has its line.
    #[must_use]
    pub fn findings(&self, used: &BTreeSet<String>, at: Timestamp) -> Vec<(u32, Diagnostic)> {
        let mut found = Vec::new();
        if let Some(why) = self.unproven.as_ref().filter(|_| !self.all.is_empty()) {
            let message = format!("{}: nobody whom the policy names signed it: {why}", self.file);
            found.push((1, Diagnostic::new(DiagnosticCode::EXCEPTION_UNSIGNED, message)));
        }
        for exception in &self.all {
            let state = self.state(exception, at);
            let mut add = |code, what: String| {
                let message = format!("{}:{}: {} {what}", self.file, exception.line, exception.id);
                found.push((exception.line, Diagnostic::new(code, message)));
            };
            if at >= exception.expires {
                add(DiagnosticCode::EXCEPTION_EXPIRED, format!("expired at {}", exception.expires));
            } else if at < exception.created {
                add(DiagnosticCode::EXCEPTION_EXPIRED, format!("begins at {}", exception.created));
            } else if exception.break_glass && used.contains(&exception.id) {
                let told =
                    format!("let pass what rules deny, as {} approved: {}", exception.approver, exception.reason);
                add(DiagnosticCode::EXCEPTION_BREAK_GLASS, told);
            } else if state == ExceptionState::Live && !used.contains(&exception.id) {
                add(DiagnosticCode::EXCEPTION_UNUSED, "excused nothing".to_owned());
            }
            if let Some(broad) = exception.scope.iter().find(|scope| scope.is_broad()) {
                add(DiagnosticCode::EXCEPTION_BROAD, format!("has the scope {}", broad.as_str()));
            }
            let end = self.end(exception);
            if end < exception.expires {
                add(
                    DiagnosticCode::EXCEPTION_LONG,
                    format!("ends at {end} by the policy, not at {}", exception.expires),
                );
            }
            if !self.may_approve(exception) {
                let told = format!("was approved by {}, who may not", exception.approver);
                add(DiagnosticCode::EXCEPTION_APPROVER, told);
            }
            if exception.owner == exception.approver {
                add(DiagnosticCode::EXCEPTION_SELF_APPROVED, format!("was approved by {}", exception.approver));
            }
        }
        found
    }

    /// When one ends: by itself, or by the policy if that is sooner.
    #[must_use]
    pub fn end(&self, exception: &Exception) -> Timestamp {
        let days = self.rules.max_days.map(|days| i64::from(days).saturating_mul(SECONDS_A_DAY));
        let hours = i64::from(self.rules.max_break_glass_hours).saturating_mul(SECONDS_AN_HOUR);
        let longest = if exception.break_glass { Some(days.map_or(hours, |days| days.min(hours))) } else { days };
        let end = |seconds| exception.created.checked_add(SignedDuration::from_secs(seconds)).ok();
        longest.and_then(end).map_or(exception.expires, |end| end.min(exception.expires))
    }

    /// How one is at a time.
    #[must_use]
    pub fn state(&self, exception: &Exception, at: Timestamp) -> ExceptionState {
        if self.unproven.is_some() {
            ExceptionState::Unproven
        } else if at >= exception.expires {
            ExceptionState::Expired
        } else if at < exception.created {
            ExceptionState::NotYet
        } else if at >= self.end(exception) {
            ExceptionState::TooLong
        } else if !self.may_approve(exception) {
            ExceptionState::NotApproved
        } else if exception.break_glass && exception.owner == exception.approver {
            ExceptionState::SelfApproved
        } else {
            ExceptionState::Live
        }
    }

    fn may_approve(&self, exception: &Exception) -> bool {
        self.rules.approvers.is_empty() || self.rules.approvers.contains(&exception.approver)
    }

    fn is_live(&self, exception: &Exception, at: Timestamp) -> bool {
        self.state(exception, at) == ExceptionState::Live
    }
}

fn read(fields: &Fields<'_>) -> Result<Exception, PolicyError> {
    let mut scope = Vec::new();
    for text in fields.texts("scope")? {
        let pattern = NamePattern::parse(text).map_err(|problem| fields.fault("scope", problem))?;
        scope.push(pattern);
    }
    if scope.is_empty() {
        return Err(fields.missing("scope"));
    }
    let rules: Vec<String> = fields.texts("rule")?.into_iter().map(str::to_owned).collect();
    let break_glass = fields.boolean("break_glass")?.unwrap_or(false);
    if break_glass && let Some(scope) = scope.iter().find(|scope| !scope.is_digest()) {
        let problem = format!("{} is no digest: who breaks the glass does it for one artifact", scope.as_str());
        return Err(fields.fault("scope", problem));
    }
    match (rules.is_empty(), break_glass) {
        (true, false) => return Err(fields.missing("rule")),
        (false, true) => return Err(fields.fault("rule", "who breaks the glass names no rule: all of them are meant")),
        _ => {}
    }
    if let Some(bad) = rules.iter().find(|rule| rule.contains(['*', '?', ' '])) {
        return Err(fields.fault("rule", format!("{bad:?} is not one rule: an exception names what it excuses")));
    }
    let (created, expires) = (fields.day("created", Edge::Begin)?, fields.day("expires", Edge::End)?);
    if expires <= created {
        return Err(fields.fault("expires", "it expires before it was created"));
    }
    Ok(Exception {
        id: fields.need_text("id")?.to_owned(),
        scope,
        rules,
        reason: fields.need_text("reason")?.to_owned(),
        owner: fields.need_text("owner")?.to_owned(),
        approver: fields.need_text("approver")?.to_owned(),
        created,
        expires,
        break_glass,
        line: fields.line(""),
    })
}

#[cfg(test)]
mod tests;
