/* How far a long command is: one line on standard error, if that is a terminal. */
#pragma once

#include "cli/command.h"
#include "store/contents.h"

typedef struct {
    bool is_shown;
    int64_t shown_at; /* microseconds of the monotonic clock; 0: nothing stands there */
} ProgressLine;

/* With --json there is nobody to look at it. */
ProgressLine progress_line(const Session *session);

/* Shows a short text of our own making there, unless the last one is very new. */
void progress_line_show(ProgressLine *line, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Hands the line to what reports to it; both are the caller's. */
Progress progress_on(ProgressLine *line);

/* Wipes it away, before anything else is printed. */
void progress_line_clear(ProgressLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProgressLine, progress_line_clear)
