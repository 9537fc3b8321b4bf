//! A real Chromium, driven over its own pipe (Chrome DevTools Protocol): pages as people see them, with a virtual security key.
//!
//! Not a stand-in for people. Needs Debian's `chromium`. Invariants: nothing but loopback is reached; what the page's console says as an error, or what the
//! page's policy stops, is kept and can be asked for; it ends with its test.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::eventually;

/// A browser with one page.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    number: u64,
    /// What the console said that is an error or a warning.
    pub complaints: VecDeque<String>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub fn start() -> Chromium {
        let profile = tempfile::tempdir().unwrap();
        // It reads commands on 3 and answers on 4.
        let line = format!(
            "exec chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
             --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE localhost' --remote-debugging-pipe \
             --user-data-dir='{}' about:blank 3<&0 4>&1 >/dev/null 2>&1 </dev/null",
            profile.path().display()
        );
        let mut child = Command::new("bash")
            .args(["-c", &line])
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Chromium {
            child,
            to,
            from,
            session: String::new(),
            number: 0,
            complaints: VecDeque::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Gives it a command; what it answers.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|said| panic!("{method}: {said}"))
    }

    /// The same of one that may come while a page goes away.
    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.number += 1;
        let mut command = json!({"id": self.number, "method": method, "params": params});
        if !self.session.is_empty() {
            command["sessionId"] = self.session.clone().into();
        }
        self.to.write_all(format!("{command}\0").as_bytes()).unwrap();
        self.to.flush().unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            bytes.pop();
            let said: Value =
                serde_json::from_slice(&bytes).unwrap_or_else(|err| panic!("the browser went away: {err}"));
            if said["id"] == self.number {
                return if said["error"].is_null() { Ok(said["result"].clone()) } else { Err(said) };
            }
            self.hear(&said);
        }
    }

    fn hear(&mut self, said: &Value) {
        let (method, params) = (said["method"].as_str().unwrap_or_default(), &said["params"]);
        let is_bad = match method {
            "Log.entryAdded" => matches!(params["entry"]["level"].as_str(), Some("error" | "warning")),
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => matches!(params["type"].as_str(), Some("error" | "warning")),
            _ => false,
        };
        if is_bad {
            self.complaints.push_back(params.to_string());
        }
    }

    /// What an expression of the page comes to.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let said = self.call("Runtime.evaluate", asked);
        assert!(said["exceptionDetails"].is_null(), "{expression}: {said}");
        said["result"]["value"].clone()
    }

    /// Waits until an expression holds, over navigations too.
    pub fn until(&mut self, expression: &str) {
        let whole = format!("document.readyState === 'complete' && Boolean({expression})");
        let mut last = Value::Null;
        let began = std::time::Instant::now();
        eventually("the page is so", || {
            let asked = json!({"expression": &whole, "returnByValue": true});
            last = self.try_call("Runtime.evaluate", asked).unwrap_or_default();
            if began.elapsed() > super::PATIENCE / 2 {
                let text = self.text();
                panic!("never: {expression}: {text} {:?}", self.complaints);
            }
            (last["result"]["value"] == true).then_some(())
        });
    }

    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        self.until(&format!("location.href.startsWith({})", json!(url.split('#').next().unwrap())));
    }

    /// Types into a field.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.eval(&format!(
            "{{ const field = document.querySelector('input:not([type=hidden])[name={name}]'); field.focus(); field.value = {}; }}",
            json!(value)
        ));
    }

    /// Presses the button that says so.
    pub fn press(&mut self, words: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((one) => one.textContent.includes({}))",
            json!(words)
        );
        assert_eq!(self.eval(&format!("Boolean({button})")), true, "no button: {words}");
        self.eval(&format!("void setTimeout(() => {button}.click())"));
    }

    /// Plugs a virtual security key in, with a PIN that is typed right; its id.
    pub fn plug_key(&mut self) -> String {
        self.call("WebAuthn.enable", json!({}));
        let options = json!({
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let added = self.call("WebAuthn.addVirtualAuthenticator", json!({"options": options}));
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    pub fn text(&mut self) -> String {
        self.eval("document.body.innerText").as_str().unwrap().to_owned()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
