#include "directory/mailman.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* Parts a line (valid UTF-8, trimmed) into name and address, each NULL if it has none. */
typedef void (*SplitFunc)(const char *line, char **ret_name, char **ret_address);

/* Reads a quoted string (RFC 5322 3.2.4); *ret_end is what follows. NULL if it does not end. */
static char *unquote(const char *text, const char **ret_end)
{
    g_autoptr(GString) plain = g_string_new(NULL);

    for (const char *at = text + 1; *at != '\0'; at++) {
        if (*at == '"') {
            *ret_end = at + 1;
            return g_strdup(plain->str);
        }
        if (*at == '\\' && at[1] != '\0')
            at++;
        g_string_append_c(plain, *at);
    }
    return NULL;
}

/* `name <address>` at the last " <"; only the address is set where there is no name. */
static void split_brackets(const char *line, char **ret_name, char **ret_address)
{
    const char *open = strrchr(line, '<');
    size_t size = strlen(line);

    if (open == NULL || line[size - 1] != '>') {
        *ret_address = g_strdup(line);
        return;
    }
    *ret_address = g_strndup(open + 1, (gsize) (line + size - 1 - (open + 1)));
    g_autofree char *name = g_strndup(line, (gsize) (open - line));
    if (*g_strstrip(name) != '\0')
        *ret_name = g_steal_pointer(&name);
}

static void split_mailman2(const char *line, char **ret_name, char **ret_address)
{
    const char *rest = NULL;
    g_autofree char *quoted = *line == '"' ? unquote(line, &rest) : NULL;

    if (quoted == NULL) {
        split_brackets(line, ret_name, ret_address);
        return;
    }
    g_autofree char *more = NULL;
    split_brackets(rest + strspn(rest, " \t"), &more, ret_address);
    *ret_name = more == NULL ? g_steal_pointer(&quoted) : g_strconcat(quoted, " ", more, NULL);
}

static void split_mailman3(const char *line, char **ret_name, char **ret_address)
{
    size_t size = strlen(line);
    const char *open = strstr(line, " (");

    if (line[size - 1] == ')' && open != NULL && strchr(line, '<') == NULL) {
        *ret_address = g_strndup(line, (gsize) (open - line));
        *ret_name = g_strndup(open + 2, (gsize) (line + size - 1 - (open + 2)));
        return;
    }
    split_mailman2(line, ret_name, ret_address);
}

static const char *check_bytes(const char *bytes, size_t size)
{
    if (size > IMPORT_LINE_MAX)
        return "it is too long";
    if (memchr(bytes, '\0', size) != NULL)
        return "a NUL is in it";
    if (!text_is_valid(bytes, size))
        return "it is not valid UTF-8";
    return NULL;
}

static void read_member(ImportFile *file, int64_t number, const char *text, SplitFunc split,
                        const NamePattern *pattern)
{
    g_autofree char *name = NULL;
    ImportLine *line = import_line_new(number);

    split(text, &name, &line->fields[IMPORT_PRIMARY]);
    if (name != NULL)
        name_pattern_read(pattern, name, line);
    else
        line->fault = g_strdup("there is an address but no name, so nothing says whose it is");
    g_ptr_array_add(file->lines, line);
}

/* What Mailman 3 prints for a list without members. */
static bool is_nobody(const char *text)
{
    return g_str_has_suffix(text, " has no members") && strchr(text, '@') == NULL;
}

static void read_line(ImportFile *file, int64_t number, const char *bytes, size_t size,
                      SplitFunc split, const NamePattern *pattern)
{
    while (size > 0 && g_ascii_isspace(*bytes)) {
        bytes++;
        size--;
    }
    if (size == 0 || *bytes == '#')
        return;

    const char *fault = check_bytes(bytes, size);
    if (fault != NULL) {
        import_file_fault(file, number, "%s", fault);
        return;
    }
    g_autofree char *text = g_strndup(bytes, size);
    g_strchomp(text);
    if (!is_nobody(text))
        read_member(file, number, text, split, pattern);
}

/* Two addresses of one person */

/* What lines of one person have in common. */
static char *line_key(const ImportLine *line)
{
    GString *key = g_string_new(NULL);
    static const ImportField FIELDS[] = { IMPORT_TLD, IMPORT_RANK, IMPORT_GIVEN_NAME,
                                          IMPORT_FAMILY_NAME, IMPORT_MOBILE };

    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
        const char *text = line->fields[FIELDS[i]];
        g_autofree char *folded = text_fold(text != NULL ? text : "");
        g_string_append_printf(key, "%s\n", folded);
    }
    return g_string_free(key, FALSE);
}

static bool is_inside(const ImportLine *line)
{
    g_autofree char *address = NULL;
    g_autofree char *tld = NULL;
    const char *label = line->fields[IMPORT_TLD];

    return address_parse(line->fields[IMPORT_PRIMARY], &address, NULL) &&
           domain_parse(label + (*label == '.' ? 1 : 0), &tld, NULL) &&
           address_is_within(address, tld);
}

static bool is_same_address(const ImportLine *a, const ImportLine *b)
{
    return g_ascii_strcasecmp(a->fields[IMPORT_PRIMARY], b->fields[IMPORT_PRIMARY]) == 0;
}

static void join_lines(ImportLine *first, ImportLine *second)
{
    bool is_second_primary = is_inside(second) && !is_inside(first);
    ImportLine *primary = is_second_primary ? second : first;
    ImportLine *other = is_second_primary ? first : second;

    primary->fields[IMPORT_SECONDARY] = g_strdup(other->fields[IMPORT_PRIMARY]);
    other->second_of = primary;
}

static void join_second_addresses(ImportFile *file)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < file->lines->len; i++) {
        ImportLine *line = file->lines->pdata[i];
        if (line->fault != NULL || line->fields[IMPORT_SECONDARY] != NULL)
            continue;
        g_autofree char *key = line_key(line);
        ImportLine *first = g_hash_table_lookup(seen, key);
        if (first == NULL)
            g_hash_table_insert(seen, g_steal_pointer(&key), line);
        else if (first->second_of == NULL && first->fields[IMPORT_SECONDARY] == NULL &&
                 !is_same_address(first, line))
            join_lines(first, line);
    }
}

static bool read_lines(const char *bytes, size_t size, SplitFunc split,
                       const NamePattern *pattern, ImportFile *ret_file, GError **err)
{
    if (!import_text(&bytes, &size, err))
        return false;

    g_auto(ImportFile) file = { 0 };
    import_file_init(&file);
    const char *end = bytes + size;
    int64_t number = 0;
    for (const char *at = bytes; at < end;) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        stop = stop != NULL ? stop : end;
        read_line(&file, ++number, at, (size_t) (stop - at), split, pattern);
        if (file.lines->len > IMPORT_LINES_MAX)
            return err_set(err, ERR_LIMIT, "the file has more than %d lines", IMPORT_LINES_MAX);
        at = stop + 1;
    }
    join_second_addresses(&file);
    *ret_file = file;
    file = (ImportFile){ 0 };
    return true;
}

bool mailman2_read(const char *bytes, size_t size, const NamePattern *pattern,
                   ImportFile *ret_file, GError **err)
{
    return read_lines(bytes, size, split_mailman2, pattern, ret_file, err);
}

bool mailman3_read(const char *bytes, size_t size, const NamePattern *pattern,
                   ImportFile *ret_file, GError **err)
{
    return read_lines(bytes, size, split_mailman3, pattern, ret_file, err);
}
