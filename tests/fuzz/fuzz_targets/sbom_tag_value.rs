//! SPDX in this encoding: read, judged, written, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!("../shared/round_trip.rs");

fuzz_target!(|bytes: &[u8]| round_trip(bytes, Encoding::SpdxTagValue));
