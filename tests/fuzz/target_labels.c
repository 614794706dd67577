/* SPDX-License-Identifier: BSD-2-Clause */
/* Label files: every row is taken or refused with a place. */
#include <string.h>

#include "lib/labels.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MEMORY_FILE_PATH_MAX];
	struct failure failure = {};
	struct labels *labels = NULL;
	struct label_row row;
	int fd = memory_file(data, size, path), more;

	more = labels_open(path, &labels, &failure);
	while (!more && (more = labels_next(labels, &row, &failure)) == 1) {
		if (row.packet.protocol >= _VX_PROTOCOL_MAX || row.conf >= _LABEL_CONF_MAX)
			abort();
		more = 0;
	}
	if (more < 0 && !failure.text[0])
		abort();
	labels_close(labels);
	close(fd);
	return 0;
}
