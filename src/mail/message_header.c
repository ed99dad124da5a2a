#include "mail/message_reader.h"

#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"

/* Values */

char *message_raw_value(Message *message, GMimeHeader *header)
{
    const char *raw = g_mime_header_get_raw_value(header);
    if (raw == NULL)
        return g_strdup("");
    if (text_is_valid(raw, strlen(raw)))
        return encoded_word_join(raw);
    message_note(message, "the field %s has bytes in no known character set",
                 g_mime_header_get_name(header));
    g_autofree char *valid = charset_to_utf8(NULL, raw, strlen(raw), NULL);
    return encoded_word_join(valid);
}

/* Notes the encoded words whose character set nobody knows: GMime drops their letters. */
static void note_charsets(Message *message, const char *value, const char *field)
{
    const char *p = value;
    for (int words = 0; words < MESSAGE_VALUES_MAX && (p = strstr(p, "=?")) != NULL; words++) {
        p += 2;
        size_t size = strcspn(p, "*? \t\r\n");
        if ((p[size] != '?' && p[size] != '*') || size == 0 || size > 40)
            continue;
        g_autofree char *name = g_strndup(p, size);
        if (!charset_is_known(name))
            message_note(message, "the field %s names a character set that is not known: %s",
                         field, name);
    }
}

char *message_decoded_value(Message *message, GMimeHeader *header)
{
    g_autofree char *raw = message_raw_value(message, header);
    note_charsets(message, raw, g_mime_header_get_name(header));
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, raw);
    return message_line(message, decoded != NULL ? decoded : "",
                        g_mime_header_get_name(header));
}

char *message_id_of(Message *message, const char *value, const char *what)
{
    const char *bracket = strchr(value, '<');
    const char *begin = bracket != NULL ? bracket + 1 : value + strspn(value, " \t\r\n");
    g_autofree char *id = g_strndup(begin, strcspn(begin, bracket != NULL ? ">" : " \t\r\n"));
    if (strlen(id) <= MESSAGE_ID_MAX)
        return message_line(message, id, what);
    message_note(message, "%s is longer than %d bytes: it was left out", what, MESSAGE_ID_MAX);
    return NULL;
}

/* Addresses */

static void add_mailbox(Message *message, GPtrArray *list, const char *name,
                        const char *address, const char *field)
{
    if (!message_has_room(message, list, field))
        return;
    Mailbox *mailbox = g_new0(Mailbox, 1);
    g_autofree char *line = message_line(message, name != NULL ? name : "", field);
    g_autofree char *clean = line != NULL ? text_clean(line, NULL) : NULL;
    if (clean != NULL && *clean != '\0')
        mailbox->name = g_steal_pointer(&clean);
    (void) address_parse(address, &mailbox->address, NULL); /* NULL if it is none */
    mailbox->raw = text_printable_max(address, strlen(address), MESSAGE_VALUE_MAX);
    g_ptr_array_add(list, mailbox);
}

static void read_mailbox(Message *message, GPtrArray *list, InternetAddress *found,
                         const char *field)
{
    const char *address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(found));
    add_mailbox(message, list, internet_address_get_name(found), address != NULL ? address : "",
                field);
    const Mailbox *last = list->pdata[list->len - 1];
    if (last->address == NULL)
        message_note(message, "the field %s holds what is no address", field);
}

/* Members of groups too; how deep groups go was bounded by the census. */
static void read_list(Message *message, GPtrArray *list, InternetAddressList *found,
                      const char *field)
{
    int count = internet_address_list_length(found);
    for (int i = 0; i < count && message_has_room(message, list, field); i++) {
        InternetAddress *one = internet_address_list_get_address(found, i);
        if (INTERNET_ADDRESS_IS_GROUP(one))
            read_list(message, list,
                      internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), field);
        else
            read_mailbox(message, list, one, field);
    }
}

static void read_addresses(Message *message, GPtrArray *list, GMimeHeader *header)
{
    const char *field = g_mime_header_get_name(header);
    g_autofree char *raw = message_raw_value(message, header);
    note_charsets(message, raw, field);
    InternetAddressList *found = internet_address_list_parse(NULL, raw);
    if (found == NULL) {
        message_note(message, "the field %s holds no address", field);
        g_autofree char *line = message_line(message, raw, field);
        if (line != NULL)
            add_mailbox(message, list, NULL, line, field);
        return;
    }
    read_list(message, list, found, field);
    g_object_unref(found);
}

/* Fields */

static void read_from(Message *message, GMimeHeader *header)
{
    message->from_fields++;
    if (message->from_fields == 2)
        message_note(message, "two From fields");
    read_addresses(message, message->from, header);
}

static void read_reply_to(Message *message, GMimeHeader *header)
{
    read_addresses(message, message->reply_to, header);
}

static void read_recipients(Message *message, GMimeHeader *header)
{
    read_addresses(message, message->recipients, header);
}

/* A field that may stand once: the first one counts. */
static bool is_first(Message *message, const char *kept, GMimeHeader *header)
{
    if (kept == NULL)
        return true;
    message_note(message, "two %s fields", g_mime_header_get_name(header));
    return false;
}

static void read_subject(Message *message, GMimeHeader *header)
{
    if (is_first(message, message->subject, header))
        message->subject = message_decoded_value(message, header);
}

static char *id_value(Message *message, GMimeHeader *header)
{
    g_autofree char *raw = message_raw_value(message, header);
    return message_id_of(message, raw, g_mime_header_get_name(header));
}

static void read_message_id(Message *message, GMimeHeader *header)
{
    if (is_first(message, message->message_id, header))
        message->message_id = id_value(message, header);
}

static void read_in_reply_to(Message *message, GMimeHeader *header)
{
    if (is_first(message, message->in_reply_to, header))
        message->in_reply_to = id_value(message, header);
}

static void read_references(Message *message, GMimeHeader *header)
{
    g_autofree char *raw = message_raw_value(message, header);
    for (const char *p = raw; (p = strchr(p, '<')) != NULL; p++) {
        if (!message_has_room(message, message->references, "References"))
            return;
        char *id = message_id_of(message, p, "References");
        if (id != NULL)
            g_ptr_array_add(message->references, id);
    }
}

static void read_list_id(Message *message, GMimeHeader *header)
{
    char *id = id_value(message, header);
    if (id != NULL && message_has_room(message, message->list_ids, "List-Id"))
        g_ptr_array_add(message->list_ids, id);
    else
        g_free(id);
}

static void read_received(Message *message, GMimeHeader *header)
{
    message->received_fields++;
}

static void read_failed_recipients(Message *message, GMimeHeader *header)
{
    g_autofree char *raw = message_raw_value(message, header);
    g_auto(GStrv) parts = g_strsplit_set(raw, ", \t\r\n", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *one = message_line(message, *part, "X-Failed-Recipients");
        if (one != NULL &&
            message_has_room(message, message->failed_recipients, "X-Failed-Recipients"))
            g_ptr_array_add(message->failed_recipients, g_steal_pointer(&one));
    }
}

static void read_auto_submitted(Message *message, GMimeHeader *header)
{
    g_autofree char *raw = message_raw_value(message, header);
    g_autofree char *line = message_line(message, raw, "Auto-Submitted");
    if (line == NULL || !is_first(message, message->auto_submitted, header))
        return;
    line[strcspn(line, "; (")] = '\0';
    message->auto_submitted = g_ascii_strdown(line, -1);
}

static const struct {
    const char *name;
    void (*read)(Message *message, GMimeHeader *header);
} FIELDS[] = {
    { "From", read_from },
    { "Reply-To", read_reply_to },
    { "To", read_recipients },
    { "Cc", read_recipients },
    { "Subject", read_subject },
    { "Message-ID", read_message_id },
    { "In-Reply-To", read_in_reply_to },
    { "References", read_references },
    { "List-Id", read_list_id },
    { "Received", read_received },
    { "Auto-Submitted", read_auto_submitted },
    { "X-Failed-Recipients", read_failed_recipients },
};

void message_read_header(Message *message, GMimeHeaderList *header)
{
    int count = g_mime_header_list_get_count(header);
    for (int i = 0; i < count; i++) {
        GMimeHeader *field = g_mime_header_list_get_header_at(header, i);
        const char *name = g_mime_header_get_name(field);
        for (size_t k = 0; k < G_N_ELEMENTS(FIELDS); k++) {
            if (g_ascii_strcasecmp(name, FIELDS[k].name) == 0)
                FIELDS[k].read(message, field);
        }
    }
    if (message->from_fields == 0)
        message_note(message, "no From field");
}
