//! Fields of Protocol Buffers messages, by position: a model's weights are one field, which is stepped over.
//! <https://protobuf.dev/programming-guides/encoding/>

use plimsoll_extract::ExtractError;
use plimsoll_extract::prelude::{File, ReadError};

use crate::cursor::Cursor;

/// Longest tag with the longest number after it.
const HEAD: usize = 20;
/// Most bytes of a text that is read.
const MAX_TEXT: u64 = 64 << 10;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u64),
    /// A text, bytes or message: where it is in the file.
    Bytes(Place),
}

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    start: u64,
    end: u64,
}

impl Place {
    /// The whole file.
    pub(crate) fn whole(file: &File<'_>) -> Self {
        Self { start: 0, end: file.len() }
    }

    /// Its bytes, at most so many.
    pub(crate) fn bytes(self, file: &File<'_>, limit: u64) -> Result<Vec<u8>, ExtractError> {
        Ok(file.range(self.start, self.end.saturating_sub(self.start).min(limit))?)
    }

    /// Its bytes as text; `None` when there are too many.
    pub(crate) fn text(self, file: &File<'_>) -> Result<Option<String>, ExtractError> {
        let length = self.end.saturating_sub(self.start);
        if length > MAX_TEXT {
            return Ok(None);
        }
        let bytes = file.range(self.start, length)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|text| !text.trim().is_empty()))
    }
}

/// Goes through the fields of a message.
pub(crate) struct Fields<'f, 'a> {
    file: &'f File<'a>,
    at: u64,
    end: u64,
    /// Fields that may still be read, of this message.
    left: u32,
}

impl<'f, 'a> Fields<'f, 'a> {
    /// The fields of the message at this place, at most so many.
    pub(crate) fn new(file: &'f File<'a>, place: Place, most: u32) -> Self {
        Self { file, at: place.start, end: place.end.min(file.len()), left: most }
    }

    /// The next field's number and value; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value)>, ExtractError> {
        if self.at >= self.end {
            return Ok(None);
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| ExtractError::malformed("a message has too many fields"))?;
        let mut head = [0; HEAD];
        let count = self.file.body().read_at(self.at, &mut head).map_err(ReadError::from)?;
        let mut cursor = Cursor::new(head.get(..count).unwrap_or_default());
        let broken = || ExtractError::malformed("a field of the message is not valid");
        let tag = cursor.leb128().ok_or_else(broken)?;
        let (number, sized) = match tag & 7 {
            0 => (cursor.leb128().ok_or_else(broken)?, None),
            1 => (cursor.u64().ok_or_else(broken)?, None),
            2 => (0, Some(cursor.leb128().ok_or_else(broken)?)),
            5 => (cursor.u32().ok_or_else(broken)?.into(), None),
            _ => return Err(broken()),
        };
        let start = self.at.saturating_add(count.saturating_sub(cursor.rest().len()) as u64);
        let end = start.saturating_add(sized.unwrap_or_default());
        if end > self.end {
            return Err(ExtractError::Truncated { message: "a field of the message is cut off".into() });
        }
        self.at = end;
        let value = if sized.is_some() { Value::Bytes(Place { start, end }) } else { Value::Number(number) };
        Ok(Some((tag >> 3, value)))
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_extract::prelude::SourcePath;
    use plimsoll_model::Budget;

    use super::*;

    #[test]
    fn fields_are_numbers_and_places() {
        let bytes = b"\x08\x96\x01\x12\x07testing\x1d\x01\0\0\0".as_slice();
        let (path, budget) = (SourcePath::new("m").unwrap(), Budget::default());
        let file = File::new(&path, None, &bytes, &budget);
        let mut fields = Fields::new(&file, Place::whole(&file), 10);
        assert_eq!(fields.next().unwrap(), Some((1, Value::Number(150))));
        let Some((2, Value::Bytes(place))) = fields.next().unwrap() else { panic!("a text") };
        assert_eq!(place.text(&file).unwrap().as_deref(), Some("testing"));
        assert_eq!(fields.next().unwrap(), Some((3, Value::Number(1))));
        assert_eq!(fields.next().unwrap(), None);
        let cut = b"\x12\x09short".as_slice();
        let file = File::new(&path, None, &cut, &budget);
        assert!(Fields::new(&file, Place::whole(&file), 10).next().is_err());
    }
}
