/* The arguments of one command, taken apart by its pattern (the grammar: cli/command.h). */
#pragma once

#include "cli/command.h"

/* How many of the leading words of a pattern stand at the beginning of words; 0 unless all do.
 */
size_t args_match(const char *pattern, const GPtrArray *words);

/* Takes the words apart; those of the command itself come first. Fails with ERR_INVALID, saying
 * what is missing or too much. */
bool args_parse(const char *pattern, const GPtrArray *words, Args **ret_args, GError **err);

void args_free(Args *args);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Args, args_free)
