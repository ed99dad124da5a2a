#include "base/address.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* Of the ASCII characters, these may stand in a local part without quotes (atext, RFC 5322). */
static bool is_atext(char c)
{
    return (c & 0x80) != 0 || g_ascii_isalnum(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_atom(const char *text)
{
    char before = '.';

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' ? before == '.' : !is_atext(*at))
            return false;
        before = *at;
    }
    return before != '.';
}

/* Nothing in an address may be unseen or break a line, whatever its script. */
static bool is_seen(ucs4_t c)
{
    return !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C & ~UC_CATEGORY_MASK_Cn) &&
           !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z) &&
           !uc_is_property_not_a_character(c) &&
           !uc_is_property_default_ignorable_code_point(c);
}

static bool is_all_seen(const char *text)
{
    ucs4_t c = 0;
    for (const uint8_t *at = (const uint8_t *) text; (at = u8_next(&c, at)) != NULL;)
        if (!is_seen(c))
            return false;
    return true;
}

static bool starts_with_mark(const char *text)
{
    ucs4_t c = 0;
    return u8_next(&c, (const uint8_t *) text) != NULL &&
           uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M);
}

/* Reads what stands in quotes (RFC 5321 4.1.2, Quoted-string). *ret_end is what follows the
 * closing quote; NULL comes back if the quotes do not close. */
static char *unquote(const char *text, const char **ret_end)
{
    g_autoptr(GString) plain = g_string_new(NULL);

    for (const char *at = text + 1; *at != '\0'; at++) {
        if (*at == '"') {
            *ret_end = at + 1;
            return g_strdup(plain->str);
        }
        if (*at == '\\' && (*++at == '\0' || (*at & 0x80) != 0))
            return NULL; /* only ASCII can be quoted so */
        g_string_append_c(plain, *at);
    }
    return NULL;
}

static char *quote(const char *plain)
{
    GString *quoted = g_string_new("\"");

    for (const char *at = plain; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *at);
    }
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}

/* The canonical local part; *ret_at is where its @ stands in the text. NULL if it has none. */
static char *read_local(const char *text, const char **ret_at)
{
    g_autofree char *plain = NULL;
    const char *at = NULL;

    if (*text == '"')
        plain = unquote(text, &at);
    else if ((at = strchr(text, '@')) != NULL)
        plain = g_strndup(text, (gsize) (at - text));
    if (plain == NULL || *plain == '\0' || *at != '@')
        return NULL;
    *ret_at = at;
    if (is_dot_atom(plain))
        return g_steal_pointer(&plain);
    return *text == '"' ? quote(plain) : NULL;
}

static bool check_characters(const char *text, GError **err)
{
    if (strlen(text) > ADDRESS_TEXT_MAX)
        return err_set(err, ERR_INVALID, "the address is too long");
    if (!text_is_valid(text, strlen(text)))
        return err_set(err, ERR_INVALID, "the address is not valid UTF-8");
    if (!is_all_seen(text))
        return err_set(err, ERR_INVALID,
                       "the address has a space, a control or an invisible character in it");
    return true;
}

static bool check_local(const char *local, GError **err)
{
    /* An accent without its letter would join whatever is written before the address. */
    if (starts_with_mark(local + (*local == '"' ? 1 : 0)))
        return err_set(err, ERR_INVALID, "the address begins with a combining mark");
    return true;
}

bool address_parse(const char *text, char **ret_canonical, GError **err)
{
    if (!check_characters(text, err))
        return false;

    g_autofree char *nfc = text_nfc(text);
    const char *at = NULL;
    g_autofree char *local = read_local(nfc, &at);
    if (local == NULL)
        return err_set(err, ERR_INVALID, "not an address of the form name@domain");
    if (!check_local(local, err))
        return false;

    g_autofree char *domain = NULL;
    if (!domain_parse(at + 1, &domain, err))
        return false;
    if (strlen(local) + 1 + strlen(domain) > ADDRESS_MAX)
        return err_set(err, ERR_INVALID, "the address is longer than %d bytes", ADDRESS_MAX);

    *ret_canonical = g_strconcat(local, "@", domain, NULL);
    return true;
}

char *address_key(const char *canonical)
{
    if (address_is_ascii(canonical))
        return g_ascii_strdown(canonical, -1);

    size_t size = 0;
    uint8_t *folded = u8_casefold((const uint8_t *) canonical, strlen(canonical), NULL,
                                  UNINORM_NFC, NULL, &size);
    g_assert(folded != NULL); /* canonical is valid UTF-8 */
    char *key = g_strndup((const char *) folded, size);
    free(folded);
    return key;
}

bool address_equal(const char *one, const char *other)
{
    g_autofree char *key = address_key(one);
    g_autofree char *other_key = address_key(other);
    return g_str_equal(key, other_key);
}

const char *address_domain(const char *canonical)
{
    const char *at = strrchr(canonical, '@');
    g_assert(at != NULL);
    return at + 1;
}

char *address_display(const char *canonical)
{
    const char *at = strrchr(canonical, '@');
    if (at == NULL)
        return g_strdup(canonical);
    const char *domain = at + 1;
    g_autofree char *shown = domain_display(domain);
    return g_strdup_printf("%.*s%s", (int) (domain - canonical), canonical, shown);
}

bool address_is_ascii(const char *canonical)
{
    return g_str_is_ascii(canonical);
}

bool address_is_within(const char *canonical, const char *tld)
{
    const char *domain = address_domain(canonical);
    const char *dot = strrchr(domain, '.');
    return g_str_equal(dot != NULL ? dot + 1 : domain, tld);
}

char *address_with_detail(const char *canonical, const char *suffix)
{
    const char *end = address_domain(canonical) - 1;
    if (end > canonical && *canonical == '"')
        end--; /* inside of the quotes */
    return g_strdup_printf("%.*s%s%s", (int) (end - canonical), canonical, suffix, end);
}

static bool is_label(const char *label)
{
    size_t size = strlen(label);

    if (size == 0 || size > DOMAIN_LABEL_MAX || label[0] == '-' || label[size - 1] == '-')
        return false;
    return strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

/* Letters, digits and hyphens (RFC 5321 4.1.2); a last label of digits only would be an IP
 * address written without its brackets. */
static bool is_host_name(const char *domain)
{
    g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
    guint count = g_strv_length(labels);

    for (guint i = 0; i < count; i++)
        if (!is_label(labels[i]))
            return false;
    return count > 0 && strspn(labels[count - 1], "0123456789") < strlen(labels[count - 1]);
}

/* Labels with hyphens in their third and fourth place are reserved, A-labels among them
 * (RFC 5891 4.2.3.1). */
static bool has_reserved_label(const char *domain)
{
    for (const char *label = domain; label != NULL;) {
        const char *dot = strchr(label, '.');
        if (strlen(label) >= 4 && label[2] == '-' && label[3] == '-')
            return true;
        label = dot != NULL ? dot + 1 : NULL;
    }
    return false;
}

/* Other names in ASCII, which are the many, are what IDNA makes of them but for case. */
static char *parse_plain_domain(const char *text)
{
    if (!g_str_is_ascii(text) || strlen(text) > DOMAIN_MAX || has_reserved_label(text))
        return NULL;
    g_autofree char *lower = g_ascii_strdown(text, -1);
    return is_host_name(lower) ? g_steal_pointer(&lower) : NULL;
}

bool domain_parse(const char *text, char **ret_a_labels, GError **err)
{
    g_autofree char *plain = parse_plain_domain(text);
    if (plain != NULL) {
        *ret_a_labels = g_steal_pointer(&plain);
        return true;
    }
    if (strlen(text) > ADDRESS_TEXT_MAX || !text_is_valid(text, strlen(text)))
        return err_set(err, ERR_INVALID, "the domain name is too long or not valid UTF-8");

    char *converted = NULL;
    int rc = idn2_to_ascii_8z(text, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    g_autofree char *a_labels = g_strdup(converted);
    idn2_free(converted);

    if (rc != IDN2_OK || !is_host_name(a_labels) || strlen(a_labels) > DOMAIN_MAX) {
        g_autofree char *shown = text_printable(text, strlen(text));
        return err_set(err, ERR_INVALID, "\"%s\" is not a domain name", shown);
    }
    *ret_a_labels = g_steal_pointer(&a_labels);
    return true;
}

char *domain_display(const char *a_labels)
{
    char *converted = NULL;
    if (idn2_to_unicode_8z8z(a_labels, &converted, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return g_strdup(a_labels);

    char *shown = g_strdup(converted);
    idn2_free(converted);
    return shown;
}
