/* Texts with holes: Mustache, as far as mails and pages need it. {{name}}, {{{raw}}}, {{&raw}},
 * {{#section}} ... {{/section}}, {{^inverted}} ... {{/inverted}}, {{! comment }}, dotted names
 * and {{.}}; a tag of a section or a comment that stands alone takes its line with it. Partials
 * and other delimiters are refused. */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef struct Template Template;

typedef enum {
    TEMPLATE_HTML, /* {{name}} is escaped, in text and in quoted attributes */
    TEMPLATE_TEXT, /* {{name}} is written as it is */
} TemplateKind;

/* What becomes of a name that the data does not have. */
typedef enum {
    TEMPLATE_REFUSE, /* an error: a mail with holes must not go out */
    TEMPLATE_EMPTY,  /* nothing, and a section of that name is skipped */
} TemplateMissing;

/* Compiles a template once, to be rendered many times. The name is for messages. Fails with
 * ERR_INVALID and "NAME:LINE: reason" if it is no UTF-8, a tag is wrong or not closed, or it
 * goes over a limit. */
Template *template_compile(const char *name, const char *text, size_t size, TemplateKind kind,
                           GError **err);

void template_free(Template *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* Loads OVERRIDE/LANGUAGE/NAME, OVERRIDE/en/NAME, SHARE/LANGUAGE/NAME or SHARE/en/NAME,
 * whichever is there first: an override may state other rules than the text that came with the
 * program, so no translation of that goes before it. For the same reason a broken override is
 * an error, not passed over. override_dir may be NULL; language is a tag as "en" or "pt-BR".
 * Fails with ERR_NOT_FOUND if there is none, ERR_INVALID as template_compile() does (with the
 * file's path) or if language or name would lead out of the folder. */
Template *template_load(const char *override_dir, const char *share_dir, const char *language,
                        const char *name, TemplateKind kind, GError **err);

/* Fills in the data, an object. False, null, "", an empty list, and nothing at all skip a
 * section (0 does not); a list repeats it; anything else is entered. A name is looked for in
 * the innermost section first. A list or an object cannot stand in for a text. NULL and
 * ERR_INVALID with "NAME:LINE: reason" if a value cannot be written, is missing (with
 * TEMPLATE_REFUSE; null is missing where a text should stand), or the text goes over a limit.
 */
char *template_render(const Template *template, const json_t *data, TemplateMissing missing,
                      GError **err);
