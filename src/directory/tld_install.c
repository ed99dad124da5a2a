/* Reading share/data/tlds*.tsv into the store. */
#include <string.h>

#include "base/err.h"
#include "directory/tld.h"

/* Called with the fields of one line; an empty one is NULL. */
typedef bool (*LineFunc)(Db *db, char **fields, GError **err);

typedef struct {
    const char *name;
    guint columns;
    LineFunc install;
} Table;

static bool install_tld(Db *db, char **fields, GError **err)
{
    return db_run(
        db,
        "INSERT INTO tld (a_label, u_label, iso3166, name, kind, region, organisation, note)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (a_label) DO UPDATE SET u_label = $2, iso3166 = $3, name = $4,"
        " kind = $5, note = $8",
        DB_ARGS(db_text(fields[0]), db_text(fields[1]), db_text(fields[2]), db_text(fields[3]),
                db_text(fields[4]), db_text(fields[5]), db_text(fields[6]), db_text(fields[7])),
        NULL, err);
}

static bool install_absent(Db *db, char **fields, GError **err)
{
    return db_run(
        db, "INSERT INTO tld_absent (code, name, status, note) VALUES ($1, $2, $3, $4)",
        DB_ARGS(db_text(fields[0]), db_text(fields[1]), db_text(fields[2]), db_text(fields[3])),
        NULL, err);
}

static const Table TLDS = { "tlds.tsv", 8, install_tld };
static const Table ABSENT = { "tlds-not-delegated.tsv", 4, install_absent };

static bool install_line(Db *db, const Table *table, const char *line, GError **err)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    if (g_strv_length(fields) != table->columns)
        return err_set(err, ERR_INTERNAL, "%s: a line has %u columns instead of %u",
                       table->name, g_strv_length(fields), table->columns);

    g_autofree char **values = g_new0(char *, table->columns);
    for (guint i = 0; i < table->columns; i++)
        values[i] = *fields[i] != '\0' ? fields[i] : NULL;
    return table->install(db, values, err);
}

/* Installs every line of a file but its heading; *ret_keys gets the first columns. */
static bool install_table(Db *db, const Table *table, const char *share, GHashTable *keys,
                          GError **err)
{
    g_autofree char *path = g_build_filename(share, "data", table->name, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, err))
        return false;

    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++) {
        if (*lines[i] == '\0')
            continue;
        if (!install_line(db, table, lines[i], err))
            return false;
        g_hash_table_add(keys, g_strndup(lines[i], strcspn(lines[i], "\t")));
    }
    return true;
}

static bool remove_others(Db *db, GHashTable *keys, GError **err)
{
    g_autoptr(GPtrArray) tlds = tld_list(db, TLD_MISSING, NULL, err);
    if (tlds == NULL)
        return false;

    for (guint i = 0; i < tlds->len; i++) {
        const Tld *tld = tlds->pdata[i];
        if (!g_hash_table_contains(keys, tld->a_label) &&
            !db_run(db, "DELETE FROM tld WHERE a_label = $1", DB_ARGS(db_text(tld->a_label)),
                    NULL, err))
            return false;
    }
    return true;
}

bool tld_install(Db *db, const char *share, GError **err)
{
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(DbTransaction) transaction = db_begin(db, err);

    return transaction != NULL && install_table(db, &TLDS, share, keys, err) &&
           remove_others(db, keys, err) &&
           db_run(db, "DELETE FROM tld_absent", DB_NO_ARGS, NULL, err) &&
           install_table(db, &ABSENT, share, keys, err) && db_commit(&transaction, err);
}
