/* The readable text of an HTML mail: enough for people to recognise it and for commands in it
 * to be found. Not a renderer: no layout, no links, no styles. */
#pragma once

#include <stddef.h>

/* Tags go, block elements become line ends, scripts and styles go with what is in them,
 * character references become characters, white space is reduced to single spaces and at most
 * one empty line. html is UTF-8, as is the result. Never fails; the time is linear. */
char *html_text(const char *html);
