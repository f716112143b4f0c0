//! `plimsoll referrers`.

use std::io::{self, Write};

use plimsoll_model::printable;
use plimsoll_registry::{CopyPlace, Descriptor, ReferrerNode, ReferrerPlace, ReferrerTree, TreeOptions, referrer_tree};
use serde_json::{Value, json};

use crate::args::{DataFormat, ReferrersArguments};
use crate::exit;
use crate::failure::Failure;
use crate::output::{Target, Ui, write_json};

pub(super) fn run(arguments: &ReferrersArguments, offline: bool, ui: &mut Ui) -> Result<u8, Failure> {
    refuse_offline(&[&arguments.image], offline)?;
    let mut options = TreeOptions::default();
    options.wanted_type.clone_from(&arguments.wanted_type);
    options.max_referrers = arguments.max_referrers;
    let tree = referrer_tree(&arguments.image, &arguments.network.options(), &options)?;
    for notice in &tree.notices {
        ui.warning(notice);
    }
    ui.status(&format!("{} is {}", arguments.image, tree.subject.digest));
    if is_bare(&tree) {
        ui.status("nothing refers to it");
    }
    Target::Stdout.write(|out| match arguments.format {
        DataFormat::Text => write_tree(out, &Line::of(&tree), "").map_err(Failure::from),
        DataFormat::Json => {
            let report = json!({
                "schema": "plimsoll.referrers/1", "image": arguments.image.to_string(), "subject": subject(&tree),
            });
            Ok(write_json(out, &report)?)
        }
    })?;
    Ok(exit::DONE)
}

/// Fails when a place needs the network, and it is forbidden.
pub(super) fn refuse_offline(places: &[&CopyPlace], offline: bool) -> Result<(), Failure> {
    if offline && places.iter().any(|place| matches!(place, CopyPlace::Registry(_))) {
        return Err(Failure::usage("registry: needs the network, and --offline forbids it"));
    }
    Ok(())
}

/// Adds a member, if there is something to say.
pub(super) fn set(value: &mut Value, name: &str, text: Option<&str>) {
    if let (Some(text), Some(members)) = (text, value.as_object_mut()) {
        members.insert(name.to_owned(), text.into());
    }
}

fn is_bare(tree: &ReferrerTree) -> bool {
    tree.referrers.is_empty() && tree.members.iter().all(is_bare)
}

/// A line of the tree and those below it.
struct Line {
    text: String,
    below: Vec<Line>,
}

impl Line {
    fn of(tree: &ReferrerTree) -> Self {
        let subject = &tree.subject;
        let platform = subject.platform.as_deref().map(|platform| format!("{platform}  ")).unwrap_or_default();
        let referrers = tree.referrers.iter().map(Self::of_referrer);
        Self {
            text: format!("{platform}{}  {} bytes", subject.digest, subject.size),
            below: referrers.chain(tree.members.iter().map(Self::of)).collect(),
        }
    }

    fn of_referrer(node: &ReferrerNode) -> Self {
        let descriptor = &node.referrer.descriptor;
        let layers = node.layers.iter().map(|layer| Self { text: thing(&layer.media_type, layer), below: Vec::new() });
        let name = match node.referrer.place {
            ReferrerPlace::CosignTag(kind) => format!("tag .{} of cosign", kind.suffix()),
            ReferrerPlace::Index => "attestations of BuildKit".to_owned(),
            _ => artifact_type(descriptor).to_owned(),
        };
        Self {
            text: thing(&name, descriptor),
            below: layers.chain(node.referrers.iter().map(Self::of_referrer)).collect(),
        }
    }
}

fn artifact_type(descriptor: &Descriptor) -> &str {
    descriptor.artifact_type.as_deref().unwrap_or("of no artifact type")
}

fn thing(name: &str, descriptor: &Descriptor) -> String {
    let predicate = descriptor.predicate_type().map(|text| format!("  {text}")).unwrap_or_default();
    format!("{name}  {}  {} bytes{predicate}", descriptor.digest, descriptor.size)
}

fn write_tree(out: &mut dyn Write, line: &Line, indent: &str) -> io::Result<()> {
    writeln!(out, "{}", printable(&line.text))?;
    let last = line.below.len().saturating_sub(1);
    for (at, below) in line.below.iter().enumerate() {
        let (branch, more) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        write!(out, "{indent}{branch}")?;
        write_tree(out, below, &format!("{indent}{more}"))?;
    }
    Ok(())
}

fn described(descriptor: &Descriptor) -> Value {
    let mut out = json!({
        "digest": descriptor.digest.to_string(), "mediaType": descriptor.media_type, "size": descriptor.size,
    });
    set(&mut out, "predicateType", descriptor.predicate_type());
    if let (false, Some(members)) = (descriptor.annotations.is_empty(), out.as_object_mut()) {
        members.insert("annotations".to_owned(), json!(descriptor.annotations));
    }
    out
}

fn subject(tree: &ReferrerTree) -> Value {
    let mut out = described(&tree.subject);
    set(&mut out, "platform", tree.subject.platform.as_deref());
    if let Some(members) = out.as_object_mut() {
        members.insert("referrers".to_owned(), tree.referrers.iter().map(node).collect());
        members.insert("members".to_owned(), tree.members.iter().map(subject).collect());
    }
    out
}

fn node(node: &ReferrerNode) -> Value {
    let descriptor = &node.referrer.descriptor;
    let mut out = described(descriptor);
    let place = match node.referrer.place {
        ReferrerPlace::Api => "api",
        ReferrerPlace::FallbackTag => "fallback-tag",
        ReferrerPlace::CosignTag(kind) => {
            set(&mut out, "cosign", Some(kind.suffix()));
            "cosign-tag"
        }
        ReferrerPlace::Index => "index",
        _ => "layout",
    };
    set(&mut out, "foundIn", Some(place));
    let layered = matches!(node.referrer.place, ReferrerPlace::CosignTag(_) | ReferrerPlace::Index);
    if let Some(members) = out.as_object_mut() {
        if layered {
            members.insert("layers".to_owned(), node.layers.iter().map(described).collect());
        }
        members.insert("referrers".to_owned(), node.referrers.iter().map(self::node).collect());
    }
    set(&mut out, "artifactType", descriptor.artifact_type.as_deref().filter(|_| !layered));
    out
}
