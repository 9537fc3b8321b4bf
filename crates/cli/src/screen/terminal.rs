//! The terminal while it is drawn on: entered, and given back as it was.
//!
//! Not what is drawn. Invariants: it is given back when this goes out of scope and when the drawing or the main thread panics; every
//! write that fails is forgotten, because a terminal that is gone must not end a recording.

use std::io::{self, Stderr, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;

/// Whether the terminal is not as it was.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// A terminal that is drawn on.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<Stderr>>,
}

impl Terminal {
    pub(super) fn enter() -> io::Result<Terminal> {
        HOOK.call_once(give_back_when_panicking);
        ENTERED.store(true, Ordering::Release);
        let entered = enable_raw_mode()
            .and_then(|()| execute!(io::stderr(), EnterAlternateScreen, Hide))
            .and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(io::stderr())));
        match entered {
            Ok(inner) => Ok(Terminal { inner }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) {
        // It also looks whether the terminal has another size now.
        let _ = self.inner.draw(draw);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    if ENTERED.swap(false, Ordering::AcqRel) {
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        let _ = io::stderr().flush();
    }
}

/// Threads of the recorder that panic end the recording in order; those that would leave the terminal behind give it back.
fn give_back_when_panicking() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if matches!(std::thread::current().name(), Some("main" | "watcher")) {
            give_back();
        }
        before(info);
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    /// Set where this test runs itself again, on a terminal.
    const INSIDE: &str = "COUNTERPART_TEST_PANICS";
    const NAME: &str = "screen::terminal::tests::a_panic_gives_the_terminal_back";
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Draws, and panics as the thread that draws would.
    fn panic_while_drawing() {
        let draws = || {
            let mut terminal = Terminal::enter().unwrap();
            terminal.draw(|frame| frame.render_widget("drawn on the other screen", frame.area()));
            panic!("while drawing");
        };
        let thread = std::thread::Builder::new().name("watcher".into()).spawn(draws).unwrap();
        assert!(thread.join().is_err());
    }

    fn tmux(dir: &Path, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(dir.join("tmux.sock")).args(args).env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        if std::env::var_os(INSIDE).is_some() {
            return panic_while_drawing();
        }
        let dir = tempfile::tempdir().unwrap();
        let this = std::env::current_exe().unwrap();
        let line = format!(
            "echo before; {INSIDE}=1 RUST_BACKTRACE=0 {} --exact {NAME} --nocapture; echo exit=$?; stty -a; exec cat",
            this.display()
        );
        tmux(dir.path(), &["-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", &line]);
        let began = Instant::now();
        let shown = loop {
            let shown = tmux(dir.path(), &["capture-pane", "-p", "-t", "0"]);
            if shown.contains("echoke") {
                break shown;
            }
            assert!(began.elapsed() < PATIENCE, "{shown}");
        };
        let flags = tmux(dir.path(), &["display", "-p", "-t", "0", "alternate=#{alternate_on} cursor=#{cursor_flag}"]);
        tmux(dir.path(), &["kill-server"]);
        assert_eq!(flags.trim(), "alternate=0 cursor=1");
        assert!(shown.starts_with("before\n") && shown.contains("exit=0"), "{shown}");
        // What it panicked with is there to be read, and what was drawn is not.
        assert!(shown.contains("while drawing") && !shown.contains("drawn on the other screen"), "{shown}");
        assert!(shown.contains(" icanon ") && shown.contains(" echo "), "{shown}");
    }
}
