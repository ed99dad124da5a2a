#include "cli/args.h"

#include <string.h>

#include "base/err.h"

struct Args {
    GHashTable *values; /* name -> value, "" for a flag */
    GHashTable *lists;  /* name -> GPtrArray of char *, of <name>... and --name=<x>... */
};

typedef enum {
    PART_WORD,
    PART_VALUE,
    PART_LIST, /* of values */
    PART_FLAG,
    PART_OPTION,
    PART_OPTIONS, /* the same option several times */
} PartKind;

/* One piece of a pattern. */
typedef struct {
    PartKind kind;
    char *name;
    bool is_required;
} Part;

static void part_free(gpointer data)
{
    Part *part = data;
    g_free(part->name);
    g_free(part);
}

/* Reads one piece: word, <name>, <name>..., [<name>], --name=<x>, [--name=<x>],
 * [--name=<x>...], [--name]. */
static Part *part_parse(const char *text)
{
    size_t length = strlen(text);
    bool is_optional = text[0] == '[';
    g_autofree char *inner = is_optional ? g_strndup(text + 1, length - 2)
                                         : g_strndup(text, length);

    Part *part = g_new0(Part, 1);
    bool is_list = g_str_has_suffix(inner, "...");
    part->is_required = !is_optional;
    if (g_str_has_prefix(inner, "--")) {
        const char *equals = strchr(inner, '=');
        part->kind = equals == NULL ? PART_FLAG : is_list ? PART_OPTIONS : PART_OPTION;
        part->name = equals != NULL ? g_strndup(inner + 2, (size_t) (equals - inner) - 2)
                                    : g_strdup(inner + 2);
    } else if (inner[0] == '<') {
        part->kind = is_list ? PART_LIST : PART_VALUE;
        part->name = g_strndup(inner + 1, strcspn(inner + 1, ">"));
    } else {
        part->kind = PART_WORD;
        part->name = g_strdup(inner);
    }
    return part;
}

static GPtrArray *pattern_parse(const char *pattern)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(part_free);
    g_auto(GStrv) texts = g_strsplit(pattern, " ", -1);
    for (char **text = texts; *text != NULL; text++)
        g_ptr_array_add(parts, part_parse(*text));
    return parts;
}

size_t args_match(const char *pattern, const GPtrArray *words)
{
    g_autoptr(GPtrArray) parts = pattern_parse(pattern);
    size_t n = 0;
    for (; n < parts->len && ((const Part *) parts->pdata[n])->kind == PART_WORD; n++) {
        const Part *part = parts->pdata[n];
        if (n >= words->len || !g_str_equal(part->name, words->pdata[n]))
            return 0;
    }
    return n;
}

static bool is_option(const Part *part)
{
    return part->kind == PART_FLAG || part->kind == PART_OPTION || part->kind == PART_OPTIONS;
}

static const Part *find_option(const GPtrArray *parts, const char *name, size_t length)
{
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (is_option(part) && strlen(part->name) == length &&
            strncmp(part->name, name, length) == 0)
            return part;
    }
    return NULL;
}

static GPtrArray *list_of(const Args *args, const char *name)
{
    GPtrArray *list = g_hash_table_lookup(args->lists, name);
    g_assert(list != NULL);
    return list;
}

static bool store_option(Args *args, const Part *part, const char *value, GError **err)
{
    if (part->kind == PART_OPTIONS) {
        g_ptr_array_add(list_of(args, part->name), g_strdup(value));
        return true;
    }
    if (g_hash_table_contains(args->values, part->name))
        return err_set(err, ERR_INVALID, "--%s is given twice", part->name);
    g_hash_table_insert(args->values, g_strdup(part->name), g_strdup(value));
    return true;
}

/* One option, with its value in the same word or the next one; moves *i on. */
static bool read_option(Args *args, const GPtrArray *parts, const GPtrArray *words, guint *i,
                        GError **err)
{
    const char *text = (const char *) words->pdata[*i] + 2;
    const char *equals = strchr(text, '=');
    size_t length = equals != NULL ? (size_t) (equals - text) : strlen(text);
    const Part *part = find_option(parts, text, length);

    if (part == NULL)
        return err_set(err, ERR_INVALID, "there is no option --%.*s here", (int) length, text);
    if (part->kind == PART_FLAG)
        return equals == NULL ? store_option(args, part, "", err)
                              : err_set(err, ERR_INVALID, "--%s takes no value", part->name);
    if (equals != NULL)
        return store_option(args, part, equals + 1, err);
    if (*i + 1 >= words->len)
        return err_set(err, ERR_INVALID, "--%s needs a value", part->name);
    (*i)++;
    return store_option(args, part, words->pdata[*i], err);
}

/* The next value goes to the first place in the pattern that is still free. */
static bool read_value(Args *args, const GPtrArray *parts, const char *word, GError **err)
{
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (part->kind == PART_LIST) {
            g_ptr_array_add(list_of(args, part->name), g_strdup(word));
            return true;
        }
        if (part->kind == PART_VALUE && !g_hash_table_contains(args->values, part->name)) {
            g_hash_table_insert(args->values, g_strdup(part->name), g_strdup(word));
            return true;
        }
    }
    return err_set(err, ERR_INVALID, "\"%s\" is too much", word);
}

static bool check_complete(const Args *args, const GPtrArray *parts, GError **err)
{
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (part->kind == PART_WORD || !part->is_required || args_has(args, part->name))
            continue;
        return err_set(err, ERR_INVALID, "%s%s%s is missing", is_option(part) ? "--" : "<",
                       part->name, is_option(part) ? "" : ">");
    }
    return true;
}

static Args *args_new(const GPtrArray *parts)
{
    Args *args = g_new0(Args, 1);
    args->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    args->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) g_ptr_array_unref);
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (part->kind == PART_LIST || part->kind == PART_OPTIONS)
            g_hash_table_insert(args->lists, g_strdup(part->name),
                                g_ptr_array_new_with_free_func(g_free));
    }
    return args;
}

bool args_parse(const char *pattern, const GPtrArray *words, Args **ret_args, GError **err)
{
    g_autoptr(GPtrArray) parts = pattern_parse(pattern);
    g_autoptr(Args) args = args_new(parts);
    bool options_end = false;

    for (guint i = (guint) args_match(pattern, words); i < words->len; i++) {
        const char *word = words->pdata[i];
        bool is_right = true;
        if (!options_end && g_str_equal(word, "--"))
            options_end = true;
        else if (!options_end && g_str_has_prefix(word, "--"))
            is_right = read_option(args, parts, words, &i, err);
        else
            is_right = read_value(args, parts, word, err);
        if (!is_right)
            return false;
    }
    if (!check_complete(args, parts, err))
        return false;
    *ret_args = g_steal_pointer(&args);
    return true;
}

void args_free(Args *args)
{
    if (args == NULL)
        return;
    g_hash_table_unref(args->values);
    g_hash_table_unref(args->lists);
    g_free(args);
}

const char *args_get(const Args *args, const char *name)
{
    return g_hash_table_lookup(args->values, name);
}

bool args_has(const Args *args, const char *name)
{
    const GPtrArray *list = g_hash_table_lookup(args->lists, name);
    return list != NULL ? list->len > 0 : g_hash_table_contains(args->values, name);
}

const GPtrArray *args_list(const Args *args, const char *name)
{
    return list_of(args, name);
}

bool args_number(const Args *args, const char *name, int64_t min, int64_t max,
                 int64_t *ret_number, GError **err)
{
    const char *text = args_get(args, name);
    gint64 number = 0;
    if (text == NULL)
        return true;
    if (!g_ascii_string_to_signed(text, 10, min, max, &number, NULL))
        return err_set(err, ERR_INVALID,
                       "%s: \"%s\" is no whole number from %" G_GINT64_FORMAT
                       " to %" G_GINT64_FORMAT,
                       name, text, min, max);
    *ret_number = number;
    return true;
}
