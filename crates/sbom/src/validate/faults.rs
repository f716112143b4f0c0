//! Keeps what was found, within bounds, and gives it lines.

use crate::fault::{Fault, FaultKind};
use crate::json::lexer::Lines;
use crate::tree::Pointer;

/// Faults that are kept; a generator that errs once errs everywhere.
const MOST_FAULTS: usize = 10_000;
/// Pieces of advice that are kept.
const MOST_ADVICE: usize = 1_000;

/// What was found.
#[derive(Default)]
pub(super) struct Sink {
    found: Vec<(usize, Fault)>,
    faults: usize,
    advice: usize,
}

impl Sink {
    /// Takes a fault at a place of the source.
    pub(super) fn fault(&mut self, at: usize, kind: FaultKind, pointer: impl FnOnce() -> Pointer, message: String) {
        self.faults = self.faults.saturating_add(1);
        if self.faults <= MOST_FAULTS {
            self.found.push((at, Fault::new(kind, pointer(), message)));
        }
    }

    /// Takes advice at a place of the source.
    pub(super) fn advice(&mut self, at: usize, kind: FaultKind, pointer: impl FnOnce() -> Pointer, message: String) {
        self.advice = self.advice.saturating_add(1);
        if self.advice <= MOST_ADVICE {
            self.found.push((at, Fault::new(kind, pointer(), message).as_advice()));
        }
    }

    /// How much more advice is worth looking for.
    pub(super) fn advice_wanted(&self) -> usize {
        MOST_ADVICE.saturating_sub(self.advice)
    }

    /// Whether there was nothing but advice.
    pub(super) fn is_valid(&self) -> bool {
        self.faults == 0
    }

    /// All of it in the order of the source, with lines where it has them.
    pub(super) fn into_faults(mut self, lines: Option<&mut Lines<'_>>) -> Vec<Fault> {
        self.found.sort_by_key(|(at, _)| *at);
        if let Some(lines) = lines {
            for (at, fault) in &mut self.found {
                fault.line = Some(lines.line_of(*at));
            }
        }
        let mut faults: Vec<Fault> = self.found.into_iter().map(|(_, fault)| fault).collect();
        let mut rest = |count: usize, most: usize, what: &str, advice: bool| {
            let left = count.saturating_sub(most);
            if left > 0 {
                let mut fault = Fault::new(FaultKind::Limit, Pointer::root(), format!("{left} more {what} not listed"));
                fault.advice = advice;
                faults.push(fault);
            }
        };
        rest(self.faults, MOST_FAULTS, "faults are", false);
        rest(self.advice, MOST_ADVICE, "pieces of advice are", true);
        faults
    }
}
