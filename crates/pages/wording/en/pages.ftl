### What every page says, and the first page of a log.

service-name = Counterpart
error-before-title = Error:

log-title = A log of recordings
log-purpose = This service keeps a public list that only grows. Whoever makes a recording can put a blinded commitment to it into the list, and show later that the recording was made by then.
log-name = Name of this log
log-state = Its newest signed state
log-content = Its content
log-not-title = What is not in it
log-not = No recording, no name and nothing from which either could be learned: only 34 bytes for each entry, which mean something only to who holds the recording.
