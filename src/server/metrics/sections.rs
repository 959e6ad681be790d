//! What is on the page, part by part. `docs/metrics.md` lists it; a test compares.

use super::page::{Labels, Page};
use super::{Looked, Verdicts};
use crate::disk::{COMMIT_MICROS, CommitMetrics};
use crate::engine::{CloseCode, LOBBY_MS};
use crate::server::webhooks::{Fate, Tally, Webhooks};
use crate::server::{Counters, Shared, memory};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn label(name: &'static str, value: impl ToString) -> Labels {
    vec![(name, value.to_string())]
}

/// Connections and what waits for the engine.
pub(super) fn server(page: &mut Page, shared: &Shared) {
    let counters = &shared.counters;
    page.gauge("connections", "WebSockets that are open", shared.guests.seats());
    page.gauge(
        "short_of_memory",
        "1 while the process holds so much memory that no further connection is taken",
        u64::from(shared.memory.is_short()),
    );
    if let Some(bytes) = memory::resident_bytes() {
        page.gauge("memory_bytes", "Resident memory of the process, where the system says it", bytes);
    }
    page.counter("connections_accepted", "TCP connections taken", counters.accepted.get());
    page.counter(
        "connections_refused",
        "TCP connections and upgrades refused because there are too many",
        counters.refused.get(),
    );
    page.counter("connections_upgraded", "WebSockets that came to be", counters.upgraded.get());
    page.counter("connections_ended", "WebSockets that are gone", counters.ended.get());
    page.counter("accept_failures", "Times that no connection could be taken", counters.accept_failed.get());
    page.counter("tls_failures", "TLS handshakes that failed", counters.handshake_failed.get());
    let broken = [("protocol", counters.broken.get()), ("panic", counters.panics.get())];
    let broken = broken.map(|(cause, count)| (label("cause", cause), count));
    page.counters(
        "connections_broken",
        "WebSockets closed because what they sent is no WebSocket or too much, or the server is at fault",
        broken,
    );
    let inbox = shared.inbox.max_capacity() - shared.inbox.capacity();
    page.gauge("inbox_messages", "Messages of clients that wait to be decided on", inbox as u64);
    page.counter("checks_guarded", "Checks that were not asked because too many failed before", counters.guarded.get());
    page.counter(
        "reloads_refused",
        "Rules or settings that were to become active and could not",
        counters.reloads_refused.get(),
    );
}

/// What the engine has done, and holds.
pub(super) fn engine(page: &mut Page, looked: &Looked) {
    let Looked { statistics, census, epoch, epochs, standings } = looked;
    let standing = standings.iter().map(|((machine, state), count)| {
        (vec![("machine", machine.to_string()), ("state", state.to_string())], *count)
    });
    page.gauges("sockets", "Sockets by the room or lock on top of their stack and its state", standing);
    let clients = [("connected", census.clients), ("absent", census.absent_clients)];
    page.gauges(
        "clients",
        "Clients that are known",
        clients.map(|(state, count)| (label("state", state), count as u64)),
    );
    page.gauge("rooms", "Rooms that have a member or keep a history", census.rooms as u64);
    page.counter("passes", "Evaluation passes", statistics.passes);
    page.counter("steps", "Microsteps of all passes", statistics.steps);
    page.counter("overruns", "Passes undone because they needed too many steps", statistics.overruns);
    page.counter("frames_in", "Frames that came from clients", statistics.frames_in);
    let refused = [("malformed", statistics.frames_malformed), ("rate_limited", statistics.frames_rate_limited)];
    page.counters(
        "frames_refused",
        "Frames of clients that were not looked into",
        refused.map(|(cause, count)| (label("cause", cause), count)),
    );
    page.counter("messages", "Messages that rooms, groups and clients were sent", statistics.messages);
    page.counter("deliveries", "The same messages, counted for every socket that gets them", statistics.deliveries);
    page.counter("signals", "Signals that were offered to a socket", statistics.signals);
    page.counter(
        "signals_dropped",
        "Signals dropped because too many followed from one input",
        statistics.signals_dropped,
    );
    page.counter(
        "clients_forgotten",
        "Absent clients forgotten because there were too many",
        statistics.clients_forgotten,
    );
    let lost = [("newer", statistics.mail_pushed_out), ("age", statistics.mail_expired)];
    page.counters(
        "mail_lost",
        "Messages that waited for a client and were lost, to newer ones or to their age",
        lost.map(|(cause, count)| (label("cause", cause), count)),
    );
    page.counters("locks", "Locks that went, by how and what for", locks(looked));
    let (times, bounds) = (&statistics.lobby, LOBBY_MS.iter().map(|bound| *bound as f64 / 1e3));
    let help = "Time from connecting until the first room beyond the entry room";
    page.times("lobby_seconds", help, bounds, times.classes, times.sum_ms as f64 / 1e3);
    page.gauge("epoch", "The epoch of the rules that are active", u64::from(*epoch));
    page.gauge("epochs", "Rulesets that some socket still runs under", *epochs as u64);
    page.counter("reloads", "Rulesets that became active after the first", statistics.reloads);
}

fn locks(looked: &Looked) -> impl Iterator<Item = (Labels, u64)> {
    looked.statistics.locks.iter().flat_map(|(lock, ends)| {
        ends.iter().map(move |(end, count)| {
            let labels = [("lock", lock.to_string()), ("outcome", end.outcome.into()), ("cause", end.cause.into())];
            (labels.into(), *count)
        })
    })
}

/// Closes by the engine, and those that connections make by themselves.
pub(super) fn closes(page: &mut Page, looked: &Looked, counters: &Counters) {
    let mut closes = looked.statistics.closes.clone();
    for (code, counter) in [(CloseCode::SLOW_CONSUMER, &counters.slow), (CloseCode::SILENT, &counters.silent)] {
        *closes.entry(code.0).or_default() += counter.get();
    }
    let closes = closes.into_iter().map(|(code, count)| (label("code", code), count));
    page.counters("closes", "WebSockets that the server closed, by close code", closes);
}

/// Checks by name and outcome: those of verifiers, and those that groups were asked.
pub(super) fn checks(page: &mut Page, verdicts: &Verdicts, looked: Option<&Looked>) {
    let mut checks = verdicts.get();
    for (check, outcomes) in looked.into_iter().flat_map(|looked| &looked.statistics.questions) {
        let counts = checks.entry(check.clone()).or_default();
        outcomes.iter().for_each(|(outcome, count)| *counts.entry(outcome).or_default() += count);
    }
    let samples = checks.iter().flat_map(|(check, outcomes)| {
        outcomes
            .iter()
            .map(|(outcome, count)| (vec![("check", check.to_string()), ("outcome", (*outcome).to_owned())], *count))
    });
    page.counters("checks", "Checks that ended", samples);
}

/// Messages to webhooks.
pub(super) fn webhooks(page: &mut Page, webhooks: &Webhooks) {
    let name = |webhook: &Arc<str>| ("webhook", webhook.to_string());
    let each =
        |count: fn(&Tally) -> u64| webhooks.tallies().map(move |(webhook, tally)| (vec![name(webhook)], count(tally)));
    let fates = webhooks.tallies().flat_map(|(webhook, tally)| {
        let bound = Fate::ALL.into_iter().filter(|fate| *fate != Fate::Unbound);
        bound.map(move |fate| (vec![name(webhook), ("outcome", fate.name().to_owned())], tally.of(fate)))
    });
    page.counters("webhook_messages", "Messages to webhooks, by what became of them", fates);
    page.counters("webhook_failures", "Attempts to deliver to a webhook that failed", each(Tally::failures));
    page.counters("webhook_dead_forgotten", "Dead messages that are not kept any more", each(Tally::forgotten));
    let waiting = webhooks.waiting().map(|(webhook, waiting)| (vec![name(webhook)], waiting as u64));
    page.gauges("webhook_waiting", "Messages that wait for a webhook or are under way", waiting);
    page.counter("webhook_unbound", "Messages to webhooks that the settings do not bind", webhooks.unbound());
}

/// What the store has done.
pub(super) fn store(page: &mut Page, commits: &CommitMetrics) {
    let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let (bounds, classes) =
        (COMMIT_MICROS.iter().map(|micros| *micros as f64 / 1e6), commits.commit_classes.iter().map(read));
    page.times(
        "store_commit_seconds",
        "Time that commits took",
        bounds,
        classes,
        read(&commits.commit_micros) as f64 / 1e6,
    );
    page.counter("store_records", "Records that are on the disk", read(&commits.records));
    page.counter("store_bytes", "Bytes of records that are on the disk, about", read(&commits.bytes));
    page.counter("store_refused", "Submissions that could not be kept", read(&commits.refused));
    page.counter("store_busy", "Submissions put off because too much waited", read(&commits.busy));
    page.gauge(
        "store_short_of_space",
        "1 while the disk is full and what would have to be kept is refused",
        read(&commits.short_of_space),
    );
    page.gauge("store_waiting_records", "Records that wait to be committed", read(&commits.waiting_records));
    page.gauge(
        "store_waiting_bytes",
        "Bytes of records that wait to be committed, about",
        read(&commits.waiting_bytes),
    );
}
