//! What was changed in a text so that more of it can be read, and the way back to the places as they were written.

/// One change: bytes of the original that stand as other bytes in the repaired text.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    /// First byte in the original.
    pub start: usize,
    /// One past the last byte in the original.
    pub end: usize,
    /// What stands there instead.
    pub instead: String,
}

/// All changes of one text, and where they stand in the repaired one.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// In order: the bytes in the repaired text and those in the original.
    placed: Vec<Placed>,
}

#[derive(Debug)]
struct Placed {
    repaired: std::ops::Range<usize>,
    original: std::ops::Range<usize>,
}

impl Edits {
    /// Makes the changes. Those that overlap an earlier one are left out.
    pub fn apply(text: &str, mut wanted: Vec<Edit>) -> (String, Edits) {
        wanted.sort_by_key(|edit| (edit.start, edit.end));
        let mut repaired = String::with_capacity(text.len());
        let mut placed = Vec::with_capacity(wanted.len());
        let mut read = 0;
        for edit in wanted {
            let Some(untouched) = text.get(read..edit.start) else { continue };
            if text.get(edit.start..edit.end).is_none() {
                continue;
            }
            repaired.push_str(untouched);
            let start = repaired.len();
            repaired.push_str(&edit.instead);
            placed.push(Placed { repaired: start..repaired.len(), original: edit.start..edit.end });
            read = edit.end;
        }
        repaired.push_str(text.get(read..).unwrap_or(""));
        (repaired, Edits { placed })
    }

    /// The place in the original of a place in the repaired text. What lies inside a change is where the change begins.
    pub fn original(&self, at: usize) -> usize {
        let after = self.placed.partition_point(|placed| placed.repaired.start <= at);
        let Some(placed) = after.checked_sub(1).and_then(|index| self.placed.get(index)) else { return at };
        if at < placed.repaired.end { placed.original.start } else { placed.original.end + (at - placed.repaired.end) }
    }
}
