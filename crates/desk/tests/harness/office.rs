//! An office with its log and its witness: the real programs, two people, and things to keep.
//!
//! Not a client. Invariants: everything lies in one folder that goes with the test; the office key asks for little work, so that a
//! command costs the command and not its passphrase; what is expected of a command is its exit code and its exact words.

use std::path::Path;
use std::process::{Command, Stdio};

use age::secrecy::SecretString;
use seal::certificate::{Certificate, Outcome, verify as verify_certificate};
use seal::tlog::Policy;
use seal::{AboutField, Encoder, EndReason, Format, Opening, Secrets, Writer};
use sqlx::Connection as _;

use super::moment::Begun;
use super::postgres::Server;
use super::{Environment, Role, Site, Witnessing, expect, expect_in, text};

pub const OFFICE_NAME: &str = "Example Assessments";
pub const PASSPHRASE: &str = "correct horse";
/// A day whose things are past every term.
pub const LONG_AGO: &str = "2025-05-01";
/// What anna and ben are. The first administrators are made before all else.
const ROLES: [(&str, &str); 6] = [
    ("anna", "administrator"),
    ("ben", "administrator"),
    ("anna", "records-officer"),
    ("anna", "information-rights-officer"),
    ("ben", "records-officer"),
    ("ben", "privacy-officer"),
];

/// How a command ended.
pub struct Said {
    pub out: Vec<u8>,
    pub err: String,
    pub code: Option<i32>,
}

impl Said {
    pub fn of(output: std::process::Output) -> Said {
        Said { code: output.status.code(), err: text(&output.stderr), out: output.stdout }
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        text(&self.out)
    }
}

/// An office, a log and a witness that run.
pub struct Bureau {
    pub site: Site,
    pub witness: Option<Role>,
    pub log: Option<Role>,
    /// Where the log listens, for one that takes its place.
    pub logged_at: String,
    pub environment: Environment,
    /// What the events are in, if not in a file of the office.
    pub server: Option<Server>,
}

/// What the events lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    Sqlite,
    Postgres,
}

/// Each of these tests with the events in either database.
#[macro_export]
macro_rules! under_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test($crate::harness::office::Under::Sqlite); })*
        }
        mod postgres {
            $(#[test] fn $test() { super::$test($crate::harness::office::Under::Postgres); })*
        }
    };
}

impl Bureau {
    /// With its objects in its folder, and a keyring in two files.
    pub fn new() -> Bureau {
        Bureau::keeping(&[], Environment::new())
    }

    /// The same with its events in either database.
    pub fn under(under: Under) -> Bureau {
        Bureau::clocked(under, Environment::new())
    }

    /// The same, and its log and its witness, with this in the environment of all of them: a clock.
    pub fn clocked(under: Under, environment: Environment) -> Bureau {
        let server = (under == Under::Postgres).then(|| Server::start(&[]));
        Bureau::with(&[], (environment.clone(), environment), server)
    }

    /// With more told to `vault init`, and this in the environment of every command.
    pub fn keeping(more: &[&str], environment: Environment) -> Bureau {
        Bureau::with(more, (environment, Environment::new()), None)
    }

    /// With an environment for each command of the office, and one for the log and the witness.
    fn with(more: &[&str], (environment, roles): (Environment, Environment), server: Option<Server>) -> Bureau {
        let site = Site::at("", "", roles.clone(), &Witnessing::None);
        let path = |name: &str| site.path(name);
        let (key, state) = (path("keys/north.key"), path("keys/north.state"));
        let public = expect(&["init-witness", "--name", "north.example/w", "--key", &key, "--state", &state], 0);
        std::fs::write(path("keys/logs"), format!("log {}\nquorum none\n", site.log_key)).unwrap();
        let listen = ["--listen", "127.0.0.1:0"];
        let args = ["witness", "--key", &key, "--state", &state, "--logs", &path("keys/logs")];
        let witness = Role::try_start_in(&roles, &[&args[..], &listen].concat()).unwrap();
        let policy =
            format!("log {}\nwitness north {} {}\nquorum north\n", site.log_key, public.trim_end(), witness.url());
        std::fs::write(path("keys/trust.policy"), policy).unwrap();
        let log = site.start(&["--batch-interval", "5ms", "--witness-retry", "200ms", "--witness-wait", "5s"]);
        super::write_secret(&path("keys/token"), &format!("{}\n", site.token));
        std::fs::write(path("keys/passphrase"), PASSPHRASE).unwrap();
        for folder in ["state", "temporary"] {
            std::fs::create_dir(path(folder)).unwrap();
        }
        let logged_at = log.address.clone();
        let bureau = Bureau { site, witness: Some(witness), log: Some(log), logged_at, environment, server };
        let url = bureau.server.as_ref().map(Server::url);
        let database: Vec<&str> = url.iter().flat_map(|url| ["--database", url]).collect();
        bureau.found("office", "", &[&database, more].concat());
        bureau
    }

    /// Founds an office in this folder, whose keys and whose own name have this before theirs; with its people.
    pub fn found(&self, folder: &str, before: &str, more: &[&str]) {
        let path = |name: &str| self.path(&format!("keys/{before}{name}"));
        let (office, sweep) = (self.path(folder), format!("recorder={}", self.path("state")));
        let (name, log) = (format!("{before}{OFFICE_NAME}"), self.log.as_ref().unwrap().url());
        let named = [
            ("--office", office.as_str()),
            ("--name", &name),
            ("--place", "1 Example Street"),
            ("--jurisdiction", "england-and-wales"),
            ("--keyring", &path("ring.sqlite")),
            ("--keyring", &path("ring2.sqlite")),
            ("--key", &path("office.key")),
            ("--log", &log),
            ("--log-token", &self.path("keys/token")),
            ("--log-policy", &self.path("keys/trust.policy")),
            ("--clock-witness", "north"),
            ("--sweep", &sweep),
            ("--passphrase-file", &self.path("keys/passphrase")),
        ];
        let mut args = vec!["vault", "init"];
        args.extend(named.iter().flat_map(|(flag, value)| [*flag, *value]));
        args.extend(more);
        expect_in(&self.environment, &args, 0);
        less_work(&path("office.key"));
        for (number, account) in ["anna", "ben"].iter().enumerate() {
            let key = path(&format!("{account}.key"));
            let public = expect(&["vault", "key", "--no-passphrase", "--account", account, "--file", &key], 0);
            let person = (number + 1).to_string();
            let public = ["--account", account, "--person", &person, "--public-key", public.trim_end()];
            let args = ["vault", "enrol", "--office", &office, "--passphrase-file", &self.path("keys/passphrase")];
            expect_in(&self.environment, &[&args[..], &public].concat(), 0);
        }
        let act = |who: &str, args: &[&str]| {
            let said = self.ended(self.of(&office, &path(&format!("{who}.key")), args));
            assert_eq!(said.code, Some(0), "{args:?}: {}", said.err);
        };
        act("anna", &["confirm", "ben"]);
        act("ben", &["confirm", "anna"]);
        for (account, role) in ROLES {
            act("anna", &["grant", account, role]);
            act("ben", &["grant", account, role]);
        }
    }

    pub fn path(&self, name: &str) -> String {
        self.site.path(name)
    }

    /// Writes a file beside the office; its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    /// `counterpartd vault …` of an office by whoever's key this is.
    fn of(&self, office: &str, key: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
        command.arg("vault").args(args);
        self.surrounded(&mut command).env("COUNTERPART_OFFICE", office).env("COUNTERPART_ACCOUNT_KEY", key);
        command
    }

    /// What every command finds around it.
    fn surrounded<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(self.environment.iter().cloned()).env("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE);
        command.env("TMPDIR", self.path("temporary"));
        command.stdin(Stdio::null())
    }

    fn ended(&self, mut command: Command) -> Said {
        Said::of(command.output().unwrap())
    }

    /// What comes of `counterpartd vault …` by this person.
    pub fn vault(&self, who: &str, args: &[&str]) -> Said {
        self.ended(self.of(&self.path("office"), &self.path(&format!("keys/{who}.key")), args))
    }

    /// What [`Bureau::bare`] does, begun and not waited for.
    pub fn bare_begun(&self, args: &[&str]) -> Begun {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
        self.surrounded(command.args(args)).env("COUNTERPART_OFFICE", self.path("office"));
        Begun::of(command)
    }

    /// The same, begun and not waited for.
    pub fn begun(&self, who: &str, args: &[&str]) -> Begun {
        Begun::of(self.of(&self.path("office"), &self.path(&format!("keys/{who}.key")), args))
    }

    /// The same where this machine's clock is off by so much, as `faketime` writes it.
    pub fn vault_at(&self, off: &str, who: &str, args: &[&str]) -> Said {
        self.ended(self.off_by(off, who, args))
    }

    /// The same, begun and not waited for.
    pub fn begun_at(&self, off: &str, who: &str, args: &[&str]) -> Begun {
        Begun::of(self.off_by(off, who, args))
    }

    fn off_by(&self, off: &str, who: &str, args: &[&str]) -> Command {
        let mut command = self.of(&self.path("office"), &self.path(&format!("keys/{who}.key")), args);
        command.envs(super::off_by(off));
        command
    }

    /// The same of a command that must succeed: its standard output, without the end of its last line.
    pub fn done(&self, who: &str, args: &[&str]) -> String {
        let said = self.vault(who, args);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{args:?}: {}", said.err);
        said.text().trim_end().to_owned()
    }

    /// What comes of `counterpartd …` without `vault`.
    pub fn bare(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
        self.surrounded(command.args(args)).env("COUNTERPART_OFFICE", self.path("office"));
        self.ended(command)
    }

    /// Takes a file in; its id.
    pub fn take(&self, file: &str, kind: &str, made: &str, title: &str) -> String {
        let said = self.done("anna", &["take", file, "--kind", kind, "--made", made, "--title", title]);
        said.lines().next().unwrap().to_owned()
    }

    /// Everything `vault show --json` says of a thing.
    pub fn shown(&self, id: &str) -> serde_json::Value {
        serde_json::from_str(&self.done("anna", &["show", id, "--json"])).unwrap()
    }

    /// Proposes a due thing and has both approve it; what they approved.
    pub fn approve(&self, id: &str) -> String {
        let subject = self.done("anna", &["propose", id]);
        for who in ["anna", "ben"] {
            self.done(who, &["approve", id, "--subject", &subject]);
        }
        subject
    }

    /// Destroys a due thing by the whole way; the line that says so.
    pub fn destroy(&self, id: &str) -> String {
        self.approve(id);
        self.done("anna", &["destroy", id])
    }

    /// A thing's certificate, which every reader who trusts this log must accept.
    #[track_caller]
    pub fn accepted(&self, id: &str) -> Certificate {
        let policy = Policy::parse(&std::fs::read_to_string(self.path("keys/trust.policy")).unwrap()).unwrap();
        let said = self.vault("anna", &["certificate", id]);
        let judgement = verify_certificate(&said.out, Some(&policy));
        let outcome = judgement.outcome();
        assert!(matches!(outcome, Outcome::Destroyed(_)), "{outcome:?}: {}{}", said.text(), said.err);
        judgement.file().unwrap().certificate.clone()
    }

    fn database<T>(&self, name: &str, work: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> T) -> T {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path(name));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let done = work(&mut connection).await;
            sqlx::Connection::close(connection).await.unwrap();
            done
        })
    }

    /// One value out of the events' database, as text.
    pub fn ask(&self, sql: &str) -> String {
        let Some(server) = &self.server else { return self.ask_in("office/events.sqlite", sql) };
        let sql = sqlx::AssertSqlSafe(format!("SELECT COALESCE(CAST(({sql}) AS TEXT), '')"));
        block(async {
            let mut connection = sqlx::PgConnection::connect(&server.url()).await.unwrap();
            let value = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            value
        })
    }

    /// The same out of another database; nothing is an empty text.
    pub fn ask_in(&self, name: &str, sql: &str) -> String {
        let sql = format!("SELECT COALESCE(CAST(({sql}) AS TEXT), '')");
        self.database(name, async |connection| {
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
        })
    }

    /// Changes the events' database behind the program's back; how many rows.
    pub fn edit(&self, sql: &str) -> u64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let aside = self.path("aside.sqlite");
        match &self.server {
            Some(server) => block(async {
                let mut connection = sqlx::PgConnection::connect(&server.url()).await.unwrap();
                let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                done.rows_affected()
            }),
            None => block(async {
                let mut connection = sqlx::SqliteConnection::connect(&self.path("office/events.sqlite")).await.unwrap();
                // What a test sets aside lies in a file of its own: the events are refused with a table too many.
                std::fs::OpenOptions::new().create(true).append(true).open(&aside).unwrap();
                let attach = sqlx::AssertSqlSafe(format!("ATTACH '{aside}' AS aside"));
                sqlx::query(attach).execute(&mut connection).await.unwrap();
                let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                done.rows_affected()
            }),
        }
    }

    /// The office is lost, and its events with it; what is left of its folder lies in `lost`.
    pub fn lose(&self) {
        std::fs::rename(self.path("office"), self.path("lost")).unwrap();
        if self.server.is_some() {
            self.edit("ALTER SCHEMA public RENAME TO lost");
            self.edit("CREATE SCHEMA public");
        }
    }

    /// What a lost office's events are to lie in from now on: `settings.toml` says so.
    pub fn into_other(mut self, into: Under) -> Bureau {
        let text = std::fs::read_to_string(self.path("lost/office.toml")).unwrap();
        let keep = |line: &&str| *line != "[events]" && !line.starts_with("database = ");
        let mut text: String = text.lines().filter(keep).map(|line| format!("{line}\n")).collect();
        self.server = match into {
            Under::Sqlite => None,
            Under::Postgres => Some(self.server.take().unwrap_or_else(|| Server::start(&[]))),
        };
        if let Some(server) = &self.server {
            text += &format!("\n[events]\ndatabase = \"{}\"\n", server.url());
        }
        self.file("settings.toml", text.as_bytes());
        self
    }

    /// Where the object of a thing lies in the office's own folder.
    pub fn object(&self, id: &str) -> String {
        let shown = self.shown(id);
        let digest = find(&shown["events"], "object").unwrap_or_else(|| panic!("no object: {shown}"));
        self.path(&format!("office/objects/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]))
    }
}

pub fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The first text under this name, however deep.
pub fn find(value: &serde_json::Value, name: &str) -> Option<String> {
    match value {
        serde_json::Value::Object(map) => map
            .get(name)
            .and_then(|found| found.as_str().map(str::to_owned))
            .or_else(|| map.values().find_map(|inner| find(inner, name))),
        serde_json::Value::Array(all) => all.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

/// Locks the office key to its passphrase anew, with little work.
pub fn less_work(file: &str) {
    let secret = || SecretString::from(PASSPHRASE);
    let opened = age::decrypt(&age::scrypt::Identity::new(secret()), &std::fs::read(file).unwrap()).unwrap();
    let mut locks = age::scrypt::Recipient::new(secret());
    locks.set_work_factor(1);
    // Its mode stays: the file is the same.
    std::fs::write(file, age::encrypt(&locks, &opened).unwrap()).unwrap();
}

/// A sealed recording of so many seconds, 8 kHz and one track, with these words in its metadata; and its samples.
pub fn recording(seconds: usize, number: u8, words: &str) -> (Vec<u8>, Vec<i32>) {
    let format = Format::new(8_000, 16, 1).unwrap();
    let opening = Opening {
        format,
        software: "counterpart test".into(),
        start: "2025-05-01T09:30:00+00:00".into(),
        about: vec![(AboutField::Parties, format!("{words}-parties")), (AboutField::Place, format!("{words}-place"))],
        checkpoint: None,
        prev: None,
    };
    let secrets = Secrets { signing_key: [number; 32], seed: [number ^ 0x55; 32], nonce: [number ^ 0xaa; 32] };
    let mut writer = Writer::new(&opening, &secrets, None).unwrap();
    let mut noise = 0x2545_f491_u32 ^ u32::from(number);
    let mut sample = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::from((noise >> 20) as u16) - 2048
    };
    let samples: Vec<i32> = (0..seconds * 8_000).map(|_| sample()).collect();
    let (mut encoder, mut frames) = (Encoder::new(format), Vec::new());
    for pcm in samples.chunks(format.block_samples() as usize) {
        let frame = encoder.encode(pcm).unwrap();
        writer.push_frame(&frame, Some(pcm)).unwrap();
        frames.extend_from_slice(&frame);
    }
    let sealed = writer.finish(EndReason::Finished, &format!("said: {words}-closing\n")).unwrap();
    let mut bytes = sealed.head(sealed.head_bytes()).unwrap();
    bytes.extend(frames);
    (bytes, samples)
}

/// Every file below these places, with its bytes.
pub fn all_bytes(places: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for place in places {
        let path = Path::new(place);
        if path.is_dir() {
            let inner: Vec<String> =
                std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect();
            found.extend(all_bytes(&inner.iter().map(String::as_str).collect::<Vec<_>>()));
        } else if path.is_file() {
            found.push(((*place).to_owned(), std::fs::read(path).unwrap()));
        }
    }
    found
}

/// In which of them these bytes stand.
pub fn holding<'a>(files: &'a [(String, Vec<u8>)], needle: &[u8]) -> Vec<&'a str> {
    assert!(!needle.is_empty());
    let has = |bytes: &[u8]| {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
            if rest[at..].starts_with(needle) {
                return true;
            }
            rest = &rest[at + 1..];
        }
        false
    };
    files.iter().filter(|(_, bytes)| has(bytes)).map(|(name, _)| name.as_str()).collect()
}
