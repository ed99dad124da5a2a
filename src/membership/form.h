/* The form of a request, as people fill it in by mail: read from whatever their mail programs
 * make of it, and written again. Pure functions; whether an answer is an address, a number or a
 * TLD is for the caller to find out (directory/person.h).
 *
 *     TLD: .xx
 *     Request: join
 *     Contact 1
 *     Name: Jane Doe
 *     Mobile phone: +1 613 555 0100
 *     E-mail: jane.doe@nic.example
 *     Secondary e-mail: jane@mail.example
 *
 * It may be quoted, forwarded, in another order, with other names for the fields or in another
 * language. What stands above a quotation counts more than what is quoted; an answer that is
 * given twice in different words is a conflict, and never guessed. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "membership/request_policy.h"

typedef enum {
    FORM_NAME, /* the whole name */
    FORM_GIVEN_NAME,
    FORM_FAMILY_NAME,
    FORM_MOBILE,
    FORM_EMAIL,
    FORM_SECONDARY,
    FORM_OLD_EMAIL, /* of a change or a removal: whose entry */
    FORM_RANK,
} FormField;

#define FORM_FIELDS 8

/* "Mobile phone" in a language (BCP 47); English where the language has no form. */
const char *form_field_name(FormField field, const char *language);

/* One contact. Answers are owned, clean (base/text.h) and NULL where none was given. */
typedef struct {
    char *answers[FORM_FIELDS];
} FormContact;

/* One form. */
typedef struct {
    GPtrArray *tlds; /* char *: as written, ".xx" */
    bool has_kind;
    RequestKind kind;
    char *kind_text; /* as written; NULL if the field is empty or missing */
    GPtrArray
        *contacts;    /* FormContact *, in their order; those without any answer are left out */
    GPtrArray *notes; /* char *: fields that the form does not have, as "Remarks: ..." */
    GPtrArray *conflicts; /* char *: what was answered twice, for people */
    const char *language; /* of the names of its fields: borrowed, "en" */
} Form;

void form_free(Form *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Form, form_free)

Form *form_new(void);
FormContact *form_add_contact(Form *form);

/* The Forms in a text of a mail (Message.text); empty if there is none. */
GPtrArray *form_read(const char *text);

/* The form as text with line feeds, which form_read reads as the same answers. min_contacts is
 * how many contacts there are at least, empty ones at the end. */
char *form_write(const Form *form, guint min_contacts, const char *language);

/* The names of a person from the answers; NULL where there are none. One name is taken apart:
 * "Doe, Jane" has the family name first, else it is the last word. */
void form_names(const FormContact *contact, char **ret_given, char **ret_family);
