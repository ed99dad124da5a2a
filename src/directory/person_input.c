/* Setting what people typed. */
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/person.h"

static bool clean_name(char **field, const char *what, const char *typed, const Edit *edit,
                       GError **err)
{
    unsigned changes = 0;
    g_autofree char *clean = text_clean(typed, &changes);

    if (g_utf8_strlen(clean, -1) > NAME_MAX_CHARS)
        return err_set(err, ERR_INVALID, "the %s is longer than %d characters", what,
                       NAME_MAX_CHARS);
    if (strpbrk(clean, "@<>") != NULL)
        return err_set(err, ERR_INVALID, "the %s has an address in it", what);
    if (changes != 0) {
        g_autofree char *notice = text_changes(changes);
        edit_notice(edit, "%s \"%s\": %s", what, clean, notice);
    }
    g_free(*field);
    *field = g_steal_pointer(&clean);
    return true;
}

static bool apply_ascii_name(Person *person, const char *typed, const Edit *edit, GError **err)
{
    if (!clean_name(&person->ascii_name, "ASCII name", typed, edit, err))
        return false;
    if (!g_str_is_ascii(person->ascii_name))
        return err_set(err, ERR_INVALID, "the ASCII name \"%s\" has other letters in it",
                       person->ascii_name);
    if (*person->ascii_name == '\0')
        g_clear_pointer(&person->ascii_name, g_free);
    return true;
}

static bool apply_names(Person *person, const PersonInput *input, const Edit *edit,
                        GError **err)
{
    if (input->given_name == NULL && input->family_name == NULL && input->ascii_name == NULL)
        return true;
    if (input->given_name != NULL &&
        !clean_name(&person->given_name, "given name", input->given_name, edit, err))
        return false;
    if (input->family_name != NULL &&
        !clean_name(&person->family_name, "family name", input->family_name, edit, err))
        return false;

    /* An ASCII name that was written for another name says nothing about this one. */
    if (!apply_ascii_name(person, input->ascii_name != NULL ? input->ascii_name : "", edit,
                          err))
        return false;
    g_autofree char *ascii = person_ascii_name(person);
    if (ascii == NULL)
        edit_notice(edit, "\"%s %s\" has no form in ASCII for plain lists: give one by hand",
                    person->given_name, person->family_name);
    return true;
}

static bool apply_mobile(Person *person, const char *typed, GError **err)
{
    g_auto(Phone) phone = { 0 };

    if (*typed != '\0' && !phone_parse(typed, &phone, err)) {
        g_prefix_error(err, "mobile: ");
        return false;
    }
    g_free(person->mobile);
    g_free(person->mobile_extension);
    g_free(person->mobile_typed);
    person->mobile = g_steal_pointer(&phone.e164);
    person->mobile_extension = g_steal_pointer(&phone.extension);
    person->mobile_typed = g_steal_pointer(&phone.typed);
    return true;
}

bool person_parse_address(const char *typed, char **ret_address, unsigned *ret_changes,
                          GError **err)
{
    /* Bytes that are no text are not left out, as that would make another address. */
    if (!text_is_valid(typed, strlen(typed)))
        return err_set(err, ERR_INVALID, "the address is not valid UTF-8");
    g_autofree char *clean = text_clean(typed, ret_changes);
    if (*clean != '\0')
        return address_parse(clean, ret_address, err);
    *ret_address = NULL;
    return true;
}

static bool apply_address(char **field, const char *what, const char *typed, const Edit *edit,
                          GError **err)
{
    unsigned changes = 0;
    g_autofree char *address = NULL;

    if (!person_parse_address(typed, &address, &changes, err)) {
        g_prefix_error(err, "%s address: ", what);
        return false;
    }
    if (changes != 0) {
        g_autofree char *notice = text_changes(changes);
        edit_notice(edit, "%s address: %s", what, notice);
    }
    g_free(*field);
    *field = g_steal_pointer(&address);
    return true;
}

static bool apply_secondary(Person *person, const PersonInput *input, const Edit *edit,
                            GError **err)
{
    if (input->secondary != NULL &&
        !apply_address(&person->secondary, "secondary", input->secondary, edit, err))
        return false;
    if (input->secondary_mail != PERSON_MAIL_AS_IS)
        person->secondary_delivers = input->secondary_mail == PERSON_MAIL_YES;
    if (person->secondary != NULL)
        return true;
    person->secondary_delivers = false;
    return input->secondary_mail != PERSON_MAIL_YES ||
           err_set(err, ERR_INVALID, "there is no secondary address that could get mail");
}

/* The form of a language tag, not whether it means anything (RFC 5646 2.1). */
static bool apply_language(Person *person, const char *typed, GError **err)
{
    if (!g_regex_match_simple("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", typed,
                              G_REGEX_DOLLAR_ENDONLY, 0))
        return err_set(err, ERR_INVALID,
                       "the language is not a tag such as \"en\" or \"pt-BR\"");
    g_free(person->language);
    person->language = g_strdup(typed);
    return true;
}

void person_split_name(const char *name, char **ret_given, char **ret_family)
{
    g_autofree char *clean = text_clean(name, NULL);
    char *comma = strchr(clean, ',');
    char *space = strrchr(clean, ' ');

    if (comma != NULL) {
        *ret_given = text_clean(comma + 1, NULL);
        *ret_family = g_strndup(clean, (gsize) (comma - clean));
    } else if (space != NULL) {
        *ret_given = g_strndup(clean, (gsize) (space - clean));
        *ret_family = g_strdup(space + 1);
    } else {
        *ret_given = g_steal_pointer(&clean);
    }
}

static bool check(const Person *person, GError **err)
{
    if (*person->given_name == '\0')
        return err_set(err, ERR_INVALID,
                       "the given name is empty; people with one name have "
                       "it there");
    if (person->primary == NULL)
        return err_set(err, ERR_INVALID, "a person needs a primary address");
    if (person->secondary == NULL)
        return true;

    g_autofree char *primary = address_key(person->primary);
    g_autofree char *secondary = address_key(person->secondary);
    return !g_str_equal(primary, secondary) ||
           err_set(err, ERR_INVALID,
                   "the secondary address is the primary one: it is for when "
                   "that one fails");
}

bool person_apply(Person *person, const PersonInput *input, const Edit *edit, GError **err)
{
    if (person->given_name == NULL) { /* a new one */
        person->given_name = g_strdup("");
        person->family_name = g_strdup("");
        person->language = g_strdup(PERSON_LANGUAGE);
    }
    return apply_names(person, input, edit, err) &&
           (input->mobile == NULL || apply_mobile(person, input->mobile, err)) &&
           (input->primary == NULL ||
            apply_address(&person->primary, "primary", input->primary, edit, err)) &&
           apply_secondary(person, input, edit, err) &&
           (input->language == NULL || apply_language(person, input->language, err)) &&
           check(person, err);
}
