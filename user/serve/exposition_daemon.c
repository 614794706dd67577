/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's own life. Process metrics have the names that all Prometheus clients give them. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/words.h"
#include "serve/exposition.h"

static const struct prom_family attached_family = {
	"voxdp_attached",
	"1 where an interface that the daemon is to serve runs voxdp, in the role and mode that were asked for.",
	PROM_GAUGE,
};
static const struct prom_family reloads_family = {
	"voxdp_reloads_total",
	"Loads of the profiles, at start and since, by result.",
	PROM_COUNTER,
};
static const struct prom_family reload_family = {
	"voxdp_last_reload_successful",
	"1 where the last load of the profiles succeeded; else the generation before it is still live.",
	PROM_GAUGE,
};
static const struct prom_family reload_time_family = {
	"voxdp_last_reload_success_timestamp_seconds",
	"When profiles were last loaded with success.",
	PROM_GAUGE,
};
static const struct prom_family in_step_family = {
	"voxdp_profiles_in_step",
	"1 where the live generation is what the profiles, as they were last read, compile to.",
	PROM_GAUGE,
};
static const struct prom_family profile_family = {
	"voxdp_profile_info",
	"A vendor's profile as it was last read: SHA-256 of the file, revision of the vendor's guide.",
	PROM_INFO,
};
static const struct prom_family profile_time_family = {
	"voxdp_profile_modified_timestamp_seconds",
	"When a vendor's profile was last changed.",
	PROM_GAUGE,
};
static const struct prom_family series_family = {
	"voxdp_series",
	"Time series of counters that the profiles come to at most on the interfaces of the daemon.",
	PROM_GAUGE,
};
static const struct prom_family series_max_family = {
	"voxdp_series_limit",
	"How many there may be; a load that comes to more is refused.",
	PROM_GAUGE,
};

static void attached_samples(struct prom *prom, const struct health *health, const struct classifier *classifier)
{
	prom_family(prom, &attached_family);
	for (size_t i = 0; i < health->interfaces.count; i++) {
		const struct config_interface *interface = &health->interfaces.items[i];
		const struct prom_label labels[] = { { "device", interface->name } };

		prom_sample(prom, labels, ARRAY_SIZE(labels), classifier && health_serves(classifier, interface));
	}
}

static void reload_samples(struct prom *prom, const struct health *health)
{
	const struct prom_label good[] = { { "result", "success" } }, bad[] = { { "result", "failure" } };

	prom_family(prom, &reloads_family);
	prom_sample(prom, good, 1, health->reloads_good);
	prom_sample(prom, bad, 1, health->reloads_bad);
	prom_family(prom, &reload_family);
	prom_sample(prom, NULL, 0, health->reloaded);
	prom_family(prom, &reload_time_family);
	prom_sample_seconds(prom, NULL, 0, health->reloaded_at_ns);
}

static void profile_samples(struct prom *prom, const struct health *health)
{
	prom_family(prom, &profile_family);
	for (size_t i = 0; i < health->profile_count; i++) {
		const struct health_profile *profile = &health->profiles[i];
		char digest[2 * DIGEST_BYTES + 1];
		const struct prom_label labels[] = {
			{ "vendor", profile->vendor },
			{ "revision", profile->revision },
			{ "digest", digest },
		};

		for (size_t b = 0; b < DIGEST_BYTES; b++)
			(void)snprintf(digest + 2 * b, 3, "%02x", profile->digest[b]);
		prom_sample(prom, labels, ARRAY_SIZE(labels), 1);
	}
	prom_family(prom, &profile_time_family);
	for (size_t i = 0; i < health->profile_count; i++) {
		const struct prom_label labels[] = { { "vendor", health->profiles[i].vendor } };

		if (health->profiles[i].modified_at_ns)
			prom_sample_seconds(prom, labels, 1, health->profiles[i].modified_at_ns);
	}
}

void exposition_health(struct prom *prom, const struct health *health, const struct classifier *classifier)
{
	attached_samples(prom, health, classifier);
	reload_samples(prom, health);
	prom_family(prom, &in_step_family);
	prom_sample(prom, NULL, 0,
		    classifier && memcmp(classifier->generation.digest, health->tables_digest, DIGEST_BYTES) == 0);
	profile_samples(prom, health);
	prom_family(prom, &series_family);
	prom_sample(prom, NULL, 0, health->series);
	prom_family(prom, &series_max_family);
	prom_sample(prom, NULL, 0, health->series_max);
}

/* ---- the HTTP server -------------------------------------------------------------------------------------------- */

static const struct prom_family requests_family = {
	"voxdp_http_requests_total",
	"HTTP requests by the status that they were answered with.",
	PROM_COUNTER,
};
static const struct prom_family connections_family = {
	"voxdp_http_connections_total",
	"Connections accepted.",
	PROM_COUNTER,
};
static const struct prom_family closed_family = {
	"voxdp_http_connections_refused_total",
	"Connections ended before they were served: at their deadline (overdue), or for a newer one (crowded).",
	PROM_COUNTER,
};
static const struct prom_family open_family = {
	"voxdp_http_connections",
	"Connections that are open.",
	PROM_GAUGE,
};
static const struct prom_family pages_family = {
	"voxdp_http_pages_total",
	"Pages of metrics made; each serves all who ask within a few times of what it took to make.",
	PROM_COUNTER,
};
static const struct prom_family page_time_family = {
	"voxdp_http_page_seconds",
	"What the last page of metrics took to make.",
	PROM_GAUGE,
};
static const struct prom_family page_samples_family = {
	"voxdp_http_page_samples",
	"Samples of the last page of metrics.",
	PROM_GAUGE,
};

void exposition_http(struct prom *prom, const struct http_stats *stats)
{
	const struct prom_label overdue[] = { { "reason", "overdue" } }, crowded[] = { { "reason", "crowded" } };

	prom_family(prom, &requests_family);
	for (enum http_code code = 0; code < _HTTP_CODE_MAX; code++) {
		const struct prom_label labels[] = { { "code", http_code_word(code) } };

		prom_sample(prom, labels, 1, stats->requests[code]);
	}
	prom_family(prom, &connections_family);
	prom_sample(prom, NULL, 0, stats->connections);
	prom_family(prom, &closed_family);
	prom_sample(prom, overdue, 1, stats->overdue);
	prom_sample(prom, crowded, 1, stats->crowded);
	prom_family(prom, &open_family);
	prom_sample(prom, NULL, 0, stats->open);
	prom_family(prom, &pages_family);
	prom_sample(prom, NULL, 0, stats->pages);
	prom_family(prom, &page_time_family);
	prom_sample_seconds(prom, NULL, 0, stats->page_ns);
	prom_family(prom, &page_samples_family);
	prom_sample(prom, NULL, 0, stats->page_samples);
}

/* ---- the process ------------------------------------------------------------------------------------------------ */

static const struct prom_family cpu_family = {
	"process_cpu_seconds_total",
	"CPU time that the daemon has used, in user and kernel mode.",
	PROM_COUNTER,
};
static const struct prom_family resident_family = {
	"process_resident_memory_bytes",
	"Memory of the daemon that is in RAM.",
	PROM_GAUGE,
};
static const struct prom_family virtual_family = {
	"process_virtual_memory_bytes",
	"Address space of the daemon.",
	PROM_GAUGE,
};
static const struct prom_family start_family = {
	"process_start_time_seconds",
	"When the daemon was started.",
	PROM_GAUGE,
};
static const struct prom_family fds_family = {
	"process_open_fds",
	"Open file descriptors.",
	PROM_GAUGE,
};
static const struct prom_family fds_max_family = {
	"process_max_fds",
	"File descriptors that may be open.",
	PROM_GAUGE,
};

static uint64_t cpu_ns(void)
{
	struct rusage usage = {};

	(void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for this process */
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

struct process {
	uint64_t virtual_bytes, resident_bytes, started_at_ns;
};

/* proc(5): starttime, vsize and rss are fields 22 to 24 of stat; the name in field 2 may hold blanks. */
static struct process process_read(void)
{
	CLEANUP_FCLOSE FILE *file = fopen("/proc/self/stat", "re");
	unsigned long long start_ticks = 0;
	unsigned long virtual_bytes = 0;
	struct timespec now, boot;
	long resident_pages = 0;
	char text[1024] = "";
	const char *rest;

	if (file)
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest,
			    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu "
			    "%lu %ld",
			    &start_ticks, &virtual_bytes, &resident_pages) != 3)
		return (struct process){};
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for these clocks */
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct process){
		.virtual_bytes = virtual_bytes,
		.resident_bytes = (uint64_t)resident_pages * (uint64_t)sysconf(_SC_PAGESIZE),
		.started_at_ns = (uint64_t)(now.tv_sec - boot.tv_sec) * 1000000000 +
				 start_ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)),
	};
}

static uint64_t fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count > 3 ? count - 3 : 0; /* `.`, `..` and the one that was just open */
}

static void gauge(struct prom *prom, const struct prom_family *family, uint64_t value)
{
	prom_family(prom, family);
	prom_sample(prom, NULL, 0, value);
}

void exposition_process(struct prom *prom)
{
	const struct process process = process_read();
	struct rlimit limit = {};

	(void)getrlimit(RLIMIT_NOFILE, &limit); /* cannot fail for this process */
	prom_family(prom, &cpu_family);
	prom_sample_seconds(prom, NULL, 0, cpu_ns());
	gauge(prom, &resident_family, process.resident_bytes);
	gauge(prom, &virtual_family, process.virtual_bytes);
	prom_family(prom, &start_family);
	prom_sample_seconds(prom, NULL, 0, process.started_at_ns);
	gauge(prom, &fds_family, fds_open());
	gauge(prom, &fds_max_family, limit.rlim_cur);
}
