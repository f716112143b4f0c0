//! Reports of scanners: SARIF 2.1.0. <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
//!
//! Read is what a decision needs: which tool, whether it finished, and what it found with which level and severity. The level of a
//! result is its own, else that of its rule as the run configures it, else `warning` (§3.27.10); `kind` says first whether it is a failure at all.
//! What surprises: results that are left out are not the same as none (§3.14.23: the scan did not take place), and results may be kept
//! in other files (§3.15.2), which is nothing that can be decided on.

use std::collections::BTreeMap;

use serde_json::Value;

/// More runs than this in one log are not read.
const MAX_RUNS: usize = 256;
/// More results than this in one log are not read.
const MAX_RESULTS: usize = 200_000;
/// Parts of the id of a rule that are left out one by one to find the rule.
const MAX_PARTS: usize = 8;
/// Characters of a text of the log that are kept.
const SHOWN: usize = 200;

/// What a scanner reports.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SarifLog {
    /// Its runs.
    pub runs: Vec<SarifRun>,
}

/// One run of one tool.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SarifRun {
    /// The tool, as it calls itself.
    pub tool: String,
    /// What sort of run of the tool it was, where it says so (§3.17.3): a later run of one category stands for an earlier.
    pub category: String,
    /// Why it did not finish, when it says that it did not.
    pub broken: Option<String>,
    /// What it found: all that is there now.
    pub results: Vec<SarifResult>,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SarifResult {
    /// The rule, by its id. Empty when none is named.
    pub rule: String,
    /// How bad it is.
    pub level: SarifLevel,
    /// How bad it is for security, from 0 to 10, where somebody says so.
    pub severity: Option<f64>,
    /// Whether somebody suppressed it, and nobody rejected or still looks at that.
    pub suppressed: bool,
    /// Where: a file, with the line after a colon.
    pub place: String,
    /// What is said of it.
    pub message: String,
}

/// How bad a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SarifLevel {
    /// It is no problem.
    None,
    /// It is worth a look.
    Note,
    /// It is a problem.
    Warning,
    /// It is a serious problem.
    Error,
}

impl SarifLevel {
    /// As SARIF writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::None, Self::Note, Self::Warning, Self::Error].into_iter().find(|level| level.word() == word)
    }
}

/// Reads a log.
///
/// # Errors
/// It is no SARIF 2.1.0, is too large, or has results in other places. A fragment that says so.
pub fn read(log: &Value) -> Result<SarifLog, String> {
    match text(log, "version") {
        Some("2.1.0") => {}
        Some(other) => return Err(format!("it is SARIF {}: this release reads 2.1.0", shortened(other))),
        None => return Err("it is no SARIF log: it names no version".to_owned()),
    }
    if has_results(list(log, "inlineExternalProperties")?) {
        return Err("its results are kept apart from its runs".to_owned());
    }
    let Some(runs) = present(log, "runs") else { return Err("it has no runs".to_owned()) };
    let runs = runs.as_array().ok_or("its runs are no list")?;
    if runs.len() > MAX_RUNS {
        return Err(format!("it has {} runs; {MAX_RUNS} are read", runs.len()));
    }
    let mut left = MAX_RESULTS;
    let runs = runs.iter().map(|value| run(value, &mut left)).collect::<Result<_, _>>()?;
    Ok(SarifLog { runs })
}

fn run(run: &Value, left: &mut usize) -> Result<SarifRun, String> {
    let driver = run.pointer("/tool/driver").ok_or("a run names no tool")?;
    let tool = text(driver, "name").ok_or("a run names no tool")?;
    let elsewhere = run.pointer("/externalPropertyFileReferences/results").and_then(Value::as_array);
    if elsewhere.is_some_and(|files| !files.is_empty()) {
        return Err("its results are kept in other files".to_owned());
    }
    let mut broken = None;
    for invocation in list(run, "invocations")? {
        match present(invocation, "executionSuccessful") {
            Some(Value::Bool(true)) | None => {}
            _ => {
                let why = text(invocation, "exitCodeDescription").map(|why| format!(": {}", shortened(why)));
                broken = Some(format!("the scanner did not finish{}", why.unwrap_or_default()));
            }
        }
    }
    if present(run, "results").is_none() {
        broken = Some("it has no list of results, not even an empty one".to_owned());
    }
    let found = list(run, "results")?;
    *left = left.checked_sub(found.len()).ok_or_else(|| format!("it has more than {MAX_RESULTS} results"))?;
    let rules = Rules::of(run, driver)?;
    let mut results = Vec::new();
    for value in found {
        if !value.is_object() {
            return Err("a result is no object".to_owned());
        }
        // What was there once and is no more (§3.27.24).
        if text(value, "baselineState") != Some("absent") {
            results.push(result(value, &rules)?);
        }
    }
    let id = run.pointer("/automationDetails/id").and_then(Value::as_str).unwrap_or_default();
    // What is after the last slash is of this one run (§3.17.3).
    let category = id.rsplit_once('/').map_or("", |(category, _)| category);
    Ok(SarifRun { tool: shortened(tool), category: shortened(category), broken, results })
}

fn result<'v>(result: &'v Value, rules: &Rules<'v>) -> Result<SarifResult, String> {
    let found = rules.find(result);
    let level = match (text(result, "level"), text(result, "kind")) {
        // A word that nobody knows is no reason to let it pass.
        (Some(word), _) => SarifLevel::named(word).unwrap_or(SarifLevel::Error),
        (None, None | Some("fail")) => rules.level(result, found),
        (None, Some(_)) => SarifLevel::None,
    };
    let own = severity(result)?;
    let severity = match (own, found) {
        (Some(own), _) => Some(own),
        (None, Some(found)) => severity(found)?,
        (None, None) => None,
    };
    let suppressions = list(result, "suppressions")?;
    let accepted = |one: &Value| one.is_object() && matches!(text(one, "status"), None | Some("accepted"));
    let id = text(result, "ruleId").or_else(|| text(result.get("rule")?, "id"));
    let id = id.or_else(|| text(found?, "id")).unwrap_or_default();
    let message = result.pointer("/message/text").or_else(|| result.pointer("/message/markdown"));
    Ok(SarifResult {
        rule: shortened(id),
        level,
        severity,
        suppressed: !suppressions.is_empty() && suppressions.iter().all(accepted),
        place: place(result),
        message: shortened(message.and_then(Value::as_str).unwrap_or_default()),
    })
}

fn place(result: &Value) -> String {
    let at = result.pointer("/locations/0/physicalLocation");
    let Some(file) = at.and_then(|at| at.pointer("/artifactLocation/uri")).and_then(Value::as_str) else {
        let logical = result.pointer("/locations/0/logicalLocations/0/fullyQualifiedName").and_then(Value::as_str);
        return shortened(logical.unwrap_or_default());
    };
    match at.and_then(|at| at.pointer("/region/startLine")).and_then(Value::as_u64) {
        Some(line) => format!("{}:{line}", shortened(file)),
        None => shortened(file),
    }
}

/// `security-severity` of the properties of a result or rule, which GitHub made known: a number from 0 to 10, mostly as a text.
fn severity(holder: &Value) -> Result<Option<f64>, String> {
    let Some(value) = holder.pointer("/properties/security-severity").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = match value {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    match number.filter(|number| (0.0..=10.0).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err("a security-severity is no number from 0 to 10".to_owned()),
    }
}

/// The rules of a run, and what it makes of them.
struct Rules<'v> {
    driver: &'v [Value],
    extensions: Vec<&'v [Value]>,
    by_id: BTreeMap<&'v str, &'v Value>,
    /// For each invocation, the levels that it gives to rules by their ids.
    overrides: Vec<BTreeMap<&'v str, SarifLevel>>,
}

impl<'v> Rules<'v> {
    fn of(run: &'v Value, driver: &'v Value) -> Result<Self, String> {
        let mut rules = Self {
            driver: list(driver, "rules")?,
            extensions: Vec::new(),
            by_id: BTreeMap::new(),
            overrides: Vec::new(),
        };
        if let Some(tool) = run.get("tool") {
            for extension in list(tool, "extensions")? {
                rules.extensions.push(list(extension, "rules")?);
            }
        }
        for descriptor in std::iter::once(rules.driver).chain(rules.extensions.iter().copied()).flatten() {
            if let Some(id) = text(descriptor, "id") {
                rules.by_id.entry(id).or_insert(descriptor);
            }
        }
        for invocation in list(run, "invocations")? {
            let mut levels = BTreeMap::new();
            for one in list(invocation, "ruleConfigurationOverrides")? {
                let id = one.pointer("/descriptor/id").and_then(Value::as_str);
                let level = one.pointer("/configuration/level").and_then(Value::as_str);
                if let (Some(id), Some(level)) = (id, level) {
                    levels.insert(id, SarifLevel::named(level).unwrap_or(SarifLevel::Error));
                }
            }
            rules.overrides.push(levels);
        }
        Ok(rules)
    }

    /// The rule of a result: by its place (§3.27.6, §3.52), else by its id, of which trailing parts may be finer than the rule (§3.27.5).
    fn find(&self, result: &'v Value) -> Option<&'v Value> {
        let reference = result.get("rule");
        let id = text(result, "ruleId").or_else(|| text(reference?, "id"));
        let index = |value: &Value| value.as_u64().and_then(|at| usize::try_from(at).ok());
        let at = reference.and_then(|held| held.get("index")).or_else(|| result.get("ruleIndex")).and_then(index);
        let descriptors = match reference.and_then(|held| present(held, "toolComponent")) {
            Some(component) => component.get("index").and_then(index).and_then(|at| self.extensions.get(at)).copied(),
            None => Some(self.driver),
        };
        // Where place and id disagree, the id is what people read.
        let fits = |found: &&Value| match (id, text(found, "id")) {
            (Some(id), Some(of)) => id.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            _ => true,
        };
        let by_place = at.and_then(|at| descriptors?.get(at)).filter(fits);
        by_place.or_else(|| {
            let mut id = id?;
            for _ in 0..MAX_PARTS {
                match (self.by_id.get(id), id.rsplit_once('/')) {
                    (Some(found), _) => return Some(*found),
                    (None, Some((shorter, _))) => id = shorter,
                    (None, None) => return None,
                }
            }
            None
        })
    }

    /// The level of a result that has none of its own.
    fn level(&self, result: &Value, found: Option<&'v Value>) -> SarifLevel {
        let Some(found) = found else { return SarifLevel::Warning };
        let invocation = result.pointer("/provenance/invocationIndex").and_then(Value::as_u64);
        let invocation = invocation.and_then(|at| usize::try_from(at).ok());
        let changed =
            invocation.and_then(|at| self.overrides.get(at)).and_then(|levels| levels.get(text(found, "id")?).copied());
        let usual = found.pointer("/defaultConfiguration/level").and_then(Value::as_str);
        changed.unwrap_or_else(|| match usual {
            Some(word) => SarifLevel::named(word).unwrap_or(SarifLevel::Error),
            None => SarifLevel::Warning,
        })
    }
}

/// A member that is there: null is the same as none.
fn present<'v>(holder: &'v Value, key: &str) -> Option<&'v Value> {
    holder.get(key).filter(|value| !value.is_null())
}

fn text<'v>(holder: &'v Value, key: &str) -> Option<&'v str> {
    holder.get(key).and_then(Value::as_str)
}

/// A list, which may be left out.
fn list<'v>(holder: &'v Value, key: &str) -> Result<&'v [Value], String> {
    match present(holder, key) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("{key} is no list")),
    }
}

fn has_results(files: &[Value]) -> bool {
    files.iter().any(|file| present(file, "results").is_some())
}

/// A text of the log, of which only the beginning is kept.
fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests;
