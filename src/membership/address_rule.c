#include "membership/address_rule.h"

#include <string.h>

#include "base/address.h"
#include "base/text.h"

/* RFC 2142, what else is common, and what registries have. Compared are letters alone, so that
 * "noc-team2" is "nocteam". */
/* clang-format off */
static const char *const ROLES[] = {
    /* RFC 2142, sections 3 to 7 */
    "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
    "webmaster", "www", "uucp", "ftp",
    /* common ones */
    "admin", "administrator", "administration", "root", "mailerdaemon", "help", "helpdesk", "servicedesk", "desk",
    "staff", "office", "orders", "billing", "careers", "jobs", "hr", "press", "legal", "noreply", "donotreply", "contact",
    "contacts", "enquiries", "service", "services", "sysadmin", "sysadmins", "system", "systems", "operator", "operators",
    "operations", "ops", "secretary", "secretariat", "management", "manager", "director", "ceo", "cto", "cio", "ciso",
    "all", "everyone", "list", "team", "group", "mail", "email", "user", "test",
    /* of this field */
    "soc", "cert", "csirt", "cirt", "psirt", "irt", "incident", "incidents", "emergency", "duty", "oncall", "alert",
    "alerts", "dns", "dnsadmin", "dnsmaster", "nameserver", "registry", "registrar", "registrars", "nic", "iana", "tech",
    "technical", "techsupport", "techcontact", "it", "itsupport", "network", "networks", "netops", "netadmin",
    "domain", "domains", "domainadmin", "domreg", "whois", "epp", "dnssec", "infosec", "itsec", "secops", "devops", "sre",
    "engineering", "infra", "infrastructure", "monitoring", "tldadmin", "cctld", "tld",
    /* other languages */
    "seguridad", "soporte", "redes", "sistemas", "contacto", "securite", "soutien", "reseau", "sicherheit", "technik",
    "betrieb", "seguranca", "suporte", "bezpecnost",
};

/* What may stand beside a role and leave it one: "noc-team", "security.contact". */
static const char *const COMPANIONS[] = {
    "team", "group", "list", "contact", "desk", "center", "centre", "admin", "office", "staff", "ops", "department", "dept",
    "alert", "alerts", "request", "owner", "bounces",
};
/* clang-format on */

/* Letters of a local part that may be initials. */
#define INITIALS_MAX 3

const char *address_rule_name(AddressRule rule)
{
    static const char *const NAMES[] = { "personal", "unread", "grey", "role" };
    return NAMES[rule];
}

/* Words of letters alone, folded: "NOC-Team.2" has "noc" and "team". */
static GPtrArray *words_of(const char *text)
{
    g_autofree char *folded = text_fold(text);
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    GString *word = g_string_new(NULL);
    for (const char *at = folded;; at += g_utf8_skip[*(const guchar *) at]) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isalpha(c) || g_unichar_ismark(c)) {
            g_string_append_unichar(word, c);
            continue;
        }
        if (word->len > 0)
            g_ptr_array_add(words, g_strdup(word->str));
        g_string_set_size(word, 0);
        if (c == '\0')
            break;
    }
    (void) g_string_free(word, TRUE);
    return words;
}

static bool has(const char *const *table, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (g_str_equal(table[i], word))
            return true;
    }
    return false;
}

static bool is_role_word(const char *word)
{
    return has(ROLES, G_N_ELEMENTS(ROLES), word);
}

/* A role is a role alone, or with companions, or all of it run together. */
static bool is_role(const GPtrArray *words)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    guint roles = 0;
    guint companions = 0;
    for (guint i = 0; i < words->len; i++) {
        const char *word = words->pdata[i];
        g_string_append(joined, word);
        if (is_role_word(word))
            roles++;
        else if (has(COMPANIONS, G_N_ELEMENTS(COMPANIONS), word))
            companions++;
    }
    return words->len > 0 &&
           (is_role_word(joined->str) || (roles > 0 && roles + companions == words->len));
}

bool address_rule_is_role_name(const char *name)
{
    g_autoptr(GPtrArray) words = words_of(name);
    guint roles = 0;
    for (guint i = 0; i < words->len; i++)
        roles += is_role_word(words->pdata[i]) ||
                 has(COMPANIONS, G_N_ELEMENTS(COMPANIONS), words->pdata[i]);
    return is_role(words) || (words->len > 1 && roles > 0 && is_role_word(words->pdata[0]));
}

/* The local part's letters, without what stands behind a plus. */
static char *local_of(const char *address)
{
    size_t size = (size_t) (address_domain(address) - address) - 1;
    const char *plus = memchr(address, '+', size);
    return g_strndup(address,
                     plus != NULL && plus > address ? (size_t) (plus - address) : size);
}

/* Whether the letters of a local part show a word of the name: in full, or its beginning of at
 * least three letters. */
static bool shows(const char *letters, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        glong chars = g_utf8_strlen(name, -1);
        gboolean is_ascii = g_str_is_ascii(name);
        if (chars < (is_ascii ? 3 : 1))
            continue;
        g_autofree char *start = g_utf8_substring(name, 0, MIN(chars, 4));
        if (strstr(letters, name) != NULL || (chars > 4 && strstr(letters, start) != NULL))
            return true;
    }
    return false;
}

static char *joined_letters(const char *local)
{
    g_autoptr(GPtrArray) words = words_of(local);
    GString *letters = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append(letters, words->pdata[i]);
    return g_string_free(letters, FALSE);
}

static char *whole_name(const char *given_name, const char *family_name)
{
    return g_strconcat(given_name != NULL ? given_name : "", " ",
                       family_name != NULL ? family_name : "", NULL);
}

/* The name as it is, and in ASCII. */
static bool shows_name(const char *letters, const char *given_name, const char *family_name)
{
    g_autofree char *name = whole_name(given_name, family_name);
    g_autofree char *ascii = text_ascii(name);
    g_autoptr(GPtrArray) names = words_of(name);
    g_autoptr(GPtrArray) plain = words_of(ascii != NULL ? ascii : "");
    return shows(letters, names) || shows(letters, plain);
}

/* Names in Arabic or Chinese script have none; no name at all counts as one that can be read.
 */
static bool has_ascii_form(const char *given_name, const char *family_name)
{
    g_autofree char *name = whole_name(given_name, family_name);
    g_autofree char *ascii = text_ascii(name);
    g_autoptr(GPtrArray) words = words_of(name);
    return ascii != NULL || words->len == 0;
}

/* Whether a person is called as a word of the local part: there are people named Root. */
static bool has_word_of_name(const GPtrArray *words, const char *given_name,
                             const char *family_name)
{
    g_autofree char *name = whole_name(given_name, family_name);
    g_autoptr(GPtrArray) names = words_of(name);
    for (guint i = 0; i < words->len; i++) {
        if (g_ptr_array_find_with_equal_func(names, words->pdata[i], g_str_equal, NULL))
            return true;
    }
    return false;
}

AddressRule address_rule(const char *address, const char *given_name, const char *family_name,
                         char **ret_why)
{
    g_autofree char *local = local_of(address);
    g_autoptr(GPtrArray) words = words_of(local);
    g_autofree char *letters = joined_letters(local);
    *ret_why = NULL;
    if (is_role(words) && has_word_of_name(words, given_name, family_name)) {
        *ret_why = g_strdup("it is the name of a function, and the person's name as well");
        return ADDRESS_GREY;
    }
    if (is_role(words)) {
        *ret_why = g_strdup(
            "it is the address of a function and not of one person: members have "
            "to know who it is that they reach, and who it is that writes");
        return ADDRESS_ROLE;
    }
    if (shows_name(letters, given_name, family_name))
        return ADDRESS_PERSONAL;
    bool is_short = g_utf8_strlen(letters, -1) <= INITIALS_MAX;
    if (!is_short && g_str_is_ascii(letters) && !has_ascii_form(given_name, family_name)) {
        *ret_why = g_strdup("the name is in a script that cannot be compared with the address");
        return ADDRESS_UNREAD;
    }
    *ret_why = g_strdup(is_short
                            ? "initials do not show whose address it is, or whether it is "
                              "one person's"
                            : "nothing of the person's name is in it, so it may be several "
                              "people's");
    return ADDRESS_GREY;
}
