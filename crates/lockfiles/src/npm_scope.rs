//! When each locked package is needed, for lock files that only say what the project itself asks for.

use plimsoll_model::Scope;

use crate::dependency_scope::carry;

/// Carries the scopes of direct dependencies along the edges: `needs` lists, for each package, those that it needs and
/// whether that is optional. `None` for what nothing leads to.
pub(crate) fn spread(needs: &[Vec<(usize, bool)>], direct: &[(usize, Scope)]) -> Vec<Option<Scope>> {
    let along = |optional| if optional { Scope::Optional } else { Scope::Runtime };
    let edges = needs
        .iter()
        .enumerate()
        .flat_map(|(from, to)| to.iter().map(move |(to, optional)| (from, *to, along(*optional))));
    carry(needs.len(), &mut edges.collect::<Vec<_>>(), direct)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_way_counts() {
        let needs = [
            vec![(1, false), (2, true)],
            vec![],
            vec![(3, false)],
            vec![],
            vec![(3, false), (5, true)],
            vec![(4, false)],
            vec![],
        ];
        let scopes = spread(&needs, &[(0, Scope::Runtime), (1, Scope::Dev), (4, Scope::Dev)]);
        let want = [Scope::Runtime, Scope::Runtime, Scope::Optional, Scope::Optional, Scope::Dev, Scope::Dev];
        assert_eq!(scopes.get(..6), Some(&want.map(Some)[..]));
        assert_eq!(scopes.get(6), Some(&None));
    }
}
