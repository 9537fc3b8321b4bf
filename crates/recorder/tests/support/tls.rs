//! TLS before a server of a test, by a program that does nothing else (stunnel), with certificates of an authority made for the test.
//!
//! Not what stands behind it. Needs Debian's `stunnel4` and `openssl`. Invariants: keys are made for one test and thrown away; it
//! listens when a call that starts it returns, and ends with its test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CONFIG: &str = "[ca]\ndefault_ca = test\n[test]\ndatabase = index\nnew_certs_dir = .\nserial = serial\n\
default_md = sha256\npolicy = any\nunique_subject = no\n[any]\ncommonName = supplied\n\
[req]\ndistinguished_name = name\n[name]\n";

/// What is wrong with a certificate, if anything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost`, now.
    Good,
    /// For `localhost`, until some years ago.
    Expired,
    /// For another name.
    Elsewhere,
}

/// An authority whose root only those know who are told.
pub struct Authority {
    dir: tempfile::TempDir,
}

impl Authority {
    /// One of that name.
    pub fn new(name: &str) -> Authority {
        let authority = Authority { dir: tempfile::tempdir().unwrap() };
        for (file, text) in [("ca.cnf", CONFIG), ("index", ""), ("serial", "01\n")] {
            std::fs::write(authority.dir.path().join(file), text).unwrap();
        }
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key"];
        let root = ["-subj", &format!("/CN={name}"), "-days", "3650", "-out", "root.pem", "-config", "ca.cnf"];
        let extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
        authority.openssl(&[&["req", "-x509"], &key[..], &root, &extensions].concat());
        authority
    }

    /// The file to name in `SSL_CERT_FILE`.
    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root.pem")
    }

    /// Makes a certificate with its key; the stem of both files' names.
    fn issue(&self, which: Certificate) -> String {
        let stem = format!("{which:?}");
        let (key, csr, pem, ext) =
            (format!("{stem}.key"), format!("{stem}.csr"), format!("{stem}.pem"), format!("{stem}.ext"));
        let (host, until) = match which {
            Certificate::Good => ("localhost", "20990101000000Z"),
            Certificate::Expired => ("localhost", "20210101000000Z"),
            Certificate::Elsewhere => ("elsewhere.example", "20990101000000Z"),
        };
        std::fs::write(self.dir.path().join(&ext), format!("subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n"))
            .unwrap();
        let named = ["-subj", &format!("/CN={host}"), "-keyout", &key, "-out", &csr, "-config", "ca.cnf"];
        let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        self.openssl(&[&new[..], &named].concat());
        let times = ["-startdate", "20200101000000Z", "-enddate", until];
        let by = ["ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key"];
        self.openssl(&[&by[..], &times, &["-in", &csr, "-out", &pem, "-extfile", &ext]].concat());
        stem
    }

    fn openssl(&self, args: &[&str]) {
        let done = Command::new("openssl").args(args).current_dir(self.dir.path()).stdin(Stdio::null()).output();
        let done = done.unwrap_or_else(|error| panic!("this test needs openssl: apt-get install openssl: {error}"));
        assert!(done.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// A TLS end before an address. Ends when dropped.
pub struct TlsEnd {
    child: Child,
    to: String,
    port: u16,
}

impl TlsEnd {
    /// Starts it with that certificate before `to` (`127.0.0.1:PORT`).
    pub fn start(authority: &Authority, certificate: Certificate, to: &str) -> TlsEnd {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        TlsEnd { child: listen(authority, certificate, to, port), to: to.to_owned(), port }
    }

    /// Starts it anew at its address, with another certificate.
    pub fn take(&mut self, authority: &Authority, certificate: Certificate) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.child = listen(authority, certificate, &self.to, self.port);
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for TlsEnd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(authority: &Authority, certificate: Certificate, to: &str, port: u16) -> Child {
    let stem = authority.issue(certificate);
    let config = format!(
        "foreground = yes\npid =\nsyslog = no\ndebug = 4\n[tls]\naccept = 127.0.0.1:{port}\nconnect = {to}\n\
         cert = {stem}.pem\nkey = {stem}.key\n"
    );
    let file = format!("{stem}.{port}.conf");
    std::fs::write(authority.dir.path().join(&file), config).unwrap();
    let mut stunnel = Command::new("stunnel4");
    stunnel
        .arg(&file)
        .current_dir(authority.dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let spawned = stunnel.spawn();
    let mut child =
        spawned.unwrap_or_else(|error| panic!("this test needs stunnel: apt-get install stunnel4: {error}"));
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "stunnel has ended");
        assert!(began.elapsed() < Duration::from_secs(60), "stunnel never listened");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}
