//! What names, versions and files look like in each ecosystem.

/// Where packages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// JavaScript.
    Npm,
    /// Java.
    Maven,
    /// Python.
    Pypi,
    /// Go.
    Golang,
    /// Debian.
    Deb,
    /// Rust.
    Cargo,
}

impl Ecosystem {
    /// All of them, with the number of names of the default universe: 60,000.
    pub const SIZES: [(Self, usize); 6] = [
        (Self::Npm, 26_000),
        (Self::Maven, 10_000),
        (Self::Pypi, 8_000),
        (Self::Golang, 7_000),
        (Self::Deb, 5_000),
        (Self::Cargo, 4_000),
    ];

    /// What applications are written in, and in how many of 100.
    pub(crate) const LANGUAGES: [(Self, usize); 5] =
        [(Self::Npm, 35), (Self::Maven, 25), (Self::Pypi, 15), (Self::Golang, 15), (Self::Cargo, 10)];

    /// The type of its package URLs.
    #[must_use]
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Maven => "maven",
            Self::Pypi => "pypi",
            Self::Golang => "golang",
            Self::Deb => "deb",
            Self::Cargo => "cargo",
        }
    }

    /// The most used packages: namespace and name as a package URL has them.
    pub(crate) const fn leaders(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Npm => &[
                ("", "lodash"),
                ("", "semver"),
                ("", "debug"),
                ("", "ms"),
                ("", "chalk"),
                ("@babel", "core"),
                ("", "react"),
                ("", "express"),
                ("", "axios"),
                ("@types", "node"),
            ],
            Self::Maven => &[
                ("org.slf4j", "slf4j-api"),
                ("com.fasterxml.jackson.core", "jackson-databind"),
                ("org.apache.logging.log4j", "log4j-core"),
                ("com.google.guava", "guava"),
                ("org.springframework", "spring-core"),
                ("commons-io", "commons-io"),
            ],
            Self::Pypi => &[("", "requests"), ("", "urllib3"), ("", "certifi"), ("", "numpy"), ("", "jinja2")],
            Self::Golang => &[
                ("golang.org/x", "net"),
                ("golang.org/x", "sys"),
                ("golang.org/x", "crypto"),
                ("github.com/stretchr", "testify"),
                ("google.golang.org", "protobuf"),
            ],
            Self::Deb => &[
                ("debian", "libc6"),
                ("debian", "libssl3"),
                ("debian", "zlib1g"),
                ("debian", "liblzma5"),
                ("debian", "bash"),
            ],
            Self::Cargo => &[("", "serde"), ("", "syn"), ("", "libc"), ("", "proc-macro2"), ("", "rand")],
        }
    }

    /// The name of one of the others: different for each number below the square of the number of words, 32,761.
    pub(crate) fn name(self, number: usize) -> (String, String) {
        let count = WORDS.len();
        // A prime spreads them, so that neighbours have nothing in common.
        let number = number * 7919 % (count * count);
        let (one, two) = (WORDS[number % count], WORDS[number / count]);
        match self {
            Self::Npm if number.is_multiple_of(5) => (format!("@{two}"), format!("{one}-{}", WORDS[number % 37])),
            Self::Npm | Self::Cargo => (String::new(), format!("{one}-{two}")),
            Self::Maven => (format!("org.{two}.{}", WORDS[number % 53]), format!("{one}-{two}")),
            Self::Pypi => (String::new(), format!("{one}-{two}")),
            Self::Golang => (format!("github.com/{two}-{}", WORDS[number % 61]), one.to_owned()),
            Self::Deb => ("debian".to_owned(), format!("lib{one}-{two}{}", number % 10)),
        }
    }

    /// A version as this ecosystem writes it.
    pub(crate) fn version(self, [major, minor, patch]: [u32; 3], salt: u64) -> String {
        match self {
            Self::Maven if salt.is_multiple_of(5) => format!("{major}.{minor}.{patch}.Final"),
            Self::Golang => format!("v{major}.{minor}.{patch}"),
            Self::Deb if salt.is_multiple_of(12) => format!("1:{major}.{minor}.{patch}-{}", salt % 7 + 1),
            Self::Deb => format!("{major}.{minor}.{patch}-{}+deb12u{}", salt % 7 + 1, salt % 3 + 1),
            _ => format!("{major}.{minor}.{patch}"),
        }
    }

    /// Where the package is downloaded from.
    pub(crate) const fn registry(self) -> &'static str {
        match self {
            Self::Npm => "https://registry.npmjs.example/",
            Self::Maven => "https://repo.maven.example/maven2/",
            Self::Pypi => "https://files.pypi.example/packages/",
            Self::Golang => "https://proxy.golang.example/",
            Self::Deb => "https://deb.debian.example/pool/main/",
            Self::Cargo => "https://static.crates.example/crates/",
        }
    }

    /// The file in which a scanner found the package.
    pub(crate) const fn evidence(self) -> &'static str {
        match self {
            Self::Npm => "/srv/app/node_modules/.package-lock.json",
            Self::Maven => "/srv/app/lib/application.jar",
            Self::Pypi => "/usr/lib/python3/dist-packages",
            Self::Golang => "/usr/local/bin/server",
            Self::Deb => "/var/lib/dpkg/status",
            Self::Cargo => "/usr/local/bin/agent",
        }
    }

    /// Qualifiers of its package URLs.
    pub(crate) const fn qualifiers(self) -> &'static str {
        match self {
            Self::Deb => "?arch=amd64&distro=debian-12",
            Self::Maven => "?type=jar",
            _ => "",
        }
    }
}

const WORDS: &[&str] = &[
    "abort", "accept", "adapter", "agent", "align", "alpine", "anchor", "ansi", "apollo", "arc", "array", "assert",
    "async", "atlas", "audit", "auth", "avro", "axis", "backoff", "basic", "batch", "beacon", "binary", "bind",
    "bitmap", "block", "body", "bolt", "bridge", "browser", "buffer", "build", "bundle", "bytes", "cache", "call",
    "camel", "canvas", "cargo", "chain", "channel", "chart", "check", "cipher", "clean", "client", "clock", "clone",
    "cloud", "cluster", "codec", "color", "column", "command", "compat", "config", "connect", "console", "content",
    "convert", "cookie", "copy", "core", "crypto", "cursor", "data", "date", "decode", "deep", "defer", "define",
    "delta", "derive", "detect", "diff", "digest", "direct", "docs", "domain", "draft", "driver", "dynamic", "easy",
    "edge", "editor", "email", "encode", "engine", "entity", "env", "error", "escape", "event", "exec", "export",
    "express", "fast", "fetch", "field", "file", "filter", "find", "fixed", "flag", "flat", "float", "flow", "focus",
    "font", "form", "format", "frame", "from", "fs", "fuzzy", "gate", "glob", "graph", "grid", "group", "guard",
    "handle", "hash", "header", "heap", "helm", "history", "hook", "host", "html", "http", "icon", "image", "import",
    "index", "inflate", "input", "insert", "iterator", "jobs", "json", "kernel", "key", "kind", "label", "layer",
    "layout", "lazy", "level", "lexer", "light", "line", "link", "list", "load", "local", "lock", "log", "logic",
    "loop", "macro", "mail", "map", "mark", "match", "media", "memo", "merge", "meta", "metric", "micro", "mime",
    "mini", "mock", "model", "module", "mutex", "native", "nest", "node", "number",
];
