/* The daily summary, see desk.h. */
#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"
#include "directory/audience.h"
#include "directory/contact.h"
#include "directory/office.h"
#include "membership/desk.h"
#include "queue/letter.h"

/* The last moment at which a summary was due. */
static int64_t due_last(const Work *work)
{
    int64_t at = clock_from_date(clock_date(work->now)) + work->config->summary_hour * 3600;
    return at <= work->now ? at : at - CLOCK_DAY;
}

static json_t *line_of(const DeskEntry *entry)
{
    g_autofree char *since = clock_format(entry->since);
    json_t *line = json_object();
    json_object_set_new(line, "number", json_string(entry->number));
    json_object_set_new(line, "what", json_string(entry->what));
    json_object_set_new(line, "since", json_string(since));
    json_object_set_new(line, "next", json_string(entry->next));
    return line;
}

static bool send_to_secretariat(const Work *work, GError **err)
{
    g_autoptr(GPtrArray) entries = desk_read(work->db, work->config, true, err);
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    if (entries == NULL)
        return false;
    if (entries->len == 0)
        return true;

    json_t *lines = json_array();
    for (guint i = 0; i < entries->len && i < SECRETARIAT_LINES_MAX; i++)
        (void) json_array_append_new(lines, line_of(entries->pdata[i]));
    json_t *data = json_object();
    json_object_set_new(data, "entries", lines);
    json_object_set_new(data, "count", json_integer(entries->len));
    const Letter letter = {
        .template = "desk-summary",
        .kind = OUTBOX_NOTICE,
        .from = owner,
        .to = work->config->secretariat_address,
        .data = data,
    };
    return letter_send(work, &letter, err);
}

/* What the secretariat went over */

typedef struct {
    int64_t number;
    char *tld;
    char *actor;
    char *reason;
    int64_t at;
    int64_t event;
} Override;

static void override_free(Override *override)
{
    g_free(override->tld);
    g_free(override->actor);
    g_free(override->reason);
    g_free(override);
}

static const DbField OVERRIDE_FIELDS[] = {
    DB_FIELD(Override, number), DB_FIELD(Override, tld), DB_FIELD(Override, actor),
    DB_FIELD(Override, reason), DB_FIELD(Override, at),  DB_FIELD(Override, event),
};

static const DbRecord OVERRIDE = {
    .size = sizeof(Override),
    .free = (GDestroyNotify) override_free,
    .fields = OVERRIDE_FIELDS,
    .n_fields = G_N_ELEMENTS(OVERRIDE_FIELDS),
};

static json_t *override_line(const Override *override)
{
    g_autofree char *at = clock_format(override->at);
    g_autofree char *tld = domain_display(override->tld);
    json_t *line = json_object();
    json_object_set_new(line, "number", json_integer(override->number));
    json_object_set_new(line, "tld", json_string(tld));
    json_object_set_new(line, "actor", json_string(override->actor));
    json_object_set_new(line, "reason",
                        json_string(override->reason != NULL ? override->reason : ""));
    json_object_set_new(line, "at", json_string(at));
    return line;
}

/* One letter to each who votes, as decisions are put to them. */
static bool send_overrides_to(const Work *work, const GPtrArray *rows, const Office *office,
                              GError **err)
{
    g_autoptr(Person) person = NULL;
    g_autofree char *owner = address_with_detail(work->config->list, "-owner");
    if (!person_find(work->db, office->person_id, &person, err))
        return false;
    if (person == NULL)
        return true;
    json_t *lines = json_array();
    for (guint i = 0; i < rows->len; i++)
        (void) json_array_append_new(lines, override_line(rows->pdata[i]));
    json_t *data = json_object();
    json_object_set_new(data, "overrides", lines);
    json_object_set_new(data, "name", json_string(office->person));
    const Letter letter = {
        .template = "committee-overrides",
        .language = person->language,
        .kind = OUTBOX_NOTICE,
        .from = owner,
        .to = person->primary,
        .data = data,
    };
    return letter_send(work, &letter, err);
}

static bool is_of_committee(const Office *office)
{
    return g_str_equal(office->kind, "chair") || g_str_equal(office->kind, "committee");
}

/* Of the events after *told, which becomes the last that somebody was told of: what finds no
 * committee, or no room in one letter, is told the next time. */
static bool send_to_committee(const Work *work, int64_t *told_event, GError **err)
{
    g_autoptr(GPtrArray) offices = NULL;
    g_autoptr(GHashTable) told = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GPtrArray)
        rows = db_select(work->db, &OVERRIDE,
                         "SELECT r.id AS number, r.tld AS tld, e.actor AS actor, e.details AS "
                         "reason, e.at AS at,"
                         " e.id AS event"
                         " FROM request_event e JOIN request r ON r.id = e.request_id"
                         " WHERE e.what = 'override' AND e.id > $1 ORDER BY e.id LIMIT $2",
                         DB_ARGS(db_int(*told_event), db_int(SECRETARIAT_LINES_MAX)), err);
    if (rows == NULL || rows->len == 0)
        return rows != NULL;
    offices = office_list(work->db, 0, false, err);
    for (guint i = 0; offices != NULL && i < offices->len; i++) {
        Office *office = offices->pdata[i];
        if (is_of_committee(office) && g_hash_table_add(told, &office->person_id) &&
            !send_overrides_to(work, rows, office, err))
            return false;
    }
    if (g_hash_table_size(told) > 0)
        *told_event = ((const Override *) rows->pdata[rows->len - 1])->event;
    return offices != NULL;
}

static bool remember(const Work *work, int64_t event, GError **err)
{
    return db_run(work->db,
                  "INSERT INTO request_summary (id, sent_at, event) VALUES (1, $1, $2)"
                  " ON CONFLICT (id) DO UPDATE SET sent_at = $1, event = $2",
                  DB_ARGS(db_int(work->now), db_int(event)), NULL, err);
}

static bool summarise(const Work *work, int64_t last, GError **err)
{
    int64_t told = 0;
    if (!db_select_int(work->db, "SELECT coalesce(max(event), 0) FROM request_summary",
                       DB_NO_ARGS, &told, err))
        return false;
    /* The first look of a new community only begins to count. */
    bool is_first = last == 0;
    return (is_first ||
            (send_to_secretariat(work, err) && send_to_committee(work, &told, err))) &&
           remember(work, told, err);
}

bool desk_summarise(const Work *work, int64_t *ret_next_at, GError **err)
{
    int64_t last = 0;
    int64_t due_at = due_last(work);
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    if (transaction == NULL ||
        !db_select_int(work->db, "SELECT coalesce(max(sent_at), 0) FROM request_summary",
                       DB_NO_ARGS, &last, err))
        return false;
    *ret_next_at = due_at + CLOCK_DAY;
    if (last >= due_at && last <= work->now)
        return true;
    return summarise(work, last, err) && db_commit(&transaction, err);
}
