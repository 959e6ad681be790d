//! A tape of numbers from which choices are read. Where it ends every choice is the first one, so a shorter tape and
//! smaller numbers make a simpler case, and proptest can shrink what it does not understand.

/// What is left of a tape.
pub struct Tape<'a> {
    numbers: &'a [u16],
    at: usize,
}

impl<'a> Tape<'a> {
    pub fn new(numbers: &'a [u16]) -> Tape<'a> {
        Tape { numbers, at: 0 }
    }

    /// Whether anything is left to read.
    pub fn goes_on(&self) -> bool {
        self.at < self.numbers.len()
    }

    /// One of `0..choices`.
    pub fn below(&mut self, choices: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % choices.max(1)
    }

    /// True in so many of a hundred cases; false where the tape has ended.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}
