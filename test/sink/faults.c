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
    } else if (strcmp(action, "slow") == 0) {
        f->kind = FAULT_SLOW;
    } else if (strcmp(action, "greylist") == 0 || g_str_has_prefix(action, "greylist ")) {
        f->kind = FAULT_GREYLIST;
        f->grey_s = g_ascii_strtoll(action + strlen("greylist"), NULL, 10);
        f->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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

static bool is_new(Fault *f, const Occasion *occasion)
{
    g_autofree char *pair = g_strconcat(occasion->sender, " ", occasion->address, NULL);
    const int64_t *first_at = g_hash_table_lookup(f->seen, pair);

    if (first_at != NULL)
        return occasion->now < *first_at + f->grey_s;
    g_hash_table_insert(f->seen, g_steal_pointer(&pair),
                        g_memdup2(&occasion->now, sizeof occasion->now));
    return true;
}

static bool hits(Fault *f, const Occasion *occasion)
{
    if (f->moment != occasion->moment || strstr(occasion->address, f->substring) == NULL)
        return false;
    f->matches++;
    if (f->matches < f->first || f->matches > f->last)
        return false;
    return f->kind != FAULT_GREYLIST || is_new(f, occasion);
}

const Fault *faults_find(GPtrArray *faults, const Occasion *occasion)
{
    const Fault *found = NULL;

    for (unsigned i = 0; i < faults->len; i++)
        if (hits(faults->pdata[i], occasion) && found == NULL)
            found = faults->pdata[i];
    return found;
}
