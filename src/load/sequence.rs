//! Which numbers of a speaker have come, and in which order.

use std::collections::BTreeSet;

/// So many gaps are kept for one speaker. Numbers of older ones count as lost, and as repeated should they come after all.
const GAPS_MAX: usize = 1024;

/// The numbers from 1 on that have come.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// The highest.
    highest: u64,
    /// What is missing below it: first and last number of each gap, in order.
    gaps: Vec<(u64, u64)>,
    /// Numbers of gaps that are kept no more.
    given_up: u64,
}

/// What a number was when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Higher than all before.
    Next,
    /// For the first time, after a higher one.
    Late,
    /// Not for the first time.
    Again,
}

impl Sequence {
    /// A number comes.
    pub(super) fn hear(&mut self, number: u64) -> Order {
        if number > self.highest {
            if number > self.highest + 1 {
                self.open_gap(self.highest + 1, number - 1);
            }
            self.highest = number;
            return Order::Next;
        }
        let Some(at) = self.gaps.iter().position(|(first, last)| (*first..=*last).contains(&number)) else {
            return Order::Again;
        };
        let (first, last) = self.gaps.remove(at);
        let rest = [(first, number - 1), (number + 1, last)];
        let rest = rest.into_iter().filter(|(first, last)| first <= last);
        self.gaps.splice(at..at, rest);
        Order::Late
    }

    fn open_gap(&mut self, first: u64, last: u64) {
        if self.gaps.len() >= GAPS_MAX {
            let (first, last) = self.gaps.remove(0);
            self.given_up += last - first + 1;
        }
        self.gaps.push((first, last));
    }

    /// How many of the numbers up to `sent` have not come, but for those that need not come.
    pub(super) fn missing(&self, sent: u64, excused: &BTreeSet<u64>) -> u64 {
        let tail = Some((self.highest + 1, sent)).filter(|(first, last)| first <= last);
        let missing = |(first, last): (u64, u64)| (last - first + 1) - excused.range(first..=last).count() as u64;
        self.given_up + self.gaps.iter().copied().chain(tail).map(missing).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(numbers: &[u64]) -> (Sequence, Vec<Order>) {
        let mut sequence = Sequence::default();
        let orders = numbers.iter().map(|number| sequence.hear(*number)).collect();
        (sequence, orders)
    }

    #[test]
    fn in_order_nothing_is_missing() {
        let (sequence, orders) = heard(&[1, 2, 3]);
        assert_eq!(orders, [Order::Next; 3]);
        assert_eq!(sequence.missing(3, &BTreeSet::new()), 0);
        assert_eq!(sequence.missing(5, &BTreeSet::new()), 2, "the end is missing");
        assert_eq!(sequence.missing(5, &BTreeSet::from([5])), 1, "what was refused need not come");
    }

    #[test]
    fn what_comes_late_fills_its_gap_and_again_is_again() {
        let (mut sequence, orders) = heard(&[1, 6, 4, 4, 1, 2]);
        assert_eq!(orders, [Order::Next, Order::Next, Order::Late, Order::Again, Order::Again, Order::Late]);
        assert_eq!(sequence.missing(6, &BTreeSet::new()), 2);
        assert_eq!(sequence.missing(6, &BTreeSet::from([3, 5])), 0);
        assert_eq!([3, 5].map(|number| sequence.hear(number)), [Order::Late; 2]);
        assert_eq!(sequence.missing(6, &BTreeSet::new()), 0);
    }

    #[test]
    fn gaps_are_bounded_and_stay_losses() {
        let mut sequence = Sequence::default();
        let numbers = 2 * (GAPS_MAX as u64 + 10);
        (2..=numbers).step_by(2).for_each(|number| assert_eq!(sequence.hear(number), Order::Next));
        assert_eq!(sequence.gaps.len(), GAPS_MAX);
        assert_eq!(sequence.missing(numbers, &BTreeSet::new()), numbers / 2);
    }
}
