#include "base/template.h"

#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_decref)

static Json *json_of(const char *text)
{
    json_error_t problem;
    Json *data = json_loads(text, 0, &problem);
    if (data == NULL)
        g_error("%s: %s", text, problem.text);
    return data;
}

static Template *compile(const char *text, TemplateKind kind)
{
    g_autoptr(GError) err = NULL;
    Template *template = template_compile("test", text, strlen(text), kind, &err);
    g_assert_no_error(err);
    return template;
}

typedef struct {
    const char *template;
    const char *data;
    const char *want;
} Case;

static void check(const Case *cases, size_t n_cases, TemplateKind kind, TemplateMissing missing)
{
    for (size_t i = 0; i < n_cases; i++) {
        g_test_message("case %zu: %s", i, cases[i].template);
        g_autoptr(Template) template = compile(cases[i].template, kind);
        g_autoptr(Json) data = json_of(cases[i].data);
        g_autoptr(GError) err = NULL;

        g_autofree char *got = template_render(template, data, missing, &err);
        g_assert_no_error(err);
        g_assert_cmpstr(got, ==, cases[i].want);
    }
}

static void test_values_fill_the_holes(void)
{
    static const Case CASES[] = {
        { "", "{}", "" },
        { "no tags { } }} here\n", "{}", "no tags { } }} here\n" },
        { "Hello, {{name}}!\n", "{\"name\": \"Jane\"}", "Hello, Jane!\n" },
        { "|{{ name }}|", "{\"name\": \"Jane\"}", "|Jane|" },
        { "|{{name\r\n}}|", "{\"name\": \"Jane\"}", "|Jane|" },
        { "|{{\n name\t}}|", "{\"name\": \"Jane\"}", "|Jane|" },
        { "  {{name}}\n", "{\"name\": \"Jane\"}", "  Jane\n" },
        { "{{a}}{{b}}", "{\"a\": 1, \"b\": -20}", "1-20" },
        { "{{a}} {{b}}", "{\"a\": 1.21, \"b\": 0.1}", "1.21 0.1" },
        { "{{a}} {{b}}", "{\"a\": true, \"b\": false}", "true false" },
        { "{{a-b_1}}", "{\"a-b_1\": \"x\"}", "x" },
        { "{{name}}", "{\"name\": \"\xe6\xb8\xac\"}", "\xe6\xb8\xac" },
        { "{{name}}", "{\"name\": \"{{other}}\"}", "{{other}}" },
        { "{{a.b.c}}", "{\"a\": {\"b\": {\"c\": \"x\"}}}", "x" },
    };
    check(CASES, G_N_ELEMENTS(CASES), TEMPLATE_HTML, TEMPLATE_REFUSE);
}

static void test_html_is_escaped_unless_raw(void)
{
    static const char DATA[] = "{\"v\": \"<a href=\\\"x\\\">&'\"}";
    static const Case CASES[] = {
        { "{{v}}", DATA, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;" },
        { "{{{v}}}", DATA, "<a href=\"x\">&'" },
        { "{{{ v }}}", DATA, "<a href=\"x\">&'" },
        { "{{&v}}", DATA, "<a href=\"x\">&'" },
        { "{{& v }}", DATA, "<a href=\"x\">&'" },
        { "<b> & \"{{{v}}}\"", "{\"v\": 1}", "<b> & \"1\"" },
    };
    static const Case PLAIN[] = {
        { "{{v}}", DATA, "<a href=\"x\">&'" },
        { "{{{v}}}", DATA, "<a href=\"x\">&'" },
    };
    check(CASES, G_N_ELEMENTS(CASES), TEMPLATE_HTML, TEMPLATE_REFUSE);
    check(PLAIN, G_N_ELEMENTS(PLAIN), TEMPLATE_TEXT, TEMPLATE_REFUSE);
}

static void test_sections_are_skipped_entered_or_repeated(void)
{
    static const Case CASES[] = {
        { "|{{#a}}x{{/a}}|", "{\"a\": true}", "|x|" },
        { "|{{#a}}x{{/a}}|", "{\"a\": false}", "||" },
        { "|{{#a}}x{{/a}}|", "{\"a\": null}", "||" },
        { "|{{#a}}x{{/a}}|", "{\"a\": \"\"}", "||" },
        { "|{{#a}}x{{/a}}|", "{\"a\": []}", "||" },
        { "|{{#a}}x{{/a}}|", "{\"a\": {}}", "|x|" },
        { "|{{#a}}x{{/a}}|", "{\"a\": 0}", "|x|" },
        { "|{{#a}}x{{/a}}|", "{\"a\": \"y\"}", "|x|" },
        { "|{{^a}}x{{/a}}|", "{\"a\": true}", "||" },
        { "|{{^a}}x{{/a}}|", "{\"a\": false}", "|x|" },
        { "|{{^a}}x{{/a}}|", "{\"a\": null}", "|x|" },
        { "|{{^a}}x{{/a}}|", "{\"a\": []}", "|x|" },
        { "|{{^a}}x{{/a}}|", "{\"a\": [1]}", "||" },
        { "{{#a}}{{b}}{{/a}}", "{\"a\": {\"b\": \"x\"}}", "x" },
        { "{{#a}}{{b}}{{/a}}", "{\"a\": [{\"b\": 1}, {\"b\": 2}, {\"b\": 3}]}", "123" },
        { "{{#a}}{{.}},{{/a}}", "{\"a\": [1, \"b\", 2.5, true]}", "1,b,2.5,true," },
        { "{{#a}}({{.}}){{/a}}", "{\"a\": \"x\"}", "(x)" },
        { "{{#a}}({{#.}}{{.}}{{/.}}){{/a}}", "{\"a\": [[1, 2], [3]]}", "(12)(3)" },
        { "{{#a}}1{{/a}}{{^a}}2{{/a}}{{#a}}3{{/a}}", "{\"a\": true}", "13" },
        { "{{#a}}1{{#b}}2{{/b}}3{{/a}}", "{\"a\": true, \"b\": true}", "123" },
        { "{{#a}}1{{#b}}2{{/b}}3{{/a}}", "{\"a\": true, \"b\": false}", "13" },
        { "{{#a}}1{{#b}}2{{/b}}3{{/a}}", "{\"a\": false, \"b\": true}", "" },
        { "{{#a.b}}x{{/a.b}}", "{\"a\": {\"b\": true}}", "x" },
        { "{{# a }}x{{/ a }}", "{\"a\": true}", "x" },
        { "{{#a}}{{#a}}x{{/a}}{{/a}}", "{\"a\": {\"a\": true}}", "x" },
    };
    check(CASES, G_N_ELEMENTS(CASES), TEMPLATE_HTML, TEMPLATE_REFUSE);
}

static void test_names_are_looked_for_from_the_inside(void)
{
    static const Case CASES[] = {
        { "{{#a}}{{n}}{{/a}}", "{\"a\": {\"n\": \"in\"}, \"n\": \"out\"}", "in" },
        { "{{#a}}{{n}}{{/a}}", "{\"a\": {}, \"n\": \"out\"}", "out" },
        { "{{#a}}{{n}}{{/a}}", "{\"a\": \"text\", \"n\": \"out\"}", "out" },
        { "{{#l}}{{n}}{{m}} {{/l}}", "{\"l\": [{\"n\": 1}, {\"n\": 2, \"m\": 3}], \"m\": 9}",
          "19 23 " },
        { "{{#a}}{{#b}}{{c.d}}{{/b}}{{/a}}",
          "{\"a\": {\"c\": {\"d\": \"x\"}, \"b\": {\"d\": \"no\"}}}", "x" },
    };
    /* The first part of a name decides: what it finds need not have the rest. */
    static const Case MISSING[] = {
        { "|{{#a}}{{b.c}}{{/a}}|", "{\"a\": {\"b\": {}}, \"b\": {\"c\": \"no\"}}", "||" },
        { "|{{a.b}}|", "{\"a\": \"text\"}", "||" },
        { "|{{a.b}}|", "{\"a\": null}", "||" },
        { "|{{a.b.c}}|", "{\"a\": {}}", "||" },
        { "|{{a}}{{#a}}x{{/a}}{{^a}}y{{/a}}|", "{}", "|y|" },
        { "|{{a}}|", "{\"a\": null}", "||" },
    };
    check(CASES, G_N_ELEMENTS(CASES), TEMPLATE_HTML, TEMPLATE_REFUSE);
    check(MISSING, G_N_ELEMENTS(MISSING), TEMPLATE_HTML, TEMPLATE_EMPTY);
}

static void test_tag_alone_on_its_line_takes_the_line_along(void)
{
    static const Case CASES[] = {
        { "a\n{{#t}}\nb\n{{/t}}\nc\n", "{\"t\": true}", "a\nb\nc\n" },
        { "a\n{{^f}}\nb\n{{/f}}\nc\n", "{\"f\": false}", "a\nb\nc\n" },
        { "a\n  {{#t}}  \nb\n\t{{/t}}\t\nc\n", "{\"t\": true}", "a\nb\nc\n" },
        { "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\nc\r\n", "{\"t\": true}", "a\r\nb\r\nc\r\n" },
        { "{{#t}}\na\n{{/t}}", "{\"t\": true}", "a\n" },
        { "  {{#t}}\na\n  {{/t}}", "{\"t\": true}", "a\n" },
        { "{{#t}}\n{{/t}}\na", "{\"t\": true}", "a" },
        { " | {{#t}}x{{/t}} | \n", "{\"t\": true}", " | x | \n" },
        { " {{#t}}a{{/t}}\n {{#t}}b{{/t}}\n", "{\"t\": true}", " a\n b\n" },
        { " {{#t}} {{/t}}\n", "{\"t\": true}", "  \n" },
        { "{{#t}} x\n{{/t}}\ny", "{\"t\": true}", " x\ny" },
        { "a {{#t}}\nb{{/t}}\n", "{\"t\": true}", "a \nb\n" },
        { "{{#t}}\r{{/t}}", "{\"t\": true}", "\r" },
        { "{{#l}}\n- {{.}}\n{{/l}}\n", "{\"l\": [1, 2]}", "- 1\n- 2\n" },
        { "{{#a}}\n{{#b}}\nx\n{{/b}}\n{{/a}}\n", "{\"a\": true, \"b\": true}", "x\n" },
        { "  {{t}}  \n", "{\"t\": 1}", "  1  \n" },
        { "{{{t}}}\n{{&t}}\n", "{\"t\": 1}", "1\n1\n" },
        /* comments */
        { "a{{! no }}b", "{}", "ab" },
        { "a {{! no }} b", "{}", "a  b" },
        { "a\n{{! no }}\nb\n", "{}", "a\nb\n" },
        { "a\n  {{! no }}\nb\n", "{}", "a\nb\n" },
        { "a\n{{!\n no\n }}\nb\n", "{}", "a\nb\n" },
        { "a\n{{! no }}", "{}", "a\n" },
        { "{{! any # ^ > sign {{ and name.. }}", "{}", "" },
        { "{{! no }}\r", "{}", "\r" },
        { "  12 {{! no }}\n", "{}", "  12 \n" },
    };
    check(CASES, G_N_ELEMENTS(CASES), TEMPLATE_HTML, TEMPLATE_REFUSE);
}

static const struct {
    const char *template;
    const char *want; /* how the message starts */
} BROKEN[] = {
    { "{{name", "test:1: a tag is not closed" },
    { "a\nb {{", "test:2: a tag is not closed" },
    { "{{{name}}", "test:1: a tag is not closed" },
    { "{{name}", "test:1: a tag is not closed" },
    { "{{}}", "test:1: a tag has no proper name" },
    { "\n\n{{ }}", "test:3: a tag has no proper name" },
    { "{{a b}}", "test:1: a tag has no proper name" },
    { "{{a..b}}", "test:1: a tag has no proper name" },
    { "{{.a}}", "test:1: a tag has no proper name" },
    { "{{a.}}", "test:1: a tag has no proper name" },
    { "{{..}}", "test:1: a tag has no proper name" },
    { "{{a/b}}", "test:1: a tag has no proper name" },
    { "{{ #a}}", "test:1: a tag has no proper name" },
    { "{{#}}{{/}}", "test:1: a tag has no proper name" },
    { "{{\xc3\xa9}}", "test:1: a tag has no proper name" },
    { "{{#a}}\n{{#b}}\n", "test:2: the section \"b\" does not end" },
    { "{{#a}}\n\nx", "test:1: the section \"a\" does not end" },
    { "x\n{{/a}}", "test:2: a section ends that did not start" },
    { "{{#a}}{{/a}}{{/a}}", "test:1: a section ends that did not start" },
    { "{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", "test:3: another section ends than \"b\" of line 2" },
    { "{{#a}}{{/ab}}", "test:1: another section ends than \"a\" of line 1" },
    { "{{#ab}}{{/a}}", "test:1: another section ends than \"ab\" of line 1" },
    { "{{! x\n\n}}\n\n{{> header}}", "test:5: partials" },
    { "{{=<% %>=}}", "test:1: other delimiters" },
    { "bad \xff", "test: a template is UTF-8 text" },
};

static void test_broken_template_is_refused_with_its_line(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(BROKEN); i++) {
        g_test_message("case %zu", i);
        g_autoptr(GError) err = NULL;
        g_autoptr(Template) template = template_compile(
            "test", BROKEN[i].template, strlen(BROKEN[i].template), TEMPLATE_TEXT, &err);

        g_assert_null(template);
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        if (!g_str_has_prefix(err->message, BROKEN[i].want))
            g_assert_cmpstr(err->message, ==, BROKEN[i].want);
    }
    g_autoptr(Template) nul = template_compile("test", "a\0b", 3, TEMPLATE_TEXT, NULL);
    g_assert_null(nul);
}

static const struct {
    const char *template;
    const char *data;
    const char *want;
    bool also_if_empty;
} HOLES[] = {
    { "a\n{{b}}", "{}", "test:2: \"b\" is missing in the data", false },
    { "{{b}}", "{\"b\": null}", "test:1: \"b\" is missing in the data", false },
    { "{{b.c}}", "{\"b\": {}}", "test:1: \"b.c\" is missing in the data", false },
    { "{{#b}}{{/b}}", "{}", "test:1: \"b\" is missing in the data", false },
    { "\n{{^b}}{{/b}}", "{}", "test:2: \"b\" is missing in the data", false },
    { "{{b}}", "{\"b\": {}}", "test:1: \"b\" is no text in the data", true },
    { "{{b}}", "{\"b\": []}", "test:1: \"b\" is no text in the data", true },
    { "{{.}}", "{}", "test:1: \".\" is no text in the data", true },
};

static void test_mail_with_holes_is_refused(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(HOLES); i++) {
        g_test_message("case %zu: %s", i, HOLES[i].template);
        g_autoptr(Template) template = compile(HOLES[i].template, TEMPLATE_TEXT);
        g_autoptr(Json) data = json_of(HOLES[i].data);
        g_autoptr(GError) err = NULL;

        g_autofree char *none = template_render(template, data, TEMPLATE_REFUSE, &err);
        g_assert_null(none);
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        g_assert_cmpstr(err->message, ==, HOLES[i].want);

        g_autofree char *lenient = template_render(template, data, TEMPLATE_EMPTY, NULL);
        g_assert_cmpint(lenient == NULL, ==, HOLES[i].also_if_empty);
    }
}

static void test_size_and_nesting_have_limits(void)
{
    g_autofree char *fits = g_strnfill(TEMPLATE_MAX, 'x');
    g_autofree char *exceeds = g_strnfill(TEMPLATE_MAX + 1, 'x');
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autoptr(GError) err = NULL;

    g_autoptr(Template) largest = compile(fits, TEMPLATE_TEXT);
    g_assert_nonnull(largest);
    g_autoptr(Template)
        none = template_compile("test", exceeds, TEMPLATE_MAX + 1, TEMPLATE_TEXT, &err);
    g_assert_null(none);
    g_clear_error(&err);

    for (int i = 0; i < TEMPLATE_DEPTH_MAX; i++)
        g_string_prepend(g_string_append(deep, "{{/a}}"), "{{#a}}");
    g_autoptr(Template) deepest = compile(deep->str, TEMPLATE_TEXT);
    g_autoptr(Json) data = json_of("{\"a\": true}");
    g_autofree char *got = template_render(deepest, data, TEMPLATE_REFUSE, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(got, ==, "");

    g_string_prepend(g_string_append(deep, "{{/a}}"), "{{#a}}");
    g_autoptr(Template)
        deeper = template_compile("test", deep->str, deep->len, TEMPLATE_TEXT, &err);
    g_assert_null(deeper);
    g_assert_cmpstr(err->message, ==, "test:1: sections are nested too deep");
}

static void assert_render_ends(const char *text, const char *want)
{
    g_autoptr(Template) template = compile(text, TEMPLATE_TEXT);
    g_autoptr(Json) data = json_object();
    g_autoptr(GError) err = NULL;
    Json *list = json_array();

    for (int i = 0; i < 1500; i++)
        json_array_append_new(list, json_true());
    json_object_set_new(data, "l", list);
    g_autofree char *long_text = g_strnfill(100000, 'x');
    json_object_set_new(data, "t", json_string(long_text));

    g_autofree char *got = template_render(template, data, TEMPLATE_REFUSE, &err);
    g_assert_null(got);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_cmpstr(err->message, ==, want);
}

static void test_rendering_ends_whatever_the_template_says(void)
{
    g_autoptr(GString) many = g_string_new("{{#l}}");
    for (int i = 0; i < 1500; i++)
        g_string_append(many, "{{^l}}{{/l}}");
    g_string_append(many, "{{/l}}");

    assert_render_ends(many->str, "test:1: the sections repeat too often");
    assert_render_ends("{{#l}}\n{{#l}}{{/l}}\n{{/l}}", "test:2: the sections repeat too often");
    assert_render_ends("{{#l}}{{t}}{{/l}}",
                       "test:1: the text becomes larger than 16777216 bytes");
    assert_render_ends(
        "{{#l}}{{#l}}01234567890123456789012345678901234567890123456789{{/l}}{{/l}}",
        "test:1: the text becomes larger than 16777216 bytes");
}

static void test_one_template_renders_many_times(void)
{
    g_autoptr(Template) template = compile("{{#l}}{{n}}{{/l}}", TEMPLATE_TEXT);

    for (int i = 0; i < 3; i++) {
        g_autofree char *text = g_strdup_printf("{\"l\": [{\"n\": %d}]}", i);
        g_autofree char *want = g_strdup_printf("%d", i);
        g_autoptr(Json) data = json_of(text);
        g_autofree char *got = template_render(template, data, TEMPLATE_REFUSE, NULL);
        g_assert_cmpstr(got, ==, want);
    }
}

typedef struct {
    char *top;
    char *override;
    char *share;
} Folders;

static void put(const char *dir, const char *language, const char *name, const char *text)
{
    g_autofree char *folder = g_build_filename(dir, language, NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) err = NULL;

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_file_set_contents(path, text, -1, &err);
    g_assert_no_error(err);
}

static void setup(Folders *folders, const void *unused)
{
    folders->top = g_dir_make_tmp("muster-template-XXXXXX", NULL);
    g_assert_nonnull(folders->top);
    folders->override = g_build_filename(folders->top, "override", NULL);
    folders->share = g_build_filename(folders->top, "share", NULL);
    put(folders->share, "en", "hello.txt", "share en");
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_assert_cmpint(g_remove(path), ==, 0);
}

static void teardown(Folders *folders, const void *unused)
{
    remove_tree(folders->top);
    g_free(folders->top);
    g_free(folders->override);
    g_free(folders->share);
}

static char *load_and_render(const Folders *folders, const char *language)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Template) template = template_load(folders->override, folders->share, language,
                                                 "hello.txt", TEMPLATE_TEXT, &err);
    g_assert_no_error(err);
    g_autoptr(Json) data = json_object();
    return template_render(template, data, TEMPLATE_REFUSE, NULL);
}

static void assert_loads(const Folders *folders, const char *language, const char *want)
{
    g_autofree char *got = load_and_render(folders, language);
    g_assert_cmpstr(got, ==, want);
}

static void test_override_goes_before_share_and_language_before_english(Folders *folders,
                                                                        const void *unused)
{
    assert_loads(folders, "en", "share en");
    assert_loads(folders, "pt-BR", "share en");

    put(folders->share, "pt-BR", "hello.txt", "share pt");
    assert_loads(folders, "pt-BR", "share pt");

    put(folders->override, "en", "hello.txt", "override en");
    assert_loads(folders, "en", "override en");
    assert_loads(folders, "pt-BR", "override en");

    put(folders->override, "pt-BR", "hello.txt", "override pt");
    assert_loads(folders, "pt-BR", "override pt");
    assert_loads(folders, "fr", "override en");
}

static void test_broken_override_is_an_error_with_file_and_line(Folders *folders,
                                                                const void *unused)
{
    g_autoptr(GError) err = NULL;
    put(folders->override, "en", "hello.txt", "Hello\n{{name\n");

    g_autoptr(Template) template = template_load(folders->override, folders->share, "en",
                                                 "hello.txt", TEMPLATE_TEXT, &err);
    g_assert_null(template);
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_autofree char *want = g_strconcat(folders->override,
                                        "/en/hello.txt:2: a tag is not closed", NULL);
    g_assert_cmpstr(err->message, ==, want);
}

static void test_override_that_cannot_be_read_is_an_error(Folders *folders, const void *unused)
{
    g_autoptr(GError) err = NULL;
    put(folders->override, "en/hello.txt", "file", ""); /* a folder where a file should be */

    g_autoptr(Template) template = template_load(folders->override, folders->share, "en",
                                                 "hello.txt", TEMPLATE_TEXT, &err);
    g_assert_null(template);
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
}

static void test_template_that_is_nowhere_is_not_found(Folders *folders, const void *unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Template) template = template_load(NULL, folders->share, "en", "nothing.txt",
                                                 TEMPLATE_TEXT, &err);

    g_assert_null(template);
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_name_does_not_lead_out_of_the_folder(Folders *folders, const void *unused)
{
    static const char *const NAMES[][2] = {
        { "en", "../en/hello.txt" }, { "en", "" },           { "", "hello.txt" },
        { "..", "hello.txt" },       { ".", "hello.txt" },   { "en/", "hello.txt" },
        { "../share/en", "x" },      { "en", ".hello.txt" }, { "en", "a\nb" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(Template) template = template_load(NULL, folders->share, NAMES[i][0],
                                                     NAMES[i][1], TEMPLATE_TEXT, &err);
        g_assert_null(template);
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void add_folder_test(const char *name, void (*test)(Folders *, const void *))
{
    g_test_add(name, Folders, NULL, setup, test, teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/template/values", test_values_fill_the_holes);
    g_test_add_func("/template/html", test_html_is_escaped_unless_raw);
    g_test_add_func("/template/sections", test_sections_are_skipped_entered_or_repeated);
    g_test_add_func("/template/names", test_names_are_looked_for_from_the_inside);
    g_test_add_func("/template/standalone", test_tag_alone_on_its_line_takes_the_line_along);
    g_test_add_func("/template/broken", test_broken_template_is_refused_with_its_line);
    g_test_add_func("/template/holes", test_mail_with_holes_is_refused);
    g_test_add_func("/template/limits", test_size_and_nesting_have_limits);
    g_test_add_func("/template/bounded", test_rendering_ends_whatever_the_template_says);
    g_test_add_func("/template/many", test_one_template_renders_many_times);
    add_folder_test("/template/load/order",
                    test_override_goes_before_share_and_language_before_english);
    add_folder_test("/template/load/broken",
                    test_broken_override_is_an_error_with_file_and_line);
    add_folder_test("/template/load/unreadable", test_override_that_cannot_be_read_is_an_error);
    add_folder_test("/template/load/absent", test_template_that_is_nowhere_is_not_found);
    add_folder_test("/template/load/escape", test_name_does_not_lead_out_of_the_folder);
    return g_test_run();
}
