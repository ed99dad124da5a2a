#include "mail/html_text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *at;
    const char *last_quote[2]; /* the last " and ' of all: no use searching behind them */
    GString *text;
    bool is_space; /* white space waits to be written */
    int lines;     /* so do line ends */
} Html;

/* clang-format off */
static const char *const BLOCKS[] = {
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "li",
    "main", "nav", "ol", "option", "p", "pre", "section", "table", "tr", "ul",
};
/* What stands side by side in a row: "TLD:" and its answer are one line. */
static const char *const CELLS[] = { "td", "th" };
static const char *const UNREAD[] = { "script", "style", "template", "title" };

static const struct {
    const char *name;
    const char *text;
} ENTITIES[] = {
    { "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" }, { "apos", "'" },
    { "nbsp", " " }, { "shy", "" }, { "ndash", "–" }, { "mdash", "—" }, { "hellip", "…" },
    { "lsquo", "‘" }, { "rsquo", "’" }, { "ldquo", "“" }, { "rdquo", "”" }, { "laquo", "«" },
    { "raquo", "»" }, { "bull", "•" }, { "middot", "·" }, { "copy", "©" }, { "reg", "®" },
    { "trade", "™" }, { "euro", "€" }, { "deg", "°" }, { "sect", "§" }, { "szlig", "ß" },
    { "auml", "ä" }, { "ouml", "ö" }, { "uuml", "ü" }, { "Auml", "Ä" }, { "Ouml", "Ö" },
    { "Uuml", "Ü" }, { "eacute", "é" }, { "egrave", "è" }, { "ecirc", "ê" }, { "agrave", "à" },
    { "aacute", "á" }, { "acirc", "â" }, { "atilde", "ã" }, { "aring", "å" }, { "aelig", "æ" },
    { "ccedil", "ç" }, { "iacute", "í" }, { "ntilde", "ñ" }, { "oacute", "ó" }, { "ocirc", "ô" },
    { "otilde", "õ" }, { "oslash", "ø" }, { "uacute", "ú" },
};
/* clang-format on */

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

/* Output */

static void put(Html *html, const char *text, size_t size)
{
    if (html->text->len > 0 && html->lines > 0)
        g_string_append(html->text, html->lines > 1 ? "\n\n" : "\n");
    else if (html->text->len > 0 && html->is_space)
        g_string_append_c(html->text, ' ');
    html->lines = 0;
    html->is_space = false;
    g_string_append_len(html->text, text, (gssize) size);
}

/* Tags */

/* The end of a tag: behind its ">", where quoted ones do not count; the end of all if there is
 * none. */
static const char *end_of_tag(const Html *html, const char *p)
{
    for (; *p != '\0' && *p != '>'; p++) {
        if (*p != '"' && *p != '\'')
            continue;
        const char *last = html->last_quote[*p == '\''];
        if (last != NULL && p < last)
            p = strchr(p + 1, *p);
    }
    return *p == '\0' ? p : p + 1;
}

/* The "</name" that ends an element whose content is no text. */
static const char *end_of_element(const char *p, const char *name)
{
    size_t size = strlen(name);
    for (; *p != '\0'; p++) {
        if (p[0] == '<' && p[1] == '/' && g_ascii_strncasecmp(p + 2, name, size) == 0)
            return p;
    }
    return p;
}

static void read_comment(Html *html)
{
    const char *end = strstr(html->at, "-->");
    html->at = end != NULL ? end + 3 : html->at + strlen(html->at);
}

static void read_tag(Html *html)
{
    if (g_str_has_prefix(html->at, "<!--")) {
        read_comment(html);
        return;
    }
    const char *p = html->at + 1;
    bool is_end = *p == '/';
    p += is_end ? 1 : 0;
    char name[16] = "";
    for (size_t i = 0; i < sizeof name - 1 && g_ascii_isalnum(*p); i++)
        name[i] = g_ascii_tolower(*p++);

    html->at = end_of_tag(html, p);
    if (is_one_of(name, BLOCKS, G_N_ELEMENTS(BLOCKS)))
        html->lines += strcmp(name, "p") == 0 ? 2 : 1;
    html->is_space = html->is_space || is_one_of(name, CELLS, G_N_ELEMENTS(CELLS));
    if (!is_end && is_one_of(name, UNREAD, G_N_ELEMENTS(UNREAD)))
        html->at = end_of_element(html->at, name);
}

/* Character references */

static bool put_code(Html *html, const char *digits, const char *end)
{
    bool is_hex = digits[0] == 'x' || digits[0] == 'X';
    char *stop = NULL;
    guint64 code = g_ascii_strtoull(digits + (is_hex ? 1 : 0), &stop, is_hex ? 16 : 10);
    if (stop != end || code == 0 || code > 0x10ffff || !g_unichar_validate((gunichar) code))
        return false;
    char text[6];
    put(html, text, (size_t) g_unichar_to_utf8((gunichar) code, text));
    return true;
}

static bool put_entity(Html *html, const char *name, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ENTITIES); i++) {
        if (strlen(ENTITIES[i].name) != size || strncmp(ENTITIES[i].name, name, size) != 0)
            continue;
        if (strcmp(ENTITIES[i].text, " ") == 0)
            html->is_space = true;
        else
            put(html, ENTITIES[i].text, strlen(ENTITIES[i].text));
        return true;
    }
    return false;
}

/* "&name;" or "&#12;"; an ampersand that begins neither stands for itself. */
static void read_reference(Html *html)
{
    const char *name = html->at + 1;
    size_t size = 0;
    while (size < 10 && (g_ascii_isalnum(name[size]) || (size == 0 && name[size] == '#')))
        size++;
    bool is_done = name[size] == ';' && (name[0] == '#' ? put_code(html, name + 1, name + size)
                                                        : put_entity(html, name, size));
    if (!is_done)
        put(html, "&", 1);
    html->at = is_done ? name + size + 1 : name;
}

static void read_words(Html *html)
{
    size_t size = strcspn(html->at, "<& \t\r\n\f");
    put(html, html->at, size);
    html->at += size;
}

char *html_text(const char *html)
{
    Html reader = {
        .at = html,
        .last_quote = { strrchr(html, '"'), strrchr(html, '\'') },
        .text = g_string_new(NULL),
    };
    while (*reader.at != '\0') {
        if (*reader.at == '<' &&
            (g_ascii_isalpha(reader.at[1]) || strchr("/!?", reader.at[1]) != NULL)) {
            read_tag(&reader);
        } else if (*reader.at == '<') {
            put(&reader, "<", 1);
            reader.at++;
        } else if (*reader.at == '&') {
            read_reference(&reader);
        } else if (strchr(" \t\r\n\f", *reader.at) != NULL) {
            reader.is_space = true;
            reader.at++;
        } else {
            read_words(&reader);
        }
    }
    return g_string_free(reader.text, false);
}
