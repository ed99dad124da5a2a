#include "store/manifest.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "store/migrate.h"

static const char TABLES[] =
    "CREATE TABLE backup_origin ("
    " id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),"
    " created_at INTEGER NOT NULL, program TEXT NOT NULL, version INTEGER NOT NULL,"
    " source TEXT NOT NULL, journal_rows INTEGER NOT NULL, journal_head BLOB NOT NULL,"
    " seal BLOB NOT NULL) STRICT;"
    "CREATE TABLE backup_content ("
    " position INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " rows INTEGER NOT NULL, last_id INTEGER NOT NULL, digest BLOB NOT NULL) STRICT";

#define ORIGIN_COLUMNS "created_at, program, version, source, journal_rows, journal_head, seal"

static const DbField ORIGIN_FIELDS[] = {
    DB_FIELD(Origin, created_at),   DB_FIELD(Origin, program),
    DB_FIELD(Origin, version),      DB_FIELD(Origin, source),
    DB_FIELD(Origin, journal_rows), DB_FIELD(Origin, journal_head),
    DB_FIELD(Origin, seal),
};

static const DbRecord ORIGIN_RECORD = {
    .size = sizeof(Origin),
    .free = (GDestroyNotify) origin_free,
    .fields = ORIGIN_FIELDS,
    .n_fields = G_N_ELEMENTS(ORIGIN_FIELDS),
};

static const DbField CONTENT_FIELDS[] = {
    DB_FIELD(TableContents, name),
    DB_FIELD(TableContents, rows),
    DB_FIELD(TableContents, last_id),
    DB_FIELD(TableContents, digest),
};

static const DbRecord CONTENT_RECORD = {
    .size = sizeof(TableContents),
    .free = (GDestroyNotify) table_contents_free,
    .fields = CONTENT_FIELDS,
    .n_fields = G_N_ELEMENTS(CONTENT_FIELDS),
};

void origin_free(Origin *origin)
{
    if (origin == NULL)
        return;
    g_free(origin->program);
    g_free(origin->source);
    g_clear_pointer(&origin->journal_head, g_bytes_unref);
    g_clear_pointer(&origin->seal, g_bytes_unref);
    g_free(origin);
}

bool manifest_create(Db *db, GError **err)
{
    return db_run_script(db, TABLES, err);
}

/* As of a table with these rows. */
static GBytes *seal_of(const Origin *origin, const GPtrArray *contents)
{
    Digest digest = { .rows = 0 };
    digest_add(&digest,
               (const DbValue[]){ db_int(origin->created_at), db_text(origin->program),
                                  db_int(origin->version), db_text(origin->source),
                                  db_int(origin->journal_rows),
                                  db_bytes(origin->journal_head) },
               6);
    for (guint i = 0; i < contents->len; i++) {
        const TableContents *table = contents->pdata[i];
        digest_add(&digest,
                   (const DbValue[]){ db_int(i), db_text(table->name), db_int(table->rows),
                                      db_int(table->last_id), db_bytes(table->digest) },
                   5);
    }
    return digest_bytes(&digest);
}

static bool write_content(Db *db, int64_t position, const TableContents *contents, GError **err)
{
    return db_run(db,
                  "INSERT INTO backup_content (position, name, rows, last_id, digest)"
                  " VALUES ($1, $2, $3, $4, $5)",
                  DB_ARGS(db_int(position), db_text(contents->name), db_int(contents->rows),
                          db_int(contents->last_id), db_bytes(contents->digest)),
                  NULL, err);
}

static bool write_origin(Db *db, const Origin *origin, GError **err)
{
    return db_run(db,
                  "INSERT INTO backup_origin (id, " ORIGIN_COLUMNS ")"
                  " VALUES (1, $1, $2, $3, $4, $5, $6, $7)",
                  DB_ARGS(db_int(origin->created_at), db_text(origin->program),
                          db_int(origin->version), db_text(origin->source),
                          db_int(origin->journal_rows), db_bytes(origin->journal_head),
                          db_bytes(origin->seal)),
                  NULL, err);
}

/* An origin without its seal, as SQL gives it. */
static Origin *new_origin(Db *db, const char *source, int64_t created_at, GError **err)
{
    g_autoptr(GPtrArray)
        found = db_select(db, &ORIGIN_RECORD,
                          "SELECT $1 AS created_at, $2 AS program, $3 AS version, $4 AS source,"
                          " seq AS journal_rows, hash AS journal_head, NULL AS seal"
                          " FROM journal_head WHERE id = 1",
                          DB_ARGS(db_int(created_at), db_text(MUSTER_VERSION),
                                  db_int(STORE_VERSION), db_text(source)),
                          err);
    if (found == NULL)
        return NULL;
    if (found->len == 0) {
        err_set(err, ERR_INTERNAL, "the journal has no head");
        return NULL;
    }
    return g_ptr_array_steal_index(found, 0);
}

bool manifest_write(Db *db, const char *source, const GPtrArray *contents, int64_t created_at,
                    GError **err)
{
    g_autoptr(Origin) origin = new_origin(db, source, created_at, err);
    if (origin == NULL)
        return false;
    origin->seal = seal_of(origin, contents);
    if (!write_origin(db, origin, err))
        return false;
    for (guint i = 0; i < contents->len; i++) {
        if (!write_content(db, i, contents->pdata[i], err))
            return false;
    }
    return true;
}

bool manifest_read_origin(Db *db, Origin **ret_origin, GError **err)
{
    g_autoptr(GPtrArray) found = db_select(
        db, &ORIGIN_RECORD, "SELECT " ORIGIN_COLUMNS " FROM backup_origin LIMIT 2", DB_NO_ARGS,
        err);
    if (found == NULL)
        return false;
    if (found->len != 1)
        return err_set(err, ERR_INVALID, "it does not say where it comes from");
    const Origin *origin = found->pdata[0];
    if (origin->program == NULL || origin->source == NULL)
        return err_set(err, ERR_INVALID, "it does not say where it comes from");
    *ret_origin = g_ptr_array_steal_index(found, 0);
    return true;
}

static bool is_whole(const GPtrArray *contents)
{
    for (guint i = 0; i < contents->len; i++) {
        const TableContents *table = contents->pdata[i];
        if (table->name == NULL || table->digest == NULL)
            return false;
    }
    return true;
}

bool manifest_read(Db *db, Origin **ret_origin, GPtrArray **ret_contents, GError **err)
{
    g_autoptr(Origin) origin = NULL;
    if (!manifest_read_origin(db, &origin, err))
        return false;
    g_autoptr(GPtrArray)
        contents = db_select(db, &CONTENT_RECORD,
                             "SELECT name, rows, last_id, digest FROM backup_content"
                             " ORDER BY position LIMIT $1",
                             DB_ARGS(db_int(BACKUP_TABLES_MAX)), err);
    if (contents == NULL)
        return false;

    g_autoptr(GBytes) seal = is_whole(contents) ? seal_of(origin, contents) : NULL;
    if (seal == NULL || origin->seal == NULL || !g_bytes_equal(seal, origin->seal))
        return err_set(err, ERR_INVALID, "what it says of itself was changed");
    *ret_origin = g_steal_pointer(&origin);
    *ret_contents = g_steal_pointer(&contents);
    return true;
}
