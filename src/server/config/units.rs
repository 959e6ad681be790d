//! Settings with a unit: lengths of time, sizes and counts, each between its own bounds.
//!
//! The bounds are part of the type, so a value out of them is refused where it stands in the file, and cannot be had
//! anywhere else.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time between `LEAST` and `MOST` milliseconds, written `250ms`, `25s`, `2m` or `1h`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span<const LEAST: u64, const MOST: u64>(u64);

/// A size between `LEAST` and `MOST` bytes, written `512B`, `64KiB` or `1MiB`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Size<const LEAST: u64, const MOST: u64>(u64);

/// A number between `LEAST` and `MOST`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Count<const LEAST: u64, const MOST: u64>(u64);

const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024 * 1024 * 1024)];
const COUNTS: [(&str, u64); 1] = [("", 1)];

macro_rules! setting {
    ($name:ident, $units:ident, $like:literal) => {
        impl<const LEAST: u64, const MOST: u64> $name<LEAST, MOST> {
            /// A value known when this is compiled; out of bounds it does not compile.
            pub const fn of(value: u64) -> Self {
                assert!(LEAST <= value && value <= MOST, "a default lies between its bounds");
                $name(value)
            }

            /// What is allowed, in words.
            pub(super) fn bounds() -> String {
                format!("{} to {}", show(LEAST, &$units), show(MOST, &$units))
            }

            /// The number, in the smallest unit.
            pub fn get(self) -> u64 {
                self.0
            }
        }

        impl<const LEAST: u64, const MOST: u64> FromStr for $name<LEAST, MOST> {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let value = parse(text, &$units).ok_or_else(|| format!("`{text}` is not {}", $like))?;
                if (LEAST..=MOST).contains(&value) {
                    return Ok($name(value));
                }
                Err(format!("`{text}` is not between {} and {}", show(LEAST, &$units), show(MOST, &$units)))
            }
        }

        impl<const LEAST: u64, const MOST: u64> fmt::Display for $name<LEAST, MOST> {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&show(self.0, &$units))
            }
        }

        impl<const LEAST: u64, const MOST: u64> fmt::Debug for $name<LEAST, MOST> {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for $name<LEAST, MOST> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(Text)?.parse().map_err(de::Error::custom)
            }
        }

        impl<const LEAST: u64, const MOST: u64> Serialize for $name<LEAST, MOST> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
    };
}

setting!(Span, TIMES, "a length of time: write a number and `ms`, `s`, `m` or `h`, as in `25s`");
setting!(Size, SIZES, "a size: write a number and `B`, `KiB`, `MiB` or `GiB`, as in `64KiB`");
setting!(Count, COUNTS, "a whole number");

impl<const LEAST: u64, const MOST: u64> Span<LEAST, MOST> {
    /// The length of time.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl<const LEAST: u64, const MOST: u64> Size<LEAST, MOST> {
    /// The bytes as an index; a size that does not fit is the largest that does.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<const LEAST: u64, const MOST: u64> Count<LEAST, MOST> {
    /// The number as an index; one that does not fit is the largest that does.
    pub fn count(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Takes a scalar as the text it is written as.
struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number with its unit")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that leaves a whole number.
fn show(value: u64, units: &[(&str, u64)]) -> String {
    let fit = units.iter().rev().find(|(_, factor)| value != 0 && value.is_multiple_of(*factor));
    let (name, factor) = fit.or(units.first()).copied().unwrap_or(("", 1));
    format!("{}{name}", value / factor)
}
