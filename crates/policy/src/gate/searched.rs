//! What advisories say of all that is in the artifact, looked up once for all rules that ask.

use jiff::Timestamp;
use plimsoll_advisory::AdvisorySource;
use plimsoll_advisory::vex::Identity;
use plimsoll_model::{Digest, Purl};

use super::context::{Context, Searched};
use super::{GateCheck, GateCode};
use crate::audit::{Audit, AuditInput, audit};
use crate::{Exceptions, Name};

const SECONDS_A_DAY: i64 = 86_400;

impl Context<'_> {
    /// What was found in each document about the contents, with what has to be told of documents and advisories. Advisories may be as
    /// old as is said here, else as old as is usual.
    pub(super) fn searched(&self, max_age_days: Option<u32>) -> (Vec<Searched<'_>>, Vec<GateCheck>) {
        let Some(advisories) = self.input.advisories else {
            let (code, means) = (GateCode::NoAdvisories, GateCode::NoAdvisories.means());
            return (Vec::new(), vec![GateCheck::failed("advisories", code, means)]);
        };
        let (contents, mut checks) = self.contents();
        let days = max_age_days.unwrap_or(self.input.max_age_days);
        let audits = self.audits.get_or_init(|| {
            let each = contents.iter().map(|contents| self.audit(advisories, contents.document, contents.claim));
            each.collect::<Result<Vec<Audit>, String>>()
        });
        match audits {
            Ok(audits) => {
                // The feeds that answer for what is in it: a stale one is not made new by another.
                let of = audits.iter().map(|audit| audit.denominator.advisories).min();
                checks.extend(old(of.unwrap_or_else(|| advisories.as_of()), days, self.input.at));
                let pairs = contents.iter().zip(audits);
                (pairs.map(|(contents, audit)| Searched { place: contents.place, audit }).collect(), checks)
            }
            Err(reason) => {
                let message = format!("the advisories cannot be read: {reason}");
                checks.push(GateCheck::failed("advisories", GateCode::NoAdvisories, message));
                (Vec::new(), checks)
            }
        }
    }

    fn audit(
        &self,
        advisories: &dyn AdvisorySource,
        document: &plimsoll_sbom::Document,
        claim: &str,
    ) -> Result<Audit, String> {
        let input = AuditInput {
            document,
            artifact: Some(self.identity()),
            names: self.input.names.to_vec(),
            claim,
            advisories,
            vex: self.input.vex,
            // The gate applies them itself, to each check.
            exceptions: &Exceptions::none(),
            now: self.input.at,
        };
        audit(&input).map_err(|error| error.to_string())
    }

    /// The artifact, as VEX statements name it.
    fn identity(&self) -> Identity {
        let digests = self.input.subject.digests();
        let digests = digests.filter_map(|(name, hex)| Digest::from_hex(name, hex).ok());
        let purl = |name: &Name| match name {
            Name::Package { name, version } => {
                let version = version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
                Purl::parse(&format!("pkg:{}{version}", name.replace('@', "%40"))).ok()
            }
            _ => None,
        };
        let purls = self.input.names.iter().filter_map(purl).collect();
        Identity { purls, digests: digests.collect(), ..Identity::default() }
    }
}

/// That advisories are older than they may be. What nobody knows the age of is.
fn old(of: Option<Timestamp>, days: u32, at: Timestamp) -> Option<GateCheck> {
    let most = i64::from(days).saturating_mul(SECONDS_A_DAY);
    if of.is_some_and(|of| at.duration_since(of).as_secs() <= most) {
        return None;
    }
    let actual = of.map_or_else(|| "nobody says".to_owned(), |of| format!("of {of}"));
    let check = GateCheck::failed("advisories", GateCode::OldAdvisories, GateCode::OldAdvisories.means());
    Some(check.between(format!("at most {days} days before {at}"), actual))
}
