### What only a demonstration says.

demonstration = Demonstration
demonstration-why = Nothing here is real: people, cases and recordings are invented.
demonstration-people = Demonstration: sign in as
demonstration-people-why = No password and no key. Each of these makes a link that is used once.
demonstration-sign-in = Sign in as { $account } ({ $roles })
demonstration-link = Sign in to the demonstration
demonstration-link-why = This link signs you in as { $account } ({ $roles }), once.
