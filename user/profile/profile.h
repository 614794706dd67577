/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The profile model: what YAML files say, checked and resolved, in the words of profiles/README.md. Pure data; it
 * knows nothing of tables or kernels. Everything lives in the arena of its profile_set.
 */
#ifndef VOXDP_PROFILE_PROFILE_H
#define VOXDP_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/names.h>

#include "lib/arena.h"
#include "lib/ports.h"
#include "lib/prefix.h"
#include "profile/diag.h"

/* A day as days since 1970-01-01; validity is [from, until): until is the first day on which it no longer holds. */
#define DAY_FIRST INT32_MIN
#define DAY_LAST INT32_MAX

/* A prefix that a vendor claims. */
struct range {
	struct prefix prefix; /* never of length 0: that is service.remote_any */
	const char *region;   /* NULL: none given */
	const char *source;   /* place in the guide; NULL: the range set's */
	int32_t valid_from, valid_until;
	struct mark at;
};

/* `ranges:` of a profile, or a site group with its prefixes from the site file. */
struct range_set {
	const char *id;
	const char *title;	      /* may be NULL */
	const char *source;	      /* may be NULL */
	enum vx_claim claim;	      /* own, named or shared */
	bool site_group;	      /* prefixes come from the site file */
	const char *list_path;	      /* of its list file, as the profile writes it; NULL: it has none */
	const char *list_read;	      /* the file that its list was looked for in; NULL: it has none */
	const struct list_file *list; /* the rest of `file:` (profile/ranges.h); NULL: it has none */
	bool defined; /* false: a site group that no site file defines, or a list file that is not there */
	struct range *ranges;
	size_t range_count;
	struct mark at;
};

/* A host name, or a pattern of names. */
enum host_kind { HOST_EXACT, HOST_WILDCARD, HOST_SUFFIX }; /* a.example, *.example, .example (itself and below) */

struct host {
	const char *name; /* lower case, placeholders expanded; without the `*.` or the leading dot */
	enum host_kind kind;
	const char *planned;  /* the guide's words, where the host does not exist yet; NULL: it does */
	const char *template; /* as written, with its placeholders */
	bool idle;	      /* a placeholder has no values: the name is listed but cannot be resolved */
	struct mark at;
};

struct host_set {
	const char *id;
	const char *title;
	const char *source;
	struct host *hosts;
	size_t host_count;
	struct mark at;
};

enum platform { /* bits of service.platforms */
		PLATFORM_WEB = 1U << 0,
		PLATFORM_MOBILE = 1U << 1,
		PLATFORM_PHONE = 1U << 2,
		PLATFORM_COMMUNICATOR = 1U << 3,
		PLATFORM_EDGE = 1U << 4,
};

struct label {
	const char *name, *value;
};

struct service {
	const char *id;
	const char *title;    /* may be NULL */
	const char **sources; /* places in the guide, at least one */
	size_t source_count;
	struct range_set **remotes; /* all of the vendor; the remote address lies in any of them */
	size_t remote_count;
	bool remote_any; /* or anywhere: claim any */
	struct host_set **host_sets;
	size_t host_set_count;
	struct port_set remote_ports[_VX_TRANSPORT_MAX]; /* empty: the service does not use the transport */
	struct port_set local_ports;			 /* never empty: 0-65535 unless said */
	uint16_t accepts;				 /* 1 << enum vx_protocol; never OTHER */
	uint64_t dscp[_VX_DIRECTION_MAX];		 /* 1 << dscp for directions IN and OUT; 0: not documented */
	int priority;					 /* -1000 to 1000, 0 unless said */
	enum vx_direction
		direction; /* who opens the connection: NONE means both. For firewall rules, not for verdicts */
	unsigned platforms;
	struct label *labels;
	size_t label_count;
	const char *note;	 /* may be NULL */
	const char *third_party; /* who runs it, where the vendor does not; may be NULL */
	bool legacy;
	const char *
		unseen; /* why a packet classifier cannot see this row; then no ports, never a candidate. NULL: it can */
	struct mark at;
};

struct document {
	const char *id, *title, *revision; /* title and revision may be NULL */
	struct mark at;
};

struct vendor {
	const char *id;
	const char *title;
	struct document *documents;
	size_t document_count;
	struct range_set **range_sets; /* site groups included */
	size_t range_set_count;
	struct host_set **host_sets;
	size_t host_set_count;
	struct service *services; /* in the order of the file, which is the guide's */
	size_t service_count;
	const char *path;
	uint8_t digest[32]; /* SHA-256 of the file's bytes */
	struct mark at;
};

struct profile_set {
	struct arena *arena;
	struct vendor *vendors; /* sorted by id, byte order; ids are unique */
	size_t vendor_count;
};

struct profile_options {
	const char *const *paths; /* files, or directories whose *.yaml and *.yml are read, in byte order */
	size_t path_count;
	const char *site_path; /* site file; NULL: none */
	int32_t day;	       /* ranges that do not hold on this day are left out; day_today() for now */
};

/*
 * Reads and checks all profiles. Problems go to @diags, errors and notes alike, in one run. Returns 0 and @ret when
 * no error was found, else -EINVAL and @ret untouched; -ENOMEM.
 */
int profile_set_load(const struct profile_options *options, struct diags *diags, struct profile_set **ret);
void profile_set_free(struct profile_set *set);
void profile_set_freep(struct profile_set **set);

/*
 * Which payloads show by themselves that a packet is of this service, and so make it a candidate on the claims `shared`
 * and `any`, where an address proves little: of what it accepts STUN, TURN ChannelData, SIP, ZRTP, RTP and RTCP, and
 * DTLS on a media port. 1 << enum vx_protocol.
 */
uint16_t service_proves(const struct service *service);

/*
 * Can no packet be this service's now, although one could be seen? Its groups are undefined, it has only names, or only
 * addresses that others use too and no payload that proves itself there.
 */
bool service_is_idle(const struct service *service);

#endif
