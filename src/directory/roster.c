#include "directory/roster.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/template.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

#define TEMPLATE_NAME "roster.mustache"

void roster_clear(Roster *roster)
{
    g_clear_pointer(&roster->lines, g_ptr_array_unref);
    roster_diff_clear(&roster->diff);
    g_clear_pointer(&roster->subject, g_free);
    g_clear_pointer(&roster->text, g_free);
}

/* English whatever the locale says: "20 November 2026". */
static char *long_date(int64_t at)
{
    static const char *const MONTHS[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    ClockDate date = clock_date(at);
    return g_strdup_printf("%d %s %d", date.day, MONTHS[date.month - 1], date.year);
}

static void count(Roster *roster)
{
    g_autoptr(GHashTable) people = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GHashTable) tlds = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < roster->lines->len; i++) {
        RosterLine *line = roster->lines->pdata[i];
        g_hash_table_add(people, &line->person_id);
        g_hash_table_add(tlds, line->tld);
        roster->damaged += *line->damage != '\0';
    }
    roster->people = g_hash_table_size(people);
    roster->tlds = g_hash_table_size(tlds);
    roster->changes = roster_diff_count(&roster->diff);
}

/* Compares with the roster before; *ret_last_at is when that was, 0 if there was none. */
static bool compare(const Work *work, Roster *roster, int64_t *ret_last_at, GError **err)
{
    if (!db_select_int(work->db,
                       "SELECT coalesce((SELECT sent_at FROM roster ORDER BY id DESC LIMIT 1),"
                       " 0)",
                       DB_NO_ARGS, ret_last_at, err))
        return false;
    g_autoptr(GPtrArray) before = roster_lines_last(work->db, err);
    if (before == NULL)
        return false;
    roster_diff(*ret_last_at > 0 ? before : roster->lines, roster->lines, &roster->diff);
    return true;
}

static json_t *texts(const GPtrArray *list)
{
    json_t *array = json_array();
    for (guint i = 0; i < list->len; i++)
        (void) json_array_append_new(array, json_string(list->pdata[i]));
    return array;
}

/* ".ca, .fr"; "" if the list is empty. */
static json_t *joined(GPtrArray *list)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *) list->pdata[i]);
    return json_string(text->str);
}

static json_t *template_data(const Work *work, const Roster *roster, int64_t last_at)
{
    const Config *config = work->config;
    g_autofree char *date = long_date(work->now);
    g_autofree char *last_date = long_date(last_at);
    g_autofree char *list_of_tld = address_with_detail(config->list, "+ca");
    g_autoptr(GPtrArray) lines = roster_lines_format(roster->lines);
    const RosterDiff *diff = &roster->diff;

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
        "community", config->name, "list", config->list, "list_of_tld", list_of_tld, "date",
        date, "last_date", last_date, "is_first", last_at == 0, "is_unchanged",
        last_at > 0 && roster->changes == 0, "contacts", (json_int_t) roster->lines->len,
        "people", (json_int_t) roster->people, "tlds", (json_int_t) roster->tlds, "damaged",
        (json_int_t) roster->damaged, "new_tlds", joined(diff->new_tlds), "lost_tlds",
        joined(diff->lost_tlds), "added", texts(diff->added), "removed", texts(diff->removed),
        "changed", texts(diff->changed), "lines", texts(lines));
}

static char *render(const Work *work, const json_t *data, GError **err)
{
    const Config *config = work->config;
    g_autofree char *folder = g_build_filename(work->share, "mail", NULL);
    g_autoptr(Template) template = template_load(config->mail_templates, folder, "en",
                                                 TEMPLATE_NAME, TEMPLATE_TEXT, err);
    return template != NULL ? template_render(template, data, TEMPLATE_REFUSE, err) : NULL;
}

/* The first line of the text is its subject. */
static bool split(const char *whole, Roster *roster, GError **err)
{
    static const char FIELD[] = "Subject: ";
    const char *end = strchr(whole, '\n');

    if (!g_str_has_prefix(whole, FIELD) || end == NULL)
        return err_set(err, ERR_INVALID, "%s: the first line is no \"Subject: ...\"",
                       TEMPLATE_NAME);
    const char *start = whole + strlen(FIELD);
    roster->subject = g_strstrip(g_strndup(start, (gsize) (end - start)));
    roster->text = g_strdup(end + strspn(end, "\r\n"));
    return true;
}

/* Asked before anything is read, so that nobody runs out of memory over it. */
static bool check_size(Db *db, GError **err)
{
    int64_t lines = 0;
    if (!db_select_int(db, "SELECT count(*) FROM seat", DB_NO_ARGS, &lines, err))
        return false;
    return lines <= ROSTER_LINES_MAX ||
           err_set(err, ERR_LIMIT,
                   "the roster would have %" G_GINT64_FORMAT
                   " lines, and a mail of more than %d is too large for many servers",
                   lines, ROSTER_LINES_MAX);
}

bool roster_build(const Work *work, Roster *ret_roster, GError **err)
{
    if (!check_size(work->db, err))
        return false;
    g_auto(Roster) roster = { .lines = roster_lines_read(work->db, err) };
    int64_t last_at = 0;
    if (roster.lines == NULL || !compare(work, &roster, &last_at, err))
        return false;

    count(&roster);
    g_autoptr(json_t) data = template_data(work, &roster, last_at);
    g_assert(data != NULL); /* all that goes in is printable */
    g_autofree char *whole = render(work, data, err);
    if (whole == NULL || !split(whole, &roster, err))
        return false;
    *ret_roster = roster;
    roster = (Roster){ 0 };
    return true;
}
