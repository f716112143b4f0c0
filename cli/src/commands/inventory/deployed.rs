//! `plimsoll inventory deployed`.

mod pods;

use jiff::Timestamp;
use plimsoll_inventory::Running;
use plimsoll_model::{Digest, Limits};
use serde_json::json;

use super::open;
use crate::args::{DataFormat, InventoryDeployedArguments};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &InventoryDeployedArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let bytes = input::bytes(&arguments.file, &Limits::DEFAULT)?;
    let place = arguments.file.display();
    if bytes.trim_ascii().is_empty() {
        // What failed before a pipe says nothing; that nothing runs is said by an empty list of pods.
        return Err(Failure::failed(anyhow::anyhow!("{place}: there is nothing in it, and so nothing was changed")));
    }
    let read = match bytes.trim_ascii_start().first() {
        Some(b'{') => pods::read(&bytes).map_err(|error| Failure::usage(format!("{place}: {error}")))?,
        _ => {
            let text = String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{place}: it is not UTF-8")))?;
            pods::Pods { running: list(&text).map_err(|error| Failure::usage(format!("{place}:{error}")))?, unnamed: 0 }
        }
    };
    if read.unnamed > 0 {
        ui.warning(&format!(
            "{} containers have not been started or do not say the digest of their image",
            read.unnamed
        ));
    }
    let mut inventory = open::create(&open::location(&arguments.store)?)?;
    let change = inventory.set_running(&arguments.env, &arguments.cluster, &read.running, Timestamp::now())?;
    Target::Stdout.write::<Failure>(|out| {
        match arguments.format {
            DataFormat::Text => writeln!(
                out,
                "{} run in {} on {}: {} new, {} ended; {} images run and were never scanned",
                change.running, arguments.env, arguments.cluster, change.started, change.ended, change.never_scanned
            )?,
            DataFormat::Json => write_json(
                out,
                &json!({
                    "schema": "plimsoll.inventory.deployed/1",
                    "environment": arguments.env,
                    "cluster": arguments.cluster,
                    "running": change.running,
                    "started": change.started,
                    "ended": change.ended,
                    "unnamed": read.unnamed,
                    "neverScanned": change.never_scanned,
                }),
            )?,
        }
        Ok(())
    })?;
    Ok(exit::DONE)
}

/// Digests, one a line, each alone or at the end of the name of an image, with or without what runs it behind it.
fn list(text: &str) -> Result<Vec<Running>, String> {
    let mut running = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (image, workload) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let digest = image.rsplit('@').next().and_then(|text| Digest::from_prefixed(text).ok());
        let digest = digest.ok_or_else(|| format!("{number}: {line:?} holds no digest"))?;
        running.push(Running { digest, image: image.to_owned(), workload: workload.trim().to_owned() });
    }
    Ok(running)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_digests() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let running = list(&format!("# all\n{digest}\n\nghcr.io/acme/shop@{digest} shop/web\n")).unwrap();
        assert_eq!(running.len(), 2);
        assert_eq!((running[1].workload.as_str(), running[1].digest.to_string()), ("shop/web", digest));
        assert_eq!(list("shop:1").unwrap_err(), "1: \"shop:1\" holds no digest");
    }
}
