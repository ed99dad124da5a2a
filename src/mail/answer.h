/* Answers to a confirmation: what the person who wrote the text means by it. */
#pragma once

typedef enum { ANSWER_NOTHING, ANSWER_YES, ANSWER_NO } AnswerSays;

/* Reads the text of a mail (line feeds end its lines). Only what is not quoted counts, and only
 * its first words: "yes", "ok", "confirm" and the like mean yes, "reject" and the like mean no;
 * "no" must stand alone or before a comma or full stop, since "no objection" means the
 * opposite. Doubt ("yes?", "ok, but that was not me") and anything else ("this was not me") say
 * nothing.
 */
AnswerSays answer_read(const char *text);
