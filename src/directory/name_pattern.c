#include "directory/name_pattern.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "directory/person.h"

/* Bounds for PCRE: the steps and the depth of one match. The default pattern needs some hundred
 * steps; one that backtracks for ever ends here within milliseconds. */
#define LIMITS "(*LIMIT_MATCH=100000)(*LIMIT_DEPTH=10000)"

struct NamePattern {
    GRegex *regex;
};

static const struct {
    const char *group;
    ImportField field;
} GROUPS[] = {
    { "tld", IMPORT_TLD },          { "rank", IMPORT_RANK },
    { "given", IMPORT_GIVEN_NAME }, { "family", IMPORT_FAMILY_NAME },
    { "mobile", IMPORT_MOBILE },    { "secondary", IMPORT_SECONDARY },
};

static bool has_group(const NamePattern *pattern, const char *group)
{
    return g_regex_get_string_number(pattern->regex, group) >= 0;
}

NamePattern *name_pattern_new(const char *text, GError **err)
{
    g_autoptr(GError) wrong = NULL;
    g_autofree char *limited = g_strconcat(LIMITS, text, NULL);
    g_autoptr(NamePattern) pattern = g_new0(NamePattern, 1);

    pattern->regex = g_regex_new(limited, 0, 0, &wrong);
    if (pattern->regex == NULL) {
        err_set(err, ERR_INVALID, "the name pattern is wrong: %s", wrong->message);
        return NULL;
    }
    if (!has_group(pattern, "tld") ||
        (!has_group(pattern, "name") && !has_group(pattern, "given"))) {
        err_set(err, ERR_INVALID,
                "the name pattern needs the groups tld, and name or given and family");
        return NULL;
    }
    return g_steal_pointer(&pattern);
}

void name_pattern_free(NamePattern *pattern)
{
    if (pattern == NULL)
        return;
    g_clear_pointer(&pattern->regex, g_regex_unref);
    g_free(pattern);
}

static void read_groups(const GMatchInfo *match, ImportLine *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(GROUPS); i++) {
        g_autofree char *text = g_match_info_fetch_named(match, GROUPS[i].group);
        if (text != NULL && *text != '\0' && line->fields[GROUPS[i].field] == NULL)
            line->fields[GROUPS[i].field] = g_steal_pointer(&text);
    }
    g_autofree char *whole = g_match_info_fetch_named(match, "name");
    if (whole != NULL && *whole != '\0' && line->fields[IMPORT_GIVEN_NAME] == NULL)
        person_split_name(whole, &line->fields[IMPORT_GIVEN_NAME],
                          &line->fields[IMPORT_FAMILY_NAME]);
}

void name_pattern_read(const NamePattern *pattern, const char *name, ImportLine *line)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GError) problem = NULL;

    bool fits = g_regex_match_full(pattern->regex, name, -1, 0, 0, &match, &problem);
    if (fits)
        read_groups(match, line);
    if (line->fields[IMPORT_TLD] != NULL && line->fields[IMPORT_GIVEN_NAME] != NULL)
        return;

    g_autofree char *shown = text_printable_max(name, strlen(name), 100);
    line->fault = problem != NULL
                      ? g_strdup("the name pattern takes too long on this name")
                      : g_strdup_printf("the name pattern finds no TLD and name in \"%s\"",
                                        shown);
}
