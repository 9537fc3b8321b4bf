//! The shell that is the parent of all daemons, and that ends them when this process is gone, however it went.
//!
//! Not what is started. The shell reads its orders from a pipe of which this process has the other end; the kernel closes it
//! with the process. A daemon asks the kernel to be killed with the shell (`setpriv`), so that killing that one leaves nothing either.
//! (A daemon started from a thread of ours would be killed with the thread.) Invariant: an order has been carried out when the
//! call returns.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Reads orders, one a line, and answers each with a line; at their end kills what it started and removes the folder that is
/// its name, if it is one.
const SHELL: &str = r#"
pids=
trap '' INT HUP TERM
while IFS= read -r order; do eval "$order"; done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
wait
[ -z "$0" ] || rm -rf "$0"
"#;

pub(crate) struct Keeper {
    held: Mutex<Held>,
}

struct Held {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    /// Starts it for the daemons of a folder, which it removes at the end.
    pub(crate) fn removing(folder: &Path) -> Keeper {
        Keeper::named(folder.as_os_str())
    }

    /// Starts it; it removes no folder.
    pub(crate) fn start() -> Keeper {
        Keeper::named(OsStr::new(""))
    }

    fn named(name: &OsStr) -> Keeper {
        let mut shell = Command::new("sh")
            .args(["-c", SHELL])
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().unwrap());
        Keeper { held: Mutex::new(Held { shell, orders, answers }) }
    }

    /// Starts a daemon that says everything into this file; its process id.
    pub(crate) fn daemon(&self, says: &str, program: &str, args: &[&str]) -> u32 {
        let words: Vec<String> = [program].iter().chain(args).map(|word| quoted(word)).collect();
        let order = format!(
            "setpriv --pdeathsig KILL -- {} </dev/null >>{} 2>&1 & pids=\"$pids $!\"; echo $!",
            words.join(" "),
            quoted(says)
        );
        self.order(&order).parse().unwrap()
    }

    /// The same of a daemon that may end itself too early, and is then started again, as a service manager would.
    pub(crate) fn restarted(&self, says: &str, program: &str, args: &[&str]) -> u32 {
        let words: Vec<String> = [program].iter().chain(args).map(|word| quoted(word)).collect();
        let again = format!("while :; do setpriv --pdeathsig KILL -- {}; sleep 0.2; done", words.join(" "));
        self.daemon(says, "sh", &["-c", &again])
    }

    /// Ends a daemon without a word, and waits until it is gone.
    pub(crate) fn kill(&self, pid: u32) {
        self.order(&format!("kill -KILL {pid} 2>/dev/null; wait {pid}; echo"));
    }

    /// Sends a daemon a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, pid: u32, signal: &str) {
        self.order(&format!("kill -{signal} {pid}; echo"));
    }

    fn order(&self, order: &str) -> String {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(held.orders.as_mut().unwrap(), "{order}").unwrap();
        let mut answer = String::new();
        held.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        held.orders = None;
        let _ = held.shell.wait();
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
