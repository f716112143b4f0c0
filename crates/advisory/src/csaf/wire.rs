//! The parts of CSAF that are read, as the standard names them.

use plimsoll_syntax::json::{Loose, Text};
use plimsoll_syntax::loose_object;

type Texts<'a> = Vec<Loose<Text<'a>>>;

loose_object! {
    pub(super) struct Root<'a> {
        "document" => document: Document<'a>,
        "product_tree" => tree: ProductTree<'a>,
        "vulnerabilities" => vulnerabilities: Vec<Loose<Box<Vulnerability<'a>>>>,
    }
}

loose_object! {
    pub(super) struct Document<'a> {
        "csaf_version" => csaf_version: Text<'a>,
        "category" => category: Text<'a>,
        "aggregate_severity" => severity: AggregateSeverity<'a>,
        "references" => references: Vec<Loose<Reference<'a>>>,
        "title" => title: Text<'a>,
        "publisher" => publisher: Publisher<'a>,
        "tracking" => tracking: Tracking<'a>,
    }
}

loose_object! {
    pub(super) struct AggregateSeverity<'a> {
        "text" => text: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Reference<'a> {
        "category" => category: Text<'a>,
        "url" => url: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Note<'a> {
        "category" => category: Text<'a>,
        "text" => text: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Scores<'a> {
        "cvss_v2" => v2: Cvss<'a>,
        "cvss_v3" => v3: Cvss<'a>,
        "cvss_v4" => v4: Cvss<'a>,
    }
}

loose_object! {
    pub(super) struct Cvss<'a> {
        "vectorString" => vector: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Metric<'a> {
        "content" => content: Scores<'a>,
    }
}

loose_object! {
    pub(super) struct Publisher<'a> {
        "name" => name: Text<'a>,
        "category" => category: Text<'a>,
        "namespace" => namespace: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Tracking<'a> {
        "id" => id: Text<'a>,
        "version" => version: Text<'a>,
        "status" => status: Text<'a>,
        "initial_release_date" => initial: Text<'a>,
        "current_release_date" => current: Text<'a>,
        "generator" => generator: Generator<'a>,
    }
}

loose_object! {
    pub(super) struct Generator<'a> {
        "engine" => engine: Engine<'a>,
    }
}

loose_object! {
    pub(super) struct Engine<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
    }
}

loose_object! {
    pub(super) struct ProductTree<'a> {
        "branches" => branches: Vec<Loose<Branch<'a>>>,
        "full_product_names" => products: Vec<Loose<Product<'a>>>,
        "relationships" => relationships: Vec<Loose<Relationship<'a>>>,
        "product_groups" => groups: Vec<Loose<Group<'a>>>,
    }
}

loose_object! {
    pub(super) struct Branch<'a> {
        "category" => category: Text<'a>,
        "name" => name: Text<'a>,
        "product" => product: Product<'a>,
        "branches" => branches: Vec<Loose<Branch<'a>>>,
    }
}

loose_object! {
    pub(super) struct Product<'a> {
        "product_id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "product_identification_helper" => helper: Box<Helper<'a>>,
    }
}

loose_object! {
    pub(super) struct Helper<'a> {
        "purl" => purl: Text<'a>,
        "purls" => purls: Texts<'a>,
        "cpe" => cpe: Text<'a>,
        "hashes" => hashes: Vec<Loose<Hashes<'a>>>,
        "model_numbers" => model_numbers: Texts<'a>,
        "serial_numbers" => serial_numbers: Texts<'a>,
        "skus" => skus: Texts<'a>,
    }
}

loose_object! {
    pub(super) struct Hashes<'a> {
        "file_hashes" => hashes: Vec<Loose<FileHash<'a>>>,
    }
}

loose_object! {
    pub(super) struct FileHash<'a> {
        "algorithm" => algorithm: Text<'a>,
        "value" => value: Text<'a>,
    }
}

loose_object! {
    pub(super) struct Relationship<'a> {
        "category" => category: Text<'a>,
        "product_reference" => part: Text<'a>,
        "relates_to_product_reference" => whole: Text<'a>,
        "full_product_name" => product: Product<'a>,
    }
}

loose_object! {
    pub(super) struct Group<'a> {
        "group_id" => id: Text<'a>,
        "product_ids" => products: Texts<'a>,
    }
}

loose_object! {
    pub(super) struct Vulnerability<'a> {
        "cve" => cve: Text<'a>,
        "ids" => ids: Vec<Loose<OtherId<'a>>>,
        "title" => title: Text<'a>,
        "notes" => notes: Vec<Loose<Note<'a>>>,
        "scores" => scores: Vec<Loose<Scores<'a>>>,
        "metrics" => metrics: Vec<Loose<Metric<'a>>>,
        "product_status" => status: ProductStatus<'a>,
        "flags" => flags: Vec<Loose<Flag<'a>>>,
        "threats" => threats: Vec<Loose<Threat<'a>>>,
        "remediations" => remediations: Vec<Loose<Remediation<'a>>>,
    }
}

loose_object! {
    pub(super) struct OtherId<'a> {
        "text" => text: Text<'a>,
    }
}

loose_object! {
    pub(super) struct ProductStatus<'a> {
        "first_affected" => first_affected: Texts<'a>,
        "first_fixed" => first_fixed: Texts<'a>,
        "fixed" => fixed: Texts<'a>,
        "known_affected" => known_affected: Texts<'a>,
        "known_not_affected" => known_not_affected: Texts<'a>,
        "last_affected" => last_affected: Texts<'a>,
        "under_investigation" => under_investigation: Texts<'a>,
        "unknown" => unknown: Texts<'a>,
    }
}

loose_object! {
    pub(super) struct Flag<'a> {
        "label" => label: Text<'a>,
        "product_ids" => products: Texts<'a>,
        "group_ids" => groups: Texts<'a>,
    }
}

loose_object! {
    pub(super) struct Threat<'a> {
        "category" => category: Text<'a>,
        "details" => details: Text<'a>,
        "product_ids" => products: Texts<'a>,
        "group_ids" => groups: Texts<'a>,
    }
}

loose_object! {
    pub(super) struct Remediation<'a> {
        "category" => category: Text<'a>,
        "details" => details: Text<'a>,
        "url" => url: Text<'a>,
        "product_ids" => products: Texts<'a>,
        "group_ids" => groups: Texts<'a>,
    }
}
