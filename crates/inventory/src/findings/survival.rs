//! How long findings last: the estimate of Kaplan and Meier (1958), in which those that are still open count for as long as they have
//! lasted, and are never dropped.

/// How long one finding lasted, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation {
    /// Seconds.
    pub seconds: i64,
    /// It was fixed then; else it was last seen open then.
    pub fixed: bool,
}

/// What is known of how long findings of a group last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Survival {
    /// Findings that were fixed.
    pub fixed: u64,
    /// Findings that were not, as far as is known.
    pub open: u64,
    /// After how many seconds half of them are fixed; `None` when that has not come to pass.
    pub median: Option<i64>,
    /// After how many seconds nine in ten are fixed.
    pub ninetieth: Option<i64>,
}

impl Survival {
    /// Estimates from observations, in any order.
    #[must_use]
    pub fn of(mut observations: Vec<Observation>) -> Self {
        // Of those at one time, what is fixed then was at risk together with what is last seen then.
        observations.sort_unstable_by_key(|held| (held.seconds, !held.fixed));
        let fixed = observations.iter().filter(|held| held.fixed).count() as u64;
        let mut survival = Self { fixed, open: (observations.len() as u64).saturating_sub(fixed), ..Self::default() };
        let mut at_risk = observations.len() as u64;
        let mut share = 1.0_f64;
        for at_once in observations.chunk_by(|left, right| left.seconds == right.seconds) {
            let gone = at_once.iter().filter(|held| held.fixed).count() as u64;
            if gone > 0 {
                share *= ratio(at_risk.saturating_sub(gone), at_risk);
                let seconds = at_once.first().map(|held| held.seconds);
                // A rounding error must not put a time off.
                if share <= 0.5 + 1e-12 {
                    survival.median = survival.median.or(seconds);
                }
                if share <= 0.1 + 1e-12 {
                    survival.ninetieth = survival.ninetieth.or(seconds);
                }
            }
            at_risk = at_risk.saturating_sub(at_once.len() as u64);
        }
        survival
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of findings are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fixed: &[i64], open: &[i64]) -> Survival {
        let fixed = fixed.iter().map(|seconds| Observation { seconds: *seconds, fixed: true });
        let open = open.iter().map(|seconds| Observation { seconds: *seconds, fixed: false });
        Survival::of(fixed.chain(open).collect())
    }

    #[test]
    fn what_is_open_counts() {
        assert_eq!(of(&[], &[]), Survival::default());
        assert_eq!((of(&[1, 2, 3, 4], &[]).median, of(&[1, 2, 3, 4], &[]).ninetieth), (Some(2), Some(4)));
        // Dropping what is open would say 2.
        assert_eq!(of(&[1, 2, 3], &[9, 9, 9, 9]).median, None);
        assert_eq!(of(&[1, 2, 3, 4], &[9, 9, 9]).median, Some(4));
        // Seen last at 2 and open: at risk until then only. 1 - 1/4, then 3/4 × 1/2.
        assert_eq!(of(&[1, 3], &[2, 5]).median, Some(3));
        assert_eq!((of(&[7], &[]).ninetieth, of(&[], &[7]).open), (Some(7), 1));
    }
}
