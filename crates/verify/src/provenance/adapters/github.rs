//! What builds on GitHub Actions have in common: the variables of the runner, in either spelling, and a branch that a tag was
//! made from. <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use plimsoll_attest::DigestSet;
use serde_json::{Map, Value};

use crate::provenance::issuers::{self, Fact};
use crate::provenance::{BuildView, SourceView};

const GITHUB: &str = "https://github.com/";

/// The variables of a run, as provenance repeats them.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a> {
    variables: Option<&'a Map<String, Value>>,
    /// Whether their names are as the runner has them (`GITHUB_REF`), or in lower case.
    upper: bool,
    place: &'static str,
}

impl<'a> Environment<'a> {
    /// Variables with names as the runner has them.
    pub(super) fn upper(variables: Option<&'a Map<String, Value>>, place: &'static str) -> Self {
        Self { variables, upper: true, place }
    }

    /// Variables with names in lower case.
    pub(super) fn lower(variables: Option<&'a Map<String, Value>>, place: &'static str) -> Self {
        Self { variables, upper: false, place }
    }

    fn key(&self, name: &str) -> String {
        let key = format!("github_{name}");
        if self.upper { key.to_ascii_uppercase() } else { key }
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.variables?.get(&self.key(name))
    }

    /// A variable as text. The container-based builder writes the numbers among them as numbers.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The names of all variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.variables.into_iter().flat_map(|variables| variables.keys()).map(String::as_str)
    }

    /// What started the run, what it was given, and all that the certificate says as well.
    pub(super) fn tell(&self, view: &mut BuildView) {
        view.event = self.text("event_name");
        if view.event.as_deref() == Some("workflow_dispatch")
            && let Some(Value::Object(inputs)) = self.value("event_payload").and_then(|payload| payload.get("inputs"))
        {
            view.inputs = inputs.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        }
        // The first releases of some builders call the commit `sha1`.
        let names = [
            ("event_name", "event_name"),
            ("ref", "ref"),
            ("repository", "repository"),
            ("repository_id", "repository_id"),
            ("repository_owner_id", "repository_owner_id"),
            ("run_id", "run_id"),
            ("sha", if self.value("sha").is_some() { "sha" } else { "sha1" }),
            ("workflow_ref", "workflow_ref"),
            ("workflow_sha", "workflow_sha"),
        ];
        let said = names.map(|(fact, name)| (fact, self.text(name), format!("{}/{}", self.place, self.key(name))));
        let facts: Vec<Fact<'_>> =
            said.iter().map(|(fact, value, place)| (*fact, value.as_deref(), place.as_str())).collect();
        issuers::state(view, &issuers::GITHUB, &facts);
    }

    /// The branch that was built: that of the ref, or the one from which a tag was made, as the event told it. That is no fact
    /// of git. Refs that are neither (a pull request's) are on no branch, whatever branch the event names.
    pub(super) fn branch(&self, source: &SourceView) -> Option<String> {
        if let Some(branch) = source.branch() {
            return Some(branch.to_owned());
        }
        source.tag()?;
        let named = |reference: String| reference.strip_prefix("refs/heads/").map(str::to_owned);
        if let Some(base) = self.text("base_ref") {
            return named(base);
        }
        let payload = self.value("event_payload")?;
        let said =
            |pointer: &str| payload.pointer(pointer)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match self.text("event_name")?.as_str() {
            "push" => said("/base_ref").and_then(named),
            "release" => said("/release/target_commitish"),
            _ => None,
        }
    }

    /// Where the workflow is: `OWNER/NAME/PATH@REF` in `GITHUB_WORKFLOW_REF`. With its file within the repository.
    pub(super) fn workflow(&self) -> Result<(SourceView, String), String> {
        let key = self.key("workflow_ref");
        let text = self.text("workflow_ref").ok_or_else(|| format!("it does not say {key}"))?;
        let (path, reference) = text.split_once('@').ok_or_else(|| format!("{key} has no ref"))?;
        let mut parts = path.splitn(3, '/');
        let (Some(owner), Some(name), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("{key} names no repository and file"));
        };
        let digest: DigestSet =
            self.text("workflow_sha").map(|sha| ("gitCommit".to_owned(), sha)).into_iter().collect();
        let uri = format!("git+{GITHUB}{owner}/{name}@{reference}");
        Ok((SourceView::new(&uri, &digest, &format!("{}/{key}", self.place)), file.to_owned()))
    }
}

/// What was built and what defined the build are one state of one repository, for builders that build what they are defined
/// in. Both have to name the ref; `or_none` allows a source that names none, which can then satisfy no expectation of a ref.
pub(super) fn same_ref(definition: &SourceView, source: &SourceView, or_none: bool) -> Result<(), String> {
    let Some(triggered) = &definition.reference else {
        return Err(format!("{} names no ref", definition.uri));
    };
    match &source.reference {
        Some(built) if built == triggered => Ok(()),
        Some(built) => Err(format!("it was started for {triggered} and built {built}")),
        None if or_none => Ok(()),
        None => Err(format!("{} names no ref", source.uri)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn branch(reference: &str, environment: &Value) -> Option<String> {
        let source = SourceView::new(&format!("git+https://github.com/a/b@{reference}"), &DigestSet::new(), "");
        Environment::upper(environment.as_object(), "").branch(&source)
    }

    #[test]
    fn a_tag_is_on_the_branch_that_the_event_says_and_nothing_else_is() {
        let push = json!({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PAYLOAD": {"base_ref": "refs/heads/main"}});
        assert_eq!(branch("refs/tags/v1", &push).as_deref(), Some("main"));
        assert_eq!(branch("refs/heads/dev", &push).as_deref(), Some("dev"));
        let release = json!({"GITHUB_EVENT_NAME": "release", "GITHUB_BASE_REF": "",
            "GITHUB_EVENT_PAYLOAD": {"base_ref": "refs/heads/no", "release": {"target_commitish": "main"}}});
        assert_eq!(branch("refs/tags/v1", &release).as_deref(), Some("main"));
        // A pull request to a branch is not that branch: anybody can open one.
        let pull = json!({"GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"});
        assert_eq!(branch("refs/pull/1/merge", &pull), None);
        assert_eq!(branch("refs/tags/v1", &pull), None);
        let other =
            json!({"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_EVENT_PAYLOAD": {"base_ref": "refs/heads/main"}});
        assert_eq!(branch("refs/tags/v1", &other), None);
    }

    #[test]
    fn a_workflow_is_a_repository_a_file_and_a_ref() {
        let read = |text: &str| Environment::upper(json!({"GITHUB_WORKFLOW_REF": text}).as_object(), "/e").workflow();
        let (definition, file) = read("a/b/.github/workflows/c.yml@refs/heads/main").unwrap();
        assert_eq!(definition.uri, "git+https://github.com/a/b@refs/heads/main");
        assert_eq!((file.as_str(), definition.place.as_str()), (".github/workflows/c.yml", "/e/GITHUB_WORKFLOW_REF"));
        for no in ["", "a/b/c", "a/b@refs/heads/main", "a@b"] {
            assert!(read(no).is_err(), "{no}");
        }
    }
}
