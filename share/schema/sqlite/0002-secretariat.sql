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
