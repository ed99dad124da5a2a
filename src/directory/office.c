#include "directory/office.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "directory/contact_rows.h"
#include "directory/many.h"
#include "directory/person_words.h"

/* Decisions are the committee's (R103, R207, R268), and the chair is one of it (R343). The
 * secretariat asks it and carries out the answer (R78), so it has no vote; nor has who speaks
 * there for another body. */
const OfficeKind OFFICE_TABLE[OFFICES] = {
    /* clang-format off */
    { "chair",     "chair of the committee",  true,  true,  true,  true },
    { "committee", "member of the committee", true,  true,  true,  true },
    { "secretary", "secretariat",             true,  true,  true,  false },
    /* Speaks for another body in the committee's calls (IANA, a regional organisation). */
    { "liaison",   "liaison",                 true,  true,  true,  false },
    { "observer",  "observer",                false, true,  false, false },
    /* Runs the machine: that gives no part in what it carries. */
    { "operator",  "operator",                false, false, false, false },
    /* clang-format on */
};

static const DbField FIELDS[] = {
    DB_FIELD(Office, id),         DB_FIELD(Office, person_id), DB_FIELD(Office, person),
    DB_FIELD(Office, kind),       DB_FIELD(Office, since),     DB_FIELD(Office, until),
    DB_FIELD(Office, granted_by), DB_FIELD(Office, ended_by),
};

static const DbRecord RECORD = {
    .size = sizeof(Office),
    .free = (GDestroyNotify) office_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

void office_free(Office *office)
{
    if (office == NULL)
        return;
    g_free(office->person);
    g_free(office->kind);
    g_free(office->granted_by);
    g_free(office->ended_by);
    g_free(office);
}

bool office_kind_parse(const char *text, const OfficeKind **ret_kind, GError **err)
{
    g_autoptr(GString) kinds = g_string_new(NULL);

    for (size_t i = 0; i < OFFICES; i++) {
        if (g_ascii_strcasecmp(text, OFFICE_TABLE[i].kind) == 0) {
            *ret_kind = &OFFICE_TABLE[i];
            return true;
        }
        g_string_append_printf(kinds, "%s%s", i == 0 ? "" : ", ", OFFICE_TABLE[i].kind);
    }
    g_autofree char *shown = text_printable_max(text, strlen(text), 40);
    return err_set(err, ERR_INVALID, "\"%s\" is no office: want one of %s", shown, kinds->str);
}

static bool grant(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t since,
                  GError **err)
{
    const OfficeKind *office = NULL;
    if (!office_kind_parse(kind, &office, err))
        return false;
    if (since > edit->now)
        return err_set(err, ERR_INVALID, "an office is granted as of today or a day before");

    g_autoptr(GError) problem = NULL;
    if (!db_run(db,
                "INSERT INTO office (person_id, kind, since, granted_by)"
                " VALUES ($1, $2, $3, $4)",
                DB_ARGS(db_int(person_id), db_text(office->kind), db_int(since),
                        db_text(edit->actor)),
                NULL, &problem)) {
        if (err_is(problem, ERR_EXISTS))
            return err_set(err, ERR_EXISTS, "that person holds the office \"%s\" already",
                           office->kind);
        g_propagate_error(err, g_steal_pointer(&problem));
        return false;
    }
    return edit_journal(db, edit, "office.grant", NULL, person_id, office->kind, NULL, 0, err);
}

static bool check_person(Db *db, int64_t person_id, Person **ret_person, GError **err)
{
    if (!person_find(db, person_id, ret_person, err))
        return false;
    return *ret_person != NULL ||
           err_set(err, ERR_NOT_FOUND, "there is no person number %" G_GINT64_FORMAT,
                   person_id);
}

bool office_grant(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t since,
                  GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    g_autoptr(Person) person = NULL;

    return transaction != NULL && check_person(db, person_id, &person, err) &&
           grant(db, edit, person_id, kind, since, err) && db_commit(&transaction, err);
}

static bool add_person(Db *db, const Edit *edit, const PersonInput *input,
                       int64_t *ret_person_id, GError **err)
{
    g_autoptr(Person) person = g_new0(Person, 1);
    g_autoptr(GPtrArray) no_seats = g_ptr_array_new();
    JournalValue values[PERSON_VALUES];

    if (!person_apply(person, input, edit, err) ||
        !person_check_addresses(db, edit, NULL, person, err) ||
        !person_insert(db, edit, person, err) ||
        !person_words_add(db, edit, person, no_seats, err))
        return false;
    *ret_person_id = person->id;
    size_t n = person_values(NULL, person, values);
    return edit_journal(db, edit, "person.add", NULL, person->id, NULL, values, n, err);
}

bool office_grant_new(Db *db, const Edit *edit, const PersonInput *input, const char *kind,
                      int64_t since, int64_t *ret_person_id, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    int64_t person_id = 0;

    if (transaction == NULL || !add_person(db, edit, input, &person_id, err) ||
        !grant(db, edit, person_id, kind, since, err) || !db_commit(&transaction, err))
        return false;
    *ret_person_id = person_id;
    return true;
}

static bool end(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t until,
                GError **err)
{
    const OfficeKind *office = NULL;
    int64_t ended = 0;
    if (!office_kind_parse(kind, &office, err))
        return false;
    if (until > edit->now)
        return err_set(err, ERR_INVALID, "an office ends today or on a day before");

    if (!db_run(db,
                "UPDATE office SET until = $3, ended_by = $4"
                " WHERE person_id = $1 AND kind = $2 AND until IS NULL AND since <= $3",
                DB_ARGS(db_int(person_id), db_text(office->kind), db_int(until),
                        db_text(edit->actor)),
                &ended, err))
        return false;
    if (ended == 0)
        return err_set(err, ERR_NOT_FOUND, "that person did not hold the office \"%s\" then",
                       office->kind);
    return edit_journal(db, edit, "office.end", NULL, person_id, office->kind, NULL, 0, err);
}

bool office_end(Db *db, const Edit *edit, int64_t person_id, const char *kind, int64_t until,
                GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    g_autoptr(Person) person = NULL;

    return transaction != NULL && check_person(db, person_id, &person, err) &&
           end(db, edit, person_id, kind, until, err) &&
           contact_forget_idle(db, edit, person, err) && db_commit(&transaction, err);
}

#define SELECT_OFFICE                                                                          \
    "SELECT o.id, o.person_id, p.given_name || CASE WHEN p.family_name = ''"                   \
    " THEN '' ELSE ' ' || p.family_name END AS person, o.kind, o.since,"                       \
    " o.until, o.granted_by, o.ended_by FROM office o JOIN person p ON p.id = o.person_id"

GPtrArray *office_list(Db *db, int64_t person_id, bool is_all, GError **err)
{
    return db_select(db, &RECORD,
                     SELECT_OFFICE
                     " WHERE ($1 = 0 OR o.person_id = $1) AND ($2 = 1 OR o.until IS NULL)"
                     " ORDER BY o.until IS NOT NULL, o.kind, o.since, o.id",
                     DB_ARGS(db_int(person_id), db_bool(is_all)), err);
}

GPtrArray *office_list_of_people(Db *db, const int64_t *ids, size_t n_ids, GError **err)
{
    DbValue values[MANY];
    return db_select(db, &RECORD,
                     SELECT_OFFICE " WHERE o.until IS NULL AND o.person_id IN (" MANY_IDS
                                   ") ORDER BY o.person_id, o.kind, o.since, o.id",
                     many_args(values, ids, n_ids), err);
}
