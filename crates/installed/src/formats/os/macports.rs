//! The registry of MacPorts: `var/macports/registry/registry.db`, an SQLite file.
//! <https://guide.macports.org/#internals.registry>
//!
//! - `ports` has a row for each installed version of a port; of several, one is active (`state` is `installed`), the
//!   others lie in their archives (`imaged`). Both are there.
//! - `dependencies` names ports, without versions: the edge goes to the active one, else to all of the name.

use std::collections::{BTreeMap, HashMap};

use plimsoll_extract::prelude::*;

use crate::annotate;
use crate::faults::Faults;
use crate::sqlite::{Database, Value, report_log};

/// Reads the registry of MacPorts.
pub(in crate::formats) struct MacPorts;

const PLACE: &str = "opt/local/var/macports";

impl Extractor for MacPorts {
    fn id(&self) -> ExtractorId {
        ExtractorId::new("os/macports")
    }

    fn about(&self) -> About {
        About {
            title: "MacPorts registry",
            specification: "https://guide.macports.org/#internals.registry",
            facts: &[Fact::Edges, Fact::Scope, Fact::Position, Fact::OwnedFiles],
        }
    }

    fn interest(&self) -> &'static [Interest] {
        &[Interest::Path("macports/registry/registry.db"), Interest::Path("macports/registry/registry.db-wal")]
    }

    fn extract(&self, file: &File<'_>, out: &mut Sink<'_>) -> Result<(), ExtractError> {
        if file.path().name().ends_with(b"-wal") {
            report_log(file.len(), out);
            return Ok(());
        }
        out.rooted_at(PLACE);
        let bytes = file.bytes()?;
        let mut database = Database::open(&bytes)?;
        let mut faults = Faults::default();
        let Some(ports) = ports(&mut database, &mut faults, out) else {
            return Err(ExtractError::malformed("the SQLite file has no table 'ports'"));
        };
        let mut by_name: HashMap<&str, Vec<&Port>> = HashMap::new();
        for port in ports.values() {
            by_name.entry(&port.name).or_default().push(port);
        }
        let mut edges: Vec<(ComponentRef, ComponentRef)> = Vec::new();
        database.rows("dependencies", ["id", "name"], &mut faults, out, &mut |_, [id, name]| {
            let Some(from) = id.integer().and_then(|id| ports.get(&id)) else { return };
            let name = name.text().unwrap_or_default().to_lowercase();
            let targets = by_name.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let active = targets.iter().find(|port| port.is_active).or(targets.first());
            edges.extend(active.filter(|to| to.at != from.at).map(|to| (from.at, to.at)));
        });
        edges.into_iter().for_each(|(from, to)| out.depends(from, to, Scope::Runtime));
        let mut paths: Vec<(ComponentRef, Vec<u8>)> = Vec::new();
        database.rows("files", ["id", "actual_path", "path"], &mut faults, out, &mut |_, [id, actual, path]| {
            let port = id.integer().and_then(|id| ports.get(&id)).filter(|port| port.is_active);
            let Some(port) = port else { return };
            if let Value::Bytes(path) = if actual == Value::Null { path } else { actual } {
                paths.push((port.at, path.to_vec()));
            }
        });
        paths.iter().for_each(|(port, path)| out.owns(*port, path));
        Ok(())
    }
}

struct Port {
    at: ComponentRef,
    /// In lower case, as names of ports are compared.
    name: String,
    is_active: bool,
}

fn ports(database: &mut Database<'_>, faults: &mut Faults, out: &mut Sink<'_>) -> Option<BTreeMap<i64, Port>> {
    let columns = ["id", "name", "epoch", "version", "revision", "variants", "state", "archs", "requested"];
    let mut rows: Vec<(Span, i64, bool, bool, Component)> = Vec::new();
    let mut broken: Vec<Span> = Vec::new();
    let found = database.rows("ports", columns, faults, out, &mut |span, row| {
        let [id, name, epoch, version, revision, variants, state, archs, requested] = row;
        let (Some(id), Some(name), Some(version)) = (id.integer(), name.text(), version.text()) else {
            return broken.push(span);
        };
        let version = match revision.integer() {
            Some(revision) if revision > 0 => format!("{version}_{revision}"),
            _ => version.into_owned(),
        };
        let purl = Purl::builder("macports", name).version(version);
        let purl = purl.qualifier("arch", archs.text().unwrap_or_default()).build();
        let Ok(purl) = purl else { return broken.push(span) };
        let mut component = Component::from_purl(purl);
        annotate::property(&mut component, "plimsoll:macports:variants", variants.text());
        let epoch = epoch.integer().filter(|&epoch| epoch != 0).map(|epoch| epoch.to_string());
        annotate::property(&mut component, "plimsoll:macports:epoch", epoch);
        let is_active = state.text().is_none_or(|state| state == "installed");
        rows.push((span, id, is_active, requested.integer() == Some(1), component));
    });
    for span in broken {
        faults.entry(out, span, "a port lacks its name or version; left out");
    }
    let mut ports = BTreeMap::new();
    for (span, id, is_active, was_chosen, component) in rows {
        let name = component.name.to_lowercase();
        let at = out.observed(component, Observation { span: Some(span), ..Observation::default() });
        if was_chosen {
            out.direct(at, Scope::Runtime);
        }
        ports.insert(id, Port { at, name, is_active });
    }
    found.then_some(ports)
}
