//! Whose certificates clients may show.

use crate::server::config;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;

/// Who vouches for clients, and whether each client needs that.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    authorities: PathBuf,
    revoked: Option<PathBuf>,
    required: bool,
}

/// What stands in the files.
#[derive(PartialEq, Eq)]
pub(super) struct Read {
    authorities: Vec<u8>,
    revoked: Option<Vec<u8>>,
}

impl Clients {
    /// Those of the settings, if clients are asked at all.
    pub(super) fn of(settings: &config::TlsClients) -> Option<Clients> {
        let authorities = settings.authorities.clone()?;
        Some(Clients { authorities, revoked: settings.revoked.clone(), required: settings.required })
    }

    pub(super) fn read(&self) -> Result<Read, String> {
        let revoked = self.revoked.as_deref().map(super::read_file).transpose()?;
        Ok(Read { authorities: super::read_file(&self.authorities)?, revoked })
    }

    /// What looks at the certificates that clients show. Where there are lists of revoked ones, a certificate of an authority that has no list
    /// there counts as revoked.
    pub(super) fn verifier(
        &self,
        read: &Read,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, String> {
        let mut roots = RootCertStore::empty();
        for authority in pem::<CertificateDer<'static>>(&self.authorities, &read.authorities, "certificate")? {
            roots.add(authority).map_err(|error| super::cannot(&self.authorities, &error))?;
        }
        let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        if let Some((file, read)) = self.revoked.as_ref().zip(read.revoked.as_ref()) {
            let lists = pem::<CertificateRevocationListDer<'static>>(file, read, "list of revoked certificates")?;
            builder = builder.with_crls(lists).only_check_end_entity_revocation();
        }
        if !self.required {
            builder = builder.allow_unauthenticated();
        }
        builder.build().map_err(|error| super::cannot(self.revoked.as_ref().unwrap_or(&self.authorities), &error))
    }
}

/// All that a file holds of one kind, and at least one.
fn pem<Item: PemObject>(file: &Path, read: &[u8], what: &str) -> Result<Vec<Item>, String> {
    let items: Result<Vec<Item>, _> = Item::pem_slice_iter(read).collect();
    let items = items.map_err(|error| super::cannot(file, &error))?;
    match items.is_empty() {
        true => Err(super::cannot(file, &format!("there is no {what} in PEM in it"))),
        false => Ok(items),
    }
}
