//! A road to a gateway on which answers are lost, cut or old, or nobody is let through: what networks and busy services do.
//!
//! Not a gateway that stops or dies ([`Gateway::freeze`], [`Gateway::kill`]). Invariants: a request whose answer is lost was
//! carried out; one that is turned away was not; what it did is counted, so that a test can see that it did it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::aws::AmazonS3Builder;

use crate::Gateway;

/// What the road does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Carries them and their answers.
    Clear,
    /// Carries so many writes, and loses their answers: the connection is closed without a word.
    LosesAnswers(u32),
    /// Turns so many requests away with 503, as S3 does when there are too many.
    Busy(u32),
    /// Carries the first half of so many bodies that are read, and closes the connection.
    Cuts(u32),
    /// Carries the first half of so many bodies that are read, as if that were all.
    Shortens(u32),
    /// Answers so many lists with what was answered when the same was last asked on a clear road.
    Stale(u32),
    /// Says 204 to so many deletions, and carries none of them.
    OnlySays(u32),
    /// Keeps so many PUTs back, without an answer, until they are let go ([`Road::let_go`]).
    KeepsBack(u32),
}

impl Manner {
    /// The same with one request less to hinder; `None` when there is none left, or it is of another kind.
    fn hinder(self, request: &Request) -> Option<Manner> {
        match self {
            Manner::LosesAnswers(left @ 1..) if !request.is_read() => Some(Manner::LosesAnswers(left - 1)),
            Manner::Busy(left @ 1..) => Some(Manner::Busy(left - 1)),
            Manner::Cuts(left @ 1..) if request.method() == "GET" => Some(Manner::Cuts(left - 1)),
            Manner::Shortens(left @ 1..) if request.method() == "GET" => Some(Manner::Shortens(left - 1)),
            Manner::Stale(left @ 1..) if request.is_list() => Some(Manner::Stale(left - 1)),
            Manner::OnlySays(left @ 1..) if request.method() == "DELETE" => Some(Manner::OnlySays(left - 1)),
            Manner::KeepsBack(left @ 1..) if request.method() == "PUT" => Some(Manner::KeepsBack(left - 1)),
            _ => None,
        }
    }
}

/// A whole request.
struct Request {
    /// Method, path and query.
    line: String,
    bytes: Vec<u8>,
}

impl Request {
    fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    fn is_read(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD")
    }

    fn is_list(&self) -> bool {
        let lists = ["?versions=", "?uploads=", "?list-type="];
        self.method() == "GET" && lists.iter().any(|list| self.line.contains(list))
    }
}

/// A road to one gateway. Ends when dropped.
pub struct Road {
    shared: Arc<Shared>,
    environment: Vec<(&'static str, String)>,
    address: SocketAddr,
}

struct Shared {
    to: String,
    manner: Mutex<Manner>,
    /// Requests that the manner concerns and that are spared first.
    spared: AtomicU32,
    /// What was answered to lists.
    lists: Mutex<BTreeMap<String, Vec<u8>>>,
    kept_back: Mutex<Vec<Vec<u8>>>,
    hindered: AtomicU32,
    over: AtomicBool,
}

impl Road {
    /// A clear road there.
    #[must_use]
    pub fn to(gateway: &Gateway) -> Road {
        let to = gateway.endpoint().trim_start_matches("http://").to_owned();
        let shared = Arc::new(Shared {
            to,
            manner: Mutex::new(Manner::Clear),
            spared: AtomicU32::new(0),
            lists: Mutex::default(),
            kept_back: Mutex::default(),
            hindered: AtomicU32::new(0),
            over: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let its = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if its.over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), its) = (stream, Arc::clone(&its)) else { continue };
                std::thread::spawn(move || drop(its.carry(stream)));
            }
        });
        Road { shared, environment: gateway.environment(), address }
    }

    /// Where it begins.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// As the gateway's ([`Gateway::client`]), by this road.
    #[must_use]
    pub fn client(&self, bucket: &str) -> AmazonS3Builder {
        crate::gateway::client(&self.endpoint(), bucket)
    }

    /// As the gateway's ([`Gateway::environment`]), by this road.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let its = self.environment.iter().cloned();
        its.map(|(name, value)| (name, if name == "AWS_ENDPOINT" { self.endpoint() } else { value })).collect()
    }

    /// What it does from now on.
    pub fn be(&self, manner: Manner) {
        self.be_after(0, manner);
    }

    /// What it does from now on, but for the first so many requests that it would hinder.
    pub fn be_after(&self, spared: u32, manner: Manner) {
        let mut held = held(&self.shared.manner);
        self.shared.spared.store(spared, Ordering::SeqCst);
        *held = manner;
    }

    /// Carries what was kept back, which thereby comes late; the status of each answer.
    #[must_use]
    pub fn let_go(&self) -> Vec<String> {
        let kept = std::mem::take(&mut *held(&self.shared.kept_back));
        let answers = kept.iter().map(|request| self.shared.exchange(request).unwrap());
        answers.map(|answer| String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().to_owned()).collect()
    }

    /// How many requests or answers it has kept back.
    #[must_use]
    pub fn hindered(&self) -> u32 {
        self.shared.hindered.load(Ordering::SeqCst)
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// One request and its answer; then the connection is closed.
    fn carry(&self, mut from: TcpStream) -> std::io::Result<()> {
        let request = read_request(&mut from)?;
        match self.take(&request) {
            Manner::Clear => {
                let answer = self.exchange(&request.bytes)?;
                if request.is_list() {
                    held(&self.lists).insert(request.line, answer.clone());
                }
                from.write_all(&answer)
            }
            Manner::LosesAnswers(_) => self.exchange(&request.bytes).map(drop),
            Manner::Busy(_) => from.write_all(&answer("503 x", "<Error><Code>SlowDown</Code></Error>")),
            Manner::Cuts(_) => from.write_all(&halved(&self.exchange(&request.bytes)?, false)),
            Manner::Shortens(_) => from.write_all(&halved(&self.exchange(&request.bytes)?, true)),
            Manner::Stale(_) => {
                let old = held(&self.lists).get(&request.line).cloned();
                from.write_all(&old.expect("the same was asked before"))
            }
            Manner::OnlySays(_) => from.write_all(&answer("204 x", "")),
            Manner::KeepsBack(_) => {
                held(&self.kept_back).push(request.bytes);
                Ok(())
            }
        }
    }

    fn exchange(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut to = TcpStream::connect(&self.to)?;
        to.write_all(request)?;
        let mut answer = Vec::new();
        to.read_to_end(&mut answer)?;
        Ok(answer)
    }

    /// What becomes of the next request.
    fn take(&self, request: &Request) -> Manner {
        let mut manner = held(&self.manner);
        let Some(now) = manner.hinder(request) else { return Manner::Clear };
        if self.spared.load(Ordering::SeqCst) > 0 {
            self.spared.fetch_sub(1, Ordering::SeqCst);
            return Manner::Clear;
        }
        *manner = now;
        self.hindered.fetch_add(1, Ordering::SeqCst);
        now
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// An answer with the first half of its body, and with a head that says so, or not.
fn halved(answer: &[u8], is_said: bool) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
    let half = &body[..body.len() / 2];
    let lines = head.lines().map(|line| match line.to_ascii_lowercase().starts_with("content-length:") && is_said {
        true => format!("Content-Length: {}\r\n", half.len()),
        false => format!("{line}\r\n"),
    });
    [lines.collect::<String>().as_bytes(), b"\r\n", half].concat()
}

/// A whole request, told to be the last of its connection. What a client signs does not depend on that.
fn read_request(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if bytes.len() >= at + 4 + length.unwrap_or(0) {
                let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
                let head: String = lines.map(|line| format!("{line}\r\n")).collect();
                let line = head.lines().next().unwrap_or_default().to_owned();
                let bytes = [head.as_bytes(), b"Connection: close\r\n\r\n", &bytes[at + 4..]].concat();
                return Ok(Request { line, bytes });
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
