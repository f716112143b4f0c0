//! Reviews of Kubernetes a second, of a webhook that runs: `plimsoll serve --admission`.
//!
//! One review is sent again and again over connections that stay open, each waiting for its answer before it asks again, as API servers
//! do. `docs/benchmarks.md` has what came out.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::options::Arguments;

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Where, with what, and how long.
struct Plan {
    address: String,
    config: Arc<ClientConfig>,
    request: Vec<u8>,
    seconds: u64,
}

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let url = arguments.text("--url")?.context("--url https://127.0.0.1:PORT")?;
    let authority: PathBuf = arguments.text("--ca")?.context("--ca FILE")?.into();
    let review = std::fs::read(arguments.text("--review")?.context("--review FILE")?)?;
    let connections = arguments.number("--connections", 8)?;
    let seconds = arguments.number("--seconds", 10)? as u64;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&authority)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        review.len()
    );
    let request = [head.as_bytes(), &review].concat();
    let plan = Plan { address: url.trim_start_matches("https://").to_owned(), config, request, seconds };
    // What the cryptography of a process does at its first handshake, on both sides, is done before: no API server is new for each review.
    let mut before = connect(&plan)?;
    before.conn.complete_io(&mut before.sock)?;
    let mut stream = connect(&plan)?;
    stream.conn.complete_io(&mut stream.sock)?;
    let began = Instant::now();
    ask(&plan, &mut stream)?;
    println!("first review: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    let threads: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(|| load(&plan))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let took = began.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for thread in threads {
        times.extend(thread.map_err(|_| anyhow::anyhow!("a thread ended in a fault"))??);
    }
    times.sort_unstable();
    ensure!(!times.is_empty(), "nothing was answered");
    let at = |part: usize| times[(times.len() - 1) * part / 1000].as_secs_f64() * 1e3;
    println!(
        "{} reviews of {} bytes in {took:.1} s over {connections} connections: {:.0}/s",
        times.len(),
        review.len(),
        times.len() as f64 / took
    );
    println!("half in {:.2} ms, 99 % in {:.2} ms, 99.9 % in {:.2} ms", at(500), at(990), at(999));
    Ok(())
}

fn connect(plan: &Plan) -> Result<Stream> {
    let socket = TcpStream::connect(&plan.address)?;
    socket.set_nodelay(true)?;
    let connection = ClientConnection::new(Arc::clone(&plan.config), ServerName::try_from("localhost")?)?;
    Ok(StreamOwned::new(connection, socket))
}

fn load(plan: &Plan) -> Result<Vec<Duration>> {
    let mut stream = connect(plan)?;
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed().as_secs() < plan.seconds {
        let asked = Instant::now();
        ask(plan, &mut stream)?;
        times.push(asked.elapsed());
    }
    Ok(times)
}

/// Sends the review, and reads an answer with status 200.
fn ask(plan: &Plan, stream: &mut Stream) -> Result<()> {
    stream.write_all(&plan.request)?;
    stream.flush()?;
    let (mut bytes, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let count = stream.read(&mut buffer)?;
        ensure!(count > 0, "the connection ended");
        bytes.extend_from_slice(&buffer[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("no length")?.parse()?;
        if bytes.len() < end + 4 + length {
            continue;
        }
        if !head.starts_with("http/1.1 200") {
            bail!("{}", String::from_utf8_lossy(&bytes));
        }
        return Ok(());
    }
}
