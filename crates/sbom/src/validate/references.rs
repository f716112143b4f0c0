//! The names of elements and who refers to them: unique, found, and not in circles.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::events::Events;
use super::faults::Sink;
use super::plan::Role;
use super::words::quote;
use crate::fault::FaultKind;
use crate::json::lexer::Event;
use crate::tree::Pointer;

/// Circles of dependencies that are told; one error often makes many.
const MOST_CIRCLES: usize = 20;
/// Elements of a circle that are named.
const SHOWN: usize = 6;

/// All names and references of a document.
#[derive(Default)]
pub(super) struct References<'a> {
    /// Names, each with its number. The standard's hasher: names are chosen by who wrote the file.
    names: HashMap<Cow<'a, str>, u32>,
    links: Vec<Link<'a>>,
    /// The links of one object that depends on others: the one that depends, and the range that it is in.
    edges: Vec<(usize, usize, usize)>,
    most: usize,
}

struct Link<'a> {
    text: Cow<'a, str>,
    at: usize,
    role: Role,
}

impl<'a> References<'a> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Takes the name of an element; whether it is the first of that name.
    pub(super) fn name(&mut self, text: Cow<'a, str>) -> bool {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        if self.names.len() >= self.most {
            return true;
        }
        match self.names.entry(text) {
            Entry::Occupied(_) => false,
            Entry::Vacant(new) => {
                new.insert(number);
                true
            }
        }
    }

    /// Takes a reference.
    pub(super) fn link(&mut self, text: Cow<'a, str>, at: usize, role: Role) {
        if self.links.len() < self.most {
            self.links.push(Link { text, at, role });
        }
    }

    /// How many references there are by now.
    pub(super) fn links(&self) -> usize {
        self.links.len()
    }

    /// Ends an object that says what depends on what; `start` is how many references there were when it began.
    pub(super) fn edge(&mut self, start: usize) {
        let links = self.links.get(start..).unwrap_or_default();
        if let Some(from) = links.iter().position(|link| link.role == Role::From) {
            self.edges.push((start.saturating_add(from), start, self.links.len()));
        }
    }

    /// What is wrong with them, all of it advice: the schemas do not ask.
    pub(super) fn check(&self, standard: &str, events: &mut dyn Events<'a>, sink: &mut Sink) {
        let mut advice = Vec::new();
        for link in &self.links {
            if advice.len() >= sink.advice_wanted() {
                break;
            }
            if !self.names.contains_key(&link.text) && !link.text.is_empty() && !is_elsewhere(standard, &link.text) {
                advice.push((link.at, format!("nothing in this document is named {}", quote(&link.text))));
            }
        }
        self.circles(&mut advice);
        advice.sort();
        let mut places = Places::new(events);
        for (at, message) in advice {
            let pointer = places.pointer(at);
            sink.advice(at, FaultKind::Reference, || pointer, message);
        }
    }

    /// Elements that depend on themselves.
    fn circles(&self, advice: &mut Vec<(usize, String)>) {
        let number = |link: usize| self.links.get(link).and_then(|link| self.names.get(&link.text)).copied();
        let mut graph: Vec<Vec<(u32, usize)>> = vec![Vec::new(); self.names.len()];
        for (from, start, end) in &self.edges {
            let Some(node) = number(*from).and_then(|number| graph.get_mut(number as usize)) else { continue };
            let links = self.links.get(*start..*end).unwrap_or_default().iter().enumerate();
            let to = links.filter(|(_, link)| link.role == Role::To);
            node.extend(to.filter_map(|(at, link)| Some((*self.names.get(&link.text)?, start.saturating_add(at)))));
        }
        // Depth first without recursion. 0: not seen, 1: on the way here, 2: done.
        let mut state = vec![0_u8; graph.len()];
        let mut told = 0_usize;
        for root in 0..graph.len() {
            let mut path: Vec<(usize, usize)> = vec![(root, 0)];
            if state.get(root) != Some(&0) {
                continue;
            }
            while let Some((node, next)) = path.last_mut() {
                let node = *node;
                if let Some(state) = state.get_mut(node) {
                    *state = 1;
                }
                let Some((to, link)) = graph.get(node).and_then(|edges| edges.get(*next)).copied() else {
                    if let Some(state) = state.get_mut(node) {
                        *state = 2;
                    }
                    path.pop();
                    continue;
                };
                *next = next.saturating_add(1);
                match state.get(to as usize) {
                    Some(0) => path.push((to as usize, 0)),
                    Some(1) if told < MOST_CIRCLES => {
                        told = told.saturating_add(1);
                        let start = path.iter().position(|(node, _)| *node == to as usize).unwrap_or_default();
                        let circle = path.get(start..).unwrap_or_default();
                        advice.push(self.circle(&graph, circle, link));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The words for a circle whose last step is a link.
    fn circle(&self, graph: &[Vec<(u32, usize)>], circle: &[(usize, usize)], last: usize) -> (usize, String) {
        let (at, text) = self.links.get(last).map_or((0, ""), |link| (link.at, link.text.as_ref()));
        let name = quote(text);
        if circle.len() <= 1 {
            return (at, format!("{name} depends on itself"));
        }
        // The name of each node but the first is that of the link that led to it.
        let steps = circle.iter().take(SHOWN).filter_map(|(node, next)| {
            let (_, link) = graph.get(*node)?.get(next.checked_sub(1)?)?;
            Some(quote(&self.links.get(*link)?.text))
        });
        let mut steps: Vec<String> = steps.collect();
        if circle.len() > SHOWN {
            steps.push("…".to_owned());
        }
        (at, format!("dependencies in a circle: {name} → {}", steps.join(" → ")))
    }
}

/// Whether a reference leads out of the document by its form.
fn is_elsewhere(standard: &str, text: &str) -> bool {
    match standard {
        "cyclonedx" => text.starts_with("urn:cdx:"),
        // The rules of SPDX 2 look at its references.
        _ => true,
    }
}

/// Finds the pointers of places of a source, asked in ascending order.
pub(super) struct Places<'e, 'a> {
    events: &'e mut dyn Events<'a>,
    /// For each open bracket the name of the member or the number of the item.
    path: Vec<(Option<Cow<'a, str>>, usize)>,
    /// The last event, whose place this is.
    pending: Option<Event<'a>>,
}

impl<'e, 'a> Places<'e, 'a> {
    pub(super) fn new(events: &'e mut dyn Events<'a>) -> Self {
        Self { events, path: Vec::new(), pending: None }
    }

    pub(super) fn pointer(&mut self, at: usize) -> Pointer {
        while self.events.at() < at {
            if let Some(event) = self.pending.take() {
                self.pass(event);
            }
            let Ok(Some(event)) = self.events.next() else { break };
            self.pending = Some(event);
        }
        let mut pointer = Pointer::root();
        for (name, number) in &self.path {
            match name {
                Some(name) => pointer.push_member(name),
                None => pointer.push_item(*number),
            }
        }
        pointer
    }

    fn pass(&mut self, event: Event<'a>) {
        match event {
            Event::Name(name) => {
                if let Some(last) = self.path.last_mut() {
                    last.0 = Some(name);
                }
                return;
            }
            Event::BeginObject | Event::BeginArray => return self.path.push((None, 0)),
            Event::EndObject | Event::EndArray => drop(self.path.pop()),
            _ => {}
        }
        if let Some(last) = self.path.last_mut() {
            last.1 = last.1.saturating_add(1);
        }
    }
}
