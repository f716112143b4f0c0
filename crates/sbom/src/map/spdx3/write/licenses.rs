//! Licences: an expression is one node, however many elements have it.

use super::super::carry::Carried;
use super::super::ids::{digest, encode};
use super::{Writer, class, set, strings, takes};
use crate::document::{CustomLicense, LicenseForm, LicenseStatement};
use crate::tree::{Members, Value};

impl Writer<'_> {
    /// The IRI of a node for a licence expression.
    pub(super) fn expression(&mut self, text: &str) -> String {
        let form = natural_form(text);
        self.license(&LicenseStatement { text: text.to_owned(), form, ..LicenseStatement::default() })
    }

    /// The IRI of a licence's node.
    pub(super) fn license(&mut self, license: &LicenseStatement) -> String {
        match license.form {
            LicenseForm::Name => self.named_license(license),
            LicenseForm::Id | LicenseForm::Expression => self.license_expression(license),
        }
    }

    fn license_expression(&mut self, license: &LicenseStatement) -> String {
        let mut node = Members::new();
        let mut carried = Carried::default();
        carried.optional("url", license.url.as_deref());
        carried.optional("text", license.full_text.as_deref());
        if license.form != natural_form(&license.text) {
            carried.put("form", if license.form == LicenseForm::Id { "id" } else { "expression" });
        }
        node.set("simplelicensing_licenseExpression", Value::text(license.text.as_str()));
        set(
            &mut node,
            "simplelicensing_licenseListVersion",
            natural_list_version(self.document.license_list_version.as_deref()),
        );
        let custom = self.custom_ids(&license.text);
        if !custom.is_empty() {
            node.set("simplelicensing_customIdToUri", Value::Array(custom));
        }
        let what = format!("license-{}", digest([license.text.as_str()].into_iter().chain(carried.texts())));
        carried.add_to(&mut node);
        self.node("simplelicensing_LicenseExpression", &what, node)
    }

    /// Where the texts of the licences are that an expression names.
    fn custom_ids(&self, expression: &str) -> Vec<Value> {
        let mut words: Vec<&str> =
            expression.split([' ', '(', ')', '+']).filter(|word| word.contains("LicenseRef-")).collect();
        words.sort_unstable();
        words.dedup();
        let known = |word: &&str| self.custom_ids.contains(*word);
        let entry = |word: &str| {
            let mut entry = class("DictionaryEntry");
            entry.set("key", Value::text(word));
            entry.set("value", Value::text(self.names.node(&format!("custom/{}", encode(word)))));
            Value::Object(entry)
        };
        words.into_iter().filter(known).map(entry).collect()
    }

    /// A licence that has a name only.
    fn named_license(&mut self, license: &LicenseStatement) -> String {
        let mut node = Members::new();
        let mut carried = Carried::default();
        node.set("name", Value::text(license.text.as_str()));
        // The text is mandatory.
        let text = license.full_text.as_deref().unwrap_or(&license.text);
        node.set("simplelicensing_licenseText", Value::text(text));
        if license.full_text.is_none() {
            carried.put("text", "");
        }
        if let Some(url) = &license.url {
            node.set("expandedlicensing_seeAlso", strings([url.as_str()]));
        }
        let url = license.url.as_deref().into_iter().flat_map(|url| ["url", url]);
        let texts = [license.text.as_str(), text].into_iter().chain(url).chain(carried.texts());
        let what = format!("license-{}", digest(texts));
        carried.add_to(&mut node);
        self.node("expandedlicensing_CustomLicense", &what, node)
    }

    pub(super) fn custom_license(&mut self, license: &CustomLicense) {
        let mut node = Members::new();
        set(&mut node, "name", license.name.as_deref());
        set(&mut node, "comment", license.comment.as_deref());
        node.set("simplelicensing_licenseText", Value::text(license.text.as_str()));
        if !license.urls.is_empty() {
            node.set("expandedlicensing_seeAlso", strings(license.urls.iter().map(String::as_str)));
        }
        self.node("expandedlicensing_CustomLicense", &format!("custom/{}", encode(&license.id)), node);
    }

    /// What the expressions do not say of the licence list.
    pub(super) fn list_version_fact(&self, carried: &mut Carried) {
        let version = self.document.license_list_version.as_deref();
        let said = natural_list_version(version)
            .filter(|_| self.nodes.keys().any(|(class, _)| *class == "simplelicensing_LicenseExpression"));
        if version != said {
            carried.optional("license-list", version);
        }
    }
}

/// What reading the text of an expression gives.
pub(in crate::map::spdx3) fn natural_form(text: &str) -> LicenseForm {
    if text.contains([' ', '(', ')', '+', ':']) || text.contains("LicenseRef-") {
        LicenseForm::Expression
    } else {
        LicenseForm::Id
    }
}

fn natural_list_version(version: Option<&str>) -> Option<&str> {
    version.filter(|version| takes("simplelicensing_LicenseExpression", "simplelicensing_licenseListVersion", version))
}
