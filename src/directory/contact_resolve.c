/* Finding the one person whom somebody named. */
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/contact_rows.h"

static bool not_found(const char *text, GError **err)
{
    g_autofree char *shown = text_printable_max(text, strlen(text), CONTACT_SEARCH_MAX);
    return err_set(err, ERR_NOT_FOUND, "nobody on file is \"%s\"", shown);
}

static bool resolve_address(Db *db, const char *text, int64_t *ret_person_id, GError **err)
{
    g_autofree char *address = NULL;
    g_autoptr(Person) person = NULL;

    if (!address_parse(text, &address, err) ||
        !person_find_by_address(db, address, &person, err))
        return false;
    if (person == NULL)
        return not_found(text, err);
    *ret_person_id = person->id;
    return true;
}

/* "ca/2": the contact of .ca with rank 2. */
static bool resolve_seat(Db *db, const char *text, int64_t *ret_person_id, GError **err)
{
    const char *slash = strrchr(text, '/');
    g_autofree char *typed = g_strndup(text, (gsize) (slash - text));
    g_autoptr(Tld) tld = NULL;
    guint64 rank = 0;

    if (!g_ascii_string_to_unsigned(slash + 1, 10, 1, TLD_CONTACTS_MAX, &rank, NULL))
        return err_set(err, ERR_INVALID, "want TLD/RANK, such as ca/1");
    if (!tld_parse(db, typed, &tld, err))
        return false;

    g_autoptr(GPtrArray) seats = seat_list_of_tld(db, tld->a_label, err);
    for (guint i = 0; seats != NULL && i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        if (seat->rank == (int64_t) rank) {
            *ret_person_id = seat->person_id;
            return true;
        }
    }
    return seats != NULL && not_found(text, err);
}

static bool resolve_number(Db *db, const char *text, int64_t *ret_person_id, GError **err)
{
    guint64 id = 0;
    g_autoptr(Person) person = NULL;

    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &id, NULL))
        return not_found(text, err);
    if (!person_find(db, (int64_t) id, &person, err))
        return false;
    if (person == NULL)
        return not_found(text, err);
    *ret_person_id = person->id;
    return true;
}

static bool resolve_name(Db *db, const char *text, int64_t *ret_person_id, GError **err)
{
    g_autoptr(GPtrArray) ids = contact_ids_named(db, text, err);
    if (ids == NULL)
        return false;
    if (ids->len == 0)
        return not_found(text, err);
    if (ids->len > 1)
        return err_set(
            err, ERR_INVALID,
            "%u%s people have that name: name one by address, number or seat (as in ca/1)",
            ids->len, ids->len == CONTACT_FOUND_MAX ? " or more" : "");
    *ret_person_id = ((ContactId *) ids->pdata[0])->id;
    return true;
}

bool contact_resolve(Db *db, const char *text, int64_t *ret_person_id, GError **err)
{
    g_autofree char *clean = text_clean(text, NULL);

    if (strchr(clean, '@') != NULL)
        return resolve_address(db, clean, ret_person_id, err);
    if (strchr(clean, '/') != NULL)
        return resolve_seat(db, clean, ret_person_id, err);
    if (*clean != '\0' && strspn(clean, "0123456789") == strlen(clean))
        return resolve_number(db, clean, ret_person_id, err);
    return resolve_name(db, clean, ret_person_id, err);
}
