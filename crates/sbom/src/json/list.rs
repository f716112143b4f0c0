//! Long arrays, written by all threads.

use std::io;

use rayon::prelude::*;

use super::JsonWriter;

/// Items that one thread writes at once.
const ITEMS: usize = 256;
/// Items in memory at once: about 20 MB of text.
const BATCH: usize = 16 << 10;

/// Writes an array whose items are written apart from each other, in their order.
pub(crate) fn write_list<T: Sync>(
    json: &mut JsonWriter<'_>,
    items: &[T],
    write: impl Fn(&mut JsonWriter<'_>, &T) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let depth = json.depth().saturating_add(1);
    let part = |items: &[T], follows: bool| {
        let mut out = Vec::with_capacity(items.len() << 10);
        let mut json = JsonWriter::within(&mut out, depth, follows);
        items.iter().try_for_each(|item| write(&mut json, item))?;
        Ok(out)
    };
    json.array_of(items.chunks(BATCH).enumerate().flat_map(|(batch, items)| {
        let parts = items.par_chunks(ITEMS).enumerate();
        parts.map(|(at, items)| part(items, batch > 0 || at > 0)).collect::<Vec<_>>()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_one_thread() {
        for count in [0, 1, ITEMS, ITEMS + 1, BATCH + 3] {
            let items: Vec<usize> = (0..count).collect();
            let item = |json: &mut JsonWriter<'_>, at: &usize| json.object(|json| json.member("at", &at.to_string()));
            let (mut one, mut all) = (Vec::new(), Vec::new());
            let mut json = JsonWriter::new(&mut one);
            json.object(|json| json.name("items").and_then(|()| json.array(&items, item))).unwrap();
            let mut json = JsonWriter::new(&mut all);
            json.object(|json| json.name("items").and_then(|()| write_list(json, &items, item))).unwrap();
            assert_eq!(one, all, "{count}");
        }
    }
}
