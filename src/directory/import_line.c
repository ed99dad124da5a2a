#include "directory/import_line.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

ImportLine *import_line_new(int64_t number)
{
    ImportLine *line = g_new0(ImportLine, 1);
    line->number = number;
    return line;
}

void import_line_free(ImportLine *line)
{
    if (line == NULL)
        return;
    for (size_t i = 0; i < IMPORT_FIELDS; i++)
        g_free(line->fields[i]);
    g_free(line->fault);
    g_free(line);
}

void import_file_init(ImportFile *file)
{
    file->lines = g_ptr_array_new_with_free_func((GDestroyNotify) import_line_free);
    file->notices = g_ptr_array_new_with_free_func(g_free);
}

void import_file_clear(ImportFile *file)
{
    g_clear_pointer(&file->lines, g_ptr_array_unref);
    g_clear_pointer(&file->notices, g_ptr_array_unref);
}

void import_file_fault(ImportFile *file, int64_t number, const char *format, ...)
{
    ImportLine *line = import_line_new(number);
    va_list args;
    va_start(args, format);
    line->fault = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(file->lines, line);
}

bool import_text(const char **bytes, size_t *size, GError **err)
{
    static const char UTF8_MARK[] = "\xef\xbb\xbf";

    if (*size > IMPORT_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "the file is larger than %d bytes", IMPORT_SIZE_MAX);
    if (*size >= 2 &&
        (memcmp(*bytes, "\xff\xfe", 2) == 0 || memcmp(*bytes, "\xfe\xff", 2) == 0))
        return err_set(err, ERR_INVALID, "the file is UTF-16: save it as UTF-8");
    if (*size >= 3 && memcmp(*bytes, UTF8_MARK, 3) == 0) {
        *bytes += 3;
        *size -= 3;
    }
    return true;
}

bool import_lost_letters(const ImportLine *line)
{
    const char *given = line->fields[IMPORT_GIVEN_NAME];
    const char *family = line->fields[IMPORT_FAMILY_NAME];
    return (given != NULL && strchr(given, '?') != NULL) ||
           (family != NULL && strchr(family, '?') != NULL);
}
