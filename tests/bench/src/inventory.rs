//! The inventory itself: documents in through a pipe, and questions.
//!
//! Ingest runs in a process of its own, so that its processor time and memory are nobody else's; the parent makes the documents.

use std::io::{self, BufReader, BufWriter, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use plimsoll_bench::{Builds, Tar, Universe, next_file};
use plimsoll_inventory::{ComponentQuery, Context, Intake, Inventory, Location, Page, Query};
use plimsoll_model::Limits;
use plimsoll_tests::{PostgresServer, TemporaryDirectory};
use postgres::{Client, NoTls};
use rayon::prelude::*;

use crate::baseline::{PAGE, postgres_sizes, table_sizes};
use crate::measure::{Times, Watch, peak_megabytes, server_seconds};
use crate::options::{Arguments, Made};
use crate::questions::{Question, questions};

/// Documents that are read before any is taken in: what is held in memory as it came.
const AT_ONCE: usize = 64;

/// Documents that are written as one.
pub(crate) const BATCH: usize = 512;

/// The store that is measured.
enum Store {
    Sqlite(TemporaryDirectory),
    Postgres(PostgresServer, String),
}

impl Store {
    fn new(postgres: bool) -> Result<Self> {
        if postgres {
            let settings = ["shared_buffers=256MB"];
            let server = PostgresServer::start(&settings).context("PostgreSQL is not installed")?;
            let url = server.database();
            return Ok(Self::Postgres(server, url));
        }
        Ok(Self::Sqlite(TemporaryDirectory::new()))
    }

    fn place(&self) -> String {
        match self {
            Self::Sqlite(directory) => directory.path().join("inventory.db").display().to_string(),
            Self::Postgres(_, url) => url.clone(),
        }
    }

    fn elsewhere(&self) -> Result<f64> {
        match self {
            Self::Sqlite(_) => Ok(0.0),
            Self::Postgres(server, _) => server_seconds(server.process().context("no server")?),
        }
    }

    fn sizes(&self) -> Result<Vec<(String, u64)>> {
        match self {
            Self::Sqlite(_) => table_sizes(&rusqlite::Connection::open(self.place())?),
            Self::Postgres(_, url) => {
                let mut client = Client::connect(url, NoTls)?;
                client.batch_execute("CHECKPOINT")?;
                postgres_sizes(&mut client)
            }
        }
    }
}

pub(crate) fn run(made: &Made, arguments: &mut Arguments) -> Result<()> {
    let (postgres, batch) = (arguments.flag("--postgres"), arguments.number("--batch", BATCH)?);
    report(&Universe::new(made.shape.seed, 100), made, postgres, batch)
}

/// Takes everything in, asks, and prints what it took as Markdown.
pub(crate) fn report(universe: &Universe, made: &Made, postgres: bool, batch: usize) -> Result<()> {
    let store = Store::new(postgres)?;
    let title = if postgres { "PostgreSQL" } else { "SQLite" };
    let mut out = io::stdout();
    let before = store.elsewhere()?;
    let ingest = ingest(universe, made, &store.place(), batch)?;
    let elsewhere = store.elsewhere()? - before;
    let (documents, occurrences) = (made.shape.documents() as f64, made.shape.occurrences() as f64);
    let processor = ingest.processor + elsewhere;
    writeln!(out, "\n### Inventory on {title}: {documents} documents\n\n| | |\n|---|---|")?;
    writeln!(out, "| ingest, documents a second and core | {:.0} |", documents / processor)?;
    let rate = documents / ingest.wall;
    writeln!(
        out,
        "| processor s, here and in the server; wall s; documents a second | {:.1}, {elsewhere:.1}; {:.1}; {rate:.0} |",
        ingest.processor, ingest.wall
    )?;
    writeln!(out, "| peak memory | {:.0} MB |", ingest.peak)?;
    let sizes = store.sizes()?;
    let bodies: u64 = sizes.iter().filter(|(name, _)| name.starts_with("body")).map(|(_, bytes)| bytes).sum();
    let all: u64 = sizes.iter().map(|(_, bytes)| bytes).sum();
    let (rest, bodies) = ((all - bodies) as f64, bodies as f64);
    writeln!(out, "| store without documents | {:.1} MB, **{:.2} B an occurrence** |", rest / 1e6, rest / occurrences)?;
    writeln!(out, "| documents | {:.1} MB, {:.1} kB each |", bodies / 1e6, bodies / documents / 1e3)?;
    for (name, bytes) in sizes.iter().filter(|(_, bytes)| *bytes as f64 > occurrences / 200.0) {
        writeln!(out, "| `{name}` | {:.2} MB, {:.3} B |", *bytes as f64 / 1e6, *bytes as f64 / occurrences)?;
    }
    writeln!(out, "\n| question | artifacts | median / 95th percentile (first), ms |\n|---|---|---|")?;
    let questions = questions(universe, made)?;
    for question in &questions {
        let times = ask(&store.place(), question)?;
        let Question { title, artifacts, purl, version, .. } = question;
        writeln!(out, "| {title}: `{purl}@<{version}` | {artifacts} | {} |", times.text())?;
    }
    if let Some(question) = questions.first() {
        let times = cold(&store.place(), question)?;
        writeln!(out, "| a new process, `{}` | {} | {} |", question.purl, question.artifacts, times.text())?;
    }
    Ok(())
}

/// Asks in a new process each time: `plimsoll find` where `PLIMSOLL_BIN` says which, else this program.
fn cold(place: &str, question: &Question) -> Result<Times> {
    let asked = format!("{}@<{}", question.purl, question.version);
    Times::of(20, || {
        let mut command = match std::env::var_os("PLIMSOLL_BIN") {
            Some(program) => {
                let mut command = Command::new(program);
                command.args(["find", &asked, "--store", place]);
                command
            }
            None => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["job", "ask", place, &asked]);
                command
            }
        };
        let output = command.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    })
}

/// Asks many times, and checks the answer.
fn ask(place: &str, question: &Question) -> Result<Times> {
    let mut inventory = Inventory::open(&Location::parse(place))?;
    let query = Query::Component(ComponentQuery::parse(&format!("{}@<{}", question.purl, question.version))?);
    let mut found = 0;
    let times = Times::of(200, || {
        found = inventory.find(&query, Page { rows: PAGE, after: None })?.artifacts;
        Ok(())
    })?;
    ensure!(found == question.artifacts as u64, "{}: {found} found, not {}", question.purl, question.artifacts);
    Ok(times)
}

/// What an ingest took.
struct Ingest {
    processor: f64,
    wall: f64,
    peak: f64,
}

/// Runs [`job`] in a process, and feeds it.
fn ingest(universe: &Universe, made: &Made, place: &str, batch: usize) -> Result<Ingest> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["job", "ingest", place, "--batch", &batch.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut tar = Tar::new(BufWriter::with_capacity(1 << 20, child.stdin.take().context("no pipe")?));
    Builds::new(universe, made.shape).documents(made.order, |build, document| tar.file(&build.file(), document))?;
    tar.finish()?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the ingest failed");
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [processor, wall, peak] = numbers.as_slice() else { bail!("the ingest said {text}") };
    Ok(Ingest { processor: *processor, wall: *wall, peak: *peak })
}

/// What runs in a process of its own.
pub(crate) fn job(arguments: &mut Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("ingest") => {
            let place = arguments.word().context("no place")?;
            let batch = arguments.number("--batch", BATCH)?;
            let watch = Watch::new()?;
            take_in(&Location::parse(&place), batch)?;
            let (processor, wall) = watch.read()?;
            writeln!(io::stdout(), "{processor} {wall} {}", peak_megabytes("self")?)?;
            Ok(())
        }
        Some("ask") => {
            let (place, asked) = arguments.word().zip(arguments.word()).context("no place, or no question")?;
            let query = Query::Component(ComponentQuery::parse(&asked)?);
            let answer = Inventory::open(&Location::parse(&place))?.find(&query, Page { rows: PAGE, after: None })?;
            writeln!(io::stdout(), "{} of {}", answer.artifacts, answer.denominator.artifacts)?;
            Ok(())
        }
        other => bail!("no job {other:?}"),
    }
}

fn take_in(location: &Location, batch: usize) -> Result<()> {
    let mut inventory = Inventory::create(location)?;
    let mut stream = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut intakes: Vec<Intake> = Vec::new();
    let context = Context::default();
    let now = Timestamp::from_second(1_750_000_000)?;
    loop {
        let mut documents = Vec::new();
        while documents.len() < AT_ONCE
            && let Some(document) = next_file(&mut stream)?
        {
            documents.push(document);
        }
        let last = documents.len() < AT_ONCE;
        let read: Result<Vec<Intake>, _> =
            documents.par_iter().map(|document| Intake::read(document, &context, &Limits::DEFAULT)).collect();
        intakes.extend(read?);
        if last || intakes.len() >= batch {
            inventory.add(&intakes, now)?;
            intakes.clear();
        }
        if last {
            return Ok(());
        }
    }
}
