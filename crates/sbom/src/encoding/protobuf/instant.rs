//! `google.protobuf.Timestamp`, seconds and nanoseconds since 1970, and RFC 3339 text.
//! <https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp>
//!
//! The message knows no offset, so what is read back is always in UTC; and it has no leap seconds.

const DAY: i64 = 86_400;
/// Seconds of 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the first and last that the type has.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The text of an instant: `None` out of its range.
pub(super) fn text(seconds: i64, nanos: i64) -> Option<String> {
    if !RANGE.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60), second.rem_euclid(60));
    // Three digits, six or nine, as protobuf's own JSON has it.
    let fraction = match nanos {
        0 => String::new(),
        _ if nanos.rem_euclid(1_000_000) == 0 => format!(".{:03}", nanos.div_euclid(1_000_000)),
        _ if nanos.rem_euclid(1000) == 0 => format!(".{:06}", nanos.div_euclid(1000)),
        _ => format!(".{nanos:09}"),
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// Seconds and nanoseconds of a text; `None` when it is not an instant that the type has.
pub(super) fn parse(text: &str) -> Option<(i64, i64)> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let is = |at: usize, allowed: &[u8]| text.as_bytes().get(at).is_some_and(|byte| allowed.contains(byte));
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !marks || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days(year, month, day);
    if civil(days) != (year, month, day) {
        return None;
    }
    let rest = text.get(19..)?;
    let (nanos, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(fraction) => {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            let (digits, zone) = fraction.split_at_checked(end)?;
            (format!("{:0<9}", digits.get(..9).unwrap_or(digits)).parse().ok().filter(|_| end > 0)?, zone)
        }
    };
    let offset = offset(zone)?;
    let seconds = days.saturating_mul(DAY).saturating_add(hour.saturating_mul(3600));
    let seconds = seconds.saturating_add(minute.saturating_mul(60)).saturating_add(second).saturating_sub(offset);
    RANGE.contains(&seconds).then_some((seconds, nanos))
}

/// Seconds east of Greenwich: `Z`, `+hh:mm` or `-hh:mm`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" || zone == "z" {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<i64>().ok())?
    };
    let (hours, minutes) =
        (digits(hours).filter(|hours| *hours < 24)?, digits(minutes).filter(|minutes| *minutes < 60)?);
    let east = hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60));
    match sign {
        "+" => Some(east),
        "-" => Some(east.saturating_neg()),
        _ => None,
    }
}

/// Year, month and day of a day counted from 1970: whole eras of 400 years from 1 March of year 0, then what is left.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let leaps = of_era
        .saturating_sub(of_era.div_euclid(1460))
        .saturating_add(of_era.div_euclid(36_524))
        .saturating_sub(of_era.div_euclid(146_096));
    let year_of_era = leaps.div_euclid(365);
    let before = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100));
    let of_year = of_era.saturating_sub(before);
    let from_march = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year.saturating_sub(from_march.saturating_mul(153).saturating_add(2).div_euclid(5)).saturating_add(1);
    let month = if from_march < 10 { from_march.saturating_add(3) } else { from_march.saturating_sub(9) };
    let year = year_of_era.saturating_add(era.saturating_mul(400)).saturating_add(i64::from(month <= 2));
    (year, month, day)
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year.saturating_sub(i64::from(month <= 2));
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = if month > 2 { month.saturating_sub(3) } else { month.saturating_add(9) };
    let of_year = from_march.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let of_era = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100))
        .saturating_add(of_year);
    era.saturating_mul(146_097).saturating_add(of_era).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_go_there_and_back() {
        for (written, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2020-04-13T20:20:39Z", 1_586_809_239, 0),
            ("2024-02-29T23:59:59.500Z", 1_709_251_199, 500_000_000),
            ("1969-12-31T23:59:59.000001Z", -1, 1000),
            ("0001-01-01T00:00:00Z", *RANGE.start(), 0),
            ("9999-12-31T23:59:59.000000001Z", *RANGE.end(), 1),
        ] {
            assert_eq!(text(seconds, nanos).as_deref(), Some(written));
            assert_eq!(parse(written), Some((seconds, nanos)), "{written}");
        }
        for day in -800_000..800_000 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn offsets_are_taken_off() {
        assert_eq!(parse("2020-04-13T22:20:39+02:00"), Some((1_586_809_239, 0)));
        assert_eq!(parse("2020-04-13T15:20:39-05:00"), Some((1_586_809_239, 0)));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for wrong in ["", "2020-04-13", "2023-02-29T00:00:00Z", "2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        for wrong in
            ["2020-01-01T00:00:00", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00+2:00", "0000-01-01T00:00:00Z"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(text(*RANGE.end(), 1_000_000_000), None);
        assert_eq!(text(i64::MAX, 0), None);
    }
}
