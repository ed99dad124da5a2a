#include "directory/audience.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/text.h"
#include "directory/office.h"
#include "directory/region.h"
#include "directory/tld.h"

struct AudienceKind {
    const char *name;
    /* Brings a detail into its one form; NULL for a kind without detail. */
    bool (*read_detail)(Db *db, const char *text, char **ret_detail, GError **err);
    const char *addresses; /* SQL; $1 is the detail if there is one */
    const char *has;       /* SQL that counts; the last parameter is the person */
};

/* The SQL of a kind from the one that selects its people. */
#define ADDRESSES(people)                                                                      \
    "SELECT address FROM address WHERE delivers = 1 AND person_id IN (" people ") ORDER BY id"
#define HAS(people, person)                                                                    \
    "SELECT count(*) FROM person WHERE id = " person " AND id IN (" people ")"
#define PLAIN(people)    ADDRESSES(people), HAS(people, "$1")
#define DETAILED(people) ADDRESSES(people), HAS(people, "$2")

#define HOLDERS(kinds) "SELECT person_id FROM office WHERE until IS NULL AND kind IN " kinds

static bool read_tld(Db *db, const char *text, char **ret_detail, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    if (!tld_parse(db, text, &tld, err))
        return false;
    *ret_detail = g_steal_pointer(&tld->a_label);
    return true;
}

static bool read_region(Db *db, const char *text, char **ret_detail, GError **err)
{
    const Region *region = NULL;
    if (!region_parse(text, &region, err))
        return false;
    *ret_detail = g_strdup(region->code);
    return true;
}

static const AudienceKind KINDS[] = {
    { "everyone", NULL,
      PLAIN("SELECT person_id FROM seat UNION ALL " HOLDERS(OFFICE_SQL_LISTENERS)) },
    { "committee", NULL, PLAIN(HOLDERS(OFFICE_SQL_COMMITTEE)) },
    { "tld", read_tld, DETAILED("SELECT person_id FROM seat WHERE tld = $1") },
    { "region", read_region,
      DETAILED("SELECT person_id FROM seat JOIN tld ON tld.a_label = seat.tld"
               " WHERE tld.region = $1") },
};

void audience_clear(Audience *audience)
{
    g_clear_pointer(&audience->detail, g_free);
}

static const AudienceKind *find_kind(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
        if (g_str_equal(KINDS[i].name, name))
            return &KINDS[i];
    return NULL;
}

bool audience_of(Db *db, const char *kind, const char *detail, Audience *ret_audience,
                 GError **err)
{
    const AudienceKind *found = find_kind(kind);
    bool has_detail = detail != NULL && *detail != '\0';
    char *read = NULL;

    if (found == NULL || has_detail != (found->read_detail != NULL)) {
        g_autofree char *shown = text_printable_max(kind, strlen(kind), 40);
        return err_set(err, ERR_INVALID,
                       "\"%s%s\" is no audience: want everyone, committee, tld:TLD or "
                       "region:REGION",
                       shown, has_detail ? ":..." : "");
    }
    if (has_detail && !found->read_detail(db, detail, &read, err))
        return false;
    *ret_audience = (Audience){ found, read };
    return true;
}

bool audience_parse(Db *db, const char *text, Audience *ret_audience, GError **err)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL)
        return audience_of(db, text, NULL, ret_audience, err);

    g_autofree char *kind = g_strndup(text, (gsize) (colon - text));
    return audience_of(db, kind, colon + 1, ret_audience, err);
}

char *audience_format(const Audience *audience)
{
    if (audience->detail == NULL)
        return g_strdup(audience->kind->name);
    return g_strconcat(audience->kind->name, ":", audience->detail, NULL);
}

typedef struct {
    char *address;
} AddressRow;

static void address_row_free(AddressRow *row)
{
    g_free(row->address);
    g_free(row);
}

static const DbField ADDRESS_FIELDS[] = { DB_FIELD(AddressRow, address) };

static const DbRecord ADDRESS_RECORD = {
    .size = sizeof(AddressRow),
    .free = (GDestroyNotify) address_row_free,
    .fields = ADDRESS_FIELDS,
    .n_fields = G_N_ELEMENTS(ADDRESS_FIELDS),
};

GPtrArray *audience_addresses(Db *db, const Audience *audience, GError **err)
{
    DbArgs args = audience->detail != NULL ? DB_ARGS(db_text(audience->detail)) : DB_NO_ARGS;
    g_autoptr(DbCursor)
        cursor = db_query(db, &ADDRESS_RECORD, audience->kind->addresses, args, err);
    if (cursor == NULL)
        return NULL;

    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        const void *row = NULL;
        if (!db_next(cursor, &row, err))
            return NULL;
        if (row == NULL)
            return g_steal_pointer(&addresses);
        g_ptr_array_add(addresses, g_strdup(((const AddressRow *) row)->address));
    }
}

bool audience_has(Db *db, const Audience *audience, int64_t person_id, bool *ret_has,
                  GError **err)
{
    int64_t count = 0;
    DbArgs args = audience->detail != NULL
                      ? DB_ARGS(db_text(audience->detail), db_int(person_id))
                      : DB_ARGS(db_int(person_id));
    if (!db_select_int(db, audience->kind->has, args, &count, err))
        return false;
    *ret_has = count > 0;
    return true;
}
