/* The law of WHOIS answers: what was read is sound and, printed as WHOIS, reads back as the
 * same; and no beginning of an answer reads as anything else than the whole. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "iana_law.h"
#include "membership/whois.h"

static void print(GString *text, const char *key, const char *value)
{
    g_auto(GStrv) lines = g_strsplit(value != NULL ? value : "", "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        g_string_append_printf(text, "%s: %s\n", key, *line);
}

static void print_day(GString *text, const char *key, int64_t at)
{
    g_autofree char *day = at != 0 ? clock_format(at) : NULL;
    print(text, key, day);
}

static void print_contact(GString *text, const char *kind, const IanaContact *contact)
{
    print(text, "contact", kind);
    print(text, "name", contact->name);
    print(text, "organisation", contact->organisation);
    print(text, "address", contact->address);
    print(text, "phone", contact->phone);
    print(text, "fax-no", contact->fax);
    print(text, "e-mail", contact->email);
}

static char *print_record(const IanaRecord *record)
{
    GString *text = g_string_new(NULL);
    print(text, "domain", record->domain);
    print(text, "organisation", record->organisation);
    print(text, "address", record->address);
    print_contact(text, "administrative", &record->administrative);
    print_contact(text, "technical", &record->technical);
    for (int64_t i = 0; i < record->ds_count; i++)
        print(text, "ds-rdata", "1 8 2 00");
    print(text, "status", record->status);
    print_day(text, "created", record->created_at);
    print_day(text, "changed", record->changed_at);
    print(text, "source", "IANA");
    return g_string_free(text, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_auto(IanaRecord) part = { .domain = NULL };
    g_auto(IanaRecord) again = { .domain = NULL };
    g_autoptr(GError) err = NULL;
    if (!whois_read((const char *) data, size, &record, NULL))
        return 0;

    assert_record_is_sound(&record);
    if (whois_read((const char *) data, size / 2, &part, NULL))
        assert_same_records(&part, &record);
    g_autofree char *printed = print_record(&record);
    whois_read(printed, strlen(printed), &again, &err);
    g_assert_no_error(err);
    assert_same_records(&again, &record);
    return 0;
}
