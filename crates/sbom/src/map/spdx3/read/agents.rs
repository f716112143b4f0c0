//! Who and what made the document.

use std::collections::HashSet;

use super::super::carry::Facts;
use super::{Reader, items, owned, text};
use crate::document::{Agent, AgentKind, Document, Tool};
use crate::tree::Members;

/// How deep contacts of contacts go; a hostile document may make a circle of them.
const DEEPEST: usize = 4;

/// Contacts that are read of one agent, so that a few that all name each other do not multiply.
const MOST_CONTACTS: usize = 16;

impl<'a> Reader<'a> {
    /// What the creation info says, which is the document's, or of a graph without one the first.
    pub(super) fn creation(&self, document: &mut Document, node: Option<&'a Members>, facts: &Facts) {
        let info = node.and_then(|node| self.graph.linked(node, "creationInfo"));
        if let Some(info) = info.or_else(|| self.graph.of_class("CreationInfo").next()) {
            document.created = owned(info, "created");
            document.tools = self.graph.all_linked(info, "createdUsing").map(tool).collect();
            let mut known: HashSet<Tool> = document.tools.iter().cloned().collect();
            for link in items(info, "createdBy") {
                match self.graph.node(link) {
                    Some(agent) if text(agent, "type") == Some("SoftwareAgent") => {
                        let made = self.software_agent(agent).filter(|tool| known.insert(tool.clone()));
                        document.tools.extend(made);
                    }
                    Some(agent) => document.authors.push(self.agent(agent)),
                    None => {}
                }
            }
        }
        if let Some(said) = facts.get("created") {
            document.created = Some(said.to_owned()).filter(|said| !said.is_empty());
        }
        let agent = |name: &str| facts.get(name).and_then(|iri| self.graph.by_id.get(iri)).map(|node| self.agent(node));
        document.manufacturer = agent("manufacturer");
        document.supplier = agent("supplier");
    }

    /// A program that made the document by itself is a tool. The one that we write when nobody is known is nobody.
    fn software_agent(&self, agent: &Members) -> Option<Tool> {
        let ours = text(agent, "spdxId").and_then(|iri| self.names.what(iri)) == Some("creator");
        (!ours).then(|| tool(agent))
    }

    pub(super) fn agent(&self, node: &'a Members) -> Agent {
        self.agent_within(node, DEEPEST)
    }

    fn agent_within(&self, node: &'a Members, depth: usize) -> Agent {
        if !self.may_copy() {
            return Agent::organization(super::id_of(node).unwrap_or_default());
        }
        let kind = if text(node, "type") == Some("Person") { AgentKind::Person } else { AgentKind::Organization };
        let mut agent = Agent { kind, name: owned(node, "name").unwrap_or_default(), ..Agent::default() };
        for identifier in self.graph.all_linked(node, "externalIdentifier") {
            let Some(value) = owned(identifier, "identifier") else { continue };
            match (text(identifier, "externalIdentifierType"), text(identifier, "comment")) {
                (Some("email"), _) if agent.email.is_none() => agent.email = Some(value),
                (Some("urlScheme"), _) => agent.urls.push(value),
                (Some("other"), Some("phone")) if agent.phone.is_none() => agent.phone = Some(value),
                _ => {}
            }
        }
        let texts = agent.urls.iter().chain(&agent.email).chain(&agent.phone).map(String::len);
        self.count_copy(texts.fold(agent.name.len(), usize::saturating_add));
        if let Some(below) = depth.checked_sub(1) {
            let facts = Facts::of(node);
            let contacts = facts.all("contact").take(MOST_CONTACTS).filter_map(|iri| self.graph.by_id.get(iri));
            agent.contacts = contacts.map(|contact| self.agent_within(contact, below)).collect();
        }
        agent
    }

    /// Who made a creation info, as SPDX 2 writes agents.
    pub(super) fn annotator(&self, info: &'a Members) -> Option<String> {
        let node = self.graph.all_linked(info, "createdBy").next()?;
        let name = text(node, "name")?;
        let kind = match text(node, "type")? {
            "Person" => "Person",
            "Organization" => "Organization",
            _ => "Tool",
        };
        let email = self.agent(node).email.filter(|_| kind != "Tool");
        Some(email.map_or_else(|| format!("{kind}: {name}"), |email| format!("{kind}: {name} ({email})")))
    }
}

fn tool(node: &Members) -> Tool {
    let facts = Facts::of(node);
    let version = facts.get("version");
    let name = text(node, "name").unwrap_or_default();
    let bare = version.and_then(|version| name.strip_suffix(version)?.strip_suffix('-'));
    Tool {
        vendor: facts.get("vendor").map(str::to_owned),
        name: bare.unwrap_or(name).to_owned(),
        version: version.map(str::to_owned),
    }
}
