//! The text form of messages, to and from the wire format. <https://protobuf.dev/reference/protobuf/textformat-spec/>
//!
//! Only names, braces and literals differ from the wire format, so nothing here knows of trees: text becomes bytes by the
//! names of the table, and bytes become text. Extensions and `google.protobuf.Any`, which CycloneDX does not use, are not
//! read. A field without a name is printed with its number, as protobuf does, and read back, as protobuf does not.

mod lexer;
mod print;

use lexer::{Lexer, Token};
pub(super) use print::print;

use super::table::{Form, Kind, Leaf, Message, Schema, Slot};
use super::wire::{MAX_NUMBER, put_bytes, put_fixed32, put_fixed64, put_integer, put_unsigned};
use crate::encoding::ReadError;
use crate::fault::{Fault, FaultKind};
use crate::tree::Pointer;

/// Faults that are reported.
const MOST_FAULTS: usize = 1000;

/// Messages that a field may be found in: several where the form is one of several objects, none where it is not known.
type Fields = Vec<&'static Message>;

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    schema: &'static Schema,
    most_depth: u32,
    faults: Vec<Fault>,
}

/// What a message has so far.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// Numbers that may be there once.
    once: Vec<u32>,
}

/// The messages in a field of a form.
pub(super) fn fields_of(schema: &'static Schema, slot: &'static Slot) -> Option<Fields> {
    match &slot.kind {
        Kind::Group(inner) | Kind::Each(inner) => Some(vec![inner]),
        Kind::Leaf(leaf) => match &leaf.form {
            Form::Object(id) => Some(vec![schema.message(*id)]),
            Form::OneOf(choices) => Some(choices.iter().map(|(id, _)| schema.message(*id)).collect()),
            Form::Instant | Form::Day => Some(vec![schema.timestamp()]),
            _ => None,
        },
    }
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, schema: &'static Schema, most_depth: u32) -> Self {
        Self { lexer: Lexer::new(text), token: Token::End, schema, most_depth, faults: Vec::new() }
    }

    /// The bytes of a document.
    pub(super) fn document(mut self) -> Result<(Vec<u8>, Vec<Fault>), ReadError> {
        self.advance()?;
        let root = vec![self.schema.message(self.schema.document())];
        let bytes = self.message(&root, None, 1)?;
        Ok((bytes, self.faults))
    }

    fn advance(&mut self) -> Result<Token<'a>, ReadError> {
        let next = self.lexer.next_token().map_err(|what| self.syntax(what))?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn syntax(&self, what: impl Into<String>) -> ReadError {
        let fault = Fault::new(FaultKind::Syntax, Pointer::root(), what).on_line(self.lexer.line());
        ReadError::Syntax(Box::new(fault))
    }

    fn fault(&mut self, kind: FaultKind, what: impl FnOnce() -> String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(kind, Pointer::root(), what()).on_line(self.lexer.line()));
        }
    }

    fn is(&self, mark: u8) -> bool {
        self.token == Token::Mark(mark)
    }

    fn skip(&mut self, mark: u8) -> Result<bool, ReadError> {
        let there = self.is(mark);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    /// Reads fields up to the closing mark or the end.
    fn message(&mut self, fields: &Fields, close: Option<u8>, depth: u32) -> Result<Vec<u8>, ReadError> {
        if depth > self.most_depth {
            let text = format!("more than {} messages within each other", self.most_depth);
            let fault = Fault::new(FaultKind::Limit, Pointer::root(), text).on_line(self.lexer.line());
            return Err(ReadError::Limit(Box::new(fault)));
        }
        let mut content = Content::default();
        loop {
            match (self.token, close) {
                (Token::End, None) => return Ok(content.bytes),
                (Token::End, Some(_)) => return Err(self.syntax("the text ends within a message")),
                (Token::Mark(mark), Some(close)) if mark == close => {
                    self.advance()?;
                    return Ok(content.bytes);
                }
                (Token::Word(name), _) => {
                    self.advance()?;
                    self.named(fields, name, depth, &mut content)?;
                }
                (Token::Number(number), _) => {
                    self.advance()?;
                    self.numbered(number, depth, &mut content)?;
                }
                (Token::Mark(b'['), _) => return Err(self.syntax("extensions and Any are not read")),
                _ => return Err(self.syntax("the name of a field is missing")),
            }
            // Fields may be parted by one of these.
            let _ = self.skip(b',')? || self.skip(b';')?;
        }
    }

    fn named(&mut self, fields: &Fields, name: &str, depth: u32, content: &mut Content) -> Result<(), ReadError> {
        let Some(slot) = fields.iter().find_map(|message| message.named(name)) else {
            if !fields.is_empty() {
                self.fault(FaultKind::Unknown, || format!("no field is named {name}; it is left out"));
            }
            return self.values(depth, &mut |parser, depth| parser.ignore(depth));
        };
        let once = match &slot.kind {
            Kind::Leaf(leaf) => leaf.single || !(leaf.list || leaf.repeated || matches!(leaf.form, Form::OneOf(_))),
            Kind::Group(_) => true,
            Kind::Each(_) => false,
        };
        if once {
            if content.once.contains(&slot.number) {
                self.fault(FaultKind::Duplicate, || format!("{name} is there twice"));
            }
            content.once.push(slot.number);
        }
        let mut inner = fields_of(self.schema, slot);
        if let (Kind::Each(Message { nested: true, .. }), Some(inner)) = (&slot.kind, &mut inner) {
            inner.extend(fields.iter().filter(|held| !held.nested));
        }
        self.values(depth, &mut |parser, depth| parser.value(slot, inner.as_ref(), depth, &mut content.bytes))
    }

    /// A field that is named by its number: its wire type is that of the literal.
    fn numbered(&mut self, number: &str, depth: u32, content: &mut Content) -> Result<(), ReadError> {
        let number = number.parse().ok().filter(|number| (1..=MAX_NUMBER).contains(number));
        let Some(number) = number else { return Err(self.syntax("the name of a field is missing")) };
        self.values(depth, &mut |parser, depth| {
            match parser.token {
                Token::Number(text) => match text.strip_prefix("0x") {
                    Some(digits) if digits.len() == 8 => {
                        let value = u32::from_str_radix(digits, 16).map_err(|_| parser.syntax("not a number"))?;
                        put_fixed32(&mut content.bytes, number, value);
                    }
                    Some(digits) => {
                        let value = u64::from_str_radix(digits, 16).map_err(|_| parser.syntax("not a number"))?;
                        put_fixed64(&mut content.bytes, number, value);
                    }
                    None => {
                        let value = text.parse().map_err(|_| parser.syntax("not a number"))?;
                        put_unsigned(&mut content.bytes, number, value);
                    }
                },
                Token::Text(_) => {
                    let text = parser.text()?;
                    put_bytes(&mut content.bytes, number, &text);
                    return Ok(());
                }
                _ => {
                    parser.fault(FaultKind::Unknown, || format!("field {number} is not known; it is left out"));
                    return parser.ignore(depth);
                }
            }
            parser.advance().map(drop)
        })
    }

    /// The value after a name, or each of a list of them. The colon may be missing before a message.
    fn values(
        &mut self,
        depth: u32,
        one: &mut dyn FnMut(&mut Self, u32) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if !self.skip(b':')? && !self.is(b'{') && !self.is(b'<') && !self.is(b'[') {
            return Err(self.syntax("a colon is missing"));
        }
        if !self.skip(b'[')? {
            return one(self, depth);
        }
        if self.skip(b']')? {
            return Ok(());
        }
        loop {
            one(self, depth)?;
            if self.skip(b']')? {
                return Ok(());
            }
            if !self.skip(b',')? {
                return Err(self.syntax("a list is not closed"));
            }
        }
    }

    fn value(
        &mut self,
        slot: &'static Slot,
        inner: Option<&Fields>,
        depth: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let close = match self.token {
            Token::Mark(b'{') => Some(b'}'),
            Token::Mark(b'<') => Some(b'>'),
            _ => None,
        };
        match (close, inner, &slot.kind) {
            (Some(close), Some(fields), _) => {
                self.advance()?;
                // An instant is a message that goes no deeper.
                let is_instant = matches!(slot.leaf(), Some(Leaf { form: Form::Instant | Form::Day, .. }));
                let depth = if is_instant { depth } else { depth.saturating_add(1) };
                let content = self.message(fields, Some(close), depth)?;
                put_bytes(out, slot.number, &content);
                Ok(())
            }
            (None, None, Kind::Leaf(leaf)) => self.literal(slot, leaf, out),
            _ => {
                self.fault(FaultKind::Type, || format!("{} has a value of another kind; it is left out", slot.name));
                self.ignore(depth)
            }
        }
    }

    /// Passes over a value.
    fn ignore(&mut self, depth: u32) -> Result<(), ReadError> {
        match self.token {
            Token::Mark(mark @ (b'{' | b'<')) => {
                self.advance()?;
                let close = if mark == b'{' { b'}' } else { b'>' };
                self.message(&Vec::new(), Some(close), depth.saturating_add(1)).map(drop)
            }
            Token::Mark(b'-') => {
                self.advance()?;
                self.advance().map(drop)
            }
            Token::Text(_) => self.text().map(drop),
            Token::Word(_) | Token::Number(_) => self.advance().map(drop),
            _ => Err(self.syntax("a value is missing")),
        }
    }

    /// A string, and those that follow it directly.
    fn text(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut all = Vec::new();
        while let Token::Text(raw) = self.token {
            all.extend(lexer::unescape(raw).ok_or_else(|| self.syntax("an escape that there is not"))?);
            self.advance()?;
        }
        Ok(all)
    }

    fn literal(&mut self, slot: &'static Slot, leaf: &'static Leaf, out: &mut Vec<u8>) -> Result<(), ReadError> {
        if let Token::Text(_) = self.token {
            let text = self.text()?;
            if let Form::Text | Form::Member(_) = leaf.form {
                put_bytes(out, slot.number, &text);
            } else {
                self.fault(FaultKind::Type, || format!("{} is not text; it is left out", slot.name));
            }
            return Ok(());
        }
        let negative = self.skip(b'-')?;
        let (Token::Word(text) | Token::Number(text)) = self.token else {
            return Err(self.syntax("a value is missing"));
        };
        if put_literal(self.schema, slot.number, &leaf.form, negative, text, out).is_none() {
            let kind = if let Form::Word(_) = leaf.form { FaultKind::Value } else { FaultKind::Type };
            let shown: String = text.chars().take(40).collect();
            self.fault(kind, || format!("{shown:?} is no value of {}; it is left out", slot.name));
        }
        self.advance().map(drop)
    }
}

/// Appends what a word or number means for a form; `None` when it means nothing.
fn put_literal(
    schema: &'static Schema,
    number: u32,
    form: &Form,
    negative: bool,
    text: &str,
    out: &mut Vec<u8>,
) -> Option<()> {
    match form {
        Form::Boolean => match text {
            "true" | "True" | "t" | "1" if !negative => put_unsigned(out, number, 1),
            "false" | "False" | "f" | "0" if !negative => put_unsigned(out, number, 0),
            _ => return None,
        },
        Form::Word(id) => {
            let named = schema.names(*id).number_of_name(text).filter(|_| !negative);
            put_integer(out, number, named.or_else(|| lexer::integer(negative, text).filter(is_short))?);
        }
        Form::Int32 => put_integer(out, number, lexer::integer(negative, text).filter(is_short)?),
        Form::Int64 => put_integer(out, number, lexer::integer(negative, text)?),
        // Not by way of 64 bits: a number is rounded once.
        Form::Float => {
            let value: f32 = lexer::float(text)?;
            put_fixed32(out, number, if negative { -value } else { value }.to_bits());
        }
        Form::Double => {
            let value: f64 = lexer::float(text)?;
            put_fixed64(out, number, if negative { -value } else { value }.to_bits());
        }
        _ => return None,
    }
    Some(())
}

fn is_short(value: &i64) -> bool {
    i32::try_from(*value).is_ok()
}
