//! Instants as SPDX 2 writes them: `YYYY-MM-DDThh:mm:ssZ` (SPDX 2.3 §6.9). Other standards allow fractions and offsets.

use crate::Timestamp;

/// The instant in UTC and whole seconds; `None` when it is not one of RFC 3339.
pub(super) fn utc(text: &str) -> Option<String> {
    if Timestamp::new(text).is_ok() {
        return Some(text.to_owned());
    }
    let (local, rest) = (text.get(..19)?, text.get(19..)?);
    let local = local.replacen(['t', ' '], "T", 1);
    Timestamp::new(&format!("{local}Z")).ok()?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let moved = match zone {
        "Z" | "z" => format!("{local}Z"),
        _ => shift(&local, offset(zone)?)?,
    };
    // Below the year 0 and above 9999 there is no such text.
    Timestamp::new(&moved).ok().map(|_| moved)
}

/// Minutes east of UTC: `+05:30`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let total = i64::from(hours).checked_mul(60)?.checked_add(i64::from(minutes))?;
    (hours < 24 && minutes < 60).then_some(total.checked_mul(sign)?)
}

/// Takes an offset away from a local time that is known to be one.
fn shift(local: &str, offset: i64) -> Option<String> {
    let number = |from: usize, to: usize| local.get(from..to)?.parse::<i64>().ok();
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let minutes = number(11, 13)?.checked_mul(60)?.checked_add(number(14, 16)?)?.checked_sub(offset)?;
    let (year, month, day) = date(days.checked_add(minutes.div_euclid(1440))?)?;
    let minutes = minutes.rem_euclid(1440);
    let (hour, minute) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", number(17, 19)?))
}

/// Days since the first of March of the year 0, in the Gregorian calendar: counted from March, the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month < 3 { year.checked_sub(1)? } else { year };
    let month = month.checked_add(9)?.rem_euclid(12);
    let leaps = year.div_euclid(4).checked_sub(year.div_euclid(100))?.checked_add(year.div_euclid(400))?;
    let before = month.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    year.checked_mul(365)?.checked_add(leaps)?.checked_add(before)?.checked_add(day)?.checked_sub(1)
}

/// The inverse of [`days`].
fn date(days: i64) -> Option<(i64, i64, i64)> {
    // The mean year has 365.2425 days; the guess is off by one at most.
    let mut year = days.checked_mul(10_000)?.div_euclid(3_652_425);
    let start = |year: i64| self::days(year, 3, 1);
    if start(year.checked_add(1)?)? <= days {
        year = year.checked_add(1)?;
    } else if start(year)? > days {
        year = year.checked_sub(1)?;
    }
    let rest = days.checked_sub(start(year)?)?;
    let month = rest.checked_mul(5)?.checked_add(2)?.div_euclid(153);
    let day = rest.checked_sub(month.checked_mul(153)?.checked_add(2)?.div_euclid(5))?.checked_add(1)?;
    let year = if month >= 10 { year.checked_add(1)? } else { year };
    Some((year, month.checked_add(2)?.rem_euclid(12).checked_add(1)?, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_fractions() {
        for (text, want) in [
            ("2026-11-22T02:19:00Z", Some("2026-11-22T02:19:00Z")),
            ("2022-12-27T23:08:17.349368Z", Some("2022-12-27T23:08:17Z")),
            ("2020-04-13T20:20:39+00:00", Some("2020-04-13T20:20:39Z")),
            ("2024-02-29T23:30:00-01:00", Some("2024-03-01T00:30:00Z")),
            ("2023-03-01T00:30:00+01:00", Some("2023-02-28T23:30:00Z")),
            ("2024-01-01T00:00:00.5+05:30", Some("2023-12-31T18:30:00Z")),
            ("2000-03-01T00:00:00+00:01", Some("2000-02-29T23:59:00Z")),
            ("2024-13-01T00:00:00+00:00", None),
            ("2024-01-01", None),
            ("2024-01-01T00:00:00", None),
            ("0000-01-01T00:00:00+01:00", None),
            ("ééééééééééééééé", None),
        ] {
            assert_eq!(utc(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn days_and_dates_are_inverse() {
        let mut last = days(1599, 12, 31).unwrap();
        for year in 1600..2410 {
            for (month, count) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
                let leap = month == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                for day in 1..=count + i64::from(leap) {
                    let month = i64::try_from(month).unwrap() + 1;
                    last += 1;
                    assert_eq!(days(year, month, day), Some(last));
                    assert_eq!(date(last), Some((year, month, day)));
                }
            }
        }
    }
}
