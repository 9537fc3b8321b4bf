//! Single keys, and the two questions that need more than one: who came in, and whether to finish.
//!
//! Not what a wish does (`driver.rs`). Invariants: no single key ends a recording but Ctrl-C, which does so on every
//! terminal; what is typed is one line of a length that fits on the record.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use recorder::control::REASON_BYTES_MAX;

use super::driver::Wish;

/// What is being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Nothing,
    WhoCameIn(String),
    WhetherToFinish,
}

/// The keyboard's state.
#[derive(Debug)]
pub(super) struct Keys {
    asking: Asking,
    is_large: bool,
    can_skip: bool,
}

impl Keys {
    pub(super) fn new(can_skip: bool) -> Keys {
        Keys { asking: Asking::Nothing, is_large: false, can_skip }
    }

    pub(super) fn asking(&self) -> &Asking {
        &self.asking
    }

    pub(super) fn is_large(&self) -> bool {
        self.is_large
    }

    /// Which key does what.
    pub(super) fn words(&self, is_paused: bool) -> String {
        let pause = if is_paused { "p resume" } else { "p pause" };
        let skip = if self.can_skip { "  Enter skips ahead" } else { "" };
        format!("{pause}  m marker  e entrant  f finish  l large{skip}")
    }

    /// Whether the key would suspend another program.
    pub(super) fn suspends(key: KeyEvent) -> bool {
        key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('z')
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyEvent, is_paused: bool) -> Option<Wish> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return (key.code == KeyCode::Char('c')).then_some(Wish::Finish);
        }
        match std::mem::replace(&mut self.asking, Asking::Nothing) {
            Asking::Nothing => self.free(key.code, is_paused),
            Asking::WhetherToFinish => matches!(key.code, KeyCode::Char('y' | 'Y')).then_some(Wish::Finish),
            Asking::WhoCameIn(words) => self.type_words(words, key.code),
        }
    }

    fn free(&mut self, code: KeyCode, is_paused: bool) -> Option<Wish> {
        match code {
            KeyCode::Char('p' | 'P') => return Some(if is_paused { Wish::Resume } else { Wish::Pause }),
            KeyCode::Char('m' | 'M') => return Some(Wish::Mark(String::new())),
            KeyCode::Char('e' | 'E') => self.asking = Asking::WhoCameIn(String::new()),
            KeyCode::Char('f' | 'F') => self.asking = Asking::WhetherToFinish,
            KeyCode::Char('l' | 'L') => self.is_large = !self.is_large,
            KeyCode::Enter if self.can_skip => return Some(Wish::SkipAhead),
            _ => {}
        }
        None
    }

    fn type_words(&mut self, mut words: String, code: KeyCode) -> Option<Wish> {
        match code {
            KeyCode::Enter => return Some(Wish::Entrant(words.trim().to_owned())),
            KeyCode::Esc => return None,
            KeyCode::Backspace => drop(words.pop()),
            KeyCode::Char(c) if !crate::text::is_hidden(c) && words.len() + c.len_utf8() <= REASON_BYTES_MAX => {
                words.push(c)
            }
            _ => {}
        }
        self.asking = Asking::WhoCameIn(words);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses keys one after another; what was wished for. `<` is Backspace, `\n` Enter, `!` Escape, `^` Ctrl-C.
    fn wishes(typed: &str, is_paused: bool) -> Vec<Wish> {
        let mut keys = Keys::new(false);
        let press = |c: char| match c {
            '\n' => KeyEvent::from(KeyCode::Enter),
            '<' => KeyEvent::from(KeyCode::Backspace),
            '!' => KeyEvent::from(KeyCode::Esc),
            '^' => KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL),
            c => KeyEvent::from(KeyCode::Char(c)),
        };
        typed.chars().filter_map(|c| keys.press(press(c), is_paused)).collect()
    }

    #[test]
    fn keys_do_what_the_screen_says() {
        let entrant = |words: &str| vec![Wish::Entrant(words.into())];
        for (typed, is_paused, expected) in [
            ("p", false, vec![Wish::Pause]),
            ("P", true, vec![Wish::Resume]),
            ("m", false, vec![Wish::Mark(String::new())]),
            ("eMs Joness<\n", false, entrant("Ms Jones")),
            ("e\n", false, entrant("")),
            ("epmf!", false, vec![]),
            ("fn", false, vec![]),
            ("f\n", false, vec![]),
            ("fy", false, vec![Wish::Finish]),
            ("fpy", false, vec![]),
            ("ffm", false, vec![Wish::Mark(String::new())]),
            ("e^", false, vec![Wish::Finish]),
            ("\nlxyq", false, vec![]),
        ] {
            assert_eq!(wishes(typed, is_paused), expected, "{typed:?}");
        }
    }

    #[test]
    fn what_is_typed_fits_on_the_record_and_no_more_is_taken() {
        let typed = format!("e{}\n", "\u{fc}".repeat(REASON_BYTES_MAX));
        let fits = "\u{fc}".repeat(REASON_BYTES_MAX / 2);
        assert_eq!(wishes(&typed, false), [Wish::Entrant(fits)]);
    }

    #[test]
    fn enter_skips_only_where_it_can() {
        let mut keys = Keys::new(true);
        assert_eq!(keys.press(KeyEvent::from(KeyCode::Enter), false), Some(Wish::SkipAhead));
        assert!(keys.words(false).contains("Enter skips ahead"));
    }
}
