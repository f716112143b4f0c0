//! Connections that are cut, slow, or lie about what they carry.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use plimsoll_model::{Budget, DiagnosticCode, Limits};
use plimsoll_source::{OpenOptions, SourceError};

use super::image::{Image, tar};
use super::server::{Reply, Request, Server};
use super::{Wants, files, open, pull, quick, told};
use crate::{ImageReference, RegistryError, open_registry};

const LARGE: u32 = 3_000_000;

/// A registry whose answers for the large layer go through `change`, with the number of the request.
fn server(image: Image, change: impl Fn(usize, &Request, Reply) -> Reply + Send + Sync + 'static) -> Server {
    let (layer, count) = (image.layers[0].clone(), AtomicUsize::new(0));
    Server::start(move |request| {
        let reply = image.reply(request, &image.manifest);
        if !request.path.contains(&layer) {
            return reply;
        }
        change(count.fetch_add(1, Ordering::Relaxed), request, reply)
    })
}

#[test]
fn a_cut_transfer_goes_on_where_it_was() {
    let image = Image::new(LARGE);
    let size = image.blobs[&image.layers[0]].len();
    for percent in [0, 1, 50, 99] {
        let cut = size * percent / 100;
        let server = server(image.clone(), move |number, _, mut reply| {
            reply.cut = (number == 0).then_some(cut);
            reply
        });
        assert_eq!(
            pull(&format!("{}/app", server.host), &quick()).unwrap()["large.bin"],
            LARGE as usize,
            "{percent} %"
        );
        let log = server.log();
        let asked: Vec<_> = log.iter().filter(|request| request.path.contains(&image.layers[0])).collect();
        assert_eq!(asked.len(), 2, "{percent} %");
        assert_eq!(asked[1].from(), cut, "{percent} %");
    }
}

#[test]
fn a_server_without_ranges_is_read_again() {
    let image = Image::new(LARGE);
    let whole = image.blobs[&image.layers[0]].clone();
    let server = server(image, move |number, _, _| {
        let cut = (number < 2).then_some(whole.len() / 2 + number);
        Reply { cut, ..Reply::new(200, whole.clone()) }
    });
    assert_eq!(pull(&format!("{}/app", server.host), &quick()).unwrap()["large.bin"], LARGE as usize);
}

#[test]
fn a_transfer_that_gets_nowhere_ends() {
    let server = server(Image::new(LARGE), |_, _, reply| Reply { cut: Some(10), ..reply });
    let error = pull(&format!("{}/app", server.host), &quick()).unwrap_err();
    let found = RegistryError::find(&error);
    assert!(matches!(found, Some(RegistryError::Cut { attempts: 4, .. })), "{}", told(&error));
}

#[test]
fn one_that_gets_somewhere_may_be_cut_often() {
    let server = server(Image::new(9_000_000), |_, _, reply| Reply { cut: Some(1_100_000), ..reply });
    let mut options = quick();
    options.retries = 1;
    assert_eq!(pull(&format!("{}/app", server.host), &options).unwrap()["large.bin"], 9_000_000);
}

/// Wrong bytes may be found out before their digest is: by whoever decompresses them.
fn is_refusal(error: &SourceError) -> bool {
    matches!(error, SourceError::DigestMismatch { .. } | SourceError::Malformed { .. } | SourceError::Truncated { .. })
}

#[test]
fn wrong_bytes_are_refused() {
    let image = Image::new(LARGE);
    for layer in image.layers.clone() {
        let image = image.clone();
        let server = Server::start(move |request| {
            let mut reply = image.reply(request, &image.manifest);
            if request.path.contains(&layer) {
                let last = reply.body.len() - 9;
                reply.body[last] ^= 1;
            }
            reply
        });
        let error = pull(&format!("{}/app", server.host), &quick()).unwrap_err();
        let refused = is_refusal(&error);
        assert!(refused, "{}", told(&error));
    }
    let config = image.config.clone();
    let server = Server::start(move |request| {
        let mut reply = image.reply(request, &image.manifest);
        if request.path.contains(&config) {
            reply.body[0] = b' ';
        }
        reply
    });
    let error = open(&format!("{}/app", server.host), &quick()).unwrap_err();
    assert!(matches!(error, SourceError::DigestMismatch { .. }), "{}", told(&error));
}

#[test]
fn parts_of_two_blobs_are_not_one() {
    let image = Image::new(LARGE);
    let server = server(image, |number, _, mut reply| {
        let half = reply.body.len() / 2;
        if number == 0 {
            reply.cut = Some(half);
        } else {
            reply.body[half / 2] ^= 1;
        }
        reply
    });
    let error = pull(&format!("{}/app", server.host), &quick()).unwrap_err();
    let refused = is_refusal(&error);
    assert!(refused, "{}", told(&error));
}

#[test]
fn lies_about_ranges_and_lengths_are_found() {
    type Lie = fn(usize, &Request, Reply) -> Reply;
    let lies: [(&str, Lie); 6] = [
        ("another range", |number, _, mut reply| {
            reply.cut = (number == 0).then_some(1000);
            if number > 0 {
                reply.headers = vec![("Content-Range".into(), "bytes 7-8/9".into())];
            }
            reply
        }),
        ("no range at all", |number, _, mut reply| {
            reply.cut = (number == 0).then_some(1000);
            reply.headers.clear();
            reply
        }),
        ("a range that nobody asked for", |_, _, reply| {
            let length = reply.body.len();
            Reply { status: 206, ..reply }.with("Content-Range", format!("bytes 5-{}/{length}", length - 1))
        }),
        ("a longer blob", |_, _, mut reply| {
            reply.body.push(0);
            reply
        }),
        ("a shorter blob", |_, _, mut reply| {
            reply.body.pop();
            reply
        }),
        ("a compressed answer", |_, _, reply| reply.with("Content-Encoding", "gzip")),
    ];
    for (name, lie) in lies {
        let server = server(Image::new(LARGE), lie);
        let error = pull(&format!("{}/app", server.host), &quick()).unwrap_err();
        let found = RegistryError::find(&error);
        assert!(matches!(found, Some(RegistryError::Answer { .. })), "{name}: {}", told(&error));
    }
}

#[test]
fn sizes_count_without_digests_too() {
    let image = Image::new(LARGE);
    let server = server(image, |_, _, mut reply| {
        reply.body.truncate(1000);
        reply
    });
    let reference: ImageReference = format!("{}/app", server.host).parse().unwrap();
    let mut options = OpenOptions::default();
    options.insecure_skip_digests = true;
    let opened = open_registry(&reference, &quick(), &options).unwrap();
    assert!(!opened.sources[0].info().digests_checked);
    assert!(files(&*opened.sources[0]).is_err());
}

#[test]
fn a_drip_is_not_waited_for() {
    let server = server(Image::new(LARGE), |_, _, reply| Reply { drip: Some(Duration::from_millis(50)), ..reply });
    let mut options = quick();
    options.timeout = Duration::from_secs(1);
    let start = Instant::now();
    let error = pull(&format!("{}/app", server.host), &options).unwrap_err();
    let found = RegistryError::find(&error);
    assert!(matches!(found, Some(RegistryError::Stalled { .. })), "{}", told(&error));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn silence_is_not_waited_for() {
    let server = Server::start(|request| {
        if request.path != "/v2/" {
            std::thread::sleep(Duration::from_secs(20));
        }
        Reply::new(200, "")
    });
    let mut options = quick();
    (options.timeout, options.retries) = (Duration::from_secs(1), 1);
    let start = Instant::now();
    assert!(open(&format!("{}/app", server.host), &options).is_err());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    for status in [429, 500, 502, 503, 504] {
        // Counted for each address: of requests beside each other one could have all the bad answers.
        let (image, asked) = (Image::new(100), Mutex::new(BTreeMap::new()));
        let server = Server::start(move |request| {
            let mut asked = asked.lock().unwrap();
            let count: &mut usize = asked.entry(request.path.clone()).or_default();
            *count += 1;
            if request.path != "/v2/" && *count < 3 {
                return Reply::new(status, "").with("Retry-After", "0");
            }
            image.reply(request, &image.manifest)
        });
        assert_eq!(pull(&format!("{}/app", server.host), &quick()).unwrap().len(), 2, "{status}");
    }
    let server = Server::start(|request| Reply::new(if request.path == "/v2/" { 200 } else { 503 }, ""));
    assert!(told(&open(&format!("{}/app", server.host), &quick()).unwrap_err()).contains("status 503"));
    assert_eq!(server.asked("/manifests/"), 4);
}

#[test]
fn a_bomb_costs_its_limit() {
    let bomb = Image::of("amd64", &[tar(&[("first", b"1"), ("zeros", &vec![0; 4 << 20]), ("last", b"1")])]);
    let server = Server::start(bomb.honest());
    let opened = open(&format!("{}/app", server.host), &quick()).unwrap();
    let mut limits = Limits::default();
    limits.total_bytes = 1 << 20;
    let seen = opened.sources[0].visit(&Wants("first"), &Budget::new(limits)).unwrap();
    assert_eq!((seen.files.len(), seen.diagnostics[0].code), (1, DiagnosticCode::TOTAL_BYTES));
}

#[test]
fn a_second_reading_is_checked_too() {
    // A link leads to a file that nobody wants by its own name, so its layer is fetched again.
    let (image, other) = (Image::linked("good"), Image::linked("evil"));
    let (layer, wrong) = (image.layers[0].clone(), other.blobs[&other.layers[0]].clone());
    assert_eq!(image.blobs[&layer].len(), wrong.len());
    for lies in [false, true] {
        let wrong = wrong.clone();
        let server = server(image.clone(), move |number, _, mut reply| {
            if number > 0 && lies {
                reply.body.clone_from(&wrong);
            }
            reply
        });
        let opened = open(&format!("{}/app", server.host), &quick()).unwrap();
        let seen = opened.sources[0].visit(&Wants("wanted"), &Budget::default());
        assert_eq!(server.asked(&layer), 2);
        match seen {
            Err(error) => assert!(lies && matches!(error, SourceError::DigestMismatch { .. }), "{}", told(&error)),
            Ok(seen) => assert!(!lies && seen.files.len() == 1),
        }
    }
}
