//! Watching on Linux.

mod calls;
mod filter;
mod inspect;
mod launch;
mod pending;
mod tracer;
mod watch;

pub(super) use launch::launch;
pub(super) use tracer::trace;
