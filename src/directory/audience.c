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
    /* SQL; the last parameter is the detail if there is one. */
    const char *addresses; /* see outbox_add_selected */
    const char *count;     /* of the same */
    const char *has;       /* counts the person $1 */
};

/* The SQL of a kind from its condition, which says of who.person_id whether it is in. It is
 * asked for one address after the other, so nothing is gathered first, however many they are.
 */
#define READERS              "FROM address who WHERE who.delivers = 1 AND "
#define ADDRESSES(condition) "who.address " READERS condition " ORDER BY who.id"
#define COUNT(condition)     "SELECT count(*) " READERS condition
#define HAS(condition)                                                                         \
    "SELECT count(*) FROM (SELECT id AS person_id FROM person WHERE id = $1) AS who"           \
    " WHERE " condition
#define SQL(condition) ADDRESSES(condition("$3")), COUNT(condition("$1")), HAS(condition("$2"))

#define HOLDS(kinds)                                                                           \
    "EXISTS (SELECT 1 FROM office WHERE office.person_id = who.person_id"                      \
    " AND office.until IS NULL AND office.kind IN " kinds ")"
#define IN_EVERYONE(detail)                                                                    \
    "(EXISTS (SELECT 1 FROM seat WHERE seat.person_id = who.person_id) OR " HOLDS(             \
        OFFICE_SQL_LISTENERS) ")"
#define IN_COMMITTEE(detail) HOLDS(OFFICE_SQL_COMMITTEE)
#define IN_TLD(detail)                                                                         \
    "who.person_id IN (SELECT seat.person_id FROM seat WHERE seat.tld = " detail ")"
#define IN_REGION(detail)                                                                      \
    "EXISTS (SELECT 1 FROM seat JOIN tld ON tld.a_label = seat.tld"                            \
    " WHERE seat.person_id = who.person_id AND tld.region = " detail ")"

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
    { "everyone", NULL, SQL(IN_EVERYONE) },
    { "committee", NULL, SQL(IN_COMMITTEE) },
    { "tld", read_tld, SQL(IN_TLD) },
    { "region", read_region, SQL(IN_REGION) },
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

bool audience_count(Db *db, const Audience *audience, int64_t *ret_count, GError **err)
{
    DbArgs args = audience->detail != NULL ? DB_ARGS(db_text(audience->detail)) : DB_NO_ARGS;
    return db_select_int(db, audience->kind->count, args, ret_count, err);
}

bool audience_send(Db *db, const Audience *audience, const OutboxMessage *message, int64_t now,
                   OutboxAdded *ret_added, GError **err)
{
    return outbox_add_selected(db, message, audience->kind->addresses, audience->detail, now,
                               ret_added, err);
}

bool audience_has(Db *db, const Audience *audience, int64_t person_id, bool *ret_has,
                  GError **err)
{
    int64_t count = 0;
    DbArgs args = audience->detail != NULL
                      ? DB_ARGS(db_int(person_id), db_text(audience->detail))
                      : DB_ARGS(db_int(person_id));
    if (!db_select_int(db, audience->kind->has, args, &count, err))
        return false;
    *ret_has = count > 0;
    return true;
}
