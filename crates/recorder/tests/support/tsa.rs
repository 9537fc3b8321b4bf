//! A time-stamp authority behind a socket of this machine: OpenSSL's own answers to whatever is asked.
//!
//! Not one that misbehaves (`log.rs` does, whoever asks it). Invariants: its keys are made for one test and thrown away; a tool that is missing
//! fails the test with a line that says so.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::log::{http, read_request};

const CONFIG: &str = "[tsa]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\nsigner_digest = sha256\n\
default_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n";

/// The running authority.
pub struct Tsa {
    dir: Arc<tempfile::TempDir>,
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Tsa {
    pub fn start() -> Tsa {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        make_keys(dir.path());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let (its, at) = (Arc::clone(&over), Arc::clone(&dir));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if its.load(Ordering::Acquire) {
                    return;
                }
                stream.and_then(|stream| serve(stream, at.path())).unwrap_or_default();
            }
        });
        Tsa { dir, address, over }
    }

    pub fn url(&self) -> String {
        format!("http://{}/tsr", self.address)
    }

    /// Where its answers come with a signature that does not hold.
    pub fn broken_url(&self) -> String {
        format!("http://{}/broken", self.address)
    }

    /// The line of a policy that trusts it.
    pub fn policy_line(&self) -> String {
        let der = std::fs::read(self.dir.path().join("root.der")).unwrap();
        format!("authority example {}\n", BASE64_STANDARD.encode(der))
    }
}

impl Drop for Tsa {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, dir: &Path) -> std::io::Result<()> {
    use std::io::Write as _;
    let (head, query) = read_request(&mut stream)?;
    let is_broken = head.starts_with("POST /broken ");
    let right = (is_broken || head.starts_with("POST /tsr "))
        && head.to_ascii_lowercase().contains("application/timestamp-query");
    if !right {
        return stream.write_all(&http(400, b""));
    }
    std::fs::write(dir.join("query"), query)?;
    openssl(dir, &["ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query", "-out", "reply"]);
    let mut reply = std::fs::read(dir.join("reply"))?;
    if is_broken {
        // The signature stands last.
        *reply.last_mut().unwrap() ^= 1;
    }
    stream.write_all(&http(200, &reply))
}

fn make_keys(dir: &Path) {
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("tsa.cnf", CONFIG);
    write("serial", "01\n");
    write(
        "root.ext",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n",
    );
    write(
        "tsa.ext",
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n\
         subjectKeyIdentifier=hash\n",
    );
    for (name, subject) in [("root", "/CN=Example Root"), ("tsa", "/CN=Example Authority")] {
        let (key, csr) = (format!("{name}.key"), format!("{name}.csr"));
        openssl(dir, &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key]);
        openssl(dir, &["req", "-new", "-key", &key, "-subj", subject, "-out", &csr]);
    }
    let signed = ["x509", "-req", "-days", "3650", "-sha256"];
    let root = ["-in", "root.csr", "-signkey", "root.key", "-extfile", "root.ext", "-out", "root.pem"];
    openssl(dir, &[&signed[..], &root].concat());
    let by_root =
        ["-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-extfile", "tsa.ext"];
    openssl(dir, &[&signed[..], &by_root, &["-out", "tsa.pem"]].concat());
    openssl(dir, &["x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der"]);
}

fn openssl(dir: &Path, args: &[&str]) {
    let done = Command::new("openssl").args(args).current_dir(dir).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("this test needs openssl: apt-get install openssl: {error}"));
    assert!(done.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}
