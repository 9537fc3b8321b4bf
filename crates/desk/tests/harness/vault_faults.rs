//! An office for tests of faults: set up once, copied for each fault, its commands run plainly or under `strace`.
//!
//! Not what must hold (`vault_faults.rs`). Invariants: every copy has its own folder, keyring and keys, and shares one log; the log ends
//! with the test's process, however that ends; a fault is put at a call of one file, and whoever asks is told whether it fired.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use age::secrecy::SecretString;
use serde_json::Value;
use vault::keyring::{Entry, FileKey, Keyring};

use super::harness::{PATIENCE, Site, Witnessing, copy_folder, text};

pub const NAME: &str = "Example Assessments";
pub const PASSPHRASE: &str = "abc";
/// What every office has from the beginning.
pub const LETTER: &[u8] = b"the letter that is there from the beginning\n";

/// Calls that write, flush, name, cut, make or remove something.
const CALLS: &str = "write,pwrite64,fsync,fdatasync,ftruncate,fallocate,unlink,unlinkat,rename,renameat,renameat2,linkat,mkdir,\
                     mkdirat,openat,copy_file_range";

/// How often a fault is tried that does not fire.
const TRIES: u32 = 6;

/// The log of all offices, and the office that they are copies of.
struct Scene {
    folder: PathBuf,
    letter: String,
}

/// An office with a due and approved thing.
struct Due {
    folder: PathBuf,
    id: String,
}

/// Ends the log and removes the folder when this process is gone: the kernel closes its standard input.
const KEEPER: &str = r#"folder=$1; shift; "$@" & pid=$!; read -r _; kill -KILL $pid; wait; rm -rf "$folder""#;

fn counterpartd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
    command.stdin(Stdio::null()).env("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE);
    command
}

fn start_log(site: &Site) -> (Child, String) {
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "sh", &site.path(""), env!("CARGO_BIN_EXE_counterpartd")]);
    keeper.args(site.log_args(&["--batch-interval", "5ms"]));
    let mut child = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
    // The log says nothing more there, and must not find it closed.
    std::mem::forget(stdout);
    (child, url)
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let site = Site::new(&Witnessing::Local);
        let (keeper, url) = start_log(&site);
        // Until the process ends; what it ends then is in the keeper's hands.
        std::mem::forget(keeper);
        let folder = PathBuf::from(site.path("template"));
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        for name in ["", "keys", "state"] {
            fs::create_dir(path(name)).unwrap();
        }
        crate::harness::write_secret(&site.path("token"), &site.token);
        fs::write(path("letter"), LETTER).unwrap();
        let run = |args: &[&str]| {
            let done =
                counterpartd().arg("vault").args(args).env("COUNTERPART_OFFICE", path("office")).output().unwrap();
            assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
            text(&done.stdout)
        };
        let (policy, token) = (site.path("keys/trust.policy"), site.path("token"));
        let sweep = format!("recorder={}", path("state"));
        run(&["init", "--jurisdiction", "england-and-wales", "--clock-witness", "local", "--log", &url]
            .into_iter()
            .chain(["--office", &path("office"), "--name", NAME, "--place", "1 Example Street"])
            .chain(["--keyring", &path("keys/one"), "--keyring", &path("keys/two"), "--key", &path("keys/office.key")])
            .chain(["--log-token", &token, "--log-policy", &policy, "--sweep", &sweep])
            .collect::<Vec<_>>());
        unlock_quickly(Path::new(&path("keys/office.key")));
        let people = ["anna", "ben"];
        for (number, account) in ["1", "2"].into_iter().zip(people) {
            let key = path(&format!("keys/{account}.key"));
            let public = run(&["key", "--no-passphrase", "--account", account, "--file", &key]);
            run(&["enrol", "--account", account, "--person", number, "--public-key", public.trim_end()]);
        }
        let as_who = |who: &str| path(&format!("keys/{who}.key"));
        run(&["confirm", "--as", &as_who("anna"), "ben"]);
        run(&["confirm", "--as", &as_who("ben"), "anna"]);
        for role in ["administrator", "records-officer", "information-rights-officer", "privacy-officer"] {
            for account in people {
                run(&["grant", "--as", &as_who("anna"), account, role]);
                run(&["grant", "--as", &as_who("ben"), account, role]);
            }
        }
        let how = ["--kind", "letter", "--made", "2026-01-01", "--title", "first"];
        let taken = run(&[&["take", "--as", &as_who("anna"), &path("letter")], &how[..]].concat());
        let letter = taken.lines().next().unwrap().to_owned();
        // The keeper removes it.
        std::mem::forget(site);
        Scene { folder, letter }
    })
}

fn due() -> &'static Due {
    static DUE: OnceLock<Due> = OnceLock::new();
    DUE.get_or_init(|| {
        let office = Office::new();
        let id = office.due_thing();
        let folder = scene().folder.with_file_name("due");
        copy_folder(office.folder.path(), &folder);
        let settings = folder.join("office/office.toml");
        let moved = fs::read_to_string(&settings)
            .unwrap()
            .replace(office.path("").trim_end_matches('/'), folder.to_str().unwrap());
        fs::write(settings, moved).unwrap();
        Due { folder, id }
    })
}

/// The same key behind the same passphrase, which costs no second to try.
fn unlock_quickly(file: &Path) {
    let locked = fs::read(file).unwrap();
    let opened = age::decrypt(&age::scrypt::Identity::new(SecretString::from(PASSPHRASE)), &locked).unwrap();
    let mut locks = age::scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    locks.set_work_factor(2);
    fs::write(file, age::encrypt(&locks, &opened).unwrap()).unwrap();
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(done: &std::process::Output) -> Said {
        Said { code: done.status.code(), out: text(&done.stdout), err: text(&done.stderr) }
    }

    /// The first line of what it said, whole.
    pub fn first_line(&self) -> Option<&str> {
        self.out.split_once('\n').map(|(line, _)| line)
    }

    /// One line and one hint, and nothing of SQLite's; before them it may be said that somebody is waited for.
    pub fn is_one_clear_line(&self) -> bool {
        let waits = |line: &&str| line.starts_with("note: waiting for another program that holds ");
        let lines: Vec<&str> = self.err.lines().skip_while(waits).collect();
        lines.len() == 2 && lines[0].starts_with("counterpartd: ") && lines[1].starts_with("hint: ")
    }
}

/// Where a fault is put: the nth call of a kind on a file, in any thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub call: String,
    /// Empty for a file whose name is chance: then it is the nth of the call on whatever file.
    pub file: String,
    pub nth: usize,
}

/// One office of its own.
pub struct Office {
    pub folder: tempfile::TempDir,
    pub letter: String,
    pub environment: Vec<(&'static str, String)>,
}

impl Office {
    /// With one letter, and two people who may do everything.
    pub fn new() -> Office {
        Office::copied(&scene().folder)
    }

    /// With one thing more, which is due and approved by both; its id.
    pub fn with_due() -> (Office, String) {
        (Office::copied(&due().folder), due().id.clone())
    }

    fn copied(from: &Path) -> Office {
        // In memory: what is tried here is order, not a medium's speed.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        copy_folder(from, folder.path());
        let office = Office { folder, letter: scene().letter.clone(), environment: Vec::new() };
        let to = office.path("").trim_end_matches('/').to_owned();
        for settings in ["office/office.toml", "backup/office.toml"] {
            let file = office.path(settings);
            if let Ok(text) = fs::read_to_string(&file) {
                fs::write(file, text.replace(from.to_str().unwrap(), &to)).unwrap();
            }
        }
        office
    }

    /// What it is now, as another office.
    pub fn copy(&self) -> Office {
        let mut copy = Office::copied(self.folder.path());
        copy.environment.clone_from(&self.environment);
        copy
    }

    /// Changes its settings.
    pub fn edit(&self, from: &str, to: &str) {
        let file = self.path("office/office.toml");
        let settings = fs::read_to_string(&file).unwrap();
        assert!(settings.contains(from), "{from}: {settings}");
        fs::write(file, settings.replace(from, to)).unwrap();
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// A file beside the office.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn dress<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .stdin(Stdio::null())
            .env("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE)
            .env("COUNTERPART_OFFICE", self.path("office"))
            .env("COUNTERPART_ACCOUNT_KEY", self.path("keys/anna.key"))
            .envs(self.environment.iter().cloned())
    }

    /// A command that is not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
        self.dress(&mut command).args(args);
        command
    }

    /// A command that runs on.
    pub fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// A command of the vault that must succeed; its standard output.
    pub fn vault(&self, args: &[&str]) -> String {
        let said = self.run(&[&["vault"], args].concat());
        assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
        said.out
    }

    /// As the other person.
    pub fn as_ben(&self, args: &[&str]) -> String {
        let key = self.path("keys/ben.key");
        self.vault(&[&args[..1], &["--as", &key], &args[1..]].concat())
    }

    /// Takes a letter in; its id.
    pub fn take(&self, name: &str, bytes: &[u8], made: &str) -> String {
        let file = self.file(name, bytes);
        let out = self.vault(&["take", &file, "--kind", "letter", "--made", made, "--title", name]);
        out.lines().next().unwrap().to_owned()
    }

    /// Takes in what is due, and lets both approve.
    pub fn due_thing(&self) -> String {
        let id = self.take("due", b"what is due\n", "2020-01-01");
        fs::write(self.path("state/a-copy"), b"what is due\n").unwrap();
        let subject = self.vault(&["propose", &id]);
        self.vault(&["approve", &id, "--subject", subject.trim_end()]);
        self.as_ben(&["approve", &id, "--subject", subject.trim_end()]);
        id
    }

    /// Every thing and its phase.
    pub fn things(&self) -> BTreeMap<String, String> {
        let list: Value = serde_json::from_str(&self.vault(&["list", "--json"])).unwrap();
        let word = |thing: &Value, name: &str| thing[name].as_str().unwrap().to_owned();
        list["things"].as_array().unwrap().iter().map(|thing| (word(thing, "id"), word(thing, "phase"))).collect()
    }

    /// What `show` knows.
    pub fn show(&self, id: &str) -> Value {
        serde_json::from_str(&self.vault(&["show", id, "--json"])).unwrap()
    }

    /// How many holds stand on a thing.
    pub fn holds(&self, id: &str) -> Vec<String> {
        let shown = self.show(id);
        shown["holds"].as_array().unwrap().iter().map(|hold| hold["id"].as_str().unwrap().to_owned()).collect()
    }

    pub fn read(&self, id: &str) -> Said {
        self.run(&["vault", "read", id, "--purpose", "appeal", "--reference", "R"])
    }

    /// Looks everything over; exit code and figures.
    pub fn scrub(&self) -> (Option<i32>, Value) {
        self.scrub_with(&[])
    }

    /// The same where one of the stores is new.
    pub fn scrub_new_store(&self) -> (Option<i32>, Value) {
        self.scrub_with(&["--claim-store", "0"])
    }

    fn scrub_with(&self, more: &[&str]) -> (Option<i32>, Value) {
        let said = self.run(&[&["vault", "scrub", "--remove-unknown", "--json"], more].concat());
        (said.code, serde_json::from_str(&said.out).unwrap_or_else(|err| panic!("{err}: {said:?}")))
    }

    /// Files below a folder.
    pub fn files(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        below(&self.folder.path().join(name), &mut found);
        found.sort();
        found
    }

    /// Ciphertext in the main store, and what is half written.
    pub fn objects(&self) -> Vec<PathBuf> {
        self.files("office/objects/objects")
    }

    /// As if everything half written were of the day before yesterday.
    pub fn age_drafts(&self) {
        for draft in self.files("office/objects/.new") {
            let before = std::time::SystemTime::now() - std::time::Duration::from_secs(48 * 3600);
            fs::File::options().append(true).open(draft).unwrap().set_modified(before).unwrap();
        }
    }

    /// What the keyring knows.
    pub fn keyring(&self) -> Vec<Entry> {
        let key = FileKey::read(Path::new(&self.path("keys/office.key")), SecretString::from(PASSPHRASE)).unwrap();
        let files = [PathBuf::from(self.path("keys/one")), PathBuf::from(self.path("keys/two"))];
        block(async {
            let keyring = Keyring::open(&files, NAME, Arc::new(key)).await.unwrap();
            let entries = keyring.entries().await.unwrap();
            keyring.close().await;
            entries
        })
    }

    /// Changes a database behind the program's back; how many rows.
    pub fn change(&self, database: &str, sql: &str) -> u64 {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path(database));
        block(async {
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            done.rows_affected()
        })
    }

    /// A number out of one of its databases.
    pub fn count(&self, database: &str, sql: &str) -> i64 {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path(database));
        block(async {
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()));
            let answer = query.fetch_one(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            answer
        })
    }

    /// What the keyring has of a thing in this column.
    pub fn kept(&self, column: &str, id: &str) -> Vec<u8> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path("keys/one"));
        let sql = format!("SELECT {column} FROM entry WHERE hex(thing) = '{}'", id.to_uppercase());
        block(async {
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let answer = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            answer
        })
    }

    /// Whether any file of office and keyring has these bytes.
    pub fn has(&self, part: &[u8]) -> bool {
        let files = self.files("office").into_iter().chain(self.files("keys"));
        files.into_iter().any(|file| fs::read(file).unwrap().windows(part.len()).any(|window| window == part))
    }

    /// Runs a command and says where it wrote: every call on a file of the office or the keyring.
    pub fn points(&self, args: &[&str]) -> (Said, BTreeSet<Point>) {
        let (said, log) = self.strace(args, &["-e".to_owned(), format!("trace={CALLS}")]);
        (said, points_of(&log, &self.path("")))
    }

    /// Runs a command on a copy of this office with a fault at a point. Which thread does what is chance: where the fault does not
    /// fire it is tried again, and then nothing is told of it.
    pub fn struck<const N: usize>(
        &self,
        args: impl Fn(&Office) -> [String; N],
        point: &Point,
        what: &str,
    ) -> Option<(Office, Said)> {
        (0..TRIES).find_map(|_| {
            let office = self.copy();
            let words = args(&office);
            office.strike(&words.each_ref().map(String::as_str), point, what).map(|said| (office, said))
        })
    }

    fn strike(&self, args: &[&str], point: &Point, what: &str) -> Option<Said> {
        let mut how = vec!["-e".to_owned(), format!("trace={}", point.call)];
        how.extend(["-e".to_owned(), format!("inject={}:{what}:when={}", point.call, point.nth)]);
        if !point.file.is_empty() {
            how.extend(["-P".to_owned(), self.path(&point.file)]);
        }
        let (said, log) = self.strace(args, &how);
        let fired = log.contains("(INJECTED)") || log.contains("+++ killed by SIGKILL");
        fired.then_some(said)
    }

    fn strace(&self, args: &[&str], how: &[String]) -> (Said, String) {
        let done = self.straced(args, how).output().expect("strace is installed");
        (Said::of(&done), self.strace_log())
    }

    fn straced(&self, args: &[&str], how: &[String]) -> Command {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-s", "0", "-o", &self.path("strace.log")]).args(how);
        strace.arg(env!("CARGO_BIN_EXE_counterpartd")).args(args);
        self.dress(&mut strace);
        strace
    }

    /// What strace has written so far.
    pub fn strace_log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.path("strace.log")).unwrap_or_default()).into_owned()
    }

    /// A command that runs on and waits for some seconds before the nth of a call on a file.
    pub fn delayed(&self, args: &[&str], point: &Point, seconds: u32) -> Child {
        let inject = format!("inject={}:delay_enter={seconds}000000:when={}", point.call, point.nth);
        let how =
            ["-e", &format!("trace={}", point.call), "-e", &inject, "-P", &self.path(&point.file)].map(str::to_owned);
        self.straced(args, &how).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strace is installed")
    }

    /// Runs a `take` with a fault at the writes of its object, whose name nobody knows before: it is stopped when the file is there.
    /// Before it is flushed it gets another name, so then the first flush of all is meant, and seen to be its.
    pub fn struck_in_object(&self, args: &[&str], inject: &str) -> Said {
        let child = self.spawn(args);
        let pid = rustix::process::Pid::from_child(&child);
        let drafts = self.folder.path().join("office/objects/.new");
        let began = Instant::now();
        let draft = loop {
            if let Some(draft) = fs::read_dir(&drafts).unwrap().next() {
                break draft.unwrap().path();
            }
            assert!(began.elapsed() < PATIENCE, "nothing is written");
        };
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        let call = inject.split(':').next().unwrap();
        let log = self.path("strace.log");
        let mut strace = Command::new("strace")
            .args(["-f", "-y", "-s", "0", "-o", &log, "-p", &child.id().to_string()])
            .args(if call == "fdatasync" { vec![] } else { vec!["-P".as_ref(), draft.as_os_str()] })
            .args(["-e", &format!("trace={call}"), "-e", &format!("inject={inject}")])
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is installed");
        let mut line = String::new();
        BufReader::new(strace.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "{line}");
        rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
        let said = Said::of(&child.wait_with_output().unwrap());
        strace.wait().unwrap();
        let log = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
        let is_struck = |line: &str| line.contains("(INJECTED)") && line.contains("office/objects/.new/");
        assert!(log.lines().any(is_struck), "{inject} did not happen: {log} {said:?}");
        said
    }
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { below(&path, found) } else { found.push(path) }
    }
}

pub fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Ends what runs, and says how it ended.
pub fn ended(child: Child) -> Said {
    Said::of(&child.wait_with_output().unwrap())
}

/// Calls by thread and file; of files whose names are chance by thread alone.
fn points_of(log: &str, folder: &str) -> BTreeSet<Point> {
    let mut counts: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut points = BTreeSet::new();
    let mut count = |thread: &str, call: &str, file: &str| {
        let nth = counts.entry((thread.to_owned(), call.to_owned(), file.to_owned())).or_default();
        *nth += 1;
        *nth
    };
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, rest)) = rest.trim_start().split_once('(') else { continue };
        if !CALLS.split(',').any(|known| known == call) {
            continue;
        }
        let named = rest.split('"').nth(1).and_then(|path| path.strip_prefix(folder));
        let open = || rest.split_once('<')?.1.split_once('>')?.0.strip_prefix(folder);
        let nth_at_all = count(thread, call, "");
        let Some(file) = named.or_else(open) else { continue };
        let is_chance = file.contains("/objects/") || file.starts_with("restored") || file.starts_with("backup");
        let nth = if is_chance { nth_at_all } else { count(thread, call, file) };
        // Opening what is there writes nothing, and yet counts.
        if call != "openat" || rest.contains("O_CREAT") {
            let file = if is_chance { String::new() } else { file.to_owned() };
            points.insert(Point { call: call.to_owned(), file, nth });
        }
    }
    points
}

/// At most so many of them, spread over all; all of them when that is asked for.
pub fn chosen(points: BTreeSet<Point>, at_most: usize) -> Vec<Point> {
    let all = std::env::var("COUNTERPART_TEST_POINTS").is_ok_and(|which| which == "all");
    let step = if all { 1 } else { points.len().div_ceil(at_most).max(1) };
    points.into_iter().step_by(step).collect()
}

/// Where the data of the log of all offices is.
pub fn log_data() -> String {
    scene().folder.with_file_name("data").to_str().unwrap().to_owned()
}

/// The policy that trusts the log of all offices.
pub fn policy() -> seal::tlog::Policy {
    let file = scene().folder.with_file_name("keys").join("trust.policy");
    seal::tlog::Policy::parse(&fs::read_to_string(file).unwrap()).unwrap()
}
