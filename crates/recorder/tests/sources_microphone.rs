//! A real sound server with a pipe for a microphone: every sample fed comes out, its death shows, and it is found again.
//!
//! Needs `pulseaudio`. No sound hardware, no session, no fixed paths: each test has its own server.
//! Every wait is for something that happens, and is given up after [`PATIENCE`].

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use recorder::source::microphone::Microphone;
use recorder::source::{Error, Piece, Shape, Source};

const PATIENCE: Duration = Duration::from_secs(30);

/// A sound server that ends with the test.
struct Server {
    process: Child,
    dir: tempfile::TempDir,
    /// Format, rate and channels of its source.
    source: (String, u32, u8),
}

impl Server {
    /// Starts a server with one source that reads a pipe, named `room`, and waits until it is up.
    fn start(format: &str, rate_hz: u32, channels: u8) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let process = Server::spawn(dir.path(), format, rate_hz, channels);
        Self { process, dir, source: (format.to_owned(), rate_hz, channels) }
    }

    /// Starts it anew in its old place.
    fn restart(&mut self) {
        let (format, rate_hz, channels) = &self.source;
        // A server that was killed leaves its pipe, and the next one wants to make it.
        std::fs::remove_file(self.dir.path().join("pipe")).unwrap();
        self.process = Server::spawn(self.dir.path(), format, *rate_hz, *channels);
    }

    #[allow(clippy::zombie_processes)] // A server that does not start fails the test.
    fn spawn(dir: &Path, format: &str, rate_hz: u32, channels: u8) -> Child {
        let at = |name: &str| dir.join(name).display().to_string();
        let mut process = Command::new("pulseaudio")
            .args([
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=-1",
                "--log-level=info",
                "--log-target=stderr",
            ])
            .args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", at("socket"))])
            .args([
                "-L",
                &format!(
                    "module-pipe-source source_name=room file={} format={format} rate={rate_hz} channels={channels}",
                    at("pipe")
                ),
            ])
            .env("HOME", dir)
            .env("XDG_RUNTIME_DIR", dir)
            .env("LC_ALL", "C")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        let (said, heard) = mpsc::channel();
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(said.send(line))));
        let mut seen = String::new();
        loop {
            let line = heard.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no sound server:\n{seen}"));
            if line.contains("Daemon startup complete") {
                return process;
            }
            seen = seen + &line + "\n";
        }
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("socket")
    }

    fn feed(&self, bytes: Vec<u8>) -> std::thread::JoinHandle<()> {
        let mut pipe = OpenOptions::new().write(true).open(self.dir.path().join("pipe")).unwrap();
        std::thread::spawn(move || pipe.write_all(&bytes).unwrap())
    }

    /// Feeds the same bytes again and again, at a real microphone's pace, until the other end of the channel is dropped.
    fn feed_for_ever(&self, bytes: Vec<u8>, pace_bytes: u32) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
        let mut pipe = OpenOptions::new().write(true).open(self.dir.path().join("pipe")).unwrap();
        let (stop, stopped) = mpsc::channel();
        let run = move || {
            let mut due = Instant::now();
            for piece in bytes.chunks(pace_bytes as usize / 40).cycle() {
                due += Duration::from_millis(25);
                let wait = due.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(mpsc::RecvTimeoutError::Timeout) || pipe.write_all(piece).is_err()
                {
                    return;
                }
            }
        };
        (stop, std::thread::spawn(run))
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Deterministic noise of so many bits that is never zero, so that it differs from an idle source.
fn noise(count: usize, bits: u32) -> Vec<i32> {
    let mut state = 0x1234_5678_u32;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state as i32) >> (32 - bits)) | 1
        })
        .collect()
}

/// Takes sound until the samples fed are in it, and says what had been lost.
fn hear(microphone: &mut Microphone, fed: &[i32]) -> Vec<Piece> {
    let deadline = Instant::now() + PATIENCE;
    let (mut heard, mut lost, mut from) = (Vec::new(), Vec::new(), 0);
    while Instant::now() < deadline {
        match microphone.next().unwrap() {
            Piece::Samples(samples) => heard.extend(samples),
            Piece::Waiting => {}
            Piece::Lost { count, why } => lost.push(Piece::Lost { count, why }),
            over => panic!("{over:?} after {} samples of {}", heard.len(), fed.len()),
        }
        while from + fed.len() <= heard.len() {
            if heard[from] == fed[0] && heard[from..][..fed.len()] == *fed {
                return lost;
            }
            from += 1;
        }
    }
    panic!("the samples fed did not come within {PATIENCE:?}: {} of {} heard", heard.len(), fed.len());
}

#[test]
fn every_sample_fed_comes_out_until_the_server_dies() {
    let mut server = Server::start("s16le", 16_000, 2);
    let mut microphone = Microphone::open_at(&server.socket(), None).unwrap();
    assert_eq!(microphone.shape(), Shape { rate_hz: 16_000, bits: 16, tracks: 2 });
    assert_eq!((microphone.conversion(), microphone.total_samples()), (None, None));
    let fed = noise(3 * 16_000 * 2, 16);
    let feeder = server.feed(fed.iter().flat_map(|s| (*s as i16).to_le_bytes()).collect());
    assert_eq!(hear(&mut microphone, &fed), []);
    feeder.join().unwrap();
    server.kill();
    let dead = Instant::now();
    let why = loop {
        match microphone.next().unwrap() {
            Piece::Samples(_) | Piece::Waiting => assert!(dead.elapsed() < Duration::from_secs(5)),
            Piece::Away(why) => break why,
            other => panic!("{other:?}"),
        }
    };
    assert!(why.contains("server went away"), "{why}");
    assert_eq!(microphone.next().unwrap(), Piece::Waiting);
}

#[test]
fn a_server_that_comes_back_is_found_and_what_was_missed_is_said() {
    let mut server = Server::start("s16le", 8_000, 1);
    let mut microphone = Microphone::open_at(&server.socket(), None).unwrap();
    let fed = noise(4_000, 16);
    let bytes: Vec<u8> = fed.iter().flat_map(|s| (*s as i16).to_le_bytes()).collect();
    for round in 0..3 {
        let (stop, feeder) = server.feed_for_ever(bytes.clone(), 16_000);
        if round > 0 {
            let (lost, away) = until_back(&mut microphone);
            let seconds = lost as f64 / 8_000.0;
            assert!(seconds > 0.0 && seconds < away.as_secs_f64() + 1.0, "round {round}: {seconds} s in {away:?}");
        }
        assert_eq!(hear(&mut microphone, &fed), [], "round {round}");
        server.kill();
        drop(stop);
        feeder.join().unwrap();
        server.restart();
    }
}

#[test]
fn a_microphone_that_is_back_with_fewer_tracks_is_taken_and_the_others_are_silent() {
    let mut server = Server::start("s16le", 8_000, 2);
    let mut microphone = Microphone::open_at(&server.socket(), None).unwrap();
    let fed = noise(8_000, 16);
    let bytes: Vec<u8> = fed.iter().flat_map(|s| (*s as i16).to_le_bytes()).collect();
    let (stop, feeder) = server.feed_for_ever(bytes.clone(), 32_000);
    assert_eq!(hear(&mut microphone, &fed), []);
    server.kill();
    drop(stop);
    feeder.join().unwrap();
    server.source.2 = 1;
    server.restart();
    let (stop, feeder) = server.feed_for_ever(bytes, 16_000);
    let began = Instant::now();
    let conversion = loop {
        assert!(began.elapsed() < PATIENCE, "it did not come back");
        if let Piece::Back { conversion, .. } = microphone.next().unwrap() {
            break conversion;
        }
    };
    assert_eq!(conversion.as_deref(), Some("microphone, only 1 of 2 tracks are there, the others are silent"));
    let both: Vec<i32> = fed.iter().flat_map(|sample| [*sample, 0]).collect();
    assert_eq!(hear(&mut microphone, &both), []);
    drop(stop);
    drop(server);
    feeder.join().unwrap();
}

/// Waits until the microphone is there again: the samples that it missed, and how long that took.
fn until_back(microphone: &mut Microphone) -> (u64, Duration) {
    let (began, mut missed, mut is_away) = (Instant::now(), 0, false);
    while began.elapsed() < PATIENCE {
        match microphone.next().unwrap() {
            Piece::Waiting => {}
            Piece::Away(why) => {
                assert!(!is_away && why.contains("server went away"), "{why}");
                is_away = true;
            }
            Piece::Samples(_) if !is_away => {}
            Piece::Lost { count, .. } if is_away => missed += count,
            Piece::Back { what, conversion: None } if is_away => {
                assert!(what.starts_with("microphone room ("), "{what}");
                return (missed, began.elapsed());
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("it did not come back within {PATIENCE:?}")
}

#[test]
fn wide_samples_and_many_channels_come_out_too() {
    type Row = (&'static str, u32, u8, fn(&i32) -> [u8; 4], Option<&'static str>);
    // The pipe source takes pieces of 64 KiB, so only formats whose instants divide that can be fed.
    #[rustfmt::skip]
    let rows: [Row; 4] = [
        ("s24-32le", 48_000, 1, |s| (s & 0xff_ffff).to_le_bytes(), None),
        ("s24-32be", 44_100, 8, |s| (s & 0xff_ffff).to_be_bytes(), None),
        ("s32le", 8_000, 4, |s| (s << 8).to_le_bytes(), Some("microphone, 32 bit, the lowest bits dropped to 24 bit")),
        ("float32le", 22_050, 2, |s| (*s as f32 / 8_388_608.0).to_le_bytes(), Some("microphone, 32 bit floating point, rounded to 24 bit, clipped at full scale")),
    ];
    for (format, rate_hz, tracks, write, conversion) in rows {
        let server = Server::start(format, rate_hz, tracks);
        let mut microphone = Microphone::open_at(&server.socket(), Some("room")).unwrap();
        assert_eq!(microphone.shape(), Shape { rate_hz, bits: 24, tracks }, "{format}");
        assert_eq!(microphone.conversion().as_deref(), conversion);
        let fed = noise(8_000 * usize::from(tracks), 24);
        let feeder = server.feed(fed.iter().flat_map(write).collect());
        hear(&mut microphone, &fed);
        feeder.join().unwrap();
    }
}

#[test]
fn a_rate_that_is_not_recorded_is_resampled_and_says_so() {
    let server = Server::start("s16le", 96_000, 1);
    let microphone = Microphone::open_at(&server.socket(), None).unwrap();
    assert_eq!(microphone.shape(), Shape { rate_hz: 48_000, bits: 16, tracks: 1 });
    assert_eq!(microphone.conversion().unwrap(), "microphone, resampled by the sound server from 96000 Hz");
}

#[test]
fn a_wrong_name_or_no_server_is_one_clear_line() {
    let mut server = Server::start("s16le", 16_000, 1);
    let error = Microphone::open_at(&server.socket(), Some("kitchen")).unwrap_err();
    assert_eq!(error.to_string(), "microphone kitchen: there is none of that name");
    assert_eq!(error.hint(), "use one of these: mic:room");
    let found = Microphone::open_at(&server.socket(), Some("room")).unwrap().describe();
    assert!(found.starts_with("microphone room (") && found.ends_with("): 16000 Hz, 16 bit, 1 track"), "{found}");
    server.kill();
    let error = Microphone::open_at(&server.socket(), None).unwrap_err();
    assert!(matches!(error, Error::Server { .. }), "{error}");
}
