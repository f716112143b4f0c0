//! What each purl type asks of its parts; our own table of purl-spec's type definitions.

/// What happens to the letters of a part.
#[derive(Clone, Copy)]
pub(super) enum Letters {
    Kept,
    Lower,
    /// In lower case where `repository_url` names this server.
    LowerAt(&'static str),
}

/// Whether a type has namespaces.
#[derive(Clone, Copy)]
pub(super) enum Presence {
    Optional,
    Required,
    Prohibited,
}

/// The rules of one type.
#[derive(Clone, Copy)]
pub(super) struct TypeRule {
    pub(super) namespace: Presence,
    pub(super) namespace_letters: Letters,
    pub(super) name: Letters,
    pub(super) version: Letters,
    /// `_` in names is `-` (PEP 503, in part).
    pub(super) dashes: bool,
    /// The namespace is the first part only; the rest is the name, slashes and all.
    pub(super) name_is_path: bool,
    /// Which names can be.
    pub(super) permits_name: fn(&str) -> bool,
    /// Which versions can be.
    pub(super) permits_version: fn(&str) -> bool,
    /// A qualifier without which it is no purl of the type.
    pub(super) qualifier: Option<&'static str>,
}

const fn of(namespace: Presence, namespace_letters: Letters, name: Letters) -> TypeRule {
    TypeRule {
        namespace,
        namespace_letters,
        name,
        version: Letters::Kept,
        dashes: false,
        name_is_path: false,
        permits_name: any,
        permits_version: any,
        qualifier: None,
    }
}

fn any(_: &str) -> bool {
    true
}

/// Chrome spells the 128 bits of an extension's id with sixteen letters.
fn extension_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'a'..=b'p'))
}

fn up_to_four_numbers(version: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').count() <= 4 && version.split('.').all(number)
}

/// A CPAN purl names a distribution; `::` stands in names of modules.
fn distribution(name: &str) -> bool {
    !name.contains("::")
}

const PLAIN: TypeRule = of(Presence::Optional, Letters::Kept, Letters::Kept);

/// The rules of a type; unknown types keep everything as it is.
///
/// Where the definition requires a namespace that a scan may not know (the distribution of a `deb`, the host of a
/// one-part `golang` module), it is optional here: a purl without it beats no purl.
pub(super) fn rule(kind: &str) -> TypeRule {
    use Letters::{Kept, Lower, LowerAt};
    use Presence::{Optional, Prohibited, Required};
    match kind {
        "alpm" | "apk" | "brew" | "deb" | "golang" | "hex" | "opkg" | "qpkg" => of(Optional, Lower, Lower),
        "rpm" | "yocto" => of(Optional, Lower, Kept),
        "bitbucket" | "composer" | "github" => of(Required, Lower, Lower),
        "git" => TypeRule { name_is_path: true, ..of(Required, Lower, Lower) },
        "luarocks" => TypeRule { version: Lower, ..of(Optional, Lower, Lower) },
        "huggingface" => TypeRule { version: Lower, ..PLAIN },
        "bitnami" | "otp" | "pub" => of(Prohibited, Kept, Lower),
        "oci" => TypeRule { version: Lower, ..of(Prohibited, Kept, Lower) },
        "pypi" => TypeRule { dashes: true, ..of(Prohibited, Kept, Lower) },
        "bazel" | "cargo" | "cocoapods" | "conda" | "cran" | "gem" | "hackage" | "nuget" | "opam" | "vcpkg" => {
            of(Prohibited, Kept, Kept)
        }
        "julia" => TypeRule { qualifier: Some("uuid"), ..of(Prohibited, Kept, Kept) },
        "swid" => TypeRule { qualifier: Some("tag_id"), ..PLAIN },
        "mlflow" => of(Prohibited, Kept, LowerAt("databricks")),
        "cpan" => TypeRule { permits_name: distribution, ..PLAIN },
        "chrome-extension" => {
            TypeRule { permits_name: extension_id, permits_version: up_to_four_numbers, ..of(Prohibited, Kept, Lower) }
        }
        "maven" | "swift" => of(Required, Kept, Kept),
        "vscode-extension" => TypeRule { version: Lower, ..of(Required, Lower, Lower) },
        _ => PLAIN,
    }
}
