//! The front matter of a model card: YAML between two lines of `---` at the start of `README.md`.
//! <https://github.com/huggingface/hub-docs/blob/main/modelcard.md>

use plimsoll_extract::prelude::*;
use plimsoll_extract::syntax::{text, yaml};

use crate::model;

/// Most bytes of front matter.
const MAX_FRONT: u64 = 256 << 10;
/// Keys that become properties.
const PROPERTIES: &[(&str, &str)] = &[
    ("base_model", "plimsoll:model:base-model"),
    ("datasets", "plimsoll:model:dataset"),
    ("library_name", "plimsoll:model:library"),
    ("license_link", "plimsoll:model:license-link"),
    ("license_name", "plimsoll:model:license-name"),
    ("pipeline_tag", "plimsoll:model:task"),
];

/// The front matter, checked to be of a model card, as lines of key, tab and value; `None` when there is none.
pub(super) fn front_matter(file: &File<'_>) -> Result<Option<Vec<u8>>, ExtractError> {
    let bytes = file.range(0, file.len().min(MAX_FRONT))?;
    let decoded = text::decode(&bytes);
    let Some(rest) = decoded.text.strip_prefix("---").map(|rest| rest.trim_start_matches('\r')) else {
        return Ok(None);
    };
    let Some((front, _)) = rest.strip_prefix('\n').and_then(|rest| rest.split_once("\n---")) else { return Ok(None) };
    // The page of a repository may have any front matter: what is no YAML is no fault.
    let (documents, _) = yaml::parse_partial(front, file.budget().limits());
    let Some(card) = documents.first() else { return Ok(None) };
    let mut lines = String::new();
    for (key, node) in card.entries() {
        if key != "license" && !PROPERTIES.iter().any(|(name, _)| *name == key) {
            continue;
        }
        let values =
            node.as_str().into_iter().chain(node.as_seq().into_iter().flatten().filter_map(yaml::Node::as_str));
        for value in values.filter(|value| !value.contains(['\n', '\t'])) {
            lines.push_str(&format!("{key}\t{value}\n"));
        }
    }
    Ok(Some(lines.into_bytes()))
}

/// Adds what the card says to the model.
pub(super) fn complete(front: &[u8], component: &mut Component) {
    let front = String::from_utf8_lossy(front);
    for (key, value) in front.lines().filter_map(|line| line.split_once('\t')) {
        // `other` says that the licence is in `license_name`.
        if key == "license" && value != "other" {
            component.licenses.extend(License::declared(value));
        }
        for (_, property) in PROPERTIES.iter().filter(|(name, _)| *name == key) {
            model::property(component, property, value);
        }
    }
}
