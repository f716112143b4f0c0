use const_oid::db::rfc5280;

use super::*;
use crate::ct::{CtLog, SCT_LIST};

fn period() -> Period {
    Period { start: "2026-01-01T00:00:00Z".parse().unwrap(), end: "2051-01-01T00:00:00Z".parse().unwrap() }
}

fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let tbs = key::to_der(&certificate.tbs_certificate, WHAT).unwrap();
    let issuer = &issuer.tbs_certificate;
    certificate.tbs_certificate.issuer == issuer.subject
        && key::signed(&issuer.subject_public_key_info, &tbs, certificate.signature.raw_bytes())
}

#[test]
fn chains_hold_and_say_what_each_may_do() {
    let root = Authority::root("CN=root,O=test", period(), 1).unwrap();
    let authority = root.intermediate("CN=intermediate,O=test", period(), rfc5280::ID_KP_CODE_SIGNING).unwrap();
    let chain = authority.certificates().unwrap();
    let [below, above] = chain.as_slice() else { panic!("{}", chain.len()) };
    assert!(signed_by(below, above) && signed_by(above, above) && !signed_by(above, below));
    let (critical, limits) = below.tbs_certificate.get::<BasicConstraints>().unwrap().unwrap();
    assert!(critical && limits.ca && limits.path_len_constraint == Some(0));
    let (_, subject) = above.tbs_certificate.get::<SubjectKeyIdentifier>().unwrap().unwrap();
    let (_, issuer) = below.tbs_certificate.get::<AuthorityKeyIdentifier>().unwrap().unwrap();
    assert_eq!(issuer.key_identifier.as_ref(), Some(&subject.0));
    // RFC 5280 §4.1.2.5: two digits of the year until 2049, then four.
    let validity = &below.tbs_certificate.validity;
    assert!(matches!(validity.not_before, Time::UtcTime(_)) && matches!(validity.not_after, Time::GeneralTime(_)));
    assert_eq!(above.tbs_certificate.subject.to_string(), "CN=root,O=test");
}

#[test]
fn timestamps_of_the_log_are_over_the_certificate_without_them() {
    for with_index in [false, true] {
        let issuer = Authority::root("CN=root", period(), 0).unwrap();
        let key = SigningKey::generate(KeyKind::Ecdsa).unwrap().public().unwrap();
        let request = Request { subject: Name::default(), key, period: period(), extensions: Extensions::default() };
        let mut tbs = unsigned(request, issuer.name.clone(), &issuer.key).unwrap();
        let log = CtLog::new(with_index).unwrap();
        let now = "2026-01-01T00:00:00.5Z".parse::<Timestamp>().unwrap();
        let bare = key::to_der(&tbs, WHAT).unwrap();
        log.stamp(&mut tbs, issuer.key.spki(), now, false).unwrap();
        let extension = tbs.extensions.unwrap().pop().unwrap();
        assert_eq!(extension.extn_id, SCT_LIST);
        let list = OctetString::from_der(extension.extn_value.as_bytes()).unwrap();
        // Two lengths, version, log, time, extensions, algorithms, signature.
        let sct = &list.as_bytes()[4..];
        assert_eq!(sct[1..33], log.key.id());
        assert_eq!(sct[33..41], u64::try_from(now.as_millisecond()).unwrap().to_be_bytes());
        let extensions = if with_index { vec![0, 8, 0, 0, 5, 0, 0, 0, 0, 0] } else { vec![0, 0] };
        let after = 41 + extensions.len();
        assert_eq!(sct[41..after], extensions);
        let mut message = vec![0, 0];
        message.extend(&sct[33..41]);
        message.extend([0, 1]);
        message.extend(Sha256::digest(issuer.key.spki()));
        message.extend(&u32::try_from(bare.len()).unwrap().to_be_bytes()[1..]);
        message.extend(&bare);
        message.extend(&extensions);
        assert_eq!(sct[after..after + 2], [4, 3]);
        assert!(key::signed(&log.key.public().unwrap(), &message, &sct[after + 4..]));
    }
}
