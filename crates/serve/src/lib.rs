//! HTTP API and web pages over an inventory.
//!
//! A [`Server`] listens on one address and answers from one [`plimsoll_inventory::Inventory`]: a few connections to read, one to
//! write, both behind a blocking call, as the inventory itself is synchronous. The API is one table (`api::ROUTES`): router,
//! roles and the OpenAPI document are made from it, so that they cannot differ. Without tokens it serves this machine only.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

mod access;
mod admission;
mod advisories;
mod api;
mod connection;
mod error;
mod guard;
mod listener;
mod metrics;
mod oidc;
mod options;
mod pool;
mod problem;
mod question;
mod server;
mod state;
mod tokens;
mod web;

#[cfg(test)]
mod tests;

pub use admission::{
    AdmissionCode, AdmissionOptions, AdmissionServer, Asked, Decided, ImageFault, ImageName, ImageSource, OnError,
    Rules, UnknownKinds,
};
pub use api::openapi_document;
pub use error::ServeError;
pub use oidc::OidcOptions;
pub use options::{Clock, Log, Options};
pub use server::Server;
pub use tokens::new_token;
