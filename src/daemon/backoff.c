#include "daemon/backoff.h"

#include <glib.h>

int64_t backoff_next(Backoff *backoff, int64_t lasted_ms)
{
    if (lasted_ms >= backoff->stable_ms)
        backoff->gap_ms = 0;
    backoff->gap_ms = CLAMP(backoff->gap_ms * 2, backoff->min_ms, backoff->max_ms);
    return backoff->gap_ms;
}
