//! The second half of `cargo xtask start`: a demonstration office, opened on this machine and nowhere else.
//!
//! What is in it is `counterpartd demonstration make`'s. Invariants: each day has one of its own below the target folder; the first page is asked for and timed before anybody
//! is told that it is there; without a terminal the office is closed again in order, and that it was is checked.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};

use super::heading;
use crate::run::capture;

/// Within this the first page is to be there, from the start of the program.
const FIRST_PAGE: Duration = Duration::from_secs(1);
/// What opens a demonstration is published: `counterpartd demonstration make` writes it here.
const PASSPHRASE: &str = "passphrase";

/// Opens it, and says whether its first page was there. On a terminal it goes on until Ctrl-C, and this does not return.
pub(super) fn open(program: &Path, start: &Path) -> anyhow::Result<bool> {
    let folder = of_today(program, start)?;
    heading("Opening a demonstration office on this machine");
    let (child, mut lines, began) = started(program, &folder, "127.0.0.1:0")?;
    let mut running = Running(child);
    let address = first(&mut lines, "listening on http://")?;
    let page = first_page(&address)?;
    let took = began.elapsed();
    ensure!(page.contains("Nothing here is real"), "the first page does not say that it is a demonstration: {page}");
    println!("   first page {:.2} s after the program was started", took.as_secs_f32());
    let terminal = std::io::stdin().is_terminal();
    if !terminal {
        for line in lines.by_ref().take(13) {
            println!("   {}", line?);
        }
    }
    running.end()?;
    if terminal {
        heading("Open one of these links in a browser. Ctrl-C closes the office");
        let _ = std::io::stdout().flush();
        // It takes the place of this program: what is typed here is for it, Ctrl-C too.
        let refused = serve(program, &folder, &address).exec();
        bail!("the office could not be opened again: {refused}");
    }
    if took > FIRST_PAGE {
        println!("   that is longer than {} s, on this machine and with what else runs on it", FIRST_PAGE.as_secs());
    }
    Ok(true)
}

/// The demonstration of today, made if there is none.
fn of_today(program: &Path, start: &Path) -> anyhow::Result<PathBuf> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    let folder = start.join(format!("demonstration-{}", since.as_secs() / 86_400));
    if !folder.exists() {
        heading("Making a demonstration office: invented people, cases and recordings");
        let said = capture(Command::new(program).args(["demonstration", "make"]).arg(&folder))?;
        println!("   {}", said.lines().next().unwrap_or_default());
    }
    Ok(folder)
}

fn serve(program: &Path, folder: &Path, listen: &str) -> Command {
    let mut command = Command::new(program);
    command.arg("serve").arg("--office").arg(folder.join("office"));
    command.arg("--passphrase-file").arg(folder.join(PASSPHRASE)).args(["--listen", listen, "--session-idle", "8h"]);
    command
}

type Lines = std::io::Lines<BufReader<ChildStdout>>;

fn started(program: &Path, folder: &Path, listen: &str) -> anyhow::Result<(Child, Lines, Instant)> {
    let began = Instant::now();
    let mut command = serve(program, folder, listen);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("counterpartd could not be started")?;
    let out = child.stdout.take().context("standard output was not piped")?;
    Ok((child, BufReader::new(out).lines(), began))
}

/// What follows these words in the first line that has them.
fn first(lines: &mut Lines, words: &str) -> anyhow::Result<String> {
    for line in lines {
        if let Some(rest) = line?.strip_prefix(words) {
            return Ok(rest.to_owned());
        }
    }
    bail!("counterpartd ended without a word; what it said stands above")
}

fn first_page(address: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("{address} does not answer"))?;
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    ensure!(page.starts_with("HTTP/1.1 200 "), "the first page is none: {}", page.lines().next().unwrap_or_default());
    Ok(page)
}

/// A program that does not outlive this one.
struct Running(Child);

impl Running {
    /// Asks it to stop, as whoever presses Ctrl-C does, and waits for it.
    fn end(&mut self) -> anyhow::Result<()> {
        capture(Command::new("kill").args(["-INT", &self.0.id().to_string()]))?;
        let ended = self.0.wait()?;
        ensure!(ended.success(), "the office was not closed in order ({ended})");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
