//! Provenance from the claims and the environment of a CI service.
