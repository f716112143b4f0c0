//! Recorded claims and environments, and what has to come of them.

mod contradictions;
mod github;
mod golden;
mod secrets;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A recorded build.
struct Case {
    variables: BTreeMap<String, String>,
    claims: Option<Value>,
    stated: Stated,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/provenance/generate"))
}

fn read(name: &str, file: &str) -> Option<Value> {
    let bytes = std::fs::read(folder().join(name).join(file)).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

impl Case {
    fn read(name: &str) -> Self {
        let variables = serde_json::from_value(read(name, "env.json").unwrap()).unwrap();
        let mut stated = Stated::default();
        if let Some(Value::Object(said)) = read(name, "stated.json") {
            for (key, value) in said {
                let text = Some(value.as_str().unwrap().to_owned());
                match key.as_str() {
                    "source_uri" => stated.source_uri = text,
                    "source_ref" => stated.source_ref = text,
                    "source_digest" => stated.source_digest = text,
                    "started_on" => stated.started_on = text,
                    "finished_on" => stated.finished_on = text,
                    other => panic!("{other}"),
                }
            }
        }
        Self { variables, claims: read(name, "claims.json"), stated }
    }

    fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn claim(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.claims.as_mut().unwrap()[name] = value.into();
        self
    }

    fn generate(&self) -> Result<Generated, GenerateError> {
        let claims = self.claims.as_ref().map(|claims| TokenClaims::parse(claims.to_string().as_bytes()).unwrap());
        generate(Request {
            platform: None,
            variables: &|name| self.variables.get(name).cloned(),
            claims: claims.as_ref(),
            stated: self.stated.clone(),
            subjects: Subjects::read(&[Artifact::digest(&format!("app.tar.gz@sha256:{SHA256}")).unwrap()]).unwrap(),
            dependencies: Vec::new(),
        })
    }

    fn fails(&self) -> String {
        self.generate().unwrap_err().to_string()
    }
}
