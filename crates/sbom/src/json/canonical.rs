//! The canonical form of JSON (RFC 8785, JCS): the bytes that embedded signatures (JSF) and content ids are made of.
//!
//! Members are sorted by the UTF-16 code units of their names, nothing is indented, and numbers are written as
//! ECMAScript writes them. A number that a double cannot hold exactly is refused, as its canonical form would say
//! something else (RFC 8785 §3.2.2.3).

use std::fmt::Write;

use crate::tree::{Pointer, Value};

/// The greatest integer up to which every integer is a double.
const MOST_INTEGER: f64 = 9_007_199_254_740_992.0;

/// A value that has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {text} is not exact as a double, so it has no canonical form")]
pub struct CanonicalError {
    /// Where it is.
    pub pointer: Pointer,
    /// The number.
    pub text: String,
}

/// The canonical form of a tree.
///
/// # Errors
/// A number has none.
pub fn canonical(tree: &Value) -> Result<String, CanonicalError> {
    let mut out = String::new();
    write(tree, &mut out, &mut Pointer::root())?;
    Ok(out)
}

/// Readers bound how deep a tree is, so this recursion is bounded too.
fn write(tree: &Value, out: &mut String, at: &mut Pointer) -> Result<(), CanonicalError> {
    match tree {
        Value::Null => out.push_str("null"),
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => {
            let exact = number(text).ok_or_else(|| CanonicalError { pointer: at.clone(), text: text.to_string() })?;
            out.push_str(&exact);
        }
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                at.push_item(place);
                write(item, out, at)?;
                at.pop();
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&str, &Value)> = members.iter().collect();
            sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push('{');
            for (place, (name, value)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                at.push_member(name);
                write(value, out, at)?;
                at.pop();
            }
            out.push('}');
        }
    }
    Ok(())
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// A number as ECMAScript writes it (ECMA-262 §6.1.6.1.20); `None` when a double does not hold it.
fn number(text: &str) -> Option<String> {
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let is_integer = !text.contains(['.', 'e', 'E']);
    if is_integer && value.abs() > MOST_INTEGER {
        return None;
    }
    if value == 0.0 {
        return Some("0".to_owned());
    }
    // `d.ddde±x` with the fewest digits that read back as the same double.
    let shortest = format!("{:e}", value.abs());
    let (digits, exponent) = shortest.split_once('e')?;
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().ok()?;
    let count = i32::try_from(digits.len()).ok()?;
    // The place of the point, counted from the first digit.
    let point = exponent.checked_add(1)?;
    let body = if (1..=21).contains(&point) {
        if count <= point {
            let zeros = usize::try_from(point.checked_sub(count)?).ok()?;
            digits + &"0".repeat(zeros)
        } else {
            let (whole, fraction) = digits.split_at_checked(usize::try_from(point).ok()?)?;
            format!("{whole}.{fraction}")
        }
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", "0".repeat(usize::try_from(point.checked_neg()?).ok()?))
    } else {
        let (first, rest) = digits.split_at_checked(1)?;
        let sign = if exponent < 0 { '-' } else { '+' };
        let point = if rest.is_empty() { "" } else { "." };
        format!("{first}{point}{rest}e{sign}{}", exponent.unsigned_abs())
    };
    Some(if value < 0.0 { format!("-{body}") } else { body })
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Limits;

    use super::*;
    use crate::standard::Standard;

    fn of(text: &str) -> Result<String, CanonicalError> {
        let tree = crate::json::tree(text, Standard::cyclonedx(), &Limits::DEFAULT, &mut Vec::new()).unwrap();
        canonical(&tree)
    }

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 8785 §3.2.2.
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let want = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(of(text).unwrap(), want);
    }

    #[test]
    fn members_are_sorted_by_their_utf_16() {
        // RFC 8785 §3.2.3.
        let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        let sorted = of(text).unwrap();
        let values: Vec<&str> =
            sorted.trim_matches(['{', '}']).split(',').filter_map(|pair| pair.rsplit(':').next()).collect();
        assert_eq!(values, ["2", "4", "6", "7", "1", "5", "3"]);
    }

    #[test]
    fn numbers_as_ecmascript_writes_them() {
        // RFC 8785 appendix B, and the edges of the forms.
        for (text, want) in [
            ("-0", "0"),
            ("5e-324", "5e-324"),
            ("-5e-324", "-5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740992", "9007199254740992"),
            ("295147905179352830000.0", "295147905179352830000"),
            ("9.999999999999997e22", "9.999999999999997e+22"),
            ("1e21", "1e+21"),
            ("999999999999999700000.0", "999999999999999700000"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("333333333.33333325", "333333333.33333325"),
            ("0.9", "0.9"),
            ("100", "100"),
        ] {
            assert_eq!(number(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn what_a_double_cannot_hold_is_refused() {
        let error = of(r#"{"a": [1, 9007199254740993123]}"#).unwrap_err();
        assert_eq!(error.pointer.to_string(), "/a/1");
    }
}
