//! Orders and ranges versions the way each ecosystem does.
