#include "membership/authority_compare.h"

static AuthorityMatch match_value(const Authority *authority, const char *key, const char *ours)
{
    AuthorityMatch match = { .is_known = ours != NULL };
    for (size_t i = 0; i < AUTHORITY_ROLES; i++) {
        g_autofree char *of_role = g_strdup_printf("%s_%s",
                                                   authority_role_text((AuthorityRole) i), key);
        const IanaField *field = iana_field_find(of_role);
        const char *theirs = iana_record_get(&authority->record, field);
        match.is_at[i] = ours != NULL && theirs != NULL &&
                         iana_value_is_same(field, ours, theirs);
    }
    return match;
}

static AuthorityMatch match_name(const Authority *authority, const Person *person)
{
    const char *const THEIRS[AUTHORITY_ROLES] = {
        authority->record.administrative.name,
        authority->record.technical.name,
    };
    AuthorityMatch match = { .is_known = true };
    for (size_t i = 0; i < AUTHORITY_ROLES; i++)
        match.is_at[i] = THEIRS[i] != NULL && person_has_name(person, THEIRS[i]);
    return match;
}

AuthorityComparison authority_compare(const Authority *authority, const Person *person)
{
    return (AuthorityComparison){
        .name = match_name(authority, person),
        .primary = match_value(authority, "email", person->primary),
        .secondary = match_value(authority, "email", person->secondary),
        .mobile = match_value(authority, "phone", person->mobile),
    };
}

const char *authority_match_text(const AuthorityMatch *match)
{
    if (!match->is_known)
        return NULL;
    if (match->is_at[AUTHORITY_ADMINISTRATIVE])
        return match->is_at[AUTHORITY_TECHNICAL] ? "same as both" : "same as administrative";
    return match->is_at[AUTHORITY_TECHNICAL] ? "same as technical" : "differs";
}
