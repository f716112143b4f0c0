//! What each purl type asks of its parts; our own table of purl-spec's type definitions.

/// What happens to the letters of a part.
#[derive(Clone, Copy)]
pub(super) enum Letters {
    Kept,
    Lower,
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
}

const fn of(namespace: Presence, namespace_letters: Letters, name: Letters) -> TypeRule {
    TypeRule { namespace, namespace_letters, name, version: Letters::Kept, dashes: false }
}

const PLAIN: TypeRule = of(Presence::Optional, Letters::Kept, Letters::Kept);

/// The rules of a type; unknown types keep everything as it is.
pub(super) fn rule(kind: &str) -> TypeRule {
    use Letters::{Kept, Lower};
    use Presence::{Optional, Prohibited, Required};
    match kind {
        "alpm" | "apk" | "deb" | "opkg" | "qpkg" => of(Optional, Lower, Lower),
        "rpm" => of(Optional, Lower, Kept),
        "bitbucket" | "github" | "composer" => of(Required, Lower, Lower),
        "hex" => of(Optional, Lower, Lower),
        "golang" => of(Optional, Lower, Lower),
        "luarocks" => TypeRule { version: Lower, ..of(Optional, Kept, Lower) },
        "huggingface" => TypeRule { version: Lower, ..PLAIN },
        "otp" => of(Prohibited, Kept, Lower),
        "oci" | "bitnami" | "brew" => {
            of(if matches!(kind.as_bytes(), b"brew") { Optional } else { Prohibited }, Kept, Lower)
        }
        "pypi" => TypeRule { dashes: true, ..of(Prohibited, Kept, Lower) },
        "pub" => of(Prohibited, Kept, Lower),
        "cargo" | "cocoapods" | "conda" | "cran" | "gem" | "hackage" | "julia" | "nuget" | "opam" | "vcpkg" => {
            of(Prohibited, Kept, Kept)
        }
        "maven" | "swift" | "vscode-extension" => of(Required, Kept, Kept),
        _ => PLAIN,
    }
}
