//! Connections: taken in up to a number, held to their times, and finished in order at the end.
//!
//! Not routes (`router.rs`) and not bodies (`http/body.rs`). Invariants: memory for connections is bounded by
//! `--connections`; a head of a request has [`HEAD_BYTES_MAX`] bytes and [`HEADERS_MAX`] lines at most; whoever is turned away for
//! want of a place is told so; after the stop no new connection is taken and every request taken in is answered or out of time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use crate::config::listen::ListenConfig;
use crate::error::{Error, Result, plain};
use crate::numbers::Connections;
use crate::{codes, out};

/// Who opened the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most header lines.
const HEADERS_MAX: usize = 64;
/// Connections the system holds ready while this process is busy; beyond it, it makes callers wait a second.
const BACKLOG: u32 = 4096;
/// How many may be told at a time that there is no place; beyond that they are closed without a word.
const TOLD_MAX: usize = 8_192;
/// How long telling may take.
const TELLING: Duration = Duration::from_secs(1);
/// What they are told.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n\
    Connection: close\r\nContent-Length: 39\r\n\r\ntoo many connections; try again later.\n";

/// Opens the port. Files and connections may be as many as the system lets this process have.
pub(crate) fn listen(config: &ListenConfig) -> Result<TcpListener> {
    let files = getrlimit(Resource::Nofile);
    // Where it is refused the limit stays as it was, and accepting waits when it is reached.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
    open(config.listen).map_err(|err| {
        Error::of(format_args!("cannot listen on {}: {}", config.listen, plain(&err))).hint("choose another port")
    })
}

fn open(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose earlier connections still fade away may be taken at once; one that somebody listens on may not.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Says where; the first line on standard output, once requests are taken.
pub(crate) fn announce(listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        out::result(&format!("listening on http://{address}\n"), codes::DONE);
    }
}

/// Serves until `stop`, then lets what was taken in finish. Whether all of it did within the grace.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    config: &ListenConfig,
    numbers: Connections,
    stop: impl Future<Output = ()>,
) -> bool {
    let places = Arc::new(Semaphore::new(config.connections as usize));
    let telling = Arc::new(Semaphore::new(TOLD_MAX));
    let going = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    tokio::pin!(stop);
    loop {
        let (stream, from) = tokio::select! {
            biased;
            () = &mut stop => break,
            stream = accept(&listener) => stream,
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            numbers.refused.inc();
            if let Ok(telling) = Arc::clone(&telling).try_acquire_owned() {
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(TELLING, tell(stream)).await;
                    drop(telling);
                });
            }
            continue;
        };
        hold_to_times(&stream, config);
        let inner = TowerToHyperService::new(app.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(from));
            inner.call(request)
        });
        let connection = going.watch(http.serve_connection(TokioIo::new(stream), service));
        let open = numbers.open.clone();
        open.inc();
        tokio::spawn(async move {
            // How a connection ends is the caller's affair; its requests were counted.
            let _ = connection.await;
            open.dec();
            drop(place);
        });
    }
    drop(listener);
    tokio::time::timeout(config.grace, going.shutdown()).await.is_ok()
}

/// The next connection. Errors of one connection are passed over; where files run out it waits for some to be closed.
async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => return (stream, from.ip()),
            Err(err) if is_the_callers(&err) => {}
            Err(err) => {
                tracing::warn!(error = plain(&err), "no connection can be taken; waiting");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn is_the_callers(err: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(err.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Small answers leave at once, and one that is not taken ends the connection.
fn hold_to_times(stream: &TcpStream, config: &ListenConfig) {
    // Both only make things better: without them an answer is slower, or held until the peer is gone.
    let _ = stream.set_nodelay(true);
    let ms = u32::try_from(config.write_timeout.as_millis()).unwrap_or(u32::MAX);
    let _ = sockopt::set_tcp_user_timeout(stream, ms);
}

/// Says that there is no place, and reads on until the caller has it: closing on unread bytes would take the answer back.
async fn tell(mut stream: TcpStream) {
    if stream.write_all(NO_PLACE).await.is_err() || stream.shutdown().await.is_err() {
        return;
    }
    let mut ignored = [0; 1024];
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_turned_away_are_told_in_full() {
        let text = std::str::from_utf8(NO_PLACE).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
    }
}
