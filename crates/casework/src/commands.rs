//! How the commands of a procedure are declared, and with them what each is called in its table of rights.
//!
//! Not here: any command.
//! Invariant: every command has exactly one name there, so that none is decided without its row.

/// Declares commands and, for each, its name in the table of rights.
macro_rules! commands {
    ($($(#[$about:meta])* $name:ident $({ $($(#[$of:meta])* $field:ident: $type:ty,)* })?,)*) => {
        /// What somebody wants done.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command { $($(#[$about])* $name $({ $($(#[$of])* $field: $type,)* })?,)* }

        /// The name of a command, as the table of rights has it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Deed { $($(#[$about])* $name,)* }

        impl Deed {
            /// All of them.
            pub const ALL: &[Deed] = &[$(Deed::$name),*];
        }

        impl Command {
            /// What it is called.
            #[must_use]
            pub fn deed(&self) -> Deed {
                match self { $(Command::$name { .. } => Deed::$name,)* }
            }
        }

        impl std::fmt::Display for Deed {
            /// "approve-destruction", from the name in the code.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut word = String::new();
                for c in format!("{self:?}").chars() {
                    if c.is_uppercase() && !word.is_empty() {
                        word.push('-');
                    }
                    word.extend(c.to_lowercase());
                }
                f.pad(&word)
            }
        }
    };
}

pub(crate) use commands;
