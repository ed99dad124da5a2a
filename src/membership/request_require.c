#include "membership/request_require.h"

#include "base/text.h"
#include "directory/person.h"

/* What setting down works on. */
typedef struct {
    const Work *work;
    const Request *request;
    const GPtrArray *contacts; /* RequestContact * */
    const RequestCheck *check;
    const GPtrArray *before; /* RequestNeed *: those there are; NULL if there are none */
    guint added;
} Requiring;

/* Whether there is one like it already. What people see to is told apart by what they are to
 * see. */
static bool is_there(Requiring *on, const RequestNeed *need)
{
    for (guint i = 0; on->before != NULL && i < on->before->len; i++) {
        const RequestNeed *one = on->before->pdata[i];
        if (one->way == need->way && one->kind == need->kind &&
            one->position == need->position &&
            (need->kind != NEED_ADDRESS || g_strcmp0(one->subject, need->subject) == 0) &&
            (need->kind != NEED_SECRETARIAT || g_strcmp0(one->about, need->about) == 0))
            return true;
    }
    return false;
}

/* Takes about. */
static bool add_need(Requiring *on, RequestNeedBit kind, int64_t way, int64_t position,
                     const char *subject, char *about, GError **err)
{
    RequestNeed need = {
        .request_id = on->request->number,
        .way = way,
        .kind = kind,
        .position = position,
        .subject = (char *) (uintptr_t) subject,
        .state = NEED_STATE_WAITING,
        .about = about,
    };
    bool is_known = is_there(on, &need);
    bool is_added = is_known || request_need_insert(on->work->db, &need, err);
    on->added += is_known ? 0 : 1;
    g_free(about);
    return is_added;
}

/* What is needed beside is needed of those whom it is about. */
static bool is_meant(const Requiring *on, RequestNeedBit kind, int64_t way,
                     const RequestContact *contact)
{
    if (way != 0)
        return true;
    return kind == NEED_PHONE ? contact->secondary != NULL
                              : request_check_is_shared(on->check, contact);
}

/* Of a need about people there is one for each of them. */
static bool add_for_each(Requiring *on, RequestNeedBit kind, int64_t way, GError **err)
{
    for (guint i = 0; i < on->contacts->len; i++) {
        const RequestContact *contact = on->contacts->pdata[i];
        if (is_meant(on, kind, way, contact) &&
            !add_need(on, kind, way, contact->position, NULL, NULL, err))
            return false;
    }
    return true;
}

static bool is_on_file(const Requiring *on, const char *address, bool *ret_is, GError **err)
{
    g_autoptr(Person) owner = NULL;
    if (!person_find_by_address(on->work->db, address, &owner, err))
        return false;
    *ret_is = owner != NULL;
    return true;
}

static bool add_addresses(Requiring *on, GError **err)
{
    for (guint i = 0; i < on->contacts->len; i++) {
        const RequestContact *contact = on->contacts->pdata[i];
        const char *addresses[] = { contact->primary, contact->secondary };
        for (size_t k = 0; k < G_N_ELEMENTS(addresses); k++) {
            bool is_known = true;
            if (addresses[k] != NULL && !is_on_file(on, addresses[k], &is_known, err))
                return false;
            if (!is_known &&
                !add_need(on, NEED_ADDRESS, 0, contact->position, addresses[k], NULL, err))
                return false;
        }
    }
    return true;
}

static bool add_one(Requiring *on, RequestNeedBit kind, int64_t way, GError **err)
{
    switch (kind) {
    case NEED_OWNER:
    case NEED_PHONE:
        return add_for_each(on, kind, way, err);
    case NEED_ADDRESS:
        return add_addresses(on, err);
    case NEED_DECISION:
        return add_need(on, kind, way, 0, NULL, text_join(on->check->grey), err);
    case NEED_SECRETARIAT:
        return add_need(on, kind, way, 0, NULL, text_join(on->check->looks), err);
    case NEED_AUTHORITY:
    case NEED_OBJECTION:
    default:
        return add_need(on, kind, way, 0, NULL, NULL, err);
    }
}

static bool add_set(Requiring *on, unsigned set, int64_t way, GError **err)
{
    for (unsigned i = 0; i < NEEDS; i++) {
        if ((set & 1U << i) != 0 && !add_one(on, (RequestNeedBit) (1U << i), way, err))
            return false;
    }
    return true;
}

static bool has_empty_way(const PolicyNeeds *needs)
{
    for (size_t i = 0; i < needs->n_ways; i++) {
        if (needs->ways[i] == 0)
            return true;
    }
    return false;
}

static bool add_needs(Requiring *on, const PolicyNeeds *needs, GError **err)
{
    for (size_t i = 0; !has_empty_way(needs) && i < needs->n_ways; i++) {
        if (!add_set(on, needs->ways[i], (int64_t) i + 1, err))
            return false;
    }
    return add_set(on, needs->always, 0, err);
}

/* What the policy has to know of a request beside what was found in the directory. */
static PolicyRequest facts_of(const Work *work, const Request *request,
                              const RequestCheck *check)
{
    PolicyRequest facts = check->facts;
    facts.asker = request->asker;
    facts.has_evidence = request->evidence != NULL;
    facts.is_copied = request->is_copied;
    facts.technical_may_ask = work->config->technical_contact_may_request;
    facts.silence_consents = work->config->objection_days > 0;
    return facts;
}

bool request_require(const Work *work, Request *request, const GPtrArray *contacts,
                     const RequestCheck *check, GError **err)
{
    const PolicyRequest facts = facts_of(work, request, check);
    const PolicyNeeds needs = request_policy(&facts);
    Requiring on = { work, request, contacts, check, NULL, 0 };
    g_free(request->rule);
    request->rule = g_strdup(needs.rule);
    return add_needs(&on, &needs, err);
}

bool request_require_more(const Work *work, const Request *request, const GPtrArray *contacts,
                          const RequestCheck *check, const GPtrArray *before, bool *ret_is_more,
                          GError **err)
{
    const PolicyRequest facts = facts_of(work, request, check);
    const PolicyNeeds needs = request_policy(&facts);
    Requiring on = { work, request, contacts, check, before, 0 };
    if (!add_set(&on, needs.always, 0, err))
        return false;
    *ret_is_more = on.added > 0;
    return true;
}
