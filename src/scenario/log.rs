//! What happened in a scene, in order, for whoever wants to read along.

use super::node::Position;
use crate::wind::Trace;
use std::sync::Arc;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A step began.
    Step {
        /// The scene's file.
        path: Arc<str>,
        /// Where it stands.
        at: Position,
        /// What happens in it.
        words: String,
    },
    /// A socket's pass.
    Pass {
        /// What the scene calls the socket.
        socket: String,
        /// Which way it went.
        trace: Trace,
    },
    /// A frame went out.
    Got {
        /// What the scene calls the receiver.
        receiver: String,
        /// The JSON text.
        frame: String,
    },
    /// A check was asked.
    Asked {
        /// Whose.
        socket: String,
        /// Which.
        check: String,
        /// About what.
        args: String,
    },
    /// The server closed a socket.
    Closed {
        /// Which.
        socket: String,
        /// The close code.
        code: u16,
        /// Why.
        reason: String,
    },
}
