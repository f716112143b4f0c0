//! One package URL a line.

use std::io::Write;

use crate::{EncodeError, Encoder, Loss, Observation};

/// Writes the purls, sorted, each once; what has none is counted as lost.
pub(crate) struct Purls;

impl Encoder for Purls {
    fn encode(&self, document: &Observation, out: &mut dyn Write) -> Result<Loss, EncodeError> {
        let mut loss = Loss::default();
        let mut purls: Vec<String> = document
            .graph
            .components()
            .filter_map(|(_, component)| component.purl.as_ref())
            .map(ToString::to_string)
            .collect();
        loss.add("component without purl", document.graph.len().saturating_sub(purls.len()));
        loss.add("relationship", document.graph.relationships().len());
        purls.sort_unstable();
        purls.dedup();
        for purl in purls {
            writeln!(out, "{purl}")?;
        }
        Ok(loss)
    }
}
