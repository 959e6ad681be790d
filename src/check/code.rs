//! `code`: is this one of the configured codes, and is it still good.

use super::{Secret, Verdict, Verifier, Work, texts};
use crate::value::{Millis, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Why a check fails, whether the code is unknown, spent or too old: nobody learns which codes there were.
pub const NOT_A_CODE: &str = "not a known code";

/// What is known of spent codes has at most so many bytes: some hundred thousand of them.
const SPENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A code that opens so often, and until then.
#[derive(Clone, Debug)]
pub struct Once {
    /// The code.
    pub code: Secret,
    /// How often; none: any number of times.
    pub uses: Option<u32>,
    /// Until when, in milliseconds since 1970.
    pub until: Option<Millis>,
}

/// The configured codes by their labels. A code is a secret: it is compared in constant time, and never shown.
#[derive(Clone)]
pub struct Codes(Arc<Book>);

struct Book {
    codes: Vec<(Arc<str>, Once)>,
    spent: Mutex<Spent>,
}

impl fmt::Debug for Codes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Codes({} secret)", self.0.codes.len())
    }
}

impl Codes {
    /// Codes by label. How often each was used is kept in memory, and in `state`, a file, if there is one. Blocks.
    pub fn new(codes: BTreeMap<Arc<str>, Once>, state: Option<PathBuf>) -> Result<Self, String> {
        if let Some(label) = codes.keys().find(|label| label.contains(char::is_control)) {
            return Err(format!("the label {label:?} has a control character in it: leave it out"));
        }
        if let Some(label) = twice(&codes) {
            return Err(format!("the code of `{label}` is another's too: give each its own"));
        }
        let spent = match state {
            Some(path) => Spent::open(&path).map_err(|error| format!("cannot use `{}`: {error}", path.display()))?,
            None => Spent::default(),
        };
        Ok(Codes(Arc::new(Book { codes: codes.into_iter().collect(), spent: Mutex::new(spent) })))
    }

    /// The code that was given. Takes as long for a wrong code as for a right one of its length: every configured code is compared.
    fn find(&self, given: &str) -> Option<&(Arc<str>, Once)> {
        let mut found = u32::MAX;
        for (at, (_, once)) in (0u32..).zip(&self.0.codes) {
            let same: Choice = once.code.reveal().as_bytes().ct_eq(given.as_bytes());
            found = u32::conditional_select(&found, &at, same);
        }
        self.0.codes.get(found as usize)
    }

    /// Blocks.
    fn verify(&self, given: &str, wall: Millis) -> Verdict {
        let Some((label, once)) = self.find(given).filter(|(_, once)| once.until.is_none_or(|until| wall < until))
        else {
            return Err(NOT_A_CODE.into());
        };
        if let Some(uses) = once.uses {
            let mut spent = self.0.spent.lock().unwrap_or_else(PoisonError::into_inner);
            if spent.uses.get(label).is_some_and(|used| *used >= uses) {
                return Err(NOT_A_CODE.into());
            }
            // spent first, and then told: what cannot be written down opens nothing
            spent.spend(label).map_err(|error| {
                tracing::error!(%error, "cannot write down that a code is spent");
                "unavailable"
            })?;
        }
        Ok(Value::Text(label.clone()))
    }
}

impl Verifier for Codes {
    fn begin(&self, args: Vec<Value>, wall: Millis) -> Work {
        let Some([given]) = texts::<1>(args) else {
            return Work::Done(Err(NOT_A_CODE.into()));
        };
        let this = self.clone();
        Work::Blocking(Box::new(move || this.verify(&given, wall)))
    }

    fn describe(&self) -> String {
        format!("{} configured", self.0.codes.len())
    }
}

/// How often each label's code was used, and the file that says so: one label a line, one line a use.
#[derive(Default)]
struct Spent {
    uses: BTreeMap<Arc<str>, u32>,
    file: Option<File>,
}

impl Spent {
    fn open(path: &Path) -> io::Result<Spent> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut text = String::new();
        if (&mut file).take(SPENT_BYTES_MAX + 1).read_to_string(&mut text)? as u64 > SPENT_BYTES_MAX {
            return Err(io::Error::other(format!("it holds more than {SPENT_BYTES_MAX} bytes")));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            // a line that broke off counts, and the next begins anew
            file.write_all(b"\n")?;
        }
        let mut spent = Spent { uses: BTreeMap::new(), file: Some(file) };
        text.lines().for_each(|label| spent.count(label.into()));
        Ok(spent)
    }

    fn spend(&mut self, label: &Arc<str>) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(format!("{label}\n").as_bytes())?;
            file.sync_data()?;
        }
        self.count(label.clone());
        Ok(())
    }

    fn count(&mut self, label: Arc<str>) {
        let uses = self.uses.entry(label).or_default();
        *uses = uses.saturating_add(1);
    }
}

/// A label whose code another label has too.
fn twice(codes: &BTreeMap<Arc<str>, Once>) -> Option<&Arc<str>> {
    let mut seen = BTreeSet::new();
    codes.iter().find(|(_, once)| !seen.insert(once.code.reveal())).map(|(label, _)| label)
}
