-- The secretariat's desk. Times are seconds since 1970 UTC.

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
