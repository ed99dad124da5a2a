/* Law: a header that nobody touched comes out byte for byte, also with a field added behind it;
 * what is added can be read and removed again; after repair nothing is malformed, and the
 * result reads the same once more. */
#include "fuzz.h"

#include "mail/head.h"

static bool is_start_of(GBytes *start, GBytes *whole)
{
    size_t size, whole_size;
    const char *bytes = g_bytes_get_data(start, &size);
    const char *all = g_bytes_get_data(whole, &whole_size);

    return size <= whole_size && (size == 0 || memcmp(bytes, all, size) == 0);
}

static void check_untouched(const Head *head, GBytes *mail)
{
    g_autoptr(GBytes) out = head_format(head);

    g_assert_cmpuint(g_bytes_get_size(out), ==, head_body_offset(head));
    g_assert_true(is_start_of(out, mail));
}

static void check_added_and_removed(Head *head)
{
    head_remove(head, "X-Law");
    g_autoptr(GBytes) before = head_format(head);
    const char *bytes = g_bytes_get_data(before, NULL);
    size_t size = g_bytes_get_size(before);
    size_t kept = size >= 2 && bytes[size - 1] == '\n' ? size - 2 : size;
    g_autoptr(GBytes) fields = g_bytes_new_from_bytes(before, 0, kept);

    g_assert_true(head_append(head, "X-Law", "holds", HEAD_ASCII, NULL));
    g_autofree char *value = head_get(head, "x-law", 0);
    g_assert_cmpstr(value, ==, "holds");
    g_autoptr(GBytes) after = head_format(head);
    g_assert_true(is_start_of(fields, after));
    g_assert_cmpuint(head_remove(head, "X-LAW"), ==, 1);
}

static void check_repaired(Head *head)
{
    head_repair(head);
    g_assert_cmpuint(head_malformed(head), ==, 0);

    g_autoptr(GBytes) out = head_format(head);
    g_autoptr(GError) err = NULL;
    g_autoptr(Head) again = head_parse(out, &err);
    g_assert_no_error(err);
    g_assert_cmpuint(head_malformed(again), ==, 0);
    check_untouched(again, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) mail = g_bytes_new_static(data, size);
    g_autoptr(Head) head = head_parse(mail, NULL);
    if (head == NULL)
        return 0;

    check_untouched(head, mail);
    check_added_and_removed(head);
    check_repaired(head);
    return 0;
}
