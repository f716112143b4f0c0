//! Labels and questions, as flags say them.

use plimsoll_inventory::{Label, Query};

use crate::args::LabelArguments;
use crate::failure::Failure;

/// `NAME=VALUE`.
pub(super) fn label(text: &str) -> Result<Label, Failure> {
    let pair = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    match pair {
        Some((name, value)) if !(name.is_empty() || text.contains('\0')) => {
            Ok(Label { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err(Failure::usage(format!("{text}: a label is NAME=VALUE"))),
    }
}

/// All labels that flags give.
pub(super) fn labels(arguments: &LabelArguments) -> Result<Vec<Label>, Failure> {
    let mut labels = arguments.label.iter().map(|text| label(text)).collect::<Result<Vec<_>, _>>()?;
    let short = [
        ("environment", &arguments.env),
        ("team", &arguments.team),
        ("owner", &arguments.owner),
        ("service", &arguments.service),
    ];
    for (name, value) in short {
        if let Some(value) = value {
            labels.push(label(&format!("{name}={value}"))?);
        }
    }
    Ok(labels)
}

/// Artifacts by name and labels.
pub(super) fn query(name: Option<&str>, labels: &[Label]) -> Query {
    let mut parts: Vec<Query> = name.map(|name| Query::Artifact(name.to_owned())).into_iter().collect();
    parts.extend(labels.iter().map(|label| Query::Label { name: label.name.clone(), value: label.value.clone() }));
    match (parts.pop(), parts.is_empty()) {
        (None, _) => Query::Everything,
        (Some(one), true) => one,
        (Some(last), false) => {
            parts.push(last);
            Query::All(parts)
        }
    }
}

/// `1 artifact`, `2 artifacts`.
pub(in crate::commands) fn artifacts(count: u64) -> String {
    if count == 1 { "1 artifact".to_owned() } else { format!("{count} artifacts") }
}
