/* What IANA publishes of a TLD, shown by itself and beside our contacts. */
#pragma once

#include "cli/command.h"
#include "directory/tld.h"

/* Prints what is on file of a TLD. ERR_NOT_FOUND if nothing is. */
bool authority_show(Session *session, const Tld *tld, GError **err);

bool cmd_authority_show(Session *session, const Args *args, GError **err);
bool cmd_authority_compare(Session *session, const Args *args, GError **err);
