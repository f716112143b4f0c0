//! Verdicts as JUnit XML, for the pages that show tests: a suite for each subject, a case for each thing that is asked of it.
//!
//! There is no standard of it; this is what the readers of Jenkins, GitLab and GitHub's actions take.

use std::io::{self, Write};

use plimsoll_model::printable;

/// One subject.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// One thing that is asked of it.
pub(crate) struct Case {
    /// What.
    pub(crate) name: String,
    /// By whom it is asked, such as the place in a policy.
    pub(crate) class: String,
    pub(crate) result: CaseResult,
}

/// What came of it.
pub(crate) enum CaseResult {
    /// It holds.
    Passed,
    /// It does not: a code, a line, and all that is known.
    Failed { code: String, message: String, detail: String },
    /// It does not, and is let pass.
    Skipped(String),
}

/// Writes a report.
pub(crate) fn write(out: &mut dyn Write, name: &str, suites: &[Suite]) -> io::Result<()> {
    let failed =
        |suite: &Suite| suite.cases.iter().filter(|case| matches!(case.result, CaseResult::Failed { .. })).count();
    let skipped =
        |suite: &Suite| suite.cases.iter().filter(|case| matches!(case.result, CaseResult::Skipped(_))).count();
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let failures: usize = suites.iter().map(failed).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\">", text(name))?;
    for suite in suites {
        let (tests, failures, skipped) = (suite.cases.len(), failed(suite), skipped(suite));
        let name = text(&suite.name);
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
        )?;
        for case in &suite.cases {
            let (name, class) = (text(&case.name), text(&case.class));
            write!(out, "    <testcase name=\"{name}\" classname=\"{class}\"")?;
            match &case.result {
                CaseResult::Passed => writeln!(out, "/>")?,
                CaseResult::Skipped(why) => writeln!(out, "><skipped message=\"{}\"/></testcase>", text(why))?,
                CaseResult::Failed { code, message, detail } => writeln!(
                    out,
                    "><failure type=\"{}\" message=\"{}\">{}</failure></testcase>",
                    text(code),
                    text(message),
                    text(detail)
                )?,
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Text in which nothing is markup, and no character that XML does not allow.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for character in printable(line).chars() {
            match character {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
                _ => out.push(character),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        let case = |result| Case { name: "source".into(), class: "p.toml:1".into(), result };
        let suites = [Suite {
            name: "a\"><b>\u{1b}".into(),
            cases: vec![
                case(CaseResult::Passed),
                case(CaseResult::Skipped("by EX-1".into())),
                case(CaseResult::Failed { code: "PLM-V0805".into(), message: "no".into(), detail: "a\n]]>".into() }),
            ],
        }];
        let mut out = Vec::new();
        write(&mut out, "x", &suites).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("<testsuite name=\"a&quot;&gt;&lt;b&gt;\\u{1b}\" tests=\"3\" failures=\"1\""), "{out}");
        assert!(out.contains("a\n]]&gt;</failure>") && out.contains("<skipped message=\"by EX-1\"/>"), "{out}");
    }
}
