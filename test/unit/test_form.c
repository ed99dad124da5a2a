#include "membership/form.h"

#include <string.h>

#include "base/limits.h"

#define FORM                                                                                   \
    "TLD: .xx\nRequest: join\n\nContact 1\nName: Jane Doe\nMobile phone: +1 613 555 0100\n"    \
    "E-mail: jane.doe@nic.example\nSecondary e-mail: jane@mail.example\n"
#define EMPTY_FORM                                                                             \
    "> TLD:\n> Request: join            (or add, change, remove, leave)\n> Contact 1\n> "      \
    "Name:\n"                                                                                  \
    "> Mobile phone:\n> E-mail:\n> Secondary e-mail:\n"
#define JANE "[Jane Doe|+1 613 555 0100|jane.doe@nic.example|jane@mail.example]"

/* A form as one line: ".xx join [Name|mobile|e-mail|secondary|others] !conflict #note". */
static void describe(const Form *form, GString *text)
{
    for (guint i = 0; i < form->tlds->len; i++)
        g_string_append_printf(text, "%s ", (char *) form->tlds->pdata[i]);
    g_string_append(text, form->has_kind ? request_kind_name(form->kind) : "?");
    for (guint i = 0; i < form->contacts->len; i++) {
        static const FormField SHOWN[] = { FORM_NAME, FORM_MOBILE, FORM_EMAIL, FORM_SECONDARY };
        static const FormField OTHERS[] = { FORM_GIVEN_NAME, FORM_FAMILY_NAME, FORM_OLD_EMAIL,
                                            FORM_RANK };
        const FormContact *contact = form->contacts->pdata[i];
        g_string_append(text, " [");
        for (size_t k = 0; k < G_N_ELEMENTS(SHOWN); k++)
            g_string_append_printf(text, "%s%s", k > 0 ? "|" : "",
                                   contact->answers[SHOWN[k]] ? contact->answers[SHOWN[k]]
                                                              : "");
        for (size_t k = 0; k < G_N_ELEMENTS(OTHERS); k++) {
            if (contact->answers[OTHERS[k]] != NULL)
                g_string_append_printf(text, "|%s", contact->answers[OTHERS[k]]);
        }
        g_string_append_c(text, ']');
    }
    for (guint i = 0; i < form->conflicts->len; i++)
        g_string_append_printf(text, " !%s", (char *) form->conflicts->pdata[i]);
    for (guint i = 0; i < form->notes->len; i++)
        g_string_append_printf(text, " #%s", (char *) form->notes->pdata[i]);
}

static char *read_all(const char *text)
{
    g_autoptr(GPtrArray) forms = form_read(text);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < forms->len; i++) {
        g_string_append(all, i > 0 ? " / " : "");
        describe(forms->pdata[i], all);
    }
    return g_string_free(all, FALSE);
}

/* clang-format off */
static const struct {
    const char *name;
    const char *text;
    const char *want;
} CASES[] = {
    { "plain", FORM, ".xx join " JANE },
    { "below words", "Dear Kim,\nplease find it below.\n\n" FORM "\nRegards\n", ".xx join " JANE },
    { "above a signature", FORM "\n-- \nName: Ann Roe\nMobile: +2\nMail: ann@nic.example\n", ".xx join " JANE },
    { "above a quoted signature", "> TLD: xx\n> Request: add\n> Name: Jane Doe\n> --\n> Mobile: +2\n",
      "xx add [Jane Doe|||]" },
    { "below a signature", "See below\n-- \nJane Doe\nNIC .xx\n\n" FORM, ".xx join " JANE },
    { "above the empty one", FORM "\nOn Monday, TLD-OPS wrote:\n" EMPTY_FORM, ".xx join " JANE },
    { "quoted", "> TLD: xx\n> Request: add\n> Name: Jane Doe\n> E-mail: jane.doe@nic.example\n",
      "xx add [Jane Doe||jane.doe@nic.example|]" },
    { "quoted twice", ">> TLD: xx\n> > Request: add\n>> Name: Jane Doe\n", "xx add [Jane Doe|||]" },
    { "quoted with bars", "| TLD: xx\n| Request: add\n| Name: Jane Doe\n", "xx add [Jane Doe|||]" },
    { "newer above older", "TLD: xx\nRequest: add\nName: Jane Doe\nMobile: +1 613 555 0101\n"
      "> TLD: xx\n> Request: add\n> Name: Jane Doe\n> Mobile: +1 613 555 0100\n> E-mail: jane@nic.example\n",
      "xx add [Jane Doe|+1 613 555 0101|jane@nic.example|]" },
    { "only what was missing, above", "Mobile phone: +1 613 555 0101\n\n> TLD: xx\n> Request: add\n> Name: Jane Doe\n"
      "> E-mail: jane@nic.example\n", "xx add [Jane Doe|+1 613 555 0101|jane@nic.example|]" },
    { "forwarded", "-----Original Message-----\nFrom: Jane\nSent: Monday\nTo: Kim\nSubject: join\n\n" FORM,
      ".xx join " JANE },
    { "another order", "E-mail: jane.doe@nic.example\nName: Jane Doe\nRequest: join\nMobile: +1 613 555 0100\nTLD: .xx\n"
      "Secondary e-mail: jane@mail.example\n", ".xx join " JANE },
    { "other spellings", "ccTLD : XX\nTYPE OF REQUEST: Join\nfull name: Jane Doe\nCell phone number: +1 613 555 0100\n"
      "email: jane.doe@nic.example\n2nd: x\nSecond Email: jane@mail.example\n", "xx join " JANE " #2nd: x" },
    { "mail", "TLD: xx\nRequest: join\nMail: jane@nic.example\n", "xx join [||jane@nic.example|]" },
    { "bullets and bold", "* TLD: xx\n1. Request: join\n2) *Name:* Jane Doe\n- **E-mail:** jane@nic.example\n"
      "\u2022 Mobile: +1 613 555 0100\n", "xx join [Jane Doe|+1 613 555 0100|jane@nic.example|]" },
    { "answers below", "TLD:\n.xx\nRequest:\njoin\nName:\nJane Doe\nMobile phone:\n\nE-mail:\njane@nic.example\n",
      ".xx join [Jane Doe||jane@nic.example|]" },
    { "an empty field takes no other field", "TLD: xx\nRequest: join\nName:\nMobile: +1 613 555 0100\n",
      "xx join [|+1 613 555 0100||]" },
    { "full-width colons and digits", "TLD：xx\nRequest：join\nName：王小明\nMobile phone：＋８６ １３９\n",
      "xx join [王小明|＋８６ １３９||]" },
    { "no-break spaces", "TLD\u00a0:\u00a0xx\nRequest\u00a0: join\nName: Jane\u00a0Doe\n", "xx join [Jane Doe|||]" },
    { "Arabic", "النطاق: .eg\nالطلب: انضمام\nجهة الاتصال ١\nالاسم: فاطمة الحسيني\nالهاتف المحمول: +٢٠ ١٠\n"
      "البريد الإلكتروني: fatima@nic.example\n", ".eg join [فاطمة الحسيني|+٢٠ ١٠|fatima@nic.example|]" },
    { "French", "TLD: fr\nDemande: ajout\nNom complet: Émile Doe\nCourriel: emile@nic.example\n",
      "fr add [Émile Doe||emile@nic.example|]" },
    { "a phone with an extension", "TLD: xx\nRequest: join\nMobile phone: +1 613 555 0100 ext 7\n",
      "xx join [|+1 613 555 0100 ext 7||]" },
    { "several contacts", "TLD: xx\nRequest: add\nContact 1\nName: Jane Doe\nContact 2\nName: John Roe\nE-mail: j@nic.example\n",
      "xx add [Jane Doe|||] [John Roe||j@nic.example|]" },
    { "contacts in Arabic digits", "TLD: xx\nRequest: add\nContact ٢\nName: John Roe\nContact ١\nName: Jane Doe\n",
      "xx add [Jane Doe|||] [John Roe|||]" },
    { "contacts without a line between", "TLD: xx\nRequest: add\nName: Jane Doe\nMobile: 1\nName: John Roe\nMobile: 2\n",
      "xx add [Jane Doe|1||] [John Roe|2||]" },
    { "several TLDs", "TLD: .xx, .yy and zz\nRequest: change\nName: Jane Doe\n", ".xx .yy zz change [Jane Doe|||]" },
    { "several forms", "TLD: xx\nRequest: add\nName: Jane Doe\n\nTLD: yy\nRequest: remove\nName: John Roe\n",
      "xx add [Jane Doe|||] / yy remove [John Roe|||]" },
    { "IDN", "TLD: .рф\nRequest: leave\n", ".рф leave" },
    { "a change", "TLD: xx\nRequest: change\nCurrent e-mail: old@nic.example\nE-mail: new@nic.example\n",
      "xx change [||new@nic.example||old@nic.example]" },
    { "names in parts", "TLD: xx\nRequest: join\nFirst name: Jane\nSurname: Doe\n", "xx join [||||Jane|Doe]" },
    { "rank", "TLD: xx\nRequest: add\nName: Jane Doe\nRank: 2\n", "xx add [Jane Doe||||2]" },
    { "the hint stays", "TLD: xx\nRequest: join            (or add, change, remove, leave)\nName: J Doe\n",
      "xx join [J Doe|||]" },
    { "nothing given", "TLD: xx\nRequest: join\nName: -\nMobile phone: n/a\nE-mail: none\n", "xx join" },
    { "an address with its name", "TLD: xx\nRequest: join\nE-mail: Jane Doe <mailto:jane@nic.example>\n",
      "xx join [||jane@nic.example|]" },
    { "conflict", "TLD: xx\nRequest: add\nName: Jane Doe\nMobile: +1\nMobile: +2\n",
      "xx add [Jane Doe|||] !Mobile phone: \"+1\" and \"+2\"" },
    { "the same twice is none", "TLD: xx\nRequest: add\nName: Jane Doe\nMobile: +1\nMobile: +1\n", "xx add [Jane Doe|+1||]" },
    { "a kind that nobody knows", "TLD: xx\nRequest: promote\nName: Jane Doe\n", "xx ? [Jane Doe|||]" },
    { "a note", "TLD: xx\nRequest: add\nName: Jane Doe\nRemarks: on holiday in May\n",
      "xx add [Jane Doe|||] #Remarks: on holiday in May" },
    { "tabs between", "TLD:\txx\nRequest:\tjoin\nName:\tJane Doe\n", "xx join [Jane Doe|||]" },

    { "prose", "Hello,\nmy name: Jane. Phone me: tomorrow.\n", "" },
    { "a name alone", "Name: Jane Doe\nE-mail: jane@nic.example\n", "" },
    { "a TLD alone", "TLD: xx\n", "" },
    { "the empty form", EMPTY_FORM, "" },
    { "nothing", "", "" },
    { "colons", ":\n::\n: :\n", "" },
};
/* clang-format on */

static void test_what_is_read(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *found = read_all(CASES[i].text);
        g_test_message("%s", CASES[i].name);
        g_assert_cmpstr(found, ==, CASES[i].want);
    }
}

static void test_what_is_written_is_read_back(void)
{
    static const char *const LANGUAGES[] = { "en", "ar", "fr", "es", "xx" };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GPtrArray) forms = form_read(CASES[i].text);
        for (size_t l = 0; forms->len == 1 && l < G_N_ELEMENTS(LANGUAGES); l++) {
            Form *form = forms->pdata[0];
            g_ptr_array_set_size(form->conflicts, 0);
            g_ptr_array_set_size(form->notes, 0);
            g_autoptr(GString) before = g_string_new(NULL);
            describe(form, before);
            g_autofree char *written = form_write(form, 3, LANGUAGES[l]);
            g_autofree char *after = read_all(written);
            g_test_message("%s in %s", CASES[i].name, LANGUAGES[l]);
            g_assert_cmpstr(after, ==, before->str);
        }
    }
}

static void test_an_empty_form_has_the_fields_to_fill_in(void)
{
    g_autoptr(Form) form = form_new();
    g_autofree char *written = form_write(form, 1, "en");
    g_assert_cmpstr(written, ==,
                    "TLD:\nRequest:\nContact 1\nName:\nMobile phone:\nE-mail:\n"
                    "Secondary e-mail:\n");
}

static void test_names_are_taken_apart(void)
{
    static const struct {
        const char *name;
        const char *given;
        const char *family;
    } NAMES[] = {
        { "Jane Doe", "Jane", "Doe" },
        { "Doe, Jane Ann", "Jane Ann", "Doe" },
        { "王小明", "王小明", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        FormContact contact = { { NULL } };
        g_autofree char *name = g_strdup(NAMES[i].name);
        g_autofree char *given = NULL;
        g_autofree char *family = NULL;
        contact.answers[FORM_NAME] = name;
        form_names(&contact, &given, &family);
        g_assert_cmpstr(given, ==, NAMES[i].given);
        g_assert_cmpstr(family, ==, NAMES[i].family);
    }
}

/* More than any person writes ends at its limit, in a time that grows with the text only. */
static void test_hostile_forms_end_at_limits(void)
{
    g_autoptr(GString) many = g_string_new("TLD: xx\nRequest: add\n");
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(many, "Contact %d\nName: Eve %d\n", i, i);
    g_autoptr(GPtrArray) forms = form_read(many->str);
    g_assert_cmpuint(forms->len, ==, 1);
    g_assert_cmpuint(((Form *) forms->pdata[0])->contacts->len, <=, FORM_CONTACTS_MAX);

    g_autoptr(GString) heads = g_string_new(NULL);
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(heads, "TLD: t%d\nRequest: add\nName: Eve\n", i);
    g_autoptr(GPtrArray) heads_read = form_read(heads->str);
    g_assert_cmpuint(heads_read->len, <=, FORMS_MAX);

    g_autofree char *line = g_strnfill(60000, 'x');
    g_autofree char *lengthy = g_strconcat("TLD: xx\nRequest: add\nName: ", line, "\n", NULL);
    g_autoptr(GPtrArray) long_read = form_read(lengthy);
    const FormContact *contact = ((Form *) long_read->pdata[0])->contacts->pdata[0];
    g_assert_cmpuint(strlen(contact->answers[FORM_NAME]), <=, FORM_ANSWER_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/form/read", test_what_is_read);
    g_test_add_func("/form/round", test_what_is_written_is_read_back);
    g_test_add_func("/form/empty", test_an_empty_form_has_the_fields_to_fill_in);
    g_test_add_func("/form/names", test_names_are_taken_apart);
    g_test_add_func("/form/limits", test_hostile_forms_end_at_limits);
    return g_test_run();
}
