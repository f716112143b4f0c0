//! The runtime trace of an observed build: every file, program and connection.
//! <https://github.com/in-toto/attestation/blob/main/spec/predicates/runtime-trace.md>
//!
//! The type that is written is v0.1, which leaves the shape of the entries to the monitor; connections have the names of fields
//! that v0.2 recommends.

use plimsoll_attest::{DigestSet, ResourceDescriptor, StatementBuilder};
use serde_json::{Map, Value, json};

use super::super::classify::hex;
use super::{BUILD_TYPE, BUILDER, Build, MONITOR, seconds};
use crate::observe::{Address, Connection, FileKind, FileRecord, ObserveError, Unhashed};

/// The type of predicate.
pub(super) const RUNTIME_TRACE: &str = "https://in-toto.io/attestation/runtime-trace/v0.1";

/// The bytes of the statement.
pub(super) fn statement(build: &Build) -> Result<Vec<u8>, ObserveError> {
    let files: Vec<ResourceDescriptor> =
        build.trace.files.iter().map(|(path, record)| file(build, path, record)).collect();
    let programs = build.trace.files.iter().filter(|(_, record)| record.executed).map(|(path, record)| {
        let digest = record.digest.map(|digest| format!("sha256:{}", hex(&digest)));
        json!({"program": build.places.shown(path), "digest": digest})
    });
    let network: Vec<Value> = build.trace.connections.iter().map(|connection| connected(build, connection)).collect();
    let event = build.source.commit.clone().unwrap_or_else(|| "local".to_owned());
    let predicate = json!({
        "monitor": {
            "type": MONITOR,
            "tracePolicy": {
                "synchronous": true,
                "hermetic": build.hermetic,
                "gaps": build.trace.gaps.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "processes": build.trace.tasks,
                "executions": build.trace.executions,
            },
        },
        "monitoredProcess": {"hostID": BUILDER, "type": BUILD_TYPE, "event": event},
        "monitorLog": {"process": programs.collect::<Vec<_>>(), "network": network, "fileAccess": files},
        "metadata": {"buildStartedOn": seconds(build.started), "buildFinishedOn": seconds(build.finished)},
    });
    let mut builder = StatementBuilder::new(RUNTIME_TRACE, predicate);
    for product in &build.products {
        builder = builder.subject(product.name.clone(), product.digest.clone());
    }
    Ok(builder.build()?.1)
}

fn file(build: &Build, path: &std::path::Path, record: &FileRecord) -> ResourceDescriptor {
    let mut annotations = Map::new();
    let mut say = |name: &str, value: Value| {
        annotations.insert(name.to_owned(), value);
    };
    let how = [("read", record.read), ("execute", record.executed), ("write", record.written)];
    say("access", json!(how.iter().filter(|(_, did)| *did).map(|(word, _)| *word).collect::<Vec<_>>()));
    if let Some(classified) = build.inventory.files.get(path) {
        say("class", json!(classified.class.word()));
        if let Some(package) = &classified.package {
            say("package", json!(package));
        }
    }
    if record.kind == FileKind::Directory {
        say("kind", json!("directory"));
    }
    if record.made {
        say("made", json!(true));
    }
    if record.changed {
        say("changed", json!(true));
    }
    match record.unhashed {
        Some(Unhashed::Unreadable) => say("unhashed", json!("unreadable")),
        Some(Unhashed::Secret) => say("unhashed", json!("withheld")),
        Some(Unhashed::Pseudo) | None => {}
    }
    let digest = record.digest.map(|digest| DigestSet::from([("sha256".to_owned(), hex(&digest))]));
    ResourceDescriptor {
        name: build.places.shown(path),
        digest: digest.unwrap_or_default(),
        annotations,
        ..ResourceDescriptor::default()
    }
}

fn connected(build: &Build, connection: &Connection) -> Value {
    let mut entry = Map::new();
    let mut say = |name: &str, value: Value| {
        entry.insert(name.to_owned(), value);
    };
    match &connection.address {
        Address::Internet(address) => {
            say("ip", json!(address.ip().to_string()));
            say("port", json!(address.port()));
        }
        other => say("address", json!(other.to_string())),
    }
    say("result", json!(connection.result.word()));
    say("invokingProcess", json!({"program": build.places.shown(&connection.program)}));
    Value::Object(entry)
}
