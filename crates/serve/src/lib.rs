//! HTTP API and web pages over an inventory.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod server;
mod web;

pub use server::AppState;
