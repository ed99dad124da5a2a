-- The secretariat's desk. Times are seconds since 1970 UTC.

-- Letters (queue/letter)

ALTER TABLE message ADD COLUMN header_id TEXT; -- Message-ID of a letter without brackets; NULL of other mail
CREATE INDEX message_header ON message (header_id) WHERE header_id IS NOT NULL;

-- Look-alikes (directory/lookalike.h)

ALTER TABLE address ADD COLUMN skeleton TEXT; -- NULL of addresses from before
CREATE INDEX address_skeleton ON address (skeleton);

-- Text messages (queue/sms)

CREATE TABLE sms (
    id          INTEGER PRIMARY KEY,
    person_id   INTEGER NOT NULL, -- 0: nobody; not a reference, it is for the journal
    number      TEXT, -- E.164; NULL at the end
    shown       TEXT NOT NULL, -- the number shortened, for people
    text        TEXT, -- a secret; NULL at the end
    state       TEXT NOT NULL
                CHECK (state IN ('waiting', 'claimed', 'sent', 'refused', 'expired', 'cancelled')),
    attempts    INTEGER NOT NULL,
    uncertain   INTEGER NOT NULL, -- attempts of which nobody knows whether they came to something
    due_at      INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL, -- it is of no use any more
    claimed_by  TEXT,
    tried_at    INTEGER, -- when it was claimed last; NULL: never
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    reply       TEXT, -- what the gateway said last
    CHECK ((state IN ('waiting', 'claimed')) = (number IS NOT NULL AND text IS NOT NULL))
) STRICT;
CREATE INDEX sms_waiting ON sms (due_at, id) WHERE state = 'waiting';
CREATE INDEX sms_claimed ON sms (claimed_by) WHERE state = 'claimed';
CREATE INDEX sms_created ON sms (created_at);
CREATE INDEX sms_tried ON sms (tried_at);

-- Decisions (committee/decision.h)

CREATE TABLE decision ( -- a question put to the committee
    id             INTEGER PRIMARY KEY AUTOINCREMENT, -- never given again: people see it
    question       TEXT NOT NULL,
    reference_kind TEXT CHECK (reference_kind IN ('request', 'address', 'policy', 'bounce')),
    reference      TEXT, -- what it is about: the number of the request, the address
    quorum         INTEGER NOT NULL, -- votes without which nothing is decided
    voters         INTEGER NOT NULL, -- who could vote when it was opened
    opened_at      INTEGER NOT NULL,
    opened_by      TEXT NOT NULL,
    deadline       INTEGER NOT NULL,
    reminded_at    INTEGER, -- the last time
    state          TEXT NOT NULL
                   CHECK (state IN ('open', 'chosen', 'tie', 'no-quorum', 'withdrawn')),
    chosen         INTEGER CHECK ((chosen IS NOT NULL) = (state = 'chosen')), -- a position
    reason         TEXT, -- why it was withdrawn
    closed_at      INTEGER,
    closed_by      TEXT,
    CHECK ((reference_kind IS NULL) = (reference IS NULL)),
    CHECK ((closed_at IS NULL) = (state = 'open'))
) STRICT;
CREATE INDEX decision_open ON decision (id) WHERE state = 'open';
CREATE INDEX decision_about ON decision (reference_kind, reference) WHERE reference IS NOT NULL;

CREATE TABLE decision_option (
    decision_id INTEGER NOT NULL REFERENCES decision (id),
    position    INTEGER NOT NULL, -- from 1
    text        TEXT NOT NULL,
    PRIMARY KEY (decision_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE ballot ( -- one for each person who could vote when the decision was opened
    id          INTEGER PRIMARY KEY,
    decision_id INTEGER NOT NULL REFERENCES decision (id),
    person_id   INTEGER REFERENCES person (id) ON DELETE SET NULL, -- the journal keeps who it was
    choice      INTEGER, -- a position; NULL: no vote yet
    voted_at    INTEGER,
    via         TEXT CHECK (via IN ('mail', 'command')),
    recorded_by TEXT,             -- who typed it; NULL: the voter
    mail_votes  INTEGER NOT NULL, -- how often mail has changed it
    told_at     INTEGER,          -- when the voter was last told that a mail did not count
    may_vote    INTEGER CHECK (may_vote IN (0, 1)), -- who still could when it closed; NULL: it is open
    UNIQUE (decision_id, person_id),
    CHECK ((choice IS NULL) = (voted_at IS NULL) AND (choice IS NULL) = (via IS NULL))
) STRICT;
CREATE INDEX ballot_person ON ballot (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE ballot_token ( -- each mail about a ballot has one of its own
    token_hash TEXT NOT NULL PRIMARY KEY,
    ballot_id  INTEGER NOT NULL REFERENCES ballot (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ballot_token_ballot ON ballot_token (ballot_id);

-- Invitations and notes (membership/invitation, directory/tld_note)

CREATE TABLE invitation ( -- how far the authority of a TLD was asked to name contacts
    tld      TEXT NOT NULL PRIMARY KEY REFERENCES tld (a_label) ON DELETE CASCADE,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'invited', 'rested', 'stopped', 'joined')),
    language TEXT NOT NULL, -- BCP 47
    asked_at INTEGER NOT NULL, -- when a person said that it should be invited, or not be
    asked_by TEXT NOT NULL,
    mails    INTEGER NOT NULL, -- that went out since: the invitation, then its reminders
    first_at INTEGER, -- when they did
    last_at  INTEGER,
    due_at   INTEGER, -- of the next one; NULL: none follows
    held     TEXT, -- why that does not go out although it is due
    reason   TEXT -- why it was stopped
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_due ON invitation (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE invitation_mail ( -- an answer is known by what it answers
    header_id  TEXT NOT NULL PRIMARY KEY, -- Message-ID without brackets
    tld        TEXT NOT NULL,
    address    TEXT NOT NULL, -- where it went
    sent_at    INTEGER NOT NULL,
    message_id INTEGER NOT NULL UNIQUE REFERENCES message (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_mail_sent ON invitation_mail (sent_at);
CREATE INDEX invitation_mail_tld ON invitation_mail (tld);

CREATE TABLE tld_note ( -- the secretariat's notebook
    id     INTEGER PRIMARY KEY,
    tld    TEXT NOT NULL, -- not a reference: what people wrote outlives the TLD
    at     INTEGER NOT NULL,
    actor  TEXT NOT NULL, -- who wrote it down
    kind   TEXT NOT NULL CHECK (kind IN ('lead', 'conversation', 'prospect')),
    source TEXT, -- who said so; NULL: nobody in particular
    text   TEXT NOT NULL
) STRICT;
CREATE INDEX tld_note_tld ON tld_note (tld, id);

-- Requests (membership/request.h)

CREATE TABLE request (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- the number that people see: never given again
    kind        TEXT NOT NULL CHECK (kind IN ('join', 'add', 'change', 'remove', 'leave')),
    tld         TEXT NOT NULL,
    state       TEXT NOT NULL
                CHECK (state IN ('incomplete', 'authority', 'address', 'phone', 'decision', 'secretariat',
                                 'done', 'refused', 'expired', 'withdrawn')),
    since       INTEGER NOT NULL, -- in this state
    asker       TEXT NOT NULL
                CHECK (asker IN ('administrative', 'technical', 'self', 'colleague', 'other', 'secretariat')),
    requester   TEXT,             -- whom receipts go to; NULL: the secretariat asked by command
    requester_key TEXT,           -- address_key of it
    person_id   INTEGER REFERENCES person (id) ON DELETE SET NULL, -- who that is, if on file
    evidence    TEXT,             -- what showed that the mail was true; NULL: nothing
    is_copied   INTEGER NOT NULL CHECK (is_copied IN (0, 1)), -- the administrative contact was in copy
    language    TEXT NOT NULL,
    rule        TEXT,             -- of the policy; NULL while incomplete
    created_at  INTEGER NOT NULL,
    next_at     INTEGER,          -- when something falls due; NULL: it waits for people
    expires_at  INTEGER,          -- when what is waited for has not come: it ends
    reminders   INTEGER NOT NULL, -- sent in this state
    assigned_to TEXT,             -- of the secretariat
    parked      TEXT,             -- why it rests; NULL: it does not
    reason      TEXT              -- how it ended, for people
) STRICT;
CREATE INDEX request_open ON request (created_at, id)
    WHERE state NOT IN ('done', 'refused', 'expired', 'withdrawn');
CREATE INDEX request_next ON request (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX request_requester ON request (requester_key, created_at) WHERE requester_key IS NOT NULL;
CREATE INDEX request_tld ON request (tld);
CREATE INDEX request_person ON request (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE request_contact ( -- what it asks for of each contact, as it was understood
    request_id INTEGER NOT NULL REFERENCES request (id),
    position   INTEGER NOT NULL, -- 1, 2, 3
    person_id  INTEGER REFERENCES person (id) ON DELETE SET NULL, -- on file already
    rank       INTEGER NOT NULL, -- 0: none was said
    given_name TEXT, -- NULL here and below: not given
    family_name TEXT,
    mobile     TEXT, -- as typed
    "primary"  TEXT,
    secondary  TEXT,
    whose      TEXT, -- of a change or a removal: whose entry, as it was named
    problem    TEXT, -- what has to be put right; NULL: nothing
    PRIMARY KEY (request_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_contact_person ON request_contact (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE request_need ( -- each yes that it takes
    id          INTEGER PRIMARY KEY,
    request_id  INTEGER NOT NULL REFERENCES request (id),
    way         INTEGER NOT NULL, -- 0: in any case; else one way of them has to be met as a whole
    kind        TEXT NOT NULL
                CHECK (kind IN ('authority', 'objection', 'owner', 'decision', 'secretariat', 'address', 'phone')),
    position    INTEGER NOT NULL, -- of the contact that it is about; 0: the request
    subject     TEXT,             -- the address or the number that is asked, the decision's number
    state       TEXT NOT NULL
                CHECK (state IN ('waiting', 'asked', 'met', 'refused', 'overridden', 'expired', 'void')),
    code_hash   TEXT,             -- of the code that was sent another way
    tries       INTEGER NOT NULL, -- wrong codes
    asked_at    INTEGER,
    expires_at  INTEGER,
    settled_at  INTEGER,
    settled_by  TEXT,
    why         TEXT              -- of a need that people see to
) STRICT;
CREATE INDEX request_need_request ON request_need (request_id);

CREATE TABLE request_token ( -- in the address that an answer goes to: one of the question, one of each reminder
    token_hash TEXT NOT NULL PRIMARY KEY,
    need_id    INTEGER NOT NULL REFERENCES request_need (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_token_need ON request_token (need_id);

CREATE TABLE request_event ( -- its story
    id         INTEGER PRIMARY KEY,
    request_id INTEGER NOT NULL REFERENCES request (id),
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    what       TEXT NOT NULL, -- 'opened', 'asked', 'answered', 'comment' ...
    details    TEXT,
    inbox_id   INTEGER,       -- the mail that came
    message_id INTEGER,       -- the mail that went out
    header_id  TEXT           -- its Message-ID: what answers it belongs to the request
) STRICT;
CREATE INDEX request_event_request ON request_event (request_id, id);
CREATE INDEX request_event_header ON request_event (header_id) WHERE header_id IS NOT NULL;
CREATE INDEX request_event_message ON request_event (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX request_event_mailed ON request_event (at) WHERE message_id IS NOT NULL;

CREATE TABLE request_summary ( -- the last daily summary to the secretariat
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sent_at INTEGER NOT NULL,
    event   INTEGER NOT NULL -- the last event of a request that the committee was told of
) STRICT;
