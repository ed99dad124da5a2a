/* Backups: a whole store in one file that any store can be restored from. The file is an SQLite
 * store with this program's tables, whatever database it comes from, and a manifest beside them
 * (store/manifest.h). */
#pragma once

#include "store/journal.h"
#include "store/manifest.h"

/* A backup that has been verified. */
typedef struct {
    Db *db; /* to read its tables from */
    Origin *origin;
    GPtrArray *contents;    /* TableContents * */
    JournalVerdict journal; /* a journal that was broken in the store is broken here */
    int64_t size;           /* bytes of the file */
} Backup;

void backup_free(Backup *backup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backup, backup_free)

/* Opens a backup and verifies all of it: size and pages, tables, every row against the digests,
 * the journal's chain. Fails with ERR_INVALID, saying what is wrong, unless everything but the
 * journal is right. Nothing in the file is run, and the file is not written to. */
Backup *backup_open(const char *file, const char *share, const Progress *progress,
                    GError **err);

/* Writes a backup of one moment of the store, while others write to the store, and verifies it
 * before it gets its name. Fails with ERR_EXISTS if the file is there. Whatever happens, there
 * is a whole backup of that name or none. */
Backup *backup_write(Db *store, const char *file, const char *share, int64_t now,
                     const Progress *progress, GError **err);
