//! Many who submit at once, while something happens to the log.
//!
//! Not what happens to it.
//! Invariant: what was acknowledged is remembered with its index, and [`all_there`] asks for every one of them.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::process::Signal;

use super::{Answer, Role, Site, entry, eventually, proof};

/// An acknowledged entry: its number and its index.
pub type Kept = Vec<(u64, u64)>;

/// Those who submit.
pub struct Load {
    done: Arc<AtomicBool>,
    kept: Arc<Mutex<Kept>>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins, with entries that no other round has. Each thread ends when it is cut off.
    pub fn start(site: &Site, log: &Role, round: u64) -> Load {
        let (done, kept) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let begin = |thread: u64| {
            let (done, kept) = (Arc::clone(&done), Arc::clone(&kept));
            let (address, token) = (log.address.clone(), format!("Bearer {}", site.token));
            std::thread::spawn(move || {
                let mut number = round * 1_000_000 + thread * 10_000;
                while !done.load(Ordering::Relaxed) {
                    number += 1;
                    match try_add(&address, &token, number) {
                        Some(answer) if answer.status == 200 || answer.status == 202 => {
                            kept.lock().unwrap().push((number, proof(&answer, number).index));
                        }
                        Some(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                        None => break,
                    }
                }
            })
        };
        let threads = (0..8u64).map(begin).collect();
        Load { done, kept, threads }
    }

    /// Waits until so many more are acknowledged.
    pub fn wait_for_more(&self, more: usize) {
        let before = self.kept.lock().unwrap().len();
        eventually("some are acknowledged", || (self.kept.lock().unwrap().len() > before + more).then_some(()));
    }

    /// Ends it: what was acknowledged.
    pub fn end(self) -> Kept {
        self.done.store(true, Ordering::Relaxed);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        Arc::try_unwrap(self.kept).unwrap().into_inner().unwrap()
    }
}

/// Submits from several threads and sends the signal when some were acknowledged: those that were, and the exit code.
pub fn under_load(site: &Site, log: Role, round: u64, signal: Signal) -> (Kept, Option<i32>) {
    let load = Load::start(site, &log, round);
    load.wait_for_more(40);
    log.signal(signal);
    let code = log.ended();
    (load.end(), code)
}

/// Submits on a connection that may be refused or cut.
fn try_add(address: &str, token: &str, number: u64) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!("POST /add HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\n");
    let request = [format!("{head}Content-Length: 34\r\n\r\n").as_bytes(), &entry(number)].concat();
    stream.write_all(&request).ok()?;
    super::http::read(&mut stream)
}

/// Each is there at its index, and a check from outside finds nothing.
pub fn all_there(site: &Site, log: &Role, acknowledged: &[(u64, u64)]) {
    assert!(acknowledged.len() > 40);
    for (number, index) in acknowledged {
        let again = site.add(log, *number);
        assert_eq!((again.status, proof(&again, *number).index), (200, *index), "entry {number}");
    }
    let (said, code) = site.check(&log.url(), &[]);
    assert_eq!(code, Some(0), "{said}");
}
