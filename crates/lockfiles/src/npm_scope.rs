//! When each locked package is needed, for lock files that only say what the project itself asks for.

use plimsoll_model::Scope;

/// Carries the scopes of direct dependencies along the edges: `needs` lists, for each package, those that it needs and
/// whether that is optional. The strongest scope is carried first, so each edge is followed once for each scope at most.
/// `None` for what nothing leads to.
pub(crate) fn spread(needs: &[Vec<(usize, bool)>], direct: &[(usize, Scope)]) -> Vec<Option<Scope>> {
    let mut scopes: Vec<Option<Scope>> = vec![None; needs.len()];
    for scope in [Scope::Runtime, Scope::Unspecified, Scope::Optional, Scope::Build, Scope::Dev] {
        let mut work: Vec<usize> = direct.iter().filter(|(_, held)| *held == scope).map(|(to, _)| *to).collect();
        if scope == Scope::Optional {
            let reached = scopes.iter().zip(needs).filter(|(held, _)| held.is_some());
            work.extend(reached.flat_map(|(_, needs)| needs).filter(|(_, optional)| *optional).map(|(to, _)| *to));
        }
        while let Some(at) = work.pop() {
            let Some(slot) = scopes.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            *slot = Some(scope);
            let needs = needs.get(at).into_iter().flatten();
            // What is optional to something needed for development is needed for development.
            work.extend(needs.filter(|(_, optional)| !optional || scope <= Scope::Optional).map(|(to, _)| *to));
        }
    }
    scopes
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
