//! A percentage that is compared without rounding.

use std::fmt;
use std::str::FromStr;

/// Digits after the point that a percentage may have.
const DIGITS_MAX: usize = 6;
/// One hundred per cent, in millionths of a per cent.
const WHOLE: u128 = 100_000_000;

/// How much must be walked: a percentage, exact to a millionth of a per cent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Threshold {
    millionths: u128,
    /// As it was given.
    written: String,
}

impl Threshold {
    /// Whether a part is at least this percentage of the whole. Of nothing, everything was walked.
    pub(super) fn is_reached_by(&self, (part, whole): (usize, usize)) -> bool {
        part as u128 * WHOLE >= whole as u128 * self.millionths
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (before, after) = text.split_once('.').unwrap_or((text, "0"));
        let is_figure = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = || format!("`{text}` is no percentage: write a number from 0 to 100, as in `90` or `99.5`");
        if !is_figure(before) || !is_figure(after) || after.len() > DIGITS_MAX {
            return Err(wrong());
        }
        let millionths = format!("{before}{after:0<DIGITS_MAX$}").parse().map_err(|_| wrong())?;
        if millionths > WHOLE { Err(wrong()) } else { Ok(Threshold { millionths, written: text.to_owned() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::Threshold;

    fn threshold(text: &str) -> Threshold {
        text.parse().expect("a percentage")
    }

    #[test]
    fn nothing_is_rounded() {
        assert!(threshold("75").is_reached_by((3, 4)));
        assert!(threshold("75.0").is_reached_by((3, 4)));
        assert!(!threshold("75.000001").is_reached_by((3, 4)));
        assert!(threshold("66.666666").is_reached_by((2, 3)));
        assert!(!threshold("66.666667").is_reached_by((2, 3)));
        assert!(!threshold("100").is_reached_by((usize::MAX - 1, usize::MAX)));
        assert!(threshold("100").is_reached_by((7, 7)));
        assert!(threshold("0").is_reached_by((0, 7)));
        assert!(threshold("100").is_reached_by((0, 0)));
    }

    #[test]
    fn what_is_no_percentage_is_refused() {
        for text in [
            "",
            "-1",
            "101",
            "100.000001",
            "1.1234567",
            "90%",
            "1e1",
            ".5",
            "5.",
            "+5",
            "99999999999999999999999999999999999999999",
        ] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
