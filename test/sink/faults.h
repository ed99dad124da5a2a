/* What the sink does wrong on purpose, so that a test sees how its client copes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    AT_CONNECT, /* before the banner */
    AT_EHLO,
    AT_MAIL,
    AT_RCPT,
    AT_DATA,
    AT_BODY,   /* the first bytes of the message have come */
    AT_DOT,    /* the message has come and is not accepted yet */
    AT_ACCEPT, /* the message is accepted and logged, the reply not yet sent */
    AT_RSET,
    AT_QUIT,
} Moment;

typedef enum {
    FAULT_REPLY,    /* say this instead of going on */
    FAULT_CLOSE,    /* close the connection instead of a reply */
    FAULT_SILENT,   /* never say anything again */
    FAULT_SLOW,     /* go on, but a byte of the replies in a second */
    FAULT_GREYLIST, /* refuse each pair of sender and recipient while it is new */
} FaultKind;

typedef struct {
    Moment moment;
    FaultKind kind;
    char *substring; /* of the address; "" is in all of them */
    unsigned first;  /* which of the matches are hit, counted from 1 */
    unsigned last;
    unsigned matches; /* so far */
    char *reply;      /* of FAULT_REPLY and FAULT_GREYLIST, without CRLF */
    int64_t grey_s;   /* how long a pair is new; 0: until it comes again */
    GHashTable *seen; /* of FAULT_GREYLIST: pair -> when it first came, int64_t */
} Fault;

/* What a fault may hit. */
typedef struct {
    Moment moment;
    const char *sender;  /* of the mail, once it is known; else "" */
    const char *address; /* at AT_MAIL the sender, after it the first or the new recipient */
    int64_t now;         /* seconds since 1970 UTC */
} Occasion;

void fault_free(Fault *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fault, fault_free)

/* Reads "MOMENT[/SUBSTRING][#FIRST[-LAST]]=ACTION": an action is "close", "silent", "slow",
 * "greylist", "greylist SECONDS" or a reply such as "550 5.1.1 No such user". NULL if that is
 * not what the text is. */
Fault *fault_parse(const char *text);

/* Counts a match, and returns the first fault that hits: borrowed, NULL if none does. */
const Fault *faults_find(GPtrArray *faults, const Occasion *occasion);
