/* What a backup says of itself, in two tables beside those of the store: where it comes from,
 * and the contents of each table as they were read when it was made. */
#pragma once

#include "store/contents.h"

typedef struct {
    int64_t created_at;   /* when the reading began: everything committed before is in it */
    char *program;        /* version of the program that made it */
    int64_t version;      /* of the store */
    char *source;         /* db_kind of the store */
    int64_t journal_rows; /* what the head of the journal counted */
    GBytes *journal_head; /* and its hash */
    GBytes *seal;         /* a digest of all that this and the contents say */
} Origin;

void origin_free(Origin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Origin, origin_free)

/* Makes the two tables. */
bool manifest_create(Db *db, GError **err);

/* Fills them in: the journal's head is that of the store they stand in. */
bool manifest_write(Db *db, const char *source, const GPtrArray *contents, int64_t created_at,
                    GError **err);

/* Only where it comes from. Fails with ERR_INVALID unless that is there. */
bool manifest_read_origin(Db *db, Origin **ret_origin, GError **err);

/* The contents too (TableContents *). Fails with ERR_INVALID unless everything agrees with the
 * seal. */
bool manifest_read(Db *db, Origin **ret_origin, GPtrArray **ret_contents, GError **err);
