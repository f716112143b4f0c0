//! License nodes to expressions (SPDX 2.3 Annex D).

use super::graph::{Graph, Object};

/// The terms that are values.
pub(super) const TERMS: &str = "http://spdx.org/rdf/terms#";

/// What `#noassertion` and `#none` are in JSON.
pub(super) fn term(iri: &str) -> Option<&'static str> {
    match iri.strip_prefix(TERMS)? {
        "noassertion" => Some("NOASSERTION"),
        "none" => Some("NONE"),
        _ => None,
    }
}

/// What a set needs around it inside of another.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Binding {
    Whole,
    Set,
}

/// Writes the expressions of a graph.
pub(super) struct Licenses<'g> {
    pub(super) graph: &'g Graph,
    pub(super) namespace: &'g str,
    /// Nodes that may still be looked at: sets may share members, and contain themselves.
    pub(super) left: u64,
}

/// Sets in sets that are followed; expressions of people are flat.
const DEEPEST: usize = 64;

impl Licenses<'_> {
    /// The expression of a license; `None` past the limit.
    pub(super) fn expression(&mut self, object: &Object) -> Option<String> {
        let mut out = String::new();
        self.write(object, Binding::Whole, DEEPEST, &mut out)?;
        Some(out)
    }

    fn write(&mut self, object: &Object, binding: Binding, depth: usize, out: &mut String) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        let graph = self.graph;
        let iri = match object {
            Object::Literal(text) => {
                out.push_str(text.trim());
                return Some(());
            }
            Object::Iri(iri) => Some(&**iri),
            Object::Node(at) => graph.get(*at)?.iri.as_deref(),
        };
        let node = graph.node_of(object).and_then(|at| graph.get(at));
        let members = |name: &'static str| {
            let properties = node.map(|node| node.properties.as_slice()).unwrap_or_default();
            properties.iter().filter(move |(property, ..)| **property == *name).map(|(_, object, _)| object)
        };
        match node.map(|node| &*node.class).unwrap_or_default() {
            class @ ("ConjunctiveLicenseSet" | "DisjunctiveLicenseSet") => {
                let word = if class == "ConjunctiveLicenseSet" { " AND " } else { " OR " };
                let brackets = binding == Binding::Set;
                out.push_str(if brackets { "(" } else { "" });
                for (number, member) in members("member").enumerate() {
                    out.push_str(if number > 0 { word } else { "" });
                    self.write(member, Binding::Set, depth, out)?;
                }
                out.push_str(if brackets { ")" } else { "" });
            }
            "OrLaterOperator" => {
                self.write(members("member").next()?, Binding::Set, depth, out)?;
                out.push('+');
            }
            "WithExceptionOperator" => {
                self.write(members("member").next()?, Binding::Set, depth, out)?;
                out.push_str(" WITH ");
                self.write(members("licenseException").next()?, Binding::Set, depth, out)?;
            }
            "SpdxNoAssertionLicense" => out.push_str("NOASSERTION"),
            "SpdxNoneLicense" => out.push_str("NONE"),
            _ => {
                let id = ["licenseId", "licenseExceptionId"].into_iter().find_map(|name| match members(name).next() {
                    Some(Object::Literal(id)) => Some(&**id),
                    _ => None,
                });
                out.push_str(id.unwrap_or_else(|| self.name(iri.unwrap_or_default())));
            }
        }
        Some(())
    }

    /// The name of a license from its IRI.
    fn name<'t>(&self, iri: &'t str) -> &'t str {
        let own = iri.strip_prefix(self.namespace).and_then(|rest| rest.strip_prefix('#'));
        let listed = || {
            let rest = iri.strip_prefix("https://").or_else(|| iri.strip_prefix("http://"))?;
            rest.strip_prefix("spdx.org/licenses/").or_else(|| rest.strip_prefix("www.spdx.org/licenses/"))
        };
        term(iri).or(own).or_else(listed).unwrap_or(iri)
    }
}
