//! `plimsoll serve`.

mod admission;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use jiff::{SignedDuration, Timestamp};
use plimsoll_inventory::{Role, TokenRow};
use plimsoll_model::{Limits, printable};
use plimsoll_serve::{OidcOptions, Options, ServeError, Server, new_token};
use serde_json::json;

use super::advisories;
use super::inventory::open;
use crate::args::{
    AdvisoriesStore, DataFormat, RoleArgument, ServeArguments, ServeCommand, StoreArguments, TokenAddArguments,
    TokenCommand,
};
use crate::exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{Target, Ui, write_json};

/// Where it listens when nobody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// Lines of the log that wait to be written.
const LINES: usize = 1024;

pub(super) fn run(arguments: &ServeArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    match &arguments.command {
        Some(ServeCommand::Token(TokenCommand::Add(arguments))) => add(arguments),
        Some(ServeCommand::Token(TokenCommand::List { store, format })) => list(store, *format),
        Some(ServeCommand::Token(TokenCommand::Revoke { name, store })) => revoke(name, store, ui),
        None if arguments.admission.admission => admission::run(arguments, offline, ui),
        None => serve(arguments, ui),
    }
}

fn serve(arguments: &ServeArguments, ui: &mut Ui) -> Result<u8, Failure> {
    if arguments.gather.policy.is_some() {
        return Err(Failure::usage("--policy is for --admission"));
    }
    let (lines, log) = mpsc::sync_channel::<String>(LINES);
    let location = open::location(&arguments.store)?;
    drop(open::create(&location)?);
    let mut options = Options::new(location, Arc::new(Timestamp::now));
    options.listen = arguments.listen.unwrap_or(LISTEN);
    options.base_url.clone_from(&arguments.base_url);
    options.max_upload = arguments.max_upload.unwrap_or(options.max_upload);
    options.limits = arguments.gather.limits.limits();
    options.oidc = oidc(arguments)?;
    options.advisories = given_advisories(&arguments.gather.advisories)?;
    options.max_age_days = arguments.gather.max_age.unwrap_or(crate::commands::audit::MAX_AGE_DAYS);
    let set = std::env::var_os("PLIMSOLL_VEX").filter(|value| !value.is_empty()).map(PathBuf::from);
    options.vex_directory = arguments.gather.vex_dir.clone().or(set);
    // A line is lost rather than a request held up.
    options.log = Arc::new(move |line| drop(lines.try_send(line.to_string())));
    let stop = Stop::wanted();
    let server = Server::start(options).map_err(failure)?;
    Target::Stdout.write(|out| {
        writeln!(out, "{}", server.url())?;
        out.flush()
    })?;
    stop.then_end(server);
    for line in log {
        ui.status(&line);
    }
    Ok(exit::DONE)
}

/// Whose tokens are taken.
fn oidc(arguments: &ServeArguments) -> Result<Option<OidcOptions>, Failure> {
    let (Some(issuer), Some(audience)) = (&arguments.oidc_issuer, &arguments.oidc_audience) else { return Ok(None) };
    let mut options = OidcOptions::new(issuer, audience);
    options.role_claim.clone_from(&arguments.oidc_role_claim);
    options.roles = arguments.oidc_role.iter().map(|(word, group)| (role(*word), group.clone())).collect();
    let read = |path: &Path| input::bytes(path, &Limits::DEFAULT);
    options.keys = arguments.oidc_jwks.as_deref().map(read).transpose()?;
    let mut certificates = Vec::new();
    for path in arguments.gather.network.options().ca_certificates {
        certificates.extend(read(&path)?);
        certificates.push(b'\n');
    }
    options.certificates = Some(certificates).filter(|bytes| !bytes.is_empty());
    Ok(Some(options))
}

fn role(word: RoleArgument) -> Role {
    match word {
        RoleArgument::Read => Role::Read,
        RoleArgument::Write => Role::Write,
        RoleArgument::Admin => Role::Admin,
    }
}

/// The file of advisories: the one that is named, which has to be there, or the usual one where it is.
fn given_advisories(store: &AdvisoriesStore) -> Result<Option<PathBuf>, Failure> {
    if store.advisories.is_some() {
        return advisories::store::open(store).map(|snapshot| Some(snapshot.path().to_owned()));
    }
    Ok(advisories::store::path(store).ok().filter(|path| path.is_file()))
}

/// What ends the server: an interrupt, or being told to terminate. Requests that were begun are answered first.
#[cfg(target_os = "linux")]
struct Stop(nix::sys::signal::SigSet);

#[cfg(target_os = "linux")]
impl Stop {
    /// To be made before there are other threads, which get it from this one that signals wait.
    fn wanted() -> Self {
        use nix::sys::signal::{SigSet, Signal};
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        let _ = signals.thread_block();
        Self(signals)
    }

    /// Ends the server with the first signal; a second one ends the process.
    fn then_end(self, server: Server) {
        std::thread::spawn(move || {
            let _ = self.0.wait();
            let _ = self.0.thread_unblock();
            server.stop();
        });
    }
}

/// Elsewhere the process is ended as it is; what was added is there.
#[cfg(not(target_os = "linux"))]
struct Stop;

#[cfg(not(target_os = "linux"))]
impl Stop {
    fn wanted() -> Self {
        Self
    }

    fn then_end(self, server: Server) {
        std::mem::forget(server);
    }
}

fn add(arguments: &TokenAddArguments) -> Result<u8, Failure> {
    let mut inventory = open::create(&open::location(&arguments.store)?)?;
    let now = Timestamp::now();
    let hours = arguments.expires.map(|days| i64::from(days).saturating_mul(24));
    let expires = hours.map(|hours| now.saturating_add(SignedDuration::from_hours(hours)));
    let expires = expires.transpose().map_err(|error| Failure::usage(format!("--expires: {error}")))?;
    let token = new_token(&mut inventory, &arguments.name, role(arguments.role), expires, now)?;
    Target::Stdout.write(|out| writeln!(out, "{token}"))?;
    Ok(exit::DONE)
}

fn list(store: &StoreArguments, format: DataFormat) -> Result<u8, Failure> {
    let tokens = open::open(&open::location(store)?)?.tokens()?;
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    Target::Stdout.write(|out| match format {
        DataFormat::Json => {
            let row = |row: &TokenRow| {
                json!({
                    "number": row.number, "name": row.name, "role": row.role.word(), "created": time(row.created),
                    "expires": time(row.expires), "used": time(row.used),
                })
            };
            let rows: Vec<_> = tokens.iter().map(row).collect();
            write_json(out, &json!({ "schema": "plimsoll.tokens/1", "tokens": rows }))
        }
        DataFormat::Text => tokens.iter().try_for_each(|row| {
            let expires = time(row.expires).map_or(String::new(), |time| format!(", until {time}"));
            let used = time(row.used).unwrap_or_else(|| "never".to_owned());
            writeln!(out, "{} {} ({}{expires}), used {used}", row.number, printable(&row.name), row.role.word())
        }),
    })?;
    Ok(exit::DONE)
}

fn revoke(name: &str, store: &StoreArguments, ui: &mut Ui) -> Result<u8, Failure> {
    let revoked = open::open(&open::location(store)?)?.revoke_token(name)?;
    if revoked == 0 {
        return Err(
            Failure::usage(format!("there is no token {name:?}")).hint("`plimsoll serve token list` lists them")
        );
    }
    ui.status(&format!("revoked {revoked}"));
    Ok(exit::DONE)
}

fn failure(error: ServeError) -> Failure {
    let usage = error.is_usage();
    let open = matches!(error, ServeError::Open { .. });
    let failure = Failure::failed(error);
    let failure = if usage { Failure { code: exit::USAGE, ..failure } } else { failure };
    if open {
        failure.hint(
            "make a token with `plimsoll serve token add`, name an issuer with --oidc-issuer, or listen on 127.0.0.1",
        )
    } else {
        failure
    }
}
