//! The schema of OSV, as far as it is read.

use plimsoll_syntax::json::{Loose, Text};
use plimsoll_syntax::loose_object;

/// A list of strings, any of which may be something else.
pub(super) type Texts<'a> = Vec<Loose<Text<'a>>>;

loose_object! {
    /// A record.
    pub(super) struct WireRecord<'a> {
        "id" => id: Text<'a>,
        "aliases" => aliases: Texts<'a>,
        "upstream" => upstream: Texts<'a>,
        "related" => related: Texts<'a>,
        "summary" => summary: Text<'a>,
        "details" => details: Text<'a>,
        "published" => published: Text<'a>,
        "modified" => modified: Text<'a>,
        "withdrawn" => withdrawn: Text<'a>,
        "severity" => severity: Vec<Loose<WireSeverity<'a>>>,
        "affected" => affected: Vec<Loose<Box<WireAffected<'a>>>>,
        "references" => references: Vec<Loose<WireReference<'a>>>,
        "database_specific" => database_specific: WireDatabase<'a>,
    }
}

loose_object! {
    /// A severity.
    pub(super) struct WireSeverity<'a> {
        "type" => kind: Text<'a>,
        "score" => score: Text<'a>,
    }
}

loose_object! {
    /// A reference.
    pub(super) struct WireReference<'a> {
        "type" => kind: Text<'a>,
        "url" => url: Text<'a>,
    }
}

loose_object! {
    /// What GitHub, the list of malicious packages and RustSec add.
    pub(super) struct WireDatabase<'a> {
        "severity" => severity: Text<'a>,
        "malicious-packages-origins" => malicious_origins: Vec<Loose<Ignored>>,
        "informational" => informational: Text<'a>,
        "cwe_ids" => weaknesses: Texts<'a>,
        "cwes" => described: Vec<Loose<WireWeakness<'a>>>,
    }
}

loose_object! {
    /// A weakness as the malicious-packages list and others write it.
    pub(super) struct WireWeakness<'a> {
        "cweId" => id: Text<'a>,
    }
}

loose_object! {
    /// What is said of one package.
    pub(super) struct WireAffected<'a> {
        "package" => package: WirePackage<'a>,
        "severity" => severity: Vec<Loose<WireSeverity<'a>>>,
        "ranges" => ranges: Vec<Loose<WireRange<'a>>>,
        "versions" => versions: Texts<'a>,
        "ecosystem_specific" => ecosystem_specific: WireEcosystem<'a>,
        "database_specific" => database_specific: WireDatabase<'a>,
    }
}

loose_object! {
    /// A package.
    pub(super) struct WirePackage<'a> {
        "ecosystem" => ecosystem: Text<'a>,
        "name" => name: Text<'a>,
        "purl" => purl: Text<'a>,
    }
}

loose_object! {
    /// A range.
    pub(super) struct WireRange<'a> {
        "type" => kind: Text<'a>,
        "repo" => repo: Text<'a>,
        "events" => events: Vec<Loose<WireEvent<'a>>>,
    }
}

loose_object! {
    /// An event.
    pub(super) struct WireEvent<'a> {
        "introduced" => introduced: Text<'a>,
        "fixed" => fixed: Text<'a>,
        "last_affected" => last_affected: Text<'a>,
        "limit" => limit: Text<'a>,
    }
}

loose_object! {
    /// What Go, RustSec, Debian, Ubuntu and others add to a package.
    pub(super) struct WireEcosystem<'a> {
        "imports" => imports: Vec<Loose<WireImport<'a>>>,
        "affects" => affects: WireAffects<'a>,
        "severity" => severity: Text<'a>,
        "urgency" => urgency: Text<'a>,
        "rpmmod" => module: Text<'a>,
        "custom_ranges" => custom_ranges: Vec<Loose<WireRange<'a>>>,
    }
}

loose_object! {
    /// An import of Go.
    pub(super) struct WireImport<'a> {
        "path" => path: Text<'a>,
        "symbols" => symbols: Texts<'a>,
        "goos" => goos: Texts<'a>,
        "goarch" => goarch: Texts<'a>,
    }
}

loose_object! {
    /// What RustSec says of functions and platforms.
    pub(super) struct WireAffects<'a> {
        "functions" => functions: Texts<'a>,
        "os" => os: Texts<'a>,
        "arch" => arch: Texts<'a>,
    }
}

/// A value that matters only in being there.
#[derive(Debug, Default)]
pub(super) struct Ignored;

impl plimsoll_syntax::json::Fill<'_> for Ignored {}
