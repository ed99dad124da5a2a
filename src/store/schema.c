#include "store/schema.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* What SQLite keeps for one table, index, view or trigger. */
typedef struct {
    char *type;
    char *name;
    char *sql; /* NULL for an index that a constraint asked for */
} Item;

static void item_free(Item *item)
{
    g_free(item->type);
    g_free(item->name);
    g_free(item->sql);
    g_free(item);
}

static const DbField ITEM_FIELDS[] = {
    DB_FIELD(Item, type),
    DB_FIELD(Item, name),
    DB_FIELD(Item, sql),
};

static const DbRecord ITEM_RECORD = {
    .size = sizeof(Item),
    .free = (GDestroyNotify) item_free,
    .fields = ITEM_FIELDS,
    .n_fields = G_N_ELEMENTS(ITEM_FIELDS),
};

static GPtrArray *read_items(Db *db, const char *only, GError **err)
{
    return db_select(db, &ITEM_RECORD,
                     "SELECT type, name, sql FROM sqlite_schema"
                     " WHERE $1 IS NULL OR name = $1 ORDER BY type, name LIMIT $2",
                     DB_ARGS(db_text(only), db_int(BACKUP_ITEMS_MAX)), err);
}

/* The end of a text in quotes, or of a comment up to its line's end. */
static const char *skip(const char *at)
{
    const char *end = at[0] == '-' ? strchr(at, '\n') : strchr(at + 1, at[0]);
    return end != NULL ? end + 1 : at + strlen(at);
}

/* The same text for all that differ only in comments and in how they are laid out. */
static char *plain_sql(const char *sql)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    for (const char *at = sql, *end; *at != '\0'; at = end) {
        bool is_comment = at[0] == '-' && at[1] == '-';
        bool is_blank = is_comment || g_ascii_isspace(*at);
        end = is_comment || *at == '\'' || *at == '"' ? skip(at) : at + 1;
        if (!is_blank)
            g_string_append_len(plain, at, end - at);
        else if (plain->len > 0 && plain->str[plain->len - 1] != ' ')
            g_string_append_c(plain, ' ');
    }
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

static bool is_same(const Item *one, const Item *other)
{
    g_autofree char *one_sql = one->sql != NULL ? plain_sql(one->sql) : NULL;
    g_autofree char *other_sql = other->sql != NULL ? plain_sql(other->sql) : NULL;
    return g_strcmp0(one->type, other->type) == 0 && g_strcmp0(one->name, other->name) == 0 &&
           g_strcmp0(one_sql, other_sql) == 0;
}

/* Of two that differ, the one that only one side has; both are sorted. Either may be NULL. */
static const Item *comes_first(const Item *one, const Item *other)
{
    if (one == NULL || other == NULL)
        return one != NULL ? one : other;
    int order = g_strcmp0(one->type, other->type);
    if (order == 0)
        order = g_strcmp0(one->name, other->name);
    return order <= 0 ? one : other;
}

/* The name comes from the file. */
static bool refuse(const Item *item, GError **err)
{
    const char *name = item->name != NULL ? item->name : "?";
    g_autofree char *shown = text_printable_max(name, strlen(name), BACKUP_SHOWN_MAX);
    return err_set(err, ERR_INVALID, "its \"%s\" is not that of this program's tables", shown);
}

bool schema_check(Db *db, Db *model, const char *only, GError **err)
{
    g_autoptr(GPtrArray) have = read_items(db, only, err);
    g_autoptr(GPtrArray) want = have != NULL ? read_items(model, only, err) : NULL;
    if (want == NULL)
        return false;

    for (guint i = 0; i < MAX(want->len, have->len); i++) {
        const Item *wanted = i < want->len ? want->pdata[i] : NULL;
        const Item *found = i < have->len ? have->pdata[i] : NULL;
        if (wanted == NULL || found == NULL || !is_same(wanted, found))
            return refuse(comes_first(wanted, found), err);
    }
    return true;
}
