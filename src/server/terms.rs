//! On which terms connections are taken. They change as one when other settings become active; a connection keeps those
//! that it came on.

use super::config::{Config, Origin, Token};
use super::{Decode, Reads, conversation};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// The terms.
pub(super) struct Terms {
    pub(super) decode: Decode,
    pub(super) reads: Reads,
    pub(super) origins: Vec<Origin>,
    pub(super) websocket: WebSocketConfig,
    pub(super) handshake_deadline: Duration,
    pub(super) head_bytes_max: usize,
    /// Resident bytes of the process with which no further connection is taken; 0 for no bound.
    pub(super) memory_max: u64,
    pub(super) fragments_max: u32,
    pub(super) message_deadline: Duration,
    /// Who may use the API.
    pub(super) tokens: BTreeMap<Arc<str>, Token>,
    /// Where it is written down what they do.
    pub(super) audit: Option<PathBuf>,
}

/// The terms that hold now.
pub(super) struct TermsNow(RwLock<Arc<Terms>>);

impl Terms {
    pub(super) fn new(config: &Config, decode: Decode, reads: Reads) -> Terms {
        Terms {
            decode,
            reads,
            origins: config.origins.clone(),
            websocket: conversation::websocket_config(
                config.connections.read_buffer.bytes(),
                config.message.bytes.bytes(),
            ),
            handshake_deadline: config.handshake.deadline.duration(),
            head_bytes_max: config.handshake.head.bytes(),
            memory_max: config.connections.memory.get(),
            fragments_max: config.message.fragments.get() as u32,
            message_deadline: config.message.deadline.duration(),
            tokens: config.api.tokens.clone(),
            audit: config.api.audit.clone(),
        }
    }
}

impl TermsNow {
    pub(super) fn new(terms: Terms) -> TermsNow {
        TermsNow(RwLock::new(Arc::new(terms)))
    }

    pub(super) fn get(&self) -> Arc<Terms> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, terms: Terms) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(terms);
    }
}
