//! `ssh_signature`: is this a signature of the challenge by an authorized key of the client.
//!
//! Signatures are OpenSSH's SSHSIG (PROTOCOL.sshsig), as `ssh-keygen -Y sign -n windlass` makes them. The namespace keeps
//! a signature made for anything else from counting here. Keys are Ed25519 and ECDSA P-256.

use super::{ClientFiles, Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use ssh_key::authorized_keys::AuthorizedKeys;
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, PublicKey, SshSig};

/// The SSHSIG namespace of every signature that counts here.
pub const NAMESPACE: &str = "windlass";
/// Why a check fails, whether or not there is such a client, so that nobody learns which clients there are.
pub const NOT_A_KEY: &str = "not signed by a key of this client";

/// The longest armored signature, in bytes: several times what any supported key makes.
const SIGNATURE_BYTES_MAX: usize = 8 * 1024;
/// Columns of an armored signature's lines, as OpenSSH writes them.
const ARMOR_WIDTH: usize = 70;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// Checks signatures against a directory of `authorized_keys` files, one per client.
#[derive(Clone, Debug)]
pub struct SshSignature {
    files: ClientFiles,
}

impl SshSignature {
    /// Looks for keys in these files.
    pub fn new(files: ClientFiles) -> Self {
        SshSignature { files }
    }

    /// The fingerprint of the key that signed. The signature is verified before it is looked up whose it is, so that every
    /// failure costs the same. Blocks.
    fn verify(&self, client: &str, challenge: &str, signature: &str) -> Verdict {
        let signer = signer(challenge, signature);
        let authorized = self.authorized(client);
        match signer {
            Some(key) if authorized.contains(key.key_data()) => {
                Ok(Value::Text(key.fingerprint(HashAlg::Sha256).to_string().into()))
            }
            Some(_) | None => Err(NOT_A_KEY.into()),
        }
    }

    fn authorized(&self, client: &str) -> Vec<KeyData> {
        match self.files.read(client) {
            Ok(text) => authorized_keys(client, &text.unwrap_or_default()),
            Err(error) => {
                tracing::warn!(client, %error, "cannot read the authorized keys of a client");
                Vec::new()
            }
        }
    }
}

impl Verifier for SshSignature {
    fn begin(&self, args: Vec<Value>, _wall: Millis) -> Work {
        let Some([client, challenge, signature]) = texts::<3>(args) else {
            return Work::Done(Err(NOT_A_KEY.into()));
        };
        let this = self.clone();
        Work::Blocking(Box::new(move || this.verify(&client, &challenge, &signature)))
    }

    fn describe(&self) -> String {
        format!("authorized keys in {}", self.files.describe())
    }
}

/// The usable keys of an `authorized_keys` file. A line that cannot be read, whose key is of another kind, or that has
/// options (`from=`, `expiry-time=`, `cert-authority`: promises that this check does not keep) authorizes nothing.
fn authorized_keys(client: &str, text: &str) -> Vec<KeyData> {
    let mut keys = Vec::new();
    for entry in AuthorizedKeys::new(text) {
        match entry {
            Ok(entry) if entry.config_opts().is_empty() && is_supported(entry.public_key().key_data()) => {
                keys.push(entry.public_key().key_data().clone());
            }
            Ok(_) => tracing::warn!(
                client,
                "a key with options, or of another kind than Ed25519 and ECDSA P-256, is ignored"
            ),
            Err(error) => tracing::warn!(client, %error, "a line of a client's authorized keys is ignored"),
        }
    }
    keys
}

/// The key that signed the challenge in our namespace; none where the signature is not one.
fn signer(challenge: &str, armored: &str) -> Option<PublicKey> {
    let signature = read_armored(armored)?;
    let key = PublicKey::from(signature.public_key().clone());
    let known =
        signature.version() == SshSig::VERSION && signature.reserved().is_empty() && is_supported(key.key_data());
    let hashed = matches!(signature.hash_alg(), HashAlg::Sha256 | HashAlg::Sha512);
    let verified = known && hashed && key.verify(NAMESPACE, challenge.as_bytes(), &signature).is_ok();
    verified.then_some(key)
}

/// Hardware keys (`sk-`) are left out: the library does not look at whether somebody touched them.
fn is_supported(key: &KeyData) -> bool {
    match key {
        KeyData::Ed25519(_) => true,
        KeyData::Ecdsa(key) => key.curve() == EcdsaCurve::NistP256,
        // another crate's enum, which may grow
        _ => false,
    }
}

/// Reads an armored signature. JSON strings lose and change line breaks, so white space between the armor's lines
/// means nothing; around that, and behind the signature's last byte, nothing may stand.
fn read_armored(armored: &str) -> Option<SshSig> {
    if armored.len() > SIGNATURE_BYTES_MAX {
        return None;
    }
    let body = armored.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let body: String = body.split_ascii_whitespace().collect();
    SshSig::from_pem(armor(&body)?).ok()
}

/// The same body in lines as OpenSSH breaks them; none where it is not ASCII.
fn armor(body: &str) -> Option<String> {
    let mut text = format!("{BEGIN}\n");
    for line in body.as_bytes().chunks(ARMOR_WIDTH) {
        text.push_str(std::str::from_utf8(line).ok().filter(|line| line.is_ascii())?);
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    Some(text)
}
