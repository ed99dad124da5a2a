#include "mail/auth_results.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

static void property_free(AuthProperty *property)
{
    if (property == NULL)
        return;
    g_free(property->type);
    g_free(property->name);
    g_free(property->value);
    g_free(property);
}

static void result_free(AuthResult *result)
{
    if (result == NULL)
        return;
    g_free(result->method);
    g_free(result->result);
    g_free(result->reason);
    g_clear_pointer(&result->properties, g_ptr_array_unref);
    g_clear_pointer(&result->comments, g_ptr_array_unref);
    g_free(result);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthResult, result_free)

static AuthResult *result_new(void)
{
    AuthResult *result = g_new0(AuthResult, 1);
    result->properties = g_ptr_array_new_with_free_func((GDestroyNotify) property_free);
    result->comments = g_ptr_array_new_with_free_func(g_free);
    return result;
}

void auth_results_free(AuthResults *results)
{
    if (results == NULL)
        return;
    g_free(results->authserv_id);
    g_clear_pointer(&results->results, g_ptr_array_unref);
    g_free(results);
}

const char *auth_result_property(const AuthResult *result, const char *type, const char *name)
{
    for (unsigned i = 0; i < result->properties->len; i++) {
        const AuthProperty *property = g_ptr_array_index(result->properties, i);
        if (strcmp(property->type, type) == 0 && strcmp(property->name, name) == 0)
            return property->value;
    }
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The end of the field or of what one method found. */
static bool is_end(char c)
{
    return c == '\0' || c == ';';
}

/* Reads a comment from its "(" on, with those nested in it. */
static bool read_comment(const char **at, GPtrArray *comments, GError **err)
{
    g_autoptr(GString) comment = g_string_new(NULL);
    size_t depth = 0;

    for (const char *c = *at; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '(' && depth++ == 0)
            continue;
        else if (*c == ')' && --depth == 0) {
            g_ptr_array_add(comments, g_strdup(comment->str));
            *at = c + 1;
            return true;
        }
        g_string_append_c(comment, *c);
    }
    return err_set(err, ERR_INVALID, "a comment does not end");
}

/* RFC 5322 section 3.2.2: white space and comments. */
static bool skip_cfws(const char **at, GPtrArray *comments, GError **err)
{
    for (;;) {
        while (is_space(**at))
            (*at)++;
        if (**at != '(')
            return true;
        if (!read_comment(at, comments, err))
            return false;
    }
}

static bool read_quoted(const char **at, GString *out, GError **err)
{
    for (const char *c = *at + 1; *c != '\0'; c++) {
        if (*c == '"') {
            *at = c + 1;
            return true;
        }
        if (*c == '\\' && c[1] != '\0')
            c++;
        g_string_append_c(out, *c);
    }
    return err_set(err, ERR_INVALID, "a quoted string does not end");
}

/* Reads up to white space, a comment or the end, quoted strings included, so that an address
 * such as "a; b"@nic.example is one word. */
static bool read_word(const char **at, GString *out, GError **err)
{
    while (!is_end(**at) && !is_space(**at) && **at != '(') {
        if (**at == '"') {
            if (!read_quoted(at, out, err))
                return false;
        } else {
            g_string_append_c(out, *(*at)++);
        }
    }
    return true;
}

/* Reads the left side of a "=", in which white space and comments may stand around "." and "/",
 * and the "=" itself. *ret_found is false if this was a word that belongs to nothing. */
static bool read_key(const char **at, GString *key, GPtrArray *comments, bool *ret_found,
                     GError **err)
{
    bool goes_on = true;

    while (goes_on && !is_end(**at) && **at != '=') {
        if (**at == '"' && !read_quoted(at, key, err))
            return false;
        size_t size = strcspn(*at, " \t\r\n(;=\"");
        g_string_append_len(key, *at, (gssize) size);
        *at += size;
        if (!skip_cfws(at, comments, err))
            return false;
        bool ends_open = key->len > 0 && strchr("./", key->str[key->len - 1]) != NULL;
        goes_on = ends_open || **at == '.' || **at == '/';
    }

    *ret_found = **at == '=';
    if (*ret_found)
        (*at)++;
    return true;
}

/* Reads the right side of a "=". White space may stand before it, but a writer may also have
 * had no value to write: then the next word has a "=" of its own. */
static bool read_value(const char **at, GString *value, GPtrArray *comments, GError **err)
{
    const char *behind_key = *at;
    if (!skip_cfws(at, comments, err))
        return false;

    const char *start = *at;
    if (!read_word(at, value, err))
        return false;
    bool is_next = start != behind_key && *start != '"' &&
                   memchr(start, '=', (size_t) (*at - start)) != NULL;
    if (is_next) {
        *at = start;
        g_string_truncate(value, 0);
    }
    return true;
}

static void add_property(AuthResult *result, const char *key, const char *value)
{
    AuthProperty *property = g_new0(AuthProperty, 1);
    const char *dot = strchr(key, '.');

    bool has_type = dot != NULL && dot != key;
    property->type = has_type ? g_ascii_strdown(key, dot - key) : g_strdup("");
    property->name = g_ascii_strdown(has_type ? dot + 1 : key, -1);
    property->value = g_strdup(value);
    g_ptr_array_add(result->properties, property);
}

/* What comes first is the method with its result, the rest says more about it. */
static void add_pair(AuthResult *result, const char *key, const char *value)
{
    if (result->method == NULL) {
        result->method = g_ascii_strdown(key, (gssize) strcspn(key, "/"));
        result->result = g_ascii_strdown(value, -1);
    } else if (g_ascii_strcasecmp(key, "reason") == 0) {
        g_free(result->reason);
        result->reason = g_strdup(value);
    } else {
        add_property(result, key, value);
    }
}

/* Reads what one method found, up to its end. */
static bool read_result(const char **at, GPtrArray *results, GError **err)
{
    g_autoptr(AuthResult) result = result_new();

    if (!skip_cfws(at, result->comments, err))
        return false;
    while (!is_end(**at)) {
        g_autoptr(GString) key = g_string_new(NULL);
        g_autoptr(GString) value = g_string_new(NULL);
        bool found;
        if (!read_key(at, key, result->comments, &found, err) ||
            (found && !read_value(at, value, result->comments, err)) ||
            !skip_cfws(at, result->comments, err))
            return false;
        if (found)
            add_pair(result, key->str, value->str);
    }
    if (result->method != NULL)
        g_ptr_array_add(results, g_steal_pointer(&result));
    return true;
}

static bool is_number(const char *text)
{
    size_t size = strspn(text, "0123456789");
    return size > 0 && size < 10 && text[size] == '\0';
}

/* Reads who wrote the field, and its version. Whatever else stands there belongs to nothing. */
static bool read_writer(const char **at, AuthResults *results, GError **err)
{
    g_autoptr(GPtrArray) comments = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) id = g_string_new(NULL);
    const char *start;

    results->version = 1;
    if (!skip_cfws(at, comments, err))
        return false;
    start = *at;
    if (!read_word(at, id, err))
        return false;
    if (*start != '"' && strchr(id->str, '=') != NULL) {
        *at = start; /* a first result: the writer did not say who it is */
        return true;
    }

    results->authserv_id = g_strdup(id->str);
    for (size_t n = 0; !is_end(**at); n++) {
        g_autoptr(GString) word = g_string_new(NULL);
        if (!skip_cfws(at, comments, err) || !read_word(at, word, err))
            return false;
        if (n == 0 && is_number(word->str))
            results->version = g_ascii_strtoll(word->str, NULL, 10);
    }
    return true;
}

AuthResults *auth_results_parse(const char *value, GError **err)
{
    if (strlen(value) > AUTH_RESULTS_MAX) {
        err_set(err, ERR_INVALID, "the field has more than %d bytes", AUTH_RESULTS_MAX);
        return NULL;
    }

    g_autoptr(AuthResults) results = g_new0(AuthResults, 1);
    results->results = g_ptr_array_new_with_free_func((GDestroyNotify) result_free);
    const char *at = value;
    if (!read_writer(&at, results, err))
        return NULL;
    if (results->authserv_id == NULL)
        results->authserv_id = g_strdup("");
    else if (*results->authserv_id == '\0' && *at == '\0') {
        err_set(err, ERR_INVALID, "the field is empty");
        return NULL;
    }

    while (*at != '\0') {
        if (*at == ';')
            at++;
        if (!read_result(&at, results->results, err))
            return NULL;
    }
    return g_steal_pointer(&results);
}
