//! `plimsoll inventory label`.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_inventory::{ArtifactId, ArtifactRef, Inventory, InventoryError, Label, Query};

use super::{open, select, words};
use crate::args::InventoryLabelArguments;
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::Ui;

pub(super) fn run(arguments: &InventoryLabelArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let location = open::location(&arguments.store)?;
    let mut inventory = open::open(&location)?;
    let given = match &arguments.from {
        Some(path) => from_csv(&mut inventory, path, ui)?,
        None => {
            let (artifact, labels) =
                arguments.words.split_first().ok_or_else(|| Failure::usage("name an artifact and its labels"))?;
            let labels = labels.iter().map(|text| words::label(text)).collect::<Result<Vec<_>, _>>()?;
            vec![(inventory.artifact(&ArtifactRef::parse(artifact))?.summary.id, labels)]
        }
    };
    inventory.label(&given)?;
    ui.status(&format!("{} labelled", words::artifacts(given.len() as u64)));
    Ok(exit::DONE)
}

/// The labels of a table. A row that fits nothing is told, and no reason not to take the others.
fn from_csv(inventory: &mut Inventory, path: &Path, ui: &mut Ui) -> Result<Vec<(ArtifactId, Vec<Label>)>, Failure> {
    let place = path.display();
    let rows = rows(&input::text(path)?).map_err(|line| {
        Failure::usage(format!("{place}:{line}: not comma-separated values: a quote is not closed or stands alone"))
    })?;
    let mut rows = rows.into_iter();
    let (_, head) = rows.next().ok_or_else(|| Failure::usage(format!("{place}: it is empty")))?;
    let at = head.iter().position(|name| name.trim().eq_ignore_ascii_case("artifact"));
    let at = at.ok_or_else(|| Failure::usage(format!("{place}: no column is called artifact")))?;
    let mut given: BTreeMap<ArtifactId, Vec<Label>> = BTreeMap::new();
    for (line, row) in rows {
        let artifact = row.get(at).map(|cell| cell.trim()).unwrap_or_default();
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells =
            head.iter().zip(&row).enumerate().filter(|(column, (_, cell))| *column != at && !cell.trim().is_empty());
        let labels = cells
            .map(|(_, (name, cell))| words::label(&format!("{}={}", column(name), cell.trim())))
            .collect::<Result<Vec<_>, _>>()?;
        let found = found(inventory, artifact)?;
        if found.is_empty() {
            ui.warning(&format!("{place}:{line}: there is no artifact {artifact}"));
        }
        for id in found {
            given.entry(id).or_default().extend(labels.iter().cloned());
        }
    }
    Ok(given.into_iter().collect())
}

/// Labels as the other flags call them.
fn column(name: &str) -> &str {
    let name = name.trim();
    if name.eq_ignore_ascii_case("env") { "environment" } else { name }
}

/// What a cell names: the artifact of a digest, or all of a name or pattern.
fn found(inventory: &mut Inventory, text: &str) -> Result<Vec<ArtifactId>, Failure> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let all = select::matching(inventory, &Query::Artifact(text.to_owned()))?;
    if !all.is_empty() {
        return Ok(select::ids(&all));
    }
    match inventory.artifact(&ArtifactRef::parse(text)) {
        Ok(detail) => Ok(vec![detail.summary.id]),
        Err(InventoryError::Unknown { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The rows of comma-separated values (RFC 4180) and the lines they begin in; the line of a fault.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun) = (1_usize, 1_usize);
    let mut characters = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        if character == '\n' {
            line = line.saturating_add(1);
        }
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => {
                quoted = false;
                if !matches!(characters.peek(), None | Some(',' | '\r' | '\n')) {
                    return Err(line);
                }
            }
            '"' if cell.is_empty() => quoted = true,
            _ if quoted => cell.push(character),
            ',' => row.push(std::mem::take(&mut cell)),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push((begun, std::mem::take(&mut row)));
                begun = line;
            }
            _ => cell.push(character),
        }
    }
    if quoted {
        return Err(begun);
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push((begun, row));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let read = rows("\u{feff}artifact,team\r\n\"a,\"\"b\"\"\",\"x\ny\"\nlast,").unwrap();
        let cells = |row: usize| read[row].1.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(cells(0), ["artifact", "team"]);
        assert_eq!(cells(1), ["a,\"b\"", "x\ny"]);
        assert_eq!((read[2].0, cells(2)), (4, vec!["last", ""]));
        assert_eq!(rows("a\n\"b"), Err(2));
        assert_eq!(rows("\"a\"b"), Err(1));
        assert!(rows("").unwrap().is_empty());
    }
}
