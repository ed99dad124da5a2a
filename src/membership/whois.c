#include "membership/whois.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* What the reader knows while it goes through the lines. */
typedef struct {
    IanaRecord record;
    char *domain;     /* as published: a U-label for IDN TLDs */
    char *domain_ace; /* of IDN TLDs only */
    char *created;
    char *changed;
    char *source;
    IanaContact *contact; /* borrowed, the one that lines belong to; NULL before the first */
    bool is_elsewhere;    /* in a contact of a kind that we do not know */
    unsigned line;
} Reader;

static void reader_clear(Reader *reader)
{
    iana_record_clear(&reader->record);
    g_free(reader->domain);
    g_free(reader->domain_ace);
    g_free(reader->created);
    g_free(reader->changed);
    g_free(reader->source);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_clear)

/* Keys that stand anywhere, and keys of a contact. organisation and address are of the TLD's
 * manager until the first contact begins. */
typedef struct {
    const char *key;
    size_t offset; /* of a char * in Reader, or in IanaContact */
} Key;

static const Key KEYS[] = {
    { "domain", offsetof(Reader, domain) },
    { "domain-ace", offsetof(Reader, domain_ace) },
    { "status", offsetof(Reader, record.status) },
    { "created", offsetof(Reader, created) },
    { "changed", offsetof(Reader, changed) },
    { "source", offsetof(Reader, source) },
};

static const Key CONTACT_KEYS[] = {
    { "name", offsetof(IanaContact, name) },
    { "organisation", offsetof(IanaContact, organisation) },
    { "address", offsetof(IanaContact, address) },
    { "phone", offsetof(IanaContact, phone) },
    { "fax-no", offsetof(IanaContact, fax) },
    { "e-mail", offsetof(IanaContact, email) },
};

static char **find_at(const Key *keys, size_t n_keys, const char *key, void *base)
{
    for (size_t i = 0; i < n_keys; i++) {
        if (g_ascii_strcasecmp(keys[i].key, key) == 0)
            return (char **) (void *) ((char *) base + keys[i].offset);
    }
    return NULL;
}

/* Where a value belongs; NULL for what we have no use for. */
static char **place_of(Reader *reader, const char *key)
{
    char **at = find_at(KEYS, G_N_ELEMENTS(KEYS), key, reader);
    if (at != NULL || reader->is_elsewhere)
        return at;
    if (reader->contact != NULL)
        return find_at(CONTACT_KEYS, G_N_ELEMENTS(CONTACT_KEYS), key, reader->contact);
    if (g_ascii_strcasecmp(key, "organisation") == 0)
        return &reader->record.organisation;
    return g_ascii_strcasecmp(key, "address") == 0 ? &reader->record.address : NULL;
}

static void begin_contact(Reader *reader, const char *kind)
{
    reader->contact = g_ascii_strcasecmp(kind, "administrative") == 0
                          ? &reader->record.administrative
                      : g_ascii_strcasecmp(kind, "technical") == 0 ? &reader->record.technical
                                                                   : NULL;
    reader->is_elsewhere = reader->contact == NULL;
}

static bool is_key(const char *key)
{
    return *key != '\0' && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-") == strlen(key);
}

/* "% This query returned 0 objects." and "% Error: Invalid query " are all that such an answer
 * has of an answer. */
static bool read_comment(const char *line, GError **err)
{
    if (strstr(line, "returned 0 objects") != NULL)
        return err_set(err, ERR_NOT_FOUND, "IANA has no such name");
    const char *error = strstr(line, "Error:");
    if (error == NULL)
        return true;
    g_autofree char *shown = text_printable_max(error, strlen(error), IANA_SHOWN_MAX);
    return err_set(err, ERR_INVALID, "the server answered \"%s\"", g_strchomp(shown));
}

static bool read_line(Reader *reader, char *line, GError **err)
{
    g_strstrip(line);
    if (*line == '%' || *line == '#')
        return reader->domain != NULL || read_comment(line, err);
    if (*line == '\0')
        return true;

    char *colon = strchr(line, ':');
    if (colon != NULL)
        *colon = '\0';
    if (colon == NULL || !is_key(line))
        return err_set(err, ERR_INVALID, "line %u is no \"key: value\"", reader->line);

    const char *value = g_strchug(colon + 1);
    if (g_ascii_strcasecmp(line, "contact") == 0)
        begin_contact(reader, value);
    if (g_ascii_strcasecmp(line, "ds-rdata") == 0 && *value != '\0')
        reader->record.ds_count++;
    char **at = place_of(reader, line);
    return at == NULL || iana_value_add(at, value, err);
}

/* Up to the source line. */
static bool read_lines(Reader *reader, char *text, GError **err)
{
    for (char *line = text; line != NULL && reader->source == NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        reader->line++;
        if (reader->line > WHOIS_LINES_MAX)
            return err_set(err, ERR_LIMIT, "more than %d lines", WHOIS_LINES_MAX);
        /* A line without its end may lack a part of its value. */
        if (end == NULL && *line != '\0' && *line != '%')
            return err_set(err, ERR_TEMPORARY, "the answer is cut off in line %u",
                           reader->line);
        if (!read_line(reader, line, err))
            return false;
        line = end != NULL ? end + 1 : NULL;
    }
    return reader->source != NULL ||
           err_set(err, ERR_TEMPORARY, "the answer is cut off: it has no \"source:\" line");
}

static int64_t read_day(const char *text)
{
    int64_t at = 0;
    return text != NULL && clock_parse(text, &at, NULL) ? at : 0;
}

/* What follows from several lines. */
static bool conclude(Reader *reader, GError **err)
{
    IanaRecord *record = &reader->record;
    const char *label = reader->domain_ace != NULL ? reader->domain_ace : reader->domain;

    if (g_ascii_strcasecmp(reader->source, "IANA") != 0)
        return err_set(err, ERR_INVALID, "its source is another than IANA");
    if (label == NULL || !domain_parse(label, &record->domain, NULL))
        return err_set(err, ERR_INVALID, "the answer is not about a domain");

    if (record->status != NULL) {
        char *lower = g_ascii_strdown(record->status, -1);
        g_free(record->status);
        record->status = lower;
    } else if (g_strcmp0(record->organisation, "Not assigned") == 0) {
        record->status = g_strdup("not assigned");
    }
    record->dnssec = g_strdup(record->ds_count > 0 ? "signed" : "unsigned");
    record->created_at = read_day(reader->created);
    record->changed_at = read_day(reader->changed);
    return true;
}

bool whois_read(const char *bytes, size_t size, IanaRecord *ret, GError **err)
{
    g_auto(Reader) reader = { .line = 0 };
    if (size > WHOIS_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "the answer has more than %d bytes", WHOIS_SIZE_MAX);
    if (!text_is_valid(bytes, size))
        return err_set(err, ERR_INVALID, "the answer is not UTF-8 text");

    g_autofree char *text = g_strndup(bytes, size);
    if (!read_lines(&reader, text, err) || !conclude(&reader, err))
        return false;
    *ret = reader.record;
    reader.record = (IanaRecord){ .domain = NULL };
    return true;
}
