/* What the functions work with that decide about mail or do what is due. */
#pragma once

#include "base/config.h"
#include "store/db.h"

/* Everything is borrowed. */
typedef struct {
    Db *db;
    const Config *config;
    const char *share; /* see paths_share */
    const char *actor; /* for the journal: "cli:USER", "worker" */
    int64_t now;       /* seconds since 1970 UTC */
} Work;
