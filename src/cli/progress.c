#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define SHOW_EVERY_US 100000
#define TEXT_MAX      100

ProgressLine progress_line(const Session *session)
{
    return (ProgressLine){
        .is_shown = isatty(STDERR_FILENO) == 1 && !output_is_json(session->output),
    };
}

static void print_line(const char *text)
{
    (void) fprintf(stderr, "\r%-70s\r%s", "", text);
    (void) fflush(stderr);
}

static void show(void *data, const char *step, const char *table, int64_t rows, int64_t total)
{
    ProgressLine *line = data;
    int64_t now = g_get_monotonic_time();
    char text[TEXT_MAX];
    if (!line->is_shown || now - line->shown_at < SHOW_EVERY_US)
        return;

    if (total > 0)
        (void) g_snprintf(text, sizeof text,
                          "%s %s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " rows, %d %%",
                          step, table, rows, total, (int) (rows * 100 / total));
    else
        (void) g_snprintf(text, sizeof text, "%s %s: %" G_GINT64_FORMAT " rows", step, table,
                          rows);
    print_line(text);
    line->shown_at = now;
}

void progress_line_show(ProgressLine *line, const char *format, ...)
{
    int64_t now = g_get_monotonic_time();
    char text[TEXT_MAX];
    if (!line->is_shown || now - line->shown_at < SHOW_EVERY_US)
        return;
    va_list args;
    va_start(args, format);
    (void) g_vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_line(text);
    line->shown_at = now;
}

Progress progress_on(ProgressLine *line)
{
    return (Progress){ .show = show, .data = line };
}

void progress_line_clear(ProgressLine *line)
{
    if (line->shown_at != 0)
        print_line("");
    line->shown_at = 0;
}
