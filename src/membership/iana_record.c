#include "membership/iana_record.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

#define AT(field) offsetof(IanaRecord, field)

const IanaField IANA_FIELD_TABLE[IANA_FIELDS] = {
    /* clang-format off */
    { "status",       "status",          IANA_TLD, IANA_TEXT, true,  AT(status) },
    { "organisation", "manager",         IANA_TLD, IANA_TEXT, true,  AT(organisation) },
    { "address",      "manager address", IANA_TLD, IANA_TEXT, false, AT(address) },
    { "dnssec",       "DNSSEC",          IANA_TLD, IANA_TEXT, false, AT(dnssec) },
    { "administrative_name",         "administrative name",         IANA_ADMINISTRATIVE, IANA_TEXT,  true,  AT(administrative.name) },
    { "administrative_organisation", "administrative organisation", IANA_ADMINISTRATIVE, IANA_TEXT,  true,  AT(administrative.organisation) },
    { "administrative_address",      "administrative address",      IANA_ADMINISTRATIVE, IANA_TEXT,  false, AT(administrative.address) },
    { "administrative_phone",        "administrative phone",        IANA_ADMINISTRATIVE, IANA_PHONE, true,  AT(administrative.phone) },
    { "administrative_fax",          "administrative fax",          IANA_ADMINISTRATIVE, IANA_PHONE, false, AT(administrative.fax) },
    { "administrative_email",        "administrative e-mail",       IANA_ADMINISTRATIVE, IANA_EMAIL, true,  AT(administrative.email) },
    { "technical_name",         "technical name",         IANA_TECHNICAL, IANA_TEXT,  true,  AT(technical.name) },
    { "technical_organisation", "technical organisation", IANA_TECHNICAL, IANA_TEXT,  true,  AT(technical.organisation) },
    { "technical_address",      "technical address",      IANA_TECHNICAL, IANA_TEXT,  false, AT(technical.address) },
    { "technical_phone",        "technical phone",        IANA_TECHNICAL, IANA_PHONE, true,  AT(technical.phone) },
    { "technical_fax",          "technical fax",          IANA_TECHNICAL, IANA_PHONE, false, AT(technical.fax) },
    { "technical_email",        "technical e-mail",       IANA_TECHNICAL, IANA_EMAIL, true,  AT(technical.email) },
    /* clang-format on */
};

static char **value_at(const IanaRecord *record, const IanaField *field)
{
    return (char **) (void *) ((char *) (uintptr_t) record + field->offset);
}

void iana_record_clear(IanaRecord *record)
{
    for (size_t i = 0; i < IANA_FIELDS; i++)
        g_free(*value_at(record, &IANA_FIELD_TABLE[i]));
    g_free(record->domain);
    *record = (IanaRecord){ .domain = NULL };
}

void iana_record_free(IanaRecord *record)
{
    if (record == NULL)
        return;
    iana_record_clear(record);
    g_free(record);
}

const IanaField *iana_field_find(const char *key)
{
    for (size_t i = 0; i < IANA_FIELDS; i++) {
        if (g_str_equal(IANA_FIELD_TABLE[i].key, key))
            return &IANA_FIELD_TABLE[i];
    }
    return NULL;
}

const char *iana_record_get(const IanaRecord *record, const IanaField *field)
{
    return *value_at(record, field);
}

void iana_record_take(IanaRecord *record, const IanaField *field, char *text)
{
    char **at = value_at(record, field);
    g_free(*at);
    *at = text;
}

/* Digits of any script, without what parts them. */
static char *phone_key(const char *text)
{
    GString *key = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at = g_utf8_find_next_char(at, NULL)) {
        int digit = g_unichar_digit_value(g_utf8_get_char(at));
        if (digit >= 0)
            g_string_append_c(key, (char) ('0' + digit));
    }
    return g_string_free(key, FALSE);
}

/* Words with one space between them. */
static char *text_key(const char *text)
{
    g_autofree char *folded = text_fold(text);
    g_autoptr(GString) key = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit_set(folded, " \n\t\r\f\v", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0')
            g_string_append_printf(key, "%s%s", key->len > 0 ? " " : "", *word);
    }
    return g_strdup(key->str);
}

static char *email_key(const char *text)
{
    g_autofree char *canonical = NULL;
    return address_parse(text, &canonical, NULL) ? address_key(canonical) : g_strdup(text);
}

static char *value_key(IanaKind kind, const char *text)
{
    switch (kind) {
    case IANA_PHONE:
        return phone_key(text);
    case IANA_EMAIL:
        return email_key(text);
    case IANA_TEXT:
    default:
        return text_key(text);
    }
}

bool iana_value_is_same(const IanaField *field, const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    g_autofree char *key_a = value_key(field->kind, a);
    g_autofree char *key_b = value_key(field->kind, b);
    return g_str_equal(key_a, key_b);
}

bool iana_value_add(char **value, const char *text, GError **err)
{
    g_autofree char *clean = g_strstrip(g_strdup(text));
    if (*clean == '\0')
        return true;
    size_t size = strlen(clean) + (*value != NULL ? strlen(*value) + 1 : 0);
    if (size > IANA_VALUE_MAX)
        return err_set(err, ERR_LIMIT, "a field of more than %d bytes", IANA_VALUE_MAX);

    char *joined = *value != NULL ? g_strconcat(*value, "\n", clean, NULL)
                                  : g_steal_pointer(&clean);
    g_free(*value);
    *value = joined;
    return true;
}
