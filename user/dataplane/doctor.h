/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at what voxdp needs here: each finding with the command that mends it. Changes nothing. */
#ifndef VOXDP_DATAPLANE_DOCTOR_H
#define VOXDP_DATAPLANE_DOCTOR_H

#include <stddef.h>

enum finding_level { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	enum finding_level level;
	char subject[16];  /* an interface; empty: the machine */
	const char *check; /* a constant word */
	char text[256];
	char mend[256]; /* a command; empty where there is none or nothing to mend */
};

struct findings {
	struct finding *items; /* owned */
	size_t count;
};
void findings_fini(struct findings *findings);

/* Adds a finding. @mend may be NULL. Out of memory: it is dropped, and doctor_* return -ENOMEM. */
int findings_add(struct findings *findings, const struct finding *finding);

/* The machine: kernel, JIT, BPF file system, dispatcher, capabilities, what lies at @state_dir. */
int doctor_machine(const char *state_dir, struct findings *findings);
/* One interface, as it told itself. */
struct nic;
int doctor_nic(const struct nic *nic, struct findings *findings);
/* The same, and what runs on it. */
int doctor_interface(const char *state_dir, const char *name, struct findings *findings);

#endif
