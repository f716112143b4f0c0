//! PostgreSQL servers that nobody else sees: each in a directory of its own, on a socket there and on a free port of loopback.
//!
//! A server lives as long as the process that started it, however that ends: a shell holds the end of a pipe, and when
//! the other end is gone it stops the server and removes the directory. PostgreSQL refuses to run as root; where the tests
//! do, it runs as `postgres` or `nobody`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use crate::{TemporaryDirectory, skip_without};

/// Starts the server and waits for the end of its own input. `$1` is the program, `$2` the directory, `$3` the port.
const KEEPER: &str = r#"
program=$1 directory=$2 port=$3
shift 3
"$program" -D "$directory/data" -k "$directory" -c listen_addresses=127.0.0.1 -p "$port" "$@" >"$directory/log" 2>&1 &
server=$!
echo "$server" >"$directory/pid"
read -r _
kill -QUIT "$server"
wait "$server"
rm -rf "$directory"
"#;

/// Fit for tests: what survives a killed server matters, what survives a power cut does not.
const SETTINGS: &[&str] =
    &["-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "max_connections=200", "-c", "autovacuum_naptime=60"];

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running PostgreSQL server.
#[derive(Debug)]
pub struct PostgresServer {
    directory: PathBuf,
    port: u16,
    keeper: Child,
    /// Closed, the server ends.
    leash: Option<ChildStdin>,
}

impl PostgresServer {
    /// The server that all tests of this process share, each in databases of its own; `None`, which is said, where
    /// PostgreSQL is not installed.
    ///
    /// # Panics
    /// It does not start.
    pub fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(&[])).as_ref()
    }

    /// A server of one's own, with settings as `postgres -c NAME=VALUE` takes them.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            skip_without("postgres");
            return None;
        };
        // Another process may take the port between the look and the start.
        let mut tries = 0..3;
        loop {
            match Self::try_start(&programs, settings) {
                Ok(server) => return Some(server),
                Err(error) => assert!(tries.next().is_some(), "{error}"),
            }
        }
    }

    fn try_start(programs: &Path, settings: &[&str]) -> Result<Self, String> {
        let directory = directory();
        let owner = owner(&directory);
        let run = |program: &Path| {
            let mut command = match owner {
                Some((user, group)) => {
                    let mut command = Command::new("setpriv");
                    command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
                    command.arg(program);
                    command
                }
                None => Command::new(program),
            };
            command.env("LC_ALL", "C").current_dir("/");
            command
        };
        let made = run(&programs.join("initdb"))
            .args(["--username=plimsoll", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(directory.join("data"))
            .output()
            .map_err(|error| format!("cannot run initdb: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(|error| format!("no free port: {error}"))?.port();
        let mut keeper = run(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "postgres-keeper"])
            .arg(programs.join("postgres"))
            .arg(&directory)
            .arg(port.to_string())
            .args(SETTINGS)
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start a shell: {error}"))?;
        let leash = keeper.stdin.take();
        let server = Self { directory, port, keeper, leash };
        server.wait_until_it_answers()?;
        Ok(server)
    }

    fn wait_until_it_answers(&self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            match Client::connect(&self.url("postgres"), NoTls) {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() > PATIENCE || self.has_ended() => {
                    let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                    return Err(format!("PostgreSQL does not answer: {error}\n{log}"));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Whether the server has written its number and is no more.
    fn has_ended(&self) -> bool {
        self.process().is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists())
    }

    /// Makes an empty database and gives its URL, through the socket.
    ///
    /// # Panics
    /// The server refuses.
    pub fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Client::connect(&self.url("postgres"), NoTls)
            .and_then(|mut client| client.batch_execute(&format!("CREATE DATABASE {name}")))
            .unwrap_or_else(|error| panic!("cannot make a database: {error}"));
        self.url(&name)
    }

    /// The URL of a database through the socket.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let directory = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://plimsoll@{directory}:{}/{database}", self.port)
    }

    /// The URL of a database through loopback.
    #[must_use]
    pub fn loopback_url(&self, database: &str) -> String {
        format!("postgres://plimsoll@127.0.0.1:{}/{database}", self.port)
    }

    /// The number of the server's process.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        fs::read_to_string(self.directory.join("pid")).ok()?.trim().parse().ok()
    }

    /// The directory with `data` and `log`.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.leash.take());
        drop(self.keeper.wait());
    }
}

/// Where `initdb` and `postgres` are: among the programs, or where Debian puts them; the newest version of several.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let places = std::env::split_paths(&path).chain(versions.into_iter().rev().map(|(_, place)| place));
    places.into_iter().find(|place| place.join("initdb").exists() && place.join("postgres").exists())
}

/// A directory that no drop removes: the shell does. Its path is short, as a socket's may have 107 bytes.
fn directory() -> PathBuf {
    let taken = TemporaryDirectory::new();
    let path = taken.path().with_extension("pg");
    fs::create_dir_all(&path).unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
    path
}

/// Who the server runs as, when we are root: the directory becomes theirs.
fn owner(directory: &Path) -> Option<(u32, u32)> {
    if fs::metadata(directory).is_ok_and(|about| about.uid() != 0) {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect())
            .find(|fields: &Vec<&str>| fields.first() == Some(&name))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let (user, group) = ids("postgres").or_else(|| ids("nobody")).unwrap_or((65534, 65534));
    chown(directory, Some(user), Some(group)).unwrap_or_else(|error| panic!("chown {}: {error}", directory.display()));
    Some((user, group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_on_both_ways_and_is_gone_after() {
        let Some(server) = PostgresServer::start(&["work_mem=8MB"]) else { return };
        let directory = server.directory().to_owned();
        let process = server.process().expect("a number");
        let database = server.database();
        let name = database.rsplit('/').next().expect("a name");
        for url in [database.clone(), server.loopback_url(name)] {
            let mut client = Client::connect(&url, NoTls).expect("it answers");
            let row = client.query_one("SELECT current_setting('work_mem')", &[]).expect("a row");
            assert_eq!(row.get::<_, String>(0), "8MB");
        }
        drop(server);
        assert!(!directory.exists());
        assert!(!Path::new("/proc").join(process.to_string()).exists());
    }
}
