#include "base/template.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/template_node.h"

/* A text that grows node by node, and the values in whose sections we are. */
typedef struct {
    const Template *template;
    TemplateMissing missing;
    const json_t *contexts[TEMPLATE_DEPTH_MAX + 1];
    unsigned depth; /* of contexts in use */
    size_t steps;   /* nodes visited and sections entered so far */
    GString *out;
} Render;

static bool refuse(const Render *render, const TemplateNode *node, GError **err,
                   const char *reason)
{
    return err_set(err, ERR_INVALID, "%s:%d: \"%s\" %s", render->template->name, node->line,
                   node->text, reason);
}

/* The value that a node names, NULL if there is none. Only the first part of a dotted name is
 * looked for in the sections around; the rest must be inside of what that finds. */
static const json_t *look_up(const Render *render, const TemplateNode *node)
{
    const json_t *value = NULL;
    if (*node->path == NULL)
        return render->contexts[render->depth - 1];

    for (unsigned i = render->depth; i > 0 && value == NULL; i--)
        value = json_object_get(render->contexts[i - 1], node->path[0]);
    for (char **part = node->path + 1; *part != NULL && value != NULL; part++)
        value = json_object_get(value, *part);
    return value;
}

static void append_html(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            g_string_append_c(out, *text);
        }
    }
}

static bool append(Render *render, const TemplateNode *node, const char *text, bool escape,
                   GError **err)
{
    if (escape)
        append_html(render->out, text);
    else
        g_string_append(render->out, text);
    if (render->out->len > TEMPLATE_OUTPUT_MAX)
        return err_set(err, ERR_INVALID, "%s:%d: the text becomes larger than %d bytes",
                       render->template->name, node->line, TEMPLATE_OUTPUT_MAX);
    return true;
}

/* The text of a value, NULL if it has none. */
static char *value_text(const json_t *value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    switch (json_typeof(value)) {
    case JSON_STRING:
        return g_strdup(json_string_value(value));
    case JSON_INTEGER:
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return g_strdup(
            g_ascii_formatd(digits, sizeof digits, "%.15g", json_real_value(value)));
    case JSON_TRUE:
        return g_strdup("true");
    case JSON_FALSE:
        return g_strdup("false");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return NULL;
}

static bool render_value(Render *render, const TemplateNode *node, GError **err)
{
    const json_t *value = look_up(render, node);
    if (value == NULL || json_is_null(value))
        return render->missing == TEMPLATE_EMPTY ||
               refuse(render, node, err, "is missing in the data");

    g_autofree char *text = value_text(value);
    if (text == NULL)
        return refuse(render, node, err, "is no text in the data");
    bool escape = render->template->kind == TEMPLATE_HTML && !node->is_raw;
    return append(render, node, text, escape, err);
}

static bool is_truthy(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) > 0;
    if (json_is_string(value))
        return *json_string_value(value) != '\0';
    return value != NULL && !json_is_null(value) && !json_is_false(value);
}

/* Counts the work, so that lists in lists of the same list come to an end. */
static bool count_step(Render *render, const TemplateNode *node, GError **err)
{
    if (++render->steps > TEMPLATE_STEPS_MAX)
        return err_set(err, ERR_INVALID, "%s:%d: the sections repeat too often",
                       render->template->name, node->line);
    return true;
}

static bool render_nodes(Render *render, unsigned from, unsigned to, GError **err);

/* Renders what is inside of the section at `at`, with a value as the innermost context. */
static bool render_inside(Render *render, unsigned at, const json_t *value, GError **err)
{
    const TemplateNode *node = &g_array_index(render->template->nodes, TemplateNode, at);

    if (!count_step(render, node, err))
        return false;
    render->contexts[render->depth++] = value;
    bool ok = render_nodes(render, at + 1, node->end, err);
    render->depth--;
    return ok;
}

static bool render_section(Render *render, unsigned at, GError **err)
{
    const TemplateNode *node = &g_array_index(render->template->nodes, TemplateNode, at);
    const json_t *value = look_up(render, node);

    if (value == NULL && render->missing == TEMPLATE_REFUSE)
        return refuse(render, node, err, "is missing in the data");
    if (node->kind == TEMPLATE_INVERTED)
        return is_truthy(value) || render_nodes(render, at + 1, node->end, err);
    if (!is_truthy(value))
        return true;
    if (!json_is_array(value))
        return render_inside(render, at, value, err);

    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!render_inside(render, at, json_array_get(value, i), err))
            return false;
    }
    return true;
}

static bool render_node(Render *render, unsigned at, GError **err)
{
    const TemplateNode *node = &g_array_index(render->template->nodes, TemplateNode, at);

    if (!count_step(render, node, err))
        return false;
    switch (node->kind) {
    case TEMPLATE_LITERAL:
        return append(render, node, node->text, false, err);
    case TEMPLATE_VALUE:
        return render_value(render, node, err);
    case TEMPLATE_SECTION:
    case TEMPLATE_INVERTED:
        return render_section(render, at, err);
    }
    g_assert_not_reached();
}

static bool render_nodes(Render *render, unsigned from, unsigned to, GError **err)
{
    for (unsigned at = from; at < to;) {
        const TemplateNode *node = &g_array_index(render->template->nodes, TemplateNode, at);
        if (!render_node(render, at, err))
            return false;
        at = node->end;
    }
    return true;
}

char *template_render(const Template *template, const json_t *data, TemplateMissing missing,
                      GError **err)
{
    g_assert(json_is_object(data));
    g_autoptr(GString) out = g_string_new(NULL);
    Render render = {
        .template = template,
        .missing = missing,
        .contexts = { data },
        .depth = 1,
        .out = out,
    };

    if (!render_nodes(&render, 0, template->nodes->len, err))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Whether a file name or a language stays in its folder. */
static bool is_plain_name(const char *name)
{
    return g_ascii_isalnum(*name) && strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                  "0123456789._-") == strlen(name);
}

/* Loads one file if it is there; *ret_template is NULL if not. */
static bool load_from(const char *dir, const char *language, const char *name,
                      TemplateKind kind, Template **ret_template, GError **err)
{
    g_autofree char *path = g_build_filename(dir, language, name, NULL);
    g_autofree char *text = NULL;
    size_t size;
    g_autoptr(GError) problem = NULL;

    if (!g_file_get_contents(path, &text, &size, &problem)) {
        if (g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
            *ret_template = NULL;
            return true;
        }
        return err_set(err, ERR_TEMPORARY, "%s", problem->message);
    }
    Template *template = template_compile(path, text, size, kind, err);
    if (template == NULL)
        return false;
    *ret_template = template;
    return true;
}

Template *template_load(const char *override_dir, const char *share_dir, const char *language,
                        const char *name, TemplateKind kind, GError **err)
{
    const char *const dirs[] = { override_dir, share_dir };
    const char *const languages[] = { language, "en" };

    if (!is_plain_name(language) || !is_plain_name(name)) {
        err_set(err, ERR_INVALID, "not a name for a template or its language");
        return NULL;
    }
    for (size_t d = 0; d < G_N_ELEMENTS(dirs); d++) {
        for (size_t l = 0; l < G_N_ELEMENTS(languages) && dirs[d] != NULL; l++) {
            Template *template = NULL;
            if (!load_from(dirs[d], languages[l], name, kind, &template, err))
                return NULL;
            if (template != NULL)
                return template;
        }
    }
    err_set(err, ERR_NOT_FOUND, "there is no template \"%s\" for \"%s\" in \"%s\"", name,
            language, share_dir);
    return NULL;
}
