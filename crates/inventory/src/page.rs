//! Pages of long lists.

/// Which part of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many rows.
    pub rows: usize,
    /// After which row: what the page before said comes next.
    pub after: Option<u64>,
}

impl Default for Page {
    fn default() -> Self {
        Self { rows: 100, after: None }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// How many there are in all.
    pub total: u64,
    /// The page.
    pub rows: Vec<T>,
    /// Where the next page begins, for [`Page::after`]; `None` at the end.
    pub next: Option<u64>,
}

impl<T> Listing<T> {
    /// The page of a list that is at hand.
    pub(crate) fn of(all: Vec<T>, page: Page) -> Self {
        let total = all.len() as u64;
        let start = page.after.unwrap_or_default();
        let rows: Vec<T> = all.into_iter().skip(usize::try_from(start).unwrap_or(usize::MAX)).take(page.rows).collect();
        let end = start.saturating_add(rows.len() as u64);
        Self { total, next: (end < total && !rows.is_empty()).then_some(end), rows }
    }

    /// The same page of other things.
    pub(crate) fn try_map<U, E>(self, each: impl FnOnce(Vec<T>) -> Result<Vec<U>, E>) -> Result<Listing<U>, E> {
        Ok(Listing { total: self.total, rows: each(self.rows)?, next: self.next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_meet() {
        let page = |after| Listing::of(vec![1, 2, 3], Page { rows: 2, after });
        assert_eq!(page(None), Listing { total: 3, rows: vec![1, 2], next: Some(2) });
        assert_eq!(page(Some(2)), Listing { total: 3, rows: vec![3], next: None });
        assert_eq!(page(Some(9)), Listing { total: 3, rows: vec![], next: None });
        assert_eq!(Listing::of(vec![1], Page { rows: 0, after: None }).next, None);
    }
}
