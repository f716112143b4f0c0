//! SPIFFE: the workload API of the machine's agent gives a JWT-SVID for an audience.
//! <https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_API.md>
//!
//! The agent listens on a socket and speaks gRPC. One call of one message each way needs no library for it: `grpc` writes
//! and reads the few frames there are. Of several identities of a workload the first is its default (§5.2 there).

mod grpc;
mod message;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use super::super::{IdentityError, IdentityToken, Provider, TokenSource};
use super::{AmbientOptions, missing, token};

const PROVIDER: Provider = Provider::Spiffe;

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    let socket = match options.environment.text("SPIFFE_ENDPOINT_SOCKET") {
        // SPIFFE Workload Endpoint §4: a URI whose scheme is `unix`, without an authority.
        Some(uri) => match uri.strip_prefix("unix:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) if path.starts_with('/') && !path.contains(['?', '#']) => PathBuf::from(path),
            _ => return missing(PROVIDER, "SPIFFE_ENDPOINT_SOCKET names no Unix socket (unix:///…)"),
        },
        None if options.places.spire_socket.exists() => options.places.spire_socket.clone(),
        None => return Ok(None),
    };
    Ok(Some(Box::new(Spiffe { socket, audience: options.audience.clone(), timeout: options.timeout })))
}

struct Spiffe {
    socket: PathBuf,
    audience: String,
    timeout: Duration,
}

impl TokenSource for Spiffe {
    fn fetch(&mut self) -> Result<IdentityToken, IdentityError> {
        let refused = |reason: &str| IdentityError::Refused { provider: PROVIDER, reason: reason.to_owned() };
        let request = message::request(&self.audience);
        let answer =
            grpc::call(&self.socket, "/SpiffeWorkloadAPI/FetchJWTSVID", &request, self.timeout).map_err(refused)?;
        let svid = message::svid(answer.expose()).ok_or_else(|| refused("the agent's answer holds no JWT-SVID"))?;
        token(PROVIDER.name(), &svid)
    }

    fn is_renewable(&self) -> bool {
        true
    }
}
