/* What a template is compiled to: between template_compile.c, which makes it, and template.c,
 * which renders it. */
#pragma once

#include <stdbool.h>

#include "base/template.h"

typedef enum {
    TEMPLATE_LITERAL,
    TEMPLATE_VALUE,
    TEMPLATE_SECTION,
    TEMPLATE_INVERTED,
} TemplateNodeKind;

typedef struct {
    TemplateNodeKind kind;
    char *text;   /* a literal, or the name as it was written */
    char **path;  /* the parts of a name; none for ".", NULL for a literal */
    bool is_raw;  /* not to be escaped */
    int line;     /* from 1 */
    unsigned end; /* index behind it, and behind all that is inside of a section */
} TemplateNode;

struct Template {
    char *name;
    TemplateKind kind;
    GArray *nodes; /* TemplateNode; what is inside of a section follows it */
};
