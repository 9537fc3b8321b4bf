//! A transparency log with two witnesses behind a socket of this machine, which can be told to misbehave.
//!
//! Not the log of the product (`ledger`): this one keeps everything in memory. Invariants: told nothing it answers as
//! `spec/log.md` asks; what it was asked is counted, so that a test waits for questions and never for time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use seal::tlog::{
    Checkpoint, Entry, Hash, KeyKind, Policy, Proof, SignedCheckpoint, SignerKey, inclusion_proof, node_hash, root,
};

pub const ORIGIN: &str = "log.example/tests";
pub const TOKEN: &str = "a-token";

/// What the log does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// What it should.
    Good,
    /// It hangs up without a word.
    Cut,
    /// It never answers.
    Silent,
    /// It answers bytes that are no HTTP.
    Garbage,
    /// HTTP, but no proof.
    Nonsense,
    /// A byte a second.
    Trickle,
    /// An answer without end.
    Endless,
    /// It sends on to itself, where it would answer well.
    Redirect,
    /// A good proof for something else.
    WrongProof,
    /// Durable, not witnessed.
    Unwitnessed,
    /// A status and nothing else.
    Status(u16),
}

struct Inside {
    manner: Manner,
    leaves: Vec<Hash>,
    entries: Vec<Entry>,
    /// Submissions that came, whatever was answered.
    asked: u32,
    now_s: u64,
}

struct Shared {
    inside: Mutex<Inside>,
    news: Condvar,
    log: SignerKey,
    witnesses: [SignerKey; 2],
    over: AtomicBool,
}

/// The running log.
pub struct TestLog {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl TestLog {
    pub fn start() -> TestLog {
        let key = |name: &str, kind, seed| SignerKey::new(name, kind, &[seed; 32]).unwrap();
        let entries = vec![Entry { kind: seal::tlog::EntryKind::Event, commitment: [0; 32] }; 3];
        let inside = Inside {
            manner: Manner::Good,
            leaves: entries.iter().map(Entry::leaf_hash).collect(),
            entries,
            asked: 0,
            now_s: 1_795_303_004,
        };
        let shared = Arc::new(Shared {
            inside: Mutex::new(inside),
            news: Condvar::new(),
            log: key(ORIGIN, KeyKind::Log, 1),
            witnesses: [key("w1.example", KeyKind::Witness, 2), key("w2.example", KeyKind::Witness, 3)],
            over: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let its = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if its.over.load(Ordering::Acquire) {
                    return;
                }
                let (Ok(stream), its) = (stream, Arc::clone(&its)) else { continue };
                std::thread::spawn(move || drop(its.serve(stream)));
            }
        });
        TestLog { shared, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}/log/", self.address)
    }

    /// Whom a reader must trust to believe it: the log and both witnesses.
    pub fn policy(&self) -> Policy {
        Policy::parse(&self.policy_text()).unwrap()
    }

    pub fn policy_text(&self) -> String {
        let [a, b] = &self.shared.witnesses;
        let log = self.shared.log.verifier();
        let (a, b) = (a.verifier(), b.verifier());
        format!("log {log}\nwitness a {a}\nwitness b {b}\ngroup both all a b\nquorum both\n")
    }

    pub fn be(&self, manner: Manner) {
        self.shared.inside.lock().unwrap().manner = manner;
    }

    /// What its witnesses' clocks show from now on.
    pub fn set_time(&self, now_s: u64) {
        self.shared.inside.lock().unwrap().now_s = now_s;
    }

    pub fn asked(&self) -> u32 {
        self.shared.inside.lock().unwrap().asked
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.shared.inside.lock().unwrap().entries.clone()
    }

    /// Waits until it was asked so often.
    pub fn wait_asked(&self, count: u32) {
        let inside = self.shared.inside.lock().unwrap();
        let enough = |inside: &mut Inside| inside.asked < count;
        let waited = self.shared.news.wait_timeout_while(inside, Duration::from_secs(30), enough).unwrap();
        assert!(!waited.1.timed_out(), "the log was never asked {count} times");
    }
}

impl Drop for TestLog {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (head, body) = read_request(&mut stream)?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let manner = {
            let mut inside = self.inside.lock().unwrap();
            inside.asked += u32::from(path.ends_with("/add"));
            inside.manner
        };
        self.news.notify_all();
        match manner {
            Manner::Cut => Ok(()),
            Manner::Silent => self.hold(&stream),
            Manner::Garbage => stream.write_all(&[0xFF; 200]),
            Manner::Nonsense => stream.write_all(&http(200, b"c2sp.org/tlog-proof@v1\nindex 0\n")),
            Manner::Trickle => {
                let answer = self.answer(&path, &head, &body);
                for byte in answer {
                    stream.write_all(&[byte])?;
                    std::thread::park_timeout(Duration::from_secs(1));
                }
                Ok(())
            }
            Manner::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
                while !self.over.load(Ordering::Acquire) {
                    stream.write_all(&[b'x'; 4_096])?;
                }
                Ok(())
            }
            Manner::Redirect if !path.contains("elsewhere") => {
                let to = path.replace("/log/", "/elsewhere/log/");
                stream.write_all(format!("HTTP/1.1 307 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").as_bytes())
            }
            Manner::Status(code) => stream.write_all(&http(code, b"no\n")),
            _ => stream.write_all(&self.answer(&path, &head, &body)),
        }
    }

    /// Holds a connection until the other end gives up.
    fn hold(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        stream.read(&mut [0; 1]).map(drop)
    }

    fn answer(&self, path: &str, head: &str, body: &[u8]) -> Vec<u8> {
        let mut inside = self.inside.lock().unwrap();
        if path.ends_with("/checkpoint") {
            return http(200, self.newest(&inside).print().as_bytes());
        }
        let Some(entry) = Entry::parse(body).filter(|_| path.ends_with("/add")) else { return http(400, b"") };
        if !head.to_ascii_lowercase().contains(&format!("authorization: bearer {TOKEN}\r\n")) {
            return http(401, b"");
        }
        let index = inside.entries.iter().position(|known| *known == entry).unwrap_or_else(|| {
            inside.entries.push(entry);
            inside.leaves.push(entry.leaf_hash());
            inside.entries.len() - 1
        });
        let index = if inside.manner == Manner::WrongProof { 0 } else { index as u64 };
        let size = inside.leaves.len() as u64;
        let hashes = inclusion_proof(index, size, |level, at| subtree(&inside.leaves, level, at)).unwrap();
        let proof = Proof { extra: None, index, hashes, checkpoint: self.newest(&inside) };
        let status = if inside.manner == Manner::Unwitnessed { 202 } else { 200 };
        http(status, proof.print().as_bytes())
    }

    fn newest(&self, inside: &Inside) -> SignedCheckpoint {
        let size = inside.leaves.len() as u64;
        let root = root(size, |level, at| subtree(&inside.leaves, level, at)).unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, extensions: String::new() };
        let mut signed = SignedCheckpoint::sign(checkpoint, &self.log);
        for witness in &self.witnesses {
            let line = signed.cosign(witness, inside.now_s);
            signed.add(line);
        }
        signed
    }
}

fn subtree(leaves: &[Hash], level: u32, at: u64) -> Result<Hash, std::convert::Infallible> {
    if level == 0 {
        return Ok(leaves[at as usize]);
    }
    Ok(node_hash(&subtree(leaves, level - 1, at * 2)?, &subtree(leaves, level - 1, at * 2 + 1)?))
}

/// An answer as it goes over the wire.
pub fn http(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The head and body of a request.
pub fn read_request(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at + 4]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if bytes.len() >= at + 4 + length {
                return Ok((head, bytes[at + 4..].to_vec()));
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
