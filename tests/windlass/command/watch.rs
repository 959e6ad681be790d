//! `--watch`, with real files and the real binary. Nothing is said about how long it takes, but that it comes at all.

use super::{CLEAN, command, write};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Whoever waits longer has found that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);
const WRONG: &str = "entry nowhere\n";

/// A command that watches, and the lines that it writes.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(name: &str, path: &Path) -> Watching {
        let mut command = command(&[name, &path.display().to_string(), "--watch"]);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        command.stdout(writer.try_clone().expect("a pipe")).stderr(Stdio::from(writer));
        let child = command.spawn().expect("the binary runs");
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(reader).lines().map_while(Result::ok);
            lines.take_while(|line| tell.send(line.clone()).is_ok()).for_each(drop);
        });
        drop(command);
        Watching { child, lines }
    }

    /// Reads on until a line has this in it.
    fn until(&self, words: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(words) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => seen += &format!("{line}\n"),
                Err(_) => panic!("`{words}` does not come after:\n{seen}"),
            }
        }
        seen
    }

    /// Waits for one whole run that tells this.
    fn run_tells(&self, words: &str) {
        let told = self.until(words) + &self.until("watching for changes");
        assert!(!told.contains('\u{1b}'), "no terminal, no clearing: {told:?}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_looks_again_however_a_file_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = folder.path().join("house");
    write(&house, "rules.room", CLEAN);
    let watching = Watching::start("lint", &house);
    watching.run_tells("1 file: nothing found");
    write(&house, "rules.room", WRONG);
    watching.run_tells("there is no room `nowhere`");
    for text in [CLEAN, WRONG, CLEAN] {
        write(&house, ".rules.room.new", text);
        std::fs::rename(house.join(".rules.room.new"), house.join("rules.room")).expect("a rename");
        watching.run_tells(if text == CLEAN { "nothing found" } else { "there is no room `nowhere`" });
    }
    write(&house, "rules.room", b"entry lobby // half a letter \xe2\x82");
    watching.run_tells("is not UTF-8 at line 1");
    write(&house, "rules.room", CLEAN);
    watching.run_tells("nothing found");
    write(&house.join("deep/er"), "more.room", "group listeners { client \"x\" }\n");
    watching.run_tells("2 files: ");
    write(&house.join("deep/er"), "more.room", "group g { client \"x\" }\n");
    watching.run_tells("2 files: ");
    write(&house, "windlass.yaml", "lint:\n  nonsense: 1\n");
    watching.run_tells("there is no setting `nonsense`");
}

#[test]
fn a_directory_may_go_and_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = folder.path().join("house");
    write(&house, "rules.room", CLEAN);
    let watching = Watching::start("lint", &house);
    watching.run_tells("nothing found");
    for _ in 0..2 {
        std::fs::remove_dir_all(&house).expect("a directory");
        watching.run_tells("cannot read `");
        write(&house, "rules.room", CLEAN);
        watching.run_tells("nothing found");
        write(&house, "rules.room", WRONG);
        watching.run_tells("there is no room `nowhere`");
    }
}

#[test]
fn scenes_that_fail_are_told_and_watched_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules.room");
    write(folder.path(), "rules.room", CLEAN);
    let scene =
        |stack: &str| format!("- scene: somebody comes\n  steps:\n    - connect: ada\n      stack: [{stack}]\n");
    write(folder.path(), "rules.scene.yaml", scene("lobby"));
    let watching = Watching::start("test", &rules);
    watching.run_tells("none failed");
    write(folder.path(), "rules.scene.yaml", scene("hall"));
    watching.run_tells("1 failed");
    write(folder.path(), "notes.txt", "not looked at");
    write(folder.path(), "rules.scene.yaml", scene("lobby"));
    watching.run_tells("none failed");
}

#[test]
fn what_is_not_there_cannot_be_watched() {
    let output = super::windlass(&["test", "no-such-directory", "--watch"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(super::stderr(&output).starts_with("windlass: cannot watch `no-such-directory`"), "{output:?}");
}
