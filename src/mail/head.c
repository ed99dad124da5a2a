#include "mail/head.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

enum {
    FOLD_COLUMN = 76,    /* RFC 2047 section 2, for lines with encoded words; RFC 5322: 78 */
    LINE_SIZE_MAX = 998, /* RFC 5322 section 2.1.1, without CRLF */
    FIELD_NAME_MAX = 76, /* of a field that we write */
};

typedef struct {
    char *name;   /* without white space before the colon; NULL if the lines are no field */
    GBytes *raw;  /* all its lines with their ends; the last line of a mail may lack its end */
    size_t colon; /* where the colon is in raw, if there is a name */
    bool is_malformed;
} Field;

struct Head {
    GBytes *mail;
    GPtrArray *fields; /* Field */
    size_t body_offset;
    bool has_separator; /* the empty line */
    bool is_changed;
};

static void field_free(Field *field)
{
    if (field == NULL)
        return;
    g_free(field->name);
    g_clear_pointer(&field->raw, g_bytes_unref);
    g_free(field);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Field, field_free)

void head_free(Head *head)
{
    if (head == NULL)
        return;
    g_clear_pointer(&head->mail, g_bytes_unref);
    g_clear_pointer(&head->fields, g_ptr_array_unref);
    g_free(head);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_all_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_blank(text[i]))
            return false;
    }
    return true;
}

/* RFC 5322 section 3.6.8: ftext. */
static bool is_field_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (name[i] < 33 || name[i] > 126 || name[i] == ':')
            return false;
    }
    return size > 0;
}

/* One line of text without its end. */
typedef struct {
    const char *text;
    size_t size;
    size_t next; /* where the next line starts in the mail */
} Line;

static bool line_check(const Line *line, GError **err)
{
    if (memchr(line->text, '\r', line->size) != NULL)
        return err_set(err, ERR_INVALID, "the header has a bare CR");
    if (memchr(line->text, '\0', line->size) != NULL)
        return err_set(err, ERR_INVALID, "the header has a NUL byte");
    return true;
}

/* Reads the line at an offset below the size of the mail. Looks no further than a header may
 * reach, so that a large body without lines costs nothing. */
static bool line_read(GBytes *mail, size_t at, Line *ret_line, GError **err)
{
    size_t size;
    const char *text = g_bytes_get_data(mail, &size);
    size_t reach = MIN(size, (size_t) MESSAGE_HEADER_MAX + 1);

    const char *end = memchr(text + at, '\n', reach - at);
    Line line = { .text = text + at, .size = reach - at, .next = reach };
    if (end != NULL) {
        if (end == line.text || end[-1] != '\r')
            return err_set(err, ERR_INVALID, "the header has a bare LF");
        line.size = (size_t) (end - line.text) - 1;
        line.next = at + line.size + 2;
    }
    if (line.next > MESSAGE_HEADER_MAX)
        return err_set(err, ERR_INVALID, "the header is larger than %d bytes",
                       MESSAGE_HEADER_MAX);
    if (!line_check(&line, err))
        return false;

    *ret_line = line;
    return true;
}

static bool line_is_continuation(const Line *line)
{
    return line->size > 0 && is_blank(line->text[0]);
}

static bool line_begins(const Line *line, const char *word)
{
    return line->size >= strlen(word) && memcmp(line->text, word, strlen(word)) == 0;
}

/* The line that mbox files and some pipes put before a mail is not part of its body, nor is it
 * for GMime, quoted or not. */
static bool line_starts_header(const Line *line)
{
    return line->size == 0 || line_is_continuation(line) || line_begins(line, "From ") ||
           line_begins(line, ">From ") || memchr(line->text, ':', line->size) != NULL;
}

/* Makes a field of its first line; continuation lines follow when raw is set. */
static Field *field_start(const Line *line)
{
    g_autoptr(Field) field = g_new0(Field, 1);
    const char *colon = memchr(line->text, ':', line->size);

    size_t size = colon != NULL ? (size_t) (colon - line->text) : 0;
    field->colon = size;
    while (size > 0 && is_blank(line->text[size - 1]))
        size--;
    if (colon != NULL && is_field_name(line->text, size))
        field->name = g_strndup(line->text, size);
    field->is_malformed = field->name == NULL || size != field->colon;
    return g_steal_pointer(&field);
}

/* Reads one field with its continuation lines and moves *at behind it. */
static bool read_field(Head *head, const Line *first, size_t *at, GError **err)
{
    size_t start = *at;
    g_autoptr(Field) field = field_start(first);

    *at = first->next;
    while (*at < g_bytes_get_size(head->mail)) {
        Line line;
        if (!line_read(head->mail, *at, &line, err))
            return false;
        if (!line_is_continuation(&line))
            break;
        if (is_all_blank(line.text, line.size))
            field->is_malformed = true;
        *at = line.next;
    }

    field->raw = g_bytes_new_from_bytes(head->mail, start, *at - start);
    g_ptr_array_add(head->fields, g_steal_pointer(&field));
    return true;
}

Head *head_parse(GBytes *mail, GError **err)
{
    g_autoptr(Head) head = g_new0(Head, 1);
    head->mail = g_bytes_ref(mail);
    head->fields = g_ptr_array_new_with_free_func((GDestroyNotify) field_free);

    size_t at = 0;
    while (at < g_bytes_get_size(mail)) {
        Line line;
        if (!line_read(mail, at, &line, err))
            return NULL;
        if (at == 0 && !line_starts_header(&line))
            break;
        if (line.size == 0) {
            head->has_separator = true;
            at = line.next;
            break;
        }
        if (!read_field(head, &line, &at, err))
            return NULL;
    }

    head->body_offset = at;
    return g_steal_pointer(&head);
}

size_t head_body_offset(const Head *head)
{
    return head->body_offset;
}

static bool field_is(const Field *field, const char *name)
{
    return field->name != NULL && g_ascii_strcasecmp(field->name, name) == 0;
}

static const Field *field_find(const Head *head, const char *name, size_t n)
{
    for (unsigned i = 0; i < head->fields->len; i++) {
        const Field *field = g_ptr_array_index(head->fields, i);
        if (field_is(field, name) && n-- == 0)
            return field;
    }
    return NULL;
}

size_t head_count(const Head *head, const char *name)
{
    size_t count = 0;
    for (unsigned i = 0; i < head->fields->len; i++)
        count += field_is(g_ptr_array_index(head->fields, i), name);
    return count;
}

size_t head_count_above(const Head *head, const char *name, size_t n, const char *other)
{
    size_t above = 0;
    size_t seen = 0;
    for (unsigned i = 0; i < head->fields->len; i++) {
        const Field *field = g_ptr_array_index(head->fields, i);
        if (field_is(field, name) && seen++ == n)
            return above;
        above += field_is(field, other);
    }
    g_assert_not_reached();
}

/* Unfolded, without white space around it. */
static char *field_value(const Field *field)
{
    size_t size;
    const char *raw = g_bytes_get_data(field->raw, &size);
    GString *value = g_string_new(NULL);
    for (size_t i = field->colon + 1; i < size; i++) {
        if (raw[i] == '\r' || raw[i] == '\n' || (value->len == 0 && is_blank(raw[i])))
            continue;
        g_string_append_c(value, raw[i]);
    }
    while (value->len > 0 && is_blank(value->str[value->len - 1]))
        g_string_truncate(value, value->len - 1);
    return g_string_free(value, FALSE);
}

char *head_get(const Head *head, const char *name, size_t n)
{
    const Field *field = field_find(head, name, n);
    return field == NULL ? NULL : field_value(field);
}

size_t head_remove(Head *head, const char *name)
{
    size_t removed = 0;
    for (unsigned i = head->fields->len; i > 0; i--) {
        if (!field_is(g_ptr_array_index(head->fields, i - 1), name))
            continue;
        g_ptr_array_remove_index(head->fields, i - 1);
        removed++;
    }
    head->is_changed = head->is_changed || removed > 0;
    return removed;
}

size_t head_remove_if(Head *head, HeadTest test, const void *data)
{
    size_t removed = 0;
    for (unsigned i = head->fields->len; i > 0; i--) {
        const Field *field = g_ptr_array_index(head->fields, i - 1);
        if (field->name == NULL)
            continue;
        g_autofree char *value = field_value(field);
        if (!test(field->name, value, data))
            continue;
        g_ptr_array_remove_index(head->fields, i - 1);
        removed++;
    }
    head->is_changed = head->is_changed || removed > 0;
    return removed;
}

static bool check_value(const char *name, const char *value, HeadCharset charset, GError **err)
{
    if (!g_utf8_validate(value, -1, NULL))
        return err_set(err, ERR_INVALID, "the value of %s is not UTF-8", name);

    for (const char *p = value; *p != '\0'; p = g_utf8_find_next_char(p, NULL)) {
        gunichar c = g_utf8_get_char(p);
        if (c != '\t' && g_unichar_iscntrl(c))
            return err_set(err, ERR_INVALID, "the value of %s has a control character", name);
        if (c > 126 && charset == HEAD_ASCII)
            return err_set(err, ERR_INVALID, "the value of %s is not ASCII", name);
    }
    return true;
}

/* Appends the value, with a line end before the white space that would lead a line over
 * FOLD_COLUMN. Unfolding gives back the value as it was. White space after the colon is never
 * folded: a first line with nothing but a name is lawful, and misread by some. */
static bool fold(GString *out, const char *value, GError **err)
{
    size_t column = out->len;

    for (const char *word = value; *word != '\0';) {
        size_t size = strspn(word, " \t");
        size += strcspn(word + size, " \t");
        if (word != value && column + size > FOLD_COLUMN) {
            g_string_append(out, "\r\n");
            column = 0;
        }
        g_string_append_len(out, word, (gssize) size);
        column += size;
        if (column > LINE_SIZE_MAX)
            return err_set(err, ERR_INVALID, "a word is too long for a header line");
        word += size;
    }
    return true;
}

static Field *field_new(const char *name, const char *value, HeadCharset charset, GError **err)
{
    if (strlen(name) > FIELD_NAME_MAX || !is_field_name(name, strlen(name))) {
        err_set(err, ERR_INVALID, "not a name for a header field");
        return NULL;
    }
    if (!check_value(name, value, charset, err))
        return NULL;

    g_autofree char *trimmed = g_strstrip(g_strdup(value));
    g_autoptr(GString) raw = g_string_new(NULL);
    g_string_printf(raw, *trimmed != '\0' ? "%s: " : "%s:", name);
    if (!fold(raw, trimmed, err))
        return NULL;
    g_string_append(raw, "\r\n");

    Field *field = g_new0(Field, 1);
    field->name = g_strdup(name);
    field->colon = strlen(name);
    field->raw = g_string_free_to_bytes(g_steal_pointer(&raw));
    return field;
}

bool head_append(Head *head, const char *name, const char *value, HeadCharset charset,
                 GError **err)
{
    g_autoptr(Field) field = field_new(name, value, charset, err);
    if (field == NULL)
        return false;

    g_ptr_array_add(head->fields, g_steal_pointer(&field));
    head->is_changed = true;
    return true;
}

bool head_set(Head *head, const char *name, const char *value, HeadCharset charset,
              GError **err)
{
    int at = 0;
    while ((unsigned) at < head->fields->len &&
           !field_is(g_ptr_array_index(head->fields, at), name))
        at++;

    g_autoptr(Field) field = field_new(name, value, charset, err);
    if (field == NULL)
        return false;
    head_remove(head, name);
    g_ptr_array_insert(head->fields, at, g_steal_pointer(&field));
    head->is_changed = true;
    return true;
}

size_t head_malformed(const Head *head)
{
    size_t count = 0;
    for (unsigned i = 0; i < head->fields->len; i++) {
        const Field *field = g_ptr_array_index(head->fields, i);
        count += field->is_malformed;
    }
    return count;
}

/* Writes a field that has a name anew: name, colon, and all lines that are not blank. */
static void field_repair(Field *field)
{
    size_t size;
    const char *raw = g_bytes_get_data(field->raw, &size);
    GString *out = g_string_new(field->name);

    for (size_t at = field->colon; at < size;) {
        const char *end = memchr(raw + at, '\r', size - at);
        size_t line_size = end != NULL ? (size_t) (end - raw) - at : size - at;
        size_t next = end != NULL ? at + line_size + 2 : size;
        if (!is_all_blank(raw + at, line_size))
            g_string_append_len(out, raw + at, (gssize) (next - at));
        at = next;
    }

    g_bytes_unref(field->raw);
    field->raw = g_string_free_to_bytes(out);
    field->colon = strlen(field->name);
    field->is_malformed = false;
}

void head_repair(Head *head)
{
    for (unsigned i = head->fields->len; i > 0; i--) {
        Field *field = g_ptr_array_index(head->fields, i - 1);
        if (!field->is_malformed)
            continue;
        if (field->name != NULL)
            field_repair(field);
        else
            g_ptr_array_remove_index(head->fields, i - 1);
        head->is_changed = true;
    }
}

GBytes *head_format(const Head *head)
{
    GString *out = g_string_sized_new(head->body_offset + 1024);

    for (unsigned i = 0; i < head->fields->len; i++) {
        const Field *field = g_ptr_array_index(head->fields, i);
        size_t size;
        const char *raw = g_bytes_get_data(field->raw, &size);
        g_string_append_len(out, raw, (gssize) size);
        if (head->is_changed && raw[size - 1] != '\n')
            g_string_append(out, "\r\n");
    }
    if (head->is_changed || head->has_separator)
        g_string_append(out, "\r\n");
    return g_string_free_to_bytes(out);
}
