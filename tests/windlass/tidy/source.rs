//! Rust source without what is only said: comments, texts and unit tests become blanks, lines stay where they are.

use super::tree;

/// A file of `src`, its code alone.
pub struct Code {
    /// From the root.
    pub path: String,
    /// As long as the file, line for line.
    pub code: String,
}

impl Code {
    /// The folder or file directly below `src`, as a module: `wind` of `src/wind/pass/mod.rs`.
    pub fn module(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
    }

    /// Every line that holds one of these, as `path:line: the line`. What begins or ends with a letter is a whole word.
    pub fn find(&self, words: &[&str]) -> Vec<String> {
        let lines = self.code.lines().enumerate();
        let found = lines.filter(|(_, line)| words.iter().any(|word| holds_word(line, word)));
        found.map(|(at, line)| format!("{}:{}: {}", self.path, at + 1, line.trim())).collect()
    }
}

/// Every file of `src`.
pub fn code() -> Vec<Code> {
    let files = tree::files("src", &[".rs"]);
    files.into_iter().map(|file| Code { code: without_tests(&without_words(&file.text)), path: file.path }).collect()
}

pub fn holds_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_letter);
        let after = text[at + word.len()..].chars().next().is_some_and(is_letter);
        let goes_on_before = before && word.chars().next().is_some_and(is_letter);
        let goes_on_after = after && word.chars().next_back().is_some_and(is_letter);
        !goes_on_before && !goes_on_after
    })
}

fn blank(letter: char) -> char {
    if letter == '\n' { '\n' } else { ' ' }
}

fn without_words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_length(rest, out.chars().next_back());
        if skipped > 0 {
            out.extend(rest[..skipped].chars().map(blank));
            rest = &rest[skipped..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// How many bytes from here are a comment, a text or a character; 0 for none.
fn skipped_length(rest: &str, before: Option<char>) -> usize {
    let is_name = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if rest.starts_with('"') {
        return text_length(rest);
    }
    if !is_name && rest.starts_with('r') {
        let marks = rest[1..].chars().take_while(|letter| *letter == '#').count();
        if rest[1 + marks..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(marks));
            return rest[2 + marks..].find(&end).map_or(rest.len(), |at| 2 + marks + at + end.len());
        }
    }
    if rest.starts_with('\'') {
        return character_length(rest);
    }
    0
}

fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'x'` and `'\n'`, but not the lifetime `'x`.
fn character_length(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    let Some((_, first)) = letters.next() else { return 0 };
    if first == '\\' {
        let end = letters.skip(1).find(|(_, letter)| *letter == '\'');
        return end.map_or(0, |(at, _)| at + 1);
    }
    match letters.next() {
        Some((at, '\'')) => at + 1,
        _ => 0,
    }
}

/// What stands in the braces after `#[cfg(test)]` becomes blank.
fn without_tests(code: &str) -> String {
    let Some(at) = code.find("#[cfg(test)]") else { return code.to_owned() };
    let (before, after) = code.split_at(at);
    let end = after.find('{').map_or(after.len(), |open| open + block_length(&after[open..]));
    let blanks: String = after[..end].chars().map(blank).collect();
    format!("{before}{blanks}{}", without_tests(&after[end..]))
}

/// The length of a block that begins with an opening brace, bracket or parenthesis.
pub fn block_length(code: &str) -> usize {
    let mut depth = 0usize;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

#[test]
fn only_code_is_looked_at() {
    let text = "a \"unwrap() \\\" b\" // unwrap()\n'\"' r#\"x\" unwrap()\"# 'life c /* unwrap() */ d\n";
    let code = without_words(text);
    assert!(!code.contains("unwrap"), "{code}");
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "'life", "c", "d"]);
    assert_eq!(code.lines().count(), text.lines().count());
    let tested = without_tests("fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\nfn d() {}\n");
    assert_eq!(tested.split_whitespace().collect::<Vec<_>>(), ["fn", "a()", "{}", "fn", "d()", "{}"]);
    assert!(holds_word("x.await;", ".await") && !holds_word("awaited", "await") && holds_word("a unsafe b", "unsafe"));
}
