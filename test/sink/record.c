#include "record.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void record_init(Record *record, const char *log_path, const char *keep, uint64_t keep_first)
{
    *record = (Record){
        .log_fd = -1, .pending = g_string_new(NULL), .keep = keep, .keep_first = keep_first
    };
    if (log_path == NULL)
        return;
    record->log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (record->log_fd < 0)
        g_error("could not open %s: %m", log_path);
}

void record_clear(Record *record)
{
    record_flush(record);
    if (record->log_fd >= 0)
        (void) close(record->log_fd);
    g_string_free(record->pending, TRUE);
}

void record_copy(Record *record, int64_t now_us, const char *sender, const char *recipient,
                 uint64_t size, const char *message_id, size_t message_id_size)
{
    if (record->log_fd < 0)
        return;
    g_string_append_printf(record->pending, "%" PRId64 "\t%s\t%s\t%" PRIu64 "\t%.*s\n", now_us,
                           sender, recipient, size, (int) message_id_size, message_id);
}

bool record_keeps(const Record *record)
{
    return record->keep != NULL && record->accepted < record->keep_first;
}

/* RFC 5321 4.5.2: a line that began with a dot got another one for the transfer. */
static GString *undo_dots(const char *bytes, size_t size)
{
    GString *plain = g_string_sized_new(size);
    const char *end = bytes + size;

    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t) (end - bytes));
        const char *next = newline != NULL ? newline + 1 : end;
        if (*bytes == '.')
            bytes++;
        g_string_append_len(plain, bytes, next - bytes);
        bytes = next;
    }
    return plain;
}

void record_message(Record *record, const char *bytes, size_t size)
{
    g_autoptr(GString) plain = undo_dots(bytes, size);
    g_autoptr(GError) err = NULL;
    g_autofree char *path = g_strdup_printf("%s/%06" PRIu64 ".eml", record->keep,
                                            record->accepted + 1);
    g_autofree char *part = g_strconcat(path, ".part", NULL);

    /* Whoever sees the name, sees all of the message. The disk is not waited for. */
    if (!g_file_set_contents_full(part, plain->str, (gssize) plain->len,
                                  G_FILE_SET_CONTENTS_NONE, 0644, &err))
        g_error("%s", err->message);
    if (rename(part, path) < 0)
        g_error("could not rename %s: %m", part);
}

void record_flush(Record *record)
{
    const char *from = record->pending->str;
    const char *end = from + record->pending->len;

    while (from < end) {
        ssize_t written = write(record->log_fd, from, (size_t) (end - from));
        if (written < 0)
            g_error("could not write the log: %m");
        from += written;
    }
    g_string_truncate(record->pending, 0);
}
