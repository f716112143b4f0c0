//! `GeneralizedTime` with fractions of a second, as RFC 3161 §2.4.2 has it and `der` has not.
//!
//! `YYYYMMDDhhmmss[.s…]Z`: always UTC, and a fraction never ends in a zero, so that each time has one spelling.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Digits of a fraction that are read; what is finer than a nanosecond is left away.
const MAX_FRACTION: usize = 20;

/// Reads the content of a `GeneralizedTime`.
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| whole.get(range)?.parse::<i8>().ok();
    let year = whole.get(..4)?.parse::<i16>().ok()?;
    let nanoseconds = fraction.map_or(Some(0), nanoseconds)?;
    // Sixty seconds do not exist here: a leap second has no place on the time line of POSIX.
    let civil = DateTime::new(
        year,
        number(4..6)?,
        number(6..8)?,
        number(8..10)?,
        number(10..12)?,
        number(12..14)?,
        nanoseconds,
    );
    let time = civil.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (time >= Timestamp::UNIX_EPOCH).then_some(time)
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || fraction.is_empty() || fraction.len() > MAX_FRACTION || fraction.ends_with('0') {
        return None;
    }
    format!("{:0<9}", fraction.get(..9).unwrap_or(fraction)).parse().ok()
}

/// The whole seconds that a time lies between: one when it is whole itself. Certificates are valid by the second, and
/// have to be at both.
pub(super) fn seconds(time: Timestamp) -> impl Iterator<Item = u64> {
    let floor = time.as_second();
    let ceiling = (time.subsec_nanosecond() > 0).then(|| floor.saturating_add(1));
    std::iter::once(floor).chain(ceiling).filter_map(|second| u64::try_from(second).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fractions_and_nothing_else() {
        let read = |text: &str| parse(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read("20261122002505Z").as_deref(), Some("2026-11-22T00:25:05Z"));
        assert_eq!(read("20261122002505.393Z").as_deref(), Some("2026-11-22T00:25:05.393Z"));
        assert_eq!(read("20261122002505.12345678912Z").as_deref(), Some("2026-11-22T00:25:05.123456789Z"));
        assert_eq!(read("20240229000000.5Z").as_deref(), Some("2024-02-29T00:00:00.5Z"));
        for bad in [
            "",
            "Z",
            "20261122002505",
            "20261122002505.Z",
            "20261122002505.390Z",
            "20261122002505.0Z",
            "20261122002505+0100",
            "20261122002505.39-1Z",
            "202611220025Z",
            "20261322002505Z",
            "20261122002560Z",
            "20230229000000Z",
            "19691231235959Z",
            "2026112200250+Z",
            "20261122002505,5Z",
            "20261122002505.123456789123456789123Z",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_fraction_lies_between_two_seconds() {
        let at = |text: &str| seconds(text.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(at("1970-01-01T00:00:05Z"), [5]);
        assert_eq!(at("1970-01-01T00:00:05.001Z"), [5, 6]);
    }
}
