/* Requests: joining, adding, changing, removing and leaving, on their way through the
 * procedure. What is kept of a request, and nothing that decides: see request_policy.h for what
 * it needs, request_step.h for how it goes on. */
#pragma once

#include "membership/request_policy.h"
#include "queue/work.h"

typedef enum {
    REQUEST_INCOMPLETE,  /* fields are missing */
    REQUEST_AUTHORITY,   /* somebody who may has to allow it */
    REQUEST_ADDRESS,     /* a new address has to prove itself */
    REQUEST_PHONE,       /* a code has to come back */
    REQUEST_DECISION,    /* the committee has to decide */
    REQUEST_SECRETARIAT, /* people have to look at it, or it is parked */
    REQUEST_DONE,
    REQUEST_REFUSED,
    REQUEST_EXPIRED,
    REQUEST_WITHDRAWN,
} RequestState;

/* "incomplete", "authority" ... */
const char *request_state_name(RequestState state);
bool request_state_parse(const char *name, RequestState *ret_state);
bool request_state_is_open(RequestState state);

/* The same for SQL, as a list for IN. */
#define REQUEST_SQL_ENDED "('done', 'refused', 'expired', 'withdrawn')"

/* A plain value; strings are owned by the struct, NULL means none. */
typedef struct {
    int64_t number;
    char *kind_name;
    RequestKind kind;
    char *tld;     /* A-label */
    char *u_label; /* for people */
    char *state_name;
    RequestState state;
    int64_t since; /* in this state, seconds since 1970 UTC */
    char *asker_name;
    Asker asker;
    char *requester;   /* canonical address that receipts go to; NULL: the secretariat */
    int64_t person_id; /* of the requester; 0 if not on file */
    char *evidence;
    bool is_copied;
    char *language; /* BCP 47 */
    char *rule;     /* of the policy; NULL while incomplete */
    int64_t created_at;
    int64_t next_at;    /* 0: nothing falls due by itself */
    int64_t expires_at; /* 0: never */
    int64_t reminders;
    char *assigned_to;
    char *parked; /* why it rests */
    char *reason; /* how it ended */
} Request;

void request_free(Request *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Request, request_free)

/* By its number. *ret_request is NULL if there is none. */
bool request_find(Db *db, int64_t number, Request **ret_request, GError **err);

/* The same; ERR_NOT_FOUND if there is none. */
bool request_get(Db *db, int64_t number, Request **ret_request, GError **err);

/* Which ones; 0 and NULL leave a condition out. */
typedef struct {
    const char *state; /* a name of a state; NULL: all that are open, unless is_all */
    bool is_all;
    const char *tld; /* A-label */
    int64_t limit;   /* at least 1 */
} RequestFilter;

/* Oldest first. */
GPtrArray *request_list(Db *db, const RequestFilter *filter, GError **err);

/* Stores a new one; number, state and times are set in the struct. Within the caller's
 * transaction, as all that follows. */
bool request_insert(Db *db, Request *request, GError **err);

/* How many were opened since by mails of an address (canonical; spelled in any way). */
bool request_count_of(Db *db, const char *requester, int64_t since, int64_t *ret_count,
                      GError **err);

/* How many of a TLD (A-label) are open. */
bool request_count_open(Db *db, const char *tld, int64_t *ret_count, GError **err);

/* How many mails came since about one. */
bool request_count_mails(Db *db, int64_t number, int64_t since, int64_t *ret_count,
                         GError **err);

/* How many letters went out since about requests whose mail nothing showed to be true. */
bool request_count_letters(Db *db, int64_t since, int64_t *ret_count, GError **err);

/* Stores what may change of one: state, since, times, reminders, parked, reason, rule,
 * assigned_to, asker, kind, evidence, is_copied. */
bool request_update(Db *db, const Request *request, GError **err);

/* Gives it, and whoever is asked, so many seconds more: in the struct, which the caller stores,
 * and in the stored needs. */
bool request_extend(Db *db, Request *request, int64_t seconds, GError **err);

/* What is asked for of one contact. */
typedef struct {
    int64_t position;  /* 1, 2, 3 ... */
    int64_t person_id; /* 0: not on file */
    int64_t rank;      /* 0: none was said */
    char *given_name;  /* NULL here and below: not given */
    char *family_name;
    char *mobile; /* as typed */
    char *primary;
    char *secondary;
    char *whose;    /* of a change or a removal: whose entry, as it was named */
    char *problem;  /* what has to be put right */
    bool is_secret; /* ... which tells something of the directory; not stored */
} RequestContact;

void request_contact_free(RequestContact *contact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RequestContact, request_contact_free)

/* "Jane Doe"; "" if no name was given. */
char *request_contact_name(const RequestContact *contact);

/* By position. */
GPtrArray *request_contacts(Db *db, int64_t number, GError **err);

/* Puts these in place of those that were there. */
bool request_set_contacts(Db *db, int64_t number, const GPtrArray *contacts, GError **err);

typedef enum {
    NEED_STATE_WAITING,    /* its turn has not come */
    NEED_STATE_ASKED,      /* an answer is waited for */
    NEED_STATE_MET,        /* a yes */
    NEED_STATE_REFUSED,    /* a no */
    NEED_STATE_OVERRIDDEN, /* the secretariat went over it */
    NEED_STATE_EXPIRED,    /* no answer in time */
    NEED_STATE_VOID,       /* not needed any more, or asked of somebody else */
} NeedState;

/* "waiting", "asked", "met", "refused", "overridden", "expired", "void" */
const char *need_state_name(NeedState state);

/* One yes that a request needs. */
typedef struct {
    int64_t id;
    int64_t request_id;
    int64_t way; /* 0: in any case; else one way has to be met as a whole */
    char *kind_name;
    RequestNeedBit kind;
    int64_t position; /* of the contact; 0: the whole request */
    char *subject;    /* the address or number that is asked; the decision's number */
    char *state_name;
    NeedState state;
    char *code_hash; /* of the code that was sent another way */
    int64_t tries;
    int64_t asked_at;   /* 0: not yet */
    int64_t expires_at; /* 0: never */
    int64_t settled_at; /* 0: not yet */
    char *settled_by;
    char *about; /* what is to be decided or looked at; NULL: the request */
    char *why;   /* why it cannot be asked now; NULL: it can */
} RequestNeed;

void request_need_free(RequestNeed *need);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RequestNeed, request_need_free)

/* Whether it is settled with a yes. */
bool request_need_is_met(const RequestNeed *need);

/* Whether it is the administrative contact who is asked. */
bool request_need_is_of_authority(const RequestNeed *need);

/* All of a request, in the order in which they came about. */
GPtrArray *request_needs(Db *db, int64_t number, GError **err);

/* Stores a new token for answers to it, and gives it: *ret_token stands in the mail only. The
 * ones before stay good. */
bool request_need_new_token(Db *db, int64_t need_id, char **ret_token, GError **err);

/* Takes all tokens away: no answer counts any more. */
bool request_need_drop_tokens(Db *db, int64_t need_id, GError **err);

/* By a token as it stood in an address; *ret_need is NULL if nobody knows it. */
bool request_need_find_token(Db *db, const char *token, RequestNeed **ret_need, GError **err);

/* Whether the mail server that we give our mail to has taken a letter that asked it. What a
 * server behind that one says later is not known here. */
bool request_need_was_delivered(Db *db, const RequestNeed *need, bool *ret_was, GError **err);

/* Takes it back to NEED_STATE_WAITING, and its tokens away: what was sent counts no more, and
 * it is asked anew when its turn comes. */
bool request_need_ask_again(Db *db, RequestNeed *need, GError **err);

bool request_need_insert(Db *db, RequestNeed *need, GError **err);
bool request_need_update(Db *db, const RequestNeed *need, GError **err);

/* What happened to a request. Everything is borrowed; NULL and 0 mean none. */
typedef struct {
    const char *what;    /* "asked" */
    const char *details; /* for the secretariat: may name people */
    int64_t inbox_id;    /* of the mail that came */
    int64_t message_id;  /* of the mail that went out */
    const char *header_id;
} RequestNote;

/* Adds to the story of a request, and to the journal ("request.asked"): there without details,
 * which may be personal. */
bool request_note(const Work *work, const Request *request, const RequestNote *note,
                  GError **err);

/* Of the story, read back. */
typedef struct {
    int64_t at;
    char *actor;
    char *what;
    char *details;
    int64_t inbox_id;
    int64_t message_id;
    char *header_id;
} RequestEvent;

void request_event_free(RequestEvent *event);

/* Oldest first, REQUEST_EVENTS_MAX at most. */
GPtrArray *request_events(Db *db, int64_t number, GError **err);

/* The request that a mail with this Message-ID belongs to; 0 if none. */
bool request_find_thread(Db *db, const char *header_id, int64_t *ret_number, GError **err);
