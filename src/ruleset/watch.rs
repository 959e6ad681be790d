//! Telling when what stands below some paths has changed.
//!
//! The system's events only say that it is time to look; what is told is what was read then, and only if it is another
//! content than before. So it does not matter how an editor saves, and an event too many costs a look. Directories are
//! watched, not files: a file that is saved by renaming is another file each time. Events that never come (a link's
//! target elsewhere, a file system on another machine, a queue that ran over) are made up for by a look now and then.

use super::{Content, ContentHash, Unreadable};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A save is several events. It is over when none came for so long.
const QUIET: Duration = Duration::from_millis(50);
/// Where events never cease, it is looked all the same.
const UNQUIET_MAX: Duration = Duration::from_secs(1);
/// It is looked at least so often.
const RESCAN: Duration = Duration::from_secs(3);
/// Looks in a row, where each found directories that were not watched yet.
const LOOKS_MAX: usize = 4;

/// What stands below each path, in their order, or why that cannot be said.
pub type Seen = Arc<Vec<Result<Content, Unreadable>>>;

/// Paths that are being watched, until this is dropped.
pub struct Watch {
    seen: watch::Receiver<Seen>,
}

/// Nothing watches any more; cannot happen while the process is well.
#[derive(Debug, thiserror::Error)]
#[error("nothing watches the rules any more: start again")]
pub struct Stopped;

impl Watch {
    /// Watches the files below these paths whose names have one of these endings. A thread of its own does it.
    pub fn start(paths: Vec<PathBuf>, endings: &'static [&'static str]) -> std::io::Result<Watch> {
        let (wake, woken) = sync_channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if !matches!(event, Ok(Event { kind: EventKind::Access(_), .. })) {
                // A wake that waits already is as good as two.
                let _ = wake.try_send(());
            }
        });
        let watcher =
            watcher.inspect_err(|error| tracing::warn!(%error, "no events: looking now and then instead")).ok();
        let mut lookout = Lookout { paths, endings, watcher, watched: BTreeMap::new() };
        let first = lookout.look();
        let mut known = keys(&first);
        let (tell, seen) = watch::channel(Arc::new(first));
        thread::Builder::new().name("watch".into()).spawn(move || {
            while !tell.is_closed() {
                wait(&woken);
                let found = lookout.look();
                let found_keys = keys(&found);
                if found_keys != known {
                    known = found_keys;
                    tell.send_replace(Arc::new(found));
                }
            }
        })?;
        Ok(Watch { seen })
    }

    /// What was seen last.
    pub fn now(&mut self) -> Seen {
        self.seen.borrow_and_update().clone()
    }

    /// Waits until something else is seen than what was told before, and tells the latest. Can be cancelled.
    pub async fn changed(&mut self) -> Result<Seen, Stopped> {
        self.seen.changed().await.map_err(|_| Stopped)?;
        Ok(self.now())
    }
}

/// Waits for an event and the quiet after it, or until it is time to look anyway.
fn wait(woken: &Receiver<()>) {
    match woken.recv_timeout(RESCAN) {
        Ok(()) => {
            let began = Instant::now();
            while began.elapsed() < UNQUIET_MAX && woken.recv_timeout(QUIET).is_ok() {}
        }
        Err(RecvTimeoutError::Timeout) => {}
        // Without a watcher no event comes.
        Err(RecvTimeoutError::Disconnected) => thread::sleep(RESCAN),
    }
}

/// What makes a content another one.
fn keys(found: &[Result<Content, Unreadable>]) -> Vec<Result<ContentHash, String>> {
    let key = |content: &Result<Content, Unreadable>| match content {
        Ok(content) => Ok(content.hash),
        Err(why) => Err(format!("{why:?}")),
    };
    found.iter().map(key).collect()
}

struct Lookout {
    paths: Vec<PathBuf>,
    endings: &'static [&'static str],
    watcher: Option<RecommendedWatcher>,
    /// Directories, and which one it was that had the name: one that was deleted and made again is another.
    watched: BTreeMap<PathBuf, Identity>,
}

/// Device and inode.
type Identity = (u64, u64);

impl Lookout {
    fn look(&mut self) -> Vec<Result<Content, Unreadable>> {
        let mut found = self.read();
        for _ in 1..LOOKS_MAX {
            // What came into a directory before it was watched has no event.
            if !self.watch(&found) {
                break;
            }
            found = self.read();
        }
        found
    }

    fn read(&self) -> Vec<Result<Content, Unreadable>> {
        self.paths.iter().map(|path| Content::read(path, self.endings)).collect()
    }

    /// Watches every directory that was seen, and those from which the paths can vanish. Says whether one is new.
    fn watch(&mut self, found: &[Result<Content, Unreadable>]) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let homes = self.paths.iter().map(|path| home(path));
        let seen = found.iter().flatten().flat_map(|content| content.directories.iter().cloned());
        let identified = |path: PathBuf| fs::metadata(&path).ok().map(|about| (path, (about.dev(), about.ino())));
        let wanted: BTreeMap<PathBuf, Identity> = homes.chain(seen).filter_map(identified).collect();
        for (path, _) in self.watched.iter().filter(|(path, identity)| wanted.get(*path) != Some(identity)) {
            // One that is deleted is not watched any more; that is what was wanted.
            let _ = watcher.unwatch(path);
        }
        let mut is_new = false;
        for (path, _) in wanted.iter().filter(|(path, identity)| self.watched.get(*path) != Some(identity)) {
            match watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => is_new = true,
                Err(error) => tracing::warn!(%error, "no events: looking now and then instead"),
            }
        }
        self.watched = wanted;
        is_new
    }
}

/// The nearest directory above a path that is there: where the path appears and vanishes.
pub(super) fn home(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).map(|above| if above == Path::new("") { Path::new(".") } else { above });
    above.into_iter().find(|above| above.is_dir()).unwrap_or(Path::new("/")).to_path_buf()
}
