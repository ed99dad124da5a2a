/* Adding, changing and removing contacts. */
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/contact_rows.h"
#include "directory/person_words.h"

/* A secondary address is for the day on which the TLD itself does not work (R81, R84). */
static bool check_secondary_of(const Person *person, const GPtrArray *seats, GError **err)
{
    for (guint i = 0; i < seats->len && person->secondary != NULL; i++) {
        const Seat *seat = seats->pdata[i];
        if (address_is_within(person->secondary, seat->tld))
            return err_set(err, ERR_INVALID,
                           "the secondary address %s is inside .%s: it is for the day on which "
                           "mail to .%s fails, so it has to be elsewhere",
                           person->secondary, seat->u_label, seat->u_label);
    }
    return true;
}

static bool check_secondary(Db *db, const Person *person, GError **err)
{
    if (person->secondary == NULL)
        return true;
    g_autoptr(GPtrArray) seats = seat_list(db, person->id, err);
    return seats != NULL && check_secondary_of(person, seats, err);
}

/* Whether an address that was given is the one on file, or both are missing. */
static bool is_same_address(const char *typed, const char *on_file)
{
    g_autofree char *address = NULL;
    if (!person_parse_address(typed, &address, NULL, NULL))
        return false;
    if (address == NULL || on_file == NULL)
        return address == on_file;
    return address_equal(address, on_file);
}

static bool is_same_mobile(const char *typed, const Person *person)
{
    g_auto(Phone) phone = { 0 };
    return phone_parse(typed, &phone, NULL) && g_strcmp0(phone.e164, person->mobile) == 0 &&
           g_strcmp0(phone.extension, person->mobile_extension) == 0;
}

static bool has_text(const char *text)
{
    return text != NULL && *text != '\0';
}

bool contact_check_name(const Person *person, const PersonInput *input, GError **err)
{
    const char *given = input->given_name != NULL ? input->given_name : "";
    const char *family = input->family_name != NULL ? input->family_name : "";
    g_autofree char *typed = g_strconcat(given, " ", family, NULL);
    g_autofree char *name = person_name(person);

    return (*given == '\0' && *family == '\0') || person_has_name(person, typed) ||
           err_set(err, ERR_EXISTS, "%s is the address of %s: an address is one person's",
                   input->primary, name);
}

/* One more seat is for the person as on file: what differs is either a mistake or a change,
 * and neither should happen on the way. */
bool contact_check_agrees(const Person *person, const PersonInput *input, GError **err)
{
    g_autofree char *name = person_name(person);

    if (!is_same_address(input->primary, person->primary))
        return err_set(err, ERR_EXISTS, "%s is the secondary address of %s", person->secondary,
                       name);
    if (!contact_check_name(person, input, err))
        return false;
    if (has_text(input->mobile) && !is_same_mobile(input->mobile, person))
        return err_set(err, ERR_EXISTS, "%s is on file with another mobile number", name);
    if (has_text(input->secondary) && !is_same_address(input->secondary, person->secondary))
        return err_set(err, ERR_EXISTS, "%s is on file with another secondary address", name);
    if (input->secondary_mail == PERSON_MAIL_YES && !person->secondary_delivers)
        return err_set(err, ERR_EXISTS, "the secondary address of %s gets no mail so far",
                       name);
    if (has_text(input->ascii_name) && g_strcmp0(input->ascii_name, person->ascii_name) != 0)
        return err_set(err, ERR_EXISTS, "%s is on file with another ASCII name", name);
    if (has_text(input->language) && !g_str_equal(input->language, person->language))
        return err_set(err, ERR_EXISTS, "%s is on file with another language", name);
    return true;
}

bool contact_find_primary(Db *db, const Edit *edit, const char *typed, Person **ret_person,
                          GError **err)
{
    g_autofree char *address = NULL;

    if (!person_parse_address(typed != NULL ? typed : "", &address, NULL, err)) {
        g_prefix_error(err, "primary address: ");
        return false;
    }
    if (address == NULL)
        return err_set(err, ERR_INVALID, "a contact needs a primary address");
    return person_find_owner(db, edit, address, ret_person, err);
}

static bool read_person(Person *person, const Edit *edit, const PersonInput *input,
                        GError **err)
{
    if (!person_apply(person, input, edit, err))
        return false;
    if (person->mobile == NULL) {
        g_autofree char *name = person_name(person);
        edit_notice(edit, "%s has no mobile number: members call it when mail fails", name);
    }
    return true;
}

static bool journal_add_contact(Db *db, const Edit *edit, const Person *person, bool is_new,
                                const char *a_label, int64_t rank, const char *details,
                                GError **err)
{
    g_autofree char *name = person_name(person);
    g_autofree char *words = g_strdup_printf("rank %" G_GINT64_FORMAT "%s%s", rank,
                                             details != NULL ? "; " : "",
                                             details != NULL ? details : "");
    JournalValue values[PERSON_VALUES] = { { "name", name } };
    size_t n = is_new ? person_values(NULL, person, values) : 1;

    return edit_journal(db, edit, "contact.add", a_label, person->id, words, values, n, err);
}

/* How many others of the TLD bear the name of somebody who has just got a seat there. */
static bool count_same_name(Db *db, const Edit *edit, const Tld *tld, const Person *person,
                            int64_t *ret_count, GError **err)
{
    g_autofree char *name = person_search_name(person);
    if (edit->bulk != NULL)
        return bulk_add_name(edit->bulk, tld->a_label, name, ret_count, err);
    return db_select_int(db,
                         "SELECT count(*) FROM person p WHERE p.id != $2 AND p.search_name = $3"
                         " AND EXISTS (SELECT 1 FROM seat s WHERE s.tld = $1"
                         " AND s.person_id = p.id)",
                         DB_ARGS(db_text(tld->a_label), db_int(person->id), db_text(name)),
                         ret_count, err);
}

/* One person with two addresses would fill two seats. */
static bool note_same_name(Db *db, const Edit *edit, const Tld *tld, const Person *person,
                           GError **err)
{
    g_autofree char *name = person_name(person);
    int64_t count = 0;
    if (!count_same_name(db, edit, tld, person, &count, err))
        return false;
    if (count > 0 && strchr(name, '?') == NULL) /* with lost letters many are alike */
        edit_notice(edit,
                    ".%s has two contacts named %s now: if they are one person, remove this "
                    "one and give the other the address",
                    tld->u_label, name);
    return true;
}

bool contact_add_new(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                     const PersonInput *input, const char *details, int64_t *ret_person_id,
                     GError **err)
{
    g_autoptr(Person) person = g_new0(Person, 1);
    g_autoptr(GPtrArray) seats = g_ptr_array_new();
    Seat seat = { .tld = tld->a_label, .u_label = tld->u_label };
    SeatPlace place = { 0, 0 };
    g_ptr_array_add(seats, &seat);

    if (!read_person(person, edit, input, err) ||
        !person_check_addresses(db, edit, NULL, person, err) ||
        !seat_find_place(db, edit, tld, rank, &place, err) ||
        !check_secondary_of(person, seats, err))
        return false;
    if (!person_insert(db, edit, person, err) ||
        !seat_take(db, edit, tld, person->id, &place, err) ||
        !note_same_name(db, edit, tld, person, err) ||
        !person_words_add(db, edit, person, seats, err) ||
        !journal_add_contact(db, edit, person, true, tld->a_label, place.rank, details, err))
        return false;
    *ret_person_id = person->id;
    return true;
}

bool contact_add_seat(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                      const Person *person, const PersonInput *input, const char *details,
                      GError **err)
{
    return contact_check_agrees(person, input, err) &&
           seat_add(db, edit, tld, person->id, rank, &rank, err) &&
           check_secondary(db, person, err) && person_words_renew(db, person->id, err) &&
           journal_add_contact(db, edit, person, false, tld->a_label, rank, details, err);
}

static bool add_to(Db *db, const Edit *edit, const char *typed_tld, int64_t rank,
                   const PersonInput *input, int64_t *ret_person_id, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autoptr(Person) on_file = NULL;

    if (!tld_parse(db, typed_tld, &tld, err) ||
        !contact_find_primary(db, edit, input->primary, &on_file, err))
        return false;
    if (on_file != NULL) {
        *ret_person_id = on_file->id;
        return contact_add_seat(db, edit, tld, rank, on_file, input, NULL, err);
    }
    if (!has_text(input->mobile))
        return err_set(err, ERR_INVALID,
                       "a contact needs a mobile number: members call it when mail fails");
    return contact_add_new(db, edit, tld, rank, input, NULL, ret_person_id, err);
}

bool contact_add(Db *db, const Edit *edit, const char *tld, int64_t rank,
                 const PersonInput *input, int64_t *ret_person_id, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    int64_t person_id = 0;

    if (transaction == NULL || !add_to(db, edit, tld, rank, input, &person_id, err) ||
        !db_commit(&transaction, err))
        return false;
    *ret_person_id = person_id;
    return true;
}

static bool get_person(Db *db, int64_t id, Person **ret_person, GError **err)
{
    if (!person_find(db, id, ret_person, err))
        return false;
    return *ret_person != NULL ||
           err_set(err, ERR_NOT_FOUND, "there is no person number %" G_GINT64_FORMAT, id);
}

bool contact_change_within(Db *db, const Edit *edit, int64_t person_id,
                           const PersonInput *input, const char *details, GError **err)
{
    g_autoptr(Person) before = NULL;
    g_autoptr(Person) after = NULL;
    if (!get_person(db, person_id, &before, err) || !get_person(db, person_id, &after, err) ||
        !person_apply(after, input, edit, err))
        return false;

    JournalValue values[PERSON_VALUES];
    size_t n = person_values(before, after, values);
    if (n == 0)
        return true;
    if (before->mobile != NULL && after->mobile == NULL)
        return err_set(err, ERR_INVALID, "a contact needs a mobile number: give another one");
    return person_check_addresses(db, edit, before, after, err) &&
           person_update(db, edit, before, after, err) && check_secondary(db, after, err) &&
           person_words_renew(db, person_id, err) &&
           edit_journal(db, edit, "contact.change", NULL, person_id, details, values, n, err);
}

static bool change_rank(Db *db, const Edit *edit, int64_t person_id, const char *typed_tld,
                        int64_t rank, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    return tld_parse(db, typed_tld, &tld, err) &&
           seat_move(db, edit, tld, person_id, rank, err);
}

bool contact_change(Db *db, const Edit *edit, int64_t person_id, const PersonInput *input,
                    const char *tld, int64_t rank, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);

    return transaction != NULL &&
           contact_change_within(db, edit, person_id, input, NULL, err) &&
           (rank == 0 || change_rank(db, edit, person_id, tld, rank, err)) &&
           db_commit(&transaction, err);
}

static bool remove_seat(Db *db, const Edit *edit, const Person *person, const char *a_label,
                        const char *details, GError **err)
{
    g_autofree char *name = person_name(person);
    const JournalValue value = { "name", name };
    g_autoptr(GPtrArray) others = NULL;

    if (!seat_remove(db, person->id, a_label, err) ||
        !edit_journal(db, edit, "contact.remove", a_label, person->id, details, &value, 1, err))
        return false;
    others = seat_list_of_tld(db, a_label, err);
    if (others == NULL)
        return false;
    if (others->len == 0) {
        g_autofree char *shown = domain_display(a_label);
        edit_notice(edit, ".%s has no contact left", shown);
    }
    return true;
}

static bool remove_seats(Db *db, const Edit *edit, const Person *person, const char *typed_tld,
                         const char *details, GError **err)
{
    if (typed_tld != NULL) {
        g_autoptr(Tld) tld = NULL;
        return tld_parse(db, typed_tld, &tld, err) &&
               remove_seat(db, edit, person, tld->a_label, details, err);
    }

    g_autoptr(GPtrArray) seats = seat_list(db, person->id, err);
    if (seats == NULL)
        return false;
    if (seats->len == 0)
        return err_set(err, ERR_NOT_FOUND, "that person speaks for no TLD");
    for (guint i = 0; i < seats->len; i++)
        if (!remove_seat(db, edit, person, ((Seat *) seats->pdata[i])->tld, details, err))
            return false;
    return true;
}

bool contact_forget_idle(Db *db, const Edit *edit, const Person *person, GError **err)
{
    bool is_deleted = false;
    if (!person_delete_idle(db, person->id, &is_deleted, err))
        return false;
    if (!is_deleted)
        return true;
    if (!person_words_drop(db, person->id, err))
        return false;

    g_autofree char *name = person_name(person);
    edit_notice(edit, "%s has neither seat nor office left and is no longer on file", name);
    return edit_journal(db, edit, "person.delete", NULL, person->id, NULL, NULL, 0, err);
}

bool contact_remove_within(Db *db, const Edit *edit, int64_t person_id, const char *tld,
                           const char *details, GError **err)
{
    g_autoptr(Person) person = NULL;
    return get_person(db, person_id, &person, err) &&
           remove_seats(db, edit, person, tld, details, err) &&
           person_words_renew(db, person_id, err) && contact_forget_idle(db, edit, person, err);
}

bool contact_remove(Db *db, const Edit *edit, int64_t person_id, const char *tld, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(db, err);
    return transaction != NULL && contact_remove_within(db, edit, person_id, tld, NULL, err) &&
           db_commit(&transaction, err);
}
