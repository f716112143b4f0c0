use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::key_file::{pem, scrypt_parameters};
use super::*;
use crate::loopback::{CANARIES, all_of, shows_no_canary};
use crate::secret::{Secret, SecretBytes, SecretText};
use crate::signer::{PublicKey, RsaSize, Scheme, Signer as _, SoftwareSigner};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys").join(name)
}

fn read(name: &str) -> KeyFile {
    KeyFile::parse(&read_key_file(&fixture(name)).unwrap()).unwrap()
}

fn password() -> SecretText {
    Secret::new("quayside".to_owned())
}

fn parse(text: &str) -> Result<KeyFile, KeyError> {
    KeyFile::parse(&SecretBytes::new(text.as_bytes().to_vec()))
}

#[test]
fn keys_of_other_tools_are_read() {
    let p256 = read_public_key(&fixture("p256.pub")).unwrap();
    assert_eq!(read_public_key(&fixture("certificate-p256.pem")).unwrap(), p256);
    for name in ["encrypted-pbkdf2-p256.pem", "encrypted-scrypt-p256.pem", "cosign-p256.pem"] {
        let key = read(name);
        assert!(key.format().is_encrypted());
        assert_eq!(key.unlock(&password(), name).unwrap().public_key(), &p256, "{name}");
        assert!(matches!(key.unprotected(name), Err(KeyError::NeedsPassword)));
        for wrong in ["", "quaysid", "quayside "] {
            let error = key.unlock(&Secret::new(wrong.to_owned()), name).unwrap_err();
            assert!(matches!(error, KeyError::Password), "{name}: {error}");
        }
    }
    let old = read("cosign-old-p256.pem").unlock(&Secret::new(String::new()), "old").unwrap();
    assert_eq!(old.public_key(), &p256);
    for (name, scheme) in [
        ("pkcs8-p256.pem", Scheme::EcdsaP256Sha256),
        ("sec1-p256.pem", Scheme::EcdsaP256Sha256),
        ("sec1-p384.pem", Scheme::EcdsaP384Sha384),
        ("pkcs1-rsa2048.pem", Scheme::RsaPkcs1Sha256(RsaSize::Bits2048)),
        ("pkcs8-ed25519.pem", Scheme::Ed25519),
    ] {
        let key = read(name);
        assert!(matches!(key.unlock(&password(), name), Err(KeyError::NotEncrypted)));
        let signer = key.unprotected(name).unwrap();
        assert_eq!(signer.scheme(), scheme, "{name}");
        assert_eq!(signer.public_key() == &p256, name.contains("p256"));
        assert!(signer.public_key().verifies_message(b"x", &signer.sign_message(b"x").unwrap()));
    }
}

#[test]
fn what_is_written_is_read_again() {
    for scheme in [Scheme::EcdsaP256Sha256, Scheme::EcdsaP384Sha384, Scheme::Ed25519] {
        let signer = SoftwareSigner::generate(scheme).unwrap();
        for text in [to_encrypted_pem(&signer, &password()).unwrap(), to_cosign_pem(&signer, &password()).unwrap()] {
            let key = parse(text.expose()).unwrap();
            assert_eq!(key.unlock(&password(), "x").unwrap().public_key(), signer.public_key());
        }
    }
    let signer = SoftwareSigner::ephemeral().unwrap();
    let empty = Secret::new(String::new());
    assert!(matches!(to_encrypted_pem(&signer, &empty), Err(KeyError::EmptyPassword)));
    assert!(matches!(to_cosign_pem(&signer, &empty), Err(KeyError::EmptyPassword)));
}

#[test]
fn methods_that_protect_nothing_are_refused() {
    let error = KeyFile::parse(&read_key_file(&fixture("legacy-p256.pem")).unwrap()).unwrap_err();
    assert!(error.to_string().contains("openssl pkcs8 -topk8"), "{error}");
    let error = read("encrypted-pbes1-p256.pem").unlock(&password(), "x").unwrap_err();
    assert!(matches!(error, KeyError::Cipher(_) | KeyError::Malformed(_)), "{error}");
    assert!(read("sec1-k256.pem").unprotected("x").is_err());
}

#[test]
fn files_may_not_ask_for_much() {
    for (n, r, p) in [(1 << 16, 8, 1), (1 << 15, 8, 1), (1 << 14, 8, 5), (1 << 17, 8, 1), (1 << 18, 8, 1)] {
        assert!(scrypt_parameters(n, r, p).is_ok());
    }
    for (n, r, p) in [
        (0, 8, 1),
        (1, 8, 1),
        (1000, 8, 1),
        (1 << 19, 8, 1),
        (1 << 62, 8, 1),
        (2, u64::MAX, 1),
        (1 << 14, 8, 1000),
        (2, 1, u64::MAX),
        (1 << 14, 0, 1),
        (1 << 14, 8, 0),
        (1 << 16, 1, 1),
    ] {
        assert!(matches!(scrypt_parameters(n, r, p), Err(KeyError::Cost(_))), "{n} {r} {p}");
    }
    // A box whose parameters would take 32 GiB.
    let json = |n: u64, nonce: &str, ciphertext: &str| {
        format!(
            r#"{{"kdf":{{"name":"scrypt","params":{{"N":{n},"r":8,"p":1}},"salt":"AAAA"}},
            "cipher":{{"name":"nacl/secretbox","nonce":"{nonce}"}},"ciphertext":"{ciphertext}"}}"#
        )
    };
    let (nonce, ciphertext) = ("A".repeat(32), "A".repeat(64));
    let open = |json: &str| {
        let text = pem("ENCRYPTED SIGSTORE PRIVATE KEY", json.as_bytes()).unwrap();
        parse(text.expose()).unwrap().unlock(&password(), "x").unwrap_err()
    };
    assert!(matches!(open(&json(1 << 25, &nonce, &ciphertext)), KeyError::Cost(_)));
    assert!(matches!(open(&json(1 << 10, &nonce, &ciphertext)), KeyError::Password));
    for bad in [
        json(1 << 10, "AAAA", &ciphertext),
        json(1 << 10, &nonce, "AAAA"),
        json(1 << 10, &nonce, "!"),
        json(1 << 10, &nonce, &ciphertext).replacen('{', r#"{"ciphertext":"","#, 1),
        "[]".to_owned(),
        " ".to_owned(),
    ] {
        assert!(matches!(open(&bad), KeyError::Malformed(_)), "{bad}");
    }
    let other = json(1 << 10, &nonce, &ciphertext).replace("nacl/secretbox", "rot13\\u001b[31m");
    assert!(!open(&other).to_string().contains('\u{1b}'));
}

#[test]
fn what_is_no_key_is_refused() {
    let good = fs::read_to_string(fixture("pkcs8-p256.pem")).unwrap();
    assert!(parse(&good).is_ok());
    for bad in [
        String::new(),
        "hello".to_owned(),
        format!("{good}{good}"),
        good.replace("PRIVATE", "PUBLIC"),
        good.replace("-----END", "----END"),
        "A".repeat(KEY_FILE_LIMIT + 1),
        "-----BEGIN EC PARAMETERS-----\n".repeat(1000),
    ] {
        assert!(parse(&bad).is_err(), "{}", &bad[..bad.len().min(80)]);
    }
    // Cut and bent encrypted keys are errors, whatever is bent.
    let text = fs::read_to_string(fixture("encrypted-pbkdf2-p256.pem")).unwrap();
    let (_, der) = der::pem::decode_vec(text.as_bytes()).unwrap();
    for place in (1..der.len()).step_by(3) {
        let mut bent = der.clone();
        bent[place] ^= 0x55;
        for body in [bent.as_slice(), &der[..place]] {
            let text = pem("ENCRYPTED PRIVATE KEY", body).unwrap();
            // The count of rounds: three bytes that may make it slow, but not too slow.
            if !(47..52).contains(&place) {
                assert!(parse(text.expose()).unwrap().unlock(&password(), "x").is_err(), "{place}");
            }
        }
    }
}

#[test]
fn files_are_for_their_owner_and_never_overwritten() {
    let directory = std::env::temp_dir().join(format!("plimsoll-keys-{}", std::process::id()));
    drop(fs::remove_dir_all(&directory));
    fs::create_dir_all(&directory).unwrap();
    let (private, public) = (directory.join("release.key"), directory.join("release.pub"));
    let signer = SoftwareSigner::ephemeral().unwrap();
    let text = to_encrypted_pem(&signer, &password()).unwrap();
    write_key_pair((&private, &text), (&public, signer.public_key())).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&private), 0o600);
    assert_eq!(mode(&public) & !0o022, 0o644 & !0o022);
    assert_eq!(&read_public_key(&public).unwrap(), signer.public_key());
    let again = write_key_pair((&private, &text), (&directory.join("other.pub"), signer.public_key()));
    assert!(matches!(again, Err(KeyError::Exists(path)) if path == private));
    let again = write_key_pair((&directory.join("other.key"), &text), (&public, signer.public_key()));
    assert!(matches!(again, Err(KeyError::Exists(path)) if path == public));
    assert!(!directory.join("other.key").exists() && !directory.join("other.pub").exists());
    // Nor through a link that leads nowhere yet.
    std::os::unix::fs::symlink("elsewhere", directory.join("link.key")).unwrap();
    let linked = write_key_pair((&directory.join("link.key"), &text), (&directory.join("l.pub"), signer.public_key()));
    assert!(linked.is_err() && !directory.join("elsewhere").exists());
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn passwords_and_keys_are_in_no_error() {
    let signer = SoftwareSigner::ephemeral().unwrap();
    let canary = Secret::new(CANARIES[0].to_owned());
    let text = to_encrypted_pem(&signer, &canary).unwrap();
    let key = parse(text.expose()).unwrap();
    let wrong = key.unlock(&Secret::new(CANARIES[1].to_owned()), "release.key").unwrap_err();
    let signer = key.unlock(&canary, "release.key").unwrap();
    let odd = parse(&format!("-----BEGIN X-----\n{}\n-----END X-----\n", CANARIES[2])).unwrap_err();
    shows_no_canary(&format!("{} {} {key:?} {signer:?} {text:?} {canary:?}", all_of(&wrong), all_of(&odd)));
    assert!(PublicKey::from_pem(text.expose().as_bytes()).is_err());
}
