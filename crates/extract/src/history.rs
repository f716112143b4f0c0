//! Which layer brought a component in, told from what earlier layers wrote at the same path.

use std::collections::{HashMap, HashSet};

use plimsoll_model::{Component, LayerHistory, LayerIndex, SourcePath};

use crate::interest::ExtractorIndex;
use crate::resolve::FileFacts;

/// What a component is called, as far as two versions of one package database agree on it.
type Name = (Option<Box<str>>, Box<str>, Option<Box<str>>);

fn name(component: &Component) -> Name {
    (component.group.clone(), component.name.clone(), component.version.clone())
}

/// An older version of a file: its layer, and the components that it showed.
type Version = (LayerIndex, HashSet<Name>);

/// The older versions of every file that was replaced, newest first.
#[derive(Default)]
pub(crate) struct History {
    versions: HashMap<(ExtractorIndex, SourcePath), Vec<Version>>,
}

impl History {
    pub(crate) fn new(superseded: &[(ExtractorIndex, FileFacts, LayerIndex)]) -> Self {
        let mut history = Self::default();
        for (reader, file, _) in superseded {
            let Some(layer) = file.layer else { continue };
            let names = file.facts.components.iter().map(name).collect();
            history.versions.entry((*reader, file.path.clone())).or_default().push((layer, names));
        }
        for versions in history.versions.values_mut() {
            versions.sort_by_key(|(layer, _)| std::cmp::Reverse(*layer));
        }
        history
    }

    /// The history of a component that this file shows; `None` outside images.
    pub(crate) fn of(
        &self,
        reader: ExtractorIndex,
        file: &FileFacts,
        component: &Component,
        removed: Option<LayerIndex>,
    ) -> Option<LayerHistory> {
        let changed = file.layer?;
        let mut introduced = changed;
        if let Some(versions) = self.versions.get(&(reader, file.path.clone())) {
            let name = name(component);
            let older = versions.iter().filter(|(layer, _)| *layer < changed);
            for (layer, names) in older {
                if !names.contains(&name) {
                    break;
                }
                introduced = *layer;
            }
        }
        Some(LayerHistory { introduced, changed, removed })
    }
}
