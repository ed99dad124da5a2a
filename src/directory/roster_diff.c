#include "directory/roster_diff.h"

void roster_diff_clear(RosterDiff *diff)
{
    g_clear_pointer(&diff->new_tlds, g_ptr_array_unref);
    g_clear_pointer(&diff->lost_tlds, g_ptr_array_unref);
    g_clear_pointer(&diff->added, g_ptr_array_unref);
    g_clear_pointer(&diff->removed, g_ptr_array_unref);
    g_clear_pointer(&diff->changed, g_ptr_array_unref);
}

int64_t roster_diff_count(const RosterDiff *diff)
{
    return (int64_t) diff->added->len + diff->removed->len + diff->changed->len;
}

static char *line_key(const RosterLine *line)
{
    return g_strdup_printf("%s %" G_GINT64_FORMAT, line->tld, line->person_id);
}

/* Line by key. */
static GHashTable *index_lines(const GPtrArray *lines)
{
    GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < lines->len; i++)
        g_hash_table_insert(index, line_key(lines->pdata[i]), lines->pdata[i]);
    return index;
}

static GHashTable *index_tlds(const GPtrArray *lines)
{
    GHashTable *tlds = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < lines->len; i++)
        g_hash_table_add(tlds, ((RosterLine *) lines->pdata[i])->tld);
    return tlds;
}

static const RosterLine *find_line(GHashTable *index, const RosterLine *line)
{
    g_autofree char *key = line_key(line);
    return g_hash_table_lookup(index, key);
}

static void note(GString *text, bool is_changed, const char *what)
{
    if (is_changed)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", what);
}

/* What is new in a line; "" if nothing is. */
static char *describe(const RosterLine *before, const RosterLine *after)
{
    GString *text = g_string_new(NULL);
    g_autofree char *name = g_strdup_printf("name (was %s)", before->name);
    g_autofree char *rank = g_strdup_printf(
        "rank %" G_GINT64_FORMAT " (was %" G_GINT64_FORMAT ")", after->rank, before->rank);

    note(text, !g_str_equal(before->name, after->name), name);
    note(text, before->rank != after->rank, rank);
    note(text, !g_str_equal(before->mobile, after->mobile), "mobile number");
    note(text, !g_str_equal(before->primary, after->primary), "primary address");
    note(text, !g_str_equal(before->secondary, after->secondary), "secondary address");
    return g_string_free(text, FALSE);
}

static void add_text(GPtrArray *texts, const RosterLine *line, const char *more)
{
    g_ptr_array_add(texts, g_strdup_printf(".%s  %s%s%s", line->u_label, line->name,
                                           *more != '\0' ? ": " : "", more));
}

/* The lines of a that are not in b. */
static void compare_people(const GPtrArray *a, GHashTable *b, GPtrArray *missing,
                           GPtrArray *changed)
{
    for (guint i = 0; i < a->len; i++) {
        const RosterLine *line = a->pdata[i];
        const RosterLine *other = find_line(b, line);
        if (other == NULL)
            add_text(missing, line, "");
        else if (changed != NULL) {
            g_autofree char *text = describe(other, line);
            if (*text != '\0')
                add_text(changed, line, text);
        }
    }
}

/* The TLDs of a that are not in b, each once. */
static void compare_tlds(const GPtrArray *a, GHashTable *b, GPtrArray *missing)
{
    const char *last = "";
    for (guint i = 0; i < a->len; i++) {
        const RosterLine *line = a->pdata[i];
        if (!g_str_equal(line->tld, last) && !g_hash_table_contains(b, line->tld))
            g_ptr_array_add(missing, g_strconcat(".", line->u_label, NULL));
        last = line->tld;
    }
}

void roster_diff(const GPtrArray *before, const GPtrArray *after, RosterDiff *ret)
{
    g_autoptr(GHashTable) lines_before = index_lines(before);
    g_autoptr(GHashTable) lines_after = index_lines(after);
    g_autoptr(GHashTable) tlds_before = index_tlds(before);
    g_autoptr(GHashTable) tlds_after = index_tlds(after);

    *ret = (RosterDiff){
        .new_tlds = g_ptr_array_new_with_free_func(g_free),
        .lost_tlds = g_ptr_array_new_with_free_func(g_free),
        .added = g_ptr_array_new_with_free_func(g_free),
        .removed = g_ptr_array_new_with_free_func(g_free),
        .changed = g_ptr_array_new_with_free_func(g_free),
    };
    compare_tlds(after, tlds_before, ret->new_tlds);
    compare_tlds(before, tlds_after, ret->lost_tlds);
    compare_people(after, lines_before, ret->added, ret->changed);
    compare_people(before, lines_after, ret->removed, NULL);
}
