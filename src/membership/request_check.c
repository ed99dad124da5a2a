#include "membership/request_check.h"

#include "base/address.h"
#include "base/err.h"
#include "directory/contact.h"
#include "directory/lookalike.h"
#include "directory/office.h"
#include "membership/address_rule.h"

void request_check_clear(RequestCheck *check)
{
    g_clear_pointer(&check->grey, g_ptr_array_unref);
    g_clear_pointer(&check->looks, g_ptr_array_unref);
}

/* What a look works on. */
typedef struct {
    const Work *work;
    Request *request;
    Tld *tld;
    GPtrArray *on_file; /* Contact *: those of the TLD */
    RequestCheck *check;
    bool is_again; /* who is meant is known */
} Look;

static unsigned bit(FormField field)
{
    return 1U << field;
}

static bool has_news(const RequestContact *contact)
{
    return contact->given_name != NULL || contact->family_name != NULL ||
           contact->mobile != NULL || contact->primary != NULL || contact->secondary != NULL ||
           contact->rank != 0;
}

unsigned request_missing(RequestKind kind, const RequestContact *contact)
{
    switch (kind) {
    case REQUEST_JOIN:
    case REQUEST_ADD:
        return (contact->given_name == NULL ? bit(FORM_NAME) : 0) |
               (contact->mobile == NULL ? bit(FORM_MOBILE) : 0) |
               (contact->primary == NULL ? bit(FORM_EMAIL) : 0);
    case REQUEST_CHANGE:
        return (contact->person_id == 0 ? bit(FORM_OLD_EMAIL) : 0) |
               (has_news(contact) ? 0 : bit(FORM_MOBILE) | bit(FORM_EMAIL));
    case REQUEST_REMOVE:
        return contact->person_id == 0 ? bit(FORM_OLD_EMAIL) : 0;
    case REQUEST_LEAVE:
    default:
        return 0;
    }
}

/* The first problem stays: it is to be put right first; but one that everybody may know goes
 * before one that not everybody may. Takes text. */
static void set(RequestContact *contact, bool is_secret, char *text)
{
    if (contact->problem != NULL && (is_secret || !contact->is_secret)) {
        g_free(text);
        return;
    }
    g_free(contact->problem);
    contact->problem = text;
    contact->is_secret = is_secret;
}

static void set_problem(RequestContact *contact, char *text)
{
    set(contact, false, text);
}

/* A problem that says who is on file, or how many. */
static void set_secret(RequestContact *contact, char *text)
{
    set(contact, true, text);
}

/* Who is meant */

static bool has_address(const Person *person, const char *address)
{
    if (address == NULL)
        return false;
    g_autofree char *canonical = NULL;
    if (!person_parse_address(address, &canonical, NULL, NULL) || canonical == NULL)
        return false;
    g_autofree char *key = address_key(canonical);
    g_autofree char *primary = address_key(person->primary);
    g_autofree char *secondary = person->secondary != NULL ? address_key(person->secondary)
                                                           : NULL;
    return g_str_equal(key, primary) || g_strcmp0(key, secondary) == 0;
}

/* "? ?" is what a plain list makes of names in other scripts: it fits everybody. */
static bool has_letter(const char *name)
{
    for (const char *at = name; *at != '\0'; at += g_utf8_skip[*(const guchar *) at]) {
        if (g_unichar_isalpha(g_utf8_get_char(at)))
            return true;
    }
    return false;
}

static bool is_named(const Person *person, const RequestContact *contact)
{
    g_autofree char *name = request_contact_name(contact);
    return has_letter(name) && person_has_name(person, name);
}

/* A contact of the TLD: by the address that was named as the current one, by one of the
 * addresses given, or by a name that only one of them has. */
static const Person *find_person(const Look *look, const RequestContact *contact)
{
    const Person *by_name = NULL;
    guint names = 0;
    for (guint i = 0; i < look->on_file->len; i++) {
        const Person *person = ((Contact *) look->on_file->pdata[i])->person;
        if (has_address(person, contact->whose) ||
            (contact->whose == NULL && has_address(person, contact->primary)))
            return person;
        if (is_named(person, contact)) {
            by_name = person;
            names++;
        }
    }
    if (names == 1 && contact->whose == NULL)
        return by_name;
    return NULL;
}

/* Who writes about nobody in particular writes of the own entry. */
static const Person *find_requester(const Look *look, const RequestContact *contact)
{
    for (guint i = 0; i < look->on_file->len; i++) {
        const Person *person = ((Contact *) look->on_file->pdata[i])->person;
        g_autofree char *name = request_contact_name(contact);
        if (person->id == look->request->person_id &&
            (*name == '\0' || person_has_name(person, name)))
            return person;
    }
    return NULL;
}

/* What is on file already is no news. */
static void drop_known(RequestContact *contact, const Person *person)
{
    if (has_address(person, contact->primary))
        g_clear_pointer(&contact->primary, g_free);
    if (has_address(person, contact->secondary))
        g_clear_pointer(&contact->secondary, g_free);
    if (is_named(person, contact)) {
        g_clear_pointer(&contact->given_name, g_free);
        g_clear_pointer(&contact->family_name, g_free);
    }
}

/* Whom it is about, for those who read of it. */
static void show_person(RequestContact *contact, const Person *person)
{
    g_free(contact->given_name);
    g_free(contact->family_name);
    contact->given_name = g_strdup(person->given_name);
    contact->family_name = g_strdup(person->family_name);
}

static void identify(const Look *look, RequestContact *contact, guint n_contacts)
{
    const Person *person = find_person(look, contact);
    if (person == NULL && contact->whose == NULL && n_contacts == 1)
        person = find_requester(look, contact);
    contact->person_id = person != NULL ? person->id : 0;
    if (person == NULL) {
        set_secret(contact, g_strdup_printf("no contact of .%s is named by this: give the "
                                            "address that is on file as \"Current e-mail\"",
                                            look->tld->u_label));
        return;
    }
    if (look->request->kind == REQUEST_CHANGE)
        drop_known(contact, person);
    else
        show_person(contact, person);
    if (contact->whose == NULL)
        contact->whose = g_strdup(person->primary);
}

/* Who was found when the request was complete. */
static void find_again(const Look *look, RequestContact *contact)
{
    for (guint i = 0; i < look->on_file->len; i++) {
        if (((Contact *) look->on_file->pdata[i])->person->id == contact->person_id)
            return;
    }
    set_problem(contact, g_strdup_printf("contact %" G_GINT64_FORMAT " is no longer one of .%s",
                                         contact->position, look->tld->u_label));
}

/* An entry that others rely on too must not be in the hands of one TLD's authority alone. */
static bool look_at_sharing(const Look *look, const RequestContact *contact, GError **err)
{
    const Request *request = look->request;
    g_autoptr(GPtrArray) seats = seat_list(look->work->db, contact->person_id, err);
    g_autoptr(GPtrArray)
        offices = seats != NULL ? office_list(look->work->db, contact->person_id, false, err)
                                : NULL;
    if (offices == NULL)
        return false;
    bool is_shared = offices->len > 0;
    for (guint i = 0; i < seats->len; i++)
        is_shared = is_shared ||
                    !g_str_equal(((Seat *) seats->pdata[i])->tld, look->tld->a_label);
    bool is_own = request->evidence != NULL && request->person_id == contact->person_id;
    if (is_shared && !is_own) {
        look->check->facts.is_shared = true;
        look->check->shared |= 1U << contact->position;
    }
    return true;
}

bool request_check_is_shared(const RequestCheck *check, const RequestContact *contact)
{
    return (check->shared & 1U << contact->position) != 0;
}

/* Addresses */

/* Canonical, in its place; false if it is none, with the problem set. */
static bool canonise(RequestContact *contact, char **field, const char *what)
{
    g_autoptr(GError) wrong = NULL;
    char *canonical = NULL;
    if (*field == NULL)
        return true;
    if (!person_parse_address(*field, &canonical, NULL, &wrong)) {
        set_problem(contact, g_strdup_printf("%s: %s", what, wrong->message));
        return false;
    }
    g_free(*field);
    *field = canonical;
    return true;
}

/* A name as it is to be, for comparing it with the address. */
static bool names_of(const Look *look, const RequestContact *contact, char **ret_given,
                     char **ret_family, GError **err)
{
    g_autoptr(Person) person = NULL;
    if (contact->person_id != 0 &&
        !person_find(look->work->db, contact->person_id, &person, err))
        return false;
    bool is_given = contact->given_name != NULL || person == NULL;
    *ret_given = g_strdup(is_given ? contact->given_name : person->given_name);
    *ret_family = g_strdup(is_given ? contact->family_name : person->family_name);
    return true;
}

/* A second address is refused for a function too, but it need not show whose it is: a code over
 * the phone does that. */
static bool judge_address(const Look *look, RequestContact *contact, const char *address,
                          bool is_secondary, GError **err)
{
    g_autofree char *given = NULL;
    g_autofree char *family = NULL;
    g_autofree char *why = NULL;
    if (!names_of(look, contact, &given, &family, err))
        return false;
    AddressRule rule = address_rule(address, given, family, &why);
    g_autofree char *shown = address_display(address);
    if (is_secondary && rule != ADDRESS_ROLE)
        return true;
    if (rule == ADDRESS_ROLE)
        set_problem(contact, g_strdup_printf("%s: %s", shown, why));
    if (rule == ADDRESS_UNREAD) {
        look->check->facts.is_unread = true;
        g_ptr_array_add(look->check->looks, g_strdup_printf("%s: %s", shown, why));
    }
    if (rule == ADDRESS_GREY) {
        look->check->facts.is_grey = true;
        g_ptr_array_add(look->check->grey,
                        g_strdup_printf("%s%s%s, %s: %s", given != NULL ? given : "",
                                        given != NULL && family != NULL ? " " : "",
                                        family != NULL ? family : "", shown, why));
    }
    return true;
}

static bool is_newcomer(const Look *look)
{
    return look->request->kind == REQUEST_JOIN || look->request->kind == REQUEST_ADD;
}

/* An address of somebody else is refused without a word of whose it is. */
static bool look_at_address(const Look *look, RequestContact *contact, const char *address,
                            bool is_secondary, GError **err)
{
    g_autoptr(Person) owner = NULL;
    g_autoptr(GPtrArray) likes = NULL;
    if (address == NULL)
        return true;
    if (!person_find_by_address(look->work->db, address, &owner, err))
        return false;
    if (owner != NULL && !is_secondary && is_newcomer(look))
        contact->person_id = owner->id; /* another seat, not another entry */
    bool is_other = owner != NULL && owner->id != contact->person_id;
    if (is_other && (is_secondary || contact->person_id != 0)) {
        set_secret(contact, g_strdup("an address in it is on file for somebody else"));
        return true;
    }
    if (owner != NULL)
        return true;
    look->check->facts.adds_address = true;
    look->check->facts.adds_secondary = look->check->facts.adds_secondary || is_secondary;
    if (is_secondary && address_is_within(address, look->tld->a_label))
        set_problem(contact,
                    g_strdup_printf("the secondary address is inside .%s: it is for the "
                                    "day on which mail to .%s fails, so it has to be "
                                    "elsewhere",
                                    look->tld->u_label, look->tld->u_label));
    if (lookalike_mixes_scripts(address)) {
        g_autofree char *shown = address_display(address);
        look->check->facts.has_likeness = true;
        g_ptr_array_add(look->check->looks,
                        g_strdup_printf("%s: a word of it mixes letters of two scripts that "
                                        "look alike",
                                        shown));
    }
    likes = lookalike_find(look->work->db, address, err);
    if (likes == NULL)
        return false;
    for (guint i = 0; i < likes->len; i++) {
        look->check->facts.has_likeness = true;
        g_ptr_array_add(look->check->looks, lookalike_format(address, likes->pdata[i]));
    }
    return judge_address(look, contact, address, is_secondary, err);
}

/* Numbers and names are read as the directory will read them. */
static void look_at_values(RequestContact *contact)
{
    g_autoptr(Person) person = g_new0(Person, 1);
    g_autoptr(GError) wrong = NULL;
    g_autofree char *name = request_contact_name(contact);
    const Edit edit = { .actor = "" };
    const PersonInput input = {
        .given_name = contact->given_name != NULL ? contact->given_name : "x",
        .family_name = contact->family_name,
        .mobile = contact->mobile,
        .primary = contact->primary != NULL ? contact->primary : "x@example.org",
        .secondary = contact->secondary,
    };
    if (!person_apply(person, &input, &edit, &wrong))
        set_problem(contact, g_strdup(wrong->message));
    if (address_rule_is_role_name(name))
        set_problem(contact,
                    g_strdup_printf("\"%s\" is a function: the directory lists people, "
                                    "so that members know whom they reach",
                                    name));
}

/* Another name in the place of one: of somebody who marries, some of it stays. */
static bool look_at_name(const Look *look, const RequestContact *contact, GError **err)
{
    g_autoptr(Person) person = NULL;
    g_autofree char *name = request_contact_name(contact);
    if (look->request->kind != REQUEST_CHANGE || contact->person_id == 0 || *name == '\0')
        return true;
    if (!person_find(look->work->db, contact->person_id, &person, err))
        return false;
    if (person == NULL || person_shares_name(person, name))
        return true;
    g_autofree char *before = person_name(person);
    look->check->facts.is_another = true;
    g_ptr_array_add(
        look->check->looks,
        g_strdup_printf("%s is to become %s: is it the same person?", before, name));
    return true;
}

static bool look_at_contact(const Look *look, RequestContact *contact, guint n_contacts,
                            GError **err)
{
    RequestKind kind = look->request->kind;
    if (is_newcomer(look))
        contact->person_id = 0;
    else if (kind != REQUEST_LEAVE && look->is_again)
        find_again(look, contact);
    else if (kind != REQUEST_LEAVE)
        identify(look, contact, n_contacts);
    if (kind == REQUEST_REMOVE || kind == REQUEST_LEAVE)
        return true;
    if (!canonise(contact, &contact->primary, "e-mail") ||
        !canonise(contact, &contact->secondary, "secondary e-mail"))
        return true;
    look_at_values(contact);
    if (!look_at_name(look, contact, err))
        return false;
    if (kind == REQUEST_CHANGE && contact->primary != NULL)
        look->check->facts.moves_address = true;
    if (!look_at_address(look, contact, contact->primary, false, err) ||
        !look_at_address(look, contact, contact->secondary, true, err))
        return false;
    /* The rules about another primary address ask the owner, or call the phone. */
    bool is_asked = kind == REQUEST_CHANGE && contact->primary != NULL;
    return contact->person_id == 0 || is_asked || look_at_sharing(look, contact, err);
}

/* The TLD */

static bool is_contact_of(const Look *look, const RequestContact *contact)
{
    for (guint i = 0; i < look->on_file->len; i++) {
        const Person *person = ((Contact *) look->on_file->pdata[i])->person;
        if (has_address(person, contact->primary))
            return true;
    }
    return false;
}

/* Who is one already, and how many there may be (R27, R31, R72). */
static void look_at_seats(const Look *look, GPtrArray *contacts)
{
    const Edit edit = { .contacts_per_tld = look->work->config->contacts_per_tld };
    int64_t limit = seat_limit(&edit, look->tld);
    int64_t places = limit - (int64_t) look->on_file->len;
    for (guint i = 0; i < contacts->len; i++) {
        RequestContact *contact = contacts->pdata[i];
        if (is_contact_of(look, contact))
            set_secret(contact,
                       g_strdup_printf("is a contact of .%s already", look->tld->u_label));
        else if ((int64_t) i >= places)
            set_secret(contact, g_strdup_printf(
                                    ".%s may have %" G_GINT64_FORMAT " contacts and has %u: "
                                    "name one to be removed, or ask the secretariat for more",
                                    look->tld->u_label, limit, look->on_file->len));
    }
}

/* The same address twice in one form is the same person twice. */
static void look_at_doubles(const GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++) {
        RequestContact *contact = contacts->pdata[i];
        for (guint k = 0; k < i && contact->primary != NULL; k++) {
            const RequestContact *before = contacts->pdata[k];
            if (before->primary != NULL && address_equal(before->primary, contact->primary))
                set_problem(contact,
                            g_strdup_printf("has the e-mail of contact %" G_GINT64_FORMAT
                                            ": give one that is this person's own",
                                            before->position));
        }
    }
}

static RequestContact *new_contact(guint position)
{
    RequestContact *contact = g_new0(RequestContact, 1);
    contact->position = position;
    return contact;
}

static RequestContact *leaving(const Contact *on_file, guint position)
{
    RequestContact *contact = new_contact(position);
    contact->person_id = on_file->person->id;
    contact->given_name = g_strdup(on_file->person->given_name);
    contact->family_name = g_strdup(on_file->person->family_name);
    contact->whose = g_strdup(on_file->person->primary);
    return contact;
}

static void fill_leaving(const Look *look, GPtrArray *contacts)
{
    g_ptr_array_set_size(contacts, 0);
    for (guint i = 0; i < look->on_file->len; i++)
        g_ptr_array_add(contacts, leaving(look->on_file->pdata[i], i + 1));
}

static bool leaves_nobody(const Look *look, const GPtrArray *contacts)
{
    guint leaving_now = 0;
    for (guint i = 0; i < contacts->len; i++)
        leaving_now += ((RequestContact *) contacts->pdata[i])->person_id != 0;
    bool is_leaving = look->request->kind == REQUEST_REMOVE ||
                      look->request->kind == REQUEST_LEAVE;
    return is_leaving && leaving_now >= look->on_file->len;
}

static void find_kind(const Look *look)
{
    Request *request = look->request;
    if (request->kind == REQUEST_JOIN && look->on_file->len > 0)
        request->kind = REQUEST_ADD;
    else if (request->kind == REQUEST_ADD && look->on_file->len == 0)
        request->kind = REQUEST_JOIN;
}

static bool is_complete(const Request *request, const GPtrArray *contacts)
{
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        if (contact->problem != NULL || request_missing(request->kind, contact) != 0)
            return false;
    }
    return contacts->len > 0;
}

static bool look_at_all(const Look *look, GPtrArray *contacts, GError **err)
{
    if (!look->is_again)
        find_kind(look);
    if (look->request->kind == REQUEST_LEAVE)
        fill_leaving(look, contacts);
    if (contacts->len == 0 && look->request->kind == REQUEST_REMOVE)
        g_ptr_array_add(contacts,
                        new_contact(1)); /* whoever asks: "TLD: .xx", "Request: remove" */
    for (guint i = 0; i < contacts->len; i++) {
        if (!look_at_contact(look, contacts->pdata[i], contacts->len, err))
            return false;
    }
    if (is_newcomer(look))
        look_at_seats(look, contacts);
    look_at_doubles(contacts);
    look->check->facts.kind = look->request->kind;
    look->check->facts.leaves_nobody = leaves_nobody(look, contacts);
    if (look->check->facts.leaves_nobody)
        g_ptr_array_add(look->check->looks, g_strdup("afterwards the TLD has no contact"));
    look->check->is_complete = is_complete(look->request, contacts);
    return true;
}

static bool check(const Work *work, Request *request, GPtrArray *contacts, bool is_again,
                  RequestCheck *ret_check, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autoptr(GPtrArray) on_file = NULL;
    *ret_check = (RequestCheck){
        .grey = g_ptr_array_new_with_free_func(g_free),
        .looks = g_ptr_array_new_with_free_func(g_free),
    };
    if (!tld_find(work->db, request->tld, &tld, err))
        return false;
    if (tld == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no TLD .%s any more", request->tld);
    on_file = contact_list(work->db, tld->a_label, err);
    if (on_file == NULL)
        return false;
    const Look look = { work, request, tld, on_file, ret_check, is_again };
    return look_at_all(&look, contacts, err);
}

bool request_check(const Work *work, Request *request, GPtrArray *contacts,
                   RequestCheck *ret_check, GError **err)
{
    return check(work, request, contacts, false, ret_check, err);
}

bool request_check_again(const Work *work, Request *request, GPtrArray *contacts,
                         RequestCheck *ret_check, GError **err)
{
    return check(work, request, contacts, true, ret_check, err);
}
