//! Provenance from watching a build: what it read, ran and connected to.
