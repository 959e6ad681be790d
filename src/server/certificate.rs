//! The server's certificate, and whose certificates its clients may show: read when it starts, and again when its files change or on SIGHUP.
//!
//! A certificate that cannot be used, because the file is half written or the key is another's, does not take the place of one that can:
//! the server says so and goes on with what it has. Connections that are up keep the certificate they began with.

mod clients;
mod shown;

pub(super) use shown::fields;

use super::config;
use clients::Clients;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    files: Files,
    reload: Duration,
    current: Arc<watch::Sender<Arc<ServerConfig>>>,
}

#[derive(Clone, Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    clients: Option<Clients>,
}

/// What stands in the files.
#[derive(PartialEq, Eq)]
struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
    clients: Option<clients::Read>,
}

impl Certificate {
    /// The certificate that the settings name, if they do. Blocks.
    pub(super) fn of(settings: &config::Tls) -> Result<Option<Certificate>, String> {
        let (Some(certificate), Some(key)) = (settings.certificate.clone(), settings.key.clone()) else {
            return Ok(None);
        };
        let files = Files { certificate, key, clients: Clients::of(&settings.clients) };
        let current = files.config(&files.read()?)?;
        let current = Arc::new(watch::Sender::new(current));
        Ok(Some(Certificate { files, reload: settings.reload.duration(), current }))
    }

    /// Takes TLS handshakes with the certificate of now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.borrow().clone())
    }

    /// Reads the files anew whenever they have changed, until the server stops.
    pub(super) async fn keep_fresh(self, mut stop: watch::Receiver<bool>) {
        let mut hang_up = match signal(SignalKind::hangup()) {
            Ok(hang_up) => hang_up,
            Err(error) => return tracing::error!(%error, "the certificate is not renewed: SIGHUP cannot be had"),
        };
        let mut looks = tokio::time::interval(self.reload);
        let mut tried = None;
        loop {
            let told = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = looks.tick() => false,
                _ = hang_up.recv() => true,
            };
            let read = self.read().await;
            // the first look only tells what there is
            if told || tried.as_ref().is_some_and(|tried| *tried != read) {
                self.take(&read);
            }
            tried = Some(read);
        }
    }

    async fn read(&self) -> Result<Read, String> {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || files.read()).await;
        read.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn take(&self, read: &Result<Read, String>) {
        let config = read.as_ref().map_err(Clone::clone).and_then(|read| self.files.config(read));
        match config {
            Ok(config) => {
                self.current.send_replace(config);
                tracing::info!(file = %self.files.certificate.display(), "the certificate was read anew");
            }
            Err(why) => {
                tracing::error!(%why, "the new certificate cannot be used: the server goes on with the one before")
            }
        }
    }
}

impl Files {
    fn read(&self) -> Result<Read, String> {
        let clients = self.clients.as_ref().map(Clients::read).transpose()?;
        Ok(Read { certificate: read_file(&self.certificate)?, key: read_file(&self.key)?, clients })
    }

    /// TLS 1.2 and 1.3. Errors name the files, and nothing that stands in them.
    fn config(&self, read: &Read) -> Result<Arc<ServerConfig>, String> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read.certificate).collect();
        let chain = chain.map_err(|error| cannot(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(cannot(&self.certificate, &"there is no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(&read.key);
        let key = key.map_err(|_| cannot(&self.key, &"there is no private key in PEM in it"))?;
        let provider = Arc::new(ring::default_provider());
        let clients = match self.clients.as_ref().zip(read.clients.as_ref()) {
            Some((clients, read)) => clients.verifier(read, provider.clone())?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be used: {error}"))?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain, key)
            .map_err(|error| cannot(&self.certificate, &format!("with its key: {error}")))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if self.clients.is_some() {
            // a session that is taken up again brings the certificate along, and nobody looks whether that still counts
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Arc::new(config))
    }
}

fn read_file(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))
}

fn cannot(file: &Path, error: &dyn std::fmt::Display) -> String {
    format!("cannot use `{}`: {error}", file.display())
}
