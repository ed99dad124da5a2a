/* Assessing: gathers what the policy has to know about one mail and lets it decide. Reads the
 * store and changes nothing, so that `muster mail explain` says what the worker would do. */
#pragma once

#include "alert/policy.h"
#include "directory/audience.h"
#include "directory/contact.h"
#include "mail/evidence.h"
#include "mail/tlp.h"
#include "queue/work.h"

typedef struct {
    const Mailbox *author; /* borrowed from the message; NULL unless it has exactly one */
    Recognised *sender;    /* who that is, or the envelope sender; NULL: nobody we know */
    Evidence evidence;     /* as our mail server found it */
    const char *proof;     /* what counts as evidence here; NULL: nothing. Borrowed */
    TlpLabel tlp;
    TlpNotice tlp_notice;
    Audience audience;       /* of a post; its kind is NULL if there is none */
    int64_t readers;         /* addresses that a post goes to; 0 if it is none */
    GBytes *head;            /* of the copy that would go out; NULL if there can be none */
    size_t body_offset;      /* where the body starts in the mail */
    char *damage;            /* why there can be no copy; NULL if there can */
    char *answer_to;         /* canonical address that an automatic answer would go to */
    int64_t held_id;         /* of ROUTE_CONFIRM: the row that waits; 0 if none */
    int64_t confirmation_id; /* 0 if none */
    AnswerSays says;         /* of ROUTE_CONFIRM */
    Verdict verdict;
} Assessment;

void assessment_free(Assessment *assessment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Assessment, assessment_free)

/* Assesses a row of the inbox; one that is not in the store has the id 0. message is NULL if
 * the mail could not be read, and unreadable then says why. Both are borrowed by the result. */
bool assess(const Work *work, const InboxItem *item, const Message *message,
            const char *unreadable, Assessment **ret_assessment, GError **err);

/* For people: "secondary address of Jane Doe, .xx". */
char *assess_recognised(const Recognised *sender);
