//! Requests as bytes: right ones, and ones that no HTTP library would send.
//!
//! Not a client.
//! Invariant: an answer is read to its announced end, or to the end of the connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::PATIENCE;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    }
}

/// Opens a connection.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Asks once, on a connection of its own.
pub fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() || method == "POST" {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    raw(address, &[head.as_bytes(), b"\r\n", body].concat()).unwrap()
}

/// Sends bytes and reads what comes back; `None` when the connection is closed without an answer.
pub fn raw(address: &str, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(address);
    // A server that has answered already may not take all of it.
    let _ = stream.write_all(bytes);
    read(&mut stream)
}

/// Reads an answer.
pub fn read(stream: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(answer) = parse(&bytes, false) {
            return Some(answer);
        }
        match stream.read(&mut chunk) {
            Ok(len @ 1..) => bytes.extend(&chunk[..len]),
            // To a HEAD there is no body, whatever length is announced.
            Ok(0) => return parse(&bytes, true),
            Err(_) => return None,
        }
    }
}

fn parse(bytes: &[u8], ended: bool) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head, body: String::new(), bytes: Vec::new() };
    let len: usize = answer.header("content-length").map_or(0, |len| len.parse().unwrap_or(0));
    let body = &bytes[end + 4..];
    let body = &body[..len.min(body.len())];
    (ended || body.len() == len).then(|| Answer {
        body: String::from_utf8_lossy(body).into_owned(),
        bytes: body.to_vec(),
        ..answer
    })
}
