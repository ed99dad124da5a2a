#include "membership/desk.h"

#include "base/address.h"
#include "base/limits.h"
#include "membership/request_desk.h"

void desk_entry_free(DeskEntry *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->kind);
    g_free(entry->number);
    g_free(entry->what);
    g_free(entry->next);
    g_free(entry);
}

/* Takes number, what and next. */
static void add(GPtrArray *entries, const char *kind, char *number, char *what, int64_t since,
                char *next)
{
    DeskEntry *entry = g_new0(DeskEntry, 1);
    *entry = (DeskEntry){ g_strdup(kind), number, what, since, next };
    g_ptr_array_add(entries, entry);
}

/* Requests */

static bool add_request(Db *db, const Request *request, GPtrArray *entries, GError **err)
{
    g_autofree char *waits_for = NULL;
    if (!request_waits_for(db, request, &waits_for, err))
        return false;
    bool is_code = request->state == REQUEST_PHONE;
    bool is_ours = g_str_has_prefix(waits_for, need_name(NEED_SECRETARIAT)) ||
                   request->parked != NULL;
    g_autofree char *next = g_strdup_printf("muster request %s %" G_GINT64_FORMAT "%s",
                                            is_ours   ? "approve"
                                            : is_code ? "code"
                                                      : "show",
                                            request->number,
                                            is_code && !is_ours ? " CODE" : "");
    add(entries, "request", g_strdup_printf("REQ-%" G_GINT64_FORMAT, request->number),
        g_strdup_printf(".%s %s, %s: %s", request->u_label, request->kind_name,
                        request->state_name, waits_for),
        request->since, g_steal_pointer(&next));
    return true;
}

/* All that are open, or those in one state. */
static bool add_requests(Db *db, const char *state, GPtrArray *entries, GError **err)
{
    const RequestFilter filter = { .state = state, .limit = DESK_ENTRIES_MAX };
    g_autoptr(GPtrArray) requests = request_list(db, &filter, err);
    for (guint i = 0; requests != NULL && i < requests->len; i++) {
        if (!add_request(db, requests->pdata[i], entries, err))
            return false;
    }
    return requests != NULL;
}

/* The rest, as rows of a number, a text and a time. */

typedef struct {
    char *number;
    char *what;
    int64_t since;
} Row;

static void row_free(Row *row)
{
    g_free(row->number);
    g_free(row->what);
    g_free(row);
}

static const DbField ROW_FIELDS[] = {
    DB_FIELD(Row, number),
    DB_FIELD(Row, what),
    DB_FIELD(Row, since),
};

static const DbRecord ROW = {
    .size = sizeof(Row),
    .free = (GDestroyNotify) row_free,
    .fields = ROW_FIELDS,
    .n_fields = G_N_ELEMENTS(ROW_FIELDS),
};

static const struct {
    const char *kind;
    const char *label; /* before the number */
    const char *select;
    const char *next; /* with the number */
    bool is_ours;     /* the secretariat's to do, and nobody else's */
} SOURCES[] = {
    { "mail", "",
      "SELECT CAST(i.id AS text) AS number, coalesce(i.reason, '') AS what,"
      " coalesce(i.decided_at, m.received_at) AS since FROM inbox i"
      " JOIN mail m ON m.id = i.mail_id WHERE i.state = 'quarantined'"
      " OR (i.state = 'held' AND i.waits_for = 'secretariat') ORDER BY i.id LIMIT $1",
      "muster message show %s", true },
    { "decision", "DEC-",
      "SELECT CAST(id AS text) AS number, question AS what, opened_at AS since FROM decision"
      " WHERE state = 'open' ORDER BY id LIMIT $1",
      "muster decision show %s", false },
    { "authority", ".",
      "SELECT tld AS number, 'IANA changed who speaks for it' AS what, min(at) AS since"
      " FROM authority_change WHERE seen_at IS NULL AND weighty = 1 GROUP BY tld"
      " ORDER BY min(at), tld LIMIT $1",
      "muster authority changes %s", true },
};

static bool add_source(Db *db, size_t i, GPtrArray *entries, GError **err)
{
    g_autoptr(GPtrArray)
        rows = db_select(db, &ROW, SOURCES[i].select, DB_ARGS(db_int(DESK_ENTRIES_MAX)), err);
    for (guint k = 0; rows != NULL && k < rows->len; k++) {
        const Row *row = rows->pdata[k];
        g_autoptr(GString) next = g_string_new(SOURCES[i].next);
        g_string_replace(next, "%s", row->number, 1);
        add(entries, SOURCES[i].kind, g_strconcat(SOURCES[i].label, row->number, NULL),
            g_strdup(row->what), row->since, g_strdup(next->str));
    }
    return rows != NULL;
}

static int compare_age(const void *a, const void *b)
{
    const DeskEntry *one = *(const DeskEntry *const *) a;
    const DeskEntry *other = *(const DeskEntry *const *) b;
    return one->since < other->since ? -1 : one->since > other->since;
}

/* Those that nobody but the secretariat can take on: without a gateway it phones for the codes.
 */
static bool add_our_requests(Db *db, const Config *config, GPtrArray *entries, GError **err)
{
    return add_requests(db, request_state_name(REQUEST_SECRETARIAT), entries, err) &&
           (config->sms_url != NULL ||
            add_requests(db, request_state_name(REQUEST_PHONE), entries, err));
}

GPtrArray *desk_read(Db *db, const Config *config, bool only_ours, GError **err)
{
    g_autoptr(GPtrArray)
        entries = g_ptr_array_new_with_free_func((GDestroyNotify) desk_entry_free);
    if (!(only_ours ? add_our_requests(db, config, entries, err)
                    : add_requests(db, NULL, entries, err)))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(SOURCES); i++) {
        bool is_shown = SOURCES[i].is_ours || !only_ours;
        if (is_shown && !add_source(db, i, entries, err))
            return NULL;
    }
    g_ptr_array_sort(entries, compare_age);
    return g_steal_pointer(&entries);
}
