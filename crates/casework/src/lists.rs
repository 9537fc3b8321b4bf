//! How the closed lists of words that stand in clear in events are declared.
//!
//! Not here: any list. Invariants: each word is spelt in one way, in events, on command lines and in forms; what is on no list cannot
//! be said in clear.

/// Declares lists: of each an enum with its words, their spelling and their reading.
macro_rules! lists {
    ($($(#[$about:meta])* $name:ident, $what:literal { $($(#[$of:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$of])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// Its word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|one| one.as_str() == text);
                found.ok_or_else(|| format!(concat!("`{}` is not ", $what, " known here"), text))
            }
        }
    )*};
}

pub(crate) use lists;
