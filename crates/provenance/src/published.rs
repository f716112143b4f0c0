//! Provenance that registries hold for the components of an SBOM.
