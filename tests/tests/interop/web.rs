//! The pages of `serve` in Chromium, by `tests/interop/web/pages.mjs`: with and without scripts, light and dark, phone and desk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_advisory::vex::VexBook;
use plimsoll_advisory::{Advisories, SnapshotBuilder, osv};
use plimsoll_inventory::{Context, Grounds, Intake, Inventory, Label, Location};
use plimsoll_model::Limits;
use plimsoll_serve::{Options, Server};
use plimsoll_tests::{TemporaryDirectory, skip_without, workspace};

fn document(name: &str, build: u32, lodash: &str) -> String {
    serde_json::json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": { "component": { "type": "application", "bom-ref": "r", "name": name, "version": build.to_string() } },
        "components": [
            { "type": "library", "bom-ref": "e", "name": "express", "purl": format!("pkg:npm/express@4.{build}.0") },
            { "type": "library", "bom-ref": "a", "name": "async", "purl": "pkg:npm/async@2.6.4" },
            { "type": "library", "bom-ref": "l", "name": "lodash", "purl": format!("pkg:npm/lodash@{lodash}") },
        ],
        "dependencies": [
            { "ref": "r", "dependsOn": ["e"] }, { "ref": "e", "dependsOn": ["a"] }, { "ref": "a", "dependsOn": ["l"] },
        ],
    })
    .to_string()
}

const ADVISORY: &str = r#"{"id": "GHSA-1111-2222-3333", "aliases": ["CVE-2021-44228"], "modified": "2026-01-02T03:04:05Z",
    "summary": "Something that lodash did", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [{"package": {"ecosystem": "npm", "name": "lodash"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.22"}]}]}]}"#;

/// An inventory with findings, and the advisories that they are by.
fn fill(location: &Location, advisories: &Path) {
    let mut inventory = Inventory::create(location).unwrap();
    for (build, lodash) in [(1, "4.17.15"), (2, "4.17.20"), (3, "4.17.21")] {
        for (name, owner) in [("checkout", "payments"), ("storefront", "web"), ("reports", "data")] {
            let mut context = Context::default();
            context.labels = vec![Label { name: "owner".to_owned(), value: owner.to_owned() }];
            context.partial = name == "reports";
            let document = document(name, build, lodash);
            let intake = Intake::read(document.as_bytes(), &context, &Limits::DEFAULT).unwrap();
            inventory.add(&[intake], Timestamp::UNIX_EPOCH).unwrap();
        }
    }
    let advisory = osv::read("advisory", ADVISORY.as_bytes(), &Limits::DEFAULT).advisory.unwrap();
    let mut builder = SnapshotBuilder::new();
    builder.add(&advisory);
    builder.write_file(advisories, Timestamp::UNIX_EPOCH).unwrap();
    let all = Advisories::from_records([advisory]);
    inventory.reassess(&Grounds::new(&all, &VexBook::default()), Timestamp::now()).unwrap();
}

#[test]
fn people_find_their_way_in_a_browser() {
    let Some(chromium) =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().find(|path| Path::new(path).exists())
    else {
        return skip_without("chromium");
    };
    let given = std::env::var_os("PLIMSOLL_INTEROP_NODE_MODULES").map(PathBuf::from);
    let usual = ["target/interop-node/node_modules", "tests/interop/node_modules"].map(|path| workspace().join(path));
    let Some(modules) = given.into_iter().chain(usual).find(|modules| modules.join("playwright-core").is_dir()) else {
        return skip_without("node");
    };
    let directory = TemporaryDirectory::new();
    let location = Location::File(directory.path().join("inventory.db"));
    let advisories = directory.path().join("advisories");
    fill(&location, &advisories);
    let mut options = Options::new(location, Arc::new(Timestamp::now));
    options.advisories = Some(advisories);
    options.max_age_days = 0;
    let server = Server::start(options).unwrap();
    let output = Command::new("node")
        .arg(workspace().join("tests/interop/web/pages.mjs"))
        .args([server.url(), chromium])
        .env("PLIMSOLL_INTEROP_NODE_MODULES", modules)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
}
