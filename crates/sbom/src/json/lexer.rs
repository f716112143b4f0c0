//! A pull lexer for JSON, strict to RFC 8259. It checks the grammar, not only the tokens: what comes out is balanced.
//!
//! Nothing is copied: strings are borrowed unless they hold an escape, numbers stay as they are written. Nesting is
//! bounded and kept on a stack of bits, so no input can exhaust the machine's stack.

mod quick;

use std::borrow::Cow;

use plimsoll_model::Limits;

use crate::fault::{Fault, FaultKind};
use crate::tree::Pointer;

/// Nesting that is never passed, whatever the limits say: the stack of open brackets is this many bits.
const DEEPEST: u32 = 128;

/// What the lexer meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// The name of a member; its value follows.
    Name(Cow<'a, str>),
    String(Cow<'a, str>),
    /// A number, as it is written.
    Number(&'a str),
    Boolean(bool),
    Null,
}

/// Where and why lexing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) offset: usize,
    pub(crate) message: &'static str,
    pub(crate) limit: bool,
}

impl LexError {
    /// The fault, with its line.
    pub(crate) fn fault(self, text: &str, pointer: Pointer) -> Fault {
        let kind = if self.limit { FaultKind::Limit } else { FaultKind::Syntax };
        Fault::new(kind, pointer, self.message).on_line(Lines::new(text).line_of(self.offset))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value must come.
    Value,
    /// A value or `]`.
    FirstItem,
    /// A name or `}`.
    FirstMember,
    /// A name must come.
    Member,
    /// `,` or the end of what is open.
    After,
}

/// The lexer.
#[derive(Clone)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where the last event began.
    start: usize,
    /// For each open bracket a bit: 1 for an object; the innermost is the lowest.
    open: u128,
    depth: u32,
    deepest: u32,
    state: State,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Self {
        let deepest = limits.depth.min(DEEPEST);
        Self { text, at: 0, start: 0, open: 0, depth: 0, deepest, state: State::Value }
    }

    /// Where the last event began.
    pub(crate) fn offset(&self) -> usize {
        self.start
    }

    /// Bytes of the text.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The next event; `None` after the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, LexError> {
        let mut byte = self.peek();
        if self.state == State::After {
            if self.depth == 0 {
                return if byte.is_none() { Ok(None) } else { Err(self.error("more text after the document")) };
            }
            match (byte, self.open & 1) {
                (Some(b','), kind) => {
                    self.at = self.at.wrapping_add(1);
                    self.state = if kind == 1 { State::Member } else { State::Value };
                    byte = self.peek();
                }
                (Some(b'}'), 1) => return Ok(Some(self.close(Event::EndObject))),
                (Some(b']'), 0) => return Ok(Some(self.close(Event::EndArray))),
                (Some(_), 1) => return Err(self.error("expected , or } here")),
                (Some(_), _) => return Err(self.error("expected , or ] here")),
                (None, _) => return Err(self.error("the text ends too early")),
            }
        }
        let Some(byte) = byte else { return Err(self.error("the text ends too early")) };
        self.start = self.at;
        match (self.state, byte) {
            (State::FirstMember, b'}') => Ok(Some(self.close(Event::EndObject))),
            (State::FirstMember | State::Member, b'"') => self.name().map(Some),
            (State::FirstMember | State::Member, _) => Err(self.error("expected the name of a member here")),
            (State::FirstItem, b']') => Ok(Some(self.close(Event::EndArray))),
            _ => self.value(byte).map(Some),
        }
    }

    /// Whether the next event ends an array.
    pub(crate) fn at_end_of_array(&mut self) -> bool {
        matches!(self.state, State::After | State::FirstItem) && self.peek() == Some(b']')
    }

    /// Whether the next value is an array.
    pub(crate) fn at_array(&mut self) -> bool {
        self.state == State::Value && self.peek() == Some(b'[')
    }

    fn error(&self, message: &'static str) -> LexError {
        LexError { offset: self.at, message, limit: false }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn word(&self) -> Option<u64> {
        let bytes = self.text.as_bytes().get(self.at..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*bytes))
    }

    fn block(&self) -> Option<&'a [u8; 16]> {
        self.text.as_bytes().get(self.at..)?.first_chunk()
    }

    /// Passes over white space; the byte after it.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        let mut byte = self.byte()?;
        if byte > b' ' {
            return Some(byte);
        }
        loop {
            if byte == b' ' {
                // Indentation: eight spaces at once.
                while let Some(word) = self.word() {
                    let spaces = (word ^ SPACES).trailing_zeros() / 8;
                    self.at = self.at.wrapping_add(spaces as usize);
                    if spaces < 8 {
                        break;
                    }
                }
                if self.byte() == Some(b' ') {
                    self.at = self.at.wrapping_add(1);
                }
            } else if matches!(byte, b'\n' | b'\r' | b'\t') {
                self.at = self.at.wrapping_add(1);
            } else {
                return Some(byte);
            }
            byte = self.byte()?;
        }
    }

    fn close(&mut self, event: Event<'a>) -> Event<'a> {
        self.start = self.at;
        self.at = self.at.wrapping_add(1);
        self.open >>= 1;
        self.depth = self.depth.saturating_sub(1);
        self.state = State::After;
        event
    }

    fn begin(&mut self, kind: u128) -> Result<(), LexError> {
        if self.depth >= self.deepest {
            return Err(LexError { offset: self.at, message: "nested too deeply (--max-depth)", limit: true });
        }
        self.at = self.at.wrapping_add(1);
        self.open = self.open << 1 | kind;
        self.depth = self.depth.wrapping_add(1);
        self.state = if kind == 1 { State::FirstMember } else { State::FirstItem };
        Ok(())
    }

    fn name(&mut self) -> Result<Event<'a>, LexError> {
        let name = self.string()?;
        self.colon()?;
        Ok(Event::Name(name))
    }

    fn value(&mut self, byte: u8) -> Result<Event<'a>, LexError> {
        match byte {
            b'{' => return self.begin(1).map(|()| Event::BeginObject),
            b'[' => return self.begin(0).map(|()| Event::BeginArray),
            _ => {}
        }
        self.state = State::After;
        match byte {
            b'"' => self.string().map(Event::String),
            b'-' | b'0'..=b'9' => self.number().map(Event::Number),
            b't' => self.literal("true", Event::Boolean(true)),
            b'f' => self.literal("false", Event::Boolean(false)),
            b'n' => self.literal("null", Event::Null),
            _ => Err(self.error("expected a value here")),
        }
    }

    fn literal(&mut self, word: &'static str, event: Event<'a>) -> Result<Event<'a>, LexError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.error("expected a value here"));
        }
        self.at = self.at.wrapping_add(word.len());
        Ok(event)
    }

    fn digits(&mut self) -> Result<(), LexError> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.error("expected a digit here"));
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at = self.at.wrapping_add(1);
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, LexError> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at = self.at.wrapping_add(1);
        }
        if self.byte() == Some(b'0') {
            self.at = self.at.wrapping_add(1);
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.error("a number does not start with 0"));
            }
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at = self.at.wrapping_add(1);
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at = self.at.wrapping_add(1);
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at = self.at.wrapping_add(1);
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// A string whose opening quote is here.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, LexError> {
        self.at = self.at.wrapping_add(1);
        let start = self.at;
        match self.plain()? {
            b'"' => {
                let text = self.text.get(start..self.at).unwrap_or_default();
                self.at = self.at.wrapping_add(1);
                Ok(Cow::Borrowed(text))
            }
            _ => self.escaped(start).map(Cow::Owned),
        }
    }

    /// Passes over text without quotes and escapes; the quote or backslash that ends it.
    #[inline]
    fn plain(&mut self) -> Result<u8, LexError> {
        // Names and most values are short.
        if let Some(word) = self.word() {
            let found = special(word);
            let byte = word.wrapping_shr(found.trailing_zeros() & 0x38) as u8;
            if found != 0 && byte == b'"' {
                self.at = self.at.wrapping_add((found.trailing_zeros() / 8) as usize);
                return Ok(byte);
            }
        }
        self.long_plain()
    }

    /// The same, where the end is not near.
    #[inline(never)]
    fn long_plain(&mut self) -> Result<u8, LexError> {
        while let Some(block) = self.block()
            && !block.iter().fold(false, |found, byte| found | is_special(*byte))
        {
            self.at = self.at.wrapping_add(16);
        }
        while let Some(word) = self.word() {
            let found = special(word);
            if found == 0 {
                self.at = self.at.wrapping_add(8);
                continue;
            }
            self.at = self.at.wrapping_add((found.trailing_zeros() / 8) as usize);
            break;
        }
        while let Some(byte) = self.byte() {
            match byte {
                b'"' | b'\\' => return Ok(byte),
                0..0x20 => return Err(self.error("a control character must be escaped")),
                _ => self.at = self.at.wrapping_add(1),
            }
        }
        Err(self.error("the text ends inside a string"))
    }

    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, LexError> {
        let mut out = self.text.get(start..self.at).unwrap_or_default().to_owned();
        loop {
            // At a backslash.
            self.at = self.at.wrapping_add(1);
            let Some(byte) = self.byte() else { return Err(self.error("the text ends inside a string")) };
            let character = match byte {
                b'"' => '"',
                b'\\' => '\\',
                b'/' => '/',
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode()?,
                _ => return Err(self.error("no such escape")),
            };
            self.at = self.at.wrapping_add(1);
            out.push(character);
            let plain = self.at;
            let end = self.plain()?;
            out.push_str(self.text.get(plain..self.at).unwrap_or_default());
            if end == b'"' {
                self.at = self.at.wrapping_add(1);
                return Ok(out);
            }
        }
    }

    /// `uXXXX`, or a pair of surrogates; stays on the last digit.
    fn unicode(&mut self) -> Result<char, LexError> {
        let first = self.hex()?;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) {
            let next = self.text.as_bytes().get(self.at.wrapping_add(1)..self.at.wrapping_add(3));
            if next != Some(br"\u") {
                return Err(self.error("half of a surrogate pair"));
            }
            self.at = self.at.wrapping_add(2);
            let second = self.hex()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("half of a surrogate pair"));
            }
            code = 0x10000_u32.wrapping_add((first & 0x3ff) << 10 | second & 0x3ff);
        }
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
    }

    /// The four digits after the `u` that is here; stays on the last.
    fn hex(&mut self) -> Result<u32, LexError> {
        let mut code = 0;
        for _ in 0..4 {
            self.at = self.at.wrapping_add(1);
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.error("expected four hexadecimal digits")) };
            code = code << 4 | digit;
        }
        Ok(code)
    }
}

/// A quote, a backslash or a control character.
#[inline]
const fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < b' ')
}

const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

/// The high bit of every byte that is a quote, a backslash or a control character. The lowest of the bits is right;
/// those above it may be false.
#[inline]
const fn special(word: u64) -> u64 {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    let quote = (word ^ QUOTES).wrapping_sub(LOW) & !(word ^ QUOTES);
    let backslash = (word ^ BACKSLASHES).wrapping_sub(LOW) & !(word ^ BACKSLASHES);
    let control = word.wrapping_sub(SPACES) & !word;
    (quote | backslash | control) & HIGH
}

/// Lines of a text, counted from 1. Asking in ascending order passes over the text once.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of an offset.
    pub(crate) fn line_of(&mut self, offset: usize) -> u32 {
        if offset < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = self.bytes.get(self.at..offset.min(self.bytes.len())).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', between).count();
        self.at = offset;
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.line
    }
}

/// The text of a file: UTF-8, its byte order mark left out, or UTF-16 that has one.
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let fault = |offset: usize, message: &str| {
        let lines = memchr::memchr_iter(b'\n', bytes.get(..offset).unwrap_or_default()).count();
        let line = u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(1);
        Fault::new(FaultKind::Syntax, Pointer::root(), message).on_line(line)
    };
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let decoded: Result<String, _> = char::decode_utf16(pairs.iter().copied().map(unit)).collect();
        match decoded {
            Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
            _ => Err(fault(0, "not UTF-16, though its byte order mark says so")),
        }
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => match std::str::from_utf8(rest) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(fault(error.valid_up_to(), "not UTF-8")),
        },
    }
}

#[cfg(test)]
mod tests;
