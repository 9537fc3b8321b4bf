//! How people use a page: they follow links by their words, fill in fields by their labels and press buttons, with a mouse or by keyboard alone.
//!
//! Not the browser (`browser.rs`). Invariants: what is done, the browser gets as events of a mouse or of keys, so that what is covered or not reached cannot be
//! done; by keyboard whatever has the focus shows it; each page that is come to is looked over.

use serde_json::{Value, json};

use super::browser::{Chromium, looked_over};

/// What somebody uses a page with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    Mouse,
    Keys,
}

/// More stops than any page has.
const STOPS_MAX: usize = 300;

/// How things are found on a page: by the words that people read.
const FIND: &str = r"
    const said = (one) => one.textContent.replace(/\s+/g, ' ').trim()
    const is = (one, words) => one && [words, words + ' (optional)'].includes(said(one))
    const among = (selector, words) => {
        const all = [...document.querySelectorAll(selector)]
        return all.find((one) => said(one) === words) || all.find((one) => said(one).startsWith(words + ' '))
    }
    const group = (words) => [...document.querySelectorAll('fieldset')].find((one) => is(one.querySelector('legend'), words))
    const choice = (words, value) => {
        const label = [...(group(words)?.querySelectorAll('label') || [])].find((one) => said(one) === value)
        return label?.control
    }
    const field = (words) => {
        const label = [...document.querySelectorAll('label')].find((one) => is(one, words) && one.control && !/radio|checkbox/.test(one.control.type))
        return label?.control
    }
    const kind = (words) => {
        if (group(words)) return group(words).querySelector('[type=radio], [type=checkbox]') ? 'choice' : 'date'
        return field(words)?.tagName === 'SELECT' ? 'select' : field(words) ? 'line' : 'none'
    }
";

/// How something looks that may have the focus, with its label's part where the control itself is not seen.
const LOOK: &str = "((one) => {
    const look = (style) => ['outline', 'boxShadow', 'backgroundColor', 'borderWidth', 'textDecoration'].map((name) => style[name]).join()
    const label = one.labels?.[0]
    return [getComputedStyle(one).opacity === '0' ? '' : look(getComputedStyle(one)), label ? look(getComputedStyle(label, '::before')) : ''].join()
})";

/// A key: its name, its place, its number, and the text that it types.
type Key = (&'static str, &'static str, u32, &'static str);

const TAB: Key = ("Tab", "Tab", 9, "");
const ENTER: Key = ("Enter", "Enter", 13, "\r");
const SPACE: Key = (" ", "Space", 32, " ");
const HOME: Key = ("Home", "Home", 36, "");
const DOWN: Key = ("ArrowDown", "ArrowDown", 40, "");
const DELETE: Key = ("Delete", "Delete", 46, "");

impl Chromium {
    /// Opens an address, as one that was typed or stands in a mail; the page is looked over.
    pub fn come_to(&mut self, url: &str) {
        self.leaving(|browser| drop(browser.call("Page.navigate", json!({"url": url}))));
    }

    /// Follows the link with these words, or with words that begin so.
    pub fn follow(&mut self, words: &str) {
        self.find(
            &format!("link: {words}"),
            &format!("among('main a, header a, nav a, .govuk-back-link', {})", json!(words)),
        );
        self.unfold();
        self.leaving(|browser| browser.use_it(ENTER));
    }

    /// Presses the button with these words; the page that comes is looked over.
    pub fn send(&mut self, words: &str) {
        self.find_button(words);
        self.leaving(|browser| browser.use_it(SPACE));
    }

    /// The same where the form is refused: the page says so, and all that was typed is there.
    pub fn send_in_vain(&mut self, words: &str, status: u16) {
        let typed = "[...document.querySelectorAll('form :is(input:not([type=hidden]), select, textarea)')].filter((one) => one.type !== 'password').map((one) => [one.name, one.type === 'radio' || one.type === 'checkbox' ? one.checked : one.value])";
        let before = self.eval(typed);
        self.find_button(words);
        self.arriving(|browser| browser.use_it(SPACE));
        // The browser itself notes the answer's status.
        let noted = std::mem::take(&mut self.complaints);
        let is_status = |one: &String| one.contains(&format!("a status of {status}"));
        assert!(!noted.is_empty() && noted.iter().all(is_status), "{status}: {noted:?}: {}", self.text());
        assert_eq!(self.eval("document.title.startsWith('Error:')"), true, "{}", self.text());
        assert_eq!(self.eval(typed), before, "what was typed is lost");
        self.looked_over_here();
    }

    /// Fills in each field with this label.
    pub fn fill_in(&mut self, fields: &[(&str, &str)]) {
        for (label, value) in fields {
            self.put(label, value);
        }
    }

    fn put(&mut self, label: &str, value: &str) {
        let kind = self.eval(&format!("(() => {{ {FIND} return kind({}) }})()", json!(label)));
        match kind.as_str().unwrap() {
            "choice" => {
                self.find(&format!("choice: {label}: {value}"), &format!("choice({}, {})", json!(label), json!(value)));
                self.choose();
            }
            "select" => {
                self.find(label, &format!("field({})", json!(label)));
                self.select(value);
            }
            "line" => {
                self.find(label, &format!("field({})", json!(label)));
                self.type_over(value);
            }
            "date" => {
                for (at, part) in value.split(' ').enumerate() {
                    self.find(label, &format!("group({}).querySelectorAll('input')[{at}]", json!(label)));
                    self.type_over(part);
                }
            }
            _ => panic!("no field: {label}: {}", self.text()),
        }
    }

    /// What a field has.
    pub fn value(&mut self, label: &str) -> String {
        self.find(label, &format!("field({})", json!(label)));
        self.eval("it.value").as_str().unwrap().to_owned()
    }

    /// What a list of facts has under this key, if it is there.
    pub fn fact(&mut self, key: &str) -> Option<String> {
        let keys = "[...document.querySelectorAll('.govuk-summary-list__key')]";
        let value =
            format!("{keys}.find((one) => one.textContent.trim() === {})?.nextElementSibling.textContent", json!(key));
        self.eval(&value).as_str().map(str::to_owned)
    }

    /// Whether a page has these words, wherever they are on it.
    #[track_caller]
    pub fn says(&mut self, words: &str) {
        let text = self.eval("document.body.textContent.replace(/\\s+/g, ' ')");
        assert!(text.as_str().unwrap().contains(words), "not said: {words}: {}", self.text());
    }

    #[track_caller]
    fn find(&mut self, what: &str, expression: &str) {
        let found = self.eval(&format!("(() => {{ {FIND} self.it = {expression}; return Boolean(self.it) }})()"));
        assert_eq!(found, true, "no {what}: {}", self.text());
    }

    fn find_button(&mut self, words: &str) {
        self.find(&format!("button: {words}"), &format!("among('button', {})", json!(words)));
    }

    /// Opens what it lies folded in.
    fn unfold(&mut self) {
        if self.eval("Boolean(it.closest('details:not([open])'))") == true {
            self.eval("self.folded = it; self.it = it.closest('details').querySelector('summary'); void 0");
            self.use_it(SPACE);
            self.until("folded.closest('details').open");
            self.eval("self.it = folded; void 0");
        }
    }

    fn use_it(&mut self, key: Key) {
        match self.hands {
            Hands::Mouse => self.click(),
            Hands::Keys => {
                self.reach();
                self.key(key);
            }
        }
    }

    fn choose(&mut self) {
        if self.eval("it.checked") == true {
            return;
        }
        match self.hands {
            Hands::Mouse => {
                self.eval("self.it = it.labels[0]; void 0");
                self.click();
                self.eval("self.it = it.control; void 0");
            }
            Hands::Keys => {
                self.reach();
                // The first is where the focus comes to; the arrows choose.
                if self.eval("document.activeElement === it") == true {
                    self.key(SPACE);
                }
                for _ in 0..STOPS_MAX {
                    if self.eval("it.checked") == true {
                        break;
                    }
                    self.key(DOWN);
                }
            }
        }
        assert_eq!(self.eval("it.checked"), true, "it cannot be chosen");
    }

    /// Lists are gone through by their keys with either: what opens from them lies outside the page.
    fn select(&mut self, value: &str) {
        let at = format!("[...it.options].findIndex((one) => one.textContent.trim() === {})", json!(value));
        let at = self.eval(&at).as_i64().unwrap();
        assert!(at >= 0, "not in the list: {value}: {}", self.text());
        match self.hands {
            Hands::Mouse => drop(self.eval("it.focus()")),
            Hands::Keys => self.reach(),
        }
        self.key(HOME);
        for _ in 0..at {
            self.key(DOWN);
        }
        assert_eq!(self.eval("it.selectedIndex"), at, "{value}");
    }

    /// Types in the place of what stands there.
    fn type_over(&mut self, value: &str) {
        match self.hands {
            Hands::Mouse => self.click(),
            Hands::Keys => self.reach(),
        }
        if self.eval("it.value") != "" {
            let all = json!({"type": "keyDown", "key": "a", "code": "KeyA", "windowsVirtualKeyCode": 65, "modifiers": 2, "commands": ["selectAll"]});
            self.call("Input.dispatchKeyEvent", all);
            self.key(DELETE);
        }
        if self.hands == Hands::Keys {
            for letter in value.chars() {
                self.call("Input.dispatchKeyEvent", json!({"type": "keyDown", "key": letter, "text": letter}));
                self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": letter}));
            }
        } else {
            self.call("Input.insertText", json!({"text": value}));
        }
        assert_eq!(self.eval("it.value"), value, "it cannot be typed into");
    }

    /// A click in the middle of it, which nothing may cover.
    fn click(&mut self) {
        let at = self.eval(
            "(() => {
                it.scrollIntoView({block: 'center', behavior: 'instant'})
                const box = it.getClientRects()[0]
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
                const top = document.elementFromPoint(x, y)
                return [x, y, it.contains(top) || top === it.control ? '' : top?.outerHTML || 'nothing']
            })()",
        );
        assert_eq!(at[2], "", "it is covered");
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    fn key(&mut self, (key, code, number, text): Key) {
        let mut event = json!({"type": "keyDown", "key": key, "code": code, "windowsVirtualKeyCode": number});
        if !text.is_empty() {
            event["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", event);
        let event = json!({"type": "keyUp", "key": key, "code": code, "windowsVirtualKeyCode": number});
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Goes on from stop to stop until it has the focus, or its group of choices. Each stop on the way is seen.
    fn reach(&mut self) {
        let here = format!(
            "(() => {{
                const one = document.activeElement
                const near = one === it || (it.type === 'radio' && one.type === 'radio' && one.name === it.name)
                if (one === document.body) return [near, true, '']
                const focused = {LOOK}(one)
                one.blur()
                const plain = {LOOK}(one)
                one.focus({{preventScroll: true}})
                return [near, focused !== plain, one.outerHTML]
            }})()"
        );
        for _ in 0..STOPS_MAX {
            let stop = self.eval(&here);
            assert_eq!(stop[1], true, "where the focus is, is not seen: {}", stop[2]);
            if stop[0] == true {
                return;
            }
            self.key(TAB);
        }
        panic!("not reached by keyboard: {}", self.eval("it.outerHTML"));
    }

    /// Does what leads to another page, and waits for that one.
    fn arriving(&mut self, go: impl FnOnce(&mut Chromium)) {
        self.eval("self.before = true");
        go(self);
        self.until("self.before === undefined");
    }

    fn leaving(&mut self, go: impl FnOnce(&mut Chromium)) {
        self.arriving(go);
        self.looked_over_here();
    }

    fn looked_over_here(&mut self) {
        let page: Value = self.eval("document.title + ' at ' + location.pathname");
        looked_over(self, page.as_str().unwrap());
    }
}
