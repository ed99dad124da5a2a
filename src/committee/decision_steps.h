/* Steps of decisions that their files share. Within the caller's transaction. */
#pragma once

#include "committee/decision.h"
#include "store/journal.h"

/* ERR_DENIED, saying how and when, if it is closed. */
bool decision_check_open(const Decision *decision, GError **err);

/* A text from outside as one clean line. ERR_INVALID, naming what it is, if it is empty, longer
 * than so many characters or no UTF-8. */
bool decision_clean(const char *what, const char *text, size_t max_chars, char **ret_clean,
                    GError **err);

/* Writes a journal row about a decision; its number stands before the details. */
bool decision_journal(const Work *work, int64_t id, JournalEntry entry, GError **err);

/* "option 1", for details, which hold no text of people. */
char *decision_option_name(int64_t position);

/* Closes a decision by its votes, or withdraws it if there is a reason. */
bool decision_end(const Work *work, int64_t id, const char *reason, GError **err);
