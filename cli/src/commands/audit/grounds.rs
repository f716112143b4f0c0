//! What an audit judges by: advisories, VEX, a policy and exceptions.

use jiff::Timestamp;
use plimsoll_advisory::Snapshot;
use plimsoll_advisory::vex::{Trust, VexBook};
use plimsoll_model::Limits;
use plimsoll_policy::audit::{Audit, VulnerabilityRules};
use plimsoll_policy::{Exceptions, Policy};

use crate::args::AuditArguments;
use crate::commands::policy::open;
use crate::commands::vex_evidence::{self, ReadVex, VexTrust};
use crate::commands::{advisories, expected, vex};
use crate::failure::Failure;
use crate::output::Ui;

/// How old advisories may be when nobody says.
pub(in crate::commands) const MAX_AGE_DAYS: u32 = 5;
const SECONDS_A_DAY: u64 = 86_400;

pub(super) struct Grounds {
    pub(super) snapshot: Snapshot,
    pub(super) vex: VexBook,
    pub(super) rules: VulnerabilityRules,
    pub(super) exceptions: Exceptions,
    pub(super) now: Timestamp,
    /// In days; 0 for any.
    max_age: u32,
}

impl Grounds {
    pub(super) fn read(arguments: &AuditArguments, ui: &mut Ui) -> Result<Self, Failure> {
        let now = arguments.at.unwrap_or_else(Timestamp::now);
        let opened = arguments.policy.as_deref().map(open::policy).transpose()?;
        let policy = opened.as_ref().map(|opened| &opened.policy);
        let mut rules = policy.and_then(Policy::vulnerabilities).cloned().unwrap_or_default();
        if !arguments.fail_on.is_empty() {
            rules.fail_on.clone_from(&arguments.fail_on);
        }
        rules.ignore_unfixed |= arguments.ignore_unfixed;
        let log = expected::log(arguments.no_tlog);
        let exceptions = open::exceptions(arguments.exceptions.as_deref(), opened.as_ref(), log, now, ui)?;
        let snapshot = advisories::store::open(&arguments.advisories)?;
        let max_age = arguments.max_age.or(rules.max_age_days).unwrap_or(MAX_AGE_DAYS);
        // Where all of them are too old, nothing need be read to know.
        refuse_old(snapshot.as_of(), max_age, now)?;
        let limits = arguments.limits.limits();
        let ReadVex { mut book, notes, warnings } = signed(arguments, opened.as_ref(), now, &limits, ui)?;
        notes.iter().for_each(|note| ui.status(note));
        warnings.iter().for_each(|warning| ui.warning(warning));
        // Without a home there are none of one's own.
        if let Ok(directory) = vex::local::directory(arguments.vex_dir.as_deref()) {
            for (_, document) in vex::local::documents(&directory, &limits)? {
                book.add(document, &Trust::AddedLocally);
            }
        }
        Ok(Self { snapshot, vex: book, rules, exceptions, now, max_age })
    }

    /// Refuses an answer that is from older advisories than may be: those of any feed that it needs.
    ///
    /// # Errors
    /// They are too old.
    pub(super) fn refuse_old(&self, audit: &Audit) -> Result<(), Failure> {
        refuse_old(audit.denominator.advisories, self.max_age, self.now)
    }
}

/// What --vex names, each document with whose word it is.
fn signed(
    arguments: &AuditArguments,
    opened: Option<&open::Opened>,
    now: Timestamp,
    limits: &Limits,
    ui: &mut Ui,
) -> Result<ReadVex, Failure> {
    let signers = opened.map_or(&[][..], |opened| opened.policy.vex_signers());
    let mut roots = Vec::new();
    // Whom to believe is nobody's question where nobody is named.
    if !signers.is_empty() && !arguments.vex.is_empty() {
        let (mut instances, mut files) = (arguments.trust.clone(), arguments.trusted_root.clone());
        if instances.is_empty() && files.is_empty() {
            (instances, files) = opened.map(open::Opened::trust).unwrap_or_default();
        }
        roots = expected::roots(&files, &instances, now, ui)?;
    }
    let log = expected::log(arguments.no_tlog);
    vex_evidence::read_vex(&arguments.vex, &VexTrust { signers, roots: &roots, log, at: now }, limits)
}

/// Old advisories answer a question that nobody asked.
pub(in crate::commands) fn refuse_old(as_of: Option<Timestamp>, days: u32, now: Timestamp) -> Result<(), Failure> {
    let hint = "`plimsoll advisories update` fetches what is new; --max-age accepts older ones";
    let old = |problem: String| Err(Failure::failed(anyhow::anyhow!(problem)).hint(hint));
    match as_of.map(|of| u64::try_from(now.as_second().saturating_sub(of.as_second())).unwrap_or_default()) {
        _ if days == 0 => Ok(()),
        None => old("the advisories do not say what they are of".to_owned()),
        Some(age) if age > u64::from(days).saturating_mul(SECONDS_A_DAY) => {
            let have = age.checked_div(SECONDS_A_DAY).unwrap_or_default();
            old(format!("the oldest advisories that are needed are {have} days old, and may be {days}"))
        }
        Some(_) => Ok(()),
    }
}
