//! What the policies of all tools come to: rules about images, each with who has to have signed what.

use super::place::{Place, Remarks};

/// A rule, with what it is from.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Where it is from: path and line.
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) path: String,
    /// Patterns of ours.
    pub(super) images: Vec<String>,
    /// It only warns.
    pub(super) warns: bool,
    pub(super) ask: Ask,
}

/// What a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// Signatures over the image.
    Signed { signers: Vec<Signer>, threshold: usize },
    /// Statements about it of one type.
    Attested { types: Vec<String>, signers: Vec<Signer>, threshold: usize },
    /// What a module of Rego says of one such statement.
    Complies { module: String, types: Vec<String>, signers: Vec<Signer> },
    /// What could not be converted.
    Never,
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signer {
    /// Somebody with a certificate.
    Keyless { issuer: String, san: San },
    /// A key, by its name in the policy.
    Key(String),
}

/// The identity in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum San {
    /// This.
    Exact(String),
    /// All that a regular expression matches from end to end.
    Regex(String),
}

/// What is to be signed.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// The image.
    Image,
    /// A statement of one of these types about it.
    Statement(Vec<String>),
}

/// Several who may sign, of whom some have to. An entry is any of its signers; none where it could not be converted.
pub(super) struct Set {
    pub(super) need: usize,
    pub(super) entries: Vec<Option<Vec<Signer>>>,
}

/// The most signers of a rule of ours that asks for several.
const MAX_THRESHOLD: usize = 16;

impl Set {
    /// What has to be asked for.
    pub(super) fn asks(self, about: &About) -> Vec<Ask> {
        let all = self.entries.len();
        let usable: Vec<Vec<Signer>> = self.entries.into_iter().flatten().filter(|one| !one.is_empty()).collect();
        let need = self.need;
        if need == 0 || need > all || need > usable.len() {
            return vec![Ask::Never];
        }
        if need == 1 {
            return vec![about.by(usable.into_iter().flatten().collect(), 1)];
        }
        if need == usable.len() && (need > MAX_THRESHOLD || usable.iter().any(|one| one.len() > 1)) {
            return usable.into_iter().map(|signers| about.by(signers, 1)).collect();
        }
        // An entry that several can satisfy would be counted several times.
        let single: Vec<Signer> = usable.into_iter().filter(|one| one.len() == 1).flatten().collect();
        if need > single.len() || need > MAX_THRESHOLD { vec![Ask::Never] } else { vec![about.by(single, need)] }
    }
}

impl About {
    fn by(&self, mut signers: Vec<Signer>, threshold: usize) -> Ask {
        if threshold == 1 {
            let mut seen: Vec<Signer> = Vec::new();
            signers.retain(|signer| {
                let new = !seen.contains(signer);
                if new && seen.len() < 64 {
                    seen.push(signer.clone());
                }
                new
            });
        }
        match self {
            Self::Image => Ask::Signed { signers, threshold },
            Self::Statement(types) => Ask::Attested { types: types.clone(), signers, threshold },
        }
    }
}

/// The rules of a place.
pub(super) fn rules(place: &Place<'_>, images: &[String], warns: bool, asks: Vec<Ask>) -> Vec<Rule> {
    let rule = |ask| Rule {
        file: place.file().to_owned(),
        line: place.line(),
        path: place.path().to_owned(),
        images: images.to_vec(),
        warns,
        ask,
    };
    asks.into_iter().map(rule).collect()
}

/// What a set of entries asks for; what was refused in it is only a choice less where the others do.
pub(super) fn chosen(set: Set, about: &About, place: &Place<'_>, mark: usize, remarks: &mut Remarks) -> Vec<Ask> {
    let asks = set.asks(about);
    if !asks.contains(&Ask::Never) {
        remarks.was_a_choice(mark);
    } else if !remarks.denies_since(mark) {
        remarks.denies(place, "so many of those who are named cannot be asked for", "fewer could sign");
    }
    asks
}
