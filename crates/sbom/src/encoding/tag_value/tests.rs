use plimsoll_model::Limits;

use super::*;
use crate::encoding::Parsed;
use crate::fault::FaultKind;
use crate::tree::{Pointer, Value};

fn read_text(text: &str) -> Parsed {
    read(text.as_bytes(), &Limits::DEFAULT).unwrap()
}
