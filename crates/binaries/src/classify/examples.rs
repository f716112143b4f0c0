//! Runs the examples of rules.

use plimsoll_extract::prelude::{File, SourcePath};
use plimsoll_model::Budget;

use super::rule::RuleTest;
use super::{Engine, RuleError, Rules, Target};
use crate::object::{Format, Object};

impl Engine {
    /// Checks rules: that their patterns compile, and that their examples give what they say.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn checked(rules: Rules) -> Result<Self, RuleError> {
        rules.compile()?;
        let tests = Engine::new(rules);
        for example in tests.tests() {
            let found = tests.examine(example);
            if found.as_deref() != example.version.as_deref() {
                let say =
                    |version: Option<&str>| version.map_or("nothing".to_owned(), |version| format!("{version:?}"));
                return Err(RuleError::Rule {
                    line: example.line,
                    message: format!(
                        "the example of {} gives {}, not {}",
                        example.rule,
                        say(found.as_deref()),
                        say(example.version.as_deref())
                    ),
                });
            }
        }
        Ok(tests)
    }

    /// The version that the rule of an example finds in it.
    fn examine(&self, example: &RuleTest) -> Option<String> {
        let path = SourcePath::new(example.file.as_deref().unwrap_or("any/executable")).ok()?;
        let budget = Budget::default();
        let data = &*example.data;
        // An executable whose headers tell nothing.
        let stripped =
            Object { format: Format::Elf, little_endian: true, wide: true, sections: Vec::new(), mappings: Vec::new() };
        let objects = if example.file.is_none() { vec![stripped] } else { Vec::new() };
        let target = Target {
            file: File::new(&path, None, &data, &budget),
            objects: &objects,
            ranges: vec![(0, data.len() as u64)],
            script: data.starts_with(b"#!"),
        };
        let (verdicts, _) = self.classify(&target).ok()?;
        verdicts.into_iter().find(|verdict| *verdict.rule.id == *example.rule).map(|verdict| verdict.version)
    }
}
