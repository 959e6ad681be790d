//! Each socket is an open file, and the system gives a process only so many.

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open besides: standard streams, what the runtime needs, a scene that is read.
const FILES_BESIDE: u64 = 64;

/// Raises the limit as far as this process may, and says what to do where that is not enough.
pub(super) fn allow(sockets: usize) -> anyhow::Result<()> {
    let wanted = sockets as u64 + FILES_BESIDE;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let may = maximum.unwrap_or(wanted).min(wanted);
    // where it stays as it is, there are too few of them
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(may), maximum });
    let open_files_max = if raised.is_ok() { may } else { current.unwrap_or(may) };
    if open_files_max < wanted {
        bail!(
            "{sockets} sockets are as many open files, and this process may have {open_files_max}: take fewer `--sockets`, or have \
             somebody who may do it raise the hard limit (`ulimit -Hn {wanted}` as root, or `nofile` in /etc/security/limits.conf)"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn more_than_the_hard_limit_says_what_to_do() {
        assert!(super::allow(1).is_ok());
        if let Some(hard) = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum {
            let refused = super::allow(usize::try_from(hard).expect("a number")).expect_err("too many");
            assert!(refused.to_string().contains("raise the hard limit"), "{refused}");
        }
    }
}
