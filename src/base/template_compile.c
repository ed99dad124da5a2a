#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/template_node.h"

typedef struct {
    Template *template;
    const char *start;                 /* of the whole text */
    const char *at;                    /* what is read next */
    const char *literal;               /* where the text starts that is in no node yet */
    int line;                          /* of `literal` and all before it */
    unsigned open[TEMPLATE_DEPTH_MAX]; /* sections, the innermost last */
    unsigned depth;
} Compiler;

/* A tag in the text, from "{{" to "}}". */
typedef struct {
    char sign; /* '#', '^', '/', '!', '&', '{', or '\0' for a plain name */
    const char *start;
    const char *end;
    const char *name; /* without white space around it */
    size_t name_size;
} Tag;

static void node_clear(void *data)
{
    TemplateNode *node = data;
    g_free(node->text);
    g_strfreev(node->path);
}

void template_free(Template *template)
{
    if (template == NULL)
        return;
    g_free(template->name);
    g_clear_pointer(&template->nodes, g_array_unref);
    g_free(template);
}

/* The line that a place is on. Places are asked for from the start to the end of the text. */
static int line_of(Compiler *compiler, const char *place)
{
    int line = compiler->line;
    for (const char *c = compiler->literal; c < place; c++)
        line += *c == '\n';
    return line;
}

static bool refuse(Compiler *compiler, const char *place, GError **err, const char *reason)
{
    return err_set(err, ERR_INVALID, "%s:%d: %s", compiler->template->name,
                   line_of(compiler, place), reason);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\r' || c == '\n';
}

/* Reads the tag that starts at compiler->at. */
static bool read_tag(Compiler *compiler, Tag *ret_tag, GError **err)
{
    const char *inner = compiler->at + strlen("{{");
    Tag tag = { .start = compiler->at };

    if (*inner != '\0' && strchr("#^/!&{>=", *inner) != NULL)
        tag.sign = *inner++;
    if (tag.sign == '>')
        return refuse(compiler, tag.start, err, "partials ({{>) are not supported");
    if (tag.sign == '=')
        return refuse(compiler, tag.start, err, "other delimiters ({{=) are not supported");

    const char *close = tag.sign == '{' ? "}}}" : "}}";
    const char *end = strstr(inner, close);
    if (end == NULL)
        return refuse(compiler, tag.start, err, "a tag is not closed");
    tag.end = end + strlen(close);
    while (inner < end && is_space(*inner))
        inner++;
    while (end > inner && is_space(end[-1]))
        end--;
    tag.name = inner;
    tag.name_size = (size_t) (end - inner);
    *ret_tag = tag;
    return true;
}

/* Parts of letters, digits, "_" and "-", with dots between them; or a dot alone. */
static bool is_name(const char *name, size_t size)
{
    bool is_start = true;

    if (size == 1 && *name == '.')
        return true;
    for (size_t i = 0; i < size; i++) {
        bool is_dot = name[i] == '.';
        if (is_dot ? is_start : !g_ascii_isalnum(name[i]) && strchr("_-", name[i]) == NULL)
            return false;
        is_start = is_dot;
    }
    return !is_start;
}

/* Whether only blanks are around a tag on its line; then *ret_from and *ret_to tell the whole
 * line, with its end. */
static bool is_standalone(const Compiler *compiler, const Tag *tag, const char **ret_from,
                          const char **ret_to)
{
    const char *from = tag->start;
    const char *to = tag->end;

    while (from > compiler->start && is_blank(from[-1]))
        from--;
    while (is_blank(*to))
        to++;
    if (from != compiler->start && from[-1] != '\n')
        return false;
    if (*to == '\r' && to[1] == '\n')
        to++;
    if (*to != '\n' && *to != '\0')
        return false;
    *ret_from = from;
    *ret_to = *to == '\n' ? to + 1 : to;
    return true;
}

static TemplateNode *add_node(Compiler *compiler, TemplateNodeKind kind, const char *text,
                              size_t size, const char *place)
{
    GArray *nodes = compiler->template->nodes;
    TemplateNode node = {
        .kind = kind,
        .text = g_strndup(text, size),
        .line = line_of(compiler, place),
        .end = nodes->len + 1,
    };

    g_array_append_val(nodes, node);
    return &g_array_index(nodes, TemplateNode, nodes->len - 1);
}

static void add_named(Compiler *compiler, TemplateNodeKind kind, const Tag *tag)
{
    TemplateNode *node = add_node(compiler, kind, tag->name, tag->name_size, tag->start);
    bool is_dot = strcmp(node->text, ".") == 0;

    node->path = g_strsplit(is_dot ? "" : node->text, ".", -1);
    node->is_raw = tag->sign == '&' || tag->sign == '{';
}

static bool open_section(Compiler *compiler, const Tag *tag, GError **err)
{
    if (compiler->depth == TEMPLATE_DEPTH_MAX)
        return refuse(compiler, tag->start, err, "sections are nested too deep");

    compiler->open[compiler->depth++] = compiler->template->nodes->len;
    add_named(compiler, tag->sign == '#' ? TEMPLATE_SECTION : TEMPLATE_INVERTED, tag);
    return true;
}

static bool close_section(Compiler *compiler, const Tag *tag, GError **err)
{
    GArray *nodes = compiler->template->nodes;
    if (compiler->depth == 0)
        return refuse(compiler, tag->start, err, "a section ends that did not start");

    TemplateNode *node = &g_array_index(nodes, TemplateNode,
                                        compiler->open[compiler->depth - 1]);
    if (strlen(node->text) != tag->name_size ||
        memcmp(node->text, tag->name, tag->name_size) != 0) {
        g_autofree char *reason = g_strdup_printf("another section ends than \"%s\" of line %d",
                                                  node->text, node->line);
        return refuse(compiler, tag->start, err, reason);
    }
    node->end = nodes->len;
    compiler->depth--;
    return true;
}

static bool add_tag(Compiler *compiler, const Tag *tag, GError **err)
{
    if (tag->sign == '!')
        return true;
    if (!is_name(tag->name, tag->name_size))
        return refuse(compiler, tag->start, err, "a tag has no proper name");
    if (tag->sign == '#' || tag->sign == '^')
        return open_section(compiler, tag, err);
    if (tag->sign == '/')
        return close_section(compiler, tag, err);
    add_named(compiler, TEMPLATE_VALUE, tag);
    return true;
}

/* Compiles the text before the next tag, and the tag. */
static bool compile_tag(Compiler *compiler, GError **err)
{
    Tag tag = { 0 };
    if (!read_tag(compiler, &tag, err))
        return false;

    const char *from = tag.start;
    const char *to = tag.end;
    if (tag.sign != '\0' && strchr("#^/!", tag.sign) != NULL)
        (void) is_standalone(compiler, &tag, &from, &to); /* else they stay as they are */
    if (from > compiler->literal)
        add_node(compiler, TEMPLATE_LITERAL, compiler->literal,
                 (size_t) (from - compiler->literal), compiler->literal);
    if (!add_tag(compiler, &tag, err))
        return false;
    compiler->line = line_of(compiler, to);
    compiler->literal = compiler->at = to;
    return true;
}

static bool compile(Compiler *compiler, GError **err)
{
    while ((compiler->at = strstr(compiler->at, "{{")) != NULL) {
        if (!compile_tag(compiler, err))
            return false;
    }
    if (*compiler->literal != '\0')
        add_node(compiler, TEMPLATE_LITERAL, compiler->literal, strlen(compiler->literal),
                 compiler->literal);
    if (compiler->depth > 0) {
        const TemplateNode *node = &g_array_index(compiler->template->nodes, TemplateNode,
                                                  compiler->open[compiler->depth - 1]);
        return err_set(err, ERR_INVALID, "%s:%d: the section \"%s\" does not end",
                       compiler->template->name, node->line, node->text);
    }
    return true;
}

Template *template_compile(const char *name, const char *text, size_t size, TemplateKind kind,
                           GError **err)
{
    if (size > TEMPLATE_MAX) {
        err_set(err, ERR_INVALID, "%s: a template has at most %d bytes", name, TEMPLATE_MAX);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize) size, NULL)) {
        err_set(err, ERR_INVALID, "%s: a template is UTF-8 text", name);
        return NULL;
    }

    g_autoptr(Template) template = g_new0(Template, 1);
    template->name = g_strdup(name);
    template->kind = kind;
    template->nodes = g_array_new(FALSE, FALSE, sizeof(TemplateNode));
    g_array_set_clear_func(template->nodes, node_clear);

    g_autofree char *copy = g_strndup(text, size);
    Compiler compiler = {
        .template = template, .start = copy, .at = copy, .literal = copy, .line = 1
    };
    return compile(&compiler, err) ? g_steal_pointer(&template) : NULL;
}
