//! What a validator sees: the same events from the bytes of a JSON file and from a tree.

use std::borrow::Cow;
use std::cell::Cell;

use crate::json::lexer::{Event, LexError, Lexer};
use crate::tree::Value;

/// A source of events.
pub(super) trait Events<'a> {
    /// The next event; `None` at the end.
    fn next(&mut self) -> Result<Option<Event<'a>>, LexError>;

    /// Where the last event is: a number that grows, of a byte in the file or of the event.
    fn at(&self) -> usize;

    /// The members of the object that has just begun, with their values where they are text, until `visit` says no.
    fn look(&self, visit: &mut dyn FnMut(&str, Option<&str>) -> bool);

    /// The first event inside what has just begun.
    fn first(&self) -> Option<Event<'a>>;
}

/// The events of a JSON text.
pub(super) struct TextEvents<'a> {
    lexer: Lexer<'a>,
    /// Bytes that may still be looked at ahead. Types that come last in objects inside of objects would otherwise cost
    /// the size of the file once for each level.
    ahead: Cell<usize>,
}

impl<'a> TextEvents<'a> {
    pub(super) fn new(lexer: Lexer<'a>) -> Self {
        let ahead = Cell::new(lexer.len().saturating_mul(8));
        Self { lexer, ahead }
    }
}

impl<'a> Events<'a> for TextEvents<'a> {
    fn next(&mut self) -> Result<Option<Event<'a>>, LexError> {
        self.lexer.next()
    }

    fn at(&self) -> usize {
        self.lexer.offset()
    }

    fn look(&self, visit: &mut dyn FnMut(&str, Option<&str>) -> bool) {
        let mut lexer = self.lexer.clone();
        // What is wrong further on is found when the reading gets there.
        while let Ok(Some(Event::Name(name))) = lexer.next() {
            let more = match lexer.next() {
                Ok(Some(Event::String(text))) => visit(&name, Some(&text)),
                Ok(Some(Event::BeginArray | Event::BeginObject)) => visit(&name, None) && lexer.skip().is_ok(),
                Ok(Some(_)) => visit(&name, None),
                _ => false,
            };
            if !more || lexer.offset().saturating_sub(self.lexer.offset()) > self.ahead.get() {
                break;
            }
        }
        let looked = lexer.offset().saturating_sub(self.lexer.offset());
        self.ahead.set(self.ahead.get().saturating_sub(looked));
    }

    fn first(&self) -> Option<Event<'a>> {
        self.lexer.clone().next().ok().flatten()
    }
}

/// The events of a tree.
pub(super) struct TreeEvents<'a> {
    root: Option<&'a Value>,
    /// What is open, how many of its members or items were given, and whether the name of the next was.
    open: Vec<(&'a Value, usize, bool)>,
    given: usize,
    /// Members whose names start so are left out.
    without: Option<&'static str>,
}

impl<'a> TreeEvents<'a> {
    pub(super) fn new(root: &'a Value, without: Option<&'static str>) -> Self {
        Self { root: Some(root), open: Vec::new(), given: 0, without }
    }

    fn begin(&mut self, value: &'a Value) -> Event<'a> {
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            self.open.push((value, 0, false));
        }
        event(value)
    }
}

fn event(value: &Value) -> Event<'_> {
    match value {
        Value::Null => Event::Null,
        Value::Boolean(held) => Event::Boolean(*held),
        Value::Number(text) => Event::Number(text),
        Value::String(text) => Event::String(Cow::Borrowed(text)),
        Value::Array(_) => Event::BeginArray,
        Value::Object(_) => Event::BeginObject,
    }
}

impl<'a> Events<'a> for TreeEvents<'a> {
    fn next(&mut self) -> Result<Option<Event<'a>>, LexError> {
        self.given = self.given.saturating_add(1);
        if let Some(root) = self.root.take() {
            return Ok(Some(self.begin(root)));
        }
        let Some((value, at, named)) = self.open.last_mut() else { return Ok(None) };
        let value: &'a Value = value;
        let (next, end) = match value {
            Value::Object(members) => {
                let mut member = members.nth(*at);
                while let (Some(start), Some((name, _))) = (self.without, member)
                    && name.starts_with(start)
                {
                    *at = at.saturating_add(1);
                    member = members.nth(*at);
                }
                if let Some((name, _)) = member
                    && !std::mem::replace(named, true)
                {
                    return Ok(Some(Event::Name(Cow::Borrowed(name))));
                }
                (member.map(|(_, value)| value), Event::EndObject)
            }
            Value::Array(items) => (items.get(*at), Event::EndArray),
            _ => (None, Event::Null),
        };
        *at = at.saturating_add(1);
        *named = false;
        if let Some(next) = next {
            return Ok(Some(self.begin(next)));
        }
        self.open.pop();
        Ok(Some(end))
    }

    fn at(&self) -> usize {
        self.given
    }

    fn look(&self, visit: &mut dyn FnMut(&str, Option<&str>) -> bool) {
        if let Some((Value::Object(members), ..)) = self.open.last() {
            let _ = members.iter().all(|(name, value)| visit(name, value.as_str()));
        }
    }

    fn first(&self) -> Option<Event<'a>> {
        match self.open.last()?.0 {
            Value::Array(items) => items.first().map(event),
            Value::Object(members) => members.nth(0).map(|(name, _)| Event::Name(Cow::Borrowed(name))),
            _ => None,
        }
    }
}
