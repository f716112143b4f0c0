//! The shape of the repository: layers, places, names and sizes (DESIGN §2, HOUSE §1).

#[cfg(test)]
mod crates;
#[cfg(test)]
mod files;
#[cfg(test)]
mod formats;
