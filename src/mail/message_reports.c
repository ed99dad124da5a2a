/* Delivery reports: message/delivery-status (RFC 3464, RFC 6533). */
#include "mail/message_reader.h"

#include <string.h>

#include "mail/fields.h"

/* "rfc822; ann@example.org" without its type. A value without one stays whole. */
static const char *without_type(const char *value)
{
    const char *semicolon = strchr(value, ';');
    return semicolon != NULL ? semicolon + 1 : value;
}

static char *typed_value(Message *message, const GPtrArray *fields, const char *name)
{
    const char *value = fields_get(fields, name);
    return value != NULL ? message_line(message, without_type(value), name) : NULL;
}

/* An address of type "utf-8" may come with its letters as "\x{E4}" (RFC 6533 3). */
static char *unescape(const char *text)
{
    GString *plain = g_string_new(NULL);
    while (*text != '\0') {
        char *end = NULL;
        guint64 code = g_str_has_prefix(text, "\\x{") ? g_ascii_strtoull(text + 3, &end, 16)
                                                      : 0;
        if (end != NULL && *end == '}' && code <= 0x10ffff &&
            g_unichar_validate((gunichar) code)) {
            g_string_append_unichar(plain, (gunichar) code);
            text = end + 1;
        } else {
            g_string_append_c(plain, *text++);
        }
    }
    return g_string_free(plain, false);
}

static char *recipient(Message *message, const GPtrArray *fields, const char *name)
{
    g_autofree char *value = typed_value(message, fields, name);
    if (value == NULL)
        return NULL;
    g_autofree char *plain = unescape(value);
    /* Some write <ann@example.org>; message_line again, as the escapes may name anything. */
    return strchr(plain, '<') != NULL ? message_id_of(message, plain, name)
                                      : message_line(message, plain, name);
}

/* "5.1.1 (bad mailbox)" as "5.1.1" (RFC 3463 2). */
static char *status(const char *value)
{
    if (value == NULL || strchr("245", *value) == NULL || *value == '\0')
        return NULL;
    size_t size = strspn(value, "0123456789.");
    g_auto(GStrv) numbers = NULL;
    g_autofree char *code = g_strndup(value, size);
    numbers = g_strsplit(code, ".", 4);
    if (g_strv_length(numbers) != 3 || strlen(numbers[0]) != 1)
        return NULL;
    for (int i = 1; i < 3; i++) {
        if (*numbers[i] == '\0' || strlen(numbers[i]) > 3)
            return NULL;
    }
    return g_steal_pointer(&code);
}

static bool is_recipient_block(const GPtrArray *fields)
{
    return fields_get(fields, "final-recipient") != NULL ||
           fields_get(fields, "original-recipient") != NULL ||
           fields_get(fields, "action") != NULL || fields_get(fields, "status") != NULL;
}

static MessageReport *read_block(Message *message, const GPtrArray *fields)
{
    MessageReport *report = g_new0(MessageReport, 1);
    report->final_recipient = recipient(message, fields, "final-recipient");
    report->original_recipient = recipient(message, fields, "original-recipient");
    report->diagnostic = typed_value(message, fields, "diagnostic-code");
    report->remote_mta = typed_value(message, fields, "remote-mta");
    report->status = status(fields_get(fields, "status"));
    const char *action = fields_get(fields, "action");
    if (action != NULL) {
        g_autofree char *lower = g_ascii_strdown(action, (gssize) strcspn(action, " (;"));
        report->action = message_line(message, lower, "action");
    }
    return report;
}

void message_read_reports(Message *message, const char *text)
{
    while (*text != '\0') {
        g_autoptr(GPtrArray) fields = fields_read(&text);
        if (!is_recipient_block(fields))
            continue; /* what concerns the whole message */
        if (!message_has_room(message, message->reports, "the delivery reports"))
            return;
        g_ptr_array_add(message->reports, read_block(message, fields));
    }
}
