#include "base/log.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

static const struct {
    const char *name;
    const char *priority; /* as syslog(3) counts, for the journal */
} LEVELS[] = {
    [LOG_LEVEL_ERROR] = { "error", "<3>" },
    [LOG_LEVEL_WARNING] = { "warning", "<4>" },
    [LOG_LEVEL_INFO] = { "info", "<6>" },
    [LOG_LEVEL_DEBUG] = { "debug", "<7>" },
};

/* A process has one standard error and GLib one writer, so this is the process's, too. */
static struct {
    char role[32];
    LogLevel level;
    bool is_journal;
    bool is_writer_set;
} settings = { .role = "muster", .level = LOG_LEVEL_INFO };

/* A log has other readers and a longer life than a mail, and what relays and libraries say may
 * repeat an address: each word with an @ is left out. */
static char *without_addresses(const char *text)
{
    static const char BETWEEN[] = " \t\r\n<>()[]{},;:\"'";
    GString *out = g_string_new(NULL);
    while (*text != '\0') {
        size_t between = strspn(text, BETWEEN);
        size_t word = strcspn(text + between, BETWEEN);
        bool is_address = memchr(text + between, '@', word) != NULL;
        g_string_append_len(out, text, (gssize) (is_address ? between : between + word));
        if (is_address)
            g_string_append(out, "(address)");
        text += between + word;
    }
    return g_string_free(out, FALSE);
}

char *log_line(int64_t at, LogLevel level, const char *text)
{
    g_autofree char *stamp = clock_format(at);
    g_autofree char *clean = without_addresses(text);
    g_autofree char *shown = text_printable_max(clean, strlen(clean), LOG_TEXT_MAX);

    return g_strdup_printf("%s%s %s[%d] %s: %s\n",
                           settings.is_journal ? LEVELS[level].priority : "", stamp,
                           settings.role, (int) getpid(), LEVELS[level].name, shown);
}

/* One write per line, so that the lines of several processes do not mix. */
static void write_line(LogLevel level, const char *text)
{
    if (level > settings.level)
        return;

    g_autofree char *line = log_line((int64_t) time(NULL), level, text);
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void) written; /* nobody is left to tell */
}

static void write_format(LogLevel level, const char *format, va_list args) G_GNUC_PRINTF(2, 0);

static void write_format(LogLevel level, const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);
    write_line(level, text);
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_format(LOG_LEVEL_ERROR, format, args);
    va_end(args);
}

void log_warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_format(LOG_LEVEL_WARNING, format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_format(LOG_LEVEL_INFO, format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_format(LOG_LEVEL_DEBUG, format, args);
    va_end(args);
}

static LogLevel level_of_glib(GLogLevelFlags flags)
{
    if ((flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
        return LOG_LEVEL_ERROR;
    if ((flags & G_LOG_LEVEL_WARNING) != 0)
        return LOG_LEVEL_WARNING;
    return (flags & G_LOG_LEVEL_DEBUG) != 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

static GLogWriterOutput write_glib(GLogLevelFlags flags, const GLogField *fields, gsize count,
                                   gpointer unused)
{
    const char *domain = "glib";
    const char *message = "";

    for (gsize i = 0; i < count; i++) {
        if (g_str_equal(fields[i].key, "GLIB_DOMAIN"))
            domain = fields[i].value;
        else if (g_str_equal(fields[i].key, "MESSAGE"))
            message = fields[i].value;
    }
    g_autofree char *text = g_strdup_printf("%s: %s", domain, message);
    write_line(level_of_glib(flags), text);
    return G_LOG_WRITER_HANDLED;
}

/* systemd names the device and inode of the stream it reads, as one may redirect a child's
 * standard error elsewhere (systemd.exec(5)). */
static bool is_journal_stream(void)
{
    struct stat st;
    const char *stream = g_getenv("JOURNAL_STREAM");

    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    g_autofree char *ours = g_strdup_printf("%llu:%llu", (unsigned long long) st.st_dev,
                                            (unsigned long long) st.st_ino);
    return g_str_equal(stream, ours);
}

void log_open(const char *role, LogLevel level)
{
    g_strlcpy(settings.role, role, sizeof settings.role);
    settings.level = level;
    settings.is_journal = is_journal_stream();
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    if (!settings.is_writer_set)
        g_log_set_writer_func(write_glib, NULL, NULL);
    settings.is_writer_set = true;
}

bool log_level_parse(const char *name, LogLevel *ret_level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LEVELS); i++) {
        if (g_str_equal(name, LEVELS[i].name)) {
            *ret_level = (LogLevel) i;
            return true;
        }
    }
    return false;
}
