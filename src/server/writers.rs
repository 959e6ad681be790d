//! Who writes what the engine's task wants written: that task itself, or one task for each shard.

use super::clock::Clock;
use super::desk::LONGEST_SLEEP;
use super::shard::{Command, Shard};
use crate::wind::SocketId;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// So many batches wait for one shard.
const SHARD_BATCHES_MAX: usize = 4;

/// Who writes.
pub(super) enum Writers {
    /// The engine's task.
    Inline(Box<Shard>),
    /// Tasks.
    Tasks(Vec<Writer>),
}

/// One shard with a task of its own.
pub(super) struct Writer {
    queue: mpsc::Sender<Vec<Command>>,
    batch: Vec<Command>,
}

impl Writers {
    /// Shards with tasks of their own, or one without.
    pub(super) fn new(shards: Vec<Shard>, clock: Clock) -> Writers {
        let mut shards = shards;
        match shards.pop() {
            Some(only) if shards.is_empty() => Writers::Inline(Box::new(only)),
            last => Writers::Tasks(shards.into_iter().chain(last).map(|shard| Writer::spawn(shard, clock)).collect()),
        }
    }

    pub(super) fn take(&mut self, socket: SocketId, command: Command) {
        match self {
            Writers::Inline(shard) => shard.take(command),
            Writers::Tasks(writers) => {
                let at = shard_of(socket, writers.len());
                if let Some(writer) = writers.get_mut(at) {
                    writer.batch.push(command);
                }
            }
        }
    }

    pub(super) fn take_all(&mut self, command: impl Fn() -> Command) {
        match self {
            Writers::Inline(shard) => shard.take(command()),
            Writers::Tasks(writers) => writers.iter_mut().for_each(|writer| writer.batch.push(command())),
        }
    }

    /// Has everything written that was gathered. An error means that a shard has broken.
    pub(super) async fn flush(&mut self) -> Result<(), mpsc::error::SendError<Vec<Command>>> {
        match self {
            Writers::Inline(shard) => shard.flush(),
            Writers::Tasks(writers) => {
                for writer in writers.iter_mut().filter(|writer| !writer.batch.is_empty()) {
                    writer.queue.send(std::mem::take(&mut writer.batch)).await?;
                }
            }
        }
        Ok(())
    }

    /// How often [`Writers::beat`] wants to be called.
    pub(super) fn tick_period(&self) -> Duration {
        match self {
            Writers::Inline(shard) => shard.tick_period(),
            Writers::Tasks(_) => LONGEST_SLEEP,
        }
    }

    pub(super) fn beat(&mut self, clock: &Clock) {
        match self {
            Writers::Inline(shard) => shard.tick(clock.elapsed(), &clock.heartbeat()),
            Writers::Tasks(_) => {}
        }
    }
}

impl Writer {
    fn spawn(mut shard: Shard, clock: Clock) -> Writer {
        let (queue, mut batches) = mpsc::channel::<Vec<Command>>(SHARD_BATCHES_MAX);
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(shard.tick_period());
            beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                tokio::select! {
                    batch = batches.recv() => match batch {
                        Some(batch) => {
                            batch.into_iter().for_each(|command| shard.take(command));
                            for batch in (1..SHARD_BATCHES_MAX).map_while(|_| batches.try_recv().ok()) {
                                batch.into_iter().for_each(|command| shard.take(command));
                            }
                            shard.flush();
                        }
                        None => break,
                    },
                    _ = beat.tick() => shard.tick(clock.elapsed(), &clock.heartbeat()),
                }
            }
        });
        Writer { queue, batch: Vec::new() }
    }
}

/// The last bytes of an id are random.
fn shard_of(socket: SocketId, shards: usize) -> usize {
    let [.., a, b, c, d] = *socket.0.as_bytes();
    u32::from_be_bytes([a, b, c, d]) as usize % shards.max(1)
}
