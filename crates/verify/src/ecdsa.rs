//! Signatures of ECDSA in the two ways in which they are written.
//!
//! As two numbers in DER (RFC 3279 §2.2.3), which is what Sigstore has and the library takes; or as both numbers one after
//! the other, each in the length of the curve (IEEE P1363, also JWA in RFC 7518 §3.4).

use der::asn1::UintRef;
use der::{Encode as _, Sequence};

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Two numbers of `half` bytes each as DER. `None` when it is of any other length.
pub(crate) fn from_fixed(value: &[u8], half: usize) -> Option<Vec<u8>> {
    let (r, s) = value.split_at_checked(half)?;
    if s.len() != half {
        return None;
    }
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_may_be_and_never_negative() {
        let mut fixed = [0_u8; 64];
        (fixed[31], fixed[32]) = (1, 0x80);
        let der = from_fixed(&fixed, 32).unwrap();
        assert_eq!(der.get(..9).unwrap(), [0x30, 0x26, 2, 1, 1, 2, 33, 0, 0x80]);
        assert_eq!((from_fixed(&fixed, 48), from_fixed(&[], 32), from_fixed(&[0; 65], 32)), (None, None, None));
    }
}
