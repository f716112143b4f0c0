//! `plimsoll copy`.

use plimsoll_registry::{Copied, CopyOptions, Role, copy};
use serde_json::{Value, json};

use super::referrers::{refuse_offline, set};
use crate::args::{CopyArguments, DataFormat};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &CopyArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    refuse_offline(&[&arguments.source, &arguments.target], offline)?;
    let mut options = CopyOptions::default();
    options.referrers = !arguments.no_referrers;
    options.max_referrers = arguments.max_referrers;
    let progress = ui.progress(format!("copying {} to {}", arguments.source, arguments.target));
    let copied = copy(&arguments.source, &arguments.target, &arguments.network.options(), &options);
    progress.finish_and_clear();
    let copied = copied?;
    for notice in &copied.notices {
        ui.warning(notice);
    }
    for digest in &copied.left_out {
        ui.warning(&format!("{digest} was left out: it may not be distributed, and {} lacks it", arguments.source));
    }
    ui.status(&summary(&copied));
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => writeln!(out, "{}", copied.digest).map_err(Failure::from),
        DataFormat::Json => Ok(write_json(out, &report(arguments, &copied))?),
    })?;
    Ok(exit::DONE)
}

fn summary(copied: &Copied) -> String {
    let about = |role: &Role| matches!(role, Role::Referrer | Role::Cosign(_));
    let referrers = copied.manifests.iter().filter(|manifest| about(&manifest.role)).count();
    let images = copied.manifests.len().saturating_sub(referrers);
    format!(
        "manifests: {images}, and {referrers} that refer to them; blobs: {} sent ({} bytes), {} were there",
        copied.sent, copied.sent_bytes, copied.present
    )
}

fn report(arguments: &CopyArguments, copied: &Copied) -> Value {
    let manifests = copied.manifests.iter().map(|manifest| {
        let descriptor = &manifest.descriptor;
        let mut out = json!({
            "digest": descriptor.digest.to_string(), "mediaType": descriptor.media_type, "size": descriptor.size,
        });
        let role = match &manifest.role {
            Role::Root => "root",
            Role::Member => "member",
            Role::Cosign(tag) => {
                set(&mut out, "tag", Some(tag));
                "cosign"
            }
            _ => {
                set(&mut out, "artifactType", descriptor.artifact_type.as_deref());
                set(&mut out, "predicateType", descriptor.predicate_type());
                "referrer"
            }
        };
        set(&mut out, "role", Some(role));
        out
    });
    let left_out: Vec<String> = copied.left_out.iter().map(ToString::to_string).collect();
    json!({
        "schema": "plimsoll.copy/1",
        "source": arguments.source.to_string(),
        "target": arguments.target.to_string(),
        "digest": copied.digest.to_string(),
        "manifests": manifests.collect::<Vec<_>>(),
        "blobs": {
            "sent": copied.sent, "sentBytes": copied.sent_bytes, "present": copied.present, "leftOut": left_out,
        },
    })
}
