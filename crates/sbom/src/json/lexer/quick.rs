//! What [`Lexer::next`] does, for what large documents are full of: names, strings, and values that nobody wants.
//!
//! Each of these looks for the usual case and leaves every other, errors among them, to `next`.

use std::borrow::Cow;

use super::{Event, LexError, Lexer, State};

impl<'a> Lexer<'a> {
    /// Inside an object: the name of the next member, `None` at its end.
    #[inline]
    pub(crate) fn member(&mut self) -> Result<Option<Cow<'a, str>>, LexError> {
        if self.at_name() {
            self.start = self.at;
            let name = self.string()?;
            self.colon()?;
            return Ok(Some(name));
        }
        match self.next()? {
            Some(Event::Name(name)) => Ok(Some(name)),
            _ => Ok(None),
        }
    }

    /// The next value where it is a string; else nothing is read.
    #[inline]
    pub(crate) fn string_here(&mut self) -> Result<Option<Cow<'a, str>>, LexError> {
        if !self.at_value() || self.byte() != Some(b'"') {
            return Ok(None);
        }
        self.start = self.at;
        self.state = State::After;
        self.string().map(Some)
    }

    /// Passes over the rest of the value whose first event was the last one; it must have been the start of an object
    /// or array.
    pub(crate) fn skip(&mut self) -> Result<(), LexError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if self.open & 1 == 1 && self.at_name() {
                self.pass_string()?;
                self.colon()?;
            }
            if self.at_value() && self.byte() == Some(b'"') {
                self.state = State::After;
                self.pass_string()?;
            } else {
                self.next()?;
            }
        }
        Ok(())
    }

    /// Passes over the next value.
    pub(crate) fn pass(&mut self) -> Result<(), LexError> {
        if self.at_value() && self.byte() == Some(b'"') {
            self.start = self.at;
            self.state = State::After;
            return self.pass_string();
        }
        match self.next()? {
            Some(Event::BeginObject | Event::BeginArray) => self.skip(),
            _ => Ok(()),
        }
    }

    /// Goes to where the name of a member begins, if one comes next.
    #[inline]
    fn at_name(&mut self) -> bool {
        if self.open & 1 == 0 {
            return false;
        }
        match (self.state, self.peek()) {
            (State::FirstMember | State::Member, byte) => byte == Some(b'"'),
            (State::After, Some(b',')) => {
                self.at = self.at.wrapping_add(1);
                self.state = State::Member;
                self.peek() == Some(b'"')
            }
            _ => false,
        }
    }

    /// Goes to where a value begins, if one comes next.
    #[inline]
    fn at_value(&mut self) -> bool {
        match (self.state, self.peek()) {
            (State::Value, byte) => byte.is_some(),
            (State::FirstItem, byte) => byte.is_some_and(|byte| byte != b']'),
            (State::After, Some(b',')) if self.depth > 0 && self.open & 1 == 0 => {
                self.at = self.at.wrapping_add(1);
                self.state = State::Value;
                self.peek().is_some()
            }
            _ => false,
        }
    }

    /// Passes over the string whose opening quote is here.
    #[inline]
    fn pass_string(&mut self) -> Result<(), LexError> {
        self.at = self.at.wrapping_add(1);
        let start = self.at;
        if self.plain()? == b'"' {
            self.at = self.at.wrapping_add(1);
            return Ok(());
        }
        self.escaped(start).map(drop)
    }

    /// The colon after a name.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), LexError> {
        if self.peek() != Some(b':') {
            return Err(self.error("expected : here"));
        }
        self.at = self.at.wrapping_add(1);
        self.state = State::Value;
        Ok(())
    }
}
