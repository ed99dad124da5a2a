/* muster tld: which TLDs there are, who speaks for them, what share of them has joined, and the
 * notebook of each. */
#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"
#include "directory/region.h"
#include "directory/statistics.h"
#include "directory/tld_note.h"
#include "membership/dnssec.h"

static bool cmd_tld_list(Session *session, const Args *args, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" },   { "tld", "A-label" },       { "contacts", "contacts" },
        { "region", "region" }, { "organisation", "org." }, { "name", "country or territory" },
    };
    const Region *region = NULL;
    bool is_missing = args_has(args, "missing");
    bool is_members = args_has(args, "members");
    if (is_missing && is_members)
        return err_set(err, ERR_INVALID, "either --missing or --members");
    if (args_has(args, "region") && !region_parse(args_get(args, "region"), &region, err))
        return false;

    TldWhich which = is_missing ? TLD_MISSING : is_members ? TLD_MEMBERS : TLD_ALL;
    g_autoptr(GPtrArray)
        tlds = tld_list(session->db, which, region != NULL ? region->code : NULL, err);
    if (tlds == NULL)
        return false;

    json_t *rows = json_array();
    for (guint i = 0; i < tlds->len; i++)
        (void) json_array_append_new(rows, record_tld(tlds->pdata[i]));
    output_rows(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    output_line(session->output, "%u TLDs.", tlds->len);
    output_document(session->output, rows);
    return true;
}

static json_t *note_records(const GPtrArray *notes)
{
    json_t *rows = json_array();
    for (guint i = 0; i < notes->len; i++) {
        const TldNote *note = notes->pdata[i];
        (void) json_array_append_new(
            rows, json_pack("{s:I, s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:I, s:I}", "id",
                            note->id, "tld", note->tld, "u_label", note->u_label, "at",
                            output_time(note->at), "kind", note->kind, "by", note->actor,
                            "from", output_string(note->source), "text", note->text, "notes",
                            note->notes, "contacts", note->contacts));
    }
    return rows;
}

static const OutputColumn NOTE_COLUMNS[] = {
    { "at", "noted" },  { "kind", "kind" }, { "by", "by" },
    { "from", "from" }, { "text", "note" },
};

/* The newest notes of a TLD, below what else is known of it. */
static void show_notes(Session *session, const Tld *tld, const GPtrArray *notes,
                       const json_t *rows)
{
    if (notes->len == 0)
        return;
    output_line(session->output, "%s", "");
    output_rows(session->output, rows, NOTE_COLUMNS, G_N_ELEMENTS(NOTE_COLUMNS));
    if (((const TldNote *) notes->pdata[0])->notes > notes->len)
        output_line(session->output, "There are more: \"muster tld notes %s\".", tld->u_label);
}

static bool show_tld(Session *session, const Tld *tld, const GPtrArray *notices, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" },
        { "tld", "A-label" },
        { "name", "country or territory" },
        { "iso3166", "ISO 3166" },
        { "region", "region" },
        { "organisation", "regional organisation" },
        { "contacts", "contacts" },
        { "contact_limit", "limit of its own" },
        { "contact_limit_by", "approved by" },
        { "contact_limit_at", "approved on" },
        { "note", "note" },
    };
    g_autoptr(GPtrArray) contacts = contact_list(session->db, tld->a_label, err);
    if (contacts == NULL)
        return false;
    g_autoptr(GPtrArray)
        notes = tld_note_list(session->db, tld->a_label, NULL, TLD_NOTES_SHOWN, err);
    if (notes == NULL)
        return false;

    json_t *note_rows = note_records(notes);
    json_t *people = record_contacts(contacts);
    json_t *record = record_tld(tld);
    (void) json_object_set_new(record, "people", people);
    (void) json_object_set_new(record, "recent_notes", note_rows);
    (void) json_object_set_new(record, "notices", record_notices(session, notices));
    json_incref(record); /* for its people and notes, printed below it */
    output_record(session->output, record, COLUMNS, G_N_ELEMENTS(COLUMNS));
    if (contacts->len > 0)
        output_line(session->output, "%s", "");
    output_rows(session->output, people, RECORD_CONTACT_COLUMNS, RECORD_CONTACT_N_COLUMNS);
    show_notes(session, tld, notes, note_rows);
    json_decref(record);
    return true;
}

static bool cmd_tld_show(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(Tld) tld = NULL;
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           show_tld(session, tld, none, err);
}

static json_t *share_record(const StatisticsShare *share, const char *counted)
{
    return json_pack("{s:I, s:I, s:f}", counted, share->members, "of", share->all, "percent",
                     statistics_percent(share));
}

static json_t *share_text(const StatisticsShare *share)
{
    if (share->all == 0)
        return json_null();
    g_autofree char *text = g_strdup_printf(
        "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " (%.1f %%)", share->members, share->all,
        statistics_percent(share));
    return json_string(text);
}

/* counted is what the members of the shares are called in the record. */
static void add_region(json_t *records, json_t *rows, const char *code, const char *title,
                       const StatisticsRow *row, const char *counted)
{
    (void) json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o}", "title", title,
                                                 "ascii", share_text(&row->ascii), "idn",
                                                 share_text(&row->idn), "all",
                                                 share_text(&row->all)));
    (void) json_object_set_new(records, code,
                               json_pack("{s:s, s:o, s:o, s:o}", "title", title, "ascii",
                                         share_record(&row->ascii, counted), "idn",
                                         share_record(&row->idn, counted), "all",
                                         share_record(&row->all, counted)));
}

/* The table of regions, and the same as records. */
static json_t *show_regions(Session *session, const Statistics *statistics)
{
    static const OutputColumn COLUMNS[] = {
        { "title", "members of all delegated ccTLDs" },
        { "ascii", "ASCII" },
        { "idn", "IDN" },
        { "all", "both" },
    };
    json_t *records = json_object();
    json_t *rows = json_array();

    for (size_t i = 0; i < REGIONS; i++)
        add_region(records, rows, REGION_TABLE[i].code, REGION_TABLE[i].title,
                   &statistics->regions[i], "members");
    add_region(records, rows, "all", "all regions", &statistics->total, "members");
    output_rows(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    json_decref(rows);
    return records;
}

static json_t *show_names(Session *session, const char *title, const GPtrArray *tlds)
{
    g_autoptr(GString) names = g_string_new(NULL);
    json_t *labels = json_array();

    for (guint i = 0; i < tlds->len; i++) {
        const Tld *tld = tlds->pdata[i];
        g_string_append_printf(names, "%s.%s", i == 0 ? ": " : " ", tld->u_label);
        (void) json_array_append_new(labels, json_string(tld->a_label));
    }
    output_line(session->output, "%s: %u%s", title, tlds->len, names->str);
    return labels;
}

static void show_people(Session *session, const Statistics *statistics)
{
    Output *output = session->output;

    output_line(
        output,
        "People: %" G_GINT64_FORMAT ", in %" G_GINT64_FORMAT " seats, with %" G_GINT64_FORMAT
        " addresses; mail goes to %" G_GINT64_FORMAT " of these",
        statistics->people, statistics->seats, statistics->addresses, statistics->delivering);
    output_line(output,
                "With a secondary address: %" G_GINT64_FORMAT ", without: %" G_GINT64_FORMAT,
                statistics->with_secondary, statistics->people - statistics->with_secondary);
    output_line(output,
                "With a mobile number: %" G_GINT64_FORMAT ", without: %" G_GINT64_FORMAT,
                statistics->with_mobile, statistics->people - statistics->with_mobile);
    output_line(output,
                "With addresses only inside a TLD that they speak for: %" G_GINT64_FORMAT,
                statistics->inside_only);
}

/* Names the TLDs of which IANA says this about DNSSEC; NULL: nothing. */
static json_t *show_dnssec_names(Session *session, const char *title, const char *dnssec,
                                 const GPtrArray *tlds)
{
    g_autoptr(GString) names = g_string_new(NULL);
    json_t *labels = json_array();
    for (guint i = 0; i < tlds->len; i++) {
        const DnssecTld *tld = tlds->pdata[i];
        if (g_strcmp0(tld->dnssec, dnssec) != 0)
            continue;
        g_string_append_printf(names, "%s.%s", names->len == 0 ? ": " : " ", tld->u_label);
        (void) json_array_append_new(labels, json_string(tld->tld));
    }
    output_line(session->output, "%s: %zu%s", title, json_array_size(labels), names->str);
    return labels;
}

/* How many TLDs are signed, of those of which it is known. */
static bool show_dnssec(Session *session, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "title", "signed of the ccTLDs known at IANA" },
        { "ascii", "ASCII" },
        { "idn", "IDN" },
        { "all", "both" },
    };
    g_auto(DnssecStatistics) statistics = { .unknown = 0 };
    if (!dnssec_statistics_read(session->db, &statistics, err))
        return false;

    json_t *records = json_object();
    json_t *rows = json_array();
    for (size_t i = 0; i < REGIONS; i++)
        add_region(records, rows, REGION_TABLE[i].code, REGION_TABLE[i].title,
                   &statistics.regions[i], "signed");
    add_region(records, rows, "all", "all regions", &statistics.total, "signed");
    output_rows(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    json_decref(rows);

    json_t *record = json_pack("{s:o, s:I, s:o}", "tlds", records, "unknown",
                               statistics.unknown, "oldest_answer",
                               output_time(statistics.oldest_at));
    (void) json_object_set_new(
        record, "unsigned",
        show_dnssec_names(session, "Not signed", "unsigned", statistics.tlds));
    (void) json_object_set_new(
        record, "unknown_tlds",
        show_dnssec_names(session, "Not known from IANA", NULL, statistics.tlds));
    output_document(session->output, record);
    return true;
}

static bool cmd_tld_stats(Session *session, const Args *args, GError **err)
{
    if (args_has(args, "dnssec"))
        return show_dnssec(session, err);
    g_auto(Statistics) statistics = { 0 };
    if (!statistics_read(session->db, &statistics, err))
        return false;

    json_t *record = json_object();
    (void) json_object_set_new(record, "tlds", show_regions(session, &statistics));
    show_people(session, &statistics);
    (void) json_object_update_new(
        record, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "people", statistics.people,
                          "seats", statistics.seats, "addresses", statistics.addresses,
                          "addresses_with_mail", statistics.delivering, "with_secondary",
                          statistics.with_secondary, "with_mobile", statistics.with_mobile,
                          "inside_own_tld_only", statistics.inside_only));
    (void) json_object_set_new(
        record, "one_contact",
        show_names(session, "TLDs with one contact only", statistics.single));
    (void) json_object_set_new(
        record, "missing", show_names(session, "TLDs without a contact", statistics.missing));
    output_document(session->output, record);
    return true;
}

static bool read_change(const Args *args, TldChange *change, GError **err)
{
    *change = (TldChange){
        .region = args_get(args, "region"),
        .organisation = args_get(args, "organisation"),
        .contact_limit = -1,
        .approver = args_get(args, "approved-by"),
    };
    return args_number(args, "contacts", 0, TLD_CONTACTS_MAX, &change->contact_limit, err);
}

static bool cmd_tld_set(Session *session, const Args *args, GError **err)
{
    TldChange change;
    g_autoptr(Tld) tld = NULL;
    g_autoptr(Tld) changed = NULL;
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    if (!tld_parse(session->db, args_get(args, "tld"), &tld, err) ||
        !read_change(args, &change, err) ||
        !tld_set(session->db, tld->a_label, &change, session->actor, clock_now(session->clock),
                 err) ||
        !tld_find(session->db, tld->a_label, &changed, err))
        return false;

    const Edit edit = record_edit(session, notices);
    if (changed->contacts > seat_limit(&edit, changed))
        edit_notice(&edit, "there are more contacts than that; nobody was removed");
    return show_tld(session, changed, notices, err);
}

/* The notebook */

static bool cmd_tld_note(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    g_autofree char *text = record_words(args, "text");
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    if (!tld_parse(session->db, args_get(args, "tld"), &tld, err))
        return false;
    const TldNoteInput input = {
        .tld = tld->a_label,
        .kind = args_get(args, "kind"),
        .source = args_get(args, "from"),
        .text = text,
    };
    return tld_note_add(session->db, &input, session->actor, clock_now(session->clock), err) &&
           show_tld(session, tld, none, err);
}

static bool list_notes(Session *session, const Tld *tld, const char *kind, GError **err)
{
    g_autoptr(GPtrArray)
        notes = tld_note_list(session->db, tld->a_label, kind, TLD_NOTES_MAX, err);
    if (notes == NULL)
        return false;
    if (notes->len == 0)
        output_line(session->output, "No notes.");
    output_table(session->output, note_records(notes), NOTE_COLUMNS,
                 G_N_ELEMENTS(NOTE_COLUMNS));
    return true;
}

/* How things stand with each TLD. */
static bool list_latest_notes(Session *session, const char *kind, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "u_label", "TLD" }, { "contacts", "contacts" }, { "notes", "notes" },
        { "at", "last" },     { "kind", "kind" },         { "text", "note" },
    };
    g_autoptr(GPtrArray) notes = tld_note_latest(session->db, kind, err);
    if (notes == NULL)
        return false;
    if (notes->len == 0)
        output_line(session->output, "No notes.");
    output_table(session->output, note_records(notes), COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static bool cmd_tld_notes(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    const char *kind = args_get(args, "kind");
    if (!tld_note_check_kind(kind, err))
        return false;
    if (!args_has(args, "tld"))
        return list_latest_notes(session, kind, err);
    return tld_parse(session->db, args_get(args, "tld"), &tld, err) &&
           list_notes(session, tld, kind, err);
}

static const Command COMMANDS[] = {
    { "tld list [--region=<region>] [--members] [--missing]", cmd_tld_list, COMMAND_STORE,
      "list the country-code TLDs, those with contacts or those without" },
    { "tld show <tld>", cmd_tld_show, COMMAND_STORE, "show one TLD and who speaks for it" },
    { "tld stats [--dnssec]", cmd_tld_stats, COMMAND_STORE,
      "count members by region, ASCII and IDN apart, and name who is missing; or count signed "
      "TLDs" },
    { "tld set <tld> [--region=<region>] [--organisation=<name>] [--contacts=<number>] "
      "[--approved-by=<who>]",
      cmd_tld_set, COMMAND_STORE,
      "correct a TLD's region, or allow it more contacts (0: as the policy says)" },
    { "tld note <tld> [--kind=<kind>] [--from=<who>] <text>...", cmd_tld_note, COMMAND_STORE,
      "write into a TLD's notebook: a lead, a conversation or a prospect" },
    { "tld notes [<tld>] [--kind=<kind>]", cmd_tld_notes, COMMAND_STORE,
      "show the notes of one TLD, or the last one of each" },
};

const CommandGroup CLI_TLD = COMMAND_GROUP(COMMANDS);
