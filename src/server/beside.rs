//! Work that takes long and is not urgent, such as compiling rules: on a thread of its own, before which the system lets others go.
//! Where processors are scarce, nobody who talks waits for it.

use std::io;
use std::thread;
use tokio::sync::oneshot;

/// What a thread is polite by (see `setpriority`): it gets about a tenth of a processor that others want too.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The work did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("no thread for it: {0}")]
    NoThread(#[from] io::Error),
    #[error("it panicked")]
    Panicked,
}

/// Whoever stops waiting does not stop it.
pub(super) async fn beside<Answer: Send + 'static>(
    work: impl FnOnce() -> Answer + Send + 'static,
) -> Result<Answer, Broken> {
    let (sender, answer) = oneshot::channel();
    thread::Builder::new().name("beside".to_owned()).spawn(move || {
        let_others_go_first();
        // nobody may be waiting any more
        let _ = sender.send(work());
    })?;
    answer.await.map_err(|_| Broken::Panicked)
}

/// Only Linux has threads of different niceness.
#[cfg(target_os = "linux")]
fn let_others_go_first() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "a thread is as urgent as all others");
    }
}

#[cfg(not(target_os = "linux"))]
fn let_others_go_first() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_breaks_is_told() {
        assert_eq!(beside(|| 1 + 1).await.ok(), Some(2));
        assert!(matches!(beside(|| panic!("as it should")).await, Err(Broken::Panicked)));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_its_own_thread_is_polite() {
        let niceness = || rustix::process::getpriority_process(None).expect("every thread has one");
        let before = niceness();
        assert_eq!(beside(niceness).await.ok(), Some(NICENESS.max(before)));
        assert_eq!(niceness(), before);
    }
}
