//! What an extractor says about one file.

use std::borrow::Cow;

use plimsoll_model::{
    Component, Confidence, Diagnostic, DiagnosticCode, Evidence, ExtractorId, LayerIndex, Purl, PurlBuilder,
    RelationshipKind, Scope, SourcePath, Span, Technique,
};
use serde::{Deserialize, Serialize};

use crate::linkage::Names;

/// Position of a component in the facts of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ComponentRef(pub(crate) u32);

/// An edge between two components of one file; `from: None` is the project that the file belongs to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct FactEdge {
    pub(crate) from: Option<ComponentRef>,
    pub(crate) to: ComponentRef,
    pub(crate) kind: RelationshipKind,
    pub(crate) scope: Scope,
}

/// Paths, NUL after each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Paths(#[serde(with = "plimsoll_model::bytes")] pub(crate) Vec<u8>);

/// All that one extractor learnt from one file. Holds no order beyond that of the file, and nothing of other files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Facts {
    pub(crate) components: Vec<Component>,
    pub(crate) edges: Vec<FactEdge>,
    /// The component that the file is about: its edges start where [`Sink::direct`] says.
    pub(crate) project: Option<ComponentRef>,
    /// Paths that belong to a component.
    pub(crate) owned: Vec<(ComponentRef, Paths)>,
    /// The root of the file system that owned paths start from; empty, or ends with `/`.
    #[serde(with = "plimsoll_model::bytes")]
    pub(crate) root: Vec<u8>,
    #[serde(with = "plimsoll_model::bytes")]
    pub(crate) kept: Vec<u8>,
    /// Names of libraries that the file has and needs.
    pub(crate) names: Option<Box<Names>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Facts {
    /// The components, in the order of the file.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The diagnostics.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// Where, how and how surely a component was seen.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// Where in the file.
    pub span: Option<Span>,
    /// How.
    pub technique: Technique,
    /// How surely.
    pub confidence: Confidence,
    /// The member of the archive that shows it, when the file is an archive.
    pub member: Option<&'a [u8]>,
}

impl Default for Observation<'_> {
    fn default() -> Self {
        Self { span: None, technique: Technique::ManifestAnalysis, confidence: Confidence::STATED, member: None }
    }
}

/// Takes what an extractor finds in one file.
pub struct Sink<'a> {
    pub(crate) facts: &'a mut Facts,
    pub(crate) extractor: ExtractorId,
    pub(crate) file: Cow<'a, SourcePath>,
    pub(crate) layer: Option<LayerIndex>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        facts: &'a mut Facts,
        extractor: ExtractorId,
        file: Cow<'a, SourcePath>,
        layer: Option<LayerIndex>,
    ) -> Self {
        Self { facts, extractor, file, layer }
    }

    /// A component stated at a line of the file (0: the place is not known).
    pub fn component(&mut self, component: Component, line: u32) -> ComponentRef {
        let span = (line > 0).then_some(Span::Line(line));
        self.observed(component, Observation { span, ..Observation::default() })
    }

    /// A component with its evidence spelt out.
    pub fn observed(&mut self, mut component: Component, how: Observation<'_>) -> ComponentRef {
        // Most components are seen once; a list that grows by itself starts with room for four.
        component.evidence.reserve_exact(1);
        component.evidence.push(Evidence {
            file: how.member.map_or_else(|| self.file.clone().into_owned(), |member| self.file.member(member)),
            layer: self.layer,
            span: how.span,
            technique: how.technique,
            confidence: how.confidence,
            extractor: self.extractor,
        });
        component.shrink_to_fit();
        let at = ComponentRef(u32::try_from(self.facts.components.len()).unwrap_or(u32::MAX));
        self.facts.components.push(component);
        at
    }

    /// The component that the file is about: a project, module or image part. What [`Sink::direct`] names hangs on it.
    pub fn project(&mut self, component: Component, line: u32) -> ComponentRef {
        let at = self.component(component, line);
        self.facts.project = Some(at);
        at
    }

    /// A component added before, to complete it.
    pub fn get_mut(&mut self, at: ComponentRef) -> Option<&mut Component> {
        self.facts.components.get_mut(at.0 as usize)
    }

    /// `from` needs `to`.
    pub fn depends(&mut self, from: ComponentRef, to: ComponentRef, scope: Scope) {
        self.relate(Some(from), to, RelationshipKind::DependsOn, scope);
    }

    /// `to` is inside `from`.
    pub fn contains(&mut self, from: ComponentRef, to: ComponentRef) {
        self.relate(Some(from), to, RelationshipKind::Contains, Scope::Unspecified);
    }

    /// The project that the file belongs to needs `to` directly.
    pub fn direct(&mut self, to: ComponentRef, scope: Scope) {
        self.relate(None, to, RelationshipKind::DependsOn, scope);
    }

    fn relate(&mut self, from: Option<ComponentRef>, to: ComponentRef, kind: RelationshipKind, scope: Scope) {
        self.facts.edges.push(FactEdge { from, to, kind, scope });
    }

    /// Says that this file lies at `place` under the root of its file system: `rooted_at("var/lib/dpkg")`. Owned paths
    /// start from that root, which is not the root of the source when a whole system lies in a directory.
    pub fn rooted_at(&mut self, place: &str) {
        let path = self.file.as_bytes();
        let at = memchr::memmem::rfind(path, place.as_bytes()).unwrap_or(0);
        let root = path.get(..at).unwrap_or_default();
        self.facts.root = if root.ends_with(b"/") { root.to_vec() } else { Vec::new() };
    }

    /// The file at `path` (from the root of the file system that holds this file, with or without a leading slash)
    /// belongs to `owner`.
    pub fn owns(&mut self, owner: ComponentRef, path: &[u8]) {
        if path.contains(&0) {
            return;
        }
        match self.facts.owned.last_mut() {
            Some((last, paths)) if *last == owner => {
                paths.0.extend_from_slice(path);
                paths.0.push(0);
            }
            _ => {
                let mut paths = path.to_vec();
                paths.push(0);
                self.facts.owned.push((owner, Paths(paths)));
            }
        }
    }

    /// The file is a library that others load by this name.
    pub fn provides_library(&mut self, name: &str) {
        self.facts.names.get_or_insert_default().provided = Some(name.into());
    }

    /// The file loads a library by this name; in an optional scope, when it is there. What the file shows will depend on
    /// what has that library.
    pub fn needs_library(&mut self, name: &str, scope: Scope) {
        let needed = &mut self.facts.names.get_or_insert_default().needed;
        let held = needed.entry(name.into()).or_insert(scope);
        *held = (*held).max(scope);
    }

    /// Keeps bytes of this file for [`crate::Extractor::resolve`], which finds them by [`crate::Resolver::kept`].
    pub fn keep(&mut self, bytes: impl Into<Vec<u8>>) {
        self.facts.kept = bytes.into();
    }

    /// Builds a purl; one that cannot be is diagnosed at this line, since a component is lost with it.
    pub fn purl(&mut self, builder: PurlBuilder, line: u32) -> Option<Purl> {
        match builder.build() {
            Ok(purl) => Some(purl),
            Err(error) => {
                self.malformed_entry(line, format!("entry left out: {error}"));
                None
            }
        }
    }

    /// An entry that had to be left out.
    pub fn malformed_entry(&mut self, line: u32, message: impl AsRef<str>) {
        self.diagnose(DiagnosticCode::MALFORMED_ENTRY, line, message);
    }

    /// A diagnostic about this file at a line (0: the whole file).
    pub fn diagnose(&mut self, code: DiagnosticCode, line: u32, message: impl AsRef<str>) {
        let mut diagnostic = Diagnostic::new(code, message).at(&self.file).in_layer(self.layer);
        if line > 0 {
            diagnostic = diagnostic.span(Span::Line(line));
        }
        self.facts.diagnostics.push(diagnostic);
    }

    /// A diagnostic about this file with its place spelt out.
    pub fn diagnose_at(&mut self, code: DiagnosticCode, span: Option<Span>, message: impl AsRef<str>) {
        let mut diagnostic = Diagnostic::new(code, message).at(&self.file).in_layer(self.layer);
        diagnostic.span = span;
        self.facts.diagnostics.push(diagnostic);
    }
}
