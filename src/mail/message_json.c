/* The protocol between the parser child and its parent. One table per struct says which member
 * of the JSON object stands for which field; writing and reading both follow it. */
#include <jansson.h>
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "mail/message_reader.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

typedef enum {
    KIND_LINE,    /* char *, one line, may be NULL */
    KIND_ADDRESS, /* the same, a canonical address */
    KIND_GIVEN,   /* char *, one line, never NULL */
    KIND_TEXT,    /* char *, lines, never NULL */
    KIND_COUNT,   /* int64_t, not negative */
    KIND_FLAG,    /* bool */
    KIND_STRINGS, /* GPtrArray of char * */
    KIND_STRUCTS, /* GPtrArray of what the shape says */
} Kind;

typedef struct Shape Shape;

typedef struct {
    const char *name;
    Kind kind;
    size_t offset;
    const Shape *shape; /* for KIND_STRUCTS */
} Field;

struct Shape {
    const Field *fields;
    size_t n_fields;
    size_t size;
};

/* clang-format off */
#define FIELD(type, kind, name) { #name, kind, offsetof(type, name), NULL }

static const Field MAILBOX_FIELDS[] = {
    FIELD(Mailbox, KIND_LINE, name),
    FIELD(Mailbox, KIND_ADDRESS, address),
    FIELD(Mailbox, KIND_GIVEN, raw),
};
static const Shape MAILBOX = { MAILBOX_FIELDS, G_N_ELEMENTS(MAILBOX_FIELDS), sizeof(Mailbox) };

static const Field REPORT_FIELDS[] = {
    FIELD(MessageReport, KIND_LINE, final_recipient),
    FIELD(MessageReport, KIND_LINE, original_recipient),
    FIELD(MessageReport, KIND_LINE, action),
    FIELD(MessageReport, KIND_LINE, status),
    FIELD(MessageReport, KIND_LINE, diagnostic),
    FIELD(MessageReport, KIND_LINE, remote_mta),
};
static const Shape REPORT = { REPORT_FIELDS, G_N_ELEMENTS(REPORT_FIELDS),
                              sizeof(MessageReport) };

static const Field MESSAGE_FIELDS[] = {
    { "from", KIND_STRUCTS, offsetof(Message, from), &MAILBOX },
    FIELD(Message, KIND_COUNT, from_fields),
    { "reply_to", KIND_STRUCTS, offsetof(Message, reply_to), &MAILBOX },
    { "recipients", KIND_STRUCTS, offsetof(Message, recipients), &MAILBOX },
    FIELD(Message, KIND_LINE, subject),
    FIELD(Message, KIND_LINE, message_id),
    FIELD(Message, KIND_LINE, in_reply_to),
    FIELD(Message, KIND_STRINGS, references),
    FIELD(Message, KIND_LINE, auto_submitted),
    FIELD(Message, KIND_LINE, automatic),
    FIELD(Message, KIND_STRINGS, list_ids),
    FIELD(Message, KIND_COUNT, received_fields),
    FIELD(Message, KIND_GIVEN, content_type),
    FIELD(Message, KIND_LINE, report_type),
    FIELD(Message, KIND_COUNT, parts),
    FIELD(Message, KIND_TEXT, text),
    FIELD(Message, KIND_TEXT, attached),
    FIELD(Message, KIND_FLAG, is_empty),
    { "reports", KIND_STRUCTS, offsetof(Message, reports), &REPORT },
    FIELD(Message, KIND_STRINGS, failed_recipients),
    FIELD(Message, KIND_LINE, returned_message_id),
    FIELD(Message, KIND_LINE, returned_to),
    FIELD(Message, KIND_STRINGS, notices),
};
static const Shape MESSAGE = { MESSAGE_FIELDS, G_N_ELEMENTS(MESSAGE_FIELDS), sizeof(Message) };
/* clang-format on */

static void *member(void *record, const Field *field)
{
    return (char *) record + field->offset;
}

static const void *member_const(const void *record, const Field *field)
{
    return (const char *) record + field->offset;
}

/* Writing */

static json_t *shape_to_json(const Shape *shape, const void *record);

static json_t *string_to_json(const char *text)
{
    json_t *value = text != NULL ? json_string(text) : json_null();
    g_assert(value != NULL); /* message_read gives UTF-8 only */
    return value;
}

static json_t *array_to_json(const Field *field, const GPtrArray *array)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < array->len; i++) {
        json_t *item = field->kind == KIND_STRINGS
                           ? string_to_json(array->pdata[i])
                           : shape_to_json(field->shape, array->pdata[i]);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *field_to_json(const Field *field, const void *at)
{
    switch (field->kind) {
    case KIND_LINE:
    case KIND_GIVEN:
    case KIND_ADDRESS:
    case KIND_TEXT:
        return string_to_json(*(char *const *) at);
    case KIND_COUNT:
        return json_integer(*(const int64_t *) at);
    case KIND_FLAG:
        return json_boolean(*(const bool *) at);
    case KIND_STRINGS:
    case KIND_STRUCTS:
        return array_to_json(field, *(GPtrArray *const *) at);
    }
    g_assert_not_reached();
}

static json_t *shape_to_json(const Shape *shape, const void *record)
{
    json_t *object = json_object();
    for (size_t i = 0; i < shape->n_fields; i++) {
        const Field *field = &shape->fields[i];
        json_object_set_new(object, field->name,
                            field_to_json(field, member_const(record, field)));
    }
    return object;
}

void message_seed_json(void)
{
    json_object_seed(0);
}

char *message_to_json(const Message *message)
{
    g_autoptr(json_t) object = shape_to_json(&MESSAGE, message);
    char *dumped = json_dumps(object, JSON_COMPACT);
    char *text = g_strdup(dumped);
    free(dumped);
    return text;
}

/* Reading */

static bool shape_from_json(const Shape *shape, json_t *object, void *record, GError **err);

/* Whether text holds only what message_read lets through: no controls, no bidi controls. */
static bool is_clean(const char *text, bool has_lines)
{
    for (const char *p = text; *p != '\0'; p += g_utf8_skip[(unsigned char) *p]) {
        gunichar c = g_utf8_get_char(p);
        if (!message_is_clean(c) && !(has_lines && (c == '\n' || c == '\t')))
            return false;
    }
    return true;
}

static bool is_canonical(const char *text)
{
    g_autofree char *address = NULL;
    return address_parse(text, &address, NULL) && strcmp(address, text) == 0;
}

static bool string_from_json(const char *name, Kind kind, json_t *value, char **ret_text,
                             GError **err)
{
    if ((kind == KIND_LINE || kind == KIND_ADDRESS) && json_is_null(value))
        return true;
    if (!json_is_string(value))
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is no string", name);
    size_t max = kind == KIND_TEXT ? MESSAGE_TEXT_MAX : MESSAGE_VALUE_MAX;
    if (json_string_length(value) > max)
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is too long", name);
    if (!is_clean(json_string_value(value), kind == KIND_TEXT))
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is not clean", name);
    if (kind == KIND_ADDRESS && !is_canonical(json_string_value(value)))
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is no address", name);

    g_free(*ret_text);
    *ret_text = g_strdup(json_string_value(value));
    return true;
}

static bool count_from_json(const char *name, json_t *value, int64_t *ret_count, GError **err)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is no count", name);
    *ret_count = json_integer_value(value);
    return true;
}

static bool flag_from_json(const char *name, json_t *value, bool *ret_flag, GError **err)
{
    if (!json_is_boolean(value))
        return err_set(err, ERR_INVALID, "answer of the parser: \"%s\" is no boolean", name);
    *ret_flag = json_is_true(value);
    return true;
}

static bool item_from_json(const Field *field, json_t *value, GPtrArray *array, GError **err)
{
    if (field->kind == KIND_STRINGS) {
        char *text = NULL;
        if (!string_from_json(field->name, KIND_GIVEN, value, &text, err))
            return false;
        g_ptr_array_add(array, text);
        return true;
    }
    void *record = g_malloc0(field->shape->size);
    g_ptr_array_add(array, record); /* now, so that it is freed even if half read */
    return shape_from_json(field->shape, value, record, err);
}

static bool array_from_json(const Field *field, json_t *value, GPtrArray *array, GError **err)
{
    if (!json_is_array(value) || json_array_size(value) > MESSAGE_VALUES_MAX)
        return err_set(err, ERR_INVALID,
                       "answer of the parser: \"%s\" is no array of at most %d elements",
                       field->name, MESSAGE_VALUES_MAX);
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!item_from_json(field, json_array_get(value, i), array, err))
            return false;
    }
    return true;
}

static bool field_from_json(const Field *field, json_t *value, void *at, GError **err)
{
    switch (field->kind) {
    case KIND_LINE:
    case KIND_GIVEN:
    case KIND_ADDRESS:
    case KIND_TEXT:
        return string_from_json(field->name, field->kind, value, at, err);
    case KIND_COUNT:
        return count_from_json(field->name, value, at, err);
    case KIND_FLAG:
        return flag_from_json(field->name, value, at, err);
    case KIND_STRINGS:
    case KIND_STRUCTS:
        return array_from_json(field, value, *(GPtrArray **) at, err);
    }
    g_assert_not_reached();
}

static bool shape_from_json(const Shape *shape, json_t *object, void *record, GError **err)
{
    if (!json_is_object(object) || json_object_size(object) != shape->n_fields)
        return err_set(err, ERR_INVALID, "answer of the parser: no object of %zu members",
                       shape->n_fields);
    for (size_t i = 0; i < shape->n_fields; i++) {
        const Field *field = &shape->fields[i];
        json_t *value = json_object_get(object, field->name);
        if (value == NULL)
            return err_set(err, ERR_INVALID, "answer of the parser: no \"%s\"", field->name);
        if (!field_from_json(field, value, member(record, field), err))
            return false;
    }
    return true;
}

Message *message_from_json(const char *json, size_t size, GError **err)
{
    if (size > PARSER_ANSWER_MAX) {
        err_set(err, ERR_INVALID, "answer of the parser: over %d bytes", PARSER_ANSWER_MAX);
        return NULL;
    }
    json_error_t fault;
    g_autoptr(json_t) object = json_loadb(json, size, JSON_REJECT_DUPLICATES, &fault);
    if (object == NULL) {
        err_set(err, ERR_INVALID, "answer of the parser: %s", fault.text);
        return NULL;
    }

    g_autoptr(Message) message = message_new();
    if (!shape_from_json(&MESSAGE, object, message, err))
        return NULL;
    return g_steal_pointer(&message);
}
