//! The inventory under what happens to machines: programs killed, disks that are full or broken, many at once.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails"))]

#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod together;
#[cfg(test)]
mod worlds;
