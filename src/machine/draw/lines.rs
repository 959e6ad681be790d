//! How wide a text is drawn, and texts without what no format can hold.

/// A text without control characters and what XML forbids.
pub(super) fn clean(text: &str) -> String {
    let is_kept = |letter: &char| !matches!(letter, '\u{fffe}' | '\u{ffff}');
    // What turns the writing direction around would make a label lie about the rule.
    let is_turning = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let letters = text.chars().filter(is_kept);
    letters.map(|letter| if letter.is_control() || is_turning(letter) { ' ' } else { letter }).collect()
}

/// How many columns of a monospaced font a text takes; ideographs and pictures take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|letter| if letter as u32 >= 0x1100 && !is_narrow(letter) { 2 } else { 1 }).sum()
}

/// General punctuation, arrows, signs: `…`, `✓`.
fn is_narrow(letter: char) -> bool {
    ('\u{1e00}'..='\u{27bf}').contains(&letter)
}
