#include "directory/contact.h"

#include "base/err.h"
#include "directory/contact_rows.h"
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

GPtrArray *contact_get_all(Db *db, const GPtrArray *ids, GError **err)
{
    g_autoptr(GPtrArray)
        contacts = g_ptr_array_new_with_free_func((GDestroyNotify) contact_free);

    for (guint i = 0; i < ids->len; i++) {
        const ContactId *row = ids->pdata[i];
        Contact *contact = NULL;
        if (!contact_get(db, row->id, &contact, err))
            return NULL;
        g_ptr_array_add(contacts, contact);
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
