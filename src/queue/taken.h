/* What a procedure has made of a mail that it took: how the mail's row in the inbox is to be
 * decided. */
#pragma once

#include "queue/inbox.h"

/* To be cleared. */
typedef struct {
    InboxState state;
    char *reason;      /* for people: without personal data of others */
    int64_t person_id; /* of the sender; 0 if nobody is recognised */
    char *evidence;    /* what counted as such; NULL: nothing */
} Taken;

static inline void taken_clear(Taken *taken)
{
    g_clear_pointer(&taken->reason, g_free);
    g_clear_pointer(&taken->evidence, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Taken, taken_clear)
