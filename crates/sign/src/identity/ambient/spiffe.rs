//! SPIFFE: a workload API on a socket, which speaks gRPC. It is recognised; its tokens come by way of a file.

use super::super::{IdentityError, Provider, TokenSource};
use super::{AmbientOptions, missing};

pub(super) fn find(options: &AmbientOptions) -> Result<Option<Box<dyn TokenSource>>, IdentityError> {
    let found = if options.environment.has("SPIFFE_ENDPOINT_SOCKET") {
        "SPIFFE_ENDPOINT_SOCKET".to_owned()
    } else if options.places.spire_socket.exists() {
        options.places.spire_socket.display().to_string()
    } else {
        return Ok(None);
    };
    missing(Provider::Spiffe, format!("Plimsoll does not speak gRPC, which the workload API of {found} wants"))
}
