//! Where tables and their rows are (§24.2.6, §22).

use crate::cursor::Cursor;

/// Columns of a row.
enum Column {
    /// Bytes of fixed number.
    Fixed(u32),
    /// Index into the heap of texts.
    Text,
    /// Index into the heap of identifiers.
    Guid,
    /// Index into the heap of blobs.
    Blob,
    /// Number of a row of one table.
    Row(usize),
    /// Number of a row of one of several tables, with bits that say of which.
    Coded(u32, &'static [usize]),
}

use Column::{Blob, Coded, Fixed, Guid, Row, Text};

/// How many tables have a layout here: up to `AssemblyRef`.
const KNOWN: usize = 0x24;

const TYPE_DEF_OR_REF: Column = Coded(2, &[0x02, 0x01, 0x1b]);
const RESOLUTION_SCOPE: Column = Coded(2, &[0x00, 0x1a, 0x23, 0x01]);
const MEMBER_REF_PARENT: Column = Coded(3, &[0x02, 0x01, 0x1a, 0x06, 0x1b]);
const HAS_CONSTANT: Column = Coded(2, &[0x04, 0x08, 0x17]);
const HAS_CUSTOM_ATTRIBUTE: Column = Coded(
    5,
    &[
        0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x0e, 0x17, 0x14, 0x11, 0x1a, 0x1b, 0x20, 0x23, 0x26, 0x27,
        0x28, 0x2a, 0x2c, 0x2b,
    ],
);
const CUSTOM_ATTRIBUTE_TYPE: Column = Coded(3, &[0x06, 0x0a]);
const HAS_FIELD_MARSHAL: Column = Coded(1, &[0x04, 0x08]);
const HAS_DECL_SECURITY: Column = Coded(2, &[0x02, 0x06, 0x20]);
const HAS_SEMANTICS: Column = Coded(1, &[0x14, 0x17]);
const METHOD_DEF_OR_REF: Column = Coded(1, &[0x06, 0x0a]);
const MEMBER_FORWARDED: Column = Coded(1, &[0x04, 0x06]);

/// §22.2 to §22.39, by number of the table. The tables of pointers (`03`, `05`, `07`, `13`, `16`), which only edited
/// metadata has, and those of edits (`1e`, `1f`) are in no edition of the standard.
const COLUMNS: [&[Column]; KNOWN] = [
    &[Fixed(2), Text, Guid, Guid, Guid],
    &[RESOLUTION_SCOPE, Text, Text],
    &[Fixed(4), Text, Text, TYPE_DEF_OR_REF, Row(0x04), Row(0x06)],
    &[Row(0x04)],
    &[Fixed(2), Text, Blob],
    &[Row(0x06)],
    &[Fixed(8), Text, Blob, Row(0x08)],
    &[Row(0x08)],
    &[Fixed(4), Text],
    &[Row(0x02), TYPE_DEF_OR_REF],
    &[MEMBER_REF_PARENT, Text, Blob],
    &[Fixed(2), HAS_CONSTANT, Blob],
    &[HAS_CUSTOM_ATTRIBUTE, CUSTOM_ATTRIBUTE_TYPE, Blob],
    &[HAS_FIELD_MARSHAL, Blob],
    &[Fixed(2), HAS_DECL_SECURITY, Blob],
    &[Fixed(6), Row(0x02)],
    &[Fixed(4), Row(0x04)],
    &[Blob],
    &[Row(0x02), Row(0x14)],
    &[Row(0x14)],
    &[Fixed(2), Text, TYPE_DEF_OR_REF],
    &[Row(0x02), Row(0x17)],
    &[Row(0x17)],
    &[Fixed(2), Text, Blob],
    &[Fixed(2), Row(0x06), HAS_SEMANTICS],
    &[Row(0x02), METHOD_DEF_OR_REF, METHOD_DEF_OR_REF],
    &[Text],
    &[Blob],
    &[Fixed(2), MEMBER_FORWARDED, Text, Row(0x1a)],
    &[Fixed(4), Row(0x04)],
    &[Fixed(8)],
    &[Fixed(4)],
    &[Fixed(16), Blob, Text, Text],
    &[Fixed(4)],
    &[Fixed(12)],
    &[Fixed(12), Blob, Text, Text, Blob],
];

/// Counts of rows and widths of indices.
pub(super) struct Layout {
    rows: [u32; 64],
    /// Where the first table starts in its stream.
    start: u32,
    wide_text: bool,
    wide_guid: bool,
    wide_blob: bool,
}

impl Layout {
    /// The assembly itself.
    pub(super) const ASSEMBLY: usize = 0x20;
    /// The assemblies that it needs.
    pub(super) const REFERENCES: usize = 0x23;

    /// Reads the head of the stream of tables.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        cursor.take(6)?;
        let heaps = cursor.u8()?;
        cursor.u8()?;
        let valid = cursor.u64()?;
        cursor.u64()?;
        let mut rows = [0; 64];
        for (table, count) in rows.iter_mut().enumerate() {
            let bit = 1_u64.checked_shl(u32::try_from(table).ok()?)?;
            if valid & bit != 0 {
                *count = cursor.u32()?;
            }
        }
        // Four bytes that some compilers put after the counts.
        if heaps & 0x40 != 0 {
            cursor.u32()?;
        }
        let start = u32::try_from(bytes.len().saturating_sub(cursor.rest().len())).ok()?;
        Some(Self { rows, start, wide_text: heaps & 1 != 0, wide_guid: heaps & 2 != 0, wide_blob: heaps & 4 != 0 })
    }

    /// The numbers of a table's rows, from 0, at most so many.
    pub(super) fn rows(&self, table: usize, most: u32) -> std::ops::Range<u32> {
        0..self.count(table).min(most)
    }

    fn count(&self, table: usize) -> u32 {
        self.rows.get(table).copied().unwrap_or_default()
    }

    /// Offset in the stream and size of a row.
    pub(super) fn place(&self, table: usize, row: u32) -> Option<(u32, u32)> {
        let mut offset = self.start;
        for before in 0..table {
            offset = offset.checked_add(self.row_size(before)?.checked_mul(self.count(before))?)?;
        }
        let size = self.row_size(table)?;
        Some((offset.checked_add(size.checked_mul(row)?)?, size))
    }

    fn row_size(&self, table: usize) -> Option<u32> {
        COLUMNS.get(table)?.iter().try_fold(0_u32, |size, column| size.checked_add(self.width(column)))
    }

    fn width(&self, column: &Column) -> u32 {
        let index = |wide: bool| if wide { 4 } else { 2 };
        match column {
            Fixed(bytes) => *bytes,
            Text => index(self.wide_text),
            Guid => index(self.wide_guid),
            Blob => index(self.wide_blob),
            Row(table) => index(self.count(*table) > 0xffff),
            Coded(bits, tables) => {
                let most = 0xffff_u32.checked_shr(*bits).unwrap_or_default();
                index(tables.iter().any(|table| self.count(*table) > most))
            }
        }
    }

    /// An index into the heap of texts.
    pub(super) fn string(&self, cursor: &mut Cursor<'_>) -> Option<u32> {
        if self.wide_text { cursor.u32() } else { cursor.u16().map(u32::from) }
    }

    /// An index into the heap of blobs.
    pub(super) fn blob(&self, cursor: &mut Cursor<'_>) -> Option<u32> {
        if self.wide_blob { cursor.u32() } else { cursor.u16().map(u32::from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_wide_as_the_tables_they_lead_to() {
        let mut head = vec![0; 6];
        head.extend([0, 1]);
        head.extend((1_u64 | 1 << 1 | 1 << 0x20 | 1 << 0x23).to_le_bytes());
        head.extend([0; 8]);
        for rows in [1_u32, 3, 1, 2] {
            head.extend(rows.to_le_bytes());
        }
        let layout = Layout::parse(&head).unwrap();
        // 24 bytes of head, 4 counts; Module has 10 bytes, TypeRef 6.
        assert_eq!(layout.place(Layout::ASSEMBLY, 0), Some((40 + 10 + 3 * 6, 22)));
        assert_eq!(layout.place(Layout::REFERENCES, 1), Some((40 + 10 + 18 + 22 + 20, 20)));
        assert_eq!(layout.width(&HAS_CUSTOM_ATTRIBUTE), 2);
        let wide = Layout {
            rows: {
                let mut rows = layout.rows;
                rows[2] = 2048;
                rows
            },
            ..layout
        };
        assert_eq!(wide.width(&HAS_CUSTOM_ATTRIBUTE), 4);
        assert_eq!(wide.width(&TYPE_DEF_OR_REF), 2);
    }
}
