#include "mail/answer.h"

#include <glib.h>

static const struct {
    const char *text;
    AnswerSays says;
} CASES[] = {
    { "yes", ANSWER_YES },
    { "Yes.", ANSWER_YES },
    { "YES, I sent it\n", ANSWER_YES },
    { "\n\n  ok \n", ANSWER_YES },
    { "okay!", ANSWER_YES },
    { "I  confirm", ANSWER_YES },
    { "confirmed", ANSWER_YES },
    { "\"yes\"", ANSWER_YES },
    { "*Yes*, it was me", ANSWER_YES },
    { "Yes\n\nOn Tue, Muster wrote:\n> a message waits\n", ANSWER_YES },
    { "Yes\nOn Tue, Muster wrote:\n> a message waits\n", ANSWER_YES },
    { "> a message waits\n> answer yes\nyes\n", ANSWER_YES },
    { "On Tue, 3 Nov 2026, Muster\n<tld-ops-owner@lists.example.org> wrote:\n\n> "
      "quoted\n\nok\n",
      ANSWER_YES },
    { "no", ANSWER_NO },
    { "No, that was somebody else", ANSWER_NO },
    { "reject", ANSWER_NO },
    { "Drop it, please", ANSWER_NO },
    { "No objection, let it out", ANSWER_NOTHING },
    { "no problem", ANSWER_NOTHING },
    { "", ANSWER_NOTHING },
    { "> yes\n", ANSWER_NOTHING },
    { "| yes\n", ANSWER_NOTHING },
    { "this was not me", ANSWER_NOTHING },
    { "yes?", ANSWER_NOTHING },
    { "yesterday I was away", ANSWER_NOTHING },
    { "Okinawa", ANSWER_NOTHING },
    { "nobody sent this", ANSWER_NOTHING },
    { "I confirm nothing of the kind", ANSWER_NOTHING },
    { "Ok, but that was not me", ANSWER_NOTHING },
    { "yes, I didn't send it", ANSWER_NOTHING },
    { "No, I did not send it", ANSWER_NO },
    { "I did not confirm this", ANSWER_NOTHING },
    { "Dear secretariat,\n\nyes", ANSWER_NOTHING },
    { "Muster wrote:\n> quoted\nI am away until Monday.\n", ANSWER_NOTHING },
};

static void test_first_own_words_decide(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].text);
        g_assert_cmpint(answer_read(CASES[i].text, NULL), ==, CASES[i].says);
    }
}

static const struct {
    const char *language;
    const char *text;
    AnswerSays says;
} FOREIGN[] = {
    { "ar", "نعم", ANSWER_YES },
    { "ar", "نَعَم، أنا أرسلتها", ANSWER_YES },
    { "ar", "لا", ANSWER_NO },
    { "ar", "لا، لم أرسلها", ANSWER_NO },
    { "ar", "لا مانع", ANSWER_NOTHING }, /* no objection */
    { "ar", "نعم؟", ANSWER_NOTHING },
    { "ar", "نعم لكن لم أرسلها", ANSWER_NOTHING },
    { "ar", "yes", ANSWER_YES },
    { "en", "نعم", ANSWER_NOTHING },
    { "fr", "Oui, merci", ANSWER_YES },
    { "fr", "Oui, mais ce n'est pas moi", ANSWER_NOTHING },
    { "fr-CA", "Non.", ANSWER_NO },
    { "fr", "Non merci, c'est bien", ANSWER_NOTHING },
    { "es", "SÍ", ANSWER_YES },
    { "es", "si.", ANSWER_YES },
    { "es", "Si fuera yo", ANSWER_NOTHING },
    { "pt-BR", "Não!", ANSWER_NO },
    { "pt", "Sim", ANSWER_YES },
    { "ru", "Да, это я", ANSWER_YES },
    { "ru", "Да, но это не я", ANSWER_NOTHING },
    { "ru", "нет", ANSWER_NO },
    { "ru", "Дата неизвестна", ANSWER_NOTHING },
    { "zh", "同意。", ANSWER_YES },
    { "zh", "是不是", ANSWER_NOTHING },
    { "zh-Hans", "不同意", ANSWER_NO },
    { "xx", "yes", ANSWER_YES },
    { "", "yes", ANSWER_YES },
};

static void test_words_of_the_language_count_beside_english(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FOREIGN); i++) {
        g_test_message("%s: %s", FOREIGN[i].language, FOREIGN[i].text);
        g_assert_cmpint(answer_read(FOREIGN[i].text, FOREIGN[i].language), ==, FOREIGN[i].says);
    }
}

static const char *const OPTIONS[] = { "keep", "keep, for now", "Remove André", "لا أعرف" };

static const struct {
    const char *text;
    size_t choice; /* 0: none */
} CHOICES[] = {
    { "keep", 1 },
    { "KEEP.", 1 },
    { "keep,  for now", 2 },
    { "1", 1 },
    { "2.", 2 },
    { "٣", 3 }, /* 3 */
    { "３", 3 },
    { "remove andre, please", 3 },
    { "لا أعرف", 4 },
    { "> keep\n\n3\n", 3 },
    { "On Tue, Muster wrote:\n\n> 1\n\n2\n", 2 },
    { "2\n\nOn Tue, Muster wrote:\n> 1\n", 2 },
    { "2 of us are away", 0 },
    { "keep him out", 0 },
    { "keep?", 0 },
    { "keep, or should we not?", 0 },
    { "I say keep", 0 },
    { "5", 0 },
    { "0", 0 },
    { "12", 0 },
    { "-1", 0 },
    { "> keep\n", 0 },
    { "", 0 },
};

static void test_first_own_words_choose_an_option(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CHOICES); i++) {
        size_t choice = 0;
        g_test_message("%s", CHOICES[i].text);
        g_assert_cmpint(
            answer_choose(CHOICES[i].text, "en", OPTIONS, G_N_ELEMENTS(OPTIONS), &choice), ==,
            CHOICES[i].choice != 0);
        g_assert_cmpuint(choice, ==, CHOICES[i].choice);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/words", test_first_own_words_decide);
    g_test_add_func("/answer/languages", test_words_of_the_language_count_beside_english);
    g_test_add_func("/answer/options", test_first_own_words_choose_an_option);
    return g_test_run();
}
