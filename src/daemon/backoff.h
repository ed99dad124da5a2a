/* Growing gaps between attempts at something that fails, in milliseconds. */
#pragma once

#include <stdint.h>

typedef struct {
    int64_t min_ms;    /* the first gap; each is twice the one before */
    int64_t max_ms;    /* the longest */
    int64_t stable_ms; /* what lasted so long starts from the first gap again */
    int64_t gap_ms;    /* the last gap; 0 at first */
} Backoff;

/* The gap after something ended that had lasted for so long. */
int64_t backoff_next(Backoff *backoff, int64_t lasted_ms);
