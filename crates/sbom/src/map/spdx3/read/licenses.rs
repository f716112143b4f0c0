//! Licences: expressions, and texts that they name.

use std::collections::HashMap;

use super::super::carry::Facts;
use super::super::ids::decode;
use super::super::write::natural_form;
use super::{Reader, listed_license, owned, text, texts};
use crate::document::{CustomLicense, Document, LicenseClaim, LicenseForm, LicenseStatement};
use crate::tree::Members;

impl<'a> Reader<'a> {
    /// The texts of custom licences, and the version of the licence list.
    pub(super) fn licenses(&self, document: &mut Document) {
        let facts = self.graph.of_class("SpdxDocument").next().map(Facts::of).unwrap_or_default();
        let expressions = || self.graph.of_class("simplelicensing_LicenseExpression");
        let version = expressions().find_map(|node| owned(node, "simplelicensing_licenseListVersion"));
        document.license_list_version = facts.get("license-list").map(str::to_owned).or(version);
        // Ids as the expressions give them, by the IRI of the text.
        let mut ids: HashMap<&str, &str> = HashMap::new();
        for entry in expressions().flat_map(|node| self.graph.all_linked(node, "simplelicensing_customIdToUri")) {
            if let (Some(id), Some(iri)) = (text(entry, "key"), text(entry, "value")) {
                ids.entry(iri).or_insert(id);
            }
        }
        let texts_of = ["expandedlicensing_CustomLicense", "simplelicensing_SimpleLicensingText"];
        for node in texts_of.iter().flat_map(|class| self.graph.of_class(class)) {
            let Some(iri) = text(node, "spdxId") else { continue };
            let ours = || self.names.what(iri).and_then(|what| decode(what.strip_prefix("custom/")?));
            let named = || iri.rfind("LicenseRef-").and_then(|at| iri.get(at..)).map(str::to_owned);
            let id = ids.get(iri).map(|id| (*id).to_owned()).or_else(ours).or_else(named);
            if let Some(id) = id {
                document.custom_licenses.push(CustomLicense {
                    id,
                    name: owned(node, "name"),
                    text: owned(node, "simplelicensing_licenseText").unwrap_or_default(),
                    urls: texts(node, "expandedlicensing_seeAlso").map(str::to_owned).collect(),
                    comment: owned(node, "comment"),
                });
            }
        }
    }

    /// The licence that an IRI names; none for a node of this document that is no licence.
    pub(super) fn license(&self, iri: &str, claim: LicenseClaim) -> Option<LicenseStatement> {
        let Some(node) = self.graph.by_id.get(iri) else {
            let text = listed_license(iri).to_owned();
            return Some(LicenseStatement { form: natural_form(&text), text, claim, ..LicenseStatement::default() });
        };
        if !self.may_copy() {
            return Some(LicenseStatement { text: iri.to_owned(), claim, ..LicenseStatement::default() });
        }
        let license = self.license_of(iri, node, claim)?;
        let texts = license.url.iter().chain(&license.full_text).map(String::len);
        self.count_copy(texts.fold(license.text.len(), usize::saturating_add));
        Some(license)
    }

    fn license_of(&self, iri: &str, node: &'a Members, claim: LicenseClaim) -> Option<LicenseStatement> {
        let facts = Facts::of(node);
        if text(node, "type") == Some("expandedlicensing_CustomLicense") && self.is_name(iri) {
            return Some(LicenseStatement {
                text: owned(node, "name")?,
                form: LicenseForm::Name,
                claim,
                url: texts(node, "expandedlicensing_seeAlso").next().map(str::to_owned),
                full_text: owned(node, "simplelicensing_licenseText").filter(|_| !facts.has("text")),
            });
        }
        let text = self.expression(node, 0)?;
        let form = match facts.get("form") {
            Some("id") => LicenseForm::Id,
            Some("expression") => LicenseForm::Expression,
            _ => natural_form(&text),
        };
        let (url, full_text) = (facts.get("url").map(str::to_owned), facts.get("text").map(str::to_owned));
        Some(LicenseStatement { text, form, claim, url, full_text })
    }

    /// Whether a custom licence has a name rather than an id.
    fn is_name(&self, iri: &str) -> bool {
        let ours = self.names.what(iri).is_some_and(|what| what.starts_with("license-"));
        ours || (!iri.contains("LicenseRef-") && self.names.what(iri).is_none())
    }

    /// The expression that a licence node amounts to, found once for each.
    fn expression(&self, node: &'a Members, depth: usize) -> Option<String> {
        let Some(iri) = text(node, "spdxId") else { return self.new_expression(node, depth) };
        if let Some(found) = self.expressions.borrow().get(iri) {
            return found.clone();
        }
        let found = self.new_expression(node, depth);
        self.expressions.borrow_mut().insert(iri, found.clone());
        found
    }

    fn new_expression(&self, node: &'a Members, depth: usize) -> Option<String> {
        const DEEPEST: usize = 32;
        let below = depth.checked_add(1).filter(|below| *below < DEEPEST)?;
        let part = |name: &str| self.part(node.get(name)?, below);
        let all = |word: &str| {
            let members = super::items(node, "expandedlicensing_member").iter().map(|member| self.part(member, below));
            let members: Vec<String> = members.collect::<Option<_>>()?;
            let bracketed =
                members.iter().map(|text| if text.contains(' ') { format!("({text})") } else { text.clone() });
            // A set that names itself over and over would grow without end.
            Some(bracketed.collect::<Vec<_>>().join(word)).filter(|text| text.len() < MOST_TEXT)
        };
        match text(node, "type")? {
            "simplelicensing_LicenseExpression" => owned(node, "simplelicensing_licenseExpression"),
            "expandedlicensing_ConjunctiveLicenseSet" => all(" AND "),
            "expandedlicensing_DisjunctiveLicenseSet" => all(" OR "),
            "expandedlicensing_OrLaterOperator" => part("expandedlicensing_subjectLicense").map(|text| text + "+"),
            "expandedlicensing_WithAdditionOperator" => {
                let license = part("expandedlicensing_subjectExtendableLicense")?;
                Some(format!("{license} WITH {}", part("expandedlicensing_subjectAddition")?))
            }
            "expandedlicensing_CustomLicense"
            | "expandedlicensing_ListedLicense"
            | "expandedlicensing_CustomLicenseAddition"
            | "expandedlicensing_ListedLicenseException" => {
                let iri = listed_license(text(node, "spdxId")?);
                let ours = || decode(self.names.what(iri)?.strip_prefix("custom/")?);
                Some(ours().unwrap_or_else(|| iri.rsplit(['/', '#']).next().unwrap_or(iri).to_owned()))
            }
            _ => None,
        }
    }

    fn part(&self, link: &'a crate::tree::Value, depth: usize) -> Option<String> {
        match self.graph.node(link) {
            Some(node) => self.expression(node, depth),
            None => Some(listed_license(link.as_str()?).to_owned()),
        }
    }
}

/// The longest expression that is put together.
const MOST_TEXT: usize = 1 << 16;
