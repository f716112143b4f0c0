//! Whether an operating system is the platform that a CPE names.
//!
//! Vendors of distributions say "this package on that platform", and name platforms by CPE: `cpe:/o:redhat:
//! enterprise_linux:9`, or `cpe:/a:redhat:enterprise_linux:9::appstream` for one of its repositories. `os-release` has a
//! CPE too, of the minor version (`…:9.4`) and of the base repository. So part and edition are not compared, and the
//! version of a platform stands for every version that it begins.

/// The parts of a CPE that are compared.
struct Parts {
    vendor: String,
    product: String,
    version: String,
}

/// Reads a CPE of version 2.2 (`cpe:/o:v:p:1`) or 2.3 (`cpe:2.3:o:v:p:1:…`).
fn parts(cpe: &str) -> Option<Parts> {
    let rest = cpe.strip_prefix("cpe:/").or_else(|| cpe.strip_prefix("cpe:2.3:"))?;
    let mut fields = split(rest).into_iter().skip(1).map(|field| field.to_ascii_lowercase());
    let (vendor, product) = (fields.next()?, fields.next()?);
    let version = fields.next().unwrap_or_default();
    let concrete = |field: &str| !field.is_empty() && !field.contains(['*', '?']) && field != "-";
    (concrete(&vendor) && concrete(&product)).then_some(Parts { vendor, product, version })
}

/// The fields between colons that no backslash stands before.
fn split(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start = 0_usize;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if character == ':' && !escaped {
            fields.push(text.get(start..at).unwrap_or_default());
            start = at.saturating_add(1);
        }
        escaped = character == '\\' && !escaped;
    }
    fields.push(text.get(start..).unwrap_or_default());
    fields
}

/// Whether a system with the CPE `system` is the platform `platform`.
pub(crate) fn is_platform(platform: &str, system: &str) -> bool {
    if platform.eq_ignore_ascii_case(system) {
        return true;
    }
    let (Some(platform), Some(system)) = (parts(platform), parts(system)) else { return false };
    let begins = || system.version.strip_prefix(&platform.version).is_some_and(|rest| rest.starts_with('.'));
    let unnamed = platform.version.is_empty() || platform.version.contains(['*', '?']) || platform.version == "-";
    platform.vendor == system.vendor
        && platform.product == system.product
        && !unnamed
        && (platform.version == system.version || begins())
}

#[cfg(test)]
mod tests {
    use super::is_platform;

    #[test]
    fn platforms() {
        let system = "cpe:/o:redhat:enterprise_linux:9::baseos";
        assert!(is_platform("cpe:/a:redhat:enterprise_linux:9::appstream", system));
        assert!(is_platform("cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*", system));
        assert!(is_platform("cpe:/o:redhat:enterprise_linux:9", "cpe:/o:redhat:enterprise_linux:9.4"));
        for other in [
            "cpe:/o:redhat:enterprise_linux:8",
            "cpe:/o:redhat:enterprise_linux:9.2",
            "cpe:/o:redhat:rhel_eus:9",
            "cpe:/o:redhat:enterprise_linux",
            "cpe:/o:redhat:enterprise_linux:*",
            "cpe:/o:*:enterprise_linux:9",
            "cpe:2.3:",
            "9",
        ] {
            assert!(!is_platform(other, system), "{other}");
        }
        assert!(!is_platform("cpe:/o:redhat:enterprise_linux:9", "cpe:/o:redhat:enterprise_linux:90"));
    }
}
