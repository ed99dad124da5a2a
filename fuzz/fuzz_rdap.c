/* The law of RDAP answers: what was read is sound and, printed as RDAP, reads back as the same;
 * and no beginning of an answer reads. */
#include "fuzz.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "iana_law.h"
#include "membership/rdap.h"

static void add(json_t *card, const char *name, const char *type, const char *value)
{
    if (value != NULL)
        json_array_append_new(card,
                              json_pack("[s, {s:s}, s, s]", name, "type", type, "text", value));
}

static json_t *print_contact(const char *role, const IanaContact *contact)
{
    json_t *card = json_array();
    add(card, "fn", "work", contact->name);
    add(card, "org", "work", contact->organisation);
    add(card, "adr", "work", contact->address);
    add(card, "tel", "voice", contact->phone);
    add(card, "tel", "fax", contact->fax);
    add(card, "email", "work", contact->email);
    return json_pack("{s:[s], s:[s, o]}", "roles", role, "vcardArray", "vcard", card);
}

static void add_event(json_t *events, const char *action, int64_t at)
{
    g_autofree char *date = clock_format(at);
    if (at != 0)
        json_array_append_new(
            events, json_pack("{s:s, s:s}", "eventAction", action, "eventDate", date));
}

static json_t *print_dnssec(const IanaRecord *record)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < record->ds_count; i++)
        json_array_append_new(list, json_object());
    json_t *secure = json_pack("{s:o}", "dsData", list);
    if (record->dnssec != NULL)
        json_object_set_new(secure, "delegationSigned",
                            json_boolean(g_str_equal(record->dnssec, "signed")));
    return secure;
}

static char *print_record(const IanaRecord *record)
{
    const IanaContact manager = { .organisation = record->organisation,
                                  .address = record->address };
    json_t *events = json_array();
    add_event(events, "registration", record->created_at);
    add_event(events, "last changed", record->changed_at);
    json_t *domain = json_pack("{s:s, s:s, s:o, s:o, s:[o, o, o]}", "objectClassName", "domain",
                               "ldhName", record->domain, "events", events, "secureDNS",
                               print_dnssec(record), "entities",
                               print_contact("registrant", &manager),
                               print_contact("administrative", &record->administrative),
                               print_contact("technical", &record->technical));
    if (record->status != NULL)
        json_object_set_new(domain, "status", json_string(record->status));
    char *printed = json_dumps(domain, 0);
    json_decref(domain);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_auto(IanaRecord) again = { .domain = NULL };
    g_autoptr(GError) err = NULL;
    if (!rdap_read((const char *) data, size, &record, NULL))
        return 0;

    assert_record_is_sound(&record);
    g_assert_false(rdap_read((const char *) data, size / 2, &again, NULL));
    char *printed = print_record(&record);
    if (strlen(printed) <= RDAP_SIZE_MAX) {
        rdap_read(printed, strlen(printed), &again, &err);
        g_assert_no_error(err);
        assert_same_records(&again, &record);
    }
    free(printed);
    return 0;
}
