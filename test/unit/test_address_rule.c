#include "membership/address_rule.h"

/* clang-format off */
static const struct {
    const char *address;
    const char *given;
    const char *family;
    AddressRule want;
} CASES[] = {
    { "jane.doe@nic.example", "Jane", "Doe", ADDRESS_PERSONAL },
    { "doe@nic.example", "Jane", "Doe", ADDRESS_PERSONAL },
    { "JDoe@nic.example", "Jane", "Doe", ADDRESS_PERSONAL },
    { "janed2@nic.example", "Jane", "Doe", ADDRESS_PERSONAL },
    { "jane+muster@nic.example", "Jane", "Doe", ADDRESS_PERSONAL },
    { "mateo.wisniewski@nic.example", "Mateo", "Wiśniewski", ADDRESS_PERSONAL },
    { "emile@nic.example", "Émile", "O'Doe", ADDRESS_PERSONAL },
    { "i.petrov@nic.example", "Иван", "Петров", ADDRESS_PERSONAL },
    { "иван@почта.example", "Иван", "Петров", ADDRESS_PERSONAL },
    { "小明@nic.example", "小明", "王", ADDRESS_PERSONAL },
    { "alexandra@nic.example", "Alexander", "Roe", ADDRESS_PERSONAL }, /* "alex" */
    { "dutyman@nic.example", "Ann", "Dutyman", ADDRESS_PERSONAL },

    { "noc@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "NOC-Team2@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "security@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "security.contact@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "hostmaster+xx@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "dns-admin@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "tech1@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "ops-request@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "cert@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "soporte@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "ｎｏｃ@nic.example", "Jane", "Doe", ADDRESS_ROLE },
    { "security@nic.example", "Secunda", "Doe", ADDRESS_ROLE },
    { "root@nic.example", "Ann", "Root", ADDRESS_GREY },
    { "nic.noc@nic.example", "Nic", "Doe", ADDRESS_GREY },

    { "jd@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "g@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "abc@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "bluebird@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "redteam@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "wang@nic.example", "小明", "王", ADDRESS_UNREAD },
    { "f.alhusseini@nic.example", "فاطمة", "الحسيني", ADDRESS_UNREAD },
    { "noc@nic.example", "فاطمة", "الحسيني", ADDRESS_ROLE },
    { "fh@nic.example", "فاطمة", "الحسيني", ADDRESS_GREY },
    { "4711@nic.example", "Jane", "Doe", ADDRESS_GREY },
    { "jane.doe@nic.example", NULL, NULL, ADDRESS_GREY },
};
/* clang-format on */

static void test_whose_an_address_is(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *why = NULL;
        AddressRule rule = address_rule(CASES[i].address, CASES[i].given, CASES[i].family,
                                        &why);
        g_test_message("%s: %s", CASES[i].address, address_rule_name(rule));
        g_assert_cmpint(rule, ==, CASES[i].want);
        g_assert_true((why == NULL) == (rule == ADDRESS_PERSONAL));
    }
}

static void test_names_of_functions(void)
{
    static const struct {
        const char *name;
        bool is_role;
    } NAMES[] = {
        { "NOC Team", true },       { "Security", true },     { "CERT-XX", true },
        { "Hostmaster .xx", true }, { "IT Support", true },   { "Jane Doe", false },
        { "Ann Dutyman", false },   { "Иван Петров", false }, { "王小明", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_test_message("%s", NAMES[i].name);
        g_assert_true(address_rule_is_role_name(NAMES[i].name) == NAMES[i].is_role);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address-rule/address", test_whose_an_address_is);
    g_test_add_func("/address-rule/name", test_names_of_functions);
    return g_test_run();
}
