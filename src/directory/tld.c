#include "directory/tld.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/region.h"
#include "store/journal.h"

static const DbField FIELDS[] = {
    DB_FIELD(Tld, a_label),
    DB_FIELD(Tld, u_label),
    DB_FIELD(Tld, is_idn),
    DB_FIELD(Tld, iso3166),
    DB_FIELD(Tld, name),
    DB_FIELD(Tld, region),
    DB_FIELD(Tld, organisation),
    DB_FIELD(Tld, note),
    DB_FIELD(Tld, contact_limit),
    DB_FIELD(Tld, contact_limit_by),
    DB_FIELD(Tld, contact_limit_at),
    DB_FIELD(Tld, contacts),
};

static const DbRecord RECORD = {
    .size = sizeof(Tld),
    .free = (GDestroyNotify) tld_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define SELECT_TLD                                                                             \
    "SELECT a_label, u_label, kind = 'idn' AS is_idn, iso3166, name, region, organisation,"    \
    " note, contact_limit, contact_limit_by, contact_limit_at,"                                \
    " (SELECT count(*) FROM seat WHERE seat.tld = tld.a_label) AS contacts FROM tld"

typedef struct {
    char *name;
    char *status;
    char *note;
} Absent;

static void absent_free(Absent *absent)
{
    g_free(absent->name);
    g_free(absent->status);
    g_free(absent->note);
    g_free(absent);
}

static const DbField ABSENT_FIELDS[] = {
    DB_FIELD(Absent, name),
    DB_FIELD(Absent, status),
    DB_FIELD(Absent, note),
};

static const DbRecord ABSENT_RECORD = {
    .size = sizeof(Absent),
    .free = (GDestroyNotify) absent_free,
    .fields = ABSENT_FIELDS,
    .n_fields = G_N_ELEMENTS(ABSENT_FIELDS),
};

void tld_free(Tld *tld)
{
    if (tld == NULL)
        return;
    g_free(tld->a_label);
    g_free(tld->u_label);
    g_free(tld->iso3166);
    g_free(tld->name);
    g_free(tld->region);
    g_free(tld->organisation);
    g_free(tld->note);
    g_free(tld->contact_limit_by);
    g_free(tld);
}

bool tld_find(Db *db, const char *a_label, Tld **ret_tld, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, SELECT_TLD " WHERE a_label = $1",
                                          DB_ARGS(db_text(a_label)), err);
    if (rows == NULL)
        return false;

    *ret_tld = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
    return true;
}

/* Without what surrounds it: spaces and unseen characters of a copy, and the dots of every
 * script that has its own (RFC 3490 3.1). */
static char *strip(const char *text)
{
    static const char *const DOTS[] = { ".", "\u3002", "\uff0e", "\uff61" };

    g_autofree char *clean = text_clean(text, NULL);
    char *start = clean;
    for (size_t i = 0; i < G_N_ELEMENTS(DOTS); i++) {
        if (g_str_has_prefix(start, DOTS[i])) {
            start += strlen(DOTS[i]);
            break;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(DOTS); i++) {
        if (g_str_has_suffix(start, DOTS[i])) {
            start[strlen(start) - strlen(DOTS[i])] = '\0';
            break;
        }
    }
    return text_clean(start, NULL);
}

static bool is_country_code(const char *label)
{
    return strlen(label) == 2 && g_ascii_isalpha(label[0]) && g_ascii_isalpha(label[1]);
}

/* Why a label names no TLD of ours. All two-letter TLDs are countries' and no other ASCII TLD
 * is; of IDN TLDs only the root zone database knows. */
static bool refuse(Db *db, const char *a_label, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &ABSENT_RECORD, "SELECT name, status, note FROM tld_absent WHERE code = $1",
        DB_ARGS(db_text(a_label)), err);
    if (rows == NULL)
        return false;

    if (rows->len > 0) {
        const Absent *absent = rows->pdata[0];
        return err_set(err, ERR_INVALID, ".%s (%s) is %s: %s", a_label, absent->name,
                       absent->status, absent->note);
    }
    if (is_country_code(a_label))
        return err_set(err, ERR_INVALID, ".%s is not delegated to any country or territory",
                       a_label);
    if (!g_str_has_prefix(a_label, "xn--"))
        return err_set(err, ERR_INVALID,
                       ".%s is no country-code TLD: those in ASCII have two letters, and "
                       "generic TLDs are not eligible",
                       a_label);

    g_autofree char *u_label = domain_display(a_label);
    return err_set(err, ERR_INVALID,
                   ".%s (%s) is no country-code TLD in IANA's root zone database; generic "
                   "TLDs, geographic ones too, are not eligible",
                   u_label, a_label);
}

static bool refuse_text(const char *text, const char *why, GError **err)
{
    g_autofree char *shown = text_printable_max(text, strlen(text), DOMAIN_LABEL_MAX);
    return err_set(err, ERR_INVALID, "\"%s\" is not a TLD: %s", shown, why);
}

bool tld_parse(Db *db, const char *text, Tld **ret_tld, GError **err)
{
    if (!text_is_valid(text, strlen(text)))
        return refuse_text(text, "it is not valid UTF-8", err);
    g_autofree char *label = strip(text);
    if (*label == '\0')
        return refuse_text(text, "it is empty", err);

    g_autofree char *a_label = NULL;
    if (!domain_parse(label, &a_label, NULL))
        return refuse_text(text, "want a label such as .ca", err);
    if (strchr(a_label, '.') != NULL)
        return refuse_text(text, "want one label, such as .ca", err);

    g_autoptr(Tld) tld = NULL;
    if (!tld_find(db, a_label, &tld, err))
        return false;
    if (tld == NULL)
        return refuse(db, a_label, err);
    *ret_tld = g_steal_pointer(&tld);
    return true;
}

char *tld_format(const Tld *tld)
{
    if (!tld->is_idn)
        return g_strconcat(".", tld->a_label, NULL);
    return g_strdup_printf(".%s (%s)", tld->u_label, tld->a_label);
}

GPtrArray *tld_list(Db *db, TldWhich which, const char *region, GError **err)
{
    return db_select(db, &RECORD,
                     SELECT_TLD " WHERE (region = $1 OR $1 IS NULL) AND ($2 = 0 OR $2 ="
                                " CASE WHEN EXISTS (SELECT 1 FROM seat WHERE"
                                " seat.tld = tld.a_label) THEN 1 ELSE 2 END)"
                                " ORDER BY kind, a_label",
                     DB_ARGS(db_text(region), db_int(which)), err);
}

/* Nothing to be seen is none. */
static bool set_text(char **field, const char *what, const char *text, GError **err)
{
    g_autofree char *clean = text_clean(text, NULL);

    if (g_utf8_strlen(clean, -1) > NAME_MAX_CHARS)
        return err_set(err, ERR_INVALID, "the %s is longer than %d characters", what,
                       NAME_MAX_CHARS);
    g_free(*field);
    *field = *clean != '\0' ? g_steal_pointer(&clean) : NULL;
    return true;
}

static bool set_limit(Tld *tld, const TldChange *change, int64_t now, GError **err)
{
    const char *approver = change->approver != NULL ? change->approver : "";
    bool is_limited = change->contact_limit > 0;

    if (change->contact_limit > TLD_CONTACTS_MAX)
        return err_set(err, ERR_INVALID, "a TLD has at most %d contacts", TLD_CONTACTS_MAX);
    if (!set_text(&tld->contact_limit_by, "approver", is_limited ? approver : "", err))
        return false;
    if (is_limited && tld->contact_limit_by == NULL)
        return err_set(err, ERR_INVALID,
                       "a limit of its own needs the name of who approved it");

    tld->contact_limit = change->contact_limit;
    tld->contact_limit_at = is_limited ? now : 0;
    return true;
}

static bool apply(Tld *tld, const TldChange *change, int64_t now, GError **err)
{
    const Region *region = NULL;

    if (change->contact_limit < 0 && change->approver != NULL)
        return err_set(err, ERR_INVALID,
                       "an approver goes with the number of contacts that was approved");
    if (change->region != NULL && (!region_parse(change->region, &region, err) ||
                                   !set_text(&tld->region, "region", region->code, err)))
        return false;
    if (change->organisation != NULL &&
        !set_text(&tld->organisation, "organisation", change->organisation, err))
        return false;
    return change->contact_limit < 0 || set_limit(tld, change, now, err);
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "none";
}

/* What changed, in plain words for the journal; the approver is a person and no part of it. */
static char *describe(const Tld *before, const Tld *after)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    if (g_strcmp0(before->region, after->region) != 0)
        g_ptr_array_add(words,
                        g_strdup_printf("region %s, was %s", after->region, before->region));
    if (g_strcmp0(before->organisation, after->organisation) != 0)
        g_ptr_array_add(words,
                        g_strdup_printf("organisation %s, was %s", or_none(after->organisation),
                                        or_none(before->organisation)));
    if (after->contact_limit > 0 &&
        (after->contact_limit_at != before->contact_limit_at ||
         after->contact_limit != before->contact_limit ||
         g_strcmp0(after->contact_limit_by, before->contact_limit_by) != 0))
        g_ptr_array_add(words, g_strdup_printf("at most %" G_GINT64_FORMAT " contacts",
                                               after->contact_limit));
    if (after->contact_limit == 0 && before->contact_limit > 0)
        g_ptr_array_add(words, g_strdup("as many contacts as the policy says"));
    g_ptr_array_add(words, NULL);
    return g_strjoinv("; ", (char **) words->pdata);
}

static bool store_tld(Db *db, const Tld *tld, GError **err)
{
    bool is_limited = tld->contact_limit > 0;
    return db_run(db,
                  "UPDATE tld SET region = $2, organisation = $3, contact_limit = $4,"
                  " contact_limit_by = $5, contact_limit_at = $6 WHERE a_label = $1",
                  DB_ARGS(db_text(tld->a_label), db_text(tld->region),
                          db_text(tld->organisation),
                          is_limited ? db_int(tld->contact_limit) : db_null(),
                          db_text(tld->contact_limit_by),
                          is_limited ? db_int(tld->contact_limit_at) : db_null()),
                  NULL, err);
}

static bool set_within(Db *db, const char *a_label, const TldChange *change, const char *actor,
                       int64_t now, GError **err)
{
    g_autoptr(Tld) before = NULL;
    g_autoptr(Tld) after = NULL;
    if (!tld_find(db, a_label, &before, err) || !tld_find(db, a_label, &after, err))
        return false;
    if (after == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no TLD .%s", a_label);
    if (!apply(after, change, now, err))
        return false;

    g_autofree char *details = describe(before, after);
    if (*details == '\0')
        return true;
    const JournalValue approver = { "approver", after->contact_limit_by };
    const JournalEntry entry = {
        .actor = actor,
        .action = "tld.set",
        .tld = a_label,
        .details = details,
        .values = &approver,
        .n_values = after->contact_limit_by != NULL ? 1 : 0,
    };
    return store_tld(db, after, err) && journal_add(db, &entry, now, err);
}

bool tld_set(Db *db, const char *a_label, const TldChange *change, const char *actor,
             int64_t now, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && set_within(db, a_label, change, actor, now, err) &&
           db_commit(&transaction, err);
}
