//! `policy.test.toml`, version 1: what a policy has to say of artifacts that are at hand.
//!
//! ```toml
//! version = 1
//!
//! [[case]]
//! name = "a release that nobody signed"
//! subject = "cases/app.tar.gz"
//! expect = "deny"
//! codes = ["PLM-G0101"]
//! ```
//!
//! Names of files in it are taken from where it is itself, by whoever reads them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::PolicyError;
use crate::file::{self, Fields};
use crate::gate::GateCode;
use crate::words::{nearest, quote};

/// Something that a policy is asked, and what it has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Its name, which no other has.
    pub name: String,
    /// What is decided about, as on the command line.
    pub subject: String,
    /// Files of evidence; what is beside the subject when it is empty.
    pub bundle: Vec<String>,
    /// SBOMs that nobody signed.
    pub sbom: Vec<String>,
    /// Statements about vulnerabilities.
    pub vex: Vec<String>,
    /// What the policy calls the subject.
    pub names: Vec<String>,
    /// A file of exceptions; that of the policy when there is none.
    pub exceptions: Option<String>,
    /// A file of advisories.
    pub advisories: Option<String>,
    /// The time of the decision.
    pub at: Option<Timestamp>,
    /// Whether what a key signed need not be in a log.
    pub no_tlog: bool,
    /// Whether the subject is looked into.
    pub scan: bool,
    /// `pass`, `warn` or `deny`.
    pub expect: String,
    /// Codes that have to be among the reasons.
    pub codes: Vec<GateCode>,
    /// The line in its file.
    pub line: u32,
}

const KEYS: &[&str] = &["version", "case"];
/// The keys of a case, for whoever documents them.
pub const CASE_KEYS: &[&str] = &[
    "name",
    "subject",
    "bundle",
    "sbom",
    "vex",
    "as",
    "exceptions",
    "advisories",
    "at",
    "no_tlog",
    "scan",
    "expect",
    "codes",
];
const VERDICTS: &[&str] = &["pass", "warn", "deny"];

/// Reads the cases of a file.
///
/// # Errors
/// It is not TOML, has a key that is not known or lacks one, has no case, or two of one name.
pub fn read_cases(file: &str, text: &str) -> Result<Vec<Case>, PolicyError> {
    let document = file::parse(file, text)?;
    let root = Fields::root(file, &document, KEYS)?;
    let mut names = BTreeSet::new();
    let mut all = Vec::new();
    for fields in root.tables("case", CASE_KEYS)? {
        let case = read(&fields)?;
        if !names.insert(case.name.clone()) {
            return Err(fields.fault("name", format!("two cases are called {}", quote(&case.name))));
        }
        all.push(case);
    }
    if all.is_empty() {
        return Err(root.fault("case", "there is no [[case]]: nothing is tested"));
    }
    Ok(all)
}

fn read(fields: &Fields<'_>) -> Result<Case, PolicyError> {
    let texts = |key: &str| -> Result<Vec<String>, PolicyError> {
        Ok(fields.texts(key)?.into_iter().map(str::to_owned).collect())
    };
    let expect = fields.need_text("expect")?;
    if !VERDICTS.contains(&expect) {
        return Err(fields.fault("expect", format!("{} is no verdict{}", quote(expect), nearest(expect, VERDICTS))));
    }
    let mut codes = Vec::new();
    for text in fields.texts("codes")? {
        let known = GateCode::ALL.iter().find(|code| code.id() == text || code.name() == text);
        codes.push(*known.ok_or_else(|| fields.fault("codes", format!("{} is no code of a gate", quote(text))))?);
    }
    let at = match fields.text("at")? {
        Some(text) => {
            let bad = |_| fields.fault("at", format!("{} is no time (RFC 3339)", quote(text)));
            Some(text.parse().map_err(bad)?)
        }
        None => None,
    };
    Ok(Case {
        name: fields.need_text("name")?.to_owned(),
        subject: fields.need_text("subject")?.to_owned(),
        bundle: texts("bundle")?,
        sbom: texts("sbom")?,
        vex: texts("vex")?,
        names: texts("as")?,
        exceptions: fields.text("exceptions")?.map(str::to_owned),
        advisories: fields.text("advisories")?.map(str::to_owned),
        at,
        no_tlog: fields.boolean("no_tlog")?.unwrap_or(false),
        scan: fields.boolean("scan")?.unwrap_or(false),
        expect: expect.to_owned(),
        codes,
        line: fields.line(""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_read_with_their_lines() {
        let text =
            "version = 1\n\n[[case]]\nname = \"a\"\nsubject = \"app\"\nexpect = \"deny\"\ncodes = [\"PLM-G0101\"]\n";
        let cases = read_cases("t.toml", text).unwrap();
        assert_eq!((cases.len(), cases[0].line, cases[0].codes[0]), (1, 3, GateCode::Unsigned));
        for (bad, reason) in [
            ("version = 1\n", "nothing is tested"),
            (&*text.replace("deny", "dney"), "is no verdict"),
            (&*text.replace("G0101", "G9999"), "is no code"),
            (&*text.replace("subject", "subjcet"), "subject"),
            (&*format!("{text}{}", text.trim_start_matches("version = 1")), "two cases"),
        ] {
            let error = read_cases("t.toml", bad).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
