//! A server that answers as a test says: what no honest log would.
//!
//! Not the service. Invariants: one answer to a connection; it counts what it is asked and what is taken from it; a thread of it
//! ends with its connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What becomes of a request.
pub enum Reply {
    /// A status and a body.
    Answer(u16, Vec<u8>),
    /// These bytes, whatever they are, and the end.
    Raw(Vec<u8>),
    /// A body that never ends.
    Endless,
    /// Nothing, until the caller goes away.
    Silence,
    /// A head, and then a byte now and then.
    Trickle,
}

/// A server that runs until the process ends.
pub struct Stub {
    pub address: String,
    asked: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
}

impl Stub {
    pub fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stub =
            Stub { address: listener.local_addr().unwrap().to_string(), asked: Arc::default(), taken: Arc::default() };
        let (asked, taken, reply) = (Arc::clone(&stub.asked), Arc::clone(&stub.taken), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, taken, reply) = (Arc::clone(&asked), Arc::clone(&taken), Arc::clone(&reply));
                std::thread::spawn(move || {
                    asked.fetch_add(1, Ordering::Relaxed);
                    answer(stream, &*reply, &taken);
                });
            }
        });
        stub
    }

    pub fn url(&self) -> String {
        format!("http://{}/log", self.address)
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Bytes of bodies that were taken from it.
    pub fn taken_bytes(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

/// However it ends, it is the caller's affair.
fn answer(mut stream: TcpStream, reply: &dyn Fn(&str) -> Reply, taken: &AtomicU64) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1)?.strip_prefix("/log/")?;
    let unbounded = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    match reply(path) {
        Reply::Answer(status, body) => {
            let location = if (300..400).contains(&status) { "Location: /log/elsewhere\r\n" } else { "" };
            let head =
                format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{location}Content-Length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
        }
        Reply::Raw(bytes) => stream.write_all(&bytes).ok()?,
        Reply::Endless => {
            stream.write_all(unbounded).ok()?;
            loop {
                stream.write_all(&[b'a'; 4096]).ok()?;
                taken.fetch_add(4096, Ordering::Relaxed);
            }
        }
        Reply::Silence => {
            let _ = stream.read(&mut byte);
        }
        Reply::Trickle => {
            stream.write_all(unbounded).ok()?;
            // The pace of the one who is slow, not of the test.
            stream.set_read_timeout(Some(Duration::from_millis(50))).ok()?;
            while !matches!(stream.read(&mut byte), Ok(0)) {
                stream.write_all(b"a").ok()?;
            }
        }
    }
    Some(())
}
