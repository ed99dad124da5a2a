/* Answers by mail: what the person who wrote the text means by it. Line feeds end its lines.
 * Only what is not quoted counts, and only its first words; doubt ("yes?", "ok, but that was
 * not me") says nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum { ANSWER_NOTHING, ANSWER_YES, ANSWER_NO } AnswerSays;

/* Reads the answer to a mail in that language (BCP 47; NULL: English). Words of English always
 * count, those of another language beside them: "yes", "ok", "confirm" and the like mean yes,
 * "reject" and the like mean no; "no" must stand alone or before a comma or full stop, since
 * "no objection" means the opposite. Anything else ("this was not me") says nothing. */
AnswerSays answer_read(const char *text, const char *language);

/* Which of the options an answer begins with, by its words or by its number, counted from 1:
 * they must stand alone or before a comma or full stop. Case, accents and spaces do not matter,
 * and digits of any script are good. False if it says none of them. */
bool answer_choose(const char *text, const char *language, const char *const *options,
                   size_t n_options, size_t *ret_choice);
