//! Findings as SARIF 2.1.0 (OASIS), for the pages that show code scanning results.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// One finding.
pub(crate) struct Finding {
    /// The stable name of the rule.
    pub(crate) rule: String,
    /// `error`, `warning` or `note`.
    pub(crate) level: &'static str,
    /// A sentence about it.
    pub(crate) message: String,
    /// The file that it is in.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: Option<u32>,
}

/// A report of one run of a command.
pub(crate) fn report(command: &str, findings: impl Iterator<Item = Finding>) -> Value {
    let findings: Vec<Finding> = findings.collect();
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut place = json!({ "artifactLocation": { "uri": uri(&finding.file) } });
            if let (Some(line), Some(place)) = (finding.line, place.as_object_mut()) {
                place.insert("region".into(), json!({ "startLine": line.max(1) }));
            }
            json!({
                "ruleId": finding.rule,
                "level": finding.level,
                "message": { "text": finding.message },
                "locations": [{ "physicalLocation": place }],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "plimsoll",
                "version": env!("CARGO_PKG_VERSION"),
                "fullName": format!("plimsoll {command}"),
                "rules": rules.into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>(),
            } },
            "results": results,
        }],
    })
}

/// A path as a relative reference: what a URI may not hold is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(byte);
    path.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
