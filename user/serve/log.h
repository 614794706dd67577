/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon says of itself: lines on stderr, which the journal or whoever started it keeps. */
#ifndef VOXDP_SERVE_LOG_H
#define VOXDP_SERVE_LOG_H

/* As syslog numbers them; the journal reads the number in front of a line (sd-daemon(3)). */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

/* One line, without its newline. Any thread may call it. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
