#include "directory/contact.h"

#include "base/err.h"
#include "directory/contact_rows.h"
#include "directory/many.h"
#include "directory/office.h"

static const DbField ID_FIELDS[] = { DB_FIELD(ContactId, id) };

const DbRecord CONTACT_ID_RECORD = {
    .size = sizeof(ContactId),
    .free = g_free,
    .fields = ID_FIELDS,
    .n_fields = G_N_ELEMENTS(ID_FIELDS),
};

void contact_free(Contact *contact)
{
    if (contact == NULL)
        return;
    person_free(contact->person);
    g_clear_pointer(&contact->seats, g_ptr_array_unref);
    g_clear_pointer(&contact->offices, g_ptr_array_unref);
    g_free(contact);
}

bool contact_get(Db *db, int64_t person_id, Contact **ret_contact, GError **err)
{
    g_autoptr(Contact) contact = g_new0(Contact, 1);

    if (!person_find(db, person_id, &contact->person, err))
        return false;
    if (contact->person == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no person number %" G_GINT64_FORMAT,
                       person_id);
    contact->seats = seat_list(db, person_id, err);
    if (contact->seats == NULL)
        return false;
    contact->offices = office_list(db, person_id, false, err);
    if (contact->offices == NULL)
        return false;

    *ret_contact = g_steal_pointer(&contact);
    return true;
}

static GPtrArray *new_list(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) contact_free);
}

/* Contacts without seats and offices, by number. */
static GHashTable *read_people(Db *db, const int64_t *ids, size_t n_ids, GError **err)
{
    g_autoptr(GPtrArray) people = person_list(db, ids, n_ids, err);
    if (people == NULL)
        return NULL;

    GHashTable *contacts = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
                                                 (GDestroyNotify) contact_free);
    for (guint i = 0; i < people->len; i++) {
        Contact *contact = g_new0(Contact, 1);
        contact->person = g_steal_pointer(&people->pdata[i]);
        contact->seats = g_ptr_array_new_with_free_func((GDestroyNotify) seat_free);
        contact->offices = g_ptr_array_new_with_free_func((GDestroyNotify) office_free);
        g_hash_table_insert(contacts, &contact->person->id, contact);
    }
    return contacts;
}

static bool read_seats(Db *db, const int64_t *ids, size_t n_ids, GHashTable *contacts,
                       GError **err)
{
    g_autoptr(GPtrArray) seats = seat_list_of_people(db, ids, n_ids, err);
    for (guint i = 0; seats != NULL && i < seats->len; i++) {
        Seat *seat = seats->pdata[i];
        Contact *contact = g_hash_table_lookup(contacts, &seat->person_id);
        if (contact != NULL)
            g_ptr_array_add(contact->seats, g_steal_pointer(&seats->pdata[i]));
    }
    return seats != NULL;
}

static bool read_offices(Db *db, const int64_t *ids, size_t n_ids, GHashTable *contacts,
                         GError **err)
{
    g_autoptr(GPtrArray) offices = office_list_of_people(db, ids, n_ids, err);
    for (guint i = 0; offices != NULL && i < offices->len; i++) {
        Office *office = offices->pdata[i];
        Contact *contact = g_hash_table_lookup(contacts, &office->person_id);
        if (contact != NULL)
            g_ptr_array_add(contact->offices, g_steal_pointer(&offices->pdata[i]));
    }
    return offices != NULL;
}

/* Statements for one number cost a server less to plan than those for many. */
static bool add_one(Db *db, int64_t id, GPtrArray *list, GError **err)
{
    Contact *contact = NULL;
    g_autoptr(GError) failure = NULL;
    if (contact_get(db, id, &contact, &failure))
        g_ptr_array_add(list, contact);
    else if (!err_is(failure, ERR_NOT_FOUND)) {
        g_propagate_error(err, g_steal_pointer(&failure));
        return false;
    }
    return true;
}

static bool add_some(Db *db, const int64_t *ids, size_t n_ids, GPtrArray *list, GError **err)
{
    if (n_ids == 1)
        return add_one(db, ids[0], list, err);

    g_autoptr(GHashTable) contacts = read_people(db, ids, n_ids, err);
    if (contacts == NULL || !read_seats(db, ids, n_ids, contacts, err) ||
        !read_offices(db, ids, n_ids, contacts, err))
        return false;

    for (size_t i = 0; i < n_ids; i++) {
        gpointer contact = NULL;
        if (g_hash_table_steal_extended(contacts, &ids[i], NULL, &contact))
            g_ptr_array_add(list, contact);
    }
    return true;
}

GPtrArray *contact_get_all(Db *db, const GPtrArray *ids, GError **err)
{
    g_autoptr(GPtrArray) contacts = new_list();

    for (guint start = 0; start < ids->len; start += MANY) {
        int64_t some[MANY];
        size_t n = 0;
        for (; n < MANY && start + n < ids->len; n++)
            some[n] = ((ContactId *) ids->pdata[start + n])->id;
        if (!add_some(db, some, n, contacts, err))
            return NULL;
    }
    return g_steal_pointer(&contacts);
}

GPtrArray *contact_list(Db *db, const char *a_label, GError **err)
{
    g_autoptr(GPtrArray)
        ids = a_label != NULL
                  ? db_select(db, &CONTACT_ID_RECORD,
                              "SELECT person_id AS id FROM seat WHERE tld = $1 ORDER BY rank",
                              DB_ARGS(db_text(a_label)), err)
                  : db_select(db, &CONTACT_ID_RECORD,
                              "SELECT id FROM person WHERE EXISTS"
                              " (SELECT 1 FROM seat WHERE person_id = person.id)"
                              " ORDER BY search_name, id",
                              DB_NO_ARGS, err);
    return ids != NULL ? contact_get_all(db, ids, err) : NULL;
}
