//! Which passwords are none: too short, or what everybody tries first.
//!
//! Not how they are kept. Invariants: nobody is told which characters to use; what is refused is refused with its reason; the list is our own and short,
//! since most of what everybody tries is made by a rule.

/// The fewest characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The most bytes: a sentence is welcome, a file is not.
pub const PASSWORD_BYTES_MAX: usize = 512;

/// Words that, with a few digits and signs around them, everybody tries. Without spaces; letters as they are after [`plain`].
const COMMON: &[&str] = &[
    "abc",
    "admin",
    "administrator",
    "asdf",
    "changeme",
    "counterpart",
    "default",
    "dragon",
    "football",
    "hello",
    "iloveyou",
    "letmein",
    "login",
    "manchester",
    "master",
    "monkey",
    "mypassword",
    "newpassword",
    "office",
    "pass",
    "passphrase",
    "passwort",
    "password",
    "princess",
    "qwerty",
    "qwertyuiop",
    "azerty",
    "recording",
    "secret",
    "sunshine",
    "superman",
    "superuser",
    "test",
    "trustno",
    "user",
    "welcome",
    "whatever",
    "liverpool",
    "arsenal",
    "chelsea",
    "correcthorsebatterystaple",
    "zxcvbnm",
    "asdfghjkl",
    "qwertyuiopasdfghjkl",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "spring",
    "summer",
    "autumn",
    "winter",
];

/// Rows of keys, of letters and of digits, in which fingers run along.
const ROWS: &[&str] =
    &["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t6y7u8i9o0p"];

/// Why a password is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// It has fewer than [`PASSWORD_CHARS_MIN`] characters.
    Short,
    /// It has more than [`PASSWORD_BYTES_MAX`] bytes.
    Long,
    /// It is among those that everybody tries.
    Common,
    /// It is the account's name with a little around it.
    Named,
}

/// What is wrong with a password for this account, if anything is.
#[must_use]
pub fn password_fault(password: &str, account: &str) -> Option<PasswordFault> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Some(PasswordFault::Short);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Some(PasswordFault::Long);
    }
    let (words, name) = (letters(password), letters(account));
    let few = password.chars().count() - words.chars().count();
    if name.chars().count() >= 3 && words.replace(&name, "").chars().count() + few < 8 && words.contains(&name) {
        return Some(PasswordFault::Named);
    }
    let chars: Vec<char> = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let is_common = is_repeated(&chars) || runs_along(&chars) || is_made_of_common(&words);
    is_common.then_some(PasswordFault::Common)
}

/// Signs that stand for letters, as letters; everything else that is no letter is left out.
fn letters(text: &str) -> String {
    let plain = |c: char| match c {
        '0' => Some('o'),
        '3' => Some('e'),
        '4' | '@' => Some('a'),
        '5' | '$' => Some('s'),
        c => c.is_alphabetic().then_some(c),
    };
    let lower = text.to_lowercase();
    // Digits at the ends are years and numbers, not letters.
    let inner = lower.trim_matches(|c: char| !c.is_alphabetic() && !"@$".contains(c));
    inner.chars().filter_map(plain).collect()
}

/// Nothing but common words, one after the other; or none at all, only digits and signs in a row of fewer than six different ones.
fn is_made_of_common(words: &str) -> bool {
    if words.is_empty() {
        return false;
    }
    let mut ends = vec![false; words.len() + 1];
    ends[0] = true;
    for at in 0..words.len() {
        if ends[at] && words.is_char_boundary(at) {
            for word in COMMON.iter().filter(|word| words[at..].starts_with(**word)) {
                ends[at + word.len()] = true;
            }
        }
    }
    ends[words.len()]
}

/// Fewer than five different characters, or one short part over and over.
fn is_repeated(chars: &[char]) -> bool {
    let mut different = chars.to_vec();
    different.sort_unstable();
    different.dedup();
    let is_periodic = |len: usize| chars.iter().zip(&chars[len..]).all(|(one, other)| one == other);
    different.len() < 5 || (1..=chars.len() / 2).any(is_periodic)
}

/// Whether fingers only ran along rows of keys, there or back, in parts of four at least.
fn runs_along(chars: &[char]) -> bool {
    let is_step = |pair: &[char]| {
        let next = |row: &&str| {
            let row: Vec<char> = row.chars().collect();
            row.windows(2).any(|two| two == pair || (two[0], two[1]) == (pair[1], pair[0]))
        };
        pair[0] == pair[1] || ROWS.iter().any(next)
    };
    let steps = chars.windows(2).filter(|pair| is_step(pair)).count();
    // A new run begins at every fourth character at most.
    chars.len() > 1 && (chars.len() - 1 - steps) * 4 < chars.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_none() {
        use PasswordFault::{Common, Long, Named, Short};
        let long = "x y".repeat(300);
        let table = [
            ("", Some(Short)),
            ("elevenchars", Some(Short)),
            (long.as_str(), Some(Long)),
            ("password1234", Some(Common)),
            ("P@ssw0rd!2026", Some(Common)),
            ("passwordpassword", Some(Common)),
            ("Welcome-Office-2026", Some(Common)),
            ("December2026!", Some(Common)),
            ("aaaaaaaaaaaaaaa", Some(Common)),
            ("abcabcabcabcabc", Some(Common)),
            ("123456789012", Some(Common)),
            ("qwertyuiopasdf", Some(Common)),
            ("abcd1234qwer", Some(Common)),
            ("1q2w3e4r5t6y", Some(Common)),
            ("correct horse battery staple", Some(Common)),
            ("anna.smith2026", Some(Named)),
            ("Anna Smith 1!", Some(Named)),
            ("twelve chars", None),
            ("kettle on the blue tiles", None),
            ("ærlig talt, nå", None),
            ("8273 5540 1962 7", None),
            ("anna.smith walks to the pier", None),
            ("密码要长一点才安全好吗啊", None),
        ];
        for (password, fault) in table {
            assert_eq!(password_fault(password, "anna.smith"), fault, "{password}");
        }
    }
}
