/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything is looked up anew each time: nothing is believed to be as it was. */
#include "serve/reload.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/cells.h"
#include "compile/tables.h"
#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/words.h"
#include "profile/problems.h"
#include "profile/profile.h"
#include "serve/log.h"

void reload_fini(struct reload *reload)
{
	watch_free(reload->watch);
	free(reload->watched);
}

/* ---- profiles --------------------------------------------------------------------------------------------------- */

/* The site file, and every list that a range set was read from or would have been. Frees nothing of @set. */
struct files {
	const char **items; /* owned */
	size_t count;
};

static void files_fini(struct files *files)
{
	free(files->items);
}

static int files_list(const struct run_config *config, const struct profile_set *set, struct files *ret)
{
	size_t room = 1;

	for (size_t v = 0; set && v < set->vendor_count; v++)
		room += set->vendors[v].range_set_count;
	ret->items = calloc(room, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	if (config->site)
		ret->items[ret->count++] = config->site;
	for (size_t v = 0; set && v < set->vendor_count; v++)
		for (size_t r = 0; r < set->vendors[v].range_set_count; r++)
			if (set->vendors[v].range_sets[r]->list_read)
				ret->items[ret->count++] = set->vendors[v].range_sets[r]->list_read;
	return 0;
}

static char *files_text(const struct files *files)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; out && i < files->count; i++)
		fprintf(out, "%s\n", files->items[i]);
	if (!out || fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * Watches what the configuration names and, once it is known, which lists the profiles do. What changes between reading
 * a file and watching it would be missed: so where other files are watched than before, or the old watch has seen
 * something, all is read once more.
 */
static int watch_renew(struct reload *reload, const struct profile_set *set)
{
	struct watch_paths paths = {
		.profiles = reload->config->profiles.items,
		.profile_count = reload->config->profiles.count,
	};
	CLEANUP(files_fini) struct files files = {};
	CLEANUP(watch_freep) struct watch *watch = NULL;
	CLEANUP_FREE char *watched = NULL;
	int error = files_list(reload->config, set, &files);

	paths.files = files.items;
	paths.file_count = files.count;
	if (!error)
		error = watch_new(&paths, &watch);
	if (error)
		return error;
	watched = files_text(&files);
	if (!watched)
		return -ENOMEM;
	reload->again = reload->watch && (watch_read(reload->watch) || (set && strcmp(watched, reload->watched) != 0));
	watch_free(reload->watch);
	free(reload->watched);
	reload->watch = TAKE_PTR(watch);
	reload->watched = TAKE_PTR(watched);
	return 0;
}

static int profiles_read(const struct run_config *config, struct profile_set **ret, struct failure *failure)
{
	const struct profile_options options = {
		.paths = config->profiles.items,
		.path_count = config->profiles.count,
		.site_path = config->site,
		.day = day_today(),
	};
	CLEANUP(diags_fini) struct diags diags = {};
	int error = profile_set_load(&options, &diags, ret);

	if (!error)
		return 0;
	if (error != -EINVAL)
		return failure_set(failure, VX_EXIT_FAILED, -error, "profiles: %s", strerror(-error));
	problems_print(stderr, &diags, SEVERITY_ERROR, false);
	return failure_set(failure, VX_EXIT_PROFILE, EINVAL, "profiles: %zu error%s, the first: %s:%u:%u: %s",
			   diags.errors, diags.errors == 1 ? "" : "s", diags.count ? diags.items[0].at.file : "",
			   diags.count ? diags.items[0].at.line : 0, diags.count ? diags.items[0].at.column : 0,
			   diags.count ? diags.items[0].text : "");
}

/* Compiles with slots of their own, to know beforehand what the profiles come to. */
static int profiles_compile(const struct profile_set *set, struct slots *slots, struct tables **ret,
			    struct failure *failure)
{
	int error;

	if (slots_init(slots, UINT16_MAX))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = slots_assign(slots, set, failure);
	return error ? error : tables_compile(set, slots, ret, failure);
}

/* Refuses profiles whose counters Prometheus is not meant to take. */
static int series_check(const struct run_config *config, const struct tables *tables, uint32_t slots, size_t *ret,
			struct failure *failure)
{
	size_t sum = 0, series;

	for (size_t i = 0; i < config->interfaces.count; i++) {
		if (tables_series(tables, slots, config->interfaces.items[i].role, &series))
			return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		sum += series;
	}
	if (sum > config->series_max)
		return failure_set(failure, VX_EXIT_PROFILE, ENOSPC,
				   "%u services on %zu interface%s come to %zu time series, limits.series is %u",
				   tables->generation.services, config->interfaces.count,
				   config->interfaces.count == 1 ? "" : "s", sum, config->series_max);
	*ret = sum;
	return 0;
}

/* ---- interfaces ------------------------------------------------------------------------------------------------- */

static const struct device *device_find(const struct classifier *classifier, const char *name)
{
	for (size_t i = 0; i < classifier->devices.count; i++)
		if (strcmp(classifier->devices.items[i].ifname, name) == 0)
			return &classifier->devices.items[i];
	return NULL;
}

static const char *or_none(const char *text)
{
	return text[0] ? text : "none";
}

/* Is the interface served as it is to be? 1; 0: it is to be attached; negative: a person has to decide, see @failure. */
static int interface_check(const struct classifier *classifier, const struct config_interface *interface,
			   struct failure *failure)
{
	const struct device *device = device_find(classifier, interface->name);
	char tunnels[2][DECAP_TEXT_MAX];

	if (!device || device->state == DEVICE_VANISHED)
		return 0;
	if (health_serves(classifier, interface))
		return 1;
	if (device->state == DEVICE_DETACHED)
		return failure_set(failure, VX_EXIT_FAILED, EEXIST,
				   "somebody took the program off %s: `voxdp detach -i %s`, then reload",
				   interface->name, interface->name);
	return failure_set(failure, VX_EXIT_FAILED, EEXIST,
			   "%s is attached with role %s in %s mode, decap %s, the configuration says %s, %s, decap %s: "
			   "`voxdp detach -i %s`, then reload",
			   interface->name, role_word(device->info.role),
			   device->info.mode == VX_MODE_NATIVE ? "native" : "skb",
			   or_none(decap_format(device->info.decap, tunnels[0])), role_word(interface->role),
			   interface->mode == VX_MODE_NATIVE ? "native" : "skb",
			   or_none(decap_format(interface->decap, tunnels[1])), interface->name);
}

static int interface_attach(const struct reload *reload, const struct config_interface *interface,
			    const struct profile_set *profiles, struct failure *failure)
{
	struct device_spec spec = { .role = interface->role, .ifindex = if_nametoindex(interface->name) };
	const struct attach_request request = {
		.profiles = profiles,
		.devices = { .specs = &spec,
			     .count = 1,
			     .how = { .mode = interface->mode,
				      .engine = reload->config->engine,
				      .decap = interface->decap } },
	};
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	int error;

	if (!spec.ifindex)
		return failure_set(failure, VX_EXIT_FAILED, ENODEV, "interface %s does not exist", interface->name);
	memcpy(spec.ifname, interface->name, sizeof(spec.ifname));
	error = classifier_attach(reload->config->state_dir, &request, &change, failure);
	if (!error)
		log_line(LOG_LEVEL_INFO, "%s: attached, role %s, %s mode", interface->name, role_word(interface->role),
			 interface->mode == VX_MODE_NATIVE ? "native" : "skb");
	return error;
}

/* An operator tries something out: nothing is to be changed meanwhile. */
static int trial_check(const struct classifier *classifier, struct failure *failure)
{
	if (!classifier->trial.number)
		return 0;
	return failure_set(failure, VX_EXIT_LOCKED, EWOULDBLOCK, "generation %llu is on trial, by `voxdp update`",
			   (unsigned long long)classifier->trial.number);
}

/* What is live; with nothing attached all of it is zero. */
static int classifier_look(const struct run_config *config, struct classifier *ret, struct failure *failure)
{
	int error = classifier_read(config->state_dir, ret, failure);

	return error == -ENOENT && failure->exit_code == VX_EXIT_NOT_ATTACHED ? 0 : error;
}

/* Attaches what is missing. One that does not exist is waited for; the others do not have to wait with it. */
static int interfaces_attach(const struct reload *reload, const struct classifier *classifier,
			     const struct profile_set *profiles, struct failure *failure)
{
	const struct config_interfaces *interfaces = &reload->config->interfaces;

	for (size_t i = 0; i < interfaces->count; i++) {
		int error = interface_check(classifier, &interfaces->items[i], failure);

		if (error == 1)
			continue;
		if (error == 0)
			error = trial_check(classifier, failure);
		if (error == 0)
			error = interface_attach(reload, &interfaces->items[i], profiles, failure);
		if (error < 0 && error != -ENODEV)
			return error;
	}
	return 0;
}

static bool digest_is(const struct classifier *classifier, const struct tables *tables)
{
	return memcmp(classifier->generation.digest, tables->generation.digest, sizeof(tables->generation.digest)) == 0;
}

/* Attaches, then switches over where the live generation is not of these profiles yet. */
static int kernel_apply(const struct reload *reload, const struct profile_set *profiles, const struct tables *tables,
			struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	CLEANUP(classifier_fini) struct classifier before = {};
	CLEANUP(classifier_fini) struct classifier now = {};
	int error = classifier_look(reload->config, &before, failure);

	if (!error)
		error = interfaces_attach(reload, &before, profiles, failure);
	if (!error)
		error = classifier_look(reload->config, &now, failure);
	if (error || !now.devices.count || digest_is(&now, tables))
		return error;
	error = trial_check(&now, failure);
	if (!error)
		error = classifier_update(reload->config->state_dir, profiles, &change, failure);
	if (!error)
		log_line(LOG_LEVEL_INFO, "generation %llu is live: vendors %u, services %u",
			 (unsigned long long)change.generation.number, change.generation.vendors,
			 change.generation.services);
	return error;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static int load(struct reload *reload, struct failure *failure)
{
	const struct run_config *config = reload->config;
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(tables_freep) struct tables *tables = NULL;
	CLEANUP(slots_fini) struct slots slots = {};
	size_t series = 0;
	int error = profiles_read(config, &profiles, failure);
	int watch_error = watch_renew(reload, profiles); /* also where they are bad: they will be mended */

	if (!error && watch_error)
		error = failure_set(failure, VX_EXIT_FAILED, -watch_error, "cannot watch the profiles: %s",
				    strerror(-watch_error));
	if (!error)
		error = profiles_compile(profiles, &slots, &tables, failure);
	if (!error)
		error = series_check(config, tables, slots.count, &series, failure);
	if (error)
		return error;
	health_lock(reload->health);
	memcpy(reload->health->tables_digest, tables->generation.digest, DIGEST_BYTES);
	reload->health->series = series;
	error = health_profiles(reload->health, profiles);
	health_unlock(reload->health);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return kernel_apply(reload, profiles, tables, failure);
}

enum reload_result reload_run(struct reload *reload, struct failure *failure)
{
	/* Before anything is read: what changes from here on is noticed. A watch that there is stays until the next. */
	int error = reload->watch ? 0 : watch_renew(reload, NULL);

	if (error)
		error = failure_set(failure, VX_EXIT_FAILED, -error, "cannot watch the profiles: %s", strerror(-error));
	else
		error = load(reload, failure);
	if (error == -EWOULDBLOCK)
		return RELOAD_LATER;
	health_lock(reload->health);
	reload->health->reloaded = !error;
	if (error) {
		reload->health->reloads_bad++;
	} else {
		reload->health->reloads_good++;
		reload->health->reloaded_at_ns = kernel_now_ns();
	}
	health_unlock(reload->health);
	return error ? RELOAD_FAILED : RELOAD_DONE;
}

bool reload_is_due(const struct reload *reload)
{
	const struct config_interfaces *interfaces = &reload->config->interfaces;
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure ignored;

	if (classifier_look(reload->config, &classifier, &ignored))
		return false; /* the next scrape tells */
	for (size_t i = 0; i < interfaces->count; i++)
		if (interface_check(&classifier, &interfaces->items[i], &ignored) == 0 &&
		    if_nametoindex(interfaces->items[i].name))
			return true;
	return false;
}
