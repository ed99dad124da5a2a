/* Telephone numbers: the number to dial (E.164) beside what a person typed. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A plain value; the struct owns its strings. */
typedef struct {
    char *e164;      /* "+16135550100" */
    char *extension; /* digits to dial after the answer: "7", NULL if there is none */
    char *typed;     /* as typed, cleaned (base/text.h): "+1 613 555 0100 ext 7" */
} Phone;

void phone_clear(Phone *phone);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Phone, phone_clear)

/* Reads a number with its country code, after "+" or "00", in digits of any script, parted as
 * people do it; then maybe an extension ("ext 7", "x7", "#7", ";ext=7"). Fails with ERR_INVALID
 * that says what to change. *ret is only written to on success; it holds nothing before. */
bool phone_parse(const char *typed, Phone *ret, GError **err);

/* For people: what was typed if anybody can dial it so (ASCII, from "+"), else
 * "+16135550100 ext 7". phone_parse reads it back as the same number. */
char *phone_format(const Phone *phone);
