/* Contacts from a table: CSV (RFC 4180), UTF-8, with a heading line. */
#pragma once

#include "directory/import_line.h"

/* Reads "tld,rank,given_name,family_name,mobile,primary,secondary", in any order and case, and
 * the further columns ascii_name, secondary_gets_mail ("yes" or "no") and language. rank and
 * secondary may be missing. Spreadsheets also part by ";" or tab: the heading tells. Empty
 * lines and lines of empty fields are passed over.
 *
 * A line that cannot be read becomes one with a fault. Fails with ERR_INVALID if the heading
 * lacks columns, naming them, or has one twice. *ret_file is to be cleared. */
bool csv_read(const char *bytes, size_t size, ImportFile *ret_file, GError **err);
