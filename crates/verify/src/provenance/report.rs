//! A build as JSON, as reports have it.

use serde_json::{Map, Value, json};

use super::{BuildView, SourceView};

impl BuildView {
    /// The build as JSON: what is not stated is left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| {
            let empty = match &value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                _ => false,
            };
            if !empty {
                object.insert(key.to_owned(), value);
            }
        };
        put("predicate_type", self.predicate_type.as_str().into());
        put("builder", self.builder_id.as_str().into());
        put("build_type", self.build_type.as_str().into());
        put("adapter", self.adapter.into());
        put("source", self.source.as_ref().map(source).into());
        put("definition", self.definition.as_ref().map(source).into());
        put("workflow", self.workflow.as_deref().into());
        put("event", self.event.as_deref().into());
        put("branch", self.branch.as_deref().into());
        put("inputs", self.inputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
        let parameter = |parameter: &super::Parameter| json!({ "path": parameter.path, "value": parameter.value, "known": parameter.known });
        put("parameters", self.parameters.iter().map(parameter).collect());
        put("dependencies", serde_json::to_value(&self.dependencies).unwrap_or_default());
        put("invocation", self.invocation.as_deref().into());
        put("started_on", self.started_on.as_deref().into());
        put("finished_on", self.finished_on.as_deref().into());
        let stated = |stated: &super::Stated| json!({ "claim": stated.claim.name(), "value": stated.value, "place": stated.place });
        put("stated", self.stated.iter().map(stated).collect());
        Value::Object(object)
    }
}

fn source(source: &SourceView) -> Value {
    let mut object = Map::new();
    object.insert("uri".into(), source.uri.as_str().into());
    for (key, value) in [
        ("repository", source.repository.as_ref().map(super::Repository::as_str)),
        ("ref", source.reference.as_deref()),
        ("commit", source.commit.as_deref()),
        ("place", Some(source.place.as_str())),
    ] {
        if let Some(value) = value {
            object.insert(key.into(), value.into());
        }
    }
    Value::Object(object)
}
