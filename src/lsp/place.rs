//! Where a document is: a file of this machine, or something that only the editor can name.

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::path::{Path, PathBuf};

/// What a path keeps of itself in a URI.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document, or the directory of a ruleset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// On disk; clients may spell its URI in several ways.
    File(PathBuf),
    /// An unsaved document, one in an archive, one of another machine: a ruleset by itself.
    Other(String),
}

impl Place {
    pub(super) fn of(uri: &Uri) -> Place {
        let is_here = uri.authority().is_none_or(|authority| matches!(authority.as_str(), "" | "localhost"));
        let is_file = uri.scheme().is_some_and(|scheme| scheme.as_str().eq_ignore_ascii_case("file"));
        let path = percent_decode_str(uri.path().as_str()).decode_utf8();
        match path {
            Ok(path) if is_here && is_file && path.starts_with('/') => Place::File(local(&path)),
            Ok(_) | Err(_) => Place::Other(uri.as_str().to_owned()),
        }
    }

    /// None where the path is not UTF-8.
    pub(super) fn uri(&self) -> Option<Uri> {
        match self {
            Place::File(path) => {
                let path = path.to_str()?.replace('\\', "/");
                let slash = if path.starts_with('/') { "" } else { "/" };
                format!("file://{slash}{}", utf8_percent_encode(&path, ENCODED)).parse().ok()
            }
            Place::Other(uri) => uri.parse().ok(),
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Place::File(path) => Some(path),
            Place::Other(_) => None,
        }
    }
}

/// The path of a URI: `/C:/rules` is `C:/rules` where drives have letters.
fn local(path: &str) -> PathBuf {
    let drive = path.strip_prefix('/').filter(|rest| cfg!(windows) && rest.as_bytes().get(1) == Some(&b':'));
    PathBuf::from(drive.unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_however_its_uri_is_spelled() {
        let place = |uri: &str| Place::of(&uri.parse().expect("a URI"));
        let path = PathBuf::from("/rules/a b/caf\u{e9}.room");
        assert_eq!(place("file:///rules/a%20b/caf%C3%A9.room"), Place::File(path.clone()));
        assert_eq!(place("file://localhost/rules/%61%20b/caf%c3%a9.room"), Place::File(path.clone()));
        let uri = Place::File(path).uri().map(|uri| uri.as_str().to_owned());
        assert_eq!(uri.as_deref(), Some("file:///rules/a%20b/caf%C3%A9.room"));
        for other in
            ["untitled:Untitled-1", "file://elsewhere/x.room", "file:///%ff.room", "https://example.org/x.room"]
        {
            assert_eq!(place(other), Place::Other(other.to_owned()));
        }
    }
}
