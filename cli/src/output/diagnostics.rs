//! Diagnostics for machines.

use plimsoll_model::{Diagnostic, LayerIndex, Span};
use serde_json::{Map, Value};

/// A diagnostic as one JSON object: `plimsoll.log/1`.
pub(super) fn as_json(diagnostic: &Diagnostic) -> Value {
    let info = diagnostic.code.info();
    let mut out = Map::new();
    out.insert("level".into(), diagnostic.severity().word().into());
    out.insert("code".into(), info.id.into());
    if let Some(file) = &diagnostic.file {
        out.insert("file".into(), file.to_string().into());
    }
    if let Some(LayerIndex(layer)) = diagnostic.layer {
        out.insert("layer".into(), layer.into());
    }
    match diagnostic.span {
        Some(Span::Line(line)) => drop(out.insert("line".into(), line.into())),
        Some(Span::Bytes { offset, .. }) => drop(out.insert("offset".into(), offset.into())),
        None => {}
    }
    out.insert("message".into(), (&*diagnostic.message).into());
    out.insert("nextStep".into(), info.next_step.into());
    out.into()
}
