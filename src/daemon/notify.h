/* Tells the service manager how we are (sd_notify(3)), if one asked for it. */
#pragma once

/* State is lines like "READY=1". Without NOTIFY_SOCKET in the environment nothing happens, and
 * neither do errors: the manager has a time-out of its own. */
void notify_state(const char *state);
