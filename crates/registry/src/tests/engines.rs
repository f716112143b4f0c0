//! Container engines behind a socket.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;

use plimsoll_model::Budget;
use plimsoll_source::{OpenOptions, SourceError};

use super::image::{digest, tar};
use super::{NEXT, Wants, files, quick, told};
use crate::{Engine, NetworkOptions, RegistryError, open_engine};

/// An engine that has one image, `app:1`.
struct Fake {
    socket: PathBuf,
    id: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// What `docker save` writes.
fn archive(layer: &[u8]) -> (String, Vec<u8>) {
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["{}"]}}}}"#,
        digest(layer)
    );
    let id = digest(config.as_bytes());
    let name = format!("{}.json", &id[7..]);
    let manifest = format!(r#"[{{"Config":"{name}","RepoTags":["from/archive:2"],"Layers":["l/layer.tar"]}}]"#);
    (id, tar(&[("l/layer.tar", layer), (&name, config.as_bytes()), ("manifest.json", manifest.as_bytes())]))
}

impl Fake {
    /// `bare`: the id without its algorithm, as Podman gives it; `cut`: so much of the archive, and no end.
    fn start(bare: bool, cut: Option<usize>) -> Self {
        let layer = tar(&[("etc/os-release", b"ID=debian\n"), ("target", b"x"), ("wanted", b"-> target")]);
        let (id, archive) = archive(&layer);
        let name = format!("plimsoll-engine-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let socket = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&socket).unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (shown, seen) = (if bare { id[7..].to_owned() } else { id.clone() }, Arc::clone(&log));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut input = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                input.read_line(&mut line).unwrap();
                let path = line.split(' ').nth(1).unwrap().to_owned();
                seen.lock().unwrap().push(path.clone());
                while input.read_line(&mut line).unwrap() > 2 {}
                let inspected = format!(r#"{{"Id":"{shown}","RepoTags":[]}}"#);
                let (status, body) = if path == "/images/app:1/json" || path == "/images/app/json" {
                    (200, inspected.as_bytes())
                } else if path.starts_with("/images/sha256:") && path.ends_with("/get") {
                    (200, archive.as_slice())
                } else {
                    (404, br#"{"message":"no such image"}"#.as_slice())
                };
                let head = format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(head.as_bytes());
                let is_archive = path.ends_with("/get");
                for chunk in body[..cut.filter(|_| is_archive).unwrap_or(body.len())].chunks(1000) {
                    let _ = stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes());
                    let _ = stream.write_all(chunk);
                    let _ = stream.write_all(b"\r\n");
                }
                if cut.is_none() || !is_archive {
                    let _ = stream.write_all(b"0\r\n\r\n");
                }
            }
        });
        Self { socket, id, log }
    }

    fn options(&self, engine: Engine) -> NetworkOptions {
        let mut options = quick();
        let url = format!("unix://{}", self.socket.display());
        match engine {
            Engine::Docker => options.environment.docker_host = Some(url.into()),
            Engine::Podman => options.environment.podman_sockets.push(self.socket.clone()),
        }
        options
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}

#[test]
fn an_image_is_streamed_from_its_engine() {
    for (engine, bare) in [(Engine::Docker, false), (Engine::Podman, true)] {
        let fake = Fake::start(bare, None);
        let opened = open_engine(engine, "app:1", &fake.options(engine), &OpenOptions::default());
        let (source, id) = opened.unwrap();
        assert_eq!(id.to_string(), fake.id);
        assert_eq!(files(&*source).unwrap().into_keys().collect::<Vec<_>>(), ["etc/os-release", "target"]);
        let info = source.info();
        let image = info.image.as_ref().unwrap();
        // The name that was asked for, whatever the archive calls itself.
        assert_eq!((info.name.as_str(), image.tags.as_slice()), ("app:1", ["app:1".to_owned()].as_slice()));
        assert_eq!(image.config_digest.as_ref().unwrap().to_string(), fake.id);
        // Asked for by the id that the name had: a name may move in between.
        let archive = format!("/images/{}/get", fake.id);
        assert_eq!(*fake.log.lock().unwrap(), ["/images/app:1/json", &archive]);
        // What a link leads to had gone by, so the archive is asked for again.
        let seen = source.visit(&Wants("wanted"), &Budget::default()).unwrap();
        assert_eq!((seen.files.len(), seen.diagnostics.len()), (1, 0));
        assert_eq!(fake.log.lock().unwrap().len(), 4);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let fake = Fake::start(false, None);
    let open = |name: &str, options: &NetworkOptions| {
        open_engine(Engine::Docker, name, options, &OpenOptions::default()).err().unwrap()
    };
    let error = open("other:1", &fake.options(Engine::Docker));
    assert!(matches!(RegistryError::find(&error), Some(RegistryError::NotFound { .. })), "{}", told(&error));
    let mut options = quick();
    options.environment.docker_sockets.push("/nowhere/docker.sock".into());
    assert!(told(&open("app:1", &options)).contains("no socket at /nowhere/docker.sock"));
    options.environment.docker_host = Some("tcp://127.0.0.1:2375".into());
    assert!(told(&open("app:1", &options)).contains("DOCKER_HOST names no Unix socket"));
    options.environment.docker_host = Some("unix:///nowhere/docker.sock".into());
    assert!(told(&open("app:1", &options)).contains("No such file"), "{}", told(&open("app:1", &options)));
}

#[test]
fn an_archive_that_ends_early_is_refused() {
    for cut in [0, 700, 2000, 4000] {
        let fake = Fake::start(false, Some(cut));
        let options = fake.options(Engine::Docker);
        let (source, _) = open_engine(Engine::Docker, "app:1", &options, &OpenOptions::default()).unwrap();
        let error = files(&*source).unwrap_err();
        assert!(!told(&error).is_empty(), "{cut}");
    }
}

#[test]
fn what_the_engine_sends_is_checked() {
    let layer = tar(&[("etc/os-release", b"ID=debian\n")]);
    let (_, archive) = archive(&layer);
    let changed: Vec<u8> = String::from_utf8(archive).unwrap().replace("ID=debian", "ID=alpine").into_bytes();
    let source = plimsoll_source::open_archive_stream(
        plimsoll_source::RemoteArchive { name: "app".into(), tag: None, archive: Box::new(Bytes(changed)) },
        &OpenOptions::default(),
    );
    let seen = source.visit(&super::All::default(), &Budget::default());
    assert!(matches!(seen, Err(SourceError::DigestMismatch { .. })));
}

struct Bytes(Vec<u8>);

impl plimsoll_source::OpenArchive for Bytes {
    fn open(&self) -> Result<Box<dyn std::io::Read + Send>, SourceError> {
        Ok(Box::new(std::io::Cursor::new(self.0.clone())))
    }
}
