//! Counts with callgrind: instructions of everything that [`counted`] calls, and how often memory is asked for meanwhile.

use std::path::Path;
use std::process::{Command, Stdio};

/// The argument by which this program runs one case under callgrind.
pub const RUN: &str = "run";
/// [`counted`], as callgrind knows it.
const COUNTED: &str = concat!(module_path!(), "::counted");
/// What asks the C library for memory.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// What a case costs each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub instructions: u64,
    pub allocations: f64,
}

/// Callgrind counts from where this begins to where it ends.
#[inline(never)]
pub fn counted(times: usize, work: &mut dyn FnMut()) {
    (0..times).for_each(|_| work());
}

/// Whether there is a valgrind.
pub fn is_there() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs a case in a process of its own, and counts.
pub fn count(case: &str, times: usize) -> Cost {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{case}"));
    let own = std::env::current_exe().expect("a path of this benchmark");
    let status = Command::new("valgrind")
        .args(["-q", "--tool=callgrind", "--compress-strings=no"])
        .args([format!("--zero-before={COUNTED}"), format!("--dump-after={COUNTED}")])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(own)
        .args([RUN, case])
        .status()
        .expect("valgrind runs");
    assert!(status.success(), "{case} did not run to its end");
    // The first dump is of what was counted, and the rest is of the end.
    let report = std::fs::read_to_string(out.with_extension(format!("{case}.1"))).expect("what callgrind wrote");
    Cost { instructions: instructions(&report) / times as u64, allocations: allocations(&report) / times as f64 }
}

fn instructions(report: &str) -> u64 {
    let total = report.lines().find_map(|line| line.strip_prefix("totals: "));
    total.and_then(|total| total.trim().parse().ok()).expect("callgrind tells a total")
}

/// A call is told in two lines: `cfn=` says of what, and then `calls=` how often.
fn allocations(report: &str) -> f64 {
    let mut called = "";
    let mut count = 0.0;
    for line in report.lines() {
        if let Some(name) = line.strip_prefix("cfn=") {
            called = name;
        } else if let Some(calls) = line.strip_prefix("calls=")
            && ALLOCATORS.contains(&called)
        {
            count += calls.split(' ').next().and_then(|calls| calls.parse::<f64>().ok()).unwrap_or_default();
        }
    }
    count
}
