/* The parser: a mail is hostile, so it is read by a child process that can do nothing but read
 * it and answer (base/sandbox.h). GMime 3.2.13 can be made to overflow its stack and to loop
 * for ever; whatever happens to the child, the parent goes on. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/message.h"

/* The first argument of the program that makes it a parser child. */
#define PARSER_ARGUMENT "parse-child"

/* Reads one mail in a child. Errors:
 *  - ERR_INVALID: the child read and refused it; the message says why;
 *  - ERR_LIMIT: the child died, ran out of time, or answered nonsense; the message says what;
 *  - ERR_TEMPORARY: there could be no child, or no sandbox around it. */
bool parser_read(GBytes *mail, Message **ret_message, GError **err);

/* The same with another program as the child and another time limit. */
bool parser_read_by(const char *program, int wall_ms, GBytes *mail, Message **ret_message,
                    GError **err);

/* What main() does when its first argument is PARSER_ARGUMENT, before anything else: reads a
 * mail from fd 0, answers on fd 1. Ends the process. */
_Noreturn void parser_child_main(void);
