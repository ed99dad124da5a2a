/* The law of forms: whatever a mail holds, what is read stays within its limits, and a form
 * that is written again is read as the same answers, in every language that we write. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "membership/form.h"

static void assert_answer(const char *answer)
{
    g_assert_true(answer == NULL || (strlen(answer) > 0 && strlen(answer) <= FORM_ANSWER_MAX));
    g_assert_true(answer == NULL || strpbrk(answer, "\r\n") == NULL);
}

static void assert_limits(const GPtrArray *forms)
{
    g_assert_cmpuint(forms->len, <=, FORMS_MAX);
    for (guint i = 0; i < forms->len; i++) {
        const Form *form = forms->pdata[i];
        g_assert_cmpuint(form->tlds->len, <=, FORM_TLDS_MAX);
        g_assert_cmpuint(form->contacts->len, <=, FORM_CONTACTS_MAX);
        for (guint k = 0; k < form->contacts->len; k++) {
            for (size_t field = 0; field < FORM_FIELDS; field++)
                assert_answer(((FormContact *) form->contacts->pdata[k])->answers[field]);
        }
    }
}

static void assert_same(const Form *form, const Form *other)
{
    g_assert_cmpuint(form->tlds->len, ==, other->tlds->len);
    for (guint i = 0; i < form->tlds->len; i++)
        g_assert_cmpstr(form->tlds->pdata[i], ==, other->tlds->pdata[i]);
    g_assert_true(form->has_kind == other->has_kind && form->kind == other->kind);
    g_assert_cmpuint(form->contacts->len, ==, other->contacts->len);
    for (guint i = 0; i < form->contacts->len; i++) {
        const FormContact *one = form->contacts->pdata[i];
        const FormContact *again = other->contacts->pdata[i];
        for (size_t field = 0; field < FORM_FIELDS; field++)
            g_assert_cmpstr(one->answers[field], ==, again->answers[field]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const LANGUAGES[] = { "en", "ar", "fr", "es" };
    g_autofree char *input = g_strndup((const char *) data, size);
    g_autofree char *text = g_utf8_make_valid(input, -1);
    g_autoptr(GPtrArray) forms = form_read(text);

    assert_limits(forms);
    for (guint i = 0; i < forms->len; i++) {
        const Form *form = forms->pdata[i];
        if (form->tlds->len == 0 && form->contacts->len == 0)
            continue;
        for (size_t l = 0; l < G_N_ELEMENTS(LANGUAGES); l++) {
            g_autofree char *written = form_write(form, 1, LANGUAGES[l]);
            g_autoptr(GPtrArray) again = form_read(written);
            g_assert_cmpuint(again->len, ==, 1);
            assert_same(form, again->pdata[0]);
        }
    }
    return 0;
}
