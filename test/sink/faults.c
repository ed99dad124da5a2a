#include "faults.h"

#include <string.h>

static const char *const MOMENTS[] = {
    [AT_CONNECT] = "CONNECT", [AT_EHLO] = "EHLO", [AT_MAIL] = "MAIL", [AT_RCPT] = "RCPT",
    [AT_DATA] = "DATA",       [AT_BODY] = "BODY", [AT_DOT] = "DOT",   [AT_ACCEPT] = "ACCEPT",
    [AT_RSET] = "RSET",       [AT_QUIT] = "QUIT",
};

void fault_free(Fault *f)
{
    if (f == NULL)
        return;
    g_free(f->substring);
    g_free(f->reply);
    g_clear_pointer(&f->seen, g_hash_table_unref);
    g_free(f);
}

static bool parse_moment(const char *name, Moment *ret_moment)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(MOMENTS); i++)
        if (strcmp(name, MOMENTS[i]) == 0) {
            *ret_moment = i;
            return true;
        }
    return false;
}

static void parse_action(Fault *f, const char *action)
{
    if (strcmp(action, "close") == 0) {
        f->kind = FAULT_CLOSE;
    } else if (strcmp(action, "silent") == 0) {
        f->kind = FAULT_SILENT;
    } else if (strcmp(action, "greylist") == 0) {
        f->kind = FAULT_GREYLIST;
        f->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        f->reply = g_strdup("450 4.7.1 Greylisted, try again");
    } else {
        f->kind = FAULT_REPLY;
        f->reply = g_strdup(action);
    }
}

/* "3" is the third match only, "3-5" three of them, "3-" all from the third. */
static bool parse_range(Fault *f, const char *range)
{
    char *end = NULL;

    f->first = (unsigned) g_ascii_strtoull(range, &end, 10);
    if (end == range)
        return false;
    if (*end == '\0')
        f->last = f->first;
    else if (*end == '-' && end[1] != '\0')
        f->last = (unsigned) g_ascii_strtoull(end + 1, &end, 10);
    else if (*end == '-')
        end++;
    return *end == '\0';
}

Fault *fault_parse(const char *text)
{
    g_autoptr(Fault) f = g_new0(Fault, 1);
    const char *equals = strchr(text, '=');

    if (equals == NULL)
        return NULL;
    g_autofree char *where = g_strndup(text, (size_t) (equals - text));
    char *range = strchr(where, '#');
    char *substring = strchr(where, '/');
    if (range != NULL)
        *range++ = '\0';
    if (substring != NULL)
        *substring++ = '\0';

    f->first = 1;
    f->last = G_MAXUINT;
    f->substring = g_strdup(substring != NULL ? substring : "");
    parse_action(f, equals + 1);
    if (!parse_moment(where, &f->moment) || (range != NULL && !parse_range(f, range)))
        return NULL;
    return g_steal_pointer(&f);
}

static bool hits(Fault *f, Moment moment, const char *address)
{
    if (f->moment != moment || strstr(address, f->substring) == NULL)
        return false;
    f->matches++;
    if (f->matches < f->first || f->matches > f->last)
        return false;
    return f->kind != FAULT_GREYLIST || g_hash_table_add(f->seen, g_strdup(address));
}

const Fault *faults_find(GPtrArray *faults, Moment moment, const char *address)
{
    const Fault *found = NULL;

    for (unsigned i = 0; i < faults->len; i++)
        if (hits(faults->pdata[i], moment, address) && found == NULL)
            found = faults->pdata[i];
    return found;
}
