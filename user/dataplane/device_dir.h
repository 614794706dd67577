/* SPDX-License-Identifier: BSD-2-Clause */
/* The directories of devices: names and paths that the files about devices share. For them alone. */
#ifndef VOXDP_DATAPLANE_DEVICE_DIR_H
#define VOXDP_DATAPLANE_DEVICE_DIR_H

#include <dirent.h>

#include "dataplane/state.h"
#include "lib/failure.h"

#define PARTIAL_SUFFIX "_partial"

/* Pins of a device. A program in a dispatcher has no link of ours. */
#define PIN_LINK "link"
#define PIN_PROG "prog"
#define PIN_COUNTERS "vx_counters"
#define PIN_SIP "vx_sip"
#define PIN_DEVICE "vx_device"

/* devices/@dir/@pin; both may be NULL. */
void device_path(const struct state *state, const char *dir, const char *pin, char path[STATE_PATH_MAX]);

enum device_directory { DIRECTORY_FOREIGN, DIRECTORY_PARTIAL, DIRECTORY_DEVICE };
enum device_directory device_directory_kind(const char *name);

/* Opens devices/ for reading; @ret is NULL where there is none. */
int device_directory_open(const struct state *state, DIR **ret, struct failure *failure);
void device_directory_closep(DIR **dir);

/* Takes off whatever a partial device still holds, then removes its directory. */
int device_partial_remove(const struct state *state, const char *dir, struct failure *failure);

#endif
