/* Moving everything that one store holds into another one, of the same or another database.
 *
 * It is one transaction of the target: whatever happens before its commit, a dead machine
 * included, leaves the target as it was. What was written is read back and compared before the
 * commit. */
#pragma once

#include "store/contents.h"
#include "store/journal.h"

typedef struct {
    const char *share;      /* see paths_share */
    const GPtrArray *known; /* contents that the source must have; NULL: not known */
    bool may_replace;       /* what the target holds; else it must hold no person and no mail */
    bool may_have_broken_journal;
    const Progress *progress; /* NULL: nobody looks on */
} TransferOptions;

/* What was moved; to be cleared. */
typedef struct {
    GPtrArray *contents; /* TableContents * */
    JournalVerdict journal;
} Transfer;

void transfer_clear(Transfer *transfer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Transfer, transfer_clear)

/* Both stores must have this program's version. Fails with ERR_EXISTS if the target is in use
 * and may not be replaced, ERR_INVALID if the source is not what is known of it or its journal
 * is broken. The source is read in one view. */
bool transfer_run(Db *from, Db *to, const TransferOptions *options, Transfer *ret_transfer,
                  GError **err);

/* The middle of it, within transactions of the caller: empties the tables (Table *) of the
 * target, puts the rows of the source into them and gives their contents as they were read. */
GPtrArray *transfer_rows(Db *from, Db *to, const GPtrArray *tables, const GPtrArray *known,
                         const Progress *progress, GError **err);
