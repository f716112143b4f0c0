//! Values that are several members: relationships, checksums, references, verification codes and ranges.

use std::borrow::Cow;

use super::tags::words_of;
use crate::encoding::Omissions;
use crate::encoding::spdx2::preferred;
use crate::standard::{ObjectId, Standard, Type, Words};
use crate::tree::{Members, Value};

/// Reads a tuple of an object.
pub(super) fn parse(object: ObjectId, text: &str) -> Result<Value, &'static str> {
    let standard = Standard::spdx2();
    let (Some(object), Some(words)) = (standard.object(object), standard.object(object).and_then(words_of)) else {
        return Err("not the value of a tag");
    };
    let mut members = Members::new();
    let mut rest = text.trim();
    let mut names = names(words).peekable();
    while let Some(name) = names.next() {
        let (part, after) = if names.peek().is_none() { (rest, "") } else { cut(rest, words)? };
        let field = object.fields.iter().find(|field| field.name == name).ok_or("not the value of a tag")?;
        let value = match &field.kind {
            Type::Object(id) => parse(*id, part)?,
            _ if part.is_empty() => return Err("a part of the value is missing"),
            _ if part.contains(char::is_whitespace) => return Err("the value has too many parts"),
            _ => Value::text(part),
        };
        members.push(field.name, value);
        rest = after;
    }
    Ok(Value::Object(members))
}

fn names(words: &'static Words) -> impl Iterator<Item = &'static str> {
    words.get("tuple").unwrap_or_default().split(',')
}

fn cut<'a>(text: &'a str, words: &Words) -> Result<(&'a str, &'a str), &'static str> {
    let parts = if words.has("colon") { text.split_once(':') } else { text.split_once(char::is_whitespace) };
    let (part, rest) = parts.ok_or("a part of the value is missing")?;
    Ok((part.trim(), rest.trim()))
}

/// Writes a tuple; `None` when a member that it must have is not there.
pub(super) fn format(object: ObjectId, members: &Members, omissions: &mut Omissions) -> Option<String> {
    let standard = Standard::spdx2();
    let object = standard.object(object)?;
    let words = words_of(object)?;
    let mut out = String::new();
    for name in names(words) {
        if !out.is_empty() {
            out.push_str(if words.has("colon") { ": " } else { " " });
        }
        omissions.at.push_member(name);
        let part = match (members.get(name)?, &object.fields.iter().find(|field| field.name == name)?.kind) {
            (Value::Object(inner), Type::Object(id)) => Cow::Owned(format(*id, inner, omissions)?),
            (Value::String(text), kind) if !text.is_empty() => {
                let text = spelled(kind, text, omissions);
                part(text, words.has("colon") && out.is_empty(), omissions)
            }
            _ => return None,
        };
        omissions.at.pop();
        out.push_str(&part);
    }
    for (name, _) in members.iter() {
        let has_tag = object
            .fields
            .iter()
            .any(|field| field.name == name && field.spellings.of(super::tags::TAG_VALUE).is_some());
        if !has_tag && !names(words).any(|known| known == name) {
            omissions.at.push_member(name);
            omissions.note("has no tag");
            omissions.at.pop();
        }
    }
    Some(out)
}

/// How tags spell a value.
fn spelled<'a>(kind: &Type, text: &'a str, omissions: &mut Omissions) -> &'a str {
    let Type::Enum(id) = kind else { return text };
    let Some(list) = Standard::spdx2().enumeration(*id) else { return text };
    let value = list.values.iter().find(|value| value.name == text);
    let own = value.and_then(|value| value.spellings.of(super::tags::TAG_VALUE)?.get("as")).unwrap_or(text);
    if preferred(list, own, omissions.version) != text {
        omissions.note("has one spelling in tags, which is read as that of its version");
    }
    own
}

/// A part of a tuple: what would end it is percent-encoded.
fn part<'a>(text: &'a str, colon: bool, omissions: &mut Omissions) -> Cow<'a, str> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || colon && c == ':';
    if !text.contains(ends) {
        return Cow::Borrowed(text);
    }
    omissions.note("a part of a tuple holds no spaces or control characters; they are percent-encoded");
    let mut out = String::new();
    for c in text.chars() {
        if ends(c) {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `VALUE`, `VALUE(./a)` or `VALUE (excludes: ./a, ./b)`.
pub(super) fn parse_verification_code(text: &str) -> Result<Value, &'static str> {
    let (code, excluded) = match text.split_once('(') {
        None => (text.trim(), None),
        Some((code, rest)) => (code.trim(), Some(rest.trim().strip_suffix(')').ok_or("the bracket is not closed")?)),
    };
    let mut members = Members::new();
    members.push("packageVerificationCodeValue", Value::text(code));
    if let Some(excluded) = excluded {
        let files = excluded.trim().strip_prefix("excludes:").unwrap_or(excluded).split(',').map(str::trim);
        members.set_items(
            "packageVerificationCodeExcludedFiles",
            files.filter(|file| !file.is_empty()).map(Value::text).collect(),
        );
    }
    Ok(Value::Object(members))
}

/// Writes a verification code; `None` when there is no code.
pub(super) fn format_verification_code(code: &Value, omissions: &mut Omissions) -> Option<String> {
    let value = code.text_of("packageVerificationCodeValue")?;
    if value.contains(|c: char| c == '(' || c.is_control()) || value.trim() != value {
        return None;
    }
    let known = ["packageVerificationCodeValue", "packageVerificationCodeExcludedFiles"];
    for (name, value) in code.as_object()?.iter() {
        if !known.contains(&name) || name == "packageVerificationCodeExcludedFiles" && value.as_array().is_none() {
            omissions.note("has a member that has no tag");
        }
    }
    let excluded = code.items_of("packageVerificationCodeExcludedFiles");
    let mut kept = Vec::new();
    for file in excluded {
        match file.as_str() {
            Some(file)
                if !file.is_empty()
                    && file.trim() == file
                    && !file.contains(|c: char| ",()".contains(c) || c.is_control()) =>
            {
                kept.push(file);
            }
            _ => omissions.note("the name of an excluded file has a comma, a bracket or a line end; it is left out"),
        }
    }
    if kept.is_empty() {
        if code.get("packageVerificationCodeExcludedFiles").is_some() && excluded.is_empty() {
            omissions.note("an empty list is left out");
        }
        return Some(value.to_owned());
    }
    Some(format!("{value} (excludes: {})", kept.join(", ")))
}

/// `start:end` as a range whose pointers have this member, without what they refer to.
pub(super) fn parse_range(text: &str, member: &'static str) -> Result<Value, &'static str> {
    let (start, end) = text.split_once(':').ok_or("not START:END")?;
    let mut range = Members::new();
    for (name, number) in [("startPointer", start.trim()), ("endPointer", end.trim())] {
        if number.is_empty() || number.len() > 19 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("not START:END, two whole numbers");
        }
        let number = number.trim_start_matches('0');
        let mut pointer = Members::new();
        pointer.push(member, Value::Number(if number.is_empty() { "0" } else { number }.into()));
        range.push(name, Value::Object(pointer));
    }
    Ok(Value::Object(range))
}

/// Writes a range, with the member that its pointers have; `None` when they have more than one member or another file.
pub(super) fn format_range(range: &Value, file: Option<&str>) -> Option<(&'static str, String)> {
    let pointers = [range.get("startPointer")?.as_object()?, range.get("endPointer")?.as_object()?];
    let only = |member: &str| {
        pointers.iter().all(|pointer| {
            let reference = pointer.get("reference").and_then(Value::as_str);
            pointer.len() == 2 && reference.is_some() && reference == file && pointer.has(member)
        })
    };
    let member = ["offset", "lineNumber"].into_iter().find(|member| only(member))?;
    let [start, end] = pointers.map(|pointer| match pointer.get(member) {
        Some(Value::Number(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(text),
        _ => None,
    });
    (range.as_object()?.len() == 2).then_some((member, format!("{}:{}", start?, end?)))
}
