//! Same input, same bytes (DESIGN §6): whatever the machine, the place, the order of files and the number of threads.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

#[cfg(test)]
mod cache;
#[cfg(test)]
mod image;
#[cfg(test)]
mod project;
#[cfg(test)]
mod runs;
