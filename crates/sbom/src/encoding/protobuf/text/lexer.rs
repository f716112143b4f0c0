//! Words, numbers, strings and marks of the text form.

use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    /// A number without its sign, as it is written.
    Number(&'a str),
    /// What is between the quotes, with its escapes.
    Text(&'a str),
    Mark(u8),
    End,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(ahead)).copied()
    }

    fn step(&mut self) {
        if self.byte(0) == Some(b'\n') {
            self.line = self.line.saturating_add(1);
        }
        self.at = self.at.saturating_add(1);
    }

    fn pass(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.byte(0).is_some_and(&wanted) {
            self.step();
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn next_token(&mut self) -> Result<Token<'a>, &'static str> {
        loop {
            self.pass(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c));
            if self.byte(0) != Some(b'#') {
                break;
            }
            self.pass(|byte| byte != b'\n');
        }
        let Some(byte) = self.byte(0) else { return Ok(Token::End) };
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                Ok(Token::Word(self.pass(|byte| byte.is_ascii_alphanumeric() || byte == b'_')))
            }
            b'0'..=b'9' => Ok(Token::Number(self.number())),
            b'.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => Ok(Token::Number(self.number())),
            b'"' | b'\'' => self.string(byte),
            b'{' | b'}' | b'<' | b'>' | b'[' | b']' | b':' | b',' | b';' | b'-' => {
                self.step();
                Ok(Token::Mark(byte))
            }
            _ => Err("a character that no field starts with"),
        }
    }

    /// Digits, letters and points, and a sign after the `e` of a decimal number.
    fn number(&mut self) -> &'a str {
        let start = self.at;
        let hexadecimal = self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X'));
        let mut before = 0;
        while let Some(byte) = self.byte(0) {
            let sign = matches!(byte, b'+' | b'-') && matches!(before, b'e' | b'E') && !hexadecimal;
            if !byte.is_ascii_alphanumeric() && byte != b'.' && !sign {
                break;
            }
            before = byte;
            self.step();
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn string(&mut self, quote: u8) -> Result<Token<'a>, &'static str> {
        self.step();
        let start = self.at;
        loop {
            match self.byte(0) {
                None | Some(b'\n') => return Err("a string is not closed"),
                Some(b'\\') if self.byte(1).is_some_and(|byte| byte != b'\n') => {
                    self.step();
                    self.step();
                }
                Some(byte) if byte == quote => break,
                Some(_) => self.step(),
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.step();
        Ok(Token::Text(raw))
    }
}

/// The bytes that a string stands for; `None` for an escape that there is not.
pub(super) fn unescape(raw: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at_checked(at)?;
        out.extend_from_slice(before.as_bytes());
        let mut following = after.chars();
        let escape = following.by_ref().nth(1)?;
        rest = following.as_str();
        match escape {
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            '\\' | '\'' | '"' | '?' => out.push(u8::try_from(escape).ok()?),
            '0'..='7' => {
                let octal = after.get(1..)?;
                let end = octal.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let (digits, after) = octal.split_at_checked(end)?;
                out.push(u8::from_str_radix(digits, 8).ok()?);
                rest = after;
            }
            'x' | 'X' => {
                let end = rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                let (digits, after) = rest.split_at_checked(end)?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            'u' | 'U' => {
                let (mut value, mut after) = hexadecimal(rest, if escape == 'u' { 4 } else { 8 })?;
                // Two halves of a character of UTF-16.
                if (0xd800..0xdc00).contains(&value) {
                    let (low, end) = hexadecimal(after.strip_prefix("\\u")?, 4)?;
                    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    let high = value.checked_sub(0xd800)?;
                    (value, after) = ((high << 10 | low).checked_add(0x1_0000)?, end);
                }
                out.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            _ => return None,
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

/// So many hexadecimal digits, and what follows them.
fn hexadecimal(text: &str, count: usize) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok().zip(Some(rest)))?
}

/// A whole number: decimal, octal after `0`, hexadecimal after `0x`.
pub(super) fn integer(negative: bool, text: &str) -> Option<i64> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    i64::try_from(if negative { value.checked_neg()? } else { value }).ok()
}

/// A number, maybe with an `f` at its end, or the words for what is none.
pub(super) fn float<F: FromStr>(text: &str) -> Option<F> {
    let lower = text.to_ascii_lowercase();
    if matches!(&*lower, "inf" | "infinity" | "nan") {
        return lower.parse().ok();
    }
    // `parse` takes words as well; a number starts otherwise.
    let number = lower.strip_suffix('f').unwrap_or(&lower);
    number.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| number.parse().ok())?
}
