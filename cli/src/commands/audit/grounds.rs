//! What an audit judges by: advisories, VEX, a policy and exceptions.

use std::path::Path;

use jiff::Timestamp;
use plimsoll_advisory::Snapshot;
use plimsoll_advisory::vex::{Trust, VexBook};
use plimsoll_policy::audit::VulnerabilityRules;
use plimsoll_policy::{Exceptions, Policy};

use crate::args::AuditArguments;
use crate::commands::{advisories, vex};
use crate::failure::Failure;
use crate::input;
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
}

impl Grounds {
    pub(super) fn read(arguments: &AuditArguments, ui: &mut Ui) -> Result<Self, Failure> {
        let now = arguments.at.unwrap_or_else(Timestamp::now);
        let policy = arguments.policy.as_deref().map(policy).transpose()?;
        let mut rules = policy.as_ref().and_then(Policy::vulnerabilities).cloned().unwrap_or_default();
        if !arguments.fail_on.is_empty() {
            rules.fail_on.clone_from(&arguments.fail_on);
        }
        rules.ignore_unfixed |= arguments.ignore_unfixed;
        let exceptions = exceptions(arguments, policy.as_ref())?;
        let snapshot = advisories::store::open(&arguments.advisories)?;
        refuse_old(&snapshot, arguments.max_age.or(rules.max_age_days).unwrap_or(MAX_AGE_DAYS), now)?;
        let limits = arguments.limits.limits();
        let mut book = VexBook::default();
        // Without a home there are none of one's own.
        if let Ok(directory) = vex::local::directory(arguments.vex_dir.as_deref()) {
            for (_, document) in vex::local::documents(&directory, &limits)? {
                book.add(document, &Trust::AddedLocally);
            }
        }
        for path in &arguments.vex {
            let (document, _) = vex::open(path, &limits)?;
            vex::warn(path, &document, ui);
            book.add(document, &Trust::Unverified);
        }
        Ok(Self { snapshot, vex: book, rules, exceptions, now })
    }
}

/// Old advisories answer a question that nobody asked.
pub(in crate::commands) fn refuse_old(snapshot: &Snapshot, days: u32, now: Timestamp) -> Result<(), Failure> {
    let hint = "`plimsoll advisories update` fetches what is new; --max-age accepts older ones";
    let old = |problem: String| Err(Failure::failed(anyhow::anyhow!(problem)).hint(hint));
    match snapshot.age_seconds(now) {
        _ if days == 0 => Ok(()),
        None => old("the advisories do not say what they are of".to_owned()),
        Some(age) if age > u64::from(days).saturating_mul(SECONDS_A_DAY) => {
            let have = age.checked_div(SECONDS_A_DAY).unwrap_or_default();
            old(format!("the advisories are {have} days old, and may be {days}"))
        }
        Some(_) => Ok(()),
    }
}

fn policy(path: &Path) -> Result<Policy, Failure> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut open = |name: &str| std::fs::read_to_string(directory.join(name)).map_err(|error| error.to_string());
    let policy = Policy::parse(&path.display().to_string(), &input::text(path)?, &mut open);
    policy.map_err(|error| Failure::usage(error.to_string()))
}

fn exceptions(arguments: &AuditArguments, policy: Option<&Policy>) -> Result<Exceptions, Failure> {
    let named = policy.and_then(|policy| policy.exceptions().file.as_ref()).map(|file| {
        let directory = arguments.policy.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        directory.join(file)
    });
    let Some(path) = arguments.exceptions.clone().or(named) else { return Ok(Exceptions::none()) };
    let read = Exceptions::parse(&path.display().to_string(), &input::text(&path)?);
    let read = read.map_err(|error| Failure::usage(error.to_string()))?;
    Ok(match policy.and_then(|policy| policy.exceptions().max_days) {
        Some(days) => read.at_most_days(days),
        None => read,
    })
}
