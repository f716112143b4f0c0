//! A bounded list of diagnostics.

use plimsoll_model::{Diagnostic, DiagnosticCode, LayerIndex};

/// Diagnostics of one layer. A hostile layer could make millions: after [`Notes::LIMIT`] they are only counted.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: Vec<Diagnostic>,
    more: u64,
    first_dropped: Option<DiagnosticCode>,
}

impl Notes {
    const LIMIT: usize = 1000;

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < Self::LIMIT {
            self.list.push(diagnostic);
        } else {
            self.more = self.more.saturating_add(1);
            // What makes the result incomplete must not be the one that is left out.
            let dropped = self.first_dropped.get_or_insert(diagnostic.code);
            if diagnostic.is_incomplete() {
                *dropped = diagnostic.code;
            }
        }
    }

    /// The list, when nothing was left out of it.
    pub(crate) fn whole(&self) -> Option<&[Diagnostic]> {
        self.first_dropped.is_none().then_some(self.list.as_slice())
    }

    pub(crate) fn append(&mut self, other: Self) {
        let tail = other.tail();
        for diagnostic in other.list.into_iter().chain(tail) {
            self.push(diagnostic);
        }
    }

    /// Sets the layer of all of them, where it was not known when they were made.
    pub(crate) fn in_layer(mut self, layer: LayerIndex) -> Self {
        self.list = self.list.into_iter().map(|diagnostic| diagnostic.in_layer(Some(layer))).collect();
        self
    }

    fn tail(&self) -> Option<Diagnostic> {
        let code = self.first_dropped?;
        Some(Diagnostic::new(code, format!("and {} more diagnostics, which are not listed", self.more)))
    }

    pub(crate) fn into_list(self) -> Vec<Diagnostic> {
        let tail = self.tail();
        let mut list = self.list;
        list.extend(tail);
        list
    }
}
