//! `plimsoll gate --replay`: the same evidence, and whether the answer is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_model::{DigestAlgorithm, Limits};
use plimsoll_policy::Name;
use plimsoll_verify::Subject as Digests;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::json::{self, SCHEMA};
use super::{Decided, record};
use crate::commands::gather::{Content, Gathered, Grounds, Material, Role, Settings};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    schema: String,
    tool: Tool,
    at: jiff::Timestamp,
    settings: Said,
    inputs: Vec<Input>,
    subjects: Vec<Subject>,
}

#[derive(Deserialize)]
struct Tool {
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    max_age_days: u32,
    allow_incomplete: bool,
    no_tlog: bool,
}

#[derive(Deserialize)]
struct Input {
    role: String,
    name: String,
    sha256: Option<String>,
    #[serde(default)]
    empty: bool,
    #[serde(default)]
    details: Map<String, Value>,
}

#[derive(Deserialize)]
struct Subject {
    name: String,
    names: Vec<String>,
    inputs: Vec<Input>,
}

/// What came of a replay.
pub(super) struct Replayed {
    pub(super) grounds: Grounds,
    pub(super) all: Vec<Decided>,
    /// What is not as it was.
    pub(super) differences: Vec<String>,
}

/// Where inputs are looked for.
struct Store {
    blobs: Option<PathBuf>,
    /// Files of any name, by their digest.
    found: BTreeMap<String, PathBuf>,
}

/// Files of a directory that are looked at.
const MOST_FILES: usize = 100_000;

/// Decides again; `Err` where an input is missing.
pub(super) fn replay(path: &Path, evidence: Option<&Path>, ui: &mut Ui) -> Result<Replayed, Failure> {
    let (file, blobs) =
        if path.is_dir() { (path.join(record::FILE), Some(path.join(record::BLOBS))) } else { (path.to_owned(), None) };
    let bytes = input::bytes(&file, &Limits::DEFAULT)?;
    let bad = |reason: String| Failure::usage(format!("{} is no record of a decision: {reason}", file.display()));
    let told: Value = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    let record: Record = serde_json::from_value(told.clone()).map_err(|error| bad(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(bad(format!("its schema is {:?}", record.schema)));
    }
    let mut store = Store { blobs, found: BTreeMap::new() };
    if let Some(directory) = evidence {
        store.index(directory)?;
    }
    let mut lost = Vec::new();
    let settings = Settings {
        at: record.at,
        max_age_days: record.settings.max_age_days,
        allow_incomplete: record.settings.allow_incomplete,
        no_tlog: record.settings.no_tlog,
    };
    let materials = store.materials(&record.inputs, &mut lost)?;
    let mut subjects = Vec::new();
    for subject in &record.subjects {
        subjects.push((subject, store.materials(&subject.inputs, &mut lost)?));
    }
    refuse_lost(&lost)?;
    if record.tool.version != env!("CARGO_PKG_VERSION") {
        ui.warning(&format!("it was decided by version {} of plimsoll", record.tool.version));
    }
    let grounds = Grounds::of(materials, settings)?;
    let mut all = Vec::new();
    for (subject, materials) in subjects {
        let names: Result<Vec<Name>, String> = subject.names.iter().map(|name| Name::parse(name)).collect();
        let gathered = Gathered::of(&subject.name, &names.map_err(bad)?, materials, &grounds)?;
        let decision = gathered.decide(&grounds);
        all.push(Decided { gathered, decision });
    }
    let again = json::report(&all, &grounds, json::Digests::Known)?;
    let differences = differences(&told, &again);
    Ok(Replayed { grounds, all, differences })
}

/// What is missing, or was changed: which of these it is decides the exit status.
enum Lost {
    Missing(String),
    Changed(String),
}

fn refuse_lost(lost: &[Lost]) -> Result<(), Failure> {
    let changed = lost.iter().any(|one| matches!(one, Lost::Changed(_)));
    let told: Vec<&str> = lost.iter().map(|(Lost::Missing(text) | Lost::Changed(text))| text.as_str()).collect();
    if told.is_empty() {
        return Ok(());
    }
    let error = anyhow::anyhow!("the inputs are not those of the decision: {}", told.join("; "));
    let hint = "`gate --keep` keeps all inputs; --evidence names a directory that has them";
    Err(Failure { code: if changed { exit::NO } else { exit::FAILED }, error, hint: Some(hint.to_owned()) })
}

impl Store {
    /// Looks at each file of a directory.
    fn index(&mut self, directory: &Path) -> Result<(), Failure> {
        let mut open = vec![directory.to_owned()];
        let failed = |path: &Path, error: std::io::Error| {
            Failure::failed(anyhow::Error::new(error).context(format!("cannot read {}", path.display())))
        };
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(&next).map_err(|error| failed(&next, error))? {
                let entry = entry.map_err(|error| failed(&next, error))?;
                let kind = entry.file_type().map_err(|error| failed(&next, error))?;
                if kind.is_dir() {
                    open.push(entry.path());
                } else if let Some(sha256) = digest(&entry.path()).filter(|_| kind.is_file()) {
                    self.found.insert(sha256, entry.path());
                }
                if self.found.len() > MOST_FILES {
                    let text = format!("{} has more than {MOST_FILES} files", directory.display());
                    return Err(Failure::failed(anyhow::anyhow!(text)));
                }
            }
        }
        Ok(())
    }

    fn materials(&self, inputs: &[Input], lost: &mut Vec<Lost>) -> Result<Vec<Material>, Failure> {
        let mut all = Vec::new();
        for held in inputs {
            let role = Role::from_word(&held.role)
                .ok_or_else(|| Failure::usage(format!("an input has the role {:?}, which is not known", held.role)))?;
            let content = match (&held.sha256, held.empty) {
                (_, true) => Content::Nothing,
                (None, false) => {
                    lost.push(Lost::Missing(format!("{} {} has no digest in the record", held.role, held.name)));
                    continue;
                }
                (Some(sha256), false) => match self.find(held, sha256) {
                    Ok(path) if matches!(role, Role::Advisories | Role::Artifact) && !is_small(role, held) => {
                        Content::File(path)
                    }
                    Ok(path) => Content::Bytes(bytes(&path)?),
                    Err(reason) => {
                        lost.push(reason);
                        continue;
                    }
                },
            };
            let mut material = Material::new(role, held.name.clone(), content);
            material.details.clone_from(&held.details);
            all.push(material);
        }
        Ok(all)
    }

    /// The file of this digest, and of no other content.
    fn find(&self, held: &Input, sha256: &str) -> Result<PathBuf, Lost> {
        let what = format!("{} {} (sha256:{sha256})", held.role, held.name);
        let is_hex = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            return Err(Lost::Missing(format!("{what} has no digest")));
        }
        if let Some(path) = self.found.get(sha256) {
            return Ok(path.clone());
        }
        let kept = self.blobs.as_ref().map(|blobs| blobs.join(sha256)).filter(|path| path.is_file());
        let is_kept = kept.is_some();
        // A record by itself is of files that may still be where they were.
        let named = Some(PathBuf::from(&held.name)).filter(|path| self.blobs.is_none() && path.is_file());
        let Some(path) = kept.or(named) else { return Err(Lost::Missing(format!("{what} is missing"))) };
        match digest(&path) {
            Some(found) if found == sha256 => Ok(path),
            Some(found) if is_kept => Err(Lost::Changed(format!("{what} was changed: it is sha256:{found}"))),
            Some(found) => Err(Lost::Changed(format!("{what} is another file now: sha256:{found}"))),
            None => Err(Lost::Missing(format!("{what} cannot be read"))),
        }
    }
}

/// Manifests and SBOMs are held in memory, as they were when they were decided about.
fn is_small(role: Role, held: &Input) -> bool {
    role == Role::Artifact
        && (held.details.contains_key("image") || held.details.get("sbom").and_then(Value::as_bool) == Some(true))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    crate::commands::evidence::bytes(path)
}

fn digest(path: &Path) -> Option<String> {
    Digests::file(path, &[]).ok()?.hex(DigestAlgorithm::Sha256).map(str::to_owned)
}

/// Where two reports of a decision differ: not in the version of the program, and not in what is only told.
fn differences(told: &Value, again: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let list = |value: &Value| value.get("subjects").and_then(Value::as_array).cloned().unwrap_or_default();
    let (told, again) = (list(told), list(again));
    for (told, again) in told.iter().zip(&again) {
        let name = told.get("name").and_then(Value::as_str).unwrap_or_default();
        for key in ["verdict", "digests", "brokenGlass", "levels"] {
            let (before, now) = (told.get(key).unwrap_or(&Value::Null), again.get(key).unwrap_or(&Value::Null));
            if before != now {
                found.push(format!("{name}: {key} was {before}, and is {now}"));
            }
        }
        rules(name, told, again, &mut found);
    }
    found
}

fn rules(name: &str, told: &Value, again: &Value, found: &mut Vec<String>) {
    let list = |value: &Value| value.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    let (told, again) = (list(told), list(again));
    let called = |rule: &Value| rule.get("rule").and_then(Value::as_str).unwrap_or_default().to_owned();
    if told.iter().map(called).ne(again.iter().map(called)) {
        found.push(format!("{name}: other rules were asked"));
        return;
    }
    for (before, now) in told.iter().zip(&again) {
        if before.get("state") != now.get("state") {
            let word = |rule: &Value| rule.get("state").and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push(format!("{name}: {} {}, and is {} now", called(before), word(before), word(now)));
        } else if before.get("checks") != now.get("checks") {
            found.push(format!("{name}: {} gives other reasons", called(before)));
        }
    }
}
