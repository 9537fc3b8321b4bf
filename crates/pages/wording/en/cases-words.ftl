### The words of a meeting’s case: what lists hold, what forms ask, and what is said where something is wrong.

case-channel-online = Through their own pages
case-channel-telephone = By telephone
case-channel-post = By letter
case-channel-email = By email
case-channel-in-person = In person

case-ground-same-day = It was asked for on the day itself
case-ground-device = The device is not allowed
case-ground-barred = What is to be recorded, or where, is not allowed for anybody
case-ground-office-does-not = The office does not record such meetings
case-ground-no-rule = No rule lets such a meeting be recorded
case-ground-agreement-refused = The person did not agree to the conditions

case-withdrawal-resolved = What they were unhappy about is solved
case-withdrawal-own-wish = They no longer want a recording
case-withdrawal-equipment-failed = The equipment failed, and they would rather go on without

case-cause-staff = Nobody who is content to be recorded can hold it then
case-cause-room = There is no private room
case-cause-same-day = Recording was asked for on the day itself
case-cause-equipment = The equipment failed
case-cause-papers = A letter or an agreement was not there in time
case-cause-person = The person asked for another time
case-cause-office = Another reason of the office

case-attempt-room-then = A private room here at the same time
case-attempt-room-later = A private room here at another time

case-party-person = The person whose meeting it is
case-party-professional = Whoever holds the meeting
case-party-companion = Somebody who came with the person
case-party-representative = Somebody who speaks for the person
case-party-interpreter = Interpreter
case-party-colleague = Another member of staff

case-check-private-room = The room is private
case-check-nobody-else-heard = Nobody else can be heard
case-check-device = The person’s device is allowed and works
case-check-medium = The person’s device has room for the recording, and its tape or disc was blank
case-check-recorder = The office’s recorder works
case-check-recorder-medium = The office’s recorder has room for the recording, and its tapes or discs were blank

case-consent-signed = By signature
case-consent-spoken = Aloud, on the recording

case-pause-break = A break
case-pause-medium = The tape or disc is changed
case-pause-entrant = Somebody comes in who has not agreed
case-pause-refused = Somebody in the room no longer agrees
case-pause-away = The person is out of the room
case-pause-staff = Somebody else holds the meeting from now on
case-pause-room = It moves to another room, or somebody outside can be heard

case-stop-opted-out = The person no longer wants it recorded
case-stop-agreement-withdrawn = Somebody no longer agrees
case-stop-equipment-failed = The equipment failed
case-stop-no-medium = There was no tape or disc left
case-stop-mistaken = It was started by mistake

case-ending-finished = It was finished
case-ending-person-left = The person left
case-ending-office-ended = The office ended it

case-carrier-file = A file
case-carrier-cassette = A cassette
case-carrier-cd = A CD

case-outcome-recorded = Held and recorded
case-outcome-recorded-in-part = Held, and a part of it recorded
case-outcome-not-recorded = Held and not recorded
case-outcome-not-attended = The person did not come
case-outcome-not-reached = The person was not reached by telephone or video
case-outcome-cancelled-by-person = Cancelled by the person
case-outcome-cancelled-by-office = Cancelled by the office
case-outcome-moved = Moved to another time

case-incident-others-heard = Other people could be heard, or their details were caught
case-incident-pictures = Pictures were taken
case-incident-unagreed = Somebody recorded without agreeing it first
case-incident-unease = Somebody was uneasy about being recorded

case-reply-declined = No
case-reply-accepted = Yes
case-reply-solved = It is solved

case-format-standard = As usual
case-format-large-print = Large print
case-format-braille = Braille
case-format-audio = Audio
case-format-easy-read = Easy read
case-format-sign-language = A video in sign language

case-tongue-en = English
case-tongue-cy = Welsh

case-dispatch-post = By post
case-dispatch-email = By email
case-dispatch-by-hand = By hand
case-dispatch-online = In the person’s own pages

case-verdict-complete = Complete, from beginning to end
case-verdict-interrupted = It stops early and says why; what is there is sound
case-verdict-excerpt = An excerpt that is sound
case-verdict-redacted = A copy with parts left out that is sound
case-verdict-unchanged = Unchanged since it was made
case-verdict-not-intact = Not as it was made
case-verdict-cannot-say = Nothing can be said

case-meeting-interview = Interview at the office
case-meeting-call = Telephone call
case-meeting-face-to-face-consultation = Assessment in person
case-meeting-telephone-consultation = Assessment by telephone
case-meeting-video-consultation = Assessment by video

case-jurisdiction-england-and-wales = England and Wales
case-jurisdiction-scotland = Scotland
case-jurisdiction-northern-ireland = Northern Ireland

case-side-person = The person
case-side-office = The office

case-doing-record-sound = Recording sound
case-doing-record-video = Recording pictures
case-doing-record-in-open-plan = Recording where others can be heard
case-doing-take-notes = Taking notes

case-device-computer = A computer
case-device-tablet = A tablet
case-device-smartphone = A smartphone
case-device-mp3-player = An MP3 player that records
case-device-can-edit = It can change what it recorded
case-device-can-stream = It can send the sound away while it records
case-device-can-record-video = It can record pictures
case-device-no-checkable-copy = It makes no copy that can be checked on the spot

case-letter-recording = About recording
case-letter-publication = About publishing a recording

case-side-all = All that is being recorded

case-noted-withdrawal = That they no longer want a recording
case-noted-change = That they ask for something else
case-noted-opt-out = That they do not want the office to record
case-noted-opt-in = That they want the office to record
case-noted-answer = What they answered to an offer
case-noted-agreement-refused = That they do not agree to the conditions
case-noted-forgone = That they want no recording this time
case-noted-another-declined = That they want no other time or office
case-noted-cancelled = That they cancelled
case-noted-copy-refused = That they do not want their copy
case-noted-went-on = Whether they go on without a recording

case-one-noted = { $what } (noted by { $who })
case-one-offer = { $when }, { $office }
case-one-request = { $doing }, device of: { $side }, asked for on { $day }
case-one-recording = Recording { $number }, device of: { $side }
case-one-event = Entry { $number } of the record
case-one-present = Number { $number }: { $party }
case-one-present-staff = Number { $number }: { $party } ({ $account })
case-yes = Yes
case-no = No
case-when = { $day } at { $time }

case-caption = Case { $reference }
case-clauses = Asked for by { $clauses }
case-optional = { $label } (optional)
case-select = Select one
case-time = Time

case-wrong-drawing = The signature could not be read. Sign again, or leave it out
case-wrong-listed = { $label }: select one of those in the list
case-wrong-gone = { $label }: this is not in the case, or no longer. Select one of those in the list
case-wrong-none = { $label }: there is nothing in the case to select
case-wrong-hidden = { $label } must not have characters that cannot be seen. Take out { $code }
case-wrong-long = { $label } must be { $most } characters or fewer. It has { $has }
case-wrong-name = { $label } must be 1 to 64 small letters, digits, dots, hyphens and underscores, beginning with a letter or digit
case-wrong-case = { $label }: there is no such case that you can use. Check the reference
case-wrong-digest = { $label } must be { $length } digits and letters from a to f
case-wrong-date-part = { $label } must include a { $part }
case-wrong-date = { $label } must be a real date
case-wrong-year = { $label }: the year must have 4 numbers
case-wrong-time = { $label } must have a time, such as 14:30
case-wrong-never = { $label }: there is no { $time } on { $day }, because the clocks go forward. Enter a time before 1:00 or from 2:00
case-wrong-twice = { $label }: { $time } comes twice on { $day }, because the clocks go back. Enter a time before 1:00 or from 2:00
case-wrong-clock = { $label }: no rule says which clock counts on that day. Enter another day
case-wrong-order = The end must be after the beginning
case-wrong-foreign = The form has something that was not asked. Go back, load the page again and fill it in once more
case-wrong-deed = This is done by the program alone
case-wrong-account = Select the account of a member of staff, and of nobody else
