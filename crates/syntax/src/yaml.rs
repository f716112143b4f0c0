//! YAML 1.2 (<https://yaml.org/spec/1.2.2/>) as lines, scalars, sequences and mappings.
//!
//! Scalars keep their text: a version `1.10` is "1.10", whatever number the core schema makes of it. An alias is
//! the node it names, shared, and costs as many nodes as that has, so that a bomb of aliases runs out of budget.
//! Merge keys (`<<`) are entries like others; [`Node::get_merged`] follows them.

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_model::Limits;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Error, depth_limit, line_number};

/// Bytes of text that cost as much as a node when an alias repeats them.
const BYTES_PER_NODE: usize = 64;

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    line: u32,
    value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing, `~` or `null`; as a key, only nothing.
    Null,
    /// A scalar.
    Scalar {
        /// Its text, without quotes and escapes.
        text: Arc<str>,
        /// It was written without quotes, so a number or boolean may be meant.
        plain: bool,
    },
    /// A sequence.
    Sequence(Arc<[Node]>),
    /// A mapping, in the order of the file, duplicates kept.
    Mapping(Arc<[(Node, Node)]>),
}

impl Node {
    /// The line where it starts, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What it is.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The text of a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// `true` or `false`, without quotes.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Scalar { text, plain: true } => match &**text {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The nodes of a sequence.
    #[must_use]
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Node, Node)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The value of a key of a mapping; of its first one. Looks at every entry.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The text of a scalar value of a mapping.
    #[must_use]
    pub fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The value of a key of a mapping, or of the mappings that it merges with `<<`, one level deep.
    #[must_use]
    pub fn get_merged(&self, key: &str) -> Option<&Node> {
        self.get(key).or_else(|| {
            let merged = self.get("<<")?;
            merged.get(key).or_else(|| merged.items().find_map(|node| node.get(key)))
        })
    }

    /// The nodes of a sequence; none when it is something else.
    pub fn items(&self) -> std::slice::Iter<'_, Node> {
        self.as_seq().unwrap_or_default().iter()
    }

    /// The entries of a mapping whose keys are scalars; none when it is something else.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.as_map().unwrap_or_default().iter().filter_map(|(key, value)| key.as_str().map(|key| (key, value)))
    }
}

/// Reads all documents of a text that must be valid from end to end.
///
/// # Errors
/// It is not YAML, or is over a limit.
pub fn parse(text: &str, limits: &Limits) -> Result<Vec<Node>, Error> {
    match parse_partial(text, limits) {
        (documents, None) => Ok(documents),
        (_, Some(error)) => Err(error),
    }
}

/// Reads what comes before the first fault, and gives the fault. What was open at the fault is closed.
#[must_use]
pub fn parse_partial(text: &str, limits: &Limits) -> (Vec<Node>, Option<Error>) {
    let mut builder = Builder {
        max_depth: depth_limit(limits),
        nodes_left: limits.yaml_nodes,
        stack: Vec::new(),
        anchors: HashMap::new(),
        documents: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut fault = None;
    while let Some(result) = parser.next_event() {
        let step = result.map_err(|error| from_scan(&error)).and_then(|(event, span)| builder.event(event, span));
        if let Err(error) = step {
            fault = Some(error);
            break;
        }
    }
    while let Some(frame) = builder.stack.pop() {
        builder.close(frame);
    }
    (builder.documents, fault)
}

fn from_scan(error: &ScanError) -> Error {
    let line = line_number(error.marker().line());
    match error.info() {
        "recursion limit exceeded" => Error::TooDeep { line },
        info => Error::syntax(line, info),
    }
}

/// A node that is whole, with what an alias to it costs.
#[derive(Clone)]
struct Built {
    node: Node,
    cost: u64,
    height: usize,
}

struct Frame {
    line: u32,
    anchor: usize,
    cost: u64,
    height: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>, Option<Node>),
}

struct Builder {
    max_depth: usize,
    nodes_left: u64,
    stack: Vec<Frame>,
    /// Only looked up, never walked.
    anchors: HashMap<usize, Built>,
    documents: Vec<Node>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let line = line_number(span.start.line());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(1)?;
                let plain = style == ScalarStyle::Plain && !tag.is_some_and(|tag| is_string(&tag));
                let cost = u64::try_from(text.len() / BYTES_PER_NODE).unwrap_or(u64::MAX).saturating_add(1);
                let value = if plain && self.is_null(&text) {
                    Value::Null
                } else {
                    Value::Scalar { text: Arc::from(text), plain }
                };
                self.add(Built { node: Node { line, value }, cost, height: 0 }, anchor);
                Ok(())
            }
            Event::SequenceStart(anchor, _) => self.open(line, anchor, Content::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(line, anchor, Content::Mapping(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.stack.pop() {
                    self.close(frame);
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(line, anchor),
            // Anchors do not reach into the next document (YAML 1.2.2 §7.1).
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// As a key, `null` and `~` are names: there is a package called `null`.
    fn is_null(&self, text: &str) -> bool {
        let is_key = matches!(self.stack.last(), Some(Frame { content: Content::Mapping(_, None), .. }));
        text.is_empty() || !is_key && matches!(text, "~" | "null" | "Null" | "NULL")
    }

    fn spend(&mut self, nodes: u64) -> Result<(), Error> {
        self.nodes_left = self.nodes_left.checked_sub(nodes).ok_or(Error::TooManyNodes)?;
        Ok(())
    }

    fn open(&mut self, line: u32, anchor: usize, content: Content) -> Result<(), Error> {
        self.spend(1)?;
        if self.stack.len() >= self.max_depth {
            return Err(Error::TooDeep { line });
        }
        self.stack.push(Frame { line, anchor, cost: 1, height: 0, content });
        Ok(())
    }

    fn close(&mut self, frame: Frame) {
        let Frame { line, anchor, cost, height, content } = frame;
        let value = match content {
            Content::Sequence(nodes) => Value::Sequence(nodes.into()),
            Content::Mapping(mut entries, key) => {
                // Only at a fault: a key whose value was not reached.
                entries.extend(key.map(|key| (key, Node { line, value: Value::Null })));
                Value::Mapping(entries.into())
            }
        };
        self.add(Built { node: Node { line, value }, cost, height }, anchor);
    }

    fn alias(&mut self, line: u32, anchor: usize) -> Result<(), Error> {
        let Some(mut target) = self.anchors.get(&anchor).cloned() else {
            return Err(Error::syntax(line, "alias to a node that is not complete"));
        };
        self.spend(target.cost)?;
        if self.stack.len().saturating_add(target.height) > self.max_depth {
            return Err(Error::TooDeep { line });
        }
        target.node.line = line;
        self.add(target, 0);
        Ok(())
    }

    /// Puts a whole node into what is open, or makes it a document.
    fn add(&mut self, built: Built, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(built.node);
            return;
        };
        frame.cost = frame.cost.saturating_add(built.cost);
        frame.height = frame.height.max(built.height.saturating_add(1));
        match &mut frame.content {
            Content::Sequence(nodes) => nodes.push(built.node),
            Content::Mapping(entries, key) => match key.take() {
                None => *key = Some(built.node),
                Some(key) => entries.push((key, built.node)),
            },
        }
    }
}

fn is_string(tag: &Tag) -> bool {
    tag.suffix == "str" || (tag.handle.is_empty() || tag.handle == "!") && tag.suffix.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::DEFAULT;

    fn one(text: &str) -> Node {
        let mut documents = parse(text, &LIMITS).unwrap();
        assert_eq!(documents.len(), 1);
        documents.pop().unwrap()
    }

    #[test]
    fn scalars_keep_their_text() {
        let root =
            one("\u{feff}version: 1.10\nquoted: '1.10'\nnone: null\nnull: ~\nflag: true\ntext: \"true\"\nempty:\n");
        assert_eq!(root.get("version").unwrap().value(), &Value::Scalar { text: "1.10".into(), plain: true });
        assert_eq!(root.get("quoted").unwrap().value(), &Value::Scalar { text: "1.10".into(), plain: false });
        assert!(root.get("none").unwrap().is_null() && root.get("empty").unwrap().is_null());
        assert!(root.get("null").unwrap().is_null());
        assert_eq!(root.get("flag").unwrap().as_bool(), Some(true));
        assert_eq!(root.get("text").unwrap().as_bool(), None);
        assert_eq!(root.get("flag").unwrap().line(), 5);
    }

    #[test]
    fn keeps_order_and_documents() {
        let documents = parse("b: [1, {x: y}]\na:\n  - z\n---\n- 2\n", &LIMITS).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].entries().map(|(key, _)| key).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(documents[0].get("b").unwrap().items().nth(1).unwrap().get_str("x"), Some("y"));
        assert_eq!(documents[1].as_seq().unwrap()[0].as_str(), Some("2"));
        assert_eq!(documents[1].line(), 5);
    }

    #[test]
    fn aliases_and_merge_keys() {
        let root = one("base: &b {v: '1'}\nx:\n  <<: *b\n  n: a\ny:\n  <<: [*b]\n");
        assert_eq!(root.get("x").unwrap().get("v"), None);
        assert_eq!(root.get("x").unwrap().get_merged("v").unwrap().as_str(), Some("1"));
        assert_eq!(root.get("y").unwrap().get_merged("v").unwrap().as_str(), Some("1"));
        assert!(parse("a: &a [*a]", &LIMITS).is_err());
        assert!(parse("a: *none", &LIMITS).is_err());
    }

    #[test]
    fn what_came_before_a_fault_is_kept() {
        let (documents, error) = parse_partial("a: 1\nb:\n  - x\n  - }\n", &LIMITS);
        assert_eq!(error.unwrap().line(), Some(4));
        assert_eq!(documents[0].get_str("a"), Some("1"));
        assert_eq!(documents[0].get("b").unwrap().items().count(), 1);
    }

    #[test]
    fn alias_bombs_run_out_of_budget() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", ")));
        }
        assert_eq!(parse(&text, &LIMITS), Err(Error::TooManyNodes));
        let long = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), "*a, ".repeat(1000));
        assert_eq!(parse(&long, &LIMITS), Err(Error::TooManyNodes));
        let mut deep = String::from("a0: &a0 [x]\n");
        for n in 1..200 {
            deep.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
        }
        assert!(matches!(parse(&deep, &LIMITS), Err(Error::TooDeep { .. })));
    }

    #[test]
    fn hostile_depth_is_refused() {
        for part in ["[", "{", "- ", "{a: ", "? ", "[{"] {
            let (_, error) = parse_partial(&part.repeat(100_000), &LIMITS);
            assert!(error.is_some(), "{part}");
        }
        assert!(matches!(parse(&"[".repeat(100_000), &LIMITS), Err(Error::TooDeep { .. })));
        let mut block = String::new();
        for n in 0..2000 {
            block.push_str(&format!("{}a:\n", " ".repeat(n)));
        }
        assert!(matches!(parse(&block, &LIMITS), Err(Error::TooDeep { .. })));
        let fine = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert!(parse(&fine, &LIMITS).is_ok());
    }
}
