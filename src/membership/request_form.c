#include "membership/request_form.h"

#include "membership/form.h"
#include "membership/request_check.h"

static void add_contact(Form *form, const RequestContact *contact)
{
    FormContact *to = form_add_contact(form);
    g_autofree char *name = request_contact_name(contact);
    to->answers[FORM_NAME] = *name != '\0' ? g_strdup(name) : NULL;
    to->answers[FORM_MOBILE] = g_strdup(contact->mobile);
    to->answers[FORM_EMAIL] = g_strdup(contact->primary);
    to->answers[FORM_SECONDARY] = g_strdup(contact->secondary);
    to->answers[FORM_OLD_EMAIL] = g_strdup(contact->whose);
}

static char *filled_form(const Request *request, const GPtrArray *contacts)
{
    g_autoptr(Form) form = form_new();
    g_ptr_array_add(form->tlds, g_strconcat(".", request->u_label, NULL));
    form->has_kind = true;
    form->kind = request->kind;
    for (guint i = 0; i < contacts->len; i++)
        add_contact(form, contacts->pdata[i]);
    return form_write(form, 1, request->language);
}

static json_t *line_of(int64_t position, const char *name, const char *text)
{
    json_t *line = json_object();
    json_object_set_new(line, "position", json_integer(position));
    json_object_set_new(line, name, json_string(text));
    return line;
}

static void add_missing(json_t *list, const Request *request, const RequestContact *contact)
{
    unsigned missing = request_missing(request->kind, contact);
    for (unsigned i = 0; i < FORM_FIELDS; i++) {
        if ((missing & 1U << i) != 0)
            (void) json_array_append_new(
                list, line_of(contact->position, "field",
                              form_field_name((FormField) i, request->language)));
    }
}

json_t *request_form_data(const Request *request, const GPtrArray *contacts)
{
    static const RequestContact NOBODY = { .position = 1 };
    g_autofree char *form = filled_form(request, contacts);
    json_t *missing = json_array();
    json_t *problems = json_array();
    if (contacts->len == 0)
        add_missing(missing, request, &NOBODY);
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        add_missing(missing, request, contact);
        if (contact->problem != NULL)
            (void) json_array_append_new(
                problems, line_of(contact->position, "problem", contact->problem));
    }
    json_t *data = json_object();
    json_object_set_new(data, "missing", missing);
    json_object_set_new(data, "problems", problems);
    json_object_set_new(data, "form", json_string(form));
    return data;
}

char *request_form_missing(const Request *request, const GPtrArray *contacts)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < contacts->len; i++) {
        const RequestContact *contact = contacts->pdata[i];
        unsigned missing = request_missing(request->kind, contact);
        for (unsigned k = 0; k < FORM_FIELDS; k++) {
            if ((missing & 1U << k) != 0)
                g_string_append_printf(text, "%scontact %" G_GINT64_FORMAT ": %s",
                                       text->len > 0 ? "; " : "", contact->position,
                                       form_field_name((FormField) k, "en"));
        }
        if (contact->problem != NULL)
            g_string_append_printf(text, "%scontact %" G_GINT64_FORMAT ": %s",
                                   text->len > 0 ? "; " : "", contact->position,
                                   contact->problem);
    }
    return g_string_free(text, FALSE);
}
