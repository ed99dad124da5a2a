/* How much waits in the queues, and since when: numbers without anybody's name. */
#pragma once

#include "store/db.h"

typedef enum {
    DEPTH_INBOX_WAITING,
    DEPTH_INBOX_CLAIMED,
    DEPTH_INBOX_HELD,
    DEPTH_INBOX_QUARANTINED,
    DEPTH_OUTBOX_DUE,   /* to be sent now */
    DEPTH_OUTBOX_LATER, /* to be tried again */
    DEPTH_OUTBOX_CLAIMED,
    DEPTHS,
} DepthKind;

typedef struct {
    int64_t count;     /* rows */
    int64_t oldest_at; /* when the mail came, or the message was made; 0 if there is none */
} Depth;

/* As it is shown: "inbox" and "waiting", ... */
const char *depth_queue(DepthKind kind);
const char *depth_state(DepthKind kind);

/* Reads all of them, of one moment. */
bool depth_read(Db *db, int64_t now, Depth ret_depths[DEPTHS], GError **err);
