//! Same input, same bytes (DESIGN §6): whatever the machine, the place, the order of files and the number of threads.

#[cfg(test)]
mod project;
#[cfg(test)]
mod runs;
