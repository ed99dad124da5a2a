/* The words of the form: what people call its fields, and what they ask for, in several
 * languages. */
#pragma once

#include "membership/form.h"

typedef enum {
    FORM_WORD_CONTACT, /* the line above a contact: "Contact 2" */
    FORM_WORD_TLD,
    FORM_WORD_REQUEST,
    FORM_WORD_FIELD, /* of a contact */
} FormWordKind;

typedef struct {
    FormWordKind kind;
    FormField field;      /* of FORM_WORD_FIELD */
    const char *language; /* whose word it is */
} FormWord;

/* All of them, to be looked up many times. */
typedef struct FormWords FormWords;

FormWords *form_words_new(void);
void form_words_free(FormWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FormWords, form_words_free)

/* By what stands before a colon, as people write it. False if it is no name of ours. */
bool form_words_find(const FormWords *words, const char *text, FormWord *ret_word);

/* By the answer to "Request:". False if it names none. */
bool form_words_find_kind(const FormWords *words, const char *text, RequestKind *ret_kind);

/* The names in a language; English where it has none. */
const char *form_word_tld(const char *language);
const char *form_word_request(const char *language);
const char *form_word_contact(const char *language);
const char *form_word_kind(RequestKind kind, const char *language);
