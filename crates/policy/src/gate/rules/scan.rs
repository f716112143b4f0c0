//! `[[scan]]`: reports of other scanners (source, secrets, infrastructure, a running program), as SARIF that somebody signed.
//!
//! ```toml
//! [[scan]]
//! name = "source"
//! tool = "CodeQL"
//! signer = [{ issuer = "https://token.actions.githubusercontent.com", san = "https://github.com/acme/*" }]
//! max_age_days = 30
//! fail_on = "error"
//! min_security_severity = 7
//! ```
//!
//! What every proven report of the tool found counts: another report never takes it away, but a later run of the same named
//! category does. Suppressed results count too, unless `allow_suppressed` says otherwise: whoever wrote the report may not be whoever decides.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_verify::{Pattern, SignerExpectation, VerifiedTime};

use super::{Keys, Rule, RuleKind, signers, told, weak};
use crate::PolicyError;
use crate::file::Fields;
use crate::gate::context::Context;
use crate::gate::sarif::{self, SarifLevel, SarifResult, SarifRun};
use crate::gate::signed::{self, Statements, is_fresh};
use crate::gate::{GateCheck, GateCode};
use crate::words::{nearest, quote};

const KEYS: &[&str] =
    &["name", "tool", "signer", "max_age_days", "fail_on", "min_security_severity", "allow_suppressed"];
pub(super) const KIND: RuleKind =
    RuleKind { name: "scan", keys: KEYS, within: &[("signer", crate::builders::SIGNER)], read };

/// Rules of a scanner that are told one by one.
const MAX_TOLD: usize = 500;

#[derive(Debug)]
struct Scan {
    name: String,
    tool: Option<Pattern>,
    signers: Vec<SignerExpectation>,
    max_age_days: Option<u32>,
    /// The least level that is refused.
    fail_on: Option<SarifLevel>,
    min_severity: Option<f64>,
    allow_suppressed: bool,
}

fn read(fields: &Fields<'_>, keys: &Keys) -> Result<Box<dyn Rule>, PolicyError> {
    let signers = signers(fields, "signer", keys)?;
    if signers.is_empty() {
        return Err(fields.missing("signer"));
    }
    let glob = |text| Pattern::glob(text).map_err(|error| fields.fault("tool", error.to_string()));
    let fail_on = match fields.text("fail_on")? {
        None => Some(SarifLevel::Error),
        Some("none") => None,
        Some(word) => {
            let words = ["error", "warning", "note", "none"];
            let problem = || format!("{} is no level{}", quote(word), nearest(word, &words));
            Some(SarifLevel::named(word).ok_or_else(|| fields.fault("fail_on", problem()))?)
        }
    };
    Ok(Box::new(Scan {
        name: fields.need_text("name")?.to_owned(),
        tool: fields.text("tool")?.map(glob).transpose()?,
        signers,
        max_age_days: super::days(fields, "max_age_days")?,
        fail_on,
        min_severity: severity(fields)?,
        allow_suppressed: fields.boolean("allow_suppressed")?.unwrap_or(false),
    }))
}

/// A number from 0 to 10, which may have decimals.
fn severity(fields: &Fields<'_>) -> Result<Option<f64>, PolicyError> {
    const KEY: &str = "min_security_severity";
    let Some(value) = fields.value(KEY) else { return Ok(None) };
    let number = value.scalar_text().and_then(|text| text.parse::<f64>().ok());
    let number = number.filter(|number| (0.0..=10.0).contains(number));
    number.map(Some).ok_or_else(|| fields.fault(KEY, format!("{KEY} has to be a number from 0 to 10")))
}

/// A run of the tool, in a report that is proven.
struct Report {
    place: String,
    times: Vec<VerifiedTime>,
    signer: String,
    run: SarifRun,
}

impl Report {
    fn time(&self) -> Option<Timestamp> {
        signed::signed_at(&self.times)
    }

    /// Whether another run of the same named category was made later.
    fn is_replaced(&self, all: &[Self]) -> bool {
        let later = |other: &Self| matches!((self.time(), other.time()), (Some(own), Some(time)) if time > own);
        let same = |other: &Self| other.run.tool == self.run.tool && other.run.category == self.run.category;
        !self.run.category.is_empty() && all.iter().any(|other| same(other) && later(other))
    }
}

impl Rule for Scan {
    fn judge(&self, context: &Context<'_>) -> Vec<GateCheck> {
        let found = context.statements(&self.signers, &["sarif"]);
        if found.proven.is_empty() {
            return vec![self.missing(&found)];
        }
        let mut checks = Vec::new();
        let (mut reports, mut others) = (Vec::new(), Vec::new());
        for verified in found.proven.iter().filter_map(|stated| stated.verified()) {
            let log = verified.statement().ok_or_else(|| "it is no statement".to_owned());
            match log.and_then(|statement| sarif::read(statement.predicate())) {
                Ok(log) => {
                    for run in log.runs {
                        if self.tool.as_ref().is_none_or(|tool| tool.matches(&run.tool)) {
                            let (place, times) = (verified.place().to_owned(), verified.times().to_vec());
                            reports.push(Report { place, times, signer: signed::signer(verified), run });
                        } else {
                            others.push((verified.place().to_owned(), run.tool));
                        }
                    }
                }
                Err(reason) => {
                    let reason = format!("{}: {reason}", GateCode::Unreadable.means());
                    checks.push(GateCheck::failed("report", GateCode::Unreadable, reason).at(verified.place()));
                }
            }
        }
        let current: Vec<&Report> = reports.iter().filter(|report| !report.is_replaced(&reports)).collect();
        if current.is_empty() {
            if !others.is_empty() || checks.is_empty() {
                checks.push(self.other_tool(&others));
            }
            return checks;
        }
        checks.extend(self.present(&current, context.input.at));
        checks.extend(self.findings(&current));
        checks
    }

    fn explain(&self) -> (Vec<String>, Vec<String>) {
        let tool = self.tool.as_ref().map_or_else(|| "any scanner".to_owned(), ToString::to_string);
        let age = self.max_age_days.map(|days| format!(", at most {days} days old")).unwrap_or_default();
        let mut sentences = vec![format!("There has to be a report of {tool}{age}; signed: {}.", told(&self.signers))];
        let level = self.fail_on.map(|level| format!("of level {} or worse", level.word()));
        let severity = self.min_severity.map(|number| format!("of security severity {number} or more"));
        let both: Vec<String> = level.into_iter().chain(severity).collect();
        if both.is_empty() {
            sentences.push("Whatever it found is let pass.".to_owned());
        } else {
            sentences.push(format!("Results {} are refused.", both.join(", and those ")));
        }
        let mut warnings = weak(&self.signers);
        if self.allow_suppressed {
            warnings.push("whoever writes the report may suppress results".to_owned());
        }
        if self.tool.is_none() {
            warnings.push("any scanner will do: say tool".to_owned());
        }
        (sentences, warnings)
    }

    fn label(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Scan {
    /// No report is proven.
    fn missing(&self, found: &Statements) -> GateCheck {
        let code = if found.has_unproven() { GateCode::ScanUnproven } else { GateCode::NoScan };
        let mut check = GateCheck::failed("report", code, code.means()).between(told(&self.signers), "none");
        check.because = found.codes();
        if let Some(refused) = found.refused.iter().find(|refused| refused.is_of_kind) {
            check.actual = Some(refused.reason.clone());
            check.place.clone_from(&refused.place);
        }
        check
    }

    /// The reports are of other tools, or of none.
    fn other_tool(&self, others: &[(String, String)]) -> GateCheck {
        let wanted = self.tool.as_ref().map_or_else(|| "a run".to_owned(), ToString::to_string);
        let mut names: Vec<&str> = others.iter().map(|(_, tool)| tool.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(8);
        let actual = if names.is_empty() { "no run".to_owned() } else { names.join(", ") };
        let place = others.first().map(|(place, _)| place.as_str()).unwrap_or_default();
        GateCheck::failed("tool", GateCode::ScanTool, GateCode::ScanTool.means()).between(wanted, actual).at(place)
    }

    /// Whether each category was run to its end, and one of them not too long ago.
    fn present(&self, reports: &[&Report], at: Timestamp) -> Vec<GateCheck> {
        let mut checks = Vec::new();
        let mut categories: BTreeMap<(&str, &str), Vec<&Report>> = BTreeMap::new();
        for report in reports {
            categories.entry((&report.run.tool, &report.run.category)).or_default().push(report);
        }
        for ((tool, _), reports) in &categories {
            let whole = reports.iter().find(|report| report.run.broken.is_none());
            let Some(report) = whole.or(reports.first()) else { continue };
            checks.push(match (whole, &report.run.broken) {
                (None, Some(why)) => GateCheck::failed("finished", GateCode::ScanFailed, GateCode::ScanFailed.means())
                    .between("a scan that finished", why)
                    .about(*tool)
                    .at(&report.place),
                _ => {
                    let message = format!("{tool} finished, and {} signed its report", report.signer);
                    GateCheck::passed("finished", message).about(*tool).at(&report.place)
                }
            });
        }
        let Some(days) = self.max_age_days else { return checks };
        let expected = format!("at most {days} days before {at}");
        let aged: Vec<_> = reports
            .iter()
            .filter(|report| report.run.broken.is_none())
            .map(|report| (report, is_fresh(&report.times, days, at)))
            .collect();
        let fresh = aged.iter().find_map(|(report, age)| age.as_ref().ok().map(|told| (report, told)));
        checks.push(match (fresh, aged.first()) {
            (Some((report, told)), _) => {
                GateCheck::passed("age", "a report is new enough").between(expected, told).at(&report.place)
            }
            (None, Some((report, Err(told)))) => {
                let check = GateCheck::failed("age", GateCode::ScanAge, GateCode::ScanAge.means());
                check.between(expected, told).at(&report.place)
            }
            _ => GateCheck::not_checked("age", "no scan finished"),
        });
        checks
    }

    /// What was found that is refused: told once for each rule of the scanner.
    fn findings(&self, reports: &[&Report]) -> Vec<GateCheck> {
        let mut found: BTreeMap<(&str, &str), Vec<(&Report, &SarifResult)>> = BTreeMap::new();
        let mut all = 0_usize;
        for report in reports {
            all = all.saturating_add(report.run.results.len());
            for result in report.run.results.iter().filter(|result| self.refuses(result)) {
                found.entry((&report.run.tool, &result.rule)).or_default().push((report, result));
            }
        }
        let place = reports.first().map(|report| report.place.as_str()).unwrap_or_default();
        if found.is_empty() {
            let message = format!("none of {all} results is refused");
            return vec![GateCheck::passed("results", message).between(self.allowed(), "none").at(place)];
        }
        let mut checks: Vec<GateCheck> =
            found.iter().take(MAX_TOLD).map(|((tool, rule), results)| self.finding(tool, rule, results)).collect();
        if let Some(more) = found.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
            let message = format!("{}; results of {more} more rules", GateCode::ScanFound.means());
            checks.push(GateCheck::failed("results", GateCode::ScanFound, message).at(place));
        }
        checks
    }

    /// Exceptions may name the rule of the scanner: `sarif:js/sql-injection`.
    fn finding(&self, tool: &str, rule: &str, results: &[(&Report, &SarifResult)]) -> GateCheck {
        let level = results.iter().map(|(_, result)| result.level).max().unwrap_or(SarifLevel::None);
        let severity = results
            .iter()
            .filter_map(|(_, result)| result.severity)
            .fold(None, |most: Option<f64>, one| Some(most.map_or(one, |most| most.max(one))));
        let severity = severity.map(|number| format!(", security severity {number}")).unwrap_or_default();
        let (place, first, message) = match results.first() {
            Some((report, result)) => (report.place.as_str(), result.place.as_str(), result.message.as_str()),
            None => ("", "", ""),
        };
        let many = match results.len() {
            1 => "1 result".to_owned(),
            count => format!("{count} results"),
        };
        let at = if first.is_empty() { String::new() } else { format!(" at {first}") };
        let told = if message.is_empty() { String::new() } else { format!(": {message}") };
        let message = format!("{tool} found {many} of {}{at}{told}", if rule.is_empty() { "no rule" } else { rule });
        let mut check = GateCheck::failed("results", GateCode::ScanFound, message)
            .about(rule)
            .between(self.allowed(), format!("level {}{severity}", level.word()))
            .at(place);
        if !rule.is_empty() {
            check.ids.push(format!("sarif:{rule}"));
        }
        check
    }

    fn refuses(&self, result: &SarifResult) -> bool {
        if result.suppressed && self.allow_suppressed {
            return false;
        }
        let by_level = self.fail_on.is_some_and(|least| result.level >= least);
        let severe = |least: f64| result.severity.is_some_and(|severity| severity >= least);
        by_level || (result.level > SarifLevel::None && self.min_severity.is_some_and(severe))
    }

    fn allowed(&self) -> String {
        let level = self.fail_on.map(|level| format!("no result of level {} or worse", level.word()));
        let severity = self.min_severity.map(|number| format!("none of security severity {number} or more"));
        level.into_iter().chain(severity).collect::<Vec<_>>().join(", ")
    }
}
