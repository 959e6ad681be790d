//! What came of a load, for people.

use crate::load::{Kind, Outcome, Quantiles};
use std::fmt::Write;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Everything, one thing a line. Colours are always written; where they are not wanted the printer takes them out.
pub(super) fn report(outcome: &Outcome) -> String {
    let mut out = String::new();
    let Outcome { sockets, locks, messages, deliveries, .. } = outcome;
    let _ = writeln!(
        out,
        "sockets     {} of {} arrived, in {:.1} s, in {}; {} there at the end",
        grouped(sockets.arrived),
        grouped(sockets.wanted),
        sockets.arriving_seconds,
        super::super::counted(usize::try_from(sockets.rooms).unwrap_or(usize::MAX), "room"),
        grouped(sockets.lasted),
    );
    kinds(&mut out, &outcome.failures);
    times(&mut out, "way", outcome.walk_us);
    if locks.count > 0 {
        let _ = writeln!(out, "locks       {} opened, {} a second", grouped(locks.count), whole(locks.per_second));
    }
    if messages.speakers > 0 {
        let _ = writeln!(
            out,
            "sent        {} messages by {} in {:.1} s, {} a second: {} accepted, {} refused, {} without an answer",
            grouped(messages.sent),
            grouped(messages.speakers),
            messages.seconds,
            whole(messages.per_second),
            grouped(messages.accepted),
            grouped(messages.refused),
            grouped(messages.unanswered),
        );
        if messages.broken_off > 0 {
            let _ = writeln!(out, "            {} were under way when a connection went", grouped(messages.broken_off));
        }
        kinds(&mut out, &outcome.errors);
        times(&mut out, "answer", outcome.answer_us);
        let _ = writeln!(
            out,
            "delivered   {}, {} a second: {} lost, {} repeated, {} out of order",
            grouped(deliveries.count),
            whole(deliveries.per_second),
            grouped(deliveries.lost),
            grouped(deliveries.repeated),
            grouped(deliveries.disordered),
        );
        times(&mut out, "latency", outcome.latency_us);
    }
    returned(&mut out, outcome);
    if !outcome.closes.is_empty() {
        let _ = writeln!(out, "closed      {}", grouped(outcome.closes.iter().map(|kind| kind.count).sum()));
        kinds(&mut out, &outcome.closes);
    }
    match outcome.faults.as_slice() {
        [] => out += &format!("{GREEN}all is well{PLAIN}\n"),
        faults => faults.iter().for_each(|fault| out += &format!("{RED}{fault}{PLAIN}\n")),
    }
    out
}

fn returned(out: &mut String, outcome: &Outcome) {
    let Some(returned) = &outcome.returned else { return };
    let _ = writeln!(
        out,
        "came back   {} of {}; {} rooms told what was missed, {} could not",
        grouped(returned.back),
        grouped(returned.broken),
        grouped(returned.recovered),
        grouped(returned.unrecovered),
    );
    if let Some(took) = returned.took_us {
        let [half, most, all] = [took.p50, took.p99, took.max].map(time);
        let _ = writeln!(out, "  after     {half} 50 %, {most} 99 %, {all} 100 %");
    }
}

fn kinds(out: &mut String, kinds: &[Kind]) {
    for Kind { what, count, help } in kinds {
        let _ = writeln!(out, "  {:>7} x {what}", grouped(*count));
        if let Some(help) = help {
            let _ = writeln!(out, "            {help}");
        }
    }
}

fn times(out: &mut String, what: &str, quantiles: Option<Quantiles>) {
    if let Some(Quantiles { p50, p90, p99, p999, max, .. }) = quantiles {
        let [p50, p90, p99, p999, max] = [p50, p90, p99, p999, max].map(time);
        let _ = writeln!(out, "  {what:<9} {p50} 50 %, {p90} 90 %, {p99} 99 %, {p999} 99.9 %, {max} at most");
    }
}

/// `412 µs`, `3.2 ms`, `1.20 s`
fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

fn whole(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { grouped(number as u64) }
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{grouped, time, whole};

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([7, 3_210, 412_000, 1_200_000].map(time), ["7 µs", "3.2 ms", "412 ms", "1.20 s"]);
        assert_eq!([0.25, 1234.5].map(whole), ["0.2", "1,234"]);
    }
}
