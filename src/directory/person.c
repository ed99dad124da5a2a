#include "directory/person.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/lookalike.h"
#include "directory/many.h"

static const DbField FIELDS[] = {
    DB_FIELD(Person, id),           DB_FIELD(Person, given_name),
    DB_FIELD(Person, family_name),  DB_FIELD(Person, ascii_name),
    DB_FIELD(Person, mobile),       DB_FIELD(Person, mobile_extension),
    DB_FIELD(Person, mobile_typed), DB_FIELD(Person, primary),
    DB_FIELD(Person, secondary),    DB_FIELD(Person, secondary_delivers),
    DB_FIELD(Person, language),     DB_FIELD(Person, created_at),
};

static const DbRecord RECORD = {
    .size = sizeof(Person),
    .free = (GDestroyNotify) person_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define SELECT_PERSON                                                                          \
    "SELECT p.id, p.given_name, p.family_name, p.ascii_name, p.mobile, p.mobile_extension,"    \
    " p.mobile_typed, a.address AS \"primary\", s.address AS secondary,"                       \
    " s.delivers AS secondary_delivers, p.language, p.created_at FROM person p"                \
    " LEFT JOIN address a ON a.person_id = p.id AND a.kind = 'primary'"                        \
    " LEFT JOIN address s ON s.person_id = p.id AND s.kind = 'secondary'"

void person_free(Person *person)
{
    if (person == NULL)
        return;
    g_free(person->given_name);
    g_free(person->family_name);
    g_free(person->ascii_name);
    g_free(person->mobile);
    g_free(person->mobile_extension);
    g_free(person->mobile_typed);
    g_free(person->primary);
    g_free(person->secondary);
    g_free(person->language);
    g_free(person);
}

static bool first_row(GPtrArray *rows, Person **ret_person)
{
    if (rows == NULL)
        return false;
    *ret_person = rows->len > 0 ? g_ptr_array_steal_index(rows, 0) : NULL;
    return true;
}

bool person_find(Db *db, int64_t id, Person **ret_person, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, SELECT_PERSON " WHERE p.id = $1",
                                          DB_ARGS(db_int(id)), err);
    return first_row(rows, ret_person);
}

GPtrArray *person_list(Db *db, const int64_t *ids, size_t n_ids, GError **err)
{
    DbValue values[MANY];
    return db_select(db, &RECORD, SELECT_PERSON " WHERE p.id IN (" MANY_IDS ")",
                     many_args(values, ids, n_ids), err);
}

bool person_find_by_address(Db *db, const char *address, Person **ret_person, GError **err)
{
    g_autofree char *key = address_key(address);
    g_autoptr(GPtrArray) rows = db_select(
        db, &RECORD,
        SELECT_PERSON " WHERE p.id = (SELECT person_id FROM address WHERE key = $1)",
        DB_ARGS(db_text(key)), err);
    return first_row(rows, ret_person);
}

bool person_find_owner(Db *db, const Edit *edit, const char *address, Person **ret_person,
                       GError **err)
{
    if (edit->bulk != NULL) {
        g_autofree char *key = address_key(address);
        if (bulk_is_free(edit->bulk, key)) {
            *ret_person = NULL;
            return true;
        }
        if (!bulk_write(edit->bulk, err))
            return false;
    }
    return person_find_by_address(db, address, ret_person, err);
}

char *person_name(const Person *person)
{
    if (*person->family_name == '\0')
        return g_strdup(person->given_name);
    return g_strconcat(person->given_name, " ", person->family_name, NULL);
}

char *person_ascii_name(const Person *person)
{
    if (person->ascii_name != NULL)
        return g_strdup(person->ascii_name);
    g_autofree char *name = person_name(person);
    return text_ascii(name);
}

char *person_mobile(const Person *person)
{
    if (person->mobile == NULL)
        return NULL;
    const Phone phone = { person->mobile, person->mobile_extension, person->mobile_typed };
    return phone_format(&phone);
}

/* Whether text is the pattern, in which each "?" stands for one or more bytes. */
static bool matches(const char *pattern, const char *text)
{
    const char *retry = NULL; /* after the "?" met last, and what it may swallow next */
    const char *retry_text = NULL;

    while (*text != '\0') {
        if (*pattern == '?') {
            retry = ++pattern;
            retry_text = ++text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (retry != NULL) {
            pattern = retry;
            text = ++retry_text;
        } else {
            return false;
        }
    }
    return *pattern == '\0';
}

bool person_has_name(const Person *person, const char *name)
{
    g_autofree char *own = person_name(person);
    g_autofree char *folded_own = text_fold(own);
    g_autofree char *clean = text_clean(name, NULL);
    g_autofree char *folded = text_fold(clean);

    return matches(folded, folded_own) || matches(folded_own, folded);
}

bool person_shares_name(const Person *person, const char *name)
{
    g_autofree char *own = person_name(person);
    g_autofree char *folded_own = text_fold(own);
    g_autofree char *folded = text_fold(name);
    g_auto(GStrv) own_words = g_strsplit_set(folded_own, " -.", -1);
    g_auto(GStrv) words = g_strsplit_set(folded, " -.", -1);

    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && g_strv_contains((const char *const *) own_words, *word))
            return true;
    }
    return false;
}

/* Storing */

static bool check_owner(Db *db, const Edit *edit, const char *address, int64_t id, GError **err)
{
    g_autoptr(Person) owner = NULL;
    if (address == NULL)
        return true;
    if (!person_find_owner(db, edit, address, &owner, err))
        return false;
    if (owner == NULL || owner->id == id)
        return true;

    g_autofree char *name = person_name(owner);
    return err_set(err, ERR_EXISTS,
                   "%s is an address of %s, and an address is one person's: take it away there "
                   "first",
                   address, name);
}

static bool insert_address(Db *db, const Edit *edit, int64_t person_id, const char *kind,
                           const char *address, bool delivers, GError **err)
{
    g_autofree char *key = address_key(address);
    g_autofree char *skeleton = lookalike_skeleton_of(address);
    if (edit->bulk != NULL)
        bulk_use_key(edit->bulk, key);
    return edit_run(db, edit,
                    "INSERT INTO address (person_id, kind, address, key, delivers, created_at,"
                    " skeleton) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    DB_ARGS(db_int(person_id), db_text(kind), db_text(address), db_text(key),
                            db_bool(delivers), db_int(edit->now), db_text(skeleton)),
                    err);
}

static bool delete_address(Db *db, int64_t person_id, const char *kind, GError **err)
{
    return db_run(db, "DELETE FROM address WHERE person_id = $1 AND kind = $2",
                  DB_ARGS(db_int(person_id), db_text(kind)), NULL, err);
}

static bool is_new_primary(const Person *before, const Person *after)
{
    return g_strcmp0(before->primary, after->primary) != 0;
}

static bool is_new_secondary(const Person *before, const Person *after)
{
    return g_strcmp0(before->secondary, after->secondary) != 0 ||
           before->secondary_delivers != after->secondary_delivers;
}

static const Person NOBODY = { 0 };

bool person_check_addresses(Db *db, const Edit *edit, const Person *before, const Person *after,
                            GError **err)
{
    const Person *old = before != NULL ? before : &NOBODY;
    return (!is_new_primary(old, after) ||
            check_owner(db, edit, after->primary, after->id, err)) &&
           (!is_new_secondary(old, after) ||
            check_owner(db, edit, after->secondary, after->id, err));
}

/* Both old addresses go before a new one comes, as the two may have changed places. */
static bool store_addresses(Db *db, const Edit *edit, const Person *before, const Person *after,
                            GError **err)
{
    bool has_new_primary = is_new_primary(before, after);
    bool has_new_secondary = is_new_secondary(before, after);

    if (has_new_primary && before->primary != NULL &&
        !delete_address(db, after->id, "primary", err))
        return false;
    if (has_new_secondary && before->secondary != NULL &&
        !delete_address(db, after->id, "secondary", err))
        return false;
    return (!has_new_primary ||
            insert_address(db, edit, after->id, "primary", after->primary, true, err)) &&
           (!has_new_secondary || after->secondary == NULL ||
            insert_address(db, edit, after->id, "secondary", after->secondary,
                           after->secondary_delivers, err));
}

char *person_search_name(const Person *person)
{
    g_autofree char *name = person_name(person);
    g_autofree char *ascii = person_ascii_name(person);
    g_autofree char *folded = text_fold(name);
    g_autofree char *folded_ascii = text_fold(ascii != NULL ? ascii : "");

    if (*folded_ascii == '\0' || g_str_equal(folded, folded_ascii))
        return g_steal_pointer(&folded);
    return g_strconcat(folded, " ", folded_ascii, NULL);
}

/* The digits of a number from the last to the first; NULL if there is none. */
static char *reversed(const char *mobile)
{
    return mobile != NULL ? g_strreverse(g_strdup(mobile + 1)) : NULL;
}

bool person_insert(Db *db, const Edit *edit, Person *person, GError **err)
{
    g_autofree char *search = person_search_name(person);
    g_autofree char *mobile_reversed = reversed(person->mobile);
    int64_t id = 0;

    if (!(edit->bulk != NULL ? bulk_next_id(edit->bulk, &id, err)
                             : db_next_id(db, "person", &id, err)) ||
        !edit_run(db, edit,
                  "INSERT INTO person (id, given_name, family_name, ascii_name, search_name,"
                  " mobile, mobile_extension, mobile_typed, mobile_reversed, language,"
                  " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                  DB_ARGS(db_int(id), db_text(person->given_name), db_text(person->family_name),
                          db_text(person->ascii_name), db_text(search), db_text(person->mobile),
                          db_text(person->mobile_extension), db_text(person->mobile_typed),
                          db_text(mobile_reversed), db_text(person->language),
                          db_int(edit->now)),
                  err))
        return false;
    person->id = id;
    person->created_at = edit->now;
    return store_addresses(db, edit, &NOBODY, person, err);
}

bool person_update(Db *db, const Edit *edit, const Person *before, const Person *after,
                   GError **err)
{
    g_autofree char *search = person_search_name(after);
    g_autofree char *mobile_reversed = reversed(after->mobile);

    return db_run(db,
                  "UPDATE person SET given_name = $2, family_name = $3, ascii_name = $4,"
                  " search_name = $5, mobile = $6, mobile_extension = $7, mobile_typed = $8,"
                  " mobile_reversed = $9, language = $10 WHERE id = $1",
                  DB_ARGS(db_int(after->id), db_text(after->given_name),
                          db_text(after->family_name), db_text(after->ascii_name),
                          db_text(search), db_text(after->mobile),
                          db_text(after->mobile_extension), db_text(after->mobile_typed),
                          db_text(mobile_reversed), db_text(after->language)),
                  NULL, err) &&
           store_addresses(db, edit, before, after, err);
}

bool person_delete_idle(Db *db, int64_t id, bool *ret_deleted, GError **err)
{
    int64_t deleted = 0;
    if (!db_run(db,
                "DELETE FROM person WHERE id = $1"
                " AND NOT EXISTS (SELECT 1 FROM seat WHERE person_id = $1)"
                " AND NOT EXISTS (SELECT 1 FROM office WHERE person_id = $1 AND until IS NULL)",
                DB_ARGS(db_int(id)), &deleted, err))
        return false;
    *ret_deleted = deleted > 0;
    return true;
}

static const char *none_if_empty(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

size_t person_values(const Person *before, const Person *after, JournalValue *values)
{
    const Person *old = before != NULL ? before : &NOBODY;
    const struct {
        const char *name, *old, *new;
    } pairs[PERSON_VALUES] = {
        { "given_name", old->given_name, after->given_name },
        { "family_name", old->family_name, after->family_name },
        { "ascii_name", old->ascii_name, after->ascii_name },
        { "mobile", old->mobile_typed, after->mobile_typed },
        { "primary", old->primary, after->primary },
        { "secondary", old->secondary, after->secondary },
        { "secondary_delivers", old->secondary_delivers ? "yes" : NULL,
          after->secondary_delivers ? "yes" : NULL },
        { "language", old->language, after->language },
    };
    size_t n = 0;

    for (size_t i = 0; i < PERSON_VALUES; i++) {
        const char *before_value = none_if_empty(pairs[i].old);
        const char *value = none_if_empty(pairs[i].new);
        if (g_strcmp0(before_value, value) != 0)
            values[n++] = (JournalValue){ pairs[i].name, value };
    }
    return n;
}
