//! A ruleset is judged in a thread of its own, one at a time, so that typing never waits.

use super::place::Place;
use crate::diagnostic::{Diagnostic, SourceId, SourceMap, Span};
use crate::lint::{self, Checked, Levels};
use crate::model::{self, Machine, MachineId, Model};
use crate::syntax;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::thread;

/// One version of a ruleset, to be judged.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) root: Place,
    pub(super) revision: u64,
    /// Paths from the root, which findings name.
    pub(super) sources: SourceMap,
    /// What the sources are, in their order.
    pub(super) places: Vec<Place>,
    pub(super) levels: Levels,
}

/// What there is to say about one version of a ruleset.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) root: Place,
    pub(super) revision: u64,
    places: Vec<Place>,
    checked: Checked,
    /// Rules with errors have one too, as far as it goes.
    lowered: Option<Model>,
}

impl Judged {
    pub(super) fn place(&self, source: SourceId) -> Option<&Place> {
        self.places.get(source.0 as usize)
    }

    pub(super) fn findings(&self) -> &[Diagnostic] {
        &self.checked.diagnostics
    }

    /// The rule under a span, on one line.
    pub(super) fn words(&self, span: Span) -> String {
        self.checked.sources.one_line(span)
    }

    pub(super) fn model(&self) -> Option<&Model> {
        self.checked.program.as_ref().map(|program| &program.model).or(self.lowered.as_ref())
    }

    /// The room or lock of this name.
    pub(super) fn machine(&self, name: &str) -> Option<(MachineId, &Machine)> {
        let mut machines = self.model()?.machines.iter().enumerate();
        machines.find(|(_, machine)| *machine.name == *name).map(|(at, machine)| (MachineId(at as u32), machine))
    }
}

/// The thread, and whether it is at work.
#[derive(Debug)]
pub(super) struct Judge {
    jobs: Sender<Job>,
    pub(super) done: Receiver<Judged>,
    is_busy: bool,
}

impl Judge {
    /// The thread ends when the judge is dropped.
    pub(super) fn start() -> std::io::Result<Judge> {
        let (jobs, wanted) = bounded::<Job>(1);
        let (sender, done) = bounded(1);
        let work = move || {
            for job in wanted {
                if sender.send(judge(job)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("judge".to_owned()).spawn(work)?;
        Ok(Judge { jobs, done, is_busy: false })
    }

    pub(super) fn is_free(&self) -> bool {
        !self.is_busy
    }

    /// Hands over a job; only a free judge takes one.
    pub(super) fn take(&mut self, job: Job) {
        self.is_busy = self.jobs.try_send(job).is_ok();
    }

    /// What was done has been fetched.
    pub(super) fn is_done(&mut self) {
        self.is_busy = false;
    }
}

fn judge(job: Job) -> Judged {
    let checked = lint::check_at(job.sources, &job.levels);
    let lowered = if checked.program.is_none() { lower(&checked.sources) } else { None };
    Judged { root: job.root, revision: job.revision, places: job.places, checked, lowered }
}

fn lower(sources: &Arc<SourceMap>) -> Option<Model> {
    let files: Vec<_> = sources.iter().map(|(id, _)| syntax::parse_file(sources, id).file).collect();
    model::lower(&files).model
}
