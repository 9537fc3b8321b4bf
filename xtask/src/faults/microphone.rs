//! A microphone without hardware: a sound server reads a pipe that is fed in real time, and the program records it.
//!
//! Every sample says when it was made, so that the recording itself shows what is missing and how well it keeps the time. Nothing is
//! taken from the recorder's own word but what is compared with it. `COUNTERPART_FAULTS_SECONDS` makes the long run shorter.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::{Found, Ground};
use crate::TaskResult;
use crate::run::capture;

const RATE_HZ: u64 = 48_000;
const TRACKS: u64 = 2;
const LONG_SECONDS: u64 = 600;
/// How long the server is away.
const AWAY: Duration = Duration::from_secs(5);
/// Before and after that.
const AROUND: Duration = Duration::from_secs(20);
/// How well the recording keeps real time.
const OFF_MILLIS_MAX: f64 = 20.0;
/// A pipe that is full does not hold its feeder up: the sound of that moment is lost, as a microphone's would be.
const NONBLOCKING: i32 = 0o4000;
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done to the server in the middle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    KilledAndStartedAnew,
    StoppedAndContinued,
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let seconds = std::env::var("COUNTERPART_FAULTS_SECONDS").ok().and_then(|text| text.parse().ok());
    let long = Duration::from_secs(seconds.unwrap_or(LONG_SECONDS));
    let mut held = run(ground, "the server runs all the time", Fault::Nothing, long)?;
    held &= run(ground, "the server is killed for 5 s", Fault::KilledAndStartedAnew, AROUND)?;
    held &= run(ground, "the server stands still for 5 s", Fault::StoppedAndContinued, AROUND)?;
    Ok(Found { text: "the figures stand above, a case each".to_owned(), held })
}

fn run(ground: &Ground, name: &str, fault: Fault, around: Duration) -> anyhow::Result<bool> {
    let folder = ground.fresh("microphone")?;
    for copy in ["a", "b"] {
        std::fs::create_dir_all(folder.join(copy))?;
    }
    let mut server = Server::start(&folder)?;
    let feeder = Feeder::start(folder.join("pipe"));
    let mut recording = Recording::start(ground, &folder)?;
    std::thread::sleep(around);
    if fault != Fault::Nothing {
        server.stop(fault)?;
        std::thread::sleep(AWAY);
        server.resume(fault, &folder)?;
        std::thread::sleep(around);
    }
    let code = recording.finish(ground, &folder)?;
    feeder.stop();
    let recorded = decoded(&folder)?;
    println!("  {name}: {:.1} s recorded, exit code {code}", recorded.len() as f64 / TRACKS as f64 / RATE_HZ as f64);
    let stretches = stretches(&recorded)?;
    report(fault, &stretches, &declared_gaps(ground, &folder)?)
}

/// What the stretches of real sound in a recording say.
fn report(fault: Fault, stretches: &[Stretch], gaps: &[f64]) -> TaskResult {
    let exact: u64 = stretches.iter().map(|stretch| stretch.count).sum();
    println!("    to the bit: {exact} samples of each track, in {} stretch(es)", stretches.len());
    println!("    declared gaps: {gaps:.3?} s");
    if fault == Fault::Nothing {
        return Ok(stretches.len() == 1 && gaps.is_empty());
    }
    let [first, .., last] = stretches else { bail!("there is no sound behind the gap") };
    let off = (last.made - last.at) as f64 - (first.made - first.at) as f64;
    let off_millis = off * 1_000.0 / RATE_HZ as f64;
    let between = stretches.windows(2).map(|pair| pair[1].at - (pair[0].at + pair[0].count as i64));
    let missing = between.sum::<i64>() as f64 / RATE_HZ as f64;
    println!(
        "    filler in place of sound: {missing:.3} s; the recording is {off_millis:+.1} ms off real time behind it"
    );
    let declared: f64 = gaps.iter().sum();
    Ok(off_millis.abs() <= OFF_MILLIS_MAX
        && (declared - missing).abs() < 0.5
        && (missing - AWAY.as_secs_f64()).abs() < 1.5)
}

/// The sample that a track has at a moment: never zero, so that filler is told from it.
fn sample(made: i64, track: u64) -> i16 {
    let mut state = (made as u64).wrapping_mul(2).wrapping_add(track).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((state >> 50) as i16 >> 1) | 1
}

/// Sound that is in the recording as it was made.
struct Stretch {
    /// Where it is, and when it was made, in samples.
    at: i64,
    made: i64,
    count: u64,
}

fn stretches(recorded: &[i16]) -> anyhow::Result<Vec<Stretch>> {
    let count = recorded.len() as i64 / TRACKS as i64;
    let is = |at: i64, made: i64| {
        (0..TRACKS).all(|track| recorded[(at as u64 * TRACKS + track) as usize] == sample(made, track))
    };
    let is_filler = |at: i64| (0..TRACKS).all(|track| recorded[(at as u64 * TRACKS + track) as usize] == 0);
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut at = 0;
    while at < count {
        if is_filler(at) {
            at += 1;
            continue;
        }
        // What was made when: near where it would be if all went on, within a minute.
        let expected = stretches.last().map_or(at, |last| last.made + (at - last.at));
        let near = (0..60 * RATE_HZ as i64).flat_map(|off| [expected + off, expected - off]);
        let fits = |made: &i64| (0..(count - at).min(4)).all(|on| is(at + on, made + on));
        let made = { near }.find(fits).with_context(|| format!("sample {at} of the recording was never made"))?;
        let length = (0..count - at).take_while(|on| is(at + on, made + on)).count();
        stretches.push(Stretch { at, made, count: length as u64 });
        at += length as i64;
    }
    ensure!(!stretches.is_empty(), "there is no sound in the recording");
    Ok(stretches)
}

fn decoded(folder: &Path) -> anyhow::Result<Vec<i16>> {
    let raw = folder.join("decoded.raw");
    let mut flac = Command::new("flac");
    flac.args(["-s", "-d", "-f", "--force-raw-format", "--endian=little", "--sign=signed", "-o"]).arg(&raw);
    capture(flac.arg(folder.join("a/recording.flac")))?;
    let bytes = std::fs::read(&raw)?;
    Ok(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// The gaps that the recording declares, in seconds.
fn declared_gaps(ground: &Ground, folder: &Path) -> anyhow::Result<Vec<f64>> {
    let said = capture(counterpart(ground, folder).args(["verify", "--deep", "--json", "a"]))?;
    let said: serde_json::Value = serde_json::from_str(&said)?;
    let events = said.pointer("/files/0/evidence/events").and_then(|events| events.as_array());
    let gaps = events.context("no events")?.iter().filter(|event| event["kind"] == "gap");
    let second = |gap: &serde_json::Value, which: &str| gap["range"][which].as_f64().context("a gap without a range");
    gaps.map(|gap| Ok(second(gap, "to_seconds")? - second(gap, "from_seconds")?)).collect()
}

fn counterpart(ground: &Ground, folder: &Path) -> Command {
    let mut command = Command::new(&ground.counterpart);
    command.current_dir(folder).env("COUNTERPART_STATE", folder.join("state"));
    command.env("PULSE_SERVER", format!("unix:{}", folder.join("socket").display()));
    command
}

/// A recording of that server.
struct Recording(Child);

impl Recording {
    fn start(ground: &Ground, folder: &Path) -> anyhow::Result<Recording> {
        let mut command = counterpart(ground, folder);
        command.args(["record", "--input", "mic", "--copy", "a", "--copy", "b"]).stdin(Stdio::null());
        Ok(Recording(command.stdout(Stdio::null()).spawn()?))
    }

    fn finish(&mut self, ground: &Ground, folder: &Path) -> anyhow::Result<i32> {
        capture(counterpart(ground, folder).args(["control", "a", "finish"]))?;
        self.0.wait()?.code().context("the recording was killed")
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The sound server.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> anyhow::Result<Server> {
        let at = |name: &str| folder.join(name).display().to_string();
        let _ = std::fs::remove_file(folder.join("pipe"));
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-level=info"]);
        command.arg("--log-target=stderr").env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("LC_ALL", "C");
        command.args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", at("socket"))]);
        let pipe = at("pipe");
        let source = format!("source_name=room file={pipe} format=s16le rate={RATE_HZ} channels={TRACKS}");
        command.args(["-L", &format!("module-pipe-source {source}")]);
        let mut child = command.stderr(Stdio::piped()).spawn().context("pulseaudio could not be started")?;
        let log = BufReader::new(child.stderr.take().context("standard error was not piped")?);
        let (up, is_up) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("Daemon startup complete") {
                    let _ = up.send(());
                }
            }
        });
        is_up.recv_timeout(PATIENCE).context("the sound server did not start")?;
        Ok(Server(child))
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        capture(Command::new("kill").args([name, &self.0.id().to_string()])).map(drop)
    }

    fn stop(&mut self, fault: Fault) -> anyhow::Result<()> {
        if fault == Fault::StoppedAndContinued {
            return self.signal("-STOP");
        }
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    fn resume(&mut self, fault: Fault, folder: &Path) -> anyhow::Result<()> {
        if fault == Fault::StoppedAndContinued {
            return self.signal("-CONT");
        }
        *self = Server::start(folder)?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Feeds the pipe in real time, whoever reads it.
struct Feeder {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Feeder {
    fn start(pipe: PathBuf) -> Feeder {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        Feeder { over, thread: std::thread::spawn(move || feed(&pipe, &seen)) }
    }

    fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
    }
}

fn feed(path: &Path, over: &AtomicBool) {
    const PIECE: u64 = RATE_HZ / 100;
    let (began, mut pipe) = (Instant::now(), None::<File>);
    for piece in 0.. {
        let due = Duration::from_millis((piece + 1) * 10);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        if over.load(Ordering::Relaxed) {
            return;
        }
        if pipe.is_none() {
            pipe = OpenOptions::new().write(true).custom_flags(NONBLOCKING).open(path).ok();
        }
        let made = (piece * PIECE..(piece + 1) * PIECE).flat_map(|made| (0..TRACKS).map(move |track| (made, track)));
        let bytes: Vec<u8> = made.flat_map(|(made, track)| sample(made as i64, track).to_le_bytes()).collect();
        // Less than a page goes into a pipe whole or not at all.
        let written = pipe.as_mut().map(|pipe| pipe.write_all(&bytes));
        if let Some(Err(error)) = written
            && error.kind() != ErrorKind::WouldBlock
        {
            pipe = None;
        }
    }
}
