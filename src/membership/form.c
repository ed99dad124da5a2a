#include "membership/form.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "directory/person.h"
#include "membership/form_words.h"

/* What was answered, and how deep in quotations: the less deep, the newer it is. */
typedef struct {
    char *text; /* NULL: nothing yet */
    unsigned depth;
    bool is_conflict; /* another at the same depth says something else */
} Answer;

typedef struct {
    Answer answers[FORM_FIELDS];
} DraftContact;

/* A form on its way. */
typedef struct {
    GPtrArray *tlds; /* char * */
    unsigned tlds_depth;
    Answer kind;
    GPtrArray *contacts; /* DraftContact * */
    GPtrArray *notes;
    GPtrArray *conflicts;
    const char *language;
    unsigned fields; /* of ours that it has, also those without an answer */
    bool has_head;   /* a field for the TLD or the kind is among them */
} Draft;

typedef struct {
    FormWords *words;
    GPtrArray *drafts; /* Draft * */
    Draft *draft;      /* the current one; borrowed */
    guint contact;     /* the current one, from 1; 0: none yet */
    unsigned depth;    /* of the line */
    bool is_signature; /* below its mark, where fields are nobody's answers */
    bool was_note;     /* the last field was none of ours */
} Reader;

static void draft_contact_free(gpointer data)
{
    DraftContact *contact = data;
    for (size_t i = 0; i < FORM_FIELDS; i++)
        g_free(contact->answers[i].text);
    g_free(contact);
}

static void draft_free(gpointer data)
{
    Draft *draft = data;
    g_ptr_array_unref(draft->tlds);
    g_ptr_array_unref(draft->contacts);
    g_ptr_array_unref(draft->notes);
    g_ptr_array_unref(draft->conflicts);
    g_free(draft->kind.text);
    g_free(draft);
}

static Draft *begin_draft(Reader *reader)
{
    Draft *draft = g_new0(Draft, 1);
    draft->tlds = g_ptr_array_new_with_free_func(g_free);
    draft->contacts = g_ptr_array_new_with_free_func(draft_contact_free);
    draft->notes = g_ptr_array_new_with_free_func(g_free);
    draft->conflicts = g_ptr_array_new_with_free_func(g_free);
    draft->language = "en";
    draft->tlds_depth = reader->depth;
    g_ptr_array_add(reader->drafts, draft);
    reader->draft = draft;
    reader->contact = 0;
    return draft;
}

static Draft *current(Reader *reader)
{
    return reader->draft != NULL ? reader->draft : begin_draft(reader);
}

static bool may_begin(const Reader *reader)
{
    return reader->drafts->len < FORMS_MAX;
}

/* Lines */

static const char *next_char(const char *at)
{
    return at + g_utf8_skip[*(const guchar *) at];
}

/* Steps over quotation marks, and counts them. */
static const char *skip_quotes(const char *line, unsigned *ret_depth)
{
    *ret_depth = 0;
    for (;; line++) {
        if (*line == '>' || *line == '|')
            (*ret_depth)++;
        else if (*line != ' ' && *line != '\t')
            return line;
    }
}

/* "1.", "2)", "-", "*", a bullet: what people and programs put before a field. */
static const char *skip_bullets(const char *line)
{
    const char *at = line;
    while (g_ascii_isdigit(*at))
        at++;
    if (at > line && (*at == '.' || *at == ')'))
        line = at + 1;
    for (;;) {
        gunichar c = g_utf8_get_char(line);
        bool is_mark = c != '\0' && c < 0x80 && strchr(" \t*_-#", (int) c) != NULL;
        if (!is_mark && c != 0x2022 && c != 0xb7 && c != 0x25aa && c != 0xa0)
            return line;
        line = next_char(line);
    }
}

/* The colon that ends the name of a field, in any of its shapes; NULL if there is none near. */
static const char *find_colon(const char *line, const char **ret_after)
{
    static const gunichar COLONS[] = { ':', 0xff1a, 0xfe55, 0xfe13, 0x2236, 0xa789 };
    const char *end = line;
    for (int n = 0; n < FORM_NAME_MAX && *end != '\0'; n++) {
        gunichar c = g_utf8_get_char(end);
        for (size_t i = 0; i < G_N_ELEMENTS(COLONS); i++) {
            if (c == COLONS[i]) {
                *ret_after = next_char(end);
                return end;
            }
        }
        end = next_char(end);
    }
    return NULL;
}

/* A clean answer; NULL if it says that there is none. */
static char *clean_answer(const char *text)
{
    static const char *const NONE[] = { "-", "--", "none", "n/a", "na", "nil", "...", "." };
    g_autofree char *cut = g_strndup(text, strnlen(text, FORM_ANSWER_MAX));
    const char *end = NULL;
    if (!g_utf8_validate(cut, -1, &end))
        cut[end - cut] = '\0';
    g_autofree char *clean = text_clean(cut, NULL);
    char *start = clean + strspn(clean, "*_ ");
    size_t size = strlen(start);
    while (size > 0 && strchr("*_ ", start[size - 1]) != NULL)
        start[--size] = '\0';
    g_autofree char *lower = g_ascii_strdown(start, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(NONE); i++) {
        if (g_str_equal(lower, NONE[i]))
            return NULL;
    }
    return *start != '\0' ? g_strdup(start) : NULL;
}

/* "Jane <jane@nic.example>", "mailto:jane@nic.example": the address in it. */
static char *take_address(char *answer)
{
    g_autoptr(GString) folded = g_string_new(answer);
    g_string_replace(folded, "\xef\xbc\xa0", "@", 0); /* U+FF20, as input methods give it */
    g_auto(GStrv) parts = g_strsplit_set(folded->str, " <>[]()\",;", -1);
    char *found = NULL;
    for (char **part = parts; *part != NULL && found == NULL; part++) {
        const char *start = g_str_has_prefix(*part, "mailto:") ? *part + strlen("mailto:")
                                                               : *part;
        if (strchr(start, '@') != NULL)
            found = g_strdup(start);
    }
    if (found == NULL)
        return answer;
    g_free(answer);
    return found;
}

/* Answers */

/* Puts an answer in its place. The one that is quoted less counts; two of one depth that differ
 * are a conflict. Takes text. */
static void put(Reader *reader, Answer *answer, char *text, const char *name)
{
    bool is_newer = answer->text == NULL || reader->depth < answer->depth;
    if (is_newer) {
        g_free(answer->text);
        answer->text = text;
        answer->depth = reader->depth;
        answer->is_conflict = false;
        return;
    }
    GPtrArray *conflicts = reader->draft->conflicts;
    if (reader->depth == answer->depth && !g_str_equal(answer->text, text)) {
        answer->is_conflict = true;
        if (conflicts->len < FORM_CONFLICTS_MAX)
            g_ptr_array_add(conflicts,
                            g_strdup_printf("%s: \"%s\" and \"%s\"", name, answer->text, text));
    }
    g_free(text);
}

static void put_tlds(Reader *reader, const char *answer)
{
    Draft *draft = current(reader);
    g_auto(GStrv) parts = g_strsplit_set(answer, " ,;/&+", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *lower = g_utf8_strdown(*part, -1);
        bool is_word = g_str_equal(lower, "and") || g_str_equal(lower, "و");
        if (*lower == '\0' || is_word || draft->tlds->len >= FORM_TLDS_MAX ||
            g_ptr_array_find_with_equal_func(draft->tlds, lower, g_str_equal, NULL))
            continue;
        g_ptr_array_add(draft->tlds, g_steal_pointer(&lower));
    }
}

/* Whether a draft is about the TLD that an answer names first. */
static Draft *draft_about(const Reader *reader, const char *answer)
{
    g_autofree char *start = g_strndup(answer, strcspn(answer, " ,;/&+"));
    g_autofree char *lower = g_utf8_strdown(start, -1);
    for (guint i = 0; i < reader->drafts->len; i++) {
        Draft *draft = reader->drafts->pdata[i];
        if (g_ptr_array_find_with_equal_func(draft->tlds, lower, g_str_equal, NULL))
            return draft;
    }
    return NULL;
}

/* A TLD that is there already names the form that goes on; another one begins a form, once
 * there are contacts. */
static void take_tld(Reader *reader, const char *answer)
{
    Draft *about = draft_about(reader, answer);
    if (about != NULL) {
        reader->draft = about;
        reader->contact = 0;
        return;
    }
    if (reader->draft != NULL && reader->draft->tlds->len > 0 &&
        reader->depth > reader->draft->tlds_depth)
        return; /* an older form of other TLDs below */
    if (reader->draft != NULL && reader->draft->tlds->len > 0 &&
        reader->draft->contacts->len > 0 && may_begin(reader))
        begin_draft(reader);
    put_tlds(reader, answer);
}

static void take_kind(Reader *reader, char *answer)
{
    Draft *draft = current(reader);
    RequestKind kind;
    bool is_known = form_words_find_kind(reader->words, answer, &kind);
    bool is_other = draft->kind.text != NULL && draft->kind.depth == reader->depth &&
                    draft->contacts->len > 0;
    if (is_known && is_other && may_begin(reader))
        draft = begin_draft(reader);
    put(reader, &draft->kind, answer, "Request");
}

/* The contact that an answer belongs to: another one, where this one has the answer already. */
static DraftContact *contact_for(Reader *reader, FormField field)
{
    Draft *draft = current(reader);
    if (reader->contact == 0)
        reader->contact = 1;
    while (draft->contacts->len < reader->contact)
        g_ptr_array_add(draft->contacts, g_new0(DraftContact, 1));
    DraftContact *contact = draft->contacts->pdata[reader->contact - 1];
    const Answer *there = &contact->answers[field];
    bool begins = field == FORM_NAME || field == FORM_GIVEN_NAME;
    if (begins && there->text != NULL && there->depth == reader->depth &&
        reader->contact < FORM_CONTACTS_MAX) {
        reader->contact++;
        return contact_for(reader, field);
    }
    return contact;
}

static void take_field(Reader *reader, FormField field, char *answer)
{
    DraftContact *contact = contact_for(reader, field);
    bool is_address = field == FORM_EMAIL || field == FORM_SECONDARY || field == FORM_OLD_EMAIL;
    if (is_address)
        answer = take_address(answer);
    put(reader, &contact->answers[field], answer, form_field_name(field, "en"));
}

/* "Contact 2", with a number in the digits of any script; without one it is the next. */
static void take_contact(Reader *reader, const char *line)
{
    Draft *draft = current(reader);
    gunichar c = 0;
    guint number = 0;
    for (const char *at = line; (c = g_utf8_get_char(at)) != '\0'; at = next_char(at)) {
        if (g_unichar_isdigit(c))
            number = MIN(number * 10 + (guint) g_unichar_digit_value(c), FORM_CONTACTS_MAX + 1);
    }
    if (number == 0)
        number = reader->contact + 1;
    reader->contact = CLAMP(number, 1, FORM_CONTACTS_MAX);
    draft->fields++;
}

static void take_note(Reader *reader, const char *name, const char *answer)
{
    Draft *draft = reader->draft;
    if (draft == NULL || !draft->has_head || draft->notes->len >= FORM_NOTES_MAX ||
        reader->depth > draft->tlds_depth)
        return;
    g_autofree char *clean = clean_answer(answer);
    if (clean == NULL)
        return;
    g_autofree char *line = g_strconcat(name, ": ", clean, NULL);
    char *note = clean_answer(line);
    if (note != NULL)
        g_ptr_array_add(draft->notes, note);
}

/* Quotations of another depth are another text: they begin with the first form and contact. */
static void enter_depth(Reader *reader, unsigned depth)
{
    if (depth == reader->depth)
        return;
    reader->depth = depth;
    reader->contact = 0;
    reader->is_signature = false;
    if (reader->drafts->len > 0)
        reader->draft = reader->drafts->pdata[0];
}

/* Takes answer, which is NULL if there is none. */
static void take_word(Reader *reader, const FormWord *word, char *answer)
{
    Draft *draft = current(reader);
    if (g_str_equal(draft->language, "en"))
        draft->language = word->language;
    if (word->kind == FORM_WORD_TLD && answer != NULL)
        take_tld(reader, answer);
    else if (word->kind == FORM_WORD_REQUEST && answer != NULL)
        take_kind(reader, g_strdup(answer));
    else if (word->kind == FORM_WORD_FIELD && answer != NULL)
        take_field(reader, word->field, g_strdup(answer));
    draft = reader->draft;
    draft->fields++;
    draft->has_head = draft->has_head || word->kind != FORM_WORD_FIELD;
    g_free(answer);
}

/* Whether a line is a field or begins a contact, so that it is no answer to the one before. */
static bool is_field(const Reader *reader, const char *line)
{
    FormWord word;
    const char *after = NULL;
    const char *colon = find_colon(line, &after);
    g_autofree char *name = colon != NULL ? g_strndup(line, (size_t) (colon - line))
                                          : g_strndup(line, strnlen(line, FORM_NAME_MAX));
    return form_words_find(reader->words, name, &word) &&
           (colon != NULL || word.kind == FORM_WORD_CONTACT);
}

/* The answer behind a colon, or in the line below if nothing stands there. *ret_used is whether
 * that line was used. */
static char *answer_of(const Reader *reader, const char *after, const char *next,
                       bool *ret_used)
{
    char *answer = clean_answer(after);
    unsigned depth = 0;
    const char *below = next != NULL ? skip_quotes(next, &depth) : "";
    bool is_empty = after[strspn(after, " \t*_")] == '\0';
    *ret_used = false;
    if (!is_empty || *below == '\0' || depth != reader->depth)
        return answer;
    const char *line = skip_bullets(below);
    const char *ignored = NULL;
    if (is_field(reader, line) || find_colon(line, &ignored) != NULL)
        return answer;
    *ret_used = true;
    return clean_answer(line);
}

/* What parts a signature from a mail (RFC 3676 section 4.3), also where its space got lost. The
 * telephone number in it answers nothing; a form may stand below, though. */
static bool is_signature_mark(const char *line)
{
    return g_str_equal(line, "-- ") || g_str_equal(line, "--");
}

/* Reads one line; true if the next one was its answer. */
static bool read_line(Reader *reader, const char *raw, const char *next)
{
    unsigned depth = 0;
    const char *unquoted = skip_quotes(raw, &depth);
    const char *line = skip_bullets(unquoted);
    const char *after = NULL;
    FormWord word;
    bool is_used = false;
    if (is_signature_mark(unquoted)) {
        enter_depth(reader, depth);
        reader->is_signature = true;
        return false;
    }
    if (*line == '\0')
        return false;
    const char *colon = find_colon(line, &after);
    g_autofree char *name = g_strndup(line, colon != NULL ? (size_t) (colon - line)
                                                          : strnlen(line, FORM_NAME_MAX));
    bool is_known = form_words_find(reader->words, name, &word);
    if (!is_known || (colon == NULL && word.kind != FORM_WORD_CONTACT)) {
        if (colon != NULL)
            take_note(reader, name, after);
        return false;
    }
    enter_depth(reader, depth);
    bool is_head = word.kind == FORM_WORD_TLD || word.kind == FORM_WORD_REQUEST;
    reader->is_signature = reader->is_signature && !is_head;
    if (reader->is_signature)
        return false;
    if (word.kind == FORM_WORD_CONTACT) {
        take_contact(reader, line);
        return false;
    }
    char *answer = answer_of(reader, after, next, &is_used);
    take_word(reader, &word, answer);
    return is_used;
}

/* The result */

static void form_contact_free(gpointer data)
{
    FormContact *contact = data;
    for (size_t i = 0; i < FORM_FIELDS; i++)
        g_free(contact->answers[i]);
    g_free(contact);
}

void form_free(Form *form)
{
    if (form == NULL)
        return;
    g_ptr_array_unref(form->tlds);
    g_ptr_array_unref(form->contacts);
    g_ptr_array_unref(form->notes);
    g_ptr_array_unref(form->conflicts);
    g_free(form->kind_text);
    g_free(form);
}

Form *form_new(void)
{
    Form *form = g_new0(Form, 1);
    form->tlds = g_ptr_array_new_with_free_func(g_free);
    form->contacts = g_ptr_array_new_with_free_func(form_contact_free);
    form->notes = g_ptr_array_new_with_free_func(g_free);
    form->conflicts = g_ptr_array_new_with_free_func(g_free);
    form->language = "en";
    return form;
}

FormContact *form_add_contact(Form *form)
{
    FormContact *contact = g_new0(FormContact, 1);
    g_ptr_array_add(form->contacts, contact);
    return contact;
}

static void move_strings(GPtrArray *from, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_steal_pointer(&from->pdata[i]));
}

static bool has_answer(const DraftContact *contact)
{
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        if (contact->answers[i].text != NULL)
            return true;
    }
    return false;
}

static void move_contacts(Draft *draft, Form *form)
{
    for (guint i = 0; i < draft->contacts->len; i++) {
        DraftContact *from = draft->contacts->pdata[i];
        if (!has_answer(from))
            continue;
        FormContact *to = form_add_contact(form);
        /* Neither of two answers is one: what was said in two ways has to be said again. */
        for (size_t k = 0; k < FORM_FIELDS; k++) {
            if (!from->answers[k].is_conflict)
                to->answers[k] = g_steal_pointer(&from->answers[k].text);
        }
    }
}

static Form *finish_draft(const FormWords *words, Draft *draft)
{
    Form *form = form_new();
    move_strings(draft->tlds, form->tlds);
    move_strings(draft->notes, form->notes);
    move_strings(draft->conflicts, form->conflicts);
    move_contacts(draft, form);
    form->language = draft->language;
    form->kind_text = g_steal_pointer(&draft->kind.text);
    form->has_kind = form->kind_text != NULL &&
                     form_words_find_kind(words, form->kind_text, &form->kind);
    return form;
}

/* Words with a colon are no form yet: it has its head, one field more, and some answer. */
static bool is_form(const Draft *draft)
{
    bool has_answers = draft->tlds->len > 0 || draft->contacts->len > 0;
    return draft->has_head && draft->fields >= 2 && has_answers;
}

GPtrArray *form_read(const char *text)
{
    g_autoptr(FormWords) words = form_words_new();
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func(draft_free);
    GPtrArray *forms = g_ptr_array_new_with_free_func((GDestroyNotify) form_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Reader reader = { .words = words, .drafts = drafts };

    for (size_t i = 0; lines[i] != NULL && i < FORM_LINES_MAX; i++) {
        if (read_line(&reader, lines[i], lines[i + 1]))
            i++;
    }
    for (guint i = 0; i < drafts->len; i++) {
        if (is_form(drafts->pdata[i]))
            g_ptr_array_add(forms, finish_draft(words, drafts->pdata[i]));
    }
    return forms;
}

/* Writing */

static void write_field(GString *text, const char *name, const char *answer)
{
    g_string_append_printf(text, "%s:%s%s\n", name, answer != NULL ? " " : "",
                           answer != NULL ? answer : "");
}

static void write_contact(GString *text, const FormContact *contact, guint number,
                          const char *language)
{
    static const FormContact EMPTY = { { NULL } };
    const FormContact *filled = contact != NULL ? contact : &EMPTY;
    g_string_append_printf(text, "%s %u\n", form_word_contact(language), number);
    for (size_t i = 0; i < FORM_FIELDS; i++) {
        bool is_always = i == FORM_NAME || i == FORM_MOBILE || i == FORM_EMAIL ||
                         i == FORM_SECONDARY;
        bool has_parts = filled->answers[FORM_GIVEN_NAME] != NULL ||
                         filled->answers[FORM_FAMILY_NAME] != NULL;
        if (filled->answers[i] != NULL || (is_always && !(i == FORM_NAME && has_parts)))
            write_field(text, form_field_name((FormField) i, language), filled->answers[i]);
    }
}

char *form_write(const Form *form, guint min_contacts, const char *language)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GString) tlds = g_string_new(NULL);
    for (guint i = 0; i < form->tlds->len; i++)
        g_string_append_printf(tlds, "%s%s", i > 0 ? ", " : "", (char *) form->tlds->pdata[i]);
    const char *kind = form->has_kind ? form_word_kind(form->kind, language) : form->kind_text;
    write_field(text, form_word_tld(language), tlds->len > 0 ? tlds->str : NULL);
    write_field(text, form_word_request(language), kind);
    for (guint i = 0; i < MAX(form->contacts->len, min_contacts); i++)
        write_contact(text, i < form->contacts->len ? form->contacts->pdata[i] : NULL, i + 1,
                      language);
    return g_string_free(text, FALSE);
}

void form_names(const FormContact *contact, char **ret_given, char **ret_family)
{
    *ret_given = g_strdup(contact->answers[FORM_GIVEN_NAME]);
    *ret_family = g_strdup(contact->answers[FORM_FAMILY_NAME]);
    if (*ret_given == NULL && *ret_family == NULL && contact->answers[FORM_NAME] != NULL)
        person_split_name(contact->answers[FORM_NAME], ret_given, ret_family);
}
