/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the service manager how the daemon is, by the protocol of sd_notify(3): a datagram to the socket that
 * NOTIFY_SOCKET names. The protocol is stable and small, so no library is needed for it. Without a service manager all
 * of this does nothing.
 */
#ifndef VOXDP_SERVE_NOTIFY_H
#define VOXDP_SERVE_NOTIFY_H

#include <stdint.h>

/* Sends `STATUS=...` with @state, one or more assignments, in front: "READY=1\n". */
void notify_status(const char *state, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* RELOADING=1 with the time at which the reload began; notify_status("READY=1\n", ...) ends it. */
void notify_reloading(void);
void notify_stopping(void);
/* The daemon is alive; to be said at least every notify_watchdog_us(). */
void notify_alive(void);

/* Half the time after which the service manager takes the daemon for dead; 0: it does not watch. */
uint64_t notify_watchdog_us(void);

#endif
