//! Who is asked for published provenance, and how.

use std::collections::BTreeSet;

use plimsoll_provenance::published::{HttpFetch, HttpOptions, Registries, Service, Token};

use crate::args::{AskArguments, NetworkArguments};
use crate::failure::Failure;

/// The mirrors that were named.
pub(super) fn registries(arguments: &AskArguments) -> Result<Registries, Failure> {
    let mut registries = Registries::default();
    for (service, address) in &arguments.registry {
        registries.set(*service, address).map_err(|error| Failure::usage(format!("--registry: {error}")))?;
    }
    Ok(registries)
}

/// The only services to ask.
pub(super) fn only(arguments: &AskArguments) -> BTreeSet<Service> {
    arguments.only.iter().copied().collect()
}

/// Asks over the network. A token of GitHub comes from the environment alone, as a command line can be seen by all.
pub(super) fn network(network: &NetworkArguments, registries: Registries) -> HttpFetch {
    let token = std::env::var("GITHUB_TOKEN").ok();
    let mut options = HttpOptions::default();
    options.network = network.options();
    options.registries = registries;
    options.github_token = token.as_deref().and_then(Token::new);
    HttpFetch::new(options)
}
