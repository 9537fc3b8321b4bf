//! What a program did to its disc, out of strace's log: every call that makes, writes, cuts, names or flushes, in order, with its bytes
//! and when it began and ended.
//!
//! Not what a power cut makes of it (`disc.rs`). Invariants: only calls that succeeded, and only what lies below the root; a call that
//! the model would not know is an error, never left out; a time span is never shorter than the call was.

use std::collections::HashMap;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail, ensure};

/// Calls that are traced: those the model knows, and those it must not miss.
pub(super) const CALLS: &str = "openat,write,pwrite64,ftruncate,fsync,fdatasync,renameat2,unlink,unlinkat,mkdir,rmdir,\
    open,creat,openat2,writev,pwritev,pwritev2,truncate,fallocate,sync_file_range,rename,renameat,link,linkat,symlink,symlinkat,\
    mkdirat,copy_file_range,sendfile,splice,io_uring_enter";
/// Of these there are none below the root.
const UNKNOWN: &[&str] = &[
    "creat",
    "openat2",
    "writev",
    "pwritev",
    "pwritev2",
    "truncate",
    "fallocate",
    "rename",
    "renameat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mkdirat",
    "copy_file_range",
    "sendfile",
    "splice",
    "io_uring_enter",
];

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Op {
    /// Microseconds of the clock.
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) what: What,
}

/// Paths are relative to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A file is opened that may have to be made, and may have to be emptied.
    Open {
        path: String,
        empty: bool,
    },
    MakeFolder {
        path: String,
    },
    /// Without a place it goes behind everything.
    Write {
        path: String,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    Cut {
        path: String,
        len: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        path: String,
    },
    Flush {
        path: String,
    },
    /// On standard output.
    Say {
        text: String,
    },
}

/// Reads a log. `delay` microseconds were added by strace to every call that it calls delayed.
pub(super) fn parse(log: &str, root: &Path, delay: u64) -> anyhow::Result<Vec<Op>> {
    let mut begun: HashMap<&str, (u64, &str)> = HashMap::new();
    let mut ops = Vec::new();
    for line in log.lines() {
        let (process, rest) = line.split_once(' ').with_context(|| format!("no process: {line}"))?;
        let (time, call) = rest.trim_start().split_once(' ').with_context(|| format!("no time: {line}"))?;
        let time = micros(time).with_context(|| format!("no time: {line}"))?;
        if call.starts_with("+++") || call.starts_with("---") {
            continue;
        }
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(process, (time, start));
            continue;
        }
        let (begin, whole) = match call.split_once(" resumed>").filter(|(before, _)| before.starts_with("<... ")) {
            Some((_, end)) => {
                let (begin, start) = begun.remove(process).context("a call goes on that did not begin")?;
                (begin, format!("{start}{end}"))
            }
            None => (time, call.to_owned()),
        };
        let what = Call::read(&whole).and_then(|call| Ok((call.span(delay)?, call.what(root)?)));
        let (span, what) = what.with_context(|| format!("strace wrote: {:.200}", whole))?;
        ops.extend(what.map(|what| Op { begin, end: begin + span, what }));
    }
    // One that never returned began all the same.
    for (begin, start) in begun.into_values() {
        let whole = format!("{start}) = 0 <0>");
        ops.extend(Call::read(&whole)?.what(root)?.map(|what| Op { begin, end: u64::MAX, what }));
    }
    ops.sort_by_key(|op| (op.begin, op.end));
    Ok(ops)
}

/// Seconds with six digits behind the point, as microseconds.
fn micros(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    (rest.len() == 6).then_some(())?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000 + rest.parse::<u64>().ok()?)
}

/// A line taken apart. Texts are in hexadecimal, so that no comma or bracket is part of one.
struct Call<'a> {
    name: &'a str,
    args: Vec<&'a str>,
    result: &'a str,
}

impl<'a> Call<'a> {
    fn read(line: &'a str) -> anyhow::Result<Call<'a>> {
        let (name, rest) = line.split_once('(').context("no call")?;
        let (args, result) = rest.rsplit_once(" = ").context("no result")?;
        let args = args.trim_end().strip_suffix(')').context("no end of the arguments")?;
        Ok(Call { name, args: args.split(", ").collect(), result })
    }

    fn failed(&self) -> bool {
        self.result.starts_with(['-', '?'])
    }

    fn span(&self, delay: u64) -> anyhow::Result<u64> {
        if self.failed() {
            return Ok(0);
        }
        let (_, took) = self.result.rsplit_once('<').context("no duration")?;
        let took: f64 = took.trim_end_matches('>').parse().context("no duration")?;
        let delayed = if self.result.contains("(DELAYED)") { delay } else { 0 };
        Ok((took * 1e6).ceil() as u64 + delayed)
    }

    fn arg(&self, at: usize) -> anyhow::Result<&'a str> {
        self.args.get(at).copied().with_context(|| format!("{} has no argument {at}", self.name))
    }

    fn number(&self, at: usize) -> anyhow::Result<u64> {
        self.arg(at)?.parse().with_context(|| format!("argument {at} of {} is no number", self.name))
    }

    /// What it did below the root.
    fn what(&self, root: &Path) -> anyhow::Result<Option<What>> {
        if self.failed() {
            return Ok(None);
        }
        let open_on = |at| anyhow::Ok(open_on(self.arg(at)?)?.and_then(|path| below(&path, root)));
        let named = |folder: Option<usize>, at: usize| {
            let path = PathBuf::from(std::ffi::OsString::from_vec(text(self.arg(at)?)?));
            let folder = folder.map(|folder| self.arg(folder)).transpose()?.map(self::open_on).transpose()?.flatten();
            anyhow::Ok(below(&folder.unwrap_or_else(|| root.to_owned()).join(path), root))
        };
        Ok(match self.name {
            "write" if self.arg(0)?.starts_with("1<") => {
                Some(What::Say { text: String::from_utf8_lossy(&text(self.arg(1)?)?).into_owned() })
            }
            "write" => open_on(0)?
                .map(|path| anyhow::Ok(What::Write { path, at: None, bytes: self.written()? }))
                .transpose()?,
            "pwrite64" => {
                let at = Some(self.number(3)?);
                open_on(0)?.map(|path| anyhow::Ok(What::Write { path, at, bytes: self.written()? })).transpose()?
            }
            "ftruncate" => {
                let len = self.number(1)?;
                open_on(0)?.map(|path| What::Cut { path, len })
            }
            "fsync" | "fdatasync" => open_on(0)?.map(|path| What::Flush { path }),
            "openat" => opened(named(Some(0), 1)?, self.arg(2)?),
            "open" => opened(named(None, 0)?, self.arg(1)?),
            "mkdir" => named(None, 0)?.map(|path| What::MakeFolder { path }),
            "unlink" | "rmdir" => named(None, 0)?.map(|path| What::Remove { path }),
            "unlinkat" => named(Some(0), 1)?.map(|path| What::Remove { path }),
            "renameat2" => match (named(Some(0), 1)?, named(Some(2), 3)?) {
                (Some(from), Some(to)) => Some(What::Rename { from, to }),
                (None, None) => None,
                _ => bail!("a file moves over the root's border"),
            },
            "sync_file_range" => None,
            name if UNKNOWN.contains(&name) => {
                let on_root = self.args.iter().any(|arg| touches(arg, root));
                ensure!(!on_root, "{name} is not known to the model");
                None
            }
            name => bail!("{name} was not asked for"),
        })
    }

    /// The bytes that were really written.
    fn written(&self) -> anyhow::Result<Vec<u8>> {
        let count = self.result.split(' ').next().and_then(|count| count.parse().ok()).context("no count of bytes")?;
        let mut bytes = text(self.arg(1)?)?;
        ensure!(bytes.len() >= count, "strace cut the bytes off");
        bytes.truncate(count);
        Ok(bytes)
    }
}

/// A file without a name is no name's affair.
fn opened(path: Option<String>, flags: &str) -> Option<What> {
    let empty = flags.contains("O_TRUNC");
    path.filter(|_| empty || flags.contains("O_CREAT")).map(|path| What::Open { path, empty })
}

fn touches(arg: &str, root: &Path) -> bool {
    let named = text(arg).ok().is_some_and(|path| Path::new(&std::ffi::OsString::from_vec(path)).starts_with(root));
    named || open_on(arg).ok().flatten().is_some_and(|path| path.starts_with(root))
}

/// `"\x61\x62"` as bytes.
fn text(arg: &str) -> anyhow::Result<Vec<u8>> {
    let inner = arg.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).context("no text, or one cut off")?;
    hex(inner)
}

fn hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.as_bytes().chunks(4);
    digits
        .map(|four| match four {
            [b'\\', b'x', high, low] => {
                let digit = |digit: u8| char::from(digit).to_digit(16).context("no hexadecimal digit");
                Ok((digit(*high)? * 16 + digit(*low)?) as u8)
            }
            _ => bail!("a text that is not in hexadecimal"),
        })
        .collect()
}

/// `5<\x2f\x61>` as the path; none for what has no path or no name any more.
fn open_on(arg: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some((_, rest)) = arg.split_once('<') else { return Ok(None) };
    let Some(path) = rest.strip_suffix('>') else { return Ok(None) };
    if !path.starts_with("\\x2f") {
        return Ok(None);
    }
    Ok(Some(PathBuf::from(std::ffi::OsString::from_vec(hex(path)?))))
}

fn below(path: &Path, root: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?;
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| path.to_str().map(str::to_owned))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn a_log_is_read() {
        let log = [
            format!(
                "7 10.000001 openat(AT_FDCWD<{}>, \"{}\", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 5<{}> <0.000010>",
                x("/r"),
                x("a/f"),
                x("/r/a/f")
            ),
            format!("7 10.000100 write(5<{}>, \"{}\", 5 <unfinished ...>", x("/r/a/f"), x("hello")),
            format!("8 10.000110 fsync(6<{}>) = 0 (DELAYED) <0.000002>", x("/r/a")),
            "7 10.000130 <... write resumed>) = 3 <0.000030>".to_owned(),
            format!("7 10.000140 unlink(\"{}\") = -1 ENOENT (No such file or directory) <0.000003>", x("/r/a/g")),
            format!("7 10.000150 pwrite64(5<{}>, \"{}\", 2, 64) = 2 <0.000001>", x("/r/a/f"), x("hi")),
            format!("7 10.000160 write(5<{}>(deleted), \"{}\", 2) = 2 <0.000001>", x("/r/a/f"), x("hi")),
            format!(
                "7 10.000170 renameat2(3<{0}>, \"{1}\", 3<{0}>, \"{2}\", RENAME_NOREPLACE) = 0 <0.000001>",
                x("/r/a"),
                x("f"),
                x("g")
            ),
            format!("7 10.000180 write(1<{}>, \"{}\", 2) = 2 <0.000001>", x("/out"), x("ok")),
            "7 10.000190 +++ exited with 0 +++".to_owned(),
        ];
        let ops = parse(&log.join("\n"), Path::new("/r"), 500).unwrap();
        let path = || "a/f".to_owned();
        let expected = [
            (10_000_001, 10_000_011, What::Open { path: path(), empty: false }),
            (10_000_100, 10_000_130, What::Write { path: path(), at: None, bytes: b"hel".to_vec() }),
            (10_000_110, 10_000_612, What::Flush { path: "a".into() }),
            (10_000_150, 10_000_151, What::Write { path: path(), at: Some(64), bytes: b"hi".to_vec() }),
            (10_000_170, 10_000_171, What::Rename { from: path(), to: "a/g".into() }),
            (10_000_180, 10_000_181, What::Say { text: "ok".into() }),
        ];
        assert_eq!(ops, expected.map(|(begin, end, what)| Op { begin, end, what }));
    }

    #[test]
    fn what_the_model_does_not_know_is_an_error() {
        for (call, known) in [
            (format!("link(\"{}\", \"{}\") = 0 <0.1>", x("/r/a"), x("/r/b")), false),
            (format!("link(\"{}\", \"{}\") = 0 <0.1>", x("/s/a"), x("/s/b")), true),
            (format!("write(3<{}>, \"{}\"..., 9) = 9 <0.1>", x("/r/a"), x("cut")), false),
            ("reboot(1) = 0 <0.1>".to_owned(), false),
        ] {
            assert_eq!(parse(&format!("1 1.000000 {call}"), Path::new("/r"), 0).is_ok(), known, "{call}");
        }
    }
}
