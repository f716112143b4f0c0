//! SPDX 2.3 JSON. <https://spdx.github.io/spdx-spec/v2.3/>
//!
//! What SPDX has no field for (lines, confidence, layers, scope) is told in `sourceInfo` and in annotations, and counted
//! as lost where it cannot be read back.

mod package;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use plimsoll_model::{ComponentIndex, FileRecord, RelationshipKind, Scope};

use crate::json::JsonWriter;
use crate::uuid::ContentUuid;
use crate::{Agent, EncodeError, Encoder, Loss, Observation, Timestamp};

/// Writes SPDX JSON.
pub(crate) struct SpdxJson;

impl Encoder for SpdxJson {
    fn encode(&self, document: &Observation, out: &mut dyn Write) -> Result<Loss, EncodeError> {
        let writer = DocumentWriter::new(document);
        let mut serial = ContentUuid::new();
        writer.write(&mut serial, None)?;
        writer.write(out, Some(&serial.finish()))?;
        let mut loss = Loss::default();
        let evidence = document.graph.components().map(|(_, component)| component.evidence.len()).sum();
        loss.add("evidence (kept as text in sourceInfo)", evidence);
        loss.add("file without digest", document.files.iter().filter(|file| file.hashes.is_empty()).count());
        Ok(loss)
    }
}

struct DocumentWriter<'a> {
    document: &'a Observation,
    root: String,
    /// SPDX ids of the components, by position.
    ids: Vec<String>,
    /// The time that stands wherever SPDX demands one.
    created: Timestamp,
}

impl<'a> DocumentWriter<'a> {
    fn new(document: &'a Observation) -> Self {
        let component = &document.subject.component;
        Self {
            document,
            root: words::id("DocumentRoot", &component.name, component.key().as_str()),
            ids: document
                .graph
                .components()
                .map(|(at, component)| {
                    let key = document.graph.key(at).map(|key| key.as_str()).unwrap_or_default();
                    words::id("Package", &component.name, key)
                })
                .collect(),
            created: document.timestamp.clone().unwrap_or_else(Timestamp::epoch),
        }
    }

    fn id(&self, at: ComponentIndex) -> &str {
        self.ids.get(at.get()).map(String::as_str).unwrap_or_default()
    }

    fn write(&self, out: &mut dyn Write, serial: Option<&str>) -> io::Result<()> {
        let document = self.document;
        let name = words::one_line(&document.subject.component.name);
        let mut json = JsonWriter::new(out);
        json.object(|json| {
            json.member("spdxVersion", "SPDX-2.3")?;
            json.member("dataLicense", "CC0-1.0")?;
            json.member("SPDXID", "SPDXRef-DOCUMENT")?;
            json.member("name", &name)?;
            let part = words::id_part(&name);
            let namespace = serial.map(|serial| format!("https://spdx.org/spdxdocs/{part}-{serial}"));
            json.optional("documentNamespace", namespace.as_deref())?;
            json.object_member("creationInfo", |json| self.creation_info(json))?;
            json.array_member("annotations", self.annotations(), |json, text| self.annotation(json, &text))?;
            json.name("packages")?;
            let root = std::iter::once((self.root.as_str(), &document.subject.component));
            let packages = document.graph.components().map(|(at, component)| (self.id(at), component));
            json.array(root.chain(packages), |json, (id, component)| package::write(json, id, component, document))?;
            json.array_member("files", self.files(), package::write_file)?;
            self.relationships(json)?;
            json.array_member("hasExtractedLicensingInfos", self.licences(), |json, (id, text)| {
                json.object(|json| {
                    json.member("licenseId", &id)?;
                    json.member("extractedText", &text)
                })
            })
        })?;
        json.finish()
    }

    /// The files that have a digest, which SPDX demands (2.3 §8.4).
    fn files(&self) -> impl Iterator<Item = &FileRecord> {
        self.document.files.iter().filter(|file| !file.hashes.is_empty())
    }

    fn creation_info(&self, json: &mut JsonWriter<'_>) -> io::Result<()> {
        json.member("created", self.created.as_str())?;
        let tools = self
            .document
            .tools
            .iter()
            .map(|tool| format!("Tool: {}-{}", tool.name, tool.version.as_deref().unwrap_or_default()));
        let authors = self.document.authors.iter().map(person);
        json.array_member("creators", tools.chain(authors), |json, creator| json.string(&creator))
    }

    /// What the document says about itself.
    fn annotations(&self) -> Vec<String> {
        let document = self.document;
        let mut out = Vec::new();
        if document.timestamp.is_none() {
            out.push("no creation time is known; 1970-01-01T00:00:00Z stands for it".to_owned());
        }
        if document.is_incomplete() {
            out.push("incomplete: some of the input could not be read; see the other annotations".to_owned());
        }
        out.extend(document.properties.iter().map(|(name, value)| format!("{name}={value}")));
        out.extend(document.diagnostics.iter().map(|held| format!("plimsoll:diagnostic={held}")));
        out
    }

    fn annotation(&self, json: &mut JsonWriter<'_>, text: &str) -> io::Result<()> {
        let tool = self.document.tools.first();
        let annotator = tool.map_or_else(
            || "Tool: plimsoll".to_owned(),
            |tool| format!("Tool: {}-{}", tool.name, tool.version.as_deref().unwrap_or_default()),
        );
        json.object(|json| {
            json.member("annotationDate", self.created.as_str())?;
            json.member("annotationType", "OTHER")?;
            json.member("annotator", &annotator)?;
            json.member("comment", text)
        })
    }

    fn relationships(&self, json: &mut JsonWriter<'_>) -> io::Result<()> {
        let document = self.document;
        let describes = std::iter::once(("SPDXRef-DOCUMENT", "DESCRIBES", self.root.as_str()));
        let holds = if document.layers.is_empty() { "DEPENDS_ON" } else { "CONTAINS" };
        let direct = document.subject.direct.iter().map(|at| (self.root.as_str(), holds, self.id(*at)));
        let edges = document.graph.relationships().iter().map(|edge| {
            let (from, to) = (self.id(edge.from), self.id(edge.to));
            match (edge.kind, edge.scope) {
                (RelationshipKind::Contains, _) => (from, "CONTAINS", to),
                (_, Scope::Dev) => (to, "DEV_DEPENDENCY_OF", from),
                (_, Scope::Build) => (to, "BUILD_DEPENDENCY_OF", from),
                (_, Scope::Optional) => (to, "OPTIONAL_DEPENDENCY_OF", from),
                _ => (from, "DEPENDS_ON", to),
            }
        });
        let files: Vec<String> = self.files().map(package::file_id).collect();
        let holds_files = files.iter().map(|id| (self.root.as_str(), "CONTAINS", id.as_str()));
        json.name("relationships")?;
        // Edges that differ in what SPDX does not tell apart would be doubles.
        let mut written = HashSet::new();
        let all = describes.chain(direct).chain(edges).chain(holds_files);
        json.array(all.filter(|edge| written.insert(*edge)), |json, (from, kind, to)| {
            json.object(|json| {
                json.member("spdxElementId", from)?;
                json.member("relationshipType", kind)?;
                json.member("relatedSpdxElement", to)
            })
        })
    }

    /// Licence statements that are no SPDX expression, by the id that stands for them.
    fn licences(&self) -> BTreeMap<String, String> {
        let subject = std::iter::once(&self.document.subject.component);
        let components = self.document.graph.components().map(|(_, component)| component);
        let mut out = BTreeMap::new();
        for license in subject.chain(components).flat_map(|component| &component.licenses) {
            let Some(expression) = words::expression(license) else {
                out.insert(words::license_ref(license.text()), license.text().to_owned());
                continue;
            };
            // An expression may name references of its own; their text is not known.
            for word in expression.split([' ', '(', ')']).filter(|word| word.starts_with("LicenseRef-")) {
                out.entry(word.to_owned()).or_insert_with(|| "NOASSERTION".to_owned());
            }
        }
        out
    }
}

fn person(agent: &Agent) -> String {
    let name = words::one_line(&agent.name);
    match &agent.email {
        Some(email) => format!("Person: {name} ({})", words::one_line(email)),
        None => format!("Organization: {name}"),
    }
}
