//! Keys in devices that speak PKCS #11 v2.40: security modules, smart cards, SoftHSM.
//! <https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/os/pkcs11-base-v2.40-os.html>
//!
//! The module is the library of the device, which runs within this process: its path comes from the key's name or
//! `PLIMSOLL_PKCS11_MODULE_PATH` (`COSIGN_PKCS11_MODULE_PATH`), never from a search. The PIN comes from `pin-source`, or
//! `PLIMSOLL_PKCS11_PIN` (`COSIGN_PKCS11_PIN`). A name that fits several tokens or keys is refused.

mod uri;

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use plimsoll_model::Digest;

use super::material::{ec_key_der, ecdsa_der, rsa_key};
use super::{KeyOptions, PublicKey, PublicKeyError, Scheme, Signer, SignerError};
use crate::secret::SecretText;
use uri::Pkcs11Uri;

/// RFC 8017 §9.2, note 1: what stands before a SHA-256 digest in a DigestInfo.
const SHA256_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

struct Pkcs11Signer {
    label: String,
    session: Mutex<Session>,
    key: ObjectHandle,
    public_key: PublicKey,
}

/// Says what failed with which key.
struct Device {
    label: String,
}

impl Device {
    fn failed(&self, operation: &'static str, error: &Error) -> SignerError {
        let reason = match error {
            Error::Pkcs11(RvError::PinIncorrect, _) => "the PIN is wrong".to_owned(),
            Error::Pkcs11(RvError::PinLocked, _) => "the PIN is locked".to_owned(),
            Error::LibraryLoading(_) => "the module cannot be loaded".to_owned(),
            other => plimsoll_model::printable(&other.to_string()),
        };
        self.refused(operation, reason)
    }

    fn refused(&self, operation: &'static str, reason: impl Into<String>) -> SignerError {
        SignerError::Backend { key: self.label.clone(), operation, reason: reason.into() }
    }

    fn wanted(&self, reason: &str) -> SignerError {
        SignerError::Configuration { key: self.label.clone(), reason: reason.to_owned() }
    }
}

pub(super) fn open(reference: &str, options: &KeyOptions) -> Result<Box<dyn Signer>, SignerError> {
    // Without its query, which may hold a PIN.
    let label = plimsoll_model::printable(reference.split('?').next().unwrap_or_default());
    let uri = uri::parse(reference).map_err(|reason| SignerError::Reference { key: label.clone(), reason })?;
    let device = Device { label };
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| options.environment.path(name));
    let module = uri.module.clone();
    let module = module.or_else(|| variable(["PLIMSOLL_PKCS11_MODULE_PATH", "COSIGN_PKCS11_MODULE_PATH"]));
    let module = module.filter(|path| path.is_absolute());
    let module = module
        .ok_or_else(|| device.wanted("neither module-path nor PLIMSOLL_PKCS11_MODULE_PATH has an absolute path"))?;
    let context = Pkcs11::new(&module).map_err(|error| device.failed("load the module", &error))?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // A second key of the same device.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(device.failed("start the module", &error)),
    }
    let slot = find_slot(&device, &context, &uri)?;
    let session = context.open_ro_session(slot).map_err(|error| device.failed("open a session", &error))?;
    let token = context.get_token_info(slot).map_err(|error| device.failed("read the token", &error))?;
    if token.login_required() {
        let pin = find_pin(&device, &uri, options)?;
        let pin = AuthPin::from(pin.expose().clone());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(device.failed("log in", &error)),
        }
    }
    let key = find_key(&device, &session, &uri)?;
    let public_key = read_public_key(&device, &session, key)?;
    Ok(Box::new(Pkcs11Signer { label: device.label, session: Mutex::new(session), key, public_key }))
}

/// The only slot whose token fits.
fn find_slot(device: &Device, context: &Pkcs11, uri: &Pkcs11Uri) -> Result<Slot, SignerError> {
    let failed = |error: Error| device.failed("list the tokens", &error);
    let mut found = Vec::new();
    for slot in context.get_slots_with_initialized_token().map_err(failed)? {
        let token = context.get_token_info(slot).map_err(failed)?;
        let fits = uri.slot.is_none_or(|id| id == slot.id())
            && uri.token.as_deref().is_none_or(|label| label == token.label().trim_end())
            && uri.serial.as_deref().is_none_or(|serial| serial == token.serial_number().trim_end());
        if fits {
            found.push(slot);
        }
    }
    match found[..] {
        [slot] => Ok(slot),
        [] => Err(device.refused("find the token", "there is none that fits")),
        _ => Err(device.refused("find the token", "several fit; say which with token=, serial= or slot-id=")),
    }
}

/// The only private key that fits.
fn find_key(device: &Device, session: &Session, uri: &Pkcs11Uri) -> Result<ObjectHandle, SignerError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(uri.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec())));
    template.extend(uri.id.as_ref().map(|id| Attribute::Id(id.clone())));
    let found = session.find_objects(&template).map_err(|error| device.failed("find the key", &error))?;
    match found[..] {
        [key] => Ok(key),
        [] => Err(device.refused("find the key", "there is none that fits")),
        _ => Err(device.refused("find the key", "several fit; say which with object= or id=")),
    }
}

fn find_pin(device: &Device, uri: &Pkcs11Uri, options: &KeyOptions) -> Result<SecretText, SignerError> {
    if let Some(path) = &uri.pin_source {
        return read_pin(path).ok_or_else(|| device.wanted("the file of pin-source cannot be read"));
    }
    let names = ["PLIMSOLL_PKCS11_PIN", "COSIGN_PKCS11_PIN"];
    let pin = names.into_iter().find_map(|name| options.environment.secret(name));
    pin.ok_or_else(|| device.wanted("neither PLIMSOLL_PKCS11_PIN nor pin-source is set"))
}

fn read_pin(path: &PathBuf) -> Option<SecretText> {
    let mut text = String::with_capacity(4096);
    File::open(path).ok()?.take(4000).read_to_string(&mut text).ok()?;
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    Some(SecretText::new(text))
}

/// The public half: of the public key object beside the private one, which has the same id, else of the private key itself,
/// where PKCS #11 v2.40 may put it.
fn read_public_key(device: &Device, session: &Session, key: ObjectHandle) -> Result<PublicKey, SignerError> {
    let failed = |error: Error| device.failed("read the public key", &error);
    let refused = |source| SignerError::Key { key: device.label.clone(), source };
    let own = session.get_attributes(key, &[AttributeType::Id, AttributeType::PublicKeyInfo]).map_err(failed)?;
    let mut beside = Vec::new();
    if let Some(id) = own.iter().find_map(|one| if let Attribute::Id(id) = one { Some(id.clone()) } else { None }) {
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id)];
        beside = session.find_objects(&template).map_err(failed)?;
    }
    if let [public] = beside[..] {
        return public_from_object(session, public).map_err(failed)?.map_err(refused);
    }
    let info = own.iter().find_map(|one| if let Attribute::PublicKeyInfo(der) = one { Some(der) } else { None });
    match info {
        Some(der) if !der.is_empty() => PublicKey::from_spki_der(der).map_err(refused),
        _ => Err(device.refused("read the public key", "the token has no public key with the id of the private one")),
    }
}

fn public_from_object(session: &Session, object: ObjectHandle) -> Result<Result<PublicKey, PublicKeyError>, Error> {
    let wanted = [
        AttributeType::KeyType,
        AttributeType::EcParams,
        AttributeType::EcPoint,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
    ];
    let attributes = session.get_attributes(object, &wanted)?;
    let (mut kind, mut parameters, mut point, mut modulus, mut exponent) = (None, None, None, None, None);
    for attribute in attributes {
        match attribute {
            Attribute::KeyType(value) => kind = Some(value),
            Attribute::EcParams(value) => parameters = Some(value),
            Attribute::EcPoint(value) => point = Some(value),
            Attribute::Modulus(value) => modulus = Some(value),
            Attribute::PublicExponent(value) => exponent = Some(value),
            _ => {}
        }
    }
    Ok(match (kind, parameters, point, modulus, exponent) {
        (Some(KeyType::EC), Some(parameters), Some(point), ..) => ec_key_der(&parameters, &point),
        (Some(KeyType::RSA), .., Some(modulus), Some(exponent)) => rsa_key(&modulus, &exponent),
        _ => Err(PublicKeyError::Unsupported("a key of this type".to_owned())),
    })
}

impl Signer for Pkcs11Signer {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, SignerError> {
        self.scheme().accept(digest)?;
        let (mechanism, input) = match self.scheme() {
            Scheme::RsaPkcs1Sha256(_) => (Mechanism::RsaPkcs, [SHA256_INFO.as_slice(), digest.bytes()].concat()),
            _ => (Mechanism::Ecdsa, digest.bytes().to_vec()),
        };
        let device = Device { label: self.label.clone() };
        let raw = {
            // What another thread left behind when it panicked is a session like any other.
            let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            session.sign(&mechanism, self.key, &input).map_err(|error| device.failed("sign", &error))?
        };
        let signature = if matches!(self.scheme(), Scheme::RsaPkcs1Sha256(_)) { Some(raw) } else { ecdsa_der(&raw) };
        match signature {
            Some(signature) if self.public_key.verifies_digest(digest, &signature) => Ok(signature),
            _ => Err(SignerError::BadSignature { key: self.label.clone() }),
        }
    }

    fn describe(&self) -> String {
        self.label.clone()
    }
}
