//! The words and signs before the cursor. A text that is being typed rarely parses, but its tokens say where the cursor is.

/// A word or a sign outside of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'text> {
    pub(super) text: &'text str,
    /// Whether it is the first of its line.
    pub(super) begins_line: bool,
}

/// What stands before the cursor.
#[derive(Debug)]
pub(super) struct Before<'text> {
    /// Without the word that the cursor is in.
    pub(super) tokens: Vec<Token<'text>>,
    /// The letters before the cursor of the word that it is in.
    pub(super) word: &'text str,
    /// Whether that word begins a line.
    pub(super) begins_line: bool,
    /// Whether the cursor is in a comment or a text.
    pub(super) is_in_words: bool,
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Cuts the text before a cursor into tokens. A text counts as one, without what is in it.
pub(super) fn before(text: &str) -> Before<'_> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut at, mut begins_line, mut is_in_words) = (0, true, false);
    while let Some(byte) = bytes.get(at) {
        let end = match byte {
            b'\n' => {
                begins_line = true;
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let end = text.get(at..).and_then(|rest| rest.find('\n'));
                is_in_words = end.is_none();
                at = end.map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'"' => match end_of_text(bytes, at) {
                Some(end) => end,
                None => {
                    is_in_words = true;
                    bytes.len()
                }
            },
            byte if is_letter(*byte) => {
                (at..bytes.len()).find(|at| !bytes.get(*at).is_some_and(|byte| is_letter(*byte))).unwrap_or(bytes.len())
            }
            b'-' if bytes.get(at + 1) == Some(&b'>') => at + 2,
            b'=' | b'!' | b'<' | b'>' if bytes.get(at + 1) == Some(&b'=') => at + 2,
            byte if byte.is_ascii_punctuation() => at + 1,
            _blank => {
                at += 1;
                continue;
            }
        };
        if let Some(text) = text.get(at..end) {
            tokens.push(Token { text, begins_line });
        }
        begins_line = false;
        at = end;
    }
    let is_touched = bytes.last().is_some_and(|byte| is_letter(*byte)) && !is_in_words;
    match tokens.pop_if(|_| is_touched) {
        Some(word) => Before { tokens, word: word.text, begins_line: word.begins_line, is_in_words },
        None => Before { tokens, word: "", begins_line, is_in_words },
    }
}

/// One past the closing quote of a text that opens here; none where it is open at the end. A line's end closes it, too.
fn end_of_text(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => return Some(at + 1),
            b'\n' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
