/* The law of settings: a file is refused with all that is wrong in printable lines, or what it
 * says can be shown, and that reads back as the same. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/config.h"
#include "base/text.h"

/* The file that says every setting as it is in force. */
static char *show_all(const Config *config)
{
    GString *text = g_string_new(NULL);
    const char *section = "";
    size_t n = 0;
    const Setting *settings = config_settings(&n);

    for (size_t i = 0; i < n; i++) {
        g_autofree char *value = config_show(config, &settings[i]);
        if (!g_str_equal(section, settings[i].section))
            g_string_append_printf(text, "[%s]\n", settings[i].section);
        section = settings[i].section;
        if (value != NULL)
            g_string_append_printf(text, "%s = %s\n", settings[i].key, value);
    }
    return g_string_free(text, FALSE);
}

static void check_refusal(const GError *err)
{
    g_auto(GStrv) lines = g_strsplit(err->message, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *printable = text_printable(*line, strlen(*line));
        g_assert_cmpstr(printable, ==, *line);
        g_assert_true(g_str_has_prefix(*line, "muster.conf:"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Config) config = NULL;
    if (!config_parse((const char *) data, size, "/x/muster.conf", &config, &err)) {
        check_refusal(err);
        return 0;
    }

    g_autoptr(Config) again = NULL;
    g_autofree char *shown = show_all(config);
    config_parse(shown, strlen(shown), "/x/muster.conf", &again, &err);
    g_assert_no_error(err);
    g_autofree char *shown_again = show_all(again);
    g_assert_cmpstr(shown_again, ==, shown);
    return 0;
}
