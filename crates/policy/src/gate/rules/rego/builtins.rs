//! Functions of Rego that have to give the same for the same decision.

use jiff::{SignedDuration, Timestamp};
use regorus::{Engine, Value};

/// Puts them in. The clock is the time of the decision.
pub(super) fn add(engine: &mut Engine, at: Timestamp) -> Result<(), String> {
    let now = nanoseconds(at);
    engine
        .add_extension("time.now_ns".into(), 0, Box::new(move |_: Vec<Value>| Ok(now.clone())))
        .map_err(|error| error.to_string())?;
    let parse =
        |values: Vec<Value>| Ok(text(&values).and_then(|text| text.parse().ok()).map_or(Value::Undefined, nanoseconds));
    engine.add_extension("time.parse_rfc3339_ns".into(), 1, Box::new(parse)).map_err(|error| error.to_string())?;
    let parse = |values: Vec<Value>| Ok(text(&values).and_then(duration).map_or(Value::Undefined, Value::from));
    engine.add_extension("time.parse_duration_ns".into(), 1, Box::new(parse)).map_err(|error| error.to_string())?;
    let chance = |_: Vec<Value>| Ok(Value::Undefined);
    engine.add_extension("rand.intn".into(), 2, Box::new(chance)).map_err(|error| error.to_string())
}

fn nanoseconds(time: Timestamp) -> Value {
    i64::try_from(time.as_nanosecond()).map_or(Value::Undefined, Value::from)
}

fn text(values: &[Value]) -> Option<&str> {
    values.first().and_then(|value| value.as_string().ok()).map(|text| text.as_ref())
}

/// `1h30m`, as Go writes it.
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut all = SignedDuration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(unit)?;
        let unit = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let seconds: f64 = number.parse().ok()?;
        all = all.checked_add(SignedDuration::try_from_secs_f64(seconds * unit).ok()?)?;
        rest = next;
    }
    let nanoseconds = i64::try_from(all.as_nanos()).ok()?;
    if negative { nanoseconds.checked_neg() } else { Some(nanoseconds) }
}
