//! What a report says, in one shape for every format: JSON is this, Markdown and HTML are made from it.

use std::collections::BTreeMap;

use serde::Serialize;

/// The auditor's file about one artifact.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) schema: &'static str,
    pub(super) tool: Tool,
    /// The time that everything is judged at.
    pub(super) at: String,
    pub(super) artifact: Artifact,
    /// `pass`, `warn` or `deny`.
    pub(super) verdict: &'static str,
    /// The exception that let it pass although rules deny it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) broken_glass: Option<String>,
    /// Levels of SLSA that are proven.
    pub(super) levels: Vec<String>,
    pub(super) inputs: Vec<Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advisories: Option<AdvisoryFacts>,
    pub(super) rules: Vec<Rule>,
    /// Rules that the policy does not have.
    pub(super) not_asked: Vec<&'static str>,
    pub(super) sboms: Vec<Sbom>,
    pub(super) exceptions: Vec<Excepted>,
    pub(super) compliance: Vec<Framework>,
    /// Commands that give the same again.
    pub(super) reproduce: Vec<Command>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Artifact {
    pub(super) name: String,
    pub(super) names: Vec<String>,
    pub(super) digests: BTreeMap<String, String>,
}

/// Something that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Input {
    /// What it is for: `policy`, `exceptions`, `evidence`, `sbom`, `trusted-root`, `advisories`, `vex`.
    pub(super) role: String,
    pub(super) name: String,
    pub(super) sha256: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdvisoryFacts {
    pub(super) digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) as_of: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) rule: String,
    pub(super) line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) effective_on: Option<String>,
    pub(super) state: &'static str,
    pub(super) checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    pub(super) name: &'static str,
    /// `passed`, `failed`, `warned`, `excused`, `not-checked`.
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) about: String,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actual: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) place: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) because: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) excused_by: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sbom {
    pub(super) place: String,
    /// `signed claim` or `unsigned claim`.
    pub(super) claim: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) signer: String,
    pub(super) components: u64,
    pub(super) scores: Vec<Score>,
    /// How it compares with the artifact; none when nobody looked into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compared: Option<Compared>,
}

#[derive(Debug, Serialize)]
pub(super) struct Score {
    pub(super) profile: &'static str,
    pub(super) title: &'static str,
    /// From 0 to 100.
    pub(super) score: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    /// Whether it names this artifact.
    pub(super) binding: &'static str,
    pub(super) judgements: Vec<&'static str>,
    pub(super) claimed: usize,
    pub(super) found: usize,
    pub(super) confirmed: usize,
    /// What is on one side only, or differs; of many the first.
    pub(super) differences: Vec<Difference>,
    pub(super) more: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Difference {
    pub(super) kind: &'static str,
    pub(super) component: String,
    pub(super) reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Excepted {
    pub(super) id: String,
    /// `used`, `unused`, `expired`, `not yet`.
    pub(super) state: &'static str,
    pub(super) scope: Vec<String>,
    pub(super) rules: Vec<String>,
    pub(super) reason: String,
    pub(super) owner: String,
    pub(super) approver: String,
    pub(super) created: String,
    pub(super) expires: String,
    /// What is wrong with it.
    pub(super) findings: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Framework {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) source: &'static str,
    pub(super) controls: Vec<Control>,
}

#[derive(Debug, Serialize)]
pub(super) struct Control {
    pub(super) id: &'static str,
    pub(super) asks: &'static str,
    pub(super) standing: &'static str,
    pub(super) evidence: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Command {
    pub(super) what: &'static str,
    pub(super) command: String,
    /// The exit status that it has.
    pub(super) status: u8,
}

impl Page {
    /// The answer in a sentence.
    pub(super) fn sentence(&self) -> String {
        let name = &self.artifact.name;
        match (self.verdict, &self.broken_glass) {
            (_, Some(id)) => {
                format!("{name} may ship only because the exception {id} breaks the glass: rules deny it.")
            }
            ("pass", _) => format!("{name} may ship: every rule of the policy holds or is excepted."),
            ("warn", _) => format!("{name} may ship, and somebody should look at it."),
            _ => format!("{name} may not ship."),
        }
    }

    /// How many rules are in each state, in words.
    pub(super) fn counted(&self) -> String {
        let count = |state: &str| self.rules.iter().filter(|rule| rule.state == state).count();
        let states = ["denied", "warned", "excused", "passed"].map(|state| (state, count(state)));
        let told = states.iter().filter(|(_, count)| *count > 0).map(|(state, count)| format!("{count} {state}"));
        told.collect::<Vec<_>>().join(", ")
    }
}
