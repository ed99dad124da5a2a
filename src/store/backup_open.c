/* Nothing in a backup is believed: whatever it holds, reading it ends with an answer. What
 * stands in its schema is compared before anything of it is used, so SQLite is never asked to
 * run a view or a trigger of somebody else's. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/db_sqlite.h"
#include "store/migrate.h"
#include "store/schema.h"

#define HEADER_SIZE 100 /* bytes of the header of an SQLite file (its file format, 1.3) */

void backup_free(Backup *backup)
{
    if (backup == NULL)
        return;
    db_close(backup->db);
    origin_free(backup->origin);
    g_clear_pointer(&backup->contents, g_ptr_array_unref);
    journal_verdict_clear(&backup->journal);
    g_free(backup);
}

/* The file before SQLite sees it */

static bool fail_open(GError **err)
{
    return err_set(err, err_kind_of_errno(errno), "%s", g_strerror(errno));
}

static bool check_size(const uint8_t *header, int64_t size, GError **err)
{
    int64_t page_size = header[16] << 8 | header[17];
    uint32_t count = 0;
    memcpy(&count, header + 28, sizeof count);
    int64_t want = (page_size == 1 ? 65536 : page_size) * (int64_t) GUINT32_FROM_BE(count);
    return size == want ||
           err_set(err, ERR_INVALID,
                   "it has %" G_GINT64_FORMAT " bytes and should have %" G_GINT64_FORMAT "%s",
                   size, want, size < want ? ": it was cut off" : "");
}

static bool check_header(int fd, int64_t *ret_size, GError **err)
{
    static const char MAGIC[] = "SQLite format 3";
    uint8_t header[HEADER_SIZE];
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_open(err);
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_INVALID, "it is no file");
    if (pread(fd, header, sizeof header, 0) != sizeof header)
        return err_set(err, ERR_INVALID,
                       status.st_size == 0 ? "it is empty" : "it is too short");
    if (memcmp(header, MAGIC, sizeof MAGIC) != 0)
        return err_set(err, ERR_INVALID, "it is something else");
    *ret_size = status.st_size;
    return check_size(header, status.st_size, err);
}

static bool check_file(const char *file, int64_t *ret_size, GError **err)
{
    int fd = open(file,
                  O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe has no writer */
    if (fd < 0)
        return fail_open(err);
    bool is_right = check_header(fd, ret_size, err);
    (void) close(fd);
    return is_right;
}

/* What it says it is */

static bool check_kind(Db *db, GError **err)
{
    bool is_backup = false;
    bool is_store = false;
    if (!db_has_table(db, "backup_origin", &is_backup, err) ||
        !db_has_table(db, "schema_version", &is_store, err))
        return false;
    return is_backup ||
           err_set(err, ERR_INVALID,
                   is_store
                       ? "it is a store and no backup of one; \"muster store copy\" moves it"
                       : "it is no backup made by Muster");
}

static bool check_version(Db *db, GError **err)
{
    g_autoptr(Origin) origin = NULL;
    if (!manifest_read_origin(db, &origin, err))
        return false;
    if (origin->version == STORE_VERSION)
        return true;
    g_autofree char *program = text_printable_max(origin->program, strlen(origin->program),
                                                  BACKUP_SHOWN_MAX);
    return err_set(err, ERR_INVALID,
                   "it has version %" G_GINT64_FORMAT " of the store and this program knows %d:"
                   " restore it with muster %s%s",
                   origin->version, STORE_VERSION, program,
                   origin->version < STORE_VERSION ? ", then run \"muster store upgrade\""
                                                   : "");
}

static bool check_schema(Db *db, Db *model, GError **err)
{
    return manifest_create(model, err) && check_kind(db, err) &&
           schema_check(db, model, "backup_origin", err) && check_version(db, err) &&
           schema_check(db, model, NULL, err);
}

/* What it holds */

static bool check_pages(Db *db, GError **err)
{
    g_autofree char *answer = NULL;
    if (!db_select_text(db, "PRAGMA integrity_check(1)", DB_NO_ARGS, &answer, err))
        return false;
    if (g_strcmp0(answer, "ok") == 0)
        return true;
    g_autofree char *shown = answer != NULL
                                 ? text_printable_max(answer, strlen(answer), BACKUP_SHOWN_MAX)
                                 : NULL;
    return err_set(err, ERR_INVALID, "it is damaged: %s", shown != NULL ? shown : "no answer");
}

static bool check_contents(Backup *backup, const GPtrArray *tables, const Progress *progress,
                           GError **err)
{
    if (!manifest_read(backup->db, &backup->origin, &backup->contents, err))
        return false;
    if (backup->contents->len != tables->len)
        return err_set(err, ERR_INVALID, "what it says of itself was changed");
    g_autoptr(GPtrArray)
        have = contents_read(backup->db, tables, backup->contents, progress, err);
    return have != NULL && contents_check(backup->contents, have, err);
}

static bool verify(Backup *backup, const char *file, const char *share,
                   const Progress *progress, GError **err)
{
    g_autoptr(Db) model = NULL;
    g_autoptr(GPtrArray) tables = NULL;
    if (!table_model(share, &model, err) || (tables = table_list_of(model, err)) == NULL)
        return false;
    return check_file(file, &backup->size, err) &&
           db_sqlite_open_archive(file, &backup->db, err) &&
           check_schema(backup->db, model, err) && check_pages(backup->db, err) &&
           check_contents(backup, tables, progress, err) &&
           journal_verify(backup->db, &backup->journal, err);
}

Backup *backup_open(const char *file, const char *share, const Progress *progress, GError **err)
{
    g_autoptr(Backup) backup = g_new0(Backup, 1);
    g_autoptr(GError) fault = NULL;
    if (verify(backup, file, share, progress, &fault))
        return g_steal_pointer(&backup);

    /* What SQLite calls a damaged store is a file that is wrong and stays wrong. */
    ErrKind kind = err_is(fault, ERR_INTERNAL) ? ERR_INVALID : err_kind(fault);
    err_set(err, kind, "\"%s\" cannot be restored: %s", file, fault->message);
    return NULL;
}
