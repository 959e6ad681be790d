//! The arithmetic of signatures, which the `jsonwebtoken` crate leaves to others: ring, which TLS uses as well.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as Wrong, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::rand::SystemRandom;
use ring::{hmac, signature as with};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match key.family() == algorithm.family() {
        true => Ok(Box::new(Signing(*algorithm, key.clone()))),
        false => Err(Error::from(ErrorKind::InvalidKeyFormat)),
    },
    verifier_factory: |algorithm, key| match key.family() == algorithm.family() {
        true => Ok(Box::new(Verifying(*algorithm, key.clone()))),
        false => Err(Error::from(ErrorKind::InvalidKeyFormat)),
    },
    // for making JWKs of keys, which is not done here
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has the crate use ring; more than once is as good as once.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

struct Verifying(Algorithm, DecodingKey);

impl Verifier<Vec<u8>> for Verifying {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Wrong> {
        let Verifying(algorithm, key) = self;
        match (means(*algorithm)?, key.kind()) {
            (Means::Mac(hash), DecodingKeyKind::SecretOrDer(secret)) => {
                hmac::verify(&hmac::Key::new(hash, secret), message, signature).map_err(|_| Wrong::new())
            }
            (Means::Rsa(scheme, _), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                with::RsaPublicKeyComponents { n, e }.verify(scheme, message, signature).map_err(|_| Wrong::new())
            }
            (Means::Rsa(scheme, _), DecodingKeyKind::SecretOrDer(key)) => {
                with::UnparsedPublicKey::new(scheme, key).verify(message, signature).map_err(|_| Wrong::new())
            }
            (Means::Ecdsa(curve, _), DecodingKeyKind::SecretOrDer(key)) => {
                with::UnparsedPublicKey::new(curve, key).verify(message, signature).map_err(|_| Wrong::new())
            }
            (Means::Ed25519, DecodingKeyKind::SecretOrDer(key)) => {
                with::UnparsedPublicKey::new(&with::ED25519, key).verify(message, signature).map_err(|_| Wrong::new())
            }
            (Means::Mac(_) | Means::Ecdsa(..) | Means::Ed25519, DecodingKeyKind::RsaModulusExponent { .. }) => {
                Err(Wrong::new())
            }
        }
    }
}

impl JwtVerifier for Verifying {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

struct Signing(Algorithm, EncodingKey);

impl Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Wrong> {
        let Signing(algorithm, key) = self;
        let (key, random) = (key.as_bytes(), SystemRandom::new());
        match means(*algorithm)? {
            Means::Mac(hash) => Ok(hmac::sign(&hmac::Key::new(hash, key), message).as_ref().to_vec()),
            Means::Rsa(_, scheme) => {
                let pair = with::RsaKeyPair::from_der(key).map_err(|_| Wrong::new())?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(scheme, &random, message, &mut signature).map_err(|_| Wrong::new())?;
                Ok(signature)
            }
            Means::Ecdsa(_, curve) => {
                let pair = with::EcdsaKeyPair::from_pkcs8(curve, key, &random).map_err(|_| Wrong::new())?;
                Ok(pair.sign(&random, message).map_err(|_| Wrong::new())?.as_ref().to_vec())
            }
            Means::Ed25519 => {
                let pair = with::Ed25519KeyPair::from_pkcs8_maybe_unchecked(key).map_err(|_| Wrong::new())?;
                Ok(pair.sign(message).as_ref().to_vec())
            }
        }
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

/// An algorithm as ring knows it: how it verifies, and how it signs.
enum Means {
    Mac(hmac::Algorithm),
    Rsa(&'static with::RsaParameters, &'static dyn with::RsaEncoding),
    Ecdsa(&'static with::EcdsaVerificationAlgorithm, &'static with::EcdsaSigningAlgorithm),
    Ed25519,
}

fn means(algorithm: Algorithm) -> Result<Means, Wrong> {
    Ok(match algorithm {
        Algorithm::HS256 => Means::Mac(hmac::HMAC_SHA256),
        Algorithm::HS384 => Means::Mac(hmac::HMAC_SHA384),
        Algorithm::HS512 => Means::Mac(hmac::HMAC_SHA512),
        Algorithm::RS256 => Means::Rsa(&with::RSA_PKCS1_2048_8192_SHA256, &with::RSA_PKCS1_SHA256),
        Algorithm::RS384 => Means::Rsa(&with::RSA_PKCS1_2048_8192_SHA384, &with::RSA_PKCS1_SHA384),
        Algorithm::RS512 => Means::Rsa(&with::RSA_PKCS1_2048_8192_SHA512, &with::RSA_PKCS1_SHA512),
        Algorithm::PS256 => Means::Rsa(&with::RSA_PSS_2048_8192_SHA256, &with::RSA_PSS_SHA256),
        Algorithm::PS384 => Means::Rsa(&with::RSA_PSS_2048_8192_SHA384, &with::RSA_PSS_SHA384),
        Algorithm::PS512 => Means::Rsa(&with::RSA_PSS_2048_8192_SHA512, &with::RSA_PSS_SHA512),
        Algorithm::ES256 => Means::Ecdsa(&with::ECDSA_P256_SHA256_FIXED, &with::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => Means::Ecdsa(&with::ECDSA_P384_SHA384_FIXED, &with::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::EdDSA => Means::Ed25519,
        // the crate may come to know more than is known here
        _ => return Err(Wrong::new()),
    })
}
