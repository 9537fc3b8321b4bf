//! One gateway: an S3 endpoint, its buckets, and what a test may do to it.
//!
//! Not a client for objects: `object_store` is (see [`Gateway::client`]). Invariants: requests are signed by the one user; a
//! gateway is listening when a call that starts it returns; killed or not, the objects stay, for they are the store's.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};

use crate::{ACCESS_KEY, Folder, REGION, SECRET_KEY, eventually, free_port};

/// Tries to find a port that stays free until the gateway takes it.
const PORTS_TRIED: u32 = 5;

/// The process id of a gateway that somebody else started.
const NOBODY: u32 = 0;

/// A running gateway. Ends when dropped.
pub struct Gateway {
    folder: Arc<Folder>,
    port: u16,
    /// None of ours when it is 0.
    pid: AtomicU32,
}

/// What a gateway answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// What follows them.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Gateway {
    pub(crate) fn start(folder: Arc<Folder>) -> Gateway {
        for _ in 0..PORTS_TRIED {
            let port = free_port();
            if let Some(pid) = listen(&folder, port) {
                return Gateway { folder, port, pid: AtomicU32::new(pid) };
            }
        }
        panic!("no gateway started: {}", std::fs::read_to_string(folder.file("rgw.out")).unwrap_or_default());
    }

    /// One that listens already, started by somebody else, who also ends it.
    pub(crate) fn kept(folder: Arc<Folder>, port: u16) -> Gateway {
        Gateway { folder, port, pid: AtomicU32::new(NOBODY) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A bucket's name that begins so and that nobody else takes, in this process or another that shares the cluster.
    #[must_use]
    pub fn new_name(&self, stem: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        format!("{stem}-{:x}-{:x}-{number}", std::process::id(), began.subsec_nanos())
    }

    /// Where it listens.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a program needs in its environment to use it.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT", self.endpoint()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ]
    }

    /// A client of a bucket, ready to be built, or to be told more first.
    #[must_use]
    pub fn client(&self, bucket: &str) -> AmazonS3Builder {
        client(&self.endpoint(), bucket)
    }

    /// Makes a bucket, which must be new.
    pub fn make_bucket(&self, name: &str) {
        let made = self.ask("PUT", &format!("/{name}"), &[], b"");
        assert_eq!(made.status, 200, "{made:?}");
    }

    /// Makes a bucket whose objects can be locked against deletion; it keeps all versions.
    pub fn make_locking_bucket(&self, name: &str) {
        let made = self.ask("PUT", &format!("/{name}"), &[("x-amz-bucket-object-lock-enabled", "true")], b"");
        assert_eq!(made.status, 200, "{made:?}");
    }

    /// Makes a bucket keep all versions from now on.
    pub fn keep_versions(&self, bucket: &str) {
        let wanted = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                      <Status>Enabled</Status></VersioningConfiguration>";
        let done = self.ask("PUT", &format!("/{bucket}?versioning="), &[], wanted.as_bytes());
        assert_eq!(done.status, 200, "{done:?}");
    }

    /// All objects of a bucket, by key.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        loop {
            let after = objects.keys().next_back().cloned().unwrap_or_default();
            let list = self.ask("GET", &format!("/{bucket}?list-type=2&start-after={after}"), &[], b"").text();
            let keys: Vec<&str> = list.split("<Key>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
            for key in &keys {
                let found = self.ask("GET", &format!("/{bucket}/{key}"), &[], b"");
                assert_eq!(found.status, 200, "{key}: {}", found.head);
                objects.insert((*key).to_owned(), found.body);
            }
            if keys.is_empty() {
                return objects;
            }
        }
    }

    /// Makes these the objects of a bucket, as bringing back a backup does.
    pub fn bring_back(&self, bucket: &str, objects: &BTreeMap<String, Vec<u8>>) {
        for key in self.objects(bucket).keys().filter(|key| !objects.contains_key(*key)) {
            let gone = self.ask("DELETE", &format!("/{bucket}/{key}"), &[], b"");
            assert_eq!(gone.status, 204, "{key}: {}", gone.head);
        }
        for (key, bytes) in objects {
            let put = self.ask("PUT", &format!("/{bucket}/{key}"), &[], bytes);
            assert_eq!(put.status, 200, "{key}: {}", put.head);
        }
    }

    /// Asks whatever S3 knows, signed. `path` begins with the bucket, and a query gives each name a value (`?versioning=`).
    ///
    /// # Panics
    /// When there is no answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Answer {
        let mut request = HttpRequest::new(HttpRequestBody::from(body.to_vec()));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = format!("{}{path}", self.endpoint()).parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let credential =
            AwsCredential { key_id: ACCESS_KEY.to_owned(), secret_key: SECRET_KEY.to_owned(), token: None };
        AwsAuthorizer::new(&credential, "s3", REGION).try_authorize(&mut request, None).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        self.exchange(&[head.as_bytes(), body].concat())
    }

    fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer { status: status.unwrap(), head, body: bytes[end + 4..].to_vec() }
    }

    /// Stops it where it stands: connections are taken and not answered.
    pub fn freeze(&self) {
        self.folder.keeper.signal(self.pid(), "STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.folder.keeper.signal(self.pid(), "CONT");
    }

    /// Kills it: nobody listens any more.
    pub fn kill(&self) {
        self.folder.keeper.kill(self.pid());
    }

    /// Starts it again where it was.
    pub fn restart(&self) {
        let pid = listen(&self.folder, self.port).expect("its port is still free");
        self.pid.store(pid, Ordering::SeqCst);
    }

    fn pid(&self) -> u32 {
        let pid = self.pid.load(Ordering::SeqCst);
        assert_ne!(pid, NOBODY, "a gateway that everybody shares is not to be stopped");
        pid
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.pid.load(Ordering::SeqCst) != NOBODY {
            self.folder.keeper.kill(self.pid());
        }
    }
}

pub(crate) fn client(endpoint: &str, bucket: &str) -> AmazonS3Builder {
    // A whole workspace's client is built for https too, and then asks for cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_region(REGION)
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .with_bucket_name(bucket)
}

/// Starts a gateway and waits until it listens; `None` when it ends instead.
fn listen(folder: &Folder, port: u16) -> Option<u32> {
    let frontend = format!("beast endpoint=127.0.0.1:{port}");
    let name = format!("client.rgw{port}");
    let pid = folder.daemon("rgw", "radosgw", &["-f", "-n", &name, "--rgw-frontends", &frontend]);
    let mut listens = false;
    eventually("a gateway listens", || {
        listens = TcpStream::connect(("127.0.0.1", port)).is_ok();
        listens || !std::path::Path::new(&format!("/proc/{pid}/exe")).exists()
    });
    listens.then_some(pid)
}
