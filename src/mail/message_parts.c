/* The parts of a message: its text, whether there is anything else, and what came back in it.
 */
#include "mail/message_reader.h"

#include <string.h>

#include "base/limits.h"
#include "mail/charset.h"
#include "mail/fields.h"
#include "mail/html_text.h"

static bool is_type(GMimeObject *part, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(part), type, subtype);
}

/* Content */

GBytes *message_content(GMimePart *part, size_t max)
{
    GByteArray *bytes = g_byte_array_new();
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (content == NULL)
        return g_byte_array_free_to_bytes(bytes);

    GMimeStream *source = g_mime_data_wrapper_get_stream(content);
    (void) g_mime_stream_reset(source);
    GMimeStream *decoded = g_mime_stream_filter_new(source);
    GMimeFilter *filter = g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content),
                                                  FALSE);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
    g_object_unref(filter);

    char buffer[8192];
    ssize_t size;
    while (bytes->len < max && (size = g_mime_stream_read(decoded, buffer, sizeof buffer)) > 0)
        g_byte_array_append(bytes, (const guint8 *) buffer,
                            (unsigned) MIN((size_t) size, max - bytes->len));
    g_object_unref(decoded);
    return g_byte_array_free_to_bytes(bytes);
}

/* The content of a text part as UTF-8. */
static char *text_content(Message *message, GMimeObject *part, size_t max)
{
    g_autoptr(GBytes) bytes = message_content(GMIME_PART(part), max);
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    if (size == max)
        message_note(message, "only the first %zu bytes of a text were read", max);

    const char *charset = g_mime_object_get_content_type_parameter(part, "charset");
    if (charset != NULL && !charset_is_known(charset))
        message_note(message, "the text names a character set that is not known: %s", charset);
    bool is_broken = false;
    char *text = charset_to_utf8(charset, data != NULL ? data : "", size, &is_broken);
    if (is_broken)
        message_note(message, "the text has bytes that are not in its character set");
    return text;
}

/* Text */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static bool is_attachment(GMimeObject *part)
{
    const char *disposition = g_mime_object_get_disposition(part);
    return disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

/* The text of one leaf, NULL if it has none. */
static char *leaf_text(Message *message, GMimeObject *part)
{
    bool is_html = is_type(part, "text", "html");
    if (!GMIME_IS_PART(part) || (!is_html && !is_type(part, "text", "plain")))
        return NULL;

    g_autofree char *raw = text_content(message, part, MESSAGE_PART_MAX);
    g_autofree char *text = is_html ? html_text(raw) : g_steal_pointer(&raw);
    return is_blank(text) ? NULL : g_steal_pointer(&text);
}

/* A multipart whose delimiters are missing or do not match: what people would see is there. */
static char *prologue_text(Message *message, GMimeMultipart *multipart)
{
    const char *prologue = g_mime_multipart_get_prologue(multipart);
    if (prologue == NULL || is_blank(prologue))
        return NULL;
    message_note(message, "a multipart without parts");
    return charset_to_utf8(NULL, prologue, MIN(strlen(prologue), MESSAGE_PART_MAX), NULL);
}

static char *find_text(Message *message, GMimeObject *part);

static char *multipart_text(Message *message, GMimeMultipart *multipart, bool is_plain_only)
{
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        if (is_plain_only && !is_type(part, "text", "plain"))
            continue;
        char *text = find_text(message, part);
        if (text != NULL)
            return text;
    }
    return NULL;
}

/* The first text that is there to be read: not that of attachments and attached messages. Of
 * alternatives the plain one is taken. */
static char *find_text(Message *message, GMimeObject *part)
{
    if (is_attachment(part))
        return NULL;
    if (!GMIME_IS_MULTIPART(part))
        return leaf_text(message, part);

    GMimeMultipart *multipart = GMIME_MULTIPART(part);
    if (g_mime_multipart_get_count(multipart) == 0)
        return prologue_text(message, multipart);
    char *text = NULL;
    if (is_type(part, "multipart", "alternative"))
        text = multipart_text(message, multipart, true);
    return text != NULL ? text : multipart_text(message, multipart, false);
}

/* The first text in what find_text passes over: people attach a form that they have filled in,
 * or forward the mail that has it. */
static char *find_attached(Message *message, GMimeObject *part)
{
    if (GMIME_IS_MESSAGE_PART(part)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
        GMimeObject *root = inner != NULL ? g_mime_message_get_mime_part(inner) : NULL;
        char *text = root != NULL ? find_text(message, root) : NULL;
        return text != NULL || root == NULL ? text : find_attached(message, root);
    }
    if (!GMIME_IS_MULTIPART(part))
        return is_attachment(part) ? leaf_text(message, part) : NULL;

    int count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
    for (int i = 0; i < count; i++) {
        char *text = find_attached(message,
                                   g_mime_multipart_get_part(GMIME_MULTIPART(part), i));
        if (text != NULL)
            return text;
    }
    return NULL;
}

/* Other content */

/* Texts to be read were read by find_text, and a signature alone says nothing. */
static bool is_counted(GMimeObject *part)
{
    if (is_type(part, "text", "plain") || is_type(part, "text", "html"))
        return is_attachment(part);
    return !is_type(part, "application", "pgp-signature") &&
           !is_type(part, "application", "pkcs7-signature") &&
           !is_type(part, "application", "x-pkcs7-signature");
}

static bool leaf_has_content(GMimeObject *part)
{
    if (!is_counted(part))
        return false;
    g_autoptr(GBytes) bytes = message_content(GMIME_PART(part), MESSAGE_PART_MAX);
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isspace(data[i]))
            return true;
    }
    return false;
}

/* What came back: of several parts that say so the first counts */

static void read_returned_block(Message *message, const char *text)
{
    g_autoptr(GPtrArray) fields = fields_read(&text);
    const char *id = fields_get(fields, "message-id");
    const char *to = fields_get(fields, "to");
    if (id != NULL)
        message->returned_message_id = message_id_of(message, id, "the returned Message-ID");
    if (to != NULL)
        message->returned_to = message_line(message, to, "the returned To");
}

static void read_returned_message(Message *message, GMimeMessage *returned)
{
    GMimeHeaderList *header = g_mime_object_get_header_list(GMIME_OBJECT(returned));
    GMimeHeader *id = g_mime_header_list_get_header(header, "Message-ID");
    GMimeHeader *to = g_mime_header_list_get_header(header, "To");
    if (id != NULL) {
        g_autofree char *raw = message_raw_value(message, id);
        message->returned_message_id = message_id_of(message, raw, "the returned Message-ID");
    }
    if (to != NULL)
        message->returned_to = message_decoded_value(message, to);
}

/* The walk */

typedef struct {
    Message *message;
    bool has_content;  /* beside the text */
    bool has_returned; /* the first message or header that came back was read */
} Walk;

/* Reads a leaf that belongs to a bounce. */
static void read_report_leaf(Walk *walk, GMimeObject *part)
{
    bool is_status = is_type(part, "message", "delivery-status") ||
                     is_type(part, "message", "global-delivery-status");
    bool is_header = is_type(part, "text", "rfc822-headers") ||
                     is_type(part, "message", "global-headers") ||
                     is_type(part, "message", "rfc822"); /* encoded: GMime did not look in */
    if (!is_status && (!is_header || walk->has_returned))
        return;

    g_autofree char *text = text_content(walk->message, part, MESSAGE_HEADER_MAX);
    if (is_status) {
        message_read_reports(walk->message, text);
    } else {
        read_returned_block(walk->message, text);
        walk->has_returned = true;
    }
}

static void visit(Walk *walk, GMimeObject *part, bool is_inner);

static void visit_message(Walk *walk, GMimeMessagePart *part)
{
    walk->has_content = true;
    GMimeMessage *inner = g_mime_message_part_get_message(part);
    if (inner == NULL)
        return;
    if (!walk->has_returned)
        read_returned_message(walk->message, inner);
    walk->has_returned = true;
    GMimeObject *root = g_mime_message_get_mime_part(inner);
    if (root != NULL)
        visit(walk, root, true);
}

/* Counts the part and those in it; of those in attached messages nothing else is read. */
static void visit(Walk *walk, GMimeObject *part, bool is_inner)
{
    walk->message->parts++;
    if (GMIME_IS_MESSAGE_PART(part)) {
        visit_message(walk, GMIME_MESSAGE_PART(part));
    } else if (GMIME_IS_MULTIPART(part)) {
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
        for (int i = 0; i < count; i++)
            visit(walk, g_mime_multipart_get_part(GMIME_MULTIPART(part), i), is_inner);
    } else if (!is_inner) {
        walk->has_content = walk->has_content || leaf_has_content(part);
        read_report_leaf(walk, part);
    }
}

static void read_type(Message *message, GMimeObject *root)
{
    GMimeContentType *type = g_mime_object_get_content_type(root);
    g_autofree char *name = g_mime_content_type_get_mime_type(type);
    g_autofree char *lower = g_ascii_strdown(name, -1);
    char *line = message_line(message, lower, "Content-Type");
    if (line != NULL) {
        g_free(message->content_type);
        message->content_type = line;
    }
    const char *report = g_mime_object_get_content_type_parameter(root, "report-type");
    if (report != NULL) {
        g_autofree char *lower_report = g_ascii_strdown(report, -1);
        message->report_type = message_line(message, lower_report, "report-type");
    }
}

void message_read_parts(Message *message, GMimeObject *root)
{
    Walk walk = { .message = message };
    read_type(message, root);
    visit(&walk, root, false);

    g_autofree char *text = find_text(message, root);
    if (text != NULL) {
        g_free(message->text);
        message->text = message_lines(message, text);
    }
    g_autofree char *attached = find_attached(message, root);
    if (attached != NULL) {
        g_free(message->attached);
        message->attached = message_lines(message, attached);
    }
    message->is_empty = text == NULL && !walk.has_content;
}
