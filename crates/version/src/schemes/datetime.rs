//! Points in time: the VERS scheme `datetime`. RFC 3339 §5.6.
//!
//! Two texts for one instant are equal. What is not RFC 3339 sorts before all that is, by its bytes.

use crate::key::{Atom, Key, Section};
use crate::native::relations;
use crate::scan::{digits, is_number};
use crate::scheme::Rules;

pub(crate) const RULES: Rules =
    Rules { name: "datetime", aliases: &[], purl: &[], osv: &[], valid, key, native: Some(relations::symbols) };

const OTHER: u8 = 1;
const INSTANT: u8 = 2;

/// Seconds since a day before the year 0, and the digits of the fraction.
fn instant(text: &str) -> Option<(u64, &str)> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = three(date, '-', [4, 2, 2])?;
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(at)?;
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, is_number(fraction).then_some(fraction)?),
        None => (clock, ""),
    };
    let (hour, minute, second) = three(clock, ':', [2, 2, 2])?;
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !in_range {
        return None;
    }
    let seconds = days(year, month, day)?
        .checked_add(1)?
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    let seconds = match (zone.get(..1)?, zone.get(1..)?) {
        ("Z" | "z", "") => seconds,
        (sign, offset) => {
            let (hours, minutes, _) = three(&format!("{offset}:00"), ':', [2, 2, 2])?;
            let offset = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
            if hours >= 24 || minutes >= 60 {
                return None;
            }
            if sign == "+" { seconds.checked_sub(offset)? } else { seconds.checked_add(offset)? }
        }
    };
    Some((seconds, fraction.trim_end_matches('0')))
}

fn three(text: &str, separator: char, lengths: [usize; 3]) -> Option<(u64, u64, u64)> {
    let mut parts = text.split(separator);
    let mut next = |length: usize| {
        let part = parts.next()?;
        let (number, rest) = digits(part);
        (number.len() == length && rest.is_empty()).then(|| number.parse().ok()).flatten()
    };
    let [first, second, third] = lengths;
    let found = (next(first)?, next(second)?, next(third)?);
    parts.next().is_none().then_some(found)
}

/// Days of the Gregorian calendar, counted from some day before the year 0. Its years begin in March, so that a leap
/// day is the last of its year.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let shifted = (month.checked_add(9)?) % 12;
    let year = year.checked_add(if month > 2 { 400 } else { 399 })?;
    // The days before a month that begins in March: 0, 31, 61, 92, …
    let before_month = shifted.checked_mul(153)?.checked_add(2)? / 5;
    year.checked_mul(365)?
        .checked_add(year / 4)?
        .checked_sub(year / 100)?
        .checked_add(year / 400)?
        .checked_add(before_month)?
        .checked_add(day)
}

fn valid(text: &str) -> bool {
    instant(text).is_some()
}

fn key(text: &str) -> Key {
    let atoms = instant(text.trim()).map_or_else(
        || vec![Atom::text(OTHER, text)],
        |(seconds, fraction)| vec![Atom::small(INSTANT, seconds), Atom::text(INSTANT, fraction)],
    );
    Key::of([Section { atoms, pad: Atom::rank(0) }])
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::schemes::testing::*;

    #[test]
    fn instants() {
        ascending(
            Scheme::DATETIME,
            "soon 0000-01-01T00:00:00+23:59 1999-12-31T23:59:59Z 2000-01-01T00:00:00Z 2000-02-29T00:00:00Z \
             2000-03-01T00:00:00Z 2023-12-31T23:59:59.5Z 2023-12-31T23:59:59.51Z 2024-01-01T00:00:00Z",
        );
        equal(Scheme::DATETIME, "2024-01-01T00:00:00Z 2024-01-01T01:30:00+01:30 2023-12-31t23:00:00.000-01:00");
        invalid(Scheme::DATETIME, "2024 2024-01-01 2024-13-01T00:00:00Z 2024-01-01T00:00:00 2024-01-01T00:00:00+é");
    }
}
