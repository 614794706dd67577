/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures of any link type: every frame that comes out is readable to its last byte and no longer than was asked for. */
#include "lib/capture.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LONGEST 2000
#define FRAMES_MAX 1000 /* a few bytes of a capture can claim many frames */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MEMORY_FILE_PATH_MAX];
	struct capture *capture = NULL;
	struct capture_frame frame;
	struct failure failure = {};
	volatile uint8_t sink = 0;
	int fd = memory_file(data, size, path);

	if (!capture_open(path, LONGEST, &capture, &failure))
		for (int n = 0; n < FRAMES_MAX && capture_next(capture, &frame, &failure) == 1; n++) {
			if (frame.length > LONGEST)
				abort();
			for (size_t i = 0; i < frame.length; i++)
				sink ^= frame.bytes[i];
		}
	(void)sink;
	capture_close(capture);
	close(fd);
	return 0;
}
