//! Other rules and settings while the server runs: one attempt at a time, and all of it or nothing.
//!
//! Everything that takes time (reading, compiling, judging, comparing) is done beside the engine; what is done in the
//! engine's task costs the same however large the rules are. `docs/reload.md` tells what becomes of sockets.

mod hindrance;

pub use hindrance::Hindrance;

use super::config::{Config, Declared};
use super::counters::Counters;
use super::handshake::Reads;
use super::hatch::Hatch;
use super::house;
use super::source::{self, Proposal, Ruleset, Source, Unfit};
use super::terms::{Terms, TermsNow};
use crate::check::Checks;
use crate::diagnostic::SourceMap;
use crate::engine::NotReloaded;
use crate::machine::Program;
use crate::machine::plan::Plan;
use crate::wind::{Epoch, Epochs, Successor};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as Cell, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;

/// So often an attempt is made until the engine is ready for it, with this pause between.
const TRIES_MAX: u32 = 200;
const PAUSE: Duration = Duration::from_millis(25);

/// What made somebody want other rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Files changed.
    Watch,
    /// The process got SIGHUP.
    Signal,
    /// The API was asked.
    Api,
}

impl Trigger {
    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Watch => "watch",
            Trigger::Signal => "signal",
            Trigger::Api => "api",
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Why.
    pub by: Trigger,
    /// Locks whose keys end with it.
    pub revoke: Vec<Arc<str>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Done {
    /// Which epoch is active now.
    pub epoch: Epoch,
    /// Whether that is a new one. Where rules and settings say what they said, nothing happens.
    pub change: Change,
    /// What it meant for the rules' parts.
    pub plan: Plan,
}

/// What would come of rules.
pub(super) struct Considered {
    /// The epoch that is active.
    pub(super) beside: Epoch,
    pub(super) program: Arc<Program>,
    pub(super) plan: Plan,
}

/// How much became active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing new was there.
    Nothing,
    /// Settings.
    Settings,
    /// Rules, with or without settings.
    Rules,
}

/// How a server begins.
pub(super) struct Begun {
    pub(super) config: Config,
    pub(super) checks: Checks,
    pub(super) ruleset: Ruleset,
    pub(super) wall: u64,
}

/// A ruleset that is or was active.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) epoch: Epoch,
    pub(super) ruleset: Ruleset,
    /// When it became active, in milliseconds since 1970.
    pub(super) since: u64,
}

/// The latest attempt.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// In milliseconds since 1970.
    pub(super) at: u64,
    pub(super) by: Trigger,
    /// The error's code and words.
    pub(super) outcome: Result<Epoch, (&'static str, String)>,
}

/// What everybody may see without waiting for an attempt that is under way.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) kept: VecDeque<Kept>,
    pub(super) latest: Option<Attempt>,
}

/// What is active.
struct Active {
    config: Config,
    checks: Checks,
    ruleset: Ruleset,
}

/// Where other rules come from, and the way they take.
pub struct Reloads {
    source: Source,
    hatch: Hatch,
    terms: Arc<TermsNow>,
    counters: Arc<Counters>,
    active: Arc<Mutex<Active>>,
    standing: Cell<Standing>,
}

impl std::fmt::Debug for Reloads {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reloads").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Reloads {
    pub(super) fn new(
        source: Source,
        begun: Begun,
        hatch: Hatch,
        terms: Arc<TermsNow>,
        counters: Arc<Counters>,
    ) -> Arc<Reloads> {
        let Begun { config, checks, ruleset, wall } = begun;
        let first = Kept { epoch: Epoch::FIRST, ruleset: ruleset.clone(), since: wall };
        let standing = Standing { kept: VecDeque::from([first]), latest: None };
        let active = Arc::new(Mutex::new(Active { config, checks, ruleset }));
        Arc::new(Reloads { source, hatch, terms, counters, active, standing: Cell::new(standing) })
    }

    /// What is to be watched.
    pub fn paths(&self) -> Vec<PathBuf> {
        std::iter::once(&self.source.directory).chain(&self.source.config).cloned().collect()
    }

    /// What has become active, and what came of the latest attempt.
    pub(super) fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes what stands on disk active. Whoever stops waiting does not stop it.
    pub async fn reload(self: &Arc<Self>, wanted: Wanted) -> Result<Done, Hindrance> {
        let reloads = self.clone();
        self.in_a_task(async move {
            let mut active = reloads.active.clone().lock_owned().await;
            let made = match reloads.propose(&active).await {
                Ok(proposal) => reloads.take_over(&mut active, proposal, &wanted).await,
                Err(hindrance) => Err(hindrance),
            };
            reloads.record(wanted.by, made)
        })
        .await
    }

    /// Makes rules active that were so before. The settings stay.
    pub async fn roll_back(self: &Arc<Self>, epoch: Epoch, by: Trigger) -> Result<Done, Hindrance> {
        let reloads = self.clone();
        self.in_a_task(async move {
            let mut active = reloads.active.clone().lock_owned().await;
            let kept = reloads.standing().kept.into_iter().find(|kept| kept.epoch == epoch);
            let wanted = Wanted { by, revoke: Vec::new() };
            let made = match kept {
                Some(kept) => reloads.go_back(&mut active, kept.ruleset, &wanted).await,
                None => Err(Hindrance::UnknownEpoch(epoch)),
            };
            reloads.record(by, made)
        })
        .await
    }

    /// Tells what a reload would do, and does nothing.
    pub(super) async fn consider(&self, revoke: &[Arc<str>]) -> Result<Considered, Hindrance> {
        let active = self.active.clone().lock_owned().await;
        let proposal = self.propose(&active).await?;
        known_locks(revoke, &active.ruleset.program, &proposal.ruleset.program)?;
        self.compared(&active, proposal).await
    }

    /// The same of rules that stand elsewhere, with the settings that are active.
    pub(super) async fn consider_rules(&self, sources: SourceMap) -> Result<Considered, Hindrance> {
        let active = self.active.clone().lock_owned().await;
        let config = active.config.clone();
        let hash = source::content_hash(Path::new(""), &sources);
        let proposed = beside(move || source::propose(sources, hash, config)).await?;
        self.compared(&active, proposed.map_err(Hindrance::Unfit)?).await
    }

    async fn compared(&self, active: &Active, proposal: Proposal) -> Result<Considered, Hindrance> {
        let plan = plan(&active.ruleset, &proposal.ruleset).await?;
        Ok(Considered { beside: self.active_epoch(), program: proposal.ruleset.program, plan })
    }

    async fn in_a_task<Answer: Send + 'static>(
        &self,
        attempt: impl Future<Output = Result<Answer, Hindrance>> + Send + 'static,
    ) -> Result<Answer, Hindrance> {
        let ended = tokio::spawn(attempt).await;
        ended.unwrap_or_else(|error| Err(Hindrance::Fault(format!("the attempt broke: {error}"))))
    }

    async fn propose(&self, active: &Active) -> Result<Proposal, Hindrance> {
        let source = self.source.clone();
        let proposal = beside(move || source.read()).await?.map_err(Hindrance::Unfit)?;
        let needs_restart = active.config.needs_restart_for(&proposal.config);
        if needs_restart.is_empty() { Ok(proposal) } else { Err(Hindrance::NeedsRestart(needs_restart)) }
    }

    async fn go_back(&self, active: &mut Active, ruleset: Ruleset, wanted: &Wanted) -> Result<Done, Hindrance> {
        let (program, config) = (ruleset.program.clone(), active.config.clone());
        let bound = beside(move || (house::checks(&program, &config), config)).await?;
        let (checks, config) = (bound.0.map_err(|why| Hindrance::Unfit(Unfit::Unready(why)))?, bound.1);
        let checks = carried_over(active, checks, &config);
        self.activate(active, Active { config, checks, ruleset }, wanted).await
    }

    async fn take_over(&self, active: &mut Active, proposal: Proposal, wanted: &Wanted) -> Result<Done, Hindrance> {
        let Proposal { ruleset, config, checks, .. } = proposal;
        let checks = carried_over(active, checks, &config);
        self.activate(active, Active { config, checks, ruleset }, wanted).await
    }

    async fn activate(&self, active: &mut Active, next: Active, wanted: &Wanted) -> Result<Done, Hindrance> {
        known_locks(&wanted.revoke, &active.ruleset.program, &next.ruleset.program)?;
        let change = match (active.ruleset.hash == next.ruleset.hash, active.config == next.config) {
            (true, true) if wanted.revoke.is_empty() => Change::Nothing,
            (true, false) if wanted.revoke.is_empty() => Change::Settings,
            (_, _) => Change::Rules,
        };
        let plan = plan(&active.ruleset, &next.ruleset).await?;
        let epoch = match change {
            Change::Nothing => self.active_epoch(),
            Change::Settings | Change::Rules => self.swap(active, &next, change, wanted).await?,
        };
        if change == Change::Rules {
            self.keep(epoch, &next);
            *active = next;
        } else if change == Change::Settings {
            *active = Active { ruleset: active.ruleset.clone(), ..next };
        }
        Ok(Done { epoch, change, plan })
    }

    /// Connections that come while the engine changes are asked for what either rules read.
    async fn swap(&self, active: &Active, next: &Active, change: Change, wanted: &Wanted) -> Result<Epoch, Hindrance> {
        let reads = Reads::of(&next.ruleset.program.model);
        let both = reads.or(&Reads::of(&active.ruleset.program.model));
        self.terms.set(Terms::new(&active.config, house::decode(&active.config), both));
        let swapped = self.swap_in_engine(next, change, wanted).await;
        let (config, reads) = match &swapped {
            Ok(_) => (&next.config, reads),
            Err(_) => (&active.config, Reads::of(&active.ruleset.program.model)),
        };
        self.terms.set(Terms::new(config, house::decode(config), reads));
        swapped
    }

    async fn swap_in_engine(&self, next: &Active, change: Change, wanted: &Wanted) -> Result<Epoch, Hindrance> {
        let mut last = NotReloaded::Busy;
        for tries_left in (0..TRIES_MAX).rev() {
            let successor = match change {
                Change::Rules => Some(self.compare(&next.ruleset.program, &wanted.revoke).await?),
                Change::Nothing | Change::Settings => None,
            };
            let (config, checks) = (next.config.clone(), next.checks.clone());
            let swapped = self.hatch.ask(move |inside| {
                let epoch = match successor {
                    // it would look at all of a room at once, which a moment later is done in passing
                    Some(_) if tries_left > 0 && inside.engine.is_holding() => return Err(NotReloaded::Busy),
                    Some(successor) => inside.engine.reload(inside.now, successor)?,
                    None => inside.engine.epochs().active().epoch,
                };
                inside.engine.rebound(house::settings_after(inside.engine.settings(), &config));
                *inside.checks = checks;
                Ok(epoch)
            });
            match swapped.await? {
                Ok(epoch) => return Ok(epoch),
                Err(why @ (NotReloaded::Overtaken | NotReloaded::Busy)) => last = why,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Hindrance::NotReloaded(last))
    }

    async fn compare(&self, program: &Arc<Program>, revoke: &[Arc<str>]) -> Result<Successor, Hindrance> {
        let epochs: Epochs = self.hatch.ask(|inside| inside.engine.epochs().clone()).await?;
        let (program, revoke) = (program.clone(), revoke.to_vec());
        beside(move || Successor::new(&epochs, program, revoke)).await
    }

    fn active_epoch(&self) -> Epoch {
        self.standing().kept.back().map_or(Epoch::FIRST, |kept| kept.epoch)
    }

    fn keep(&self, epoch: Epoch, next: &Active) {
        let kept = Kept { epoch, ruleset: next.ruleset.clone(), since: super::clock::wall() };
        let kept_max = next.config.reload.kept.count() + 1;
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.kept.push_back(kept);
        while standing.kept.len() > kept_max {
            standing.kept.pop_front();
        }
    }

    /// Everybody gets to know: the log, the counters, and whoever asks about health.
    fn record(&self, by: Trigger, made: Result<Done, Hindrance>) -> Result<Done, Hindrance> {
        match &made {
            Ok(Done { epoch, change: Change::Nothing, .. }) => {
                tracing::debug!(%epoch, by = by.name(), "nothing new in the rules")
            }
            Ok(Done { epoch, change, .. }) => {
                self.counters.reloads.add();
                tracing::info!(%epoch, by = by.name(), ?change, "reloaded");
            }
            Err(hindrance) => {
                self.counters.reloads_refused.add();
                tracing::error!(
                    by = by.name(),
                    code = hindrance.code(),
                    "not reloaded, the rules before still serve: {hindrance}"
                );
            }
        }
        let outcome = made.as_ref().map(|done| done.epoch).map_err(|why| (why.code(), why.to_string()));
        let attempt = Attempt { at: super::clock::wall(), by, outcome };
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).latest = Some(attempt);
        made
    }
}

/// The new verifiers, and those of before that know which codes were used: a code must not be good again. Checks that only older
/// rules ask are answered as before, for whoever is still in the middle of them.
fn carried_over(active: &Active, checks: Checks, config: &Config) -> Checks {
    let (before, now) = (&active.config.checks, &config.checks);
    let mut same: Vec<&str> = Vec::new();
    same.extend((before.totp == now.totp).then_some("totp"));
    same.extend((before.code == now.code).then_some("code"));
    let declared = now.declared.iter().filter(|(name, bound)| before.declared.get(*name) == Some(*bound));
    let codes = declared.filter(|(_, bound)| matches!(bound.value, Declared::Code(_)));
    same.extend(codes.map(|(name, _)| &**name));
    same.into_iter().fold(checks, |checks, name| checks.keeping(name, &active.checks)).or(&active.checks)
}

/// Keys that are to end are of locks that are or were there.
fn known_locks(names: &[Arc<str>], old: &Program, new: &Program) -> Result<(), Hindrance> {
    let is_known = |name: &Arc<str>| [old, new].iter().any(|program| program.lock_by_name(name).is_some());
    match names.iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(Hindrance::UnknownLock(unknown.clone())),
        None => Ok(()),
    }
}

async fn plan(old: &Ruleset, new: &Ruleset) -> Result<Plan, Hindrance> {
    let (old, new) = (old.program.clone(), new.program.clone());
    beside(move || Plan::of(&old, &new)).await
}

/// On a thread of its own.
pub(super) async fn beside<Answer: Send + 'static>(
    work: impl FnOnce() -> Answer + Send + 'static,
) -> Result<Answer, Hindrance> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|error| Hindrance::Fault(format!("the attempt broke: {error}")))
}
