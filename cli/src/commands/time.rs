//! The time of a document: the only place where the clock and `SOURCE_DATE_EPOCH` are read.

use jiff::Timestamp as Instant;
use plimsoll_sbom::Timestamp;

use crate::failure::Failure;

/// `--timestamp`, else `SOURCE_DATE_EPOCH`, else none.
pub(super) fn timestamp(flag: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let instant = match (flag, std::env::var("SOURCE_DATE_EPOCH").ok()) {
        (Some("now"), _) => Instant::now(),
        (Some(text), _) => text
            .parse()
            .map_err(|_| Failure::usage(format!("--timestamp {text}: neither `now` nor an RFC 3339 time")))?,
        (None, Some(seconds)) => seconds
            .trim()
            .parse::<i64>()
            .ok()
            .and_then(|seconds| Instant::from_second(seconds).ok())
            .ok_or_else(|| Failure::usage(format!("SOURCE_DATE_EPOCH={seconds}: not a count of seconds")))?,
        (None, None) => return Ok(None),
    };
    let text = instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Timestamp::new(&text).map(Some).map_err(|error| Failure::usage(error.to_string()))
}
