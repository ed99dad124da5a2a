/* Lines to be imported: what a line of somebody else's list says, in whatever format, before
 * anything is made of it (directory/import.h does). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    IMPORT_TLD,
    IMPORT_RANK,
    IMPORT_GIVEN_NAME,
    IMPORT_FAMILY_NAME,
    IMPORT_MOBILE,
    IMPORT_PRIMARY,
    IMPORT_SECONDARY,
    IMPORT_ASCII_NAME,
    IMPORT_SECONDARY_GETS_MAIL,
    IMPORT_LANGUAGE,
    IMPORT_FIELDS
} ImportField;

/* A plain value; strings are owned by the struct and valid UTF-8. */
typedef struct ImportLine ImportLine;
struct ImportLine {
    int64_t number;              /* of the line in the file, from 1 */
    char *fields[IMPORT_FIELDS]; /* NULL: not said. Text as it stands there */
    char *fault;                 /* why it cannot be read; NULL if it can */
    ImportLine *second_of;       /* whose second address this is, in the same file; or NULL */
};

ImportLine *import_line_new(int64_t number);
void import_line_free(ImportLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportLine, import_line_free)

/* What a file says. */
typedef struct {
    GPtrArray *lines;   /* ImportLine, in the file's order */
    GPtrArray *notices; /* char *: about the file as a whole */
} ImportFile;

void import_file_init(ImportFile *file);
void import_file_clear(ImportFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImportFile, import_file_clear)

/* Appends a line that cannot be read. */
void import_file_fault(ImportFile *file, int64_t number, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The text after a byte order mark. Fails with ERR_INVALID for UTF-16, ERR_LIMIT for a file
 * that is too large. */
bool import_text(const char **bytes, size_t *size, GError **err);

/* A "?" in a name stands for a letter that Mailman could not write. */
bool import_lost_letters(const ImportLine *line);
