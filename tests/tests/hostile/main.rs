//! Hostile input: the shared suite of it, and our own fixtures broken at random.

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod suite;
