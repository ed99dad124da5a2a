#include "cli/records.h"

#include "base/address.h"
#include "directory/office.h"

const OutputColumn RECORD_CONTACT_COLUMNS[] = {
    { "id", "no." },        { "speaks_for", "speaks for" }, { "name", "name" },
    { "mobile", "mobile" }, { "primary", "primary" },       { "secondary", "secondary" },
};
const size_t RECORD_CONTACT_N_COLUMNS = G_N_ELEMENTS(RECORD_CONTACT_COLUMNS);

static const OutputColumn PERSON_COLUMNS[] = {
    { "id", "number" },
    { "name", "name" },
    { "ascii_name", "name in ASCII" },
    { "speaks_for", "speaks for" },
    { "offices", "offices" },
    { "mobile", "mobile" },
    { "primary", "primary address" },
    { "secondary", "secondary address" },
    { "secondary_gets_mail", "secondary gets mail" },
    { "language", "language" },
    { "since", "on file since" },
};

json_t *record_tld(const Tld *tld)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o}", "tld",
                     tld->a_label, "u_label", tld->u_label, "idn", tld->is_idn, "iso3166",
                     tld->iso3166, "name", tld->name, "region", tld->region, "organisation",
                     output_string(tld->organisation), "note", output_string(tld->note),
                     "contacts", tld->contacts, "contact_limit",
                     tld->contact_limit > 0 ? json_integer(tld->contact_limit) : json_null(),
                     "contact_limit_by", output_string(tld->contact_limit_by),
                     "contact_limit_at", output_time(tld->contact_limit_at));
}

static json_t *seat_records(const GPtrArray *seats)
{
    json_t *rows = json_array();
    for (guint i = 0; i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        (void) json_array_append_new(
            rows, json_pack("{s:s, s:s, s:I, s:o}", "tld", seat->tld, "u_label", seat->u_label,
                            "rank", seat->rank, "since", output_time(seat->since)));
    }
    return rows;
}

/* "ca/1", which names the person in other commands. */
static json_t *speaks_for(const GPtrArray *seats)
{
    json_t *rows = json_array();
    for (guint i = 0; i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        g_autofree char *text = g_strdup_printf("%s/%" G_GINT64_FORMAT, seat->u_label,
                                                seat->rank);
        (void) json_array_append_new(rows, json_string(text));
    }
    return rows;
}

static json_t *office_kinds(const GPtrArray *offices)
{
    json_t *rows = json_array();
    for (guint i = 0; i < offices->len; i++)
        (void) json_array_append_new(rows, json_string(((Office *) offices->pdata[i])->kind));
    return rows;
}

static json_t *shown_address(const char *address)
{
    g_autofree char *canonical = NULL;
    if (address == NULL)
        return json_null();
    if (!address_parse(address, &canonical, NULL)) /* damaged: it is shown to be mended */
        return output_string(address);
    g_autofree char *shown = address_display(canonical);
    return output_string(shown);
}

json_t *record_contact(const Contact *contact)
{
    const Person *person = contact->person;
    g_autofree char *name = person_name(person);
    g_autofree char *ascii = person_ascii_name(person);
    g_autofree char *mobile = person_mobile(person);

    json_t *record = json_pack(
        "{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:o}", "id", person->id,
        "name", name, "given_name", person->given_name, "family_name", person->family_name,
        "ascii_name", output_string(ascii), "mobile", output_string(mobile), "mobile_e164",
        output_string(person->mobile), "primary", shown_address(person->primary), "secondary",
        shown_address(person->secondary), "secondary_gets_mail", person->secondary_delivers,
        "language", person->language, "since", output_time(person->created_at));
    (void) json_object_set_new(record, "speaks_for", speaks_for(contact->seats));
    (void) json_object_set_new(record, "seats", seat_records(contact->seats));
    (void) json_object_set_new(record, "offices", office_kinds(contact->offices));
    return record;
}

json_t *record_contacts(const GPtrArray *contacts)
{
    json_t *rows = json_array();
    for (guint i = 0; i < contacts->len; i++)
        (void) json_array_append_new(rows, record_contact(contacts->pdata[i]));
    return rows;
}

Work record_work(const Session *session)
{
    return (Work){
        .db = session->db,
        .config = session->config,
        .share = session->share,
        .actor = session->actor,
        .now = clock_now(session->clock),
    };
}

Edit record_edit(const Session *session, GPtrArray *notices)
{
    return (Edit){
        .actor = session->actor,
        .now = clock_now(session->clock),
        .contacts_per_tld = session->config->contacts_per_tld,
        .notices = notices,
    };
}

PersonInput record_person_input(const Args *args)
{
    return (PersonInput){
        .given_name = args_get(args, "given"),
        .family_name = args_get(args, "family"),
        .ascii_name = args_get(args, "ascii-name"),
        .mobile = args_get(args, "mobile"),
        .primary = args_get(args, "primary"),
        .secondary = args_get(args, "secondary"),
        .secondary_mail = args_has(args, "secondary-gets-mail")      ? PERSON_MAIL_YES
                          : args_has(args, "secondary-gets-no-mail") ? PERSON_MAIL_NO
                                                                     : PERSON_MAIL_AS_IS,
        .language = args_get(args, "language"),
    };
}

json_t *record_notices(const Session *session, const GPtrArray *notices)
{
    json_t *rows = json_array();
    for (guint i = 0; i < notices->len; i++) {
        output_line(session->output, "Note: %s.", (char *) notices->pdata[i]);
        (void) json_array_append_new(rows, output_string(notices->pdata[i]));
    }
    return rows;
}

bool record_show_person(Session *session, int64_t person_id, const GPtrArray *notices,
                        GError **err)
{
    g_autoptr(Contact) contact = NULL;
    if (!contact_get(session->db, person_id, &contact, err))
        return false;

    json_t *record = record_contact(contact);
    if (notices != NULL)
        (void) json_object_set_new(record, "notices", record_notices(session, notices));
    output_record(session->output, record, PERSON_COLUMNS, G_N_ELEMENTS(PERSON_COLUMNS));
    return true;
}

char *record_words(const Args *args, const char *name)
{
    const GPtrArray *words = args_list(args, name);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", (char *) words->pdata[i]);
    return g_string_free(text, FALSE);
}
