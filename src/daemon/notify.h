/* Tells the service manager how we are (sd_notify(3)), if one asked for it. */
#pragma once

#include <stdint.h>

/* State is lines like "READY=1". Without NOTIFY_SOCKET in the environment nothing happens, and
 * neither do errors: the manager has a time-out of its own. */
void notify_state(const char *state);

/* How often the manager wants to hear "WATCHDOG=1" (WatchdogSec=), in milliseconds and with
 * time to spare; 0 if it does not. */
int64_t notify_watchdog_ms(void);
