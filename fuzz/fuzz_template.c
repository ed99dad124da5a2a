/* Law: any bytes compile or are refused with their line; what compiles renders within its
 * limits or says why not; text without a tag stays as it is; and data that leaves no hole gives
 * the same text whether holes are refused or not. */
#include "fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/template.h"

/* Every kind of value, and lists in lists. */
static const char DATA[] =
    "{\"a\": \"<text & 'more'>\", \"b\": true, \"c\": null, \"d\": 0, \"e\": \"\","
    " \"l\": [1, 2.5, \"x\", [3, [4]], {\"a\": \"inner\", \"n\": {\"m\": 5}}],"
    " \"n\": {\"m\": {\"o\": \"deep\"}, \"l\": [true, false]}}";

static char *render(const Template *template, TemplateMissing missing)
{
    json_t *data = json_loads(DATA, 0, NULL);
    g_autoptr(GError) err = NULL;
    char *text = template_render(template, data, missing, &err);

    g_assert_true((text == NULL) == (err != NULL));
    g_assert_true(text == NULL || strlen(text) <= TEMPLATE_OUTPUT_MAX);
    json_decref(data);
    return text;
}

static void check(const char *text, size_t size, TemplateKind kind)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Template) template = template_compile("law", text, size, kind, &err);

    g_assert_true((template == NULL) == (err != NULL));
    if (template == NULL) {
        g_assert_true(g_str_has_prefix(err->message, "law:"));
        return;
    }
    g_autofree char *whole = render(template, TEMPLATE_REFUSE);
    g_autofree char *lenient = render(template, TEMPLATE_EMPTY);
    if (whole != NULL)
        g_assert_cmpstr(whole, ==, lenient);
    if (g_strstr_len(text, (gssize) size, "{{") == NULL)
        g_assert_cmpmem(whole, strlen(whole), text, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check((const char *) data, size, TEMPLATE_HTML);
    check((const char *) data, size, TEMPLATE_TEXT);
    return 0;
}
