/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rate is the difference of two readings by the time between them, which is measured: a reading may come late. Nothing
 * is switched on the terminal, so whatever ends the process leaves it as it was.
 */
#include "cmd/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/terminal.h"

/* What a vendor's service has counted on all devices, and what of it since the last reading. */
struct flow {
	char vendor[VX_NAME_MAX], service[VX_NAME_MAX]; /* empty: none */
	uint64_t packets, bytes, odd;
	double packets_rate, bits_rate, odd_rate; /* a second */
};

struct reading {
	struct flow *flows; /* owned; by name, once rated: busiest first */
	size_t count;
	uint64_t at_ns;
	struct flow all; /* their sum */
};

static void reading_fini(struct reading *reading)
{
	free(reading->flows);
	*reading = (struct reading){};
}

static int compare_names(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;
	int by_vendor = strcmp(x->vendor, y->vendor);

	return by_vendor ? by_vendor : strcmp(x->service, y->service);
}

/* Of equal rates the one that has counted more; so that what is idle keeps its order, too. */
static int compare_busy(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;

	if (x->packets_rate != y->packets_rate)
		return x->packets_rate < y->packets_rate ? 1 : -1;
	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	return compare_names(a, b);
}

static bool is_odd(enum vx_outcome outcome)
{
	return outcome == VX_OUTCOME_MISMATCH || outcome == VX_OUTCOME_OFF_PORT ||
	       outcome == VX_OUTCOME_UNKNOWN_MEDIA || outcome == VX_OUTCOME_MALFORMED;
}

static void flow_add(struct flow *flow, const struct flow *more)
{
	flow->packets += more->packets;
	flow->bytes += more->bytes;
	flow->odd += more->odd;
}

/* Rows of one name become one flow. @flows is sorted by name. Returns how many are left. */
static size_t flows_join(struct flow *flows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && compare_names(&flows[kept - 1], &flows[i]) == 0)
			flow_add(&flows[kept - 1], &flows[i]);
		else
			flows[kept++] = flows[i];
	}
	return kept;
}

static int reading_take(const char *state_dir, struct reading *ret, struct failure *failure)
{
	CLEANUP(counters_fini) struct counters counters = {};
	struct reading reading = {};
	int error = classifier_counters(state_dir, &counters, failure);

	if (error)
		return error;
	reading.at_ns = kernel_boottime_ns();
	reading.flows = calloc(counters.count + 1, sizeof(*reading.flows));
	if (!reading.flows)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_row *row = &counters.rows[i];
		struct flow *flow = &reading.flows[reading.count];

		if (row->kind != COUNTER_OUTCOME)
			continue;
		(void)snprintf(flow->vendor, sizeof(flow->vendor), "%s", row->vendor ? row->vendor : "");
		(void)snprintf(flow->service, sizeof(flow->service), "%s", row->service ? row->service : "");
		flow->packets = row->packets;
		flow->bytes = row->bytes;
		flow->odd = is_odd(row->outcome) ? row->packets : 0;
		flow_add(&reading.all, flow);
		reading.count++;
	}
	qsort(reading.flows, reading.count, sizeof(*reading.flows), compare_names);
	reading.count = flows_join(reading.flows, reading.count);
	*ret = reading;
	return 0;
}

/* Counters that were made zero in between have counted what they say. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return (double)(now >= before ? now - before : now) / seconds;
}

static void flow_rate(struct flow *flow, const struct flow *before, double seconds)
{
	static const struct flow nothing;

	if (!before)
		before = &nothing;
	flow->packets_rate = rate(flow->packets, before->packets, seconds);
	flow->bits_rate = 8 * rate(flow->bytes, before->bytes, seconds);
	flow->odd_rate = rate(flow->odd, before->odd, seconds);
}

/* @before is sorted by name; @now is, until here. */
static double reading_rate(struct reading *now, const struct reading *before)
{
	double seconds = (double)(now->at_ns - before->at_ns) / 1e9;

	if (seconds <= 0)
		seconds = 1e-9;
	for (size_t i = 0; i < now->count; i++)
		flow_rate(&now->flows[i],
			  bsearch(&now->flows[i], before->flows, before->count, sizeof(*before->flows), compare_names),
			  seconds);
	flow_rate(&now->all, &before->all, seconds);
	return seconds;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

static const char *rate_format(double rate, char text[NUMBER_TEXT_MAX])
{
	if (rate > 0 && rate < 10)
		(void)snprintf(text, NUMBER_TEXT_MAX, "%.1f", rate);
	else
		(void)number_format((uint64_t)(rate + 0.5), text);
	return text;
}

static void flow_row(struct columns *columns, const struct flow *flow, const char *vendor, enum row_tone tone)
{
	char packets_rate[NUMBER_TEXT_MAX], bits_rate[NUMBER_TEXT_MAX], odd_rate[NUMBER_TEXT_MAX];
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		vendor,
		flow->service[0] ? flow->service : NULL,
		rate_format(flow->packets_rate, packets_rate),
		rate_format(flow->bits_rate / 1000, bits_rate),
		rate_format(flow->odd_rate, odd_rate),
		number_format(flow->packets, packets),
		bytes_format(flow->bytes, bytes),
	};

	columns_row(columns, tone, cells);
}

static enum row_tone flow_tone(const struct flow *flow)
{
	if (flow->odd_rate > 0)
		return ROW_ODD;
	return flow->packets_rate > 0 ? ROW_PLAIN : ROW_FAINT;
}

static int table_print(const struct reading *reading, size_t rows_max, FILE *out, bool color)
{
	static const struct column layout[] = {
		{ "VENDOR", false }, { "SERVICE", false }, { "PACKETS/S", true }, { "KBIT/S", true },
		{ "ODD/S", true },   { "PACKETS", true },  { "BYTES", true },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (size_t i = 0; i < reading->count && i < rows_max; i++) {
		const struct flow *flow = &reading->flows[i];

		flow_row(columns, flow, flow->vendor[0] ? flow->vendor : NULL, flow_tone(flow));
	}
	flow_row(columns, &reading->all, "all", ROW_TOTAL);
	if (columns_print(columns, out, color))
		return -ENOMEM;
	if (reading->count > rows_max)
		fprintf(out, "  %zu more\n", reading->count - rows_max);
	return 0;
}

/* Lines that the terminal has for rows; what is not told is taken as 24 in all. */
static size_t terminal_rows(void)
{
	struct winsize size = {};
	const unsigned others = 6; /* of the view: title, blank, head, sum, what is left out, cursor */

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		size.ws_row = 24;
	return size.ws_row > others ? size.ws_row - others : 1;
}

/* Over the view before, line by line: clearing the whole screen first would flicker. */
static int redraw(const struct reading *reading, double seconds, bool color)
{
	CLEANUP_FREE char *text = NULL;
	char time[VIEW_TIME_MAX];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int error;

	if (!out)
		return -ENOMEM;
	fprintf(out, "  %s, the last %.1f s; odd: mismatch, off_port, unknown_media, malformed\n\n",
		view_time(kernel_now_ns(), false, time), seconds);
	error = table_print(reading, terminal_rows(), out, color);
	if (fclose(out) || error)
		return -ENOMEM;
	fputs("\033[H", stdout);
	for (char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		(void)fwrite(line, 1, length, stdout);
		fputs("\033[K\n", stdout);
		line += length + (line[length] == '\n');
	}
	fputs("\033[J", stdout);
	return 0;
}

static void line_print(const char *time, const struct flow *flow, const char *vendor)
{
	printf("%s %s %s %.1f packets/s %.0f bit/s %.1f odd/s\n", time, vendor, flow->service[0] ? flow->service : "-",
	       flow->packets_rate, flow->bits_rate, flow->odd_rate);
}

/* What moves, one a line, and the sum, which is there even where nothing does. */
static void lines_print(const struct reading *reading)
{
	char time[VIEW_TIME_MAX];

	view_time(kernel_now_ns(), true, time);
	for (size_t i = 0; i < reading->count; i++)
		if (reading->flows[i].packets_rate > 0)
			line_print(time, &reading->flows[i],
				   reading->flows[i].vendor[0] ? reading->flows[i].vendor : "-");
	line_print(time, &reading->all, "all");
}

static json_t *flow_json(const struct flow *flow)
{
	return json_pack("{s:o, s:o, s:f, s:f, s:f, s:I, s:I}", "vendor",
			 view_string(flow->vendor[0] ? flow->vendor : NULL), "service",
			 view_string(flow->service[0] ? flow->service : NULL), "packets_per_second", flow->packets_rate,
			 "bits_per_second", flow->bits_rate, "odd_per_second", flow->odd_rate, "packets",
			 (json_int_t)flow->packets, "bytes", (json_int_t)flow->bytes);
}

static int json_line_print(const struct reading *reading, double seconds)
{
	char time[VIEW_TIME_MAX];
	json_t *flows = json_array(), *document;
	int error;

	for (size_t i = 0; i < reading->count; i++)
		(void)json_array_append_new(flows, flow_json(&reading->flows[i]));
	document = json_pack("{s:s, s:f, s:o, s:o}", "time", view_time(kernel_now_ns(), true, time), "seconds", seconds,
			     "all", flow_json(&reading->all), "flows", flows);
	error = document ? json_dumpf(document, stdout, JSON_COMPACT) : -1;
	json_decref(document);
	putchar('\n');
	return error ? -ENOMEM : 0;
}

static int view(const struct globals *globals, const struct reading *reading, double seconds)
{
	int error = 0;

	if (globals->json)
		error = json_line_print(reading, seconds);
	else if (terminal_is(STDOUT_FILENO))
		error = redraw(reading, seconds, globals->color);
	else
		lines_print(reading);
	return error;
}

static void wait_until(uint64_t boottime_ns)
{
	const struct timespec when = { .tv_sec = (time_t)(boottime_ns / 1000000000),
				       .tv_nsec = (long)(boottime_ns % 1000000000) };

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &when, NULL) == EINTR)
		; /* a signal that does not end us */
}

enum vx_exit stats_watch(const struct globals *globals, uint32_t interval_ms, uint32_t views, struct failure *failure)
{
	CLEANUP(reading_fini) struct reading before = {};
	CLEANUP(reading_fini) struct reading now = {};
	bool terminal = !globals->json && terminal_is(STDOUT_FILENO);

	if (reading_take(globals->state_dir, &before, failure))
		return failure->exit_code;
	if (terminal)
		fputs("\033[2J", stdout);
	for (uint32_t shown = 0; !views || shown < views; shown++) {
		double seconds;

		wait_until(before.at_ns + interval_ms * 1000000ULL);
		if (reading_take(globals->state_dir, &now, failure))
			return failure->exit_code;
		seconds = reading_rate(&now, &before);
		qsort(now.flows, now.count, sizeof(*now.flows), compare_busy);
		if (view(globals, &now, seconds) || fflush(stdout)) {
			failure_set(failure, VX_EXIT_FAILED, errno, "cannot print: %s", strerror(errno));
			return failure->exit_code;
		}
		qsort(now.flows, now.count, sizeof(*now.flows), compare_names);
		reading_fini(&before);
		before = now;
		now = (struct reading){};
	}
	return VX_EXIT_DONE;
}
