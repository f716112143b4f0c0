//! `plimsoll dev-stack`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_dev_stack::{DevStack, Fault, Identity, Options, RekorVersion, Workflow};
use serde_json::json;

use crate::args::{DataFormat, DevStackArguments, RekorArgument};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

/// What the directory gets.
const TRUSTED_ROOT: &str = "trusted_root.json";
const SIGNING_CONFIG: &str = "signing_config.json";
const TRUST_CONFIG: &str = "trust_config.json";
const TUF_ROOT: &str = "tuf_root.json";
const TOKEN: &str = "token";
const ACTIONS_TOKEN: &str = "actions_token";

pub(super) fn run(arguments: &DevStackArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let mut options = Options::new(Arc::new(Timestamp::now));
    options.port = arguments.port;
    options.faults = faults(&arguments.fault)?;
    options.person.clone_from(&arguments.person);
    options.token_lifetime = arguments.token_lifetime.into();
    options.max_entry_size = arguments.max_entry_size;
    if let Some(repository) = &arguments.repository {
        options.job = Workflow::of(repository);
    }
    let identity = match &arguments.repository {
        Some(_) => Identity::Workflow(Box::new(options.job.clone())),
        None => Identity::Email(arguments.person.clone()),
    };
    let stack = DevStack::start(options).map_err(Failure::failed)?;
    write_files(&stack, &identity, arguments)?;
    announce(&stack, &identity, arguments)?;
    ui.status(&format!("Sigstore at {} until standard input ends", stack.url()));
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(exit::DONE)
}

fn faults(names: &[String]) -> Result<Vec<Fault>, Failure> {
    let parse = |name: &String| {
        name.parse().map_err(|_| {
            let all: Vec<String> = Fault::all().map(|fault| fault.to_string()).collect();
            let mut failure = Failure::usage(format!("--fault {name}: there is no such fault"));
            failure.hint = Some(format!("faults are {}", all.join(", ")));
            failure
        })
    };
    names.iter().map(parse).collect()
}

fn write_files(stack: &DevStack, identity: &Identity, arguments: &DevStackArguments) -> Result<(), Failure> {
    let logs: &[RekorVersion] = match arguments.rekor {
        RekorArgument::V1 => &[RekorVersion::V1],
        RekorArgument::V2 => &[RekorVersion::V2],
        RekorArgument::Both => &[RekorVersion::V2, RekorVersion::V1],
    };
    let directory = &arguments.dir;
    fs::create_dir_all(directory)?;
    let public = [
        (TRUSTED_ROOT, stack.trusted_root_json()),
        (SIGNING_CONFIG, stack.signing_config_json(logs)),
        (TRUST_CONFIG, stack.client_trust_config_json(logs)),
        (TUF_ROOT, stack.tuf_root_json().map_err(Failure::failed)?),
    ];
    for (name, text) in public {
        Target::File(directory.join(name)).write(|out| out.write_all(text.as_bytes()))?;
    }
    let token = stack.token(identity).map_err(Failure::failed)?;
    write_secret(&directory.join(TOKEN), token.expose())?;
    write_secret(&directory.join(ACTIONS_TOKEN), stack.request_token().expose())?;
    Ok(())
}

/// Writes a file that nobody else may read, not even for a moment.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn announce(stack: &DevStack, identity: &Identity, arguments: &DevStackArguments) -> Result<(), Failure> {
    let directory = std::path::absolute(&arguments.dir)?;
    let path = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let request = stack.request_url();
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Json => write_json(
            out,
            &json!({
                "schema": "plimsoll.dev-stack/1",
                "url": stack.url(),
                "tuf": stack.tuf_url(),
                "identity": identity.certified(),
                "issuer": stack.issuer(identity),
                "actionsRequestUrl": request,
                "files": {
                    "trustedRoot": path(TRUSTED_ROOT),
                    "signingConfig": path(SIGNING_CONFIG),
                    "trustConfig": path(TRUST_CONFIG),
                    "tufRoot": path(TUF_ROOT),
                    "token": path(TOKEN),
                    "actionsToken": path(ACTIONS_TOKEN),
                },
            }),
        ),
        DataFormat::Text => {
            let quoted = |name: &str| format!("'{}'", path(name).replace('\'', r"'\''"));
            writeln!(out, "export SIGSTORE_ID_TOKEN=\"$(cat {})\"", quoted(TOKEN))?;
            writeln!(out, "export SIGSTORE_ROOT_FILE={}", quoted(TRUSTED_ROOT))?;
            writeln!(out, "export TUF_MIRROR='{}'", stack.tuf_url())?;
            writeln!(out, "export TUF_ROOT_JSON={}", quoted(TUF_ROOT))?;
            writeln!(out, "export ACTIONS_ID_TOKEN_REQUEST_URL='{request}'")?;
            writeln!(out, "export ACTIONS_ID_TOKEN_REQUEST_TOKEN=\"$(cat {})\"", quoted(ACTIONS_TOKEN))?;
            writeln!(out, "# identity {}", identity.certified())?;
            writeln!(out, "# issuer   {}", stack.issuer(identity))
        }
    })?;
    Ok(())
}
