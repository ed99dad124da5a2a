/* The columns of the roster. */
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/limits.h"
#include "base/text.h"
#include "directory/roster_line.h"

#define COLUMNS 6
#define GAP     2 /* spaces between columns */

/* Numbers behind a word that is written from right to left would be shown in wrong order: this
 * mark, which is unseen, ends its reach (UAX 9, 2.6). */
#define LEFT_TO_RIGHT_MARK "\u200e"

typedef struct {
    char *cells[COLUMNS];
    const char *damage; /* borrowed */
} Row;

static const char *const HEADINGS[COLUMNS] = { "TLD",    "rank",    "name",
                                               "mobile", "primary", "secondary" };

static void row_free(Row *row)
{
    for (size_t i = 0; i < COLUMNS; i++)
        g_free(row->cells[i]);
    g_free(row);
}

static bool is_right_to_left(const char *text)
{
    ucs4_t c = 0;
    for (const uint8_t *at = (const uint8_t *) text; (at = u8_next(&c, at)) != NULL;) {
        int class = uc_bidi_class(c);
        if (class == UC_BIDI_R || class == UC_BIDI_AL)
            return true;
    }
    return false;
}

static char *cell(const char *text)
{
    if (*text == '\0')
        return g_strdup("-");
    return g_strconcat(text, is_right_to_left(text) ? LEFT_TO_RIGHT_MARK : "", NULL);
}

static char *tld_cell(const RosterLine *line)
{
    if (!line->is_idn)
        return g_strconcat(".", line->u_label, NULL);
    g_autofree char *label = cell(line->u_label);
    return g_strdup_printf(".%s (%s)", label, line->tld);
}

static char *name_cell(const RosterLine *line)
{
    g_autofree char *name = cell(line->name);
    if (*line->ascii_name == '\0')
        return g_steal_pointer(&name);
    return g_strdup_printf("%s (%s)", name, line->ascii_name);
}

static Row *row_from(const RosterLine *line)
{
    Row *row = g_new0(Row, 1);
    row->cells[0] = tld_cell(line);
    row->cells[1] = g_strdup_printf("%" G_GINT64_FORMAT, line->rank);
    row->cells[2] = name_cell(line);
    row->cells[3] = cell(line->mobile);
    row->cells[4] = cell(line->primary);
    row->cells[5] = cell(line->secondary);
    row->damage = line->damage;
    return row;
}

static Row *heading_row(void)
{
    Row *row = g_new0(Row, 1);
    for (size_t i = 0; i < COLUMNS; i++)
        row->cells[i] = g_strdup(HEADINGS[i]);
    row->damage = "";
    return row;
}

/* One long address must not push the columns of all others off the screen. */
static size_t column_width(const GPtrArray *rows, size_t column)
{
    size_t widest = 0;
    for (guint i = 0; i < rows->len; i++) {
        size_t width = text_width(((Row *) rows->pdata[i])->cells[column]);
        widest = MAX(widest, MIN(width, ROSTER_COLUMN_MAX));
    }
    return widest;
}

static char *format_row(const Row *row, const size_t *widths)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < COLUMNS; i++) {
        bool is_last = i + 1 == COLUMNS;
        g_autofree char *padded = text_pad(row->cells[i], is_last ? 0 : widths[i] + GAP);
        g_string_append(text, padded);
        if (!is_last && text_width(row->cells[i]) > widths[i])
            g_string_append(text, "  ");
    }
    if (*row->damage != '\0')
        g_string_append_printf(text, "  [!] %s", row->damage);
    return g_strdup(text->str);
}

static void format_section(const GPtrArray *lines, bool is_idn, GPtrArray *texts)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify) row_free);
    size_t widths[COLUMNS];

    g_ptr_array_add(rows, heading_row());
    for (guint i = 0; i < lines->len; i++) {
        const RosterLine *line = lines->pdata[i];
        if (line->is_idn == is_idn)
            g_ptr_array_add(rows, row_from(line));
    }
    if (rows->len == 1)
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        widths[i] = column_width(rows, i);
    if (texts->len > 0)
        g_ptr_array_add(texts, g_strdup(""));
    for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add(texts, format_row(rows->pdata[i], widths));
}

GPtrArray *roster_lines_format(const GPtrArray *lines)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    format_section(lines, false, texts);
    format_section(lines, true, texts);
    return texts;
}
