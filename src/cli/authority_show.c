#include "cli/authority_show.h"

#include <string.h>

#include "cli/records.h"
#include "membership/authority_address.h"
#include "membership/authority_change.h"
#include "membership/authority_compare.h"

static json_t *contact_record(const Authority *authority, AuthorityRole role, bool has_unseen)
{
    const IanaContact *contact = role == AUTHORITY_ADMINISTRATIVE
                                     ? &authority->record.administrative
                                     : &authority->record.technical;
    const AddressState *state = &authority->addresses[role];
    g_autofree char *usable = NULL;
    g_autofree char *why_not = NULL;
    authority_usable_address(authority, role, has_unseen, &usable, &why_not);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "contact",
        authority_role_text(role), "name", output_string(contact->name), "organisation",
        output_string(contact->organisation), "address", output_string(contact->address),
        "phone", output_string(contact->phone), "fax", output_string(contact->fax), "email",
        output_string(contact->email), "trust", trust_text(state->trust), "candidate",
        output_string(state->is_pending ? state->candidate : NULL), "candidate_since",
        output_time(state->is_pending ? state->pending_since : 0), "confirmations_to",
        output_string(usable), "no_confirmations_because", output_string(why_not));
}

/* "2026-11-20", or null for 0. */
static json_t *day(int64_t at)
{
    g_autofree char *text = clock_format(at);
    return at != 0 ? json_stringn(text, strlen("YYYY-MM-DD")) : json_null();
}

static json_t *authority_record(const Authority *authority, const Tld *tld)
{
    const IanaRecord *record = &authority->record;
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:I}", "tld", tld->a_label,
        "u_label", tld->u_label, "status", output_string(record->status), "manager",
        output_string(record->organisation), "address", output_string(record->address),
        "dnssec", output_string(record->dnssec), "ds_records", record->ds_count, "created",
        day(record->created_at), "changed", day(record->changed_at), "asked",
        output_time(authority->asked_at), "read", output_time(authority->read_at),
        "unseen_changes", authority->unseen);
}

#define TITLE_WIDTH 26 /* columns of a title, as of the record above */

/* Lines of a text one below the other, as a record's cell cannot have them. */
static void show_lines(Session *session, const char *title, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "-", "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        output_line(session->output, "%-*s%s", TITLE_WIDTH, line == lines ? title : "", *line);
}

static void show_contact(Session *session, const json_t *contact)
{
    static const OutputColumn LINES[] = {
        { "name", "name" },
        { "organisation", "organisation" },
        { "address", "address" },
        { "phone", "phone" },
        { "fax", "fax" },
        { "email", "e-mail" },
        { "trust", "e-mail is" },
        { "candidate", "seen once" },
        { "candidate_since", "seen since" },
        { "confirmations_to", "confirmations to" },
        { "no_confirmations_because", "because" },
    };
    output_line(session->output, "%s", "");
    output_line(session->output, "%s contact",
                json_string_value(json_object_get(contact, "contact")));
    for (size_t i = 0; i < G_N_ELEMENTS(LINES); i++) {
        const char *value = json_string_value(json_object_get(contact, LINES[i].key));
        if (value != NULL)
            show_lines(session, LINES[i].title, value);
    }
}

static bool source_record(Session *session, const char *tld, IanaSource source,
                          AuthoritySource *said, json_t **ret_record, GError **err)
{
    if (!authority_source_get(session->db, tld, source, said, err))
        return false;
    *ret_record = json_pack("{s:o, s:o, s:o}", "asked", output_time(said->asked_at), "read",
                            output_time(said->read_at), "failure",
                            output_string(said->failure));
    if (said->failure != NULL)
        output_line(session->output, "%s was not read when it was last asked: %s",
                    iana_source_title(source), said->failure);
    return true;
}

/* The fields of which both sources say something, and not the same. */
static json_t *difference_records(const AuthoritySource *said)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < IANA_FIELDS; i++) {
        const IanaField *field = &IANA_FIELD_TABLE[i];
        if (said[IANA_WHOIS].record == NULL || said[IANA_RDAP].record == NULL)
            break;
        const char *whois = iana_record_get(said[IANA_WHOIS].record, field);
        const char *rdap = iana_record_get(said[IANA_RDAP].record, field);
        if (whois != NULL && rdap != NULL && !iana_value_is_same(field, whois, rdap))
            (void) json_array_append_new(
                rows, json_pack("{s:s, s:o, s:o}", "field", field->title, "whois",
                                output_string(whois), "rdap", output_string(rdap)));
    }
    return rows;
}

static bool show_sources(Session *session, const char *tld, json_t *record, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "field", "sources differ in" },
        { "whois", "WHOIS" },
        { "rdap", "RDAP" },
    };
    g_auto(AuthoritySource) whois = { .record = NULL };
    g_auto(AuthoritySource) rdap = { .record = NULL };
    AuthoritySource *const SAID[IANA_SOURCES] = {
        [IANA_WHOIS] = &whois,
        [IANA_RDAP] = &rdap,
    };
    json_t *sources = json_object();
    (void) json_object_set_new(record, "sources", sources);
    for (size_t i = 0; i < IANA_SOURCES; i++) {
        json_t *source = NULL;
        if (!source_record(session, tld, (IanaSource) i, SAID[i], &source, err))
            return false;
        (void) json_object_set_new(sources, iana_source_key((IanaSource) i), source);
    }

    const AuthoritySource said[IANA_SOURCES] = { [IANA_WHOIS] = whois, [IANA_RDAP] = rdap };
    json_t *differences = difference_records(said);
    if (json_array_size(differences) > 0)
        output_line(session->output, "%s", "");
    output_rows(session->output, differences, COLUMNS, G_N_ELEMENTS(COLUMNS));
    (void) json_object_set_new(record, "differences", differences);
    return true;
}

static bool show_contacts(Session *session, const Authority *authority, json_t *record,
                          GError **err)
{
    json_t *contacts = json_array();
    (void) json_object_set_new(record, "contacts", contacts);
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        AuthorityRole role = (AuthorityRole) i;
        bool has_unseen = false;
        if (!authority_has_unseen_change(session->db, authority->record.domain, role,
                                         &has_unseen, err))
            return false;
        json_t *contact = contact_record(authority, role, has_unseen);
        show_contact(session, contact);
        (void) json_array_append_new(contacts, contact);
    }
    return true;
}

static void show_head(Session *session, const json_t *record)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" },           { "tld", "A-label" },
        { "status", "status at IANA" }, { "dnssec", "DNSSEC" },
        { "ds_records", "DS records" }, { "created", "created" },
        { "changed", "changed" },       { "asked", "last asked" },
        { "read", "last read" },        { "unseen_changes", "weighty changes not seen" },
    };
    if (output_is_json(session->output))
        return;
    output_record(session->output, json_incref((json_t *) (uintptr_t) record), COLUMNS,
                  G_N_ELEMENTS(COLUMNS));
    show_lines(session, "manager", json_string_value(json_object_get(record, "manager")));
    show_lines(session, "address", json_string_value(json_object_get(record, "address")));
}

bool authority_show(Session *session, const Tld *tld, GError **err)
{
    g_autoptr(Authority) authority = NULL;
    if (!authority_get(session->db, tld->a_label, &authority, err))
        return false;
    json_t *record = authority_record(authority, tld);
    show_head(session, record);
    if (!show_contacts(session, authority, record, err) ||
        !show_sources(session, tld->a_label, record, err)) {
        json_decref(record);
        return false;
    }
    output_document(session->output, record);
    return true;
}

bool cmd_authority_show(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           authority_show(session, tld, err);
}

/* Comparing */

static json_t *comparison_record(const Authority *authority, const Contact *contact,
                                 const char *tld)
{
    const Person *person = contact->person;
    AuthorityComparison comparison = authority_compare(authority, person);
    g_autofree char *name = person_name(person);
    g_autofree char *mobile = person_mobile(person);
    int64_t rank = 0;
    for (guint i = 0; i < contact->seats->len; i++) {
        const Seat *seat = contact->seats->pdata[i];
        rank = g_str_equal(seat->tld, tld) ? seat->rank : rank;
    }
    return json_pack("{s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", person->id,
                     "rank", rank, "name", name, "name_is",
                     output_string(authority_match_text(&comparison.name)), "primary",
                     output_string(person->primary), "primary_is",
                     output_string(authority_match_text(&comparison.primary)), "secondary_is",
                     output_string(authority_match_text(&comparison.secondary)), "mobile",
                     output_string(mobile), "mobile_is",
                     output_string(authority_match_text(&comparison.mobile)), "secondary",
                     output_string(person->secondary));
}

static json_t *published_record(AuthorityRole role, const IanaContact *contact)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "contact", authority_role_text(role), "name",
                     output_string(contact->name), "email", output_string(contact->email),
                     "phone", output_string(contact->phone));
}

static void show_comparison(Session *session, const json_t *published, const json_t *ours)
{
    static const OutputColumn PUBLISHED[] = {
        { "contact", "at IANA" },
        { "name", "name" },
        { "email", "e-mail" },
        { "phone", "phone" },
    };
    static const OutputColumn OURS[] = {
        { "rank", "rank" },       { "name", "contact" },  { "name_is", "name" },
        { "primary", "primary" }, { "primary_is", "is" }, { "secondary_is", "secondary" },
        { "mobile", "mobile" },   { "mobile_is", "is" },
    };
    output_rows(session->output, published, PUBLISHED, G_N_ELEMENTS(PUBLISHED));
    output_line(session->output, "%s", "");
    if (json_array_size(ours) == 0)
        output_line(session->output, "Nobody speaks for this TLD yet.");
    output_rows(session->output, ours, OURS, G_N_ELEMENTS(OURS));
}

bool cmd_authority_compare(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autoptr(Authority) authority = NULL;
    if (!tld_parse(session->db, args_get(args, "tld"), &tld, err) ||
        !authority_get(session->db, tld->a_label, &authority, err))
        return false;
    g_autoptr(GPtrArray) contacts = contact_list(session->db, tld->a_label, err);
    if (contacts == NULL)
        return false;

    json_t *ours = json_array();
    for (guint i = 0; i < contacts->len; i++)
        (void) json_array_append_new(
            ours, comparison_record(authority, contacts->pdata[i], tld->a_label));
    json_t *published = json_pack(
        "[o, o]", published_record(AUTHORITY_ADMINISTRATIVE, &authority->record.administrative),
        published_record(AUTHORITY_TECHNICAL, &authority->record.technical));
    show_comparison(session, published, ours);
    output_document(session->output, json_pack("{s:s, s:o, s:o}", "tld", tld->a_label,
                                               "published", published, "contacts", ours));
    return true;
}
