/* Who must say yes before a request takes effect: one table of rules, by what is asked for, who
 * asks, who was in copy, and what shows that the mail is true. A pure decision, so that
 * `muster request policy` prints what the worker goes by. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a request asks for (R53). */
typedef enum {
    REQUEST_JOIN,   /* a TLD's first contacts */
    REQUEST_ADD,    /* contacts more */
    REQUEST_CHANGE, /* what is on file of a contact */
    REQUEST_REMOVE, /* a contact */
    REQUEST_LEAVE,  /* the TLD, with all its contacts */
} RequestKind;

#define REQUEST_KINDS 5

/* "join", "add", "change", "remove", "leave" */
const char *request_kind_name(RequestKind kind);
bool request_kind_parse(const char *name, RequestKind *ret_kind);

/* Who asks, to the TLD. Each but the last two is known by the address that the mail came from.
 */
typedef enum {
    ASKER_ADMINISTRATIVE, /* the administrative contact at IANA */
    ASKER_TECHNICAL,      /* the technical contact at IANA */
    ASKER_SELF,           /* a contact, and it is about nobody but that person */
    ASKER_COLLEAGUE,      /* another contact of the TLD */
    ASKER_OTHER,          /* anybody else */
    ASKER_SECRETARIAT,    /* the secretariat, by command */
} Asker;

#define ASKERS 6

/* "administrative", "technical", "self", "colleague", "other", "secretariat" */
const char *asker_name(Asker asker);
bool asker_parse(const char *name, Asker *ret_asker);

/* Whether they may be told what is on file of the TLD: answers go to their address, which is on
 * file or IANA's, whoever wrote. To anybody else a word too much gives the directory away, mail
 * by mail. */
bool asker_is_insider(Asker asker);

/* What a request needs: a set of these bits. */
typedef enum {
    NEED_AUTHORITY = 1 << 0, /* a yes from the address that IANA publishes as administrative */
    NEED_OBJECTION = 1 << 1, /* that address is told, and has days to say no */
    NEED_OWNER = 1 << 2,     /* a yes from the address that is on file */
    NEED_DECISION = 1 << 3,  /* a yes of the committee */
    NEED_SECRETARIAT = 1 << 4, /* a look by the secretariat */
    NEED_ADDRESS = 1 << 5,     /* a yes from each new address */
    NEED_PHONE = 1 << 6,       /* a code over the mobile phone */
} RequestNeedBit;

#define NEEDS 7

/* "authority", "objection", "owner", "decision", "secretariat", "address", "phone" */
const char *need_name(RequestNeedBit need);
bool need_parse(const char *name, RequestNeedBit *ret_need);

/* What is known of a request. */
typedef struct {
    RequestKind kind;
    Asker asker;
    bool has_evidence;      /* the mail is from where it says */
    bool is_copied;         /* the administrative contact's address was among its recipients */
    bool moves_address;     /* of a change: another primary address (R52) */
    bool adds_address;      /* an address that is not on file */
    bool adds_secondary;    /* a secondary address that is not on file (R88, R89) */
    bool is_grey;           /* an address that may not be one person's (R77, R78) */
    bool is_unread;         /* a name and an address in scripts that cannot be compared */
    bool has_likeness;      /* an address that looks like one on file */
    bool is_shared;         /* about somebody who speaks for other TLDs or the committee too,
                             * and of whom nothing shows that it was they who asked */
    bool is_another;        /* of a change: a name that has nothing of the one on file */
    bool leaves_nobody;     /* afterwards the TLD has no contact */
    bool technical_may_ask; /* the switch of the policy (R58 to R61) */
    bool silence_consents;  /* objection-days is set (R56) */
} PolicyRequest;

#define POLICY_WAYS 2

typedef struct {
    const char *rule; /* the rule's name */
    const char *why;  /* for people */
    /* Ways to be allowed: of these sets of needs one must be met as a whole; a way of no needs
     * is met by the mail itself. n_ways is at least 1. */
    unsigned ways[POLICY_WAYS];
    size_t n_ways;
    unsigned always; /* needs that have to be met in any case, once it is allowed */
} PolicyNeeds;

/* The first rule that fits. */
PolicyNeeds request_policy(const PolicyRequest *request);

/* The table for people, a row for each rule, in the order in which they are tried: which kinds
 * and askers it is for, on which conditions, and what it needs. To be freed. Rules with an
 * empty kinds text say what is needed beside. */
typedef struct {
    const char *rule;
    char *kinds;
    char *askers;
    char *conditions; /* "evidence, administrative contact in copy"; "" for none */
    char *needs;      /* "owner, or authority and phone"; "nothing more" */
    const char *why;
} PolicyRow;

void policy_row_free(PolicyRow *row);

/* PolicyRow* */
GPtrArray *request_policy_rows(void);
