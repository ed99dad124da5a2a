/* The words that people are found by: those of their names, their addresses and their TLDs, as
 * the table person_word has them. A search looks for words that begin with what was typed. */
#pragma once

#include "directory/person.h"

/* A word as it is stored and looked up: folded (text_fold), of at most PERSON_WORD_MAX bytes.
 */
char *person_word(const char *text);

/* The words (char *) of a person who speaks for these TLDs (Seat), each once:
 *
 * - of a name each word, and what stands in it after a dash or an apostrophe: "O'Neil" is
 *   found by "o'n" and by "neil". In scripts that part no words each character begins one.
 * - of an address the whole, its domain and the domains that this is in, and what stands in the
 *   local part after a dot, a hyphen ...: "ops@noc.nic.ca", "noc.nic.ca", "nic.ca". IDNs both
 *   ways.
 * - of a TLD ".ca", and of an IDN ".рф" and ".xn--p1ai". */
GPtrArray *person_words(const Person *person, const GPtrArray *seats);

/* What follows runs inside the caller's transaction. */

/* Stores the words of somebody who has none yet; where the edit has a Bulk,
 * person_words_index makes them be found in the end. edit may be NULL. */
bool person_words_add(Db *db, const Edit *edit, const Person *person, const GPtrArray *seats,
                      GError **err);

/* Brings the words in line with what is on file of a person. */
bool person_words_renew(Db *db, int64_t person_id, GError **err);

/* Takes the words of a person away. */
bool person_words_drop(Db *db, int64_t person_id, GError **err);

/* Makes all people whose number is higher be found, whose words were stored in bulk. */
bool person_words_index(Db *db, int64_t after_id, GError **err);
