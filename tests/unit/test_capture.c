/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures are read whole: every frame, in its length on the wire, whatever the file kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/pcap.h>
#include <unistd.h>

#include "lib/capture.h"

#define MAX_BYTES 2000

struct fixture {
	char path[64];
	pcap_t *pcap;
	pcap_dumper_t *dumper;
};

static void fixture_open(struct fixture *f, int dlt)
{
	int fd;

	strcpy(f->path, "/tmp/voxdp-capture-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	f->pcap = pcap_open_dead(dlt, 65535);
	assert_non_null(f->pcap);
	f->dumper = pcap_dump_open(f->pcap, f->path);
	assert_non_null(f->dumper);
}

static void fixture_write(struct fixture *f, const void *bytes, uint32_t kept, uint32_t wire)
{
	const struct pcap_pkthdr header = { .caplen = kept, .len = wire };

	pcap_dump((u_char *)f->dumper, &header, bytes);
}

static struct capture *fixture_read(struct fixture *f)
{
	struct capture *capture = NULL;
	struct failure failure;

	pcap_dump_close(f->dumper);
	pcap_close(f->pcap);
	if (capture_open(f->path, MAX_BYTES, &capture, &failure))
		fail_msg("%s", failure.text);
	return capture;
}

static void fixture_close(struct fixture *f, struct capture *capture)
{
	capture_close(capture);
	unlink(f->path);
}

static void frames_come_in_order_and_end(void **state)
{
	uint8_t bytes[64] = { 1, 2, 3 };
	struct capture_frame frame;
	struct capture *capture;
	struct failure failure;
	struct fixture f;

	(void)state;
	fixture_open(&f, DLT_EN10MB);
	fixture_write(&f, bytes, 60, 60);
	fixture_write(&f, bytes, 64, 64);
	capture = fixture_read(&f);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.number, 1);
	assert_int_equal(frame.length, 60);
	assert_memory_equal(frame.bytes, bytes, 60);
	assert_false(frame.padded || frame.cut);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.number, 2);
	assert_int_equal(capture_next(capture, &frame, &failure), 0);
	fixture_close(&f, capture);
}

static void what_the_capture_did_not_keep_is_zero(void **state)
{
	static const uint8_t zeros[100];
	uint8_t bytes[40];
	struct capture_frame frame;
	struct capture *capture;
	struct failure failure;
	struct fixture f;

	(void)state;
	memset(bytes, 0xab, sizeof(bytes));
	fixture_open(&f, DLT_EN10MB);
	fixture_write(&f, bytes, 40, 140);
	capture = fixture_read(&f);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.length, 140);
	assert_true(frame.padded);
	assert_memory_equal(frame.bytes, bytes, 40);
	assert_memory_equal(frame.bytes + 40, zeros, 100);
	fixture_close(&f, capture);
}

static void frames_beyond_the_limit_are_cut_there(void **state)
{
	static uint8_t bytes[MAX_BYTES + 1];
	struct capture_frame frame;
	struct capture *capture;
	struct failure failure;
	struct fixture f;

	(void)state;
	fixture_open(&f, DLT_EN10MB);
	fixture_write(&f, bytes, MAX_BYTES, MAX_BYTES);
	fixture_write(&f, bytes, MAX_BYTES + 1, MAX_BYTES + 1);
	fixture_write(&f, bytes, 60, 4000000000U);
	capture = fixture_read(&f);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_false(frame.cut);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.length, MAX_BYTES);
	assert_true(frame.cut);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.length, MAX_BYTES);
	assert_true(frame.cut && frame.padded);
	fixture_close(&f, capture);
}

static void cooked_frames_get_an_ethernet_header(void **state)
{
	static const uint8_t cooked[] = "\0\0\0\1\0\6\xaa\xbb\xcc\xdd\xee\xff\0\0\x08\x00\x45packet";
	struct capture_frame frame;
	struct capture *capture;
	struct failure failure;
	struct fixture f;

	(void)state;
	fixture_open(&f, DLT_LINUX_SLL);
	fixture_write(&f, cooked, sizeof(cooked) - 1, sizeof(cooked) - 1);
	fixture_write(&f, cooked, 10, 10); /* ends within its link header */
	capture = fixture_read(&f);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.length, 14 + 7);
	assert_memory_equal(frame.bytes + 12, "\x08\x00\x45packet", 9);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_int_equal(frame.length, 10);
	fixture_close(&f, capture);
}

static void a_broken_file_ends_with_its_name(void **state)
{
	static const uint8_t bytes[60];
	struct capture_frame frame;
	struct capture *capture;
	struct failure failure;
	struct fixture f;

	(void)state;
	fixture_open(&f, DLT_EN10MB);
	fixture_write(&f, bytes, 60, 60);
	fixture_write(&f, bytes, 60, 60);
	assert_int_equal(pcap_dump_flush(f.dumper), 0);
	assert_int_equal(truncate(f.path, 24 + 16 + 60 + 16 + 20), 0);
	capture = fixture_read(&f);
	assert_int_equal(truncate(f.path, 24 + 16 + 60 + 16 + 20), 0);
	assert_int_equal(capture_next(capture, &frame, &failure), 1);
	assert_true(capture_next(capture, &frame, &failure) < 0);
	assert_non_null(strstr(failure.text, f.path));
	assert_int_equal(failure.exit_code, VX_EXIT_FAILED);
	fixture_close(&f, capture);
}

static void other_link_types_and_files_are_refused_by_name(void **state)
{
	struct capture *capture = NULL;
	struct failure failure;
	struct fixture f;

	(void)state;
	fixture_open(&f, DLT_IEEE802_11);
	pcap_dump_close(f.dumper);
	pcap_close(f.pcap);
	assert_true(capture_open(f.path, MAX_BYTES, &capture, &failure) < 0);
	assert_non_null(strstr(failure.text, "IEEE802_11"));
	assert_non_null(strstr(failure.text, f.path));
	assert_int_equal(truncate(f.path, 3), 0);
	assert_true(capture_open(f.path, MAX_BYTES, &capture, &failure) < 0);
	assert_non_null(strstr(failure.text, f.path));
	unlink(f.path);
	assert_true(capture_open(f.path, MAX_BYTES, &capture, &failure) < 0);
	assert_non_null(strstr(failure.text, "No such file"));
	assert_null(capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_in_order_and_end),
		cmocka_unit_test(what_the_capture_did_not_keep_is_zero),
		cmocka_unit_test(frames_beyond_the_limit_are_cut_there),
		cmocka_unit_test(cooked_frames_get_an_ethernet_header),
		cmocka_unit_test(a_broken_file_ends_with_its_name),
		cmocka_unit_test(other_link_types_and_files_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
