//! A tree to YAML.

use std::io::{self, BufWriter, Write};

use crate::standard::Standard;
use crate::tree::Value;

/// Writes a document.
pub(in crate::encoding) fn write(tree: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match tree {
        Value::Object(members) if !members.is_empty() => block(&mut out, tree, 0, false)?,
        other => inline(&mut out, other)?,
    }
    out.flush()
}

/// Writes what has lines of its own. After the `- ` of an item the first line is begun already. Readers bound how deep
/// a tree is, so this recursion is bounded too.
fn block(out: &mut dyn Write, value: &Value, depth: usize, mut begun: bool) -> io::Result<()> {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter() {
                if !std::mem::take(&mut begun) {
                    indent(out, depth)?;
                }
                // Names of the tables are letters and need no quotes, `$schema` neither.
                match Standard::spdx2().known_name(name) {
                    Some(known) => out.write_all(known.as_bytes())?,
                    None => quoted(out, name)?,
                }
                out.write_all(b":")?;
                member(out, value, depth)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                if !std::mem::take(&mut begun) {
                    indent(out, depth)?;
                }
                out.write_all(b"- ")?;
                if has_lines(item) {
                    block(out, item, depth.saturating_add(1), true)?;
                } else {
                    inline(out, item)?;
                }
            }
        }
        other => inline(out, other)?,
    }
    Ok(())
}

fn member(out: &mut dyn Write, value: &Value, depth: usize) -> io::Result<()> {
    if has_lines(value) {
        out.write_all(b"\n")?;
        return block(out, value, depth.saturating_add(1), false);
    }
    out.write_all(b" ")?;
    inline(out, value)
}

fn has_lines(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn indent(out: &mut dyn Write, depth: usize) -> io::Result<()> {
    (0..depth).try_for_each(|_| out.write_all(b"  "))
}

/// Writes what fits on the line, and ends it.
fn inline(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    match value {
        Value::Null => out.write_all(b"null")?,
        Value::Boolean(value) => write!(out, "{value}")?,
        Value::Number(text) => out.write_all(text.as_bytes())?,
        Value::String(text) => quoted(out, text)?,
        Value::Array(_) => out.write_all(b"[]")?,
        Value::Object(_) => out.write_all(b"{}")?,
    }
    out.write_all(b"\n")
}

/// A double-quoted scalar (YAML 1.2.2 §7.3.1). What is not printable, or reorders text, is escaped.
fn quoted(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text;
    while let Some(at) = rest.find(escaped) {
        let (plain, after) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let mut characters = after.chars();
        match characters.next() {
            Some('"') => out.write_all(b"\\\"")?,
            Some('\\') => out.write_all(b"\\\\")?,
            Some('\n') => out.write_all(b"\\n")?,
            Some('\r') => out.write_all(b"\\r")?,
            Some('\t') => out.write_all(b"\\t")?,
            Some(other) if u32::from(other) > 0xffff => write!(out, "\\U{:08x}", u32::from(other))?,
            Some(other) => write!(out, "\\u{:04x}", u32::from(other))?,
            None => {}
        }
        rest = characters.as_str();
    }
    out.write_all(rest.as_bytes())?;
    out.write_all(b"\"")
}

fn escaped(c: char) -> bool {
    c.is_control()
        || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
