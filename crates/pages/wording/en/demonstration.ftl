### What only a demonstration says.

demonstration = Demonstration
demonstration-why = Nothing here is real: people, cases and recordings are invented.
demonstration-record = Demonstration: record a meeting now
demonstration-record-why = A meeting of an invented person is planned, prepared and begun at once. You see the page of its room, as whoever holds it.
demonstration-record-interview = Record the bundled interview
demonstration-record-microphone = Record with this machine’s microphone
demonstration-no-recorder = The recorder did not begin
demonstration-no-recorder-why = The meeting is planned and everybody is there. On the page of its room you can try again, or note that it is held without a recording.
demonstration-room = Go to the page of the room
demonstration-people = Demonstration: sign in as
demonstration-people-why = No password and no key. Each of these makes a link that is used once.
demonstration-sign-in = Sign in as { $account } ({ $roles })
demonstration-link = Sign in to the demonstration
demonstration-link-why = This link signs you in as { $account } ({ $roles }), once.
