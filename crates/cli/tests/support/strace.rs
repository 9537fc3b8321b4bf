//! strace: which system calls a program made, and faults put into one of them.
//!
//! strace counts calls for each thread on its own, so a fault is aimed by call, path and number together; with the path
//! left out it is aimed at the first thread that makes so many. Injection needs the call to be traced as well, or strace
//! silently injects nothing: [`Log::fired`] counts the proof. A short write that strace makes is a lie, the bytes are not
//! written at all; real short writes it cannot make (`injection.rs` makes them by a limit on file sizes).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Bench, shown, wait_until};

/// Calls that write, flush, name, cut or make something.
pub const CALLS: &[&str] = &[
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "fallocate",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "openat",
    "copy_file_range",
    "sendfile",
];

/// A program's standard output, below the bench.
pub const STDOUT: &str = "stdout.txt";

/// No write of a recording asks for fewer bytes.
const LIE_BYTES: usize = 16;

/// What a call does instead of its work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    Error(&'static str),
    /// Nothing is written, and so many bytes are reported, fewer than asked for.
    Lie(usize),
    /// The process is killed at the call.
    Kill,
    /// The call takes so many seconds longer, and so does every later one.
    Slow(u32),
}

/// One call of a program: the `nth` of its kind by one thread at that place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub call: String,
    /// Relative to the bench, with the journal's own folder as `*`; empty where any place is meant.
    pub at: String,
    pub nth: usize,
    /// Bytes that were asked to be written.
    pub asked: Option<usize>,
}

impl Point {
    /// Everything that is to be tried at this call.
    pub fn hows(&self) -> Vec<How> {
        let mut hows = vec![How::Error("EIO"), How::Error("ENOSPC"), How::Kill];
        // Never more than was asked for, also where the same fault hits another thread's first call.
        hows.extend(self.asked.filter(|asked| *asked > 1).map(|asked| How::Lie((asked / 2).min(LIE_BYTES))));
        hows
    }
}

/// Faults go by path and number, or by number alone where the path cannot be known before.
enum Aim {
    ByPath,
    ByNumber,
}

/// strace's options for a fault, or to write down every call when there is none.
fn options(bench: &Bench, fault: Option<(&Point, &How, Aim)>) -> Vec<String> {
    let mut options: Vec<String> = ["-f", "-y", "-s", "0", "-o", shown(&log(bench))].map(str::to_owned).into();
    let Some((point, how, aim)) = fault else {
        options.extend(["-e".to_owned(), format!("trace={}", CALLS.join(","))]);
        return options;
    };
    let (call, nth) = (&point.call, point.nth);
    let what = match how {
        How::Error(name) => format!("error={name}"),
        How::Lie(bytes) => format!("retval={bytes}"),
        How::Kill => "signal=SIGKILL".to_owned(),
        How::Slow(seconds) => format!("delay_enter={seconds}s"),
    };
    let when = if matches!(how, How::Slow(_)) { format!("{nth}+") } else { nth.to_string() };
    options.extend([
        "-e".to_owned(),
        format!("trace={call}"),
        "-e".to_owned(),
        format!("inject={call}:{what}:when={when}"),
    ]);
    if matches!(aim, Aim::ByPath) {
        options.extend(["-P".to_owned(), shown(&absolute(bench, &point.at)).to_owned()]);
    }
    options
}

fn log(bench: &Bench) -> PathBuf {
    bench.path("strace.log")
}

/// strace around a program from its start.
pub fn around(bench: &Bench, fault: Option<(&Point, &How)>, program: &Command) -> Command {
    let fault = fault.map(|(point, how)| (point, how, if point.at == STDOUT { Aim::ByPath } else { Aim::ByNumber }));
    let mut command = Command::new("strace");
    command.args(options(bench, fault)).arg(program.get_program()).args(program.get_args());
    bench.at_home(&mut command);
    command
}

/// Puts strace on a running program; returns when it sees every thread.
pub fn attach(bench: &Bench, fault: Option<(&Point, &How)>, pid: u32) -> Child {
    let fault = fault.map(|(point, how)| (point, how, if point.at.is_empty() { Aim::ByNumber } else { Aim::ByPath }));
    let mut command = Command::new("strace");
    command.args(options(bench, fault)).args(["-p", &pid.to_string()]);
    let mut strace = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(strace.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains(" attached"), "this test needs strace that may trace its own children, but: {line}");
    // It may say more about threads that come and go; nobody is to wait for it.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    strace
}

/// The journal's folder has a name of its own in every recording.
fn absolute(bench: &Bench, at: &str) -> PathBuf {
    match at.split_once('*') {
        None => bench.path(at),
        Some((before, after)) => {
            let found = wait_until("the journal's folder", || {
                std::fs::read_dir(bench.path(before)).ok()?.next()?.ok().map(|entry| entry.path())
            });
            PathBuf::from(format!("{}{after}", shown(&found)))
        }
    }
}

/// What strace wrote down.
pub struct Log(String);

impl Log {
    pub fn read(bench: &Bench) -> Log {
        Log(std::fs::read(log(bench)).map_or(String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// How often the fault happened. A kill leaves no mark of its own but the death.
    pub fn fired(&self, how: &How) -> usize {
        match how {
            // Cut short by the death of the program while it was held up.
            How::Slow(_) => self.0.lines().filter(|line| line.contains("= ?")).count(),
            How::Kill => usize::from(self.0.contains("+++ killed by SIGKILL")),
            _ => self.0.matches("(INJECTED)").count(),
        }
    }

    /// How many calls of that kind are in it and done.
    pub fn done(&self, call: &str) -> usize {
        let whole = format!(" {call}(");
        let resumed = format!("<... {call} resumed>");
        let is_done = |line: &&str| (line.contains(&whole) && !line.contains("<unfinished")) || line.contains(&resumed);
        self.0.lines().filter(is_done).count()
    }

    /// Every call below the bench, counted for each thread and place.
    pub fn by_path(&self, bench: &Bench) -> BTreeSet<Point> {
        let mut counts = BTreeMap::new();
        let calls = self.calls(bench);
        let numbered = calls.map(|call| {
            let nth: &mut usize = counts.entry((call.thread, call.name, call.at.clone())).or_default();
            *nth += 1;
            Point { call: call.name.to_owned(), at: call.at, nth: *nth, asked: call.asked }
        });
        // Threads that do the same to one place are one point.
        let mut points: BTreeMap<(String, String, usize), Point> = BTreeMap::new();
        for point in numbered {
            points.entry((point.call.clone(), point.at.clone(), point.nth)).or_insert(point);
        }
        points.into_values().collect()
    }

    /// The calls of the first thread below the bench, counted by kind alone.
    pub fn of_first_thread(&self, bench: &Bench) -> BTreeSet<Point> {
        let first = self.0.split_whitespace().next().unwrap_or_default();
        let mut counts = BTreeMap::new();
        let mut points = BTreeSet::new();
        for call in self.all_calls(bench).filter(|call| call.0 == first) {
            let nth: &mut usize = counts.entry(call.1).or_default();
            *nth += 1;
            if let Some(at) = call.2 {
                // Standard output is written last and has a path: it is aimed at by that.
                let nth = if at == STDOUT { 1 } else { *nth };
                points.insert(Point { call: call.1.to_owned(), at, nth, asked: call.3 });
            }
        }
        points
    }

    fn calls<'a>(&'a self, bench: &'a Bench) -> impl Iterator<Item = Call<'a>> {
        self.all_calls(bench).filter_map(|(thread, name, at, asked)| Some(Call { thread, name, at: at?, asked }))
    }

    /// Thread, name, place if it is one of ours, bytes asked for.
    fn all_calls<'a>(
        &'a self,
        bench: &'a Bench,
    ) -> impl Iterator<Item = (&'a str, &'a str, Option<String>, Option<usize>)> {
        self.0.lines().filter_map(move |line| {
            let (thread, rest) = line.split_once(' ')?;
            let (name, arguments) = rest.trim_start().split_once('(')?;
            CALLS.contains(&name).then(|| (thread, name, place(bench, arguments), asked(name, arguments)))
        })
    }
}

struct Call<'a> {
    thread: &'a str,
    name: &'a str,
    at: String,
    asked: Option<usize>,
}

/// Where a call works: the path it names, or the one its first argument is open on.
fn place(bench: &Bench, arguments: &str) -> Option<String> {
    let quoted = arguments.split('"').nth(1).filter(|path| path.starts_with('/'));
    let open_on = || arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path);
    let path = Path::new(quoted.or_else(open_on)?).strip_prefix(bench.path("")).ok()?;
    let mut at: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    if at.len() > 2 && at[..2] == ["state", "journals"] {
        at[2] = "*";
    }
    Some(at.join("/"))
}

fn asked(name: &str, arguments: &str) -> Option<usize> {
    let number = |at: usize| arguments.split(", ").nth(at)?.split([')', ' ']).next()?.parse().ok();
    ["write", "pwrite64"].contains(&name).then(|| number(2)).flatten()
}
