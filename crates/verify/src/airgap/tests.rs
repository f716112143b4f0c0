//! Folders as they should be, and as they should not.
