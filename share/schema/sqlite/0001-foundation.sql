-- Times are seconds since 1970 UTC. Texts are UTF-8. TLDs are A-labels in lower case.

CREATE TABLE schema_version (
    version    INTEGER NOT NULL PRIMARY KEY,
    applied_at INTEGER NOT NULL
) STRICT;

-- The journal (store/journal.h)

CREATE TABLE journal (
    seq       INTEGER NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    action    TEXT NOT NULL,
    tld       TEXT,
    person_id INTEGER NOT NULL, -- 0: nobody; not a reference, it outlives the person
    details   TEXT,
    hash      BLOB NOT NULL
) STRICT;
CREATE INDEX journal_person ON journal (person_id) WHERE person_id != 0;

CREATE TABLE journal_value (
    seq      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    salt     BLOB, -- NULL once erased
    value    TEXT,
    digest   BLOB NOT NULL,
    PRIMARY KEY (seq, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, zeroblob(32));

-- Who runs (queue/node.h)

CREATE TABLE node ( -- one row for each role of each host, under the name that its claims bear
    owner         TEXT NOT NULL PRIMARY KEY,
    host          TEXT NOT NULL,
    role          TEXT NOT NULL,
    instance      TEXT NOT NULL,    -- random: the process that has the name
    pid           INTEGER NOT NULL,
    version       TEXT NOT NULL,    -- of its program
    store_version INTEGER NOT NULL, -- that its program works with
    lease_s       INTEGER NOT NULL, -- after such a silence it is taken for dead
    started_at    INTEGER NOT NULL,
    seen_at       INTEGER NOT NULL, -- its last sign of life, by its own clock: for people
    beat          INTEGER NOT NULL, -- counts signs of life: what others go by
    losses        INTEGER NOT NULL, -- how often it was taken for dead
    dead_at       INTEGER,          -- since when it has been; NULL: it lives or has stopped
    stopped_at    INTEGER           -- when it ended as it was told to; NULL: it runs
) STRICT, WITHOUT ROWID;

-- The directory (directory/)

CREATE TABLE tld (
    a_label          TEXT NOT NULL PRIMARY KEY,
    u_label          TEXT NOT NULL UNIQUE,
    iso3166          TEXT NOT NULL, -- not unique: gb and uk share GB
    name             TEXT NOT NULL, -- of the country or territory
    kind             TEXT NOT NULL CHECK (kind IN ('ascii', 'idn')),
    region           TEXT NOT NULL CHECK (region IN ('AF', 'AP', 'EU', 'LAC', 'NA')),
    organisation     TEXT, -- regional organisation, which is not the region: CENTR, LACTLD ...
    note             TEXT,
    contact_limit    INTEGER CHECK (contact_limit BETWEEN 1 AND 10000), -- NULL: the policy's
    contact_limit_by TEXT, -- who approved it
    contact_limit_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE tld_absent ( -- country codes that are no TLD, and why
    code   TEXT NOT NULL PRIMARY KEY,
    name   TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('retired', 'unassigned')),
    note   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id               INTEGER PRIMARY KEY AUTOINCREMENT, -- never given again: the journal has it
    given_name       TEXT NOT NULL,
    family_name      TEXT NOT NULL, -- '' for people with one name
    ascii_name       TEXT,          -- as somebody wrote it; NULL: derived, if it can be
    search_name      TEXT NOT NULL, -- the names in all their forms folded, see text_fold
    mobile           TEXT,          -- E.164
    mobile_extension TEXT,
    mobile_typed     TEXT,          -- as it was typed
    mobile_reversed  TEXT,          -- the digits of mobile from the last to the first: a search knows the end
    language         TEXT NOT NULL, -- BCP 47
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX person_search ON person (search_name);
CREATE INDEX person_mobile_reversed ON person (mobile_reversed);

-- What a search finds people by (directory/person_words.h), and the same the other way round: two
-- tables, so that many people at once fill the second in its own order, not a row here and a row
-- there. They are no references, as that costs more than the rows do: who is deleted loses them.
CREATE TABLE person_word (
    person_id INTEGER NOT NULL,
    word      TEXT NOT NULL,
    PRIMARY KEY (person_id, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE word_person (
    word      TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    PRIMARY KEY (word, person_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE address (
    id         INTEGER PRIMARY KEY,
    person_id  INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    address    TEXT NOT NULL,        -- canonical, see address_parse
    key        TEXT NOT NULL UNIQUE, -- see address_key: an address belongs to one person
    kind       TEXT NOT NULL CHECK (kind IN ('primary', 'secondary')),
    delivers   INTEGER NOT NULL CHECK (delivers IN (0, 1)), -- 0: may post, gets no mail
    created_at INTEGER NOT NULL,
    UNIQUE (person_id, kind)
) STRICT;

CREATE TABLE seat (
    id        INTEGER PRIMARY KEY,
    tld       TEXT NOT NULL REFERENCES tld (a_label),
    person_id INTEGER NOT NULL REFERENCES person (id),
    rank      INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    UNIQUE (tld, rank),
    UNIQUE (tld, person_id)
) STRICT;
CREATE INDEX seat_person ON seat (person_id);

CREATE TABLE office (
    id         INTEGER PRIMARY KEY,
    person_id  INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL
               CHECK (kind IN ('secretary', 'committee', 'chair', 'liaison', 'operator', 'observer')),
    since      INTEGER NOT NULL,
    until      INTEGER, -- NULL: held
    granted_by TEXT NOT NULL,
    ended_by   TEXT
) STRICT;
CREATE UNIQUE INDEX office_held ON office (person_id, kind) WHERE until IS NULL;

-- Mail in and out (queue/)

CREATE TABLE mail ( -- as it came by LMTP, never changed
    id            INTEGER PRIMARY KEY,
    received_at   INTEGER NOT NULL,
    envelope_from TEXT NOT NULL,    -- '' for <>
    is_utf8       INTEGER NOT NULL, -- needs SMTPUTF8
    is_8bit       INTEGER NOT NULL, -- needs 8BITMIME
    size          INTEGER NOT NULL,
    data          BLOB NOT NULL
) STRICT;

CREATE TABLE inbox ( -- one row for each recipient of a mail
    id         INTEGER PRIMARY KEY,
    mail_id    INTEGER NOT NULL REFERENCES mail (id),
    recipient  TEXT NOT NULL,
    route      TEXT NOT NULL
               CHECK (route IN ('everyone', 'committee', 'tld', 'request', 'confirm', 'bounce', 'owner')),
    detail     TEXT, -- the TLD, the token or the bounce tag
    state      TEXT NOT NULL
               CHECK (state IN ('waiting', 'claimed', 'accepted', 'held', 'kept', 'forwarded',
                                'confirmed', 'refused', 'dropped', 'quarantined')),
    attempts   INTEGER NOT NULL, -- claims that were not given back
    due_at     INTEGER NOT NULL, -- when it waits: not before
    claimed_by TEXT,
    reason     TEXT, -- why it is in this state, for people
    waits_for  TEXT CHECK (waits_for IN ('confirmation', 'secretariat')), -- of held mail
    sender     TEXT, -- address of From, once read
    person_id  INTEGER REFERENCES person (id) ON DELETE SET NULL, -- whom that address belongs to
    evidence   TEXT, -- what showed that the sender is the sender
    tlp        TEXT,
    subject    TEXT,
    header_id  TEXT, -- Message-ID without brackets
    decided_at INTEGER,
    decided_by TEXT
) STRICT;
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting';
CREATE INDEX inbox_claimed ON inbox (claimed_by) WHERE state = 'claimed';
CREATE INDEX inbox_open ON inbox (state, id) WHERE state IN ('held', 'quarantined');
CREATE INDEX inbox_header_id ON inbox (header_id) WHERE header_id IS NOT NULL;
CREATE INDEX inbox_mail ON inbox (mail_id);
CREATE INDEX inbox_person ON inbox (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE message ( -- what goes out, once for all its copies
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('post', 'roster', 'confirmation', 'notice', 'forward')),
    bounces    INTEGER NOT NULL CHECK (bounces IN (0, 1)), -- 0: the envelope sender is <>
    is_utf8    INTEGER NOT NULL,
    is_8bit    INTEGER NOT NULL,
    subject    TEXT,
    created_at INTEGER NOT NULL,
    data       BLOB NOT NULL
) STRICT;
CREATE INDEX message_automatic ON message (created_at) WHERE kind IN ('confirmation', 'notice');

CREATE TABLE delivery ( -- one copy of one message to one address
    id          INTEGER PRIMARY KEY,
    message_id  INTEGER NOT NULL REFERENCES message (id),
    address     TEXT NOT NULL,
    state       TEXT NOT NULL
                CHECK (state IN ('waiting', 'claimed', 'sent', 'refused', 'expired', 'cancelled')),
    attempts    INTEGER NOT NULL,
    uncertain   INTEGER NOT NULL, -- attempts whose last dot was never answered
    due_at      INTEGER NOT NULL,
    claimed_by  TEXT,
    finished_at INTEGER,
    reply       TEXT -- the relay's last answer
) STRICT;
CREATE INDEX delivery_due ON delivery (due_at, id) WHERE state = 'waiting';
CREATE INDEX delivery_claimed ON delivery (claimed_by) WHERE state = 'claimed';
CREATE INDEX delivery_message ON delivery (message_id);

-- Posts (alert/)

CREATE TABLE post (
    id         INTEGER PRIMARY KEY,
    inbox_id   INTEGER NOT NULL UNIQUE REFERENCES inbox (id),
    message_id INTEGER NOT NULL REFERENCES message (id),
    audience   TEXT NOT NULL, -- 'everyone', 'committee', 'tld:ca'
    person_id  INTEGER REFERENCES person (id) ON DELETE SET NULL,
    tlp        TEXT,
    posted_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX post_person ON post (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE confirmation (
    id         INTEGER PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    inbox_id   INTEGER NOT NULL REFERENCES inbox (id), -- the held post
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE TABLE answered ( -- who got an automatic answer on which day, so that nobody gets two
    key  TEXT NOT NULL, -- address_key
    kind TEXT NOT NULL,
    day  INTEGER NOT NULL, -- days since 1970 UTC
    PRIMARY KEY (key, kind, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE announced ( -- waiting mail that the secretariat has been told of
    inbox_id     INTEGER NOT NULL PRIMARY KEY REFERENCES inbox (id),
    decided_at   INTEGER NOT NULL, -- that of the inbox: what comes to wait once more is news
    announced_at INTEGER NOT NULL
) STRICT;

-- Rosters (directory/roster)

CREATE TABLE roster (
    id         INTEGER PRIMARY KEY,
    due_on     TEXT UNIQUE, -- the day it was due, as 2026-11-15; NULL if sent by hand
    sent_at    INTEGER NOT NULL,
    contacts   INTEGER NOT NULL, -- lines
    tlds       INTEGER NOT NULL,
    changes    INTEGER NOT NULL, -- since the roster before
    message_id INTEGER NOT NULL REFERENCES message (id)
) STRICT;

CREATE TABLE roster_since ( -- before this nothing is due: the first start of a worker
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE roster_line ( -- of the last roster only, to tell what changed since
    tld       TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    rank      INTEGER NOT NULL,
    name      TEXT NOT NULL, -- this and the rest: as shown, '' for none
    mobile    TEXT NOT NULL,
    "primary" TEXT NOT NULL,
    secondary TEXT NOT NULL,
    PRIMARY KEY (tld, person_id)
) STRICT, WITHOUT ROWID;

-- Authorities at IANA (membership/)

CREATE TABLE authority ( -- what is believed of a TLD's entry at IANA
    tld                         TEXT NOT NULL PRIMARY KEY REFERENCES tld (a_label) ON DELETE CASCADE,
    status                      TEXT, -- in lower case: 'active', 'former', 'not assigned'
    organisation                TEXT, -- the manager; several lines are one text, here and below
    address                     TEXT,
    dnssec                      TEXT, -- 'signed', 'unsigned'; NULL: IANA did not say
    ds_count                    INTEGER NOT NULL,
    created_at                  INTEGER, -- the days that IANA gives
    changed_at                  INTEGER,
    administrative_name         TEXT,
    administrative_organisation TEXT,
    administrative_address      TEXT,
    administrative_phone        TEXT,
    administrative_fax          TEXT,
    administrative_email        TEXT,
    technical_name              TEXT,
    technical_organisation      TEXT,
    technical_address           TEXT,
    technical_phone             TEXT,
    technical_fax               TEXT,
    technical_email             TEXT,
    -- how the e-mail addresses came to be believed, and what may replace them (authority_judge.h)
    administrative_trust        TEXT NOT NULL
                                CHECK (administrative_trust IN ('none', 'agreed', 'repeated', 'accepted', 'disputed')),
    administrative_pending      INTEGER NOT NULL CHECK (administrative_pending IN (0, 1)),
    administrative_candidate    TEXT,
    administrative_since        INTEGER, -- when the candidate was first seen
    technical_trust             TEXT NOT NULL
                                CHECK (technical_trust IN ('none', 'agreed', 'repeated', 'accepted', 'disputed')),
    technical_pending           INTEGER NOT NULL CHECK (technical_pending IN (0, 1)),
    technical_candidate         TEXT,
    technical_since             INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE authority_source ( -- the last answer of each server
    tld      TEXT NOT NULL REFERENCES tld (a_label) ON DELETE CASCADE,
    source   TEXT NOT NULL CHECK (source IN ('whois', 'rdap')),
    asked_at INTEGER NOT NULL,
    failure  TEXT, -- why the answer to that could not be read; NULL if it was
    read_at  INTEGER, -- when one was read last; NULL: never
    answer   BLOB, -- that one, as it came
    PRIMARY KEY (tld, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE authority_change ( -- what became different at IANA
    id        INTEGER PRIMARY KEY,
    tld       TEXT NOT NULL,
    at        INTEGER NOT NULL,
    field     TEXT NOT NULL, -- a column of authority
    weighty   INTEGER NOT NULL CHECK (weighty IN (0, 1)), -- it says who speaks for the TLD
    old_value TEXT,
    new_value TEXT,
    seen_at   INTEGER, -- NULL: the secretariat has not said that it knows
    seen_by   TEXT
) STRICT;
CREATE INDEX authority_change_tld ON authority_change (tld);
CREATE INDEX authority_change_unseen ON authority_change (id) WHERE seen_at IS NULL;

CREATE TABLE authority_run ( -- asking IANA about all TLDs: one at a time, whoever does it
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    owner     TEXT, -- who is at it; NULL: nobody
    alive_at  INTEGER, -- its last sign of life
    done_at   INTEGER, -- when one came to its end; NULL: never
    failed_at INTEGER, -- when one came to nothing, since then; NULL: none
    failure   TEXT
) STRICT;
