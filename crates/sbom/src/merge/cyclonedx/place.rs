//! Where components of a merged document stand.

use std::collections::{BTreeMap, HashMap};

use super::Node;
use crate::tree::Value;

/// Where components stand: in what class; and what else lies in what.
pub(super) fn place(
    nodes: &BTreeMap<usize, Node>,
    main: Option<usize>,
    ties: &HashMap<usize, &str>,
) -> (HashMap<usize, usize>, Vec<(usize, usize)>) {
    let mut placed: HashMap<usize, usize> = HashMap::new();
    let mut extra = Vec::new();
    let mut order: Vec<(&usize, &Node)> = nodes.iter().collect();
    order.sort_by_key(|(class, _)| ties.get(class));
    for (class, node) in order {
        let mut parents: Vec<&usize> = node.parents.iter().collect();
        parents.sort_by_key(|parent| ties.get(parent));
        for parent in parents {
            // Up from the parent: a component cannot stand in what stands in it.
            let mut above = Some(*parent);
            let mut steps = 0_usize;
            while let Some(at) = above.filter(|at| at != class && steps <= nodes.len()) {
                above = placed.get(&at).copied();
                steps = steps.saturating_add(1);
            }
            let free = above.is_none() && Some(*class) != main && !placed.contains_key(class);
            if free && nodes.contains_key(parent) {
                placed.insert(*class, *parent);
            } else {
                extra.push((*parent, *class));
            }
        }
    }
    (placed, extra)
}

/// A component with those that stand in it. Their depth is at most that of the inputs together.
pub(super) fn build(
    class: usize,
    values: &mut BTreeMap<usize, Value>,
    children: &mut BTreeMap<Option<usize>, Vec<usize>>,
) -> Option<Value> {
    let mut value = values.remove(&class)?;
    let inner = children.remove(&Some(class)).unwrap_or_default();
    let inner: Vec<Value> = inner.into_iter().filter_map(|child| build(child, values, children)).collect();
    if let Value::Object(members) = &mut value {
        members.set_items("components", inner);
    }
    Some(value)
}
