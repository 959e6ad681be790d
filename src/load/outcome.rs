//! What came of a load, as it is told: what was counted, how long things took, and what must not be.

use super::crew::{Gone, Spoken};
use super::tally::{Kinds, Tally, Times};
use super::{Breaking, Pace};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of a load. Times are in microseconds.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The version of this record: what is there keeps its meaning while it is the same.
    pub format_version: u32,
    /// Whether all is as it should be.
    pub ok: bool,
    /// What is not.
    pub faults: Vec<String>,
    /// The sockets.
    pub sockets: Sockets,
    /// Why crews have not walked the scene to its end, or sockets have not come back.
    pub failures: Vec<Kind>,
    /// Locks that let a socket pass, as far as they asked or said something.
    pub locks: Rate,
    /// How long a crew took to walk the scene.
    pub walk_us: Option<Quantiles>,
    /// What was sent.
    pub messages: Messages,
    /// What has come.
    pub deliveries: Deliveries,
    /// From when a message should have been sent to when a socket had it.
    pub latency_us: Option<Quantiles>,
    /// From when a message should have been sent to the server's answer.
    pub answer_us: Option<Quantiles>,
    /// What the server had to say against messages.
    pub errors: Vec<Kind>,
    /// With what connections were closed before the end.
    pub closes: Vec<Kind>,
    /// How all came back after their connections broke, where they did.
    pub returned: Option<Returns>,
}

/// How many sockets there were.
#[derive(Debug, Serialize)]
pub struct Sockets {
    /// How many there should be.
    pub wanted: u64,
    /// Those whose crew has walked the scene to its end.
    pub arrived: u64,
    /// Those whose crew has not.
    pub failed: u64,
    /// Those that were connected at the end.
    pub lasted: u64,
    /// Rooms in which they stood.
    pub rooms: u64,
    /// From the first connection to the last arrival.
    pub arriving_seconds: f64,
}

/// Something that happened several times.
#[derive(Debug, Serialize)]
pub struct Kind {
    /// What.
    pub what: String,
    /// How often.
    pub count: u64,
    /// What to do about it.
    pub help: Option<&'static str>,
}

/// How often, and how often in a second.
#[derive(Debug, Serialize)]
pub struct Rate {
    /// In all.
    pub count: u64,
    /// In a second.
    pub per_second: f64,
}

/// What was sent.
#[derive(Debug, Serialize)]
pub struct Messages {
    /// Sockets that spoke.
    pub speakers: u64,
    /// In all.
    pub sent: u64,
    /// In a second.
    pub per_second: f64,
    /// Those that the server answered with `ok`.
    pub accepted: u64,
    /// Those that it answered with an error.
    pub refused: u64,
    /// Those that it has not answered.
    pub unanswered: u64,
    /// Those that were under way when the speaker's connection went: nobody knows of them.
    pub broken_off: u64,
    /// For how long.
    pub seconds: f64,
}

/// What has come.
#[derive(Debug, Serialize)]
pub struct Deliveries {
    /// Each message for each socket, none twice.
    pub count: u64,
    /// In a second.
    pub per_second: f64,
    /// Accepted messages that a socket in the same room has not got.
    pub lost: u64,
    /// Messages that a socket got again.
    pub repeated: u64,
    /// Messages that a socket got after a later one of the same speaker.
    pub disordered: u64,
}

/// How all came back.
#[derive(Debug, Serialize)]
pub struct Returns {
    /// Sockets whose connections broke.
    pub broken: u64,
    /// Those that are in their rooms again.
    pub back: u64,
    /// How long that took; half of them, 99 of 100, and all.
    pub took_us: Option<Quantiles>,
    /// Rooms that told a socket what it had missed.
    pub recovered: u64,
    /// Rooms that could not.
    pub unrecovered: u64,
}

/// How long most of them took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// How many there were.
    pub count: u64,
    /// Half of them took no longer.
    pub p50: u64,
    /// 90 of 100.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1,000.
    pub p999: u64,
    /// All.
    pub max: u64,
}

/// What else is known when all have gone.
pub(super) struct Course {
    pub(super) wanted: u64,
    pub(super) rooms: u64,
    pub(super) speakers: u64,
    /// Sockets that were connected when their crew had arrived.
    pub(super) standing: u64,
    pub(super) lasted: u64,
    /// From the first connection to the last arrival.
    pub(super) arriving: Duration,
    /// For how long speakers spoke.
    pub(super) talking: Duration,
    pub(super) pace: Pace,
    /// Whether connections were broken.
    pub(super) breaking: Breaking,
    /// Whether those who stand in a room must get what is said there.
    pub(super) is_lossless: bool,
    pub(super) p99_max: Option<Duration>,
}

impl Outcome {
    pub(super) fn of(tally: &Tally, course: &Course, gone: &[Gone]) -> anyhow::Result<Outcome> {
        let per_second = |count: u64, time: Duration| count as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE);
        let spoken = || gone.iter().flat_map(|gone| &gone.spoken);
        let lost = if course.is_lossless { losses(gone) } else { 0 };
        let mut outcome = Outcome {
            format_version: 1,
            ok: true,
            faults: Vec::new(),
            sockets: Sockets {
                wanted: course.wanted,
                arrived: tally.arrived.get(),
                failed: tally.failed.get(),
                lasted: course.lasted,
                rooms: course.rooms,
                arriving_seconds: course.arriving.as_secs_f64(),
            },
            failures: kinds(&tally.failures),
            locks: Rate { count: tally.locks.get(), per_second: per_second(tally.locks.get(), course.arriving) },
            walk_us: quantiles(&tally.walks)?,
            messages: Messages {
                speakers: course.speakers,
                sent: tally.sent.get(),
                per_second: per_second(tally.sent.get(), course.talking),
                accepted: tally.accepted.get(),
                refused: tally.refused.get(),
                unanswered: spoken().map(|spoken| spoken.unanswered).sum(),
                broken_off: spoken().map(|spoken| spoken.broken_off).sum(),
                seconds: course.talking.as_secs_f64(),
            },
            deliveries: Deliveries {
                count: tally.delivered.get(),
                per_second: per_second(tally.delivered.get(), course.talking),
                lost,
                repeated: tally.repeated.get(),
                disordered: tally.disordered.get(),
            },
            latency_us: quantiles(&tally.deliveries)?,
            answer_us: quantiles(&tally.answers)?,
            errors: kinds(&tally.errors),
            closes: kinds(&tally.closes),
            returned: None,
        };
        if course.breaking == Breaking::Halfway {
            outcome.returned = Some(Returns {
                broken: tally.broken.get(),
                back: tally.back.get(),
                took_us: quantiles(&tally.returns)?,
                recovered: tally.recovered.get(),
                unrecovered: tally.unrecovered.get(),
            });
        }
        outcome.judge(course);
        Ok(outcome)
    }

    fn judge(&mut self, course: &Course) {
        let Deliveries { lost, repeated, disordered, .. } = self.deliveries;
        let mut found = |count: u64, what: &str| {
            if count > 0 {
                self.faults.push(format!("{what}: {count}"));
            }
        };
        found(self.sockets.failed, "sockets that did not get where the scene leads");
        found(course.standing.saturating_sub(self.sockets.lasted), "sockets that were gone before the end");
        found(lost, "deliveries lost");
        found(repeated, "deliveries repeated");
        found(disordered, "deliveries out of order");
        found(self.messages.refused, "messages refused");
        found(self.messages.unanswered, "messages without an answer");
        if let Some(Returns { broken, back, .. }) = self.returned {
            found(broken.saturating_sub(back), "sockets that did not come back");
            if broken == 0 {
                self.faults
                    .push("no socket has a token to come back with: the scene has nobody say who it is".to_owned());
            }
        }
        if self.messages.speakers == 0 && course.pace != Pace::Silent {
            self.faults.push("nobody spoke: no socket stands in a room".to_owned());
        }
        if let (Some(most), Some(latency)) = (course.p99_max, self.latency_us) {
            let p99 = Duration::from_micros(latency.p99);
            if p99 > most {
                self.faults.push(format!("99 of 100 deliveries took up to {p99:?}, and not {most:?} at most"));
            }
        }
        self.ok = self.faults.is_empty();
    }
}

/// What was accepted and has not come to somebody who was in the room from beginning to end.
fn losses(gone: &[Gone]) -> u64 {
    let mut rooms: BTreeMap<&str, Vec<(usize, &Spoken)>> = BTreeMap::new();
    for spoken in gone.iter().flat_map(|gone| &gone.spoken) {
        rooms.entry(&spoken.room).or_default().push((spoken.crew, spoken));
    }
    let mut lost = 0;
    for listener in gone.iter().flat_map(|gone| &gone.sockets) {
        for (crew, spoken) in rooms.get(&*listener.room).into_iter().flatten() {
            if (*crew, spoken.socket) == (listener.crew, listener.socket) {
                continue;
            }
            lost += match listener.heard.get(&spoken.speaker) {
                Some(heard) => heard.missing(spoken.sent, &spoken.excused),
                None => spoken.sent - spoken.excused.len() as u64,
            };
        }
    }
    lost
}

fn kinds(kinds: &Kinds) -> Vec<Kind> {
    kinds.all().into_iter().map(|(what, count, help)| Kind { what, count, help }).collect()
}

fn quantiles(times: &Times) -> anyhow::Result<Option<Quantiles>> {
    let all = times.all()?;
    let at = |quantile| all.value_at_quantile(quantile);
    Ok((!all.is_empty()).then(|| Quantiles {
        count: all.len(),
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p999: at(0.999),
        max: all.max(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(standing: u64) -> Course {
        Course {
            wanted: 4,
            rooms: 1,
            speakers: 1,
            standing,
            lasted: 3,
            arriving: Duration::from_secs(2),
            talking: Duration::from_secs(10),
            pace: Pace::PerSecond(1.0),
            breaking: Breaking::Never,
            is_lossless: true,
            p99_max: Some(Duration::from_millis(50)),
        }
    }

    #[test]
    fn what_is_too_slow_or_gone_is_a_fault() {
        let tally = Tally::new().expect("a tally");
        tally.locks.add(8);
        for ms in [10, 20, 49] {
            tally.deliveries.note(ms, Duration::from_millis(ms as u64));
        }
        let outcome = Outcome::of(&tally, &course(3), &[]).expect("an outcome");
        assert!(outcome.ok && outcome.locks.per_second == 4.0, "{outcome:?}");
        tally.deliveries.note(0, Duration::from_millis(70));
        let outcome = Outcome::of(&tally, &course(4), &[]).expect("an outcome");
        assert_eq!(outcome.latency_us.map(|latency| latency.count), Some(4));
        let [gone, slow] = outcome.faults.as_slice() else { panic!("{outcome:?}") };
        assert!(!outcome.ok && gone == "sockets that were gone before the end: 1", "{outcome:?}");
        assert!(
            slow.starts_with("99 of 100 deliveries took up to 70") && slow.ends_with("and not 50ms at most"),
            "{slow}"
        );
    }
}
