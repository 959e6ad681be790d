//! The hatch beside the engine's doors: whoever looks after the server looks and acts through it, one after the other,
//! between two inputs. What is done there holds everybody up, so it is short: large answers are taken in pieces.

use super::acting::Acting;
use super::watched::Watched;
use crate::check::Checks;
use crate::engine::Engine;
use crate::wind::Now;
use std::fmt;
use tokio::sync::{mpsc, oneshot};

/// So many may wait.
const WAITING_MAX: usize = 64;

/// What can be seen and changed through the hatch.
pub(super) struct Inside<'desk> {
    pub(super) engine: &'desk mut Engine,
    pub(super) checks: &'desk mut Checks,
    pub(super) watched: &'desk mut Watched,
    pub(super) acting: &'desk mut Acting,
    pub(super) now: Now,
}

/// Something to do there.
pub(super) type Order = Box<dyn FnOnce(Inside<'_>) + Send>;

/// The way there.
#[derive(Clone)]
pub(super) struct Hatch {
    orders: mpsc::Sender<Order>,
}

/// There is no engine there, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NobodyThere;

impl fmt::Display for NobodyThere {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the server stops: nothing is decided any more")
    }
}

impl Hatch {
    /// The way there, and where orders come out.
    pub(super) fn new() -> (Hatch, mpsc::Receiver<Order>) {
        let (orders, received) = mpsc::channel(WAITING_MAX);
        (Hatch { orders }, received)
    }

    /// Has something done there, and waits for what comes of it. If the waiting is given up, it may be done all the same.
    pub(super) async fn ask<Answer: Send + 'static>(
        &self,
        what: impl FnOnce(Inside<'_>) -> Answer + Send + 'static,
    ) -> Result<Answer, NobodyThere> {
        let (answer, answered) = oneshot::channel();
        let order: Order = Box::new(move |inside| {
            // who does not wait any more needs no answer
            let _ = answer.send(what(inside));
        });
        self.orders.send(order).await.map_err(|_| NobodyThere)?;
        answered.await.map_err(|_| NobodyThere)
    }
}
