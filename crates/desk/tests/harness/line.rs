//! A connection that stays open, over which one asks again and again: for what is measured, and for thousands of guesses.
//!
//! Not a browser (`desk.rs`).
//! Invariant: one request is under way at a time; where the service ends the connection, or it stands for a while, another one takes its place.

use std::io::Write as _;
use std::net::TcpStream;

use super::desk::Browser;
use super::http::{self, Answer};

/// Somebody's line to the service.
pub struct Line {
    address: String,
    origin: String,
    pub cookie: String,
    /// From where a proxy says that it comes, if one does.
    pub from: Option<String>,
    stream: Option<TcpStream>,
    /// How often a connection was made.
    pub connections: usize,
}

impl Line {
    pub fn of(browser: &Browser) -> Line {
        let cookie = browser.cookie.clone().unwrap_or_else(|| "other=1".to_owned());
        Line {
            address: browser.address.clone(),
            origin: browser.origin.clone(),
            cookie,
            from: None,
            stream: None,
            connections: 0,
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask("POST", path, fields)
    }

    fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let body = body.join("&");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let from = self.from.as_ref().map(|from| format!("X-Forwarded-For: {from}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nOrigin: {}\r\n{from}{kind}Content-Length: {}\r\n\r\n",
            self.address,
            self.cookie,
            self.origin,
            body.len()
        );
        let request = head + &body;
        let is_old = self.stream.is_some();
        let answer = self.once(request.as_bytes());
        // What was never read is asked again: the service had ended an idle connection. One that is new is answered, or the test is over.
        let answer = if answer.is_none() && is_old && method == "GET" { self.once(request.as_bytes()) } else { answer };
        answer.unwrap_or_else(|| panic!("{method} {path} was not answered"))
    }

    fn once(&mut self, request: &[u8]) -> Option<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                self.connections += 1;
                let stream = http::connect(&self.address);
                stream.set_nodelay(true).unwrap();
                stream
            }
        };
        stream.write_all(request).ok()?;
        let answer = http::read(&mut stream)?;
        let ends = answer.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
        self.stream = Some(stream).filter(|_| !ends);
        Some(answer)
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
