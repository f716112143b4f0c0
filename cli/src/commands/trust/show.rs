//! `plimsoll trust show`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_sign::instance::{Instance, Origin};
use plimsoll_verify::{Authority, TrustedRoot};
use serde_json::{Value, json};

use super::instances;
use crate::args::{DataFormat, TrustShowArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

const SCHEMA: &str = "plimsoll.trust.show/1";

pub(super) fn run(arguments: &TrustShowArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let names = arguments.name.clone().map_or_else(|| instances().names(), |name| vec![name]);
    let mut shown = Vec::new();
    for name in names {
        match instances().get(&name).and_then(|instance| Ok((instance.trusted_root()?, instance))) {
            Ok(found) => shown.push(found),
            Err(error) if arguments.name.is_none() => ui.warning(&format!("{name}: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    let whole = arguments.name.is_some();
    match arguments.format {
        DataFormat::Text => Target::Stdout.write(|out| text(out, &shown, whole))?,
        DataFormat::Json => {
            let instances: Vec<Value> = shown.iter().map(|(root, instance)| as_json(root, instance)).collect();
            let report = json!({ "schema": SCHEMA, "instances": instances });
            Target::Stdout.write(|out| write_json(out, &report))?;
        }
    }
    Ok(exit::DONE)
}

fn text(out: &mut dyn Write, shown: &[(TrustedRoot, Instance)], whole: bool) -> io::Result<()> {
    for (root, instance) in shown {
        let as_of = root.as_of().map_or_else(|| "of unknown date".to_owned(), |time| format!("as of {}", day(time)));
        let default = if instance.name == "public-good" { ", trusted by default" } else { "" };
        writeln!(out, "{}: {}, {as_of}{default}", instance.name, origin(instance))?;
        let [certificates, logs, certificate_logs, timestamps] = root.counts();
        writeln!(
            out,
            "  {certificates} certificate authorities, {logs} logs, {certificate_logs} certificate logs, \
             {timestamps} timestamp authorities; {}",
            if instance.signing_config.is_some() { "can sign" } else { "cannot sign" }
        )?;
        if whole {
            writeln!(out, "  sha256:{}", root.digest())?;
            for authority in root.authorities() {
                let until = authority.until.map_or_else(String::new, |time| format!(" to {}", day(time)));
                let since = authority.since.map_or_else(|| "always".to_owned(), day);
                writeln!(out, "  {:<21} {} ({since}{until})", authority.kind, printable(&authority.name))?;
                writeln!(out, "  {:<21}   {}", "", authority.fingerprint)?;
            }
        }
    }
    Ok(())
}

fn day(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

fn origin(instance: &Instance) -> String {
    match &instance.origin {
        Origin::BuiltIn => "part of this program".to_owned(),
        Origin::Files => "from files".to_owned(),
        Origin::Tuf { url } => format!("from {}", printable(url)),
        _ => "from elsewhere".to_owned(),
    }
}

fn as_json(root: &TrustedRoot, instance: &Instance) -> Value {
    let authority = |authority: Authority| {
        json!({
            "kind": authority.kind, "name": authority.name, "fingerprint": authority.fingerprint,
            "since": authority.since.map(|time| time.to_string()), "until": authority.until.map(|time| time.to_string()),
        })
    };
    json!({
        "name": instance.name,
        "origin": instance.origin,
        "asOf": root.as_of().map(|time| time.to_string()),
        "sha256": root.digest(),
        "canSign": instance.signing_config.is_some(),
        "authorities": root.authorities().into_iter().map(authority).collect::<Vec<_>>(),
    })
}
