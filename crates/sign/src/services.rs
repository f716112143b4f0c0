//! The services that signing asks: who certifies, who logs, who says what time it is.
//!
//! One file for each. None of them is believed: what they answer is put into a bundle, and the bundle is verified as anybody
//! else would verify it before it is given out.

pub(crate) mod attestation_store;
pub(crate) mod download;
pub(crate) mod fulcio;
pub(crate) mod http;
pub(crate) mod log_search;
pub(crate) mod rekor_v1;
pub(crate) mod rekor_v2;
pub(crate) mod timestamp;
