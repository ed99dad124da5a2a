/* The courier's text messages. A gateway may keep one waiting, and mail must not wait with it:
 * so a child of the courier sends them, this program started anew with a connection to the
 * store of its own. It claims under the courier's name, one message at a time, and ends when
 * nothing is due. */
#pragma once

#include "daemon/role.h"

/* The first argument of the program that makes it such a child; then come the configuration and
 * the name to claim under. */
#define SMS_ARGUMENT "send-sms"

typedef struct SmsTimer SmsTimer;

/* The context is borrowed. */
SmsTimer *sms_timer_new(const RoleContext *context);

/* Ends what is at work. */
void sms_timer_free(SmsTimer *timer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmsTimer, sms_timer_free)

/* There may be something new to send. */
void sms_timer_wake(SmsTimer *timer);

/* Ends what has expired, starts a child if something is due and may_start, and looks after the
 * one that is at work. Cheap when there is nothing to do. Errors are those of the store. */
bool sms_timer_run(SmsTimer *timer, Db *db, bool may_start, int64_t now_ms, GError **err);

/* When to come again, of role_ticks_ms. */
int64_t sms_timer_due_ms(const SmsTimer *timer);

/* A descriptor that becomes readable when the child has ended; -1 if none is at work. */
int sms_timer_fd(const SmsTimer *timer);

/* Tells the child to end after the message that it is sending. */
void sms_timer_stop(SmsTimer *timer);

/* Breaks off what it is at; that is looked after as any other end. */
void sms_timer_kill(SmsTimer *timer);

/* What main() does when its first argument is SMS_ARGUMENT. Ends the process. */
_Noreturn void sms_child_main(const char *config_file, const char *owner);
