//! Who and what made the document, and who stands behind its elements.

use jiff::Timestamp;

use super::super::carry::Carried;
use super::super::ids::digest;
use super::{CREATION_INFO, EPOCH, Writer, class, set, strings, takes};
use crate::document::{Agent, AgentKind, Tool};
use crate::tree::{Members, Value};

/// How deep contacts of contacts go.
const DEEPEST: usize = 4;

impl Writer<'_> {
    pub(super) fn creation_info(&mut self) -> Members {
        let document = self.document;
        let mut node = class("CreationInfo");
        node.set("@id", Value::text(CREATION_INFO));
        node.set("specVersion", Value::text("3.0.1"));
        node.set("created", Value::text(natural_time(document.created.as_deref())));
        let mut creators: Vec<String> = document.authors.iter().map(|agent| self.agent(agent)).collect();
        let tools: Vec<String> = document.tools.iter().map(|tool| self.tool(tool)).collect();
        if creators.is_empty() {
            // Somebody has to be named.
            let mut agent = Members::new();
            agent.set("name", Value::text(document.tools.first().map_or("unknown", |tool| tool.name.as_str())));
            creators.push(self.node("SoftwareAgent", "creator", agent));
        }
        node.set("createdBy", strings(creators));
        if !tools.is_empty() {
            node.set("createdUsing", strings(tools));
        }
        node
    }

    /// What the creation info could not say.
    pub(super) fn creation_facts(&self, carried: &mut Carried) {
        let created = self.document.created.as_deref();
        if created != Some(natural_time(created).as_str()) {
            carried.put("created", created.unwrap_or_default());
        }
    }

    pub(super) fn document_agents(&mut self, carried: &mut Carried) {
        let document = self.document;
        for (name, agent) in [("manufacturer", &document.manufacturer), ("supplier", &document.supplier)] {
            if let Some(agent) = agent {
                carried.put(name, self.agent(agent));
            }
        }
    }

    /// The IRI of an agent's node.
    pub(super) fn agent(&mut self, agent: &Agent) -> String {
        self.agent_within(agent, DEEPEST)
    }

    fn agent_within(&mut self, agent: &Agent, depth: usize) -> String {
        let mut node = Members::new();
        let mut carried = Carried::default();
        node.set("name", Value::text(agent.name.as_str()));
        let mut identifiers = Vec::new();
        identifiers.extend(agent.email.as_deref().map(|email| identifier("email", email, None)));
        identifiers.extend(agent.urls.iter().map(|url| identifier("urlScheme", url, None)));
        identifiers.extend(agent.phone.as_deref().map(|phone| identifier("other", phone, Some("phone"))));
        if !identifiers.is_empty() {
            node.set("externalIdentifier", Value::Array(identifiers));
        }
        if let Some(below) = depth.checked_sub(1) {
            for contact in &agent.contacts {
                carried.put("contact", self.agent_within(contact, below));
            }
        }
        let class = match agent.kind {
            AgentKind::Organization => "Organization",
            AgentKind::Person => "Person",
        };
        let urls = agent.urls.iter().flat_map(|url| ["url", url.as_str()]);
        let texts = [class, &agent.name]
            .into_iter()
            .chain(agent.email.as_deref().into_iter().flat_map(|email| ["email", email]));
        let texts = texts.chain(urls).chain(agent.phone.as_deref().into_iter().flat_map(|phone| ["phone", phone]));
        let what = format!("agent-{}", digest(texts.chain(carried.texts())));
        carried.add_to(&mut node);
        self.node(class, &what, node)
    }

    fn tool(&mut self, tool: &Tool) -> String {
        let mut node = Members::new();
        let mut carried = Carried::default();
        // A tool has a name only; its version is told apart by what is carried.
        let name = match &tool.version {
            Some(version) => format!("{}-{version}", tool.name),
            None => tool.name.clone(),
        };
        carried.optional("vendor", tool.vendor.as_deref());
        carried.optional("version", tool.version.as_deref());
        let what = format!("tool-{}", digest([name.as_str()].into_iter().chain(carried.texts())));
        node.set("name", Value::text(name));
        carried.add_to(&mut node);
        self.node("Tool", &what, node)
    }
}

/// An external identifier; what sort of `other` it is goes to the comment.
pub(super) fn identifier(kind: &'static str, text: &str, comment: Option<&str>) -> Value {
    let mut node = class("ExternalIdentifier");
    node.set("externalIdentifierType", Value::text(kind));
    node.set("identifier", Value::text(text));
    set(&mut node, "comment", comment);
    Value::Object(node)
}

/// A time as SPDX 3 writes it: in UTC, in whole seconds.
fn natural_time(time: Option<&str>) -> String {
    let Some(time) = time else { return EPOCH.to_owned() };
    if takes("CreationInfo", "created", time) {
        return time.to_owned();
    }
    let parsed: Option<Timestamp> = time.parse().ok();
    let natural = parsed.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    natural.filter(|time| takes("CreationInfo", "created", time)).unwrap_or_else(|| EPOCH.to_owned())
}
