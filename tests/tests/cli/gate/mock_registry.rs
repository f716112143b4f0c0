//! A registry on loopback that keeps what is pushed to it, and says what refers to what (OCI distribution-spec 1.1).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use plimsoll_tests::sha256;
use serde_json::{Value, json};

#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Vec<u8>>,
    /// By tag and by digest, with their media types.
    manifests: BTreeMap<String, (String, Vec<u8>)>,
}

/// Listens until the process ends. All repositories are one.
pub(super) struct MockRegistry {
    pub(super) host: String,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

fn answer(status: u16, head: impl Into<String>, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, head: head.into(), body: body.into() }
}

impl MockRegistry {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let own = host.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, own) = (Arc::clone(&kept), own.clone());
                thread::spawn(move || drop(serve(&stream, &kept, &own)));
            }
        });
        Self { host }
    }
}

fn serve(stream: &TcpStream, kept: &Mutex<Kept>, host: &str) -> std::io::Result<()> {
    let mut input = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    input.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut media_type, mut header) = (0, String::new(), String::new());
    while input.read_line(&mut header)? > 2 {
        let (name, value) = header.trim_end().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "content-type" => media_type = value.to_owned(),
            _ => {}
        }
        header.clear();
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    let said = kept.lock().unwrap().answer(&method, &path, media_type, body, host);
    let length = said.body.len();
    let head =
        format!("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {length}\r\n{}\r\n", said.status, said.head);
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    if method == "HEAD" { Ok(()) } else { out.write_all(&said.body) }
}

impl Kept {
    fn answer(&mut self, method: &str, path: &str, media_type: String, body: Vec<u8>, host: &str) -> Answer {
        let missing = || answer(404, "", "{}");
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        if bare == "/v2/" {
            return answer(200, "", "{}");
        }
        if bare.ends_with("/blobs/uploads/") {
            return answer(202, format!("Location: http://{host}{bare}1\r\n"), "");
        }
        if bare.contains("/blobs/uploads/") {
            let digest = query.split('&').find_map(|part| part.strip_prefix("digest=")).unwrap_or_default();
            let digest = digest.replace("%3A", ":");
            assert_eq!(digest, format!("sha256:{}", sha256(&body)), "{path}");
            self.blobs.insert(digest, body);
            return answer(201, "", "");
        }
        if let Some((_, digest)) = bare.rsplit_once("/blobs/") {
            return self.blobs.get(digest).map_or_else(missing, |blob| answer(200, "", blob.clone()));
        }
        if let Some((_, digest)) = bare.rsplit_once("/referrers/") {
            return answer(200, "Content-Type: application/vnd.oci.image.index.v1+json\r\n", self.referrers(digest));
        }
        let Some((_, name)) = bare.rsplit_once("/manifests/") else { return missing() };
        if method == "PUT" {
            let digest = format!("sha256:{}", sha256(&body));
            let parsed: Value = serde_json::from_slice(&body).unwrap();
            let about = parsed["subject"]["digest"].as_str().unwrap_or_default();
            let about = if about.is_empty() { String::new() } else { format!("OCI-Subject: {about}\r\n") };
            self.manifests.insert(digest.clone(), (media_type.clone(), body.clone()));
            self.manifests.insert(name.to_owned(), (media_type, body));
            return answer(201, format!("Docker-Content-Digest: {digest}\r\n{about}"), "");
        }
        self.manifests.get(name).map_or_else(missing, |(media_type, bytes)| {
            let digest = sha256(bytes);
            let head = format!("Content-Type: {media_type}\r\nDocker-Content-Digest: sha256:{digest}\r\n");
            answer(200, head, bytes.clone())
        })
    }

    fn referrers(&self, subject: &str) -> String {
        let mut listed = Vec::new();
        for (digest, (media_type, bytes)) in self.manifests.iter().filter(|(name, _)| name.starts_with("sha256:")) {
            let parsed: Value = serde_json::from_slice(bytes).unwrap();
            if parsed["subject"]["digest"] == subject {
                listed.push(json!({
                    "mediaType": media_type, "digest": digest, "size": bytes.len(),
                    "artifactType": parsed["artifactType"], "annotations": parsed["annotations"],
                }));
            }
        }
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": listed })
            .to_string()
    }
}
