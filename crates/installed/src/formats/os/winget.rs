//! The tracking database of winget (Windows Package Manager): `installed.db` in its state directory, an SQLite file.
//! <https://github.com/microsoft/winget-cli/tree/master/src/AppInstallerRepositoryCore/Microsoft/Schema>
//!
//! In schema 1 `manifest` has a row a package with numbers that stand for rows of `ids`, `names` and `versions`; in
//! schema 2 `packages` has the values themselves.

use std::collections::HashMap;

use plimsoll_extract::prelude::*;

use crate::annotate;
use crate::faults::Faults;
use crate::sqlite::{Database, Value};

/// Reads the tracking database of winget.
pub(in crate::formats) struct Winget;

impl Extractor for Winget {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/winget")
    }

    fn about(&self) -> About {
        About {
            title: "winget tracking database (Windows)",
            specification: "https://github.com/microsoft/winget-cli",
            facts: &[Fact::Position],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[
            Interest::Path("Microsoft.Winget.Source_*/installed.db"),
            Interest::Path("LocalState/*/installed.db"),
            Interest::Path("defaultState/installed.db"),
            Interest::Path("Microsoft.Winget.Source_*/Public/index.db"),
        ]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        // The index lists what there is in the source, not what is installed.
        if file.path().name() == b"index.db" || file.is_empty() {
            return Ok(());
        }
        let bytes = file.bytes()?;
        let mut database = Database::open(&bytes)?;
        let mut faults = Faults::default();
        let ids = words(&mut database, "ids", "id", &mut faults, out);
        let names = words(&mut database, "names", "name", &mut faults, out);
        let versions = words(&mut database, "versions", "version", &mut faults, out);
        let monikers = words(&mut database, "monikers", "moniker", &mut faults, out);
        let mut rows: Vec<(Span, [Option<String>; 4])> = Vec::new();
        let mut each = |span: Span, row: [Value<'_>; 4]| {
            let [id, name, version, moniker] = row;
            let word = |value: Value<'_>, words: &HashMap<i64, String>| match value {
                Value::Integer(number) => words.get(&number).cloned(),
                other => other.text().map(std::borrow::Cow::into_owned),
            };
            rows.push((span, [word(id, &ids), word(name, &names), word(version, &versions), word(moniker, &monikers)]));
        };
        let found = database.rows("manifest", ["id", "name", "version", "moniker"], &mut faults, out, &mut each)
            || database.rows("packages", ["id", "name", "latest_version", "moniker"], &mut faults, out, &mut each);
        if !found {
            return Err(ExtractError::malformed("the SQLite file has neither a table 'manifest' nor 'packages'"));
        }
        for (span, [id, name, version, moniker]) in rows {
            let (Some(id), Some(version)) = (id, version) else {
                faults.entry(out, span, "a package lacks its id or version; left out");
                continue;
            };
            let Some(purl) = out.purl(Purl::builder("winget", id).version(version), 0) else { continue };
            let mut component = Component::from_purl(purl);
            component.description = name.map(Into::into);
            annotate::property(&mut component, "plimsoll:winget:moniker", moniker);
            out.observed(component, Observation { span: Some(span), ..Observation::default() });
        }
        Ok(())
    }
}

/// The rows of a table that maps numbers to text.
fn words(
    database: &mut Database<'_>,
    table: &str,
    column: &str,
    faults: &mut Faults,
    out: &mut Sink<'_>,
) -> HashMap<i64, String> {
    let mut words = HashMap::new();
    database.rows(table, ["rowid", column], faults, out, &mut |_, [number, text]| {
        words.extend(number.integer().zip(text.text().map(std::borrow::Cow::into_owned)));
    });
    words
}
