//! A recording that runs in real time through the real program, and small media for it.
//!
//! Not any expectation of a single test. Small media are tmpfs mounts in a private namespace: a test that needs one starts itself again inside
//! bubblewrap. Invariant: an alarm that does not stand on standard error in time fails its test.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::sound::{self, Shape};
use super::{Bench, Done, PART, need, run, wait_until};

/// Far longer than any test takes: `control finish` ends each.
pub const SHAPE: Shape = Shape { rate_hz: 16_000, bits: 16, tracks: 2, millis: 20_000 };
const ALARM_WITHIN: Duration = Duration::from_secs(5);
/// What promise P3 is tried with.
pub const SMALL_BYTES: u64 = 64 << 20;
const INSIDE: &str = "COUNTERPART_TEST_SMALL_MEDIA";

/// A recording that runs.
pub struct Live {
    pub bench: Bench,
    pub child: Child,
}

impl Live {
    /// Starts one and waits until both copies hold some of it.
    pub fn start(bench: Bench) -> Live {
        Live::start_with(bench, SHAPE)
    }

    /// The same with sound of another shape.
    pub fn start_with(bench: Bench, shape: Shape) -> Live {
        need(&[("sox", "sox")]);
        sound::write(&bench.path(""), "in.wav", shape);
        let log = |name| File::create(bench.path(name)).unwrap();
        let mut command = bench.record("in.wav", &["--realtime"]);
        let child = command.stdout(log("out.txt")).stderr(log("err.txt")).spawn().unwrap();
        let live = Live { bench, child };
        let len_bytes = |side: &str| live.bench.path(side).join(PART).metadata().map_or(0, |meta| meta.len());
        let head_bytes = wait_until("the files of the copies", || Some(len_bytes("b")).filter(|len| *len > 0));
        wait_until("sound in both copies", || {
            (len_bytes("a") > head_bytes && len_bytes("b") > head_bytes).then_some(())
        });
        live
    }

    /// The fault is done; how long until an alarm says all these words.
    pub fn alarm(&self, words: &[&str]) {
        let since = Instant::now();
        let is_told =
            |err: &str| err.lines().any(|line| line.starts_with("ALARM: ") && words.iter().all(|w| line.contains(w)));
        wait_until("the alarm", || {
            let err = std::fs::read_to_string(self.bench.path("err.txt")).unwrap();
            assert!(is_told(&err) || since.elapsed() < ALARM_WITHIN, "no alarm within {ALARM_WITHIN:?}: {err:?}");
            is_told(&err).then_some(())
        });
        println!("figures: {:.2} s to the alarm {words:?}", since.elapsed().as_secs_f64());
    }

    /// Ends the recording by command.
    pub fn finish(self) -> (Bench, Done) {
        // A recording that lost every copy may have ended by itself.
        run(&mut self.bench.counterpart(&["control", "b", "finish"]));
        self.end()
    }

    pub fn end(mut self) -> (Bench, Done) {
        let status = wait_until("the end", || self.child.try_wait().unwrap());
        let text = |name| std::fs::read_to_string(self.bench.path(name)).unwrap();
        let done = Done { code: status.code(), out: text("out.txt"), err: text("err.txt") };
        (self.bench, done)
    }
}

/// Runs the test of that name again with a small medium at each of these folders; false in that second run.
pub fn with_small_media(test: &str, bench: &Bench, names: &[&str], len_bytes: u64) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return false;
    }
    need(&[("bwrap", "bubblewrap")]);
    let mut inside = Command::new("bwrap");
    inside.args(["--dev-bind", "/", "/"]);
    for name in names {
        inside.args(["--size", &len_bytes.to_string(), "--tmpfs"]).arg(bench.path(name));
    }
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    let result = run(inside.stdin(Stdio::null()));
    print!("{}", result.out);
    assert!(result.code == Some(0) && result.out.contains("1 passed"), "{}{}", result.out, result.err);
    true
}

/// A bench at a place that is the same in both runs of a test.
pub fn bench_at(name: &str) -> Bench {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("media").join(name);
    if std::env::var_os(INSIDE).is_none() {
        let _ = std::fs::remove_dir_all(&root);
    }
    Bench::at(root)
}
