//! `windlass fmt` as a program: what it writes, and what it answers.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const UGLY: &str = "entry lobby\nroom lobby public { capacity 5 presence }\n";
const TIDY: &str = "entry lobby\nroom lobby public {\n    capacity 5\n    presence\n}\n";

fn fmt(arguments: &[&str], directory: &Path, input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .arg("fmt")
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("its answer");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("a code"), text(stdout), text(stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn read(folder: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).expect("a file")
}

#[test]
fn writes_what_is_not_in_the_style() {
    let folder = folder(&[("a.room", UGLY), ("b.room", TIDY)]);
    let when = || std::fs::metadata(folder.path().join("b.room")).and_then(|file| file.modified()).expect("a time");
    let before = when();
    assert_eq!(fmt(&[], folder.path(), ""), (0, String::new(), String::new()));
    assert_eq!((read(&folder, "a.room").as_str(), read(&folder, "b.room").as_str()), (TIDY, TIDY));
    assert_eq!(when(), before, "a file in the style is not written");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left beside the files");
}

#[cfg(unix)]
#[test]
fn keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("a.room", UGLY)]);
    let (file, link) = (folder.path().join("a.room"), folder.path().join("link.room"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink(&file, &link).expect("a link");
    assert_eq!(fmt(&["link.room"], folder.path(), "").0, 0);
    assert_eq!(read(&folder, "a.room"), TIDY);
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(&link).expect("a link").file_type().is_symlink());
}

#[test]
fn check_and_diff_only_look() {
    let folder = folder(&[("a.room", UGLY), ("b.room", TIDY)]);
    assert_eq!(fmt(&["--check", "."], folder.path(), ""), (1, "./a.room\n".to_owned(), String::new()));
    let (code, out, _) = fmt(&["--diff", "a.room"], folder.path(), "");
    assert_eq!(code, 1);
    assert!(
        out.contains("-room lobby public { capacity 5 presence }\n+room lobby public {\n+    capacity 5\n"),
        "{out}"
    );
    assert_eq!(read(&folder, "a.room"), UGLY);
    assert_eq!(fmt(&["--check", "b.room"], folder.path(), ""), (0, String::new(), String::new()));
}

#[test]
fn leaves_what_has_errors() {
    let wrong = "room lobby public { capasity 5 }\n";
    let folder = folder(&[("a.room", wrong), ("b.room", UGLY)]);
    let (code, out, told) = fmt(&["."], folder.path(), "");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(told.contains("capasity") && told.contains("`./a.room` is left as it is"), "{told}");
    assert_eq!((read(&folder, "a.room").as_str(), read(&folder, "b.room").as_str()), (wrong, TIDY));
}

#[test]
fn from_input_to_output() {
    let folder = folder(&[]);
    assert_eq!(fmt(&["-"], folder.path(), UGLY), (0, TIDY.to_owned(), String::new()));
    assert_eq!(fmt(&["--check", "-"], folder.path(), TIDY).0, 0);
    let (code, out, told) = fmt(&["-"], folder.path(), "room {");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(told.contains("<stdin>"), "{told}");
    assert_eq!(fmt(&["nowhere.room"], folder.path(), "").0, 2);
}
