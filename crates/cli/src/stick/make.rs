//! `counterpart stick make COPY --to A --to B`: both sticks at once, each file flushed, read back, and only then named.
//!
//! Not the locking (`lock.rs`). Invariants: everything that can be checked is checked before anything is written; a stick
//! that fails has no half file under a final name, and the other goes on; a file is what was meant, by its digest.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use recorder::folder::{PART, RECORDING};
use recorder::shell;
use sha2::{Digest as _, Sha256};

use super::lock::{ENCRYPTED, Lock};
use super::{check_pair, verify};
use crate::bits::Equal;
use crate::disc::Surface;
use crate::error::{Error, Result, plain};
use crate::files::NewFile;
use crate::holding::Holding;
use crate::reading::{Hashed, Tally, hash};
use crate::receipt::{self, LangArgs, Paper, Subject};
use crate::render::line;
use crate::{json, out, signals, text};

/// Room that a file may need besides its bytes.
const SLACK_BYTES: u64 = 64 << 10;

/// `counterpart stick make …`
#[derive(Args, Debug)]
pub(crate) struct MakeArgs {
    /// The folder of a copy, or the file; it is only read
    #[arg(value_name = "COPY")]
    input: PathBuf,
    /// A stick's folder; twice, or once with --office
    #[arg(long, value_name = "DIR", required = true)]
    to: Vec<PathBuf>,
    /// The stick that the office keeps, encrypted
    #[arg(long, value_name = "DIR", requires = "encrypt_office_copy_to")]
    office: Option<PathBuf>,
    /// A public key (age1…), or the word passphrase: it is asked for
    #[arg(long, value_name = "KEY", requires = "office")]
    encrypt_office_copy_to: Option<String>,
    #[command(flatten)]
    lang: LangArgs,
    #[command(flatten)]
    json: json::Flag,
}

/// What became of one stick: why it failed, if it did.
pub(crate) struct Stick {
    pub(crate) folder: PathBuf,
    pub(crate) encrypted: bool,
    pub(crate) files: Vec<String>,
    pub(crate) failed: Option<String>,
}

/// How it ended.
pub(crate) struct Made {
    pub(crate) sticks: Vec<Stick>,
    /// Both are there, and what is on them is equal to the bit.
    pub(crate) either: Option<Equal>,
}

/// One file to be written.
struct Item<'a> {
    name: String,
    content: Content<'a>,
}

enum Content<'a> {
    Paper(&'a [u8]),
    Recording,
    Encrypted(&'a Lock),
}

/// One stick to be written.
struct Target<'a> {
    folder: PathBuf,
    items: Vec<Item<'a>>,
}

pub(crate) fn run(args: &MakeArgs) -> Result<u8> {
    let folders = folders(args)?;
    let lock = args.encrypt_office_copy_to.as_deref().map(Lock::read).transpose()?;
    signals::clean_up();
    let mut holding = Holding::open(&args.input)?;
    let hashed = holding.hash()?;
    let langs = args.lang.langs();
    let papers = receipt::papers(&Subject::new(holding.held(), &hashed, RECORDING), &langs);
    let encrypted_papers = receipt::encrypted_papers(&langs);
    let plain = |folder: &PathBuf| target(folder, &papers, RECORDING, Content::Recording);
    let mut targets: Vec<Target<'_>> = args.to.iter().map(plain).collect();
    if let (Some(office), Some(lock)) = (&args.office, &lock) {
        targets.push(target(office, &encrypted_papers, ENCRYPTED, Content::Encrypted(lock)));
    }
    refuse_left_over(&targets)?;
    for target in &targets {
        check_target(target, &hashed)?;
    }
    let mut made = Made { sticks: write_all(&targets, &holding.file, &hashed), either: None };
    if lock.is_none() && made.sticks.iter().all(|stick| stick.failed.is_none()) {
        compare_sticks(&mut made, &folders);
    }
    let exit = u8::from(made.sticks.iter().any(|stick| stick.failed.is_some()));
    let text = match args.json.json {
        true => json::text(&json::stick::Make::new(&holding, &hashed, &made, exit)),
        false => human(&made),
    };
    Ok(out::result(&text, exit))
}

/// The two sticks.
fn folders(args: &MakeArgs) -> Result<[PathBuf; 2]> {
    let all: Vec<PathBuf> = args.to.iter().chain(&args.office).cloned().collect();
    let [a, b] = <[PathBuf; 2]>::try_from(all).map_err(|_| {
        Error::of("two sticks are needed, no more and no less")
            .hint("--to A --to B; or --to A --office B, to encrypt B")
    })?;
    check_pair(&a, &b)?;
    Ok([a, b])
}

fn target<'a>(folder: &Path, papers: &'a [Paper], name: &str, content: Content<'a>) -> Target<'a> {
    let mut items = vec![Item { name: name.to_owned(), content }];
    items.extend(papers.iter().map(|paper| Item { name: paper.name.clone(), content: Content::Paper(&paper.bytes) }));
    Target { folder: folder.to_owned(), items }
}

/// What a run that was killed left: all of it at once, so that it need not be found out file by file.
fn refuse_left_over(targets: &[Target<'_>]) -> Result<()> {
    let parts = |target: &Target<'_>| {
        target.items.iter().map(|item| NewFile::part_of(&target.folder.join(&item.name))).collect::<Vec<_>>()
    };
    let left: Vec<PathBuf> = targets.iter().flat_map(parts).filter(|part| part.symlink_metadata().is_ok()).collect();
    let Some(first) = left.first() else { return Ok(()) };
    let more = if left.len() > 1 {
        format!(" and {} more", text::count(left.len() as u64 - 1, "file"))
    } else {
        String::new()
    };
    let words: Vec<String> = left.iter().map(shell::word).collect();
    let is_recording = |part: &PathBuf| part.file_name().is_some_and(|name| name == PART);
    let exist = if left.len() > 1 { "exist" } else { "exists" };
    let wrong = Error::of(format_args!("{}{more} {exist} already: something was broken off there", first.display()));
    // That name is also the one of a recording that was not finished, which nobody should be told to remove.
    Err(match left.iter().find(|part| is_recording(part)).and_then(|part| part.parent()) {
        Some(folder) => wrong.hint(format_args!(
            "if a recording was being made there: counterpart recover {}; if not, rm {}",
            shell::word(folder),
            words.join(" ")
        )),
        None => wrong.hint(format_args!("if no other command is writing: rm {}", words.join(" "))),
    })
}

/// Names are free, and there is room.
fn check_target(target: &Target<'_>, recording: &Hashed) -> Result<()> {
    let mut needed_bytes = 0;
    for item in &target.items {
        NewFile::refuse_taken(&target.folder.join(&item.name))?;
        needed_bytes += SLACK_BYTES
            + match item.content {
                Content::Paper(bytes) => bytes.len() as u64,
                // age adds sixteen bytes to every 64 KiB, and a head.
                Content::Recording | Content::Encrypted(_) => recording.len_bytes + recording.len_bytes / 4_096,
            };
    }
    let stat = rustix::fs::statvfs(&target.folder).map_err(|err| Error::io(&target.folder, &err.into()))?;
    if stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY) {
        return Err(Error::of(format_args!("{}: nothing can be written there", target.folder.display()))
            .hint("the stick is write-protected; unlock it, or take another"));
    }
    let free_bytes = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free_bytes < needed_bytes {
        return Err(Error::of(format_args!(
            "{}: {free_bytes} bytes are free, {needed_bytes} are needed",
            target.folder.display()
        ))
        .hint("make room, or take another stick"));
    }
    Ok(())
}

fn write_all(targets: &[Target<'_>], recording: &Path, hashed: &Hashed) -> Vec<Stick> {
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            targets.iter().map(|target| scope.spawn(|| write_stick(target, recording, hashed).err())).collect();
        let stick = |(target, failed): (&Target<'_>, Option<String>)| Stick {
            folder: target.folder.clone(),
            encrypted: target.items.iter().any(|item| matches!(item.content, Content::Encrypted(_))),
            files: target.items.iter().map(|item| item.name.clone()).collect(),
            failed,
        };
        let failed = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Some("the program itself failed".to_owned())));
        targets.iter().zip(failed).map(stick).collect()
    })
}

/// Every file is written, flushed and read back before the first one gets its name. The error is a clause.
fn write_stick(target: &Target<'_>, recording: &Path, hashed: &Hashed) -> std::result::Result<(), String> {
    let mut ready = Vec::new();
    for item in &target.items {
        let path = target.folder.join(&item.name);
        let mut new = NewFile::create(&path).map_err(|err| err.what().to_owned())?;
        let failed = |doing: &str, err: &io::Error| format!("{}: {doing}: {}", item.name, plain(err));
        let meant = write_item(item, &mut new, recording, hashed).map_err(|err| failed("writing", &err))?;
        new.file().sync_all().map_err(|err| failed("flushing", &err))?;
        let found = Surface::open(new.part()).and_then(|mut back| hash(&mut back));
        let found = found.map_err(|err| failed("reading it back", &err))?;
        if found != meant {
            return Err(format!("{}: what was read back is not what was written", item.name));
        }
        ready.push(new);
    }
    // The papers first: where the recording has its name, everything has.
    for new in ready.into_iter().rev() {
        new.keep().map_err(|err| err.what().to_owned())?;
    }
    Ok(())
}

/// Writes a file; what it must be when it is read back.
fn write_item(item: &Item<'_>, new: &mut NewFile, recording: &Path, hashed: &Hashed) -> io::Result<Hashed> {
    let changed = || io::Error::other("the recording was changed while it was read");
    match item.content {
        Content::Paper(bytes) => new.file().write_all(bytes).map(|()| Hashed::of(bytes)),
        Content::Recording => {
            let mut source = File::open(recording)?;
            let mut tally = Tally::new(&mut source);
            io::copy(&mut tally, new.file())?;
            let read = tally.hashed();
            if read == *hashed { Ok(read) } else { Err(changed()) }
        }
        Content::Encrypted(lock) => {
            let mut source = File::open(recording)?;
            let mut tally = Tally::new(&mut source);
            let mut written = Written { file: new.file(), hasher: Sha256::new(), len_bytes: 0 };
            lock.write(&mut tally, &mut written)?;
            let written = Hashed::finished(written.hasher, written.len_bytes);
            if tally.hashed() == *hashed { Ok(written) } else { Err(changed()) }
        }
    }
}

/// A file that remembers the digest of what was given to it.
struct Written<'a> {
    file: &'a mut File,
    hasher: Sha256,
    len_bytes: u64,
}

impl Write for Written<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buf)?;
        self.hasher.update(&buf[..written]);
        self.len_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn compare_sticks(made: &mut Made, [a, b]: &[PathBuf; 2]) {
    match verify::compare_sticks(a, b, &made.sticks[0].files) {
        Ok(equal) => made.either = equal,
        Err(difference) => made.sticks.iter_mut().for_each(|stick| stick.failed = Some(difference.words())),
    }
}

fn human(made: &Made) -> String {
    let mut lines = String::new();
    for stick in &made.sticks {
        let folder = text::path(&stick.folder);
        let encrypted = if stick.encrypted { ", encrypted" } else { "" };
        match &stick.failed {
            None => line(&mut lines, "written", &format!("{folder}, {}, read back{encrypted}", stick.files.join(", "))),
            Some(why) => line(&mut lines, "NOT WRITTEN", &format!("{folder}: {}", text::visible(why))),
        }
    }
    if made.either.is_some() {
        lines.push_str("\nThe two sticks are equal to the bit. You may choose either.\n");
    } else if made.sticks.iter().all(|stick| stick.failed.is_none()) {
        lines.push_str(
            "\nBoth sticks hold the same recording. The office's is encrypted; the other goes to the other side.\n",
        );
    }
    lines
}
