#include "mail/message.h"

#include <string.h>

#include "base/err.h"

/* A message that has something in nearly every field, as the child would write it. */
static const char FULL[] =
    "{\"from\":[{\"name\":\"Jürgen Müller\",\"address\":\"juergen@example.org\","
    "\"raw\":\"juergen@example.org\"}],\"from_fields\":2,\"reply_to\":[],"
    "\"subject\":\"Überall \\\"Zeichen\\\"\",\"message_id\":null,\"in_reply_to\":null,"
    "\"references\":[\"1@example.org\"],\"auto_submitted\":null,\"automatic\":null,"
    "\"list_ids\":[],\"received_fields\":2,\"auth_results\":[{\"value\":\"mx.example.org; "
    "dmarc=pass\",\"received_above\":1}],\"content_type\":\"text/plain\","
    "\"report_type\":null,\"parts\":1,\"text\":\"one\\n\\ttwo\",\"is_empty\":false,"
    "\"reports\":[{\"final_recipient\":\"ann@example.net\",\"original_recipient\":null,"
    "\"action\":\"failed\",\"status\":\"5.1.1\",\"diagnostic\":\"550 no such user\","
    "\"remote_mta\":\"mx.example.net\"}],\"failed_recipients\":[],"
    "\"returned_message_id\":null,\"returned_to\":null,\"notices\":[\"two From fields\"]}";

static void test_json_goes_round(void)
{
    g_autoptr(GError) err = NULL;

    g_autoptr(Message) message = message_from_json(FULL, strlen(FULL), &err);
    g_assert_no_error(err);
    g_assert_cmpstr(((Mailbox *) message->from->pdata[0])->name, ==, "Jürgen Müller");
    g_assert_cmpstr(((MessageReport *) message->reports->pdata[0])->status, ==, "5.1.1");
    g_assert_cmpint(message->from_fields, ==, 2);
    g_assert_null(message->message_id);

    g_autofree char *json = message_to_json(message);
    g_assert_cmpstr(json, ==, FULL);
}

static void test_empty_message_goes_round(void)
{
    g_autoptr(Message) message = message_new();
    g_autofree char *json = message_to_json(message);
    g_autoptr(GError) err = NULL;

    g_autoptr(Message) back = message_from_json(json, strlen(json), &err);
    g_assert_no_error(err);
    g_assert_cmpstr(back->text, ==, "");
    g_assert_cmpstr(back->content_type, ==, "text/plain");
}

static char *with_replaced(const char *json, const char *from, const char *to)
{
    GString *text = g_string_new(json);
    g_assert_cmpint(g_string_replace(text, from, to, 1), ==, 1);
    return g_string_free(text, FALSE);
}

static void test_answer_of_a_taken_over_child_is_refused(void)
{
    static const struct {
        const char *from;
        const char *to;
    } CASES[] = {
        { "{\"from\"", "[\"from\"" },                        /* no JSON */
        { "\"from_fields\":2", "\"from_fields\":-2" },       /* no count */
        { "\"from_fields\":2", "\"from_fields\":\"2\"" },    /* wrong type */
        { "\"from_fields\":2", "\"fields\":2" },             /* other name */
        { "\"from_fields\":2,", "" },                        /* one member less */
        { "{\"from\"", "{\"more\":1,\"from\"" },             /* one member more */
        { "{\"from\"", "{\"from\":[],\"from\"" },            /* one twice */
        { "\"text\":\"one", "\"text\":\"\\u0000one" },       /* NUL */
        { "\"text\":\"one", "\"text\":\"\\u001bone" },       /* escape */
        { "\"subject\":\"", "\"subject\":\"a\\r\\nBcc: b" }, /* a header of its own */
        { "\"subject\":\"", "\"subject\":\"\\u202e" },       /* right-to-left override */
        { "\"text\":\"one\\n\\ttwo\"", "\"text\":null" },    /* never NULL */
        { "\"1@example.org\"", "null" },                     /* neither here */
        { "\"is_empty\":false", "\"is_empty\":0" },          /* no boolean */
        { "juergen@example.org\"", "\xff\"" },               /* no UTF-8 */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].to);
        g_autofree char *bent = with_replaced(FULL, CASES[i].from, CASES[i].to);
        g_autoptr(GError) err = NULL;
        g_assert_null(message_from_json(bent, strlen(bent), &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message/json/round", test_json_goes_round);
    g_test_add_func("/message/json/empty", test_empty_message_goes_round);
    g_test_add_func("/message/json/refused", test_answer_of_a_taken_over_child_is_refused);
    return g_test_run();
}
