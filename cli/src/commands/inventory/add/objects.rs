//! Objects of S3 and Google Cloud Storage, as files of a directory.

use std::env;
use std::ops::ControlFlow;
use std::thread;

use jiff::Timestamp;
use plimsoll_fleet::{AwsCredentials, ObjectEntry, ObjectOptions, ObjectPlace, ObjectStore, ObjectToken};
use plimsoll_inventory::Unread;
use plimsoll_model::Limits;

use super::gather::{Piece, Role, Sink, Stop, document, not_one};
use crate::args::InventoryAddArguments;
use crate::failure::Failure;

/// Objects that are fetched at once.
const AT_ONCE: usize = 16;

/// Opens what `s3://` or `gs://` names, with what the environment says of who asks.
pub(super) fn open(text: &str, arguments: &InventoryAddArguments, offline: bool) -> Result<ObjectStore, Failure> {
    if offline {
        return Err(Failure::usage(format!("{text} needs the network, and --offline forbids it")));
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let first = |names: &[&str]| names.iter().find_map(|name| set(name));
    let key = set("AWS_ACCESS_KEY_ID").zip(set("AWS_SECRET_ACCESS_KEY"));
    let credentials = key.as_ref().map(|(key, secret)| {
        let named = AwsCredentials::new(key, secret, set("AWS_SESSION_TOKEN").as_deref());
        named.ok_or_else(|| Failure::usage("the credentials in AWS_… are none"))
    });
    let token = first(&["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"]);
    let token = token.map(|token| {
        ObjectToken::new(&token).ok_or_else(|| Failure::usage("the token in GOOGLE_OAUTH_ACCESS_TOKEN is none"))
    });
    let endpoint = arguments.endpoint_url.clone();
    let options = ObjectOptions {
        s3_endpoint: endpoint.clone().or_else(|| first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])),
        region: first(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
        credentials: credentials.transpose()?,
        google_endpoint: endpoint.or_else(|| first(&["STORAGE_EMULATOR_HOST"])),
        google_token: token.transpose()?,
        network: arguments.network.options(),
        clock: Timestamp::now,
    };
    let place = ObjectPlace::parse(text).map_err(|error| Failure::usage(error.to_string()))?;
    ObjectStore::new(place, options).map_err(|error| Failure::usage(error.to_string()))
}

impl Sink<'_> {
    /// All objects below a prefix, in the order of the store.
    pub(super) fn objects(&mut self, name: &str, store: &ObjectStore) -> Result<(), Stop> {
        let (mut stopped, mut count) = (false, 0_u64);
        let most = self.limits.entries;
        let listed = store.list(&mut |entries| {
            count = count.saturating_add(entries.len() as u64);
            if count > most {
                return ControlFlow::Break(());
            }
            for some in entries.chunks(AT_ONCE) {
                for piece in fetched(name, store, some, self.limits) {
                    stopped |= self.push(piece).is_err();
                }
            }
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let problem = match listed {
            _ if stopped => return Err(Stop),
            Err(error) => error.to_string(),
            Ok(()) if count > most => format!("it has more than {most} objects (--max-entries)"),
            Ok(()) if count == 0 => "no object has a name that begins like this".to_owned(),
            Ok(()) => return Ok(()),
        };
        self.unread(name.to_owned(), problem, true)
    }
}

/// Some objects, in their order.
fn fetched(name: &str, store: &ObjectStore, entries: &[ObjectEntry], limits: &Limits) -> Vec<Piece> {
    let fetch = |entry: &ObjectEntry| {
        let place = store.place().name(&entry.key);
        // A name that ends so is what stores keep for a folder.
        let role = if place == name && !place.ends_with('/') { Role::Named } else { Role::Found };
        if entry.size == 0 && role == Role::Found {
            return not_one(&place, "it is empty", role);
        }
        let read = store.get(&entry.key).map_err(|error| error.to_string()).and_then(|mut object| {
            document(&place, entry.size, &mut object, role, limits).map_err(|error| error.to_string())
        });
        read.unwrap_or_else(|reason| Piece::Unread { unread: Unread { place, reason }, named: role == Role::Named })
    };
    thread::scope(|scope| {
        let threads: Vec<_> = entries.iter().map(|entry| (entry, scope.spawn(|| fetch(entry)))).collect();
        let lost = |entry: &ObjectEntry| {
            let unread = Unread { place: store.place().name(&entry.key), reason: "it could not be fetched".to_owned() };
            Piece::Unread { unread, named: false }
        };
        threads.into_iter().map(|(entry, thread)| thread.join().unwrap_or_else(|_| lost(entry))).collect()
    })
}
