//! The program `counterpart`, asked and waited for no longer than it may take; and the recorder that outlives whoever started it.
//!
//! Not what its answers mean (`recorder.rs`). Invariants: nothing here waits without an end; what was asked and did not answer in time is killed; a recorder is in a
//! process group of its own, with nothing of a terminal, so that neither this program's end nor a key pressed for it reaches it; a process is
//! signalled only while it is known to be the one that was started.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::error::{Error, Result, plain};

/// More than any of its answers: what is longer is none.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How long output may still come when a process has ended.
const AFTER_END: Duration = Duration::from_secs(2);

/// What a program said, and how it ended.
pub(super) struct Said {
    pub(super) is_done: bool,
    pub(super) out: String,
    /// The first line on standard error, without the program's name.
    pub(super) why: String,
}

/// The program that is named, or the one beside this one.
pub(super) fn path(named: Option<&Path>) -> Result<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join("counterpart"));
    let path = named.map(Path::to_owned).or_else(beside).unwrap_or_else(|| "counterpart".into());
    match path.is_file() {
        true => Ok(path),
        false => Err(Error::of(format_args!("{}: the recorder's program is not there", path.display())).hint(
            "install counterpart beside counterpartd, or name it in office.toml: offices.rooms.recorder.program",
        )),
    }
}

/// Runs it to its end on a thread that may wait; it is killed when it takes longer than this.
pub(super) async fn ask(mut command: Command, longest: Duration) -> Result<Said> {
    let asked = tokio::task::spawn_blocking(move || ask_here(&mut command, longest)).await;
    asked.map_err(|err| Error::of(err).hint("try again"))?
}

fn ask_here(command: &mut Command, longest: Duration) -> Result<Said> {
    let began = Instant::now();
    let mut child = begin(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (says, hears) = mpsc::channel();
    let streams: [Option<Box<dyn std::io::Read + Send>>; 2] =
        [child.stdout.take().map(|out| Box::new(out) as _), child.stderr.take().map(|err| Box::new(err) as _)];
    for (which, stream) in streams.into_iter().enumerate() {
        let Some(stream) = stream else { continue };
        let says = says.clone();
        // What nobody waits for any more goes with its pipe.
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes);
            let _ = says.send((which, read.map(|_| bytes)));
        });
    }
    let pidfd = open(&child)?;
    if !has_ended(&pidfd, longest.saturating_sub(began.elapsed())) {
        let _ = child.kill();
        let _ = child.wait();
        return Err(Error::of(format_args!("the recorder's program does not answer within {} s", longest.as_secs()))
            .hint("look at the machine and the media that it records on; try again"));
    }
    let status = child.wait().map_err(|err| Error::of(plain(&err)).hint("try again"))?;
    let mut texts = [String::new(), String::new()];
    for _ in 0..texts.len() {
        if let Ok((which, Ok(bytes))) = hears.recv_timeout(AFTER_END) {
            texts[which] = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    let [out, err] = texts;
    Ok(Said { is_done: status.success(), why: first_line(&err), out })
}

/// What it says is wrong: the first line that is no passing message.
pub(super) fn first_line(err: &str) -> String {
    let line = err.lines().find(|line| line.starts_with("counterpart: ")).or_else(|| err.lines().next());
    line.unwrap_or("it says nothing").trim_start_matches("counterpart: ").to_owned()
}

fn begin(command: &mut Command) -> Result<Child> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|err| {
        Error::of(format_args!("{name}: it cannot be started: {}", plain(&err)))
            .hint("see to the recorder's program: offices.rooms.recorder.program in office.toml")
    })
}

/// Starts a recorder that goes on when this program ends. It has `out` for as long as it lives, and with it `out`'s lock.
pub(super) fn launch(command: &mut Command, out: File, err: File) -> Result<u32> {
    let mut child = begin(command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0))?;
    let pid = child.id();
    // So that nothing is left of it when it ends while this program goes on.
    std::thread::spawn(move || child.wait());
    Ok(pid)
}

fn open(child: &Child) -> Result<OwnedFd> {
    pidfd_open(Pid::from_child(child), PidfdFlags::empty())
        .map_err(|err| Error::of(err).hint("this needs Linux 5.4 or newer"))
}

/// Waits for the end of a process.
fn has_ended(pidfd: &OwnedFd, longest: Duration) -> bool {
    let until = Instant::now() + longest;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap_or_default();
        match poll(&mut [PollFd::new(pidfd, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return false,
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return true,
        }
    }
}

/// Ends a recorder that does not do as it is told, if it is still the one that was started, which `is_it` knows: first as one that may save what it
/// has, then at once. Whether it is gone.
pub(super) fn end(pid: u32, is_it: impl Fn() -> bool, patience: Duration) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return !is_it() };
    let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { return !is_it() };
    for signal in [Signal::TERM, Signal::KILL] {
        // Asked after the process was taken hold of: then it is no other that has its number by now.
        if !is_it() {
            return true;
        }
        let _ = pidfd_send_signal(&pidfd, signal);
        if has_ended(&pidfd, patience) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn what_hangs_is_killed_and_said_to_hang() {
        let began = Instant::now();
        let hung = ask_here(&mut shell("exec sleep 60"), Duration::from_millis(200)).err().unwrap();
        assert!(hung.what().contains("does not answer"), "{}", hung.what());
        // Whoever leaves its pipe to somebody else is not waited for either.
        let left = ask_here(&mut shell("sleep 60 & echo x"), Duration::from_secs(20)).unwrap();
        assert!(left.is_done && began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_floods_is_cut_and_what_fails_says_why() {
        let flood = ask_here(&mut shell("exec cat /dev/zero"), Duration::from_secs(20)).unwrap();
        assert!(!flood.is_done && flood.out.len() as u64 <= ANSWER_BYTES_MAX);
        let failed = ask_here(&mut shell("echo note; echo 'counterpart: no such thing' >&2; exit 2"), AFTER_END);
        assert_eq!(failed.unwrap().why, "no such thing");
        assert!(ask_here(&mut Command::new("/nowhere/counterpart"), AFTER_END).is_err());
    }

    #[test]
    fn a_process_that_is_not_ours_is_left_alone() {
        let mut child = shell("exec sleep 60").spawn().unwrap();
        assert!(end(child.id(), || false, AFTER_END), "it is not the one that is meant");
        assert!(child.try_wait().unwrap().is_none(), "and so it lives");
        assert!(end(child.id(), || true, AFTER_END));
        child.wait().unwrap();
    }
}
