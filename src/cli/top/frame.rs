//! One frame of the view, as text: the same on a terminal and in a pipe.

use super::Look;
use super::samples::Labels;
use crate::cli::counted;
use crate::engine::CloseCode;
use std::fmt::Write;

/// What there is, and, beside an earlier look, how much of it came in each second.
pub(super) fn told(url: &str, now: &Look, before: Option<&Look>) -> String {
    let view = View { now, before };
    let mut out = format!("windlass top: {url}\n\n");
    view.summary(&mut out);
    view.epochs(&mut out);
    view.sockets(&mut out);
    view.locks(&mut out);
    view.closes(&mut out);
    out
}

struct View<'look> {
    now: &'look Look,
    before: Option<&'look Look>,
}

impl View<'_> {
    fn one(&self, name: &str) -> f64 {
        self.now.samples.one(name)
    }

    /// What is counted, and how fast it grows.
    fn counter(&self, name: &str, labels: &Labels) -> String {
        let total = self.now.samples.of(name, labels);
        let Some(before) = self.before else { return total.to_string() };
        let seconds = self.now.at.duration_since(before.at).as_secs_f64().max(f64::EPSILON);
        // A server that was started anew counts from nothing.
        let rate = (total - before.samples.of(name, labels)).max(0.0) / seconds;
        format!("{total} ({rate:.0}/s)")
    }

    fn summary(&self, out: &mut String) {
        let clients = |state: &str| self.now.samples.of("clients", &labels(&[("state", state)]));
        let _ = writeln!(
            out,
            "connections {}   clients {}, and {} absent   rooms {}",
            self.one("connections"),
            clients("connected"),
            clients("absent"),
            self.one("rooms")
        );
        let counter = |name: &str| self.counter(&format!("{name}_total"), &Labels::new());
        let (frames, messages) = (counter("frames_in"), counter("messages"));
        let _ = writeln!(out, "frames in {frames}   messages {messages}   deliveries {}", counter("deliveries"));
        let _ = write!(
            out,
            "waiting: {} in the inbox, {} for the store",
            self.one("inbox_messages"),
            self.one("store_waiting_records")
        );
        for (labels, count) in self.now.samples.all("webhook_waiting") {
            let _ = write!(out, ", {count} for {}", label(labels, "webhook"));
        }
        out.push('\n');
    }

    fn epochs(&self, out: &mut String) {
        let (epoch, live) = (self.one("epoch"), self.one("epochs") as usize);
        let reloads = counted(self.one("reloads_total") as usize, "reload");
        let _ = writeln!(out, "epoch {epoch} is active, {} alive, after {reloads}", counted(live, "ruleset"));
        let Some(epochs) = &self.now.epochs else { return };
        if epochs.moving {
            out.push_str("  sockets are still being brought to it\n");
        }
        for older in epochs.epochs.iter().filter(|older| older.epoch != epochs.active) {
            let _ = writeln!(out, "  epoch {}: {} in the middle of it", older.epoch, counted(older.pinned, "socket"));
        }
    }

    fn sockets(&self, out: &mut String) {
        let mut rows: Vec<_> = self.now.samples.all("sockets").collect();
        rows.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        heading(out, "sockets", "room or lock", "state");
        for (labels, count) in rows {
            row(out, count, label(labels, "machine"), label(labels, "state"));
        }
    }

    /// Those that fail first, and what fails most of all.
    fn locks(&self, out: &mut String) {
        let mut rows: Vec<_> = self.now.samples.all("locks_total").collect();
        let is_resolved = |labels: &Labels| label(labels, "outcome") == "resolved";
        rows.sort_by(|(one, few), (other, many)| is_resolved(one).cmp(&is_resolved(other)).then(many.total_cmp(few)));
        heading(out, "locks", "lock", "ended");
        for (labels, _) in rows {
            let how = format!("{}: {}", label(labels, "outcome"), label(labels, "cause"));
            row(out, self.counter("locks_total", labels), label(labels, "lock"), &how);
        }
    }

    fn closes(&self, out: &mut String) {
        heading(out, "closes", "code", "");
        for (labels, _) in self.now.samples.all("closes_total") {
            let code = label(labels, "code");
            row(out, self.counter("closes_total", labels), code, meaning(code));
        }
    }
}

fn heading(out: &mut String, count: &str, name: &str, more: &str) {
    out.push('\n');
    row(out, count.to_uppercase(), &name.to_uppercase(), &more.to_uppercase());
}

fn row(out: &mut String, count: impl ToString, name: &str, more: &str) {
    let line = format!("{:>16}  {name:<24}  {more}", count.to_string());
    let _ = writeln!(out, "{}", line.trim_end());
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn label<'labels>(labels: &'labels Labels, name: &str) -> &'labels str {
    labels.get(name).map_or("", String::as_str)
}

fn meaning(code: &str) -> &'static str {
    match code.parse().map(CloseCode) {
        Ok(CloseCode::DROPPED) => "dropped by a rule",
        Ok(CloseCode::MISBEHAVED) => "too much that could not be read",
        Ok(CloseCode::CROWDED) => "its client has newer connections",
        Ok(CloseCode::REPLACED) => "taken up by another connection",
        Ok(CloseCode::SLOW_CONSUMER) => "read too slowly",
        Ok(CloseCode::TOO_FAST) => "sent too fast",
        Ok(CloseCode::SILENT) => "nothing was heard of it",
        Ok(CloseCode::RULES_CHANGED) => "the rules changed",
        Ok(CloseCode::RESTART) => "the server stopped",
        Ok(CloseCode::TRY_LATER) => "the server was full",
        Ok(_) | Err(_) => "",
    }
}
