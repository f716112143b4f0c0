//! The product tree: what a product id stands for.

use plimsoll_model::Limits;
use plimsoll_syntax::json::{Loose, Text};
use rustc_hash::FxHashMap;

use super::wire::{Branch, Helper, Product, Relationship, Root};
use crate::vex::{Identifiers, VexFault, VexProduct};

/// Relationships of relationships: real documents have two (a package of a module on a platform).
const CHAIN: usize = 8;

/// What a product id stands for.
enum Entry<'w> {
    Product(Identifiers),
    Relationship(&'w Relationship<'w>),
}

/// The products and groups of a document.
pub(super) struct Tree<'w> {
    entries: FxHashMap<&'w str, Entry<'w>>,
    groups: FxHashMap<&'w str, &'w [Loose<Text<'w>>]>,
}

/// A branch, with what the branches above it say of the version.
struct Step<'w> {
    branch: &'w Loose<Branch<'w>>,
    version: Version<'w>,
    pointer: String,
}

/// What a branch says of the version.
#[derive(Clone, Copy, Default)]
enum Version<'w> {
    #[default]
    Any,
    One(&'w str),
    Range(&'w str),
    /// A branch above has a version that cannot be read.
    Unreadable,
}

impl<'w> Tree<'w> {
    /// Reads the tree, up to the number of entries that a document may have.
    pub(super) fn read(root: &'w Root<'w>, limits: &Limits, faults: &mut Vec<VexFault>) -> Self {
        let mut out = Self { entries: FxHashMap::default(), groups: FxHashMap::default() };
        let Some(tree) = root.tree.get() else { return out };
        let most = usize::try_from(limits.entries).unwrap_or(usize::MAX);
        for (index, product) in tree.products.items().iter().enumerate() {
            out.add_product(product, Version::Any, &format!("/product_tree/full_product_names/{index}"), faults);
        }
        let start = |(index, branch): (usize, &'w Loose<Branch<'w>>)| Step {
            branch,
            version: Version::Any,
            pointer: format!("/product_tree/branches/{index}"),
        };
        let mut todo: Vec<Step<'w>> = tree.branches.items().iter().enumerate().map(start).collect();
        while let Some(step) = todo.pop() {
            if out.entries.len() >= most {
                faults.push(VexFault::error(&step.pointer, "too-many", format!("more than {most} products")));
                break;
            }
            out.add_branch(&step, &mut todo, faults);
        }
        for (index, relationship) in tree.relationships.items().iter().enumerate() {
            let pointer = format!("/product_tree/relationships/{index}");
            let read = relationship.get();
            let id = read.and_then(|next| next.product.get()).and_then(|product| product.id.as_str());
            match read.zip(id) {
                Some((read, id)) => out.insert(id, Entry::Relationship(read), &pointer, faults),
                None => faults.push(VexFault::error(&pointer, "product", "the relationship makes no product")),
            }
        }
        for (index, group) in tree.groups.items().iter().enumerate() {
            let pointer = format!("/product_tree/product_groups/{index}");
            match group.get().and_then(|group| Some((group.id.as_str()?, group.products.items()))) {
                Some((id, products)) => drop(out.groups.insert(id, products)),
                None => faults.push(VexFault::error(&pointer, "group", "the group has no id")),
            }
        }
        out
    }

    fn add_branch(&mut self, step: &Step<'w>, todo: &mut Vec<Step<'w>>, faults: &mut Vec<VexFault>) {
        let Some(branch) = step.branch.get() else {
            faults.push(VexFault::error(&step.pointer, "product", "the branch is not an object"));
            return;
        };
        let name = branch.name.as_str();
        let version = match branch.category.as_str() {
            Some("product_version") => name.map_or(Version::Unreadable, Version::One),
            Some("product_version_range") => name.map_or(Version::Unreadable, Version::Range),
            _ => step.version,
        };
        if !matches!(branch.product, Loose::Absent) {
            self.add_product(&branch.product, version, &format!("{}/product", step.pointer), faults);
        }
        for (index, branch) in branch.branches.items().iter().enumerate() {
            // Pointers grow with the depth, which the reader of JSON bounds.
            todo.push(Step { branch, version, pointer: format!("{}/branches/{index}", step.pointer) });
        }
    }

    fn add_product(
        &mut self,
        product: &'w Loose<Product<'w>>,
        version: Version<'w>,
        pointer: &str,
        faults: &mut Vec<VexFault>,
    ) {
        let Some((product, id)) = product.get().and_then(|product| Some((product, product.id.as_str()?))) else {
            faults.push(VexFault::error(pointer, "product", "the product has no `product_id`"));
            return;
        };
        let mut identifiers = identifiers(product, pointer, faults);
        match version {
            Version::Any => {}
            Version::One(text) => identifiers.pin(text),
            Version::Range(text) => {
                let narrowed =
                    identifiers.purls.iter().all(|purl| purl.version().is_some()) || identifiers.narrow(text);
                if !narrowed && !identifiers.purls.is_empty() {
                    let message = format!("the range {text:?} is neither VERS nor of the package's ecosystem");
                    faults.push(VexFault::warning(pointer, "range", message));
                }
            }
            Version::Unreadable => identifiers.understood = false,
        }
        self.insert(id, Entry::Product(identifiers), pointer, faults);
    }

    /// A product id that is there twice stands for nothing that could be relied on (CSAF 2.0, test 6.1.2).
    fn insert(&mut self, id: &'w str, entry: Entry<'w>, pointer: &str, faults: &mut Vec<VexFault>) {
        if let Some(held) = self.entries.get_mut(id) {
            faults.push(VexFault::error(pointer, "product", format!("the product id {id:?} is there twice")));
            if let Entry::Product(identifiers) = held {
                identifiers.understood = false;
            } else {
                *held = Entry::Product(Identifiers { understood: false, ..Identifiers::default() });
            }
            return;
        }
        self.entries.insert(id, entry);
    }

    /// The members of a group.
    pub(super) fn group(&self, id: &str) -> Option<&'w [Loose<Text<'w>>]> {
        self.groups.get(id).copied()
    }

    /// What a product id stands for; something that is not understood when it stands for nothing.
    pub(super) fn product(&self, id: &str) -> Result<VexProduct, &'static str> {
        self.resolve(id, CHAIN)
    }

    fn resolve(&self, id: &str, left: usize) -> Result<VexProduct, &'static str> {
        let Some(left) = left.checked_sub(1) else { return Err("its relationships lead to themselves, or too far") };
        let relationship = match self.entries.get(id) {
            Some(Entry::Product(identifiers)) => {
                let mut product = VexProduct::new(identifiers.clone());
                product.identifiers.add_name(id);
                return Ok(product);
            }
            Some(Entry::Relationship(relationship)) => relationship,
            None => return Err("there is no such product"),
        };
        let (part, whole) = (relationship.part.as_str(), relationship.whole.as_str());
        let (Some(part), Some(whole)) = (part, whole) else { return Err("its relationship names no two products") };
        let mut part = self.resolve(part, left)?;
        let mut product = self.resolve(whole, left)?;
        if let Some(own) = relationship.product.get() {
            // The product that a relationship makes may have identifiers of its own: they name the part in the whole.
            let own = identifiers(own, "", &mut Vec::new());
            if !own.is_only_named() {
                part = VexProduct::new(own);
            }
        }
        let mut component = part.subcomponents.pop().unwrap_or(part.identifiers);
        // A package of a module on a platform: the module is no identifier that we know, so its version must do.
        let pinned = component.range.is_some() || component.purls.iter().all(|purl| purl.version().is_some());
        component.understood &= product.subcomponents.is_empty() || pinned;
        // "Installed with" is no part of anything.
        component.understood &= relationship.category.as_str().is_some_and(|category| category != "installed_with");
        product.subcomponents = vec![component];
        Ok(product)
    }
}

fn identifiers(product: &Product<'_>, pointer: &str, faults: &mut Vec<VexFault>) -> Identifiers {
    let mut out = Identifiers::default();
    let Some(helper) = product.helper.get() else {
        out.understood = false;
        return out;
    };
    let texts = helper.purls.items().iter().chain(std::iter::once(&helper.purl)).filter_map(Loose::as_str);
    for text in texts {
        if !out.add_purl_text(text) {
            let place = format!("{pointer}/product_identification_helper");
            faults.push(VexFault::error(&place, "product", format!("{text:?} is not a package URL")));
        }
    }
    if let Some(cpe) = helper.cpe.as_str() {
        out.add_cpe(cpe);
    }
    hashes(helper, &mut out);
    let wrong = helper.purl.is_wrong() || helper.purls.is_wrong() || helper.cpe.is_wrong() || helper.hashes.is_wrong();
    // These tell devices apart, and nothing that we look at has them.
    let narrowed = [&helper.model_numbers, &helper.serial_numbers, &helper.skus];
    out.understood &= !wrong && narrowed.iter().all(|list| matches!(list, Loose::Absent)) && !out.is_only_named();
    out
}

/// Each entry of `hashes` is one file, and a product may have several: only one file can stand for the whole.
fn hashes(helper: &Helper<'_>, out: &mut Identifiers) {
    match helper.hashes.items() {
        [] => {}
        [file] => {
            for hash in file.get().map(|file| file.hashes.items()).unwrap_or_default() {
                match hash.get().and_then(|hash| hash.algorithm.as_str().zip(hash.value.as_str())) {
                    Some((algorithm, value)) => drop(out.add_hash(algorithm, value)),
                    None => out.understood = false,
                }
            }
        }
        _ => out.understood = false,
    }
}
