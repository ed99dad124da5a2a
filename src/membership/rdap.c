#include "membership/rdap.h"

#include <jansson.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Whether a member that may be a text or an array of texts has this one, in any case. */
static bool has_text(const json_t *value, const char *text)
{
    if (json_is_string(value))
        return g_ascii_strcasecmp(json_string_value(value), text) == 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (has_text(json_array_get(value, i), text))
            return true;
    }
    return false;
}

/* Adds a text, or the texts of an array, as lines. */
static bool add_texts(char **at, const json_t *value, GError **err)
{
    if (json_is_string(value))
        return iana_value_add(at, json_string_value(value), err);
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!add_texts(at, json_array_get(value, i), err))
            return false;
    }
    return true;
}

/* jCard: one property is [name, parameters, type, value, ...] */

/* "tel:+1-613-555-0100", or text. */
static bool add_phone(IanaContact *contact, const json_t *property, GError **err)
{
    static const char SCHEME[] = "tel:";
    const json_t *parameters = json_array_get(property, 1);
    bool is_uri = has_text(json_array_get(property, 2), "uri");
    const char *text = json_string_value(json_array_get(property, 3));
    if (text == NULL)
        return true;
    if (is_uri && g_ascii_strncasecmp(text, SCHEME, strlen(SCHEME)) == 0)
        text += strlen(SCHEME);
    bool is_fax = has_text(json_object_get(parameters, "type"), "fax");
    return iana_value_add(is_fax ? &contact->fax : &contact->phone, text, err);
}

/* An address is lines in a parameter, or seven components. */
static bool add_address(IanaContact *contact, const json_t *parameters, const json_t *value,
                        GError **err)
{
    const json_t *label = json_object_get(parameters, "label");
    return add_texts(&contact->address, label != NULL ? label : value, err);
}

static bool add_property(IanaContact *contact, const json_t *property, GError **err)
{
    const char *name = json_string_value(json_array_get(property, 0));
    const json_t *parameters = json_array_get(property, 1);
    const json_t *value = json_array_get(property, 3);

    if (name == NULL)
        return true;
    if (g_ascii_strcasecmp(name, "fn") == 0)
        return add_texts(&contact->name, value, err);
    if (g_ascii_strcasecmp(name, "org") == 0)
        return add_texts(&contact->organisation, value, err);
    if (g_ascii_strcasecmp(name, "adr") == 0)
        return add_address(contact, parameters, value, err);
    if (g_ascii_strcasecmp(name, "tel") == 0)
        return add_phone(contact, property, err);
    if (g_ascii_strcasecmp(name, "email") == 0)
        return add_texts(&contact->email, value, err);
    return true;
}

static bool add_card(IanaContact *contact, const json_t *entity, GError **err)
{
    const json_t *card = json_array_get(json_object_get(entity, "vcardArray"), 1);
    for (size_t i = 0; i < json_array_size(card); i++) {
        if (!add_property(contact, json_array_get(card, i), err))
            return false;
    }
    return true;
}

/* Entities */

/* The manager is a card as well; of it we keep who and where. */
static bool add_manager(IanaRecord *record, const json_t *entity, GError **err)
{
    g_auto(IanaRecord) card = { .domain = NULL };
    IanaContact *contact = &card.administrative;
    if (!add_card(contact, entity, err))
        return false;
    const char *name = contact->organisation != NULL ? contact->organisation : contact->name;
    return (name == NULL || iana_value_add(&record->organisation, name, err)) &&
           (contact->address == NULL ||
            iana_value_add(&record->address, contact->address, err));
}

/* One entity may have several roles. */
static bool add_entity(IanaRecord *record, const json_t *entity, GError **err)
{
    const json_t *roles = json_object_get(entity, "roles");
    return (!has_text(roles, "registrant") || add_manager(record, entity, err)) &&
           (!has_text(roles, "administrative") ||
            add_card(&record->administrative, entity, err)) &&
           (!has_text(roles, "technical") || add_card(&record->technical, entity, err));
}

static bool add_entities(IanaRecord *record, const json_t *domain, GError **err)
{
    const json_t *entities = json_object_get(domain, "entities");
    for (size_t i = 0; i < json_array_size(entities); i++) {
        if (!add_entity(record, json_array_get(entities, i), err))
            return false;
    }
    return true;
}

/* The rest */

/* The day on which something happened; 0 if it is not said. */
static int64_t day_of(const json_t *domain, const char *action)
{
    const json_t *events = json_object_get(domain, "events");
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *date = text_of(event, "eventDate");
        int64_t at = 0;
        if (has_text(json_object_get(event, "eventAction"), action) && date != NULL &&
            clock_parse(date, &at, NULL))
            return at - at % CLOCK_DAY;
    }
    return 0;
}

static void read_dnssec(IanaRecord *record, const json_t *domain)
{
    const json_t *secure = json_object_get(domain, "secureDNS");
    const json_t *is_signed = json_object_get(secure, "delegationSigned");

    record->ds_count = (int64_t) json_array_size(json_object_get(secure, "dsData"));
    if (json_is_true(is_signed) || record->ds_count > 0)
        record->dnssec = g_strdup("signed");
    else if (json_is_false(is_signed))
        record->dnssec = g_strdup("unsigned");
}

static bool read_status(IanaRecord *record, const json_t *domain, GError **err)
{
    if (!add_texts(&record->status, json_object_get(domain, "status"), err))
        return false;
    if (record->status != NULL) {
        char *lower = g_ascii_strdown(record->status, -1);
        g_free(record->status);
        record->status = lower;
    }
    return true;
}

/* An error of RFC 9083, 6. */
static bool refuse_error(const json_t *answer, GError **err)
{
    json_int_t code = json_integer_value(json_object_get(answer, "errorCode"));
    const char *title = text_of(answer, "title");
    if (code == 404)
        return err_set(err, ERR_NOT_FOUND, "IANA has no such name");
    g_autofree char *shown = text_printable_max(
        title != NULL ? title : "", title != NULL ? strlen(title) : 0, IANA_SHOWN_MAX);
    return err_set(err, code == 429 || code >= 500 ? ERR_TEMPORARY : ERR_INVALID,
                   "the server answered %" JSON_INTEGER_FORMAT " \"%s\"", code, shown);
}

static bool read_domain(const json_t *domain, IanaRecord *record, GError **err)
{
    if (json_is_object(domain) && json_object_get(domain, "errorCode") != NULL)
        return refuse_error(domain, err);
    const char *label = text_of(domain, "ldhName");
    if (!has_text(json_object_get(domain, "objectClassName"), "domain") || label == NULL ||
        !domain_parse(label, &record->domain, NULL))
        return err_set(err, ERR_INVALID, "the answer is not about a domain");

    record->created_at = day_of(domain, "registration");
    record->changed_at = day_of(domain, "last changed");
    read_dnssec(record, domain);
    return read_status(record, domain, err) && add_entities(record, domain, err);
}

static bool parse(const char *bytes, size_t size, json_t **ret_json, GError **err)
{
    json_error_t fault;
    if (size > RDAP_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "the answer has more than %d bytes", RDAP_SIZE_MAX);
    *ret_json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &fault);
    if (*ret_json != NULL)
        return true;
    /* A word such as "true" that is cut off is an invalid one, at the very end. */
    if (json_error_code(&fault) == json_error_premature_end_of_input ||
        (size_t) fault.position >= size)
        return err_set(err, ERR_TEMPORARY, "the answer is cut off");
    return err_set(err, ERR_INVALID, "the answer is no JSON (line %d)", fault.line);
}

bool rdap_read(const char *bytes, size_t size, IanaRecord *ret, GError **err)
{
    g_auto(IanaRecord) record = { .domain = NULL };
    g_autoptr(json_t) json = NULL;
    if (!parse(bytes, size, &json, err) || !read_domain(json, &record, err))
        return false;
    *ret = record;
    record = (IanaRecord){ .domain = NULL };
    return true;
}
