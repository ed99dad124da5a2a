#include "membership/request_apply.h"

#include "base/err.h"
#include "directory/contact.h"

static PersonInput input_of(const Request *request, const RequestContact *contact)
{
    bool is_new = request->kind != REQUEST_CHANGE;
    return (PersonInput){
        .given_name = contact->given_name,
        .family_name = contact->family_name,
        .mobile = contact->mobile,
        .primary = contact->primary,
        .secondary = contact->secondary,
        .language = is_new ? request->language : NULL,
    };
}

/* Who is on file already gets one seat more: not another entry. */
static bool add(const Work *work, const Edit *edit, const Tld *tld, const Request *request,
                RequestContact *contact, const char *details, GError **err)
{
    PersonInput input = input_of(request, contact);
    g_autoptr(Person) person = NULL;
    if (!person_find_by_address(work->db, contact->primary, &person, err))
        return false;
    if (person == NULL)
        return contact_add_new(work->db, edit, tld, contact->rank, &input, details,
                               &contact->person_id, err);
    input.language = NULL;
    contact->person_id = person->id;
    return contact_add_seat(work->db, edit, tld, contact->rank, person, &input, details, err);
}

static bool change(const Work *work, const Edit *edit, const Tld *tld, const Request *request,
                   const RequestContact *contact, const char *details, GError **err)
{
    const PersonInput input = input_of(request, contact);
    return contact_change_within(work->db, edit, contact->person_id, &input, details, err) &&
           (contact->rank == 0 ||
            seat_move(work->db, edit, tld, contact->person_id, contact->rank, err));
}

/* All that speak for it by now. */
static bool leave(const Work *work, const Edit *edit, const Tld *tld, const char *details,
                  GError **err)
{
    g_autoptr(GPtrArray) seats = seat_list_of_tld(work->db, tld->a_label, err);
    for (guint i = 0; seats != NULL && i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        if (!contact_remove_within(work->db, edit, seat->person_id, tld->a_label, details, err))
            return false;
    }
    return seats != NULL;
}

static bool apply_one(const Work *work, const Edit *edit, const Tld *tld,
                      const Request *request, RequestContact *contact, const char *details,
                      GError **err)
{
    if (request->kind == REQUEST_JOIN || request->kind == REQUEST_ADD)
        return add(work, edit, tld, request, contact, details, err);
    if (contact->person_id == 0)
        return err_set(err, ERR_NOT_FOUND, "contact %" G_GINT64_FORMAT " is no longer on file",
                       contact->position);
    if (request->kind == REQUEST_CHANGE)
        return change(work, edit, tld, request, contact, details, err);
    return contact_remove_within(work->db, edit, contact->person_id, tld->a_label, details,
                                 err);
}

/* Who has neither seat nor office left is on file no more. */
static bool forget_gone(const Work *work, const GPtrArray *contacts, GError **err)
{
    for (guint i = 0; i < contacts->len; i++) {
        RequestContact *contact = contacts->pdata[i];
        g_autoptr(Person) person = NULL;
        if (contact->person_id != 0 && !person_find(work->db, contact->person_id, &person, err))
            return false;
        if (person == NULL)
            contact->person_id = 0;
    }
    return true;
}

bool request_apply(const Work *work, const Edit *edit, const Request *request,
                   const GPtrArray *contacts, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autofree char *details = g_strdup_printf("request %" G_GINT64_FORMAT, request->number);
    if (!tld_find(work->db, request->tld, &tld, err))
        return false;
    if (tld == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no TLD .%s any more", request->u_label);
    if (request->kind == REQUEST_LEAVE && !leave(work, edit, tld, details, err))
        return false;
    for (guint i = 0; request->kind != REQUEST_LEAVE && i < contacts->len; i++) {
        if (!apply_one(work, edit, tld, request, contacts->pdata[i], details, err))
            return false;
    }
    return forget_gone(work, contacts, err);
}
